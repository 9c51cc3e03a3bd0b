"""A census table read and checked: one row per place, one number per field.

What is wrong with the file stops the import (missing columns, text in number cells, codes given twice), all of it at
once. A blank cell is no mistake of the file: the census leaves some out; it only matters for the county.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from urbsim.errors import InputError, Place, Problem
from urbsim.project.regions.census import columns as column_names
from urbsim.project.regions.census.columns import Column, ColumnFile
from urbsim.project.regions.census.grid import Cell, Grid, column_letter, read_grids, text

YEARS = (2010, 2020)
CODE = re.compile(r"\d{6}(0{6})?")
BLANK = {"", "-", "—", "–", "…", "...", ".."}
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)  # "2,8" is none
PLAIN = "write digits alone, as in 12345.6; a unit or % belongs in the header; leave blank what is not known"


Headed = tuple[Grid, int, list[str], Mapping[str, int]]  # a sheet, rows of its header, the header, columns of places


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
    rows, others = _rows(grid, start, header, places, columns) if {"code", "name"} <= {*places} else ((), [])
    problems += others
    if not rows and not problems:
        problems.append(Problem("nothing-there", Place(grid.label, start), "holds no county", "codes have six digits"))
    if problems:
        raise InputError(problems)
    return Table(grid.label, year, rows)


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
    first = next((n for n, row in enumerate(grid.rows[:30]) if any(_is_code(cell) for cell in row)), 0)
    candidates = []
    for count in {first or 1, 1}:
        rows = [[text(cell) for cell in row] + [""] * (width - len(row)) for row in grid.rows[:count]]
        header = column_names.paths(rows)
        candidates.append((grid, count, header, column_names.places(file, header)))
    return max(candidates, key=lambda sheet: (len(sheet[3]), sheet[1]))


def _is_code(cell: Cell) -> bool:
    word = _narrow(cell)
    return bool(CODE.fullmatch(word)) and "10" <= word[:2] <= "69"


def _narrow(cell: Cell) -> str:
    """Return a cell as text with the full-width digits and commas of Chinese typing as plain ones."""
    return unicodedata.normalize("NFKC", text(cell))


def _year(path: Path, file: ColumnFile, header: Sequence[str]) -> int:
    """Return the year in the name of the file, else 2010 where the table has what only that year has."""
    years = {year for year in YEARS if str(year) in path.stem}
    if len(years) == 1:
        return years.pop()
    only = [name for name, field in file.fields.items() if field.years == [2010]]
    columns, _ = column_names.match(file, header, 2010)
    return 2010 if all(name in columns for name in only) else 2020


def _rows(
    grid: Grid, start: int, header: Sequence[str], places: Mapping[str, int], columns: Mapping[str, Column]
) -> tuple[tuple[Row, ...], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for line, cells in enumerate(grid.rows[start:], start=start + 1):
        words = {place: text(cells[column]) if column < len(cells) else "" for place, column in places.items()}
        if sum(bool(text(cell)) for cell in cells) <= 1 or not (words["code"] or words["name"]):
            continue  # an empty line, or a note under the table
        words["code"] = _narrow(words["code"])
        if not _is_code(words["code"]):
            message = (
                f"column {column_letter(places['code'])}: code {words['code']!r} of {words['name']} has not six digits"
            )
            problems.append(
                Problem(
                    "wrong-code", Place(grid.label, line, places["code"] + 1), message, "those of a county, as 371424"
                )
            )
            continue
        code = words["code"][:6]
        if code in lines:
            message = f"code {code} ({words['name']}) stands in line {lines[code]} already"
            problems.append(
                Problem("defined-twice", Place(grid.label, line, places["code"] + 1), message, "keep one of them")
            )
        lines[code] = line
        values, wrong = _values(cells, header, columns)
        problems += [
            Problem("not-a-number", Place(grid.label, line, column + 1), message, PLAIN) for column, message in wrong
        ]
        name = words["name"].replace("\u5dff", "市")  # a look-alike that the table of 2010 has in 市中区
        rows.append(Row(line, code, name, words.get("province", ""), values))
    return tuple(rows), problems


def _values(
    cells: Sequence[Cell], header: Sequence[str], columns: Mapping[str, Column]
) -> tuple[dict[str, float], list[tuple[int, str]]]:
    values: dict[str, float] = {}
    wrong: list[tuple[int, str]] = []
    for name, column in columns.items():
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
    if (words := _narrow(cell)) in BLANK:
        return None
    try:
        return float(words.replace(",", "")) if NUMBER.fullmatch(words) else math.nan
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
