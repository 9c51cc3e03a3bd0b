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
from urbsim.project.regions.census import columns as named
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
    grid, start, header, at = _sheet(path, file)
    year = _year(path, file, header)
    found, wrong = named.match(file, header, year)
    if not found and not at:
        message, hint = "is no census table: none of its headers is known", "separate cells by commas, not by ; or tabs"
        raise InputError(Problem("empty-file", Place(grid.label, start), message, hint))
    problems = list(named.missing_problems(grid.label, start, wrong, header, {*at.values(), *named.used(found)}))
    for place in ("code", "name"):
        if place not in at:
            hint = f"call one {' or '.join(file.places[place][:3])}"
            problems.append(
                Problem("missing-column", Place(grid.label, start), f"no column with the {place} of counties", hint)
            )
    rows, others = _rows(grid, start, header, at, found) if {"code", "name"} <= {*at} else ((), [])
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
    whole = [sheet for sheet in sheets if any(not named.match(file, sheet[2], year)[1] for year in YEARS)]
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
    found = []
    for count in {first or 1, 1}:
        rows = [[text(cell) for cell in row] + [""] * (width - len(row)) for row in grid.rows[:count]]
        header = named.paths(rows)
        found.append((grid, count, header, named.places(file, header)))
    return max(found, key=lambda one: (len(one[3]), one[1]))


def _is_code(cell: Cell) -> bool:
    word = _narrow(cell)
    return bool(CODE.fullmatch(word)) and "10" <= word[:2] <= "69"


def _narrow(cell: Cell) -> str:
    """Return a cell as text with the full-width digits and commas of Chinese typing as plain ones."""
    return unicodedata.normalize("NFKC", text(cell))


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
        if sum(bool(text(cell)) for cell in cells) <= 1 or not (given["code"] or given["name"]):
            continue  # an empty line, or a note under the table
        given["code"] = _narrow(given["code"])
        if not _is_code(given["code"]):
            message = (
                f"column {column_letter(at['code'])}: code {given['code']!r} of {given['name']} has not six digits"
            )
            problems.append(
                Problem("wrong-code", Place(grid.label, line, at["code"] + 1), message, "those of a county, as 371424")
            )
            continue
        code = given["code"][:6]
        if code in lines:
            message = f"code {code} ({given['name']}) stands in line {lines[code]} already"
            problems.append(
                Problem("defined-twice", Place(grid.label, line, at["code"] + 1), message, "keep one of them")
            )
        lines[code] = line
        values, wrong = _values(cells, header, found)
        problems += [
            Problem("not-a-number", Place(grid.label, line, column + 1), message, PLAIN) for column, message in wrong
        ]
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
