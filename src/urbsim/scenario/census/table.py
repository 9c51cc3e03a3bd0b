"""A census table read and checked: one row per place, one number per field.

What is wrong with the file stops the import (missing columns, text in number cells, codes given twice), all of it at
once. A blank cell is no mistake of the file: the census leaves some out; it only matters for the county.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from urbsim.errors import InputError, Problem
from urbsim.scenario.census import columns as named
from urbsim.scenario.census.columns import Column, ColumnFile
from urbsim.scenario.census.grid import Cell, Grid, column_letter, read_grids, text

YEARS = (2010, 2020)
CODE = re.compile(r"\d{6}(0{6})?")
BLANK = {"", "-", "—", "–", "…", "...", "..", "－"}


@dataclass(frozen=True, slots=True)
class Row:
    """A place: where its row stands, and its numbers by field; a blank cell has no number."""

    line: int
    code: str
    name: str
    province: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Table:
    """A census table of one year."""

    label: str
    year: int
    rows: tuple[Row, ...]


def read_table(path: Path, file: ColumnFile) -> Table:
    """Read a workbook or a CSV extract.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    grids = read_grids(path)
    grid, start, header, at = max((_header(grid, file) for grid in grids), key=lambda found: len(found[3]))
    if "code" not in at or "name" not in at:
        lacking = " and ".join(place for place in ("code", "name") if place not in at)
        hint = f"call the columns {' or '.join(file.places['code'][:3])} and {' or '.join(file.places['name'][:3])}"
        raise InputError(Problem(grid.label, 1, 0, f"no column with the {lacking} of counties", hint))
    year = _year(path, file, header)
    found, wrong = named.match(file, header, year)
    problems = list(named.missing_problems(grid.label, start, wrong, header))
    rows, others = _rows(grid, start, header, at, found)
    problems += others
    if not rows:
        problems.append(Problem(grid.label, start, 0, "holds no county", "codes have six digits"))
    if problems:
        raise InputError(problems)
    return Table(grid.label, year, rows)


def _header(grid: Grid, file: ColumnFile) -> tuple[Grid, int, list[str], Mapping[str, int]]:
    """Return a sheet with the number of its header rows, the header per column and the columns of places."""
    width = max(len(row) for row in grid.rows)
    first = next((n for n, row in enumerate(grid.rows[:30]) if any(_is_code(cell) for cell in row)), 0)
    count = first or 1
    rows = [[text(cell) for cell in row] + [""] * (width - len(row)) for row in grid.rows[:count]]
    header = named.paths(rows)
    return grid, count, header, named.places(file, header)


def _is_code(cell: Cell) -> bool:
    return bool(CODE.fullmatch(text(cell))) and "10" <= text(cell)[:2] <= "69"


def _year(path: Path, file: ColumnFile, header: Sequence[str]) -> int:
    """Return the year in the name of the file, else 2010 where the table has what only that year has."""
    stated = {year for year in YEARS if str(year) in path.stem}
    if len(stated) == 1:
        return stated.pop()
    only = [name for name, field in file.fields.items() if field.years == [2010]]
    matched, _ = named.match(file, header, 2010)
    return 2010 if all(name in matched for name in only) else 2020


def _rows(
    grid: Grid, start: int, header: Sequence[str], at: Mapping[str, int], found: Mapping[str, Column]
) -> tuple[tuple[Row, ...], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for line, cells in enumerate(grid.rows[start:], start=start + 1):
        given = {place: text(cells[column]) if column < len(cells) else "" for place, column in at.items()}
        if not given["code"] or sum(bool(text(cell)) for cell in cells) == 1:
            continue  # an empty line, or a note under the table
        if not _is_code(given["code"]):
            message = f"column {column_letter(at['code'])}: code {given['code']!r} has not six digits"
            problems.append(Problem(grid.label, line, at["code"] + 1, message))
            continue
        code = given["code"][:6]
        if code in lines:
            message = f"code {code} ({given['name']}) stands in line {lines[code]} already"
            problems.append(Problem(grid.label, line, at["code"] + 1, message, "keep one of them"))
        lines[code] = line
        values, wrong = _values(cells, header, found)
        problems += [Problem(grid.label, line, column + 1, message) for column, message in wrong]
        name = given["name"].replace("\u5dff", "市")  # a look-alike that the table of 2010 has in 市中区
        rows.append(Row(line, code, name, given.get("province", ""), values))
    return tuple(rows), problems


def _values(
    cells: Sequence[Cell], header: Sequence[str], found: Mapping[str, Column]
) -> tuple[dict[str, float], list[tuple[int, str]]]:
    values: dict[str, float] = {}
    wrong: list[tuple[int, str]] = []
    for name, column in found.items():
        numbers = []
        for index, factor in column.parts:
            cell = cells[index] if index < len(cells) else None
            number = _number(cell)
            if number is not None and not math.isfinite(number):
                where = f"column {column_letter(index)} ({header[index]})"
                wrong.append((index, f"{where}: {text(cell)!r} stands where {name} needs a number"))
            elif number is not None:
                numbers.append(number * factor)
        if len(numbers) == len(column.parts):
            values[name] = sum(numbers)
    return values, wrong


def _number(cell: Cell) -> float | None:
    """Return a number, None for a blank, NaN for anything else."""
    if isinstance(cell, float):
        return cell
    if (words := text(cell)) in BLANK:
        return None
    try:
        return float(words.replace(",", ""))
    except ValueError:
        return math.nan


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
