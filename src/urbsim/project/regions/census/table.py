"""A census table read and checked: one row per place, one number per field.

What is wrong with the file stops the import (missing columns, cells that are no numbers in row upon row), all of it at
once. What is wrong with a few rows of many is told of their counties, see :class:`Row`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from urbsim.errors import InputError, Place, Problem
from urbsim.project.regions.census import columns as column_names
from urbsim.project.regions.census.columns import ColumnFile
from urbsim.project.regions.census.grid import Grid, read_grids, text
from urbsim.project.regions.census.rows import Layout, Row, is_code, read_rows

YEARS = (2010, 2020)
MOST_FAULTS = 0.1  # share of rows: where more are wrong it is the table that is of another make, not a county


Headed = tuple[Grid, int, list[str], Mapping[str, int]]  # a sheet, rows of its header, the header, columns of places


@dataclass(frozen=True, slots=True)
class Table:
    """A census table of one year; ``strays`` are rows that name a place and have no code."""

    label: str
    year: int
    rows: tuple[Row, ...]
    strays: tuple[Row, ...] = ()


def read_table(path: Path, file: ColumnFile) -> Table:
    """Read a workbook or a CSV extract; rows with a fault say so themselves where they are few.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    grid, start, header, places = _sheet(path, file)
    year = _year(path, file, header)
    columns, missing = column_names.match(file, header, year)
    if not columns and not places:
        message, hint = "is no census table: none of its headers is known", "separate cells by commas, not by ; or tabs"
        raise InputError(Problem("empty-file", Place(grid.label, start), message, hint))
    problems = list(
        column_names.missing_problems(
            grid.label, start, missing, header, {*places.values(), *column_names.column_indexes(columns)}
        )
    )
    for place in ("code", "name"):
        if place not in places:
            hint = f"call one {' or '.join(file.places[place][:3])}"
            problems.append(
                Problem("missing-column", Place(grid.label, start), f"no column with the {place} of counties", hint)
            )
    layout = Layout(start, header, places, columns)
    rows, strays = read_rows(grid, layout) if {"code", "name"} <= {*places} else ((), ())
    wrong = [row for row in (*rows, *strays) if row.faults]
    if len(wrong) > MOST_FAULTS * (len(rows) + len(strays)):
        problems += [fault for row in wrong for fault in row.faults]
    if not rows and not problems:
        problems.append(Problem("nothing-there", Place(grid.label, start), "holds no county", "codes have six digits"))
    if problems:
        raise InputError(problems)
    return Table(grid.label, year, rows, strays)


def _sheet(path: Path, file: ColumnFile) -> Headed:
    """Return the sheet that holds counties.

    Raises
    ------
    InputError
        Where several do: half of the counties, or those of the other year, would be lost without a word.
    """
    sheets = [_header(grid, file) for grid in read_grids(path)]
    whole = [sheet for sheet in sheets if any(not column_names.match(file, sheet[2], year)[1] for year in YEARS)]
    if len(whole) > 1:
        labels = ", ".join(grid.label for grid, *_ in whole)
        raise InputError(
            Problem(
                "several-sheets", Place(path.name), f"several sheets hold counties: {labels}", "leave one in the file"
            )
        )
    return max(whole or sheets, key=lambda sheet: len(sheet[3]))


def _header(grid: Grid, file: ColumnFile) -> Headed:
    """Return a sheet with the number of its header rows, the header per column and the columns of places.

    The header ends where codes begin; where there are none it is the first row.
    """
    width = max(len(row) for row in grid.rows)
    first = next((n for n, row in enumerate(grid.rows[:30]) if any(is_code(cell) for cell in row)), 0)
    candidates = []
    for count in {first or 1, 1}:
        rows = [[text(cell) for cell in row] + [""] * (width - len(row)) for row in grid.rows[:count]]
        header = column_names.paths(rows)
        candidates.append((grid, count, header, column_names.places(file, header)))
    return max(candidates, key=lambda sheet: (len(sheet[3]), sheet[1]))


def _year(path: Path, file: ColumnFile, header: Sequence[str]) -> int:
    """Return the year in the name of the file, else 2010 where the table has what only that year has."""
    years = {year for year in YEARS if str(year) in path.stem}
    if len(years) == 1:
        return years.pop()
    only = [name for name, field in file.fields.items() if field.years == [2010]]
    columns, _ = column_names.match(file, header, 2010)
    return 2010 if all(name in columns for name in only) else 2020


def counties(table: Table) -> Iterator[Row]:
    """Give the rows that are counties: neither provinces nor sums of others.

    A prefecture (code ending in 00) counts as a county where nothing below it is in the table, as with Dongguan.
    """
    below = {row.code[:4] for row in table.rows if not row.code.endswith("00")}
    for row in table.rows:
        if row.code.endswith("0000") or (row.code.endswith("00") and row.code[:4] in below):
            continue
        if row.name in {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}:
            continue
        yield row
