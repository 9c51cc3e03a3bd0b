"""Rows of a census table: one per place, with a number per field, what is blank, and what is wrong with its cells.

A fault stands in its row, so that one county's fault costs that county and not the country.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from urbsim.errors import Place, Problem
from urbsim.project.regions.census.columns import Column
from urbsim.project.regions.census.grid import Cell, Grid, column_letter, text

CODE = re.compile(r"\d{6}(0{6})?")
BLANK = {  # signs for "not known" or "nobody", in small letters
    "", "-", "--", "—", "——", "–", "…", "……", "...", "..", "/", "na", "n/a", "#n/a", "n.a.", "null", "none",
    "缺", "缺失", "不详", "未知", "无数据",
}  # fmt: skip
SUMS = {  # names of rows that sum up others, where they have no code
    "全国", "合计", "总计", "市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划",
}  # fmt: skip
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)  # "2,8" is none
PLAIN = "write digits alone, as in 12345.6; a unit or % belongs in the header; leave blank what is not known"


@dataclass(frozen=True, slots=True)
class Row:
    """A place: where its row stands, and its numbers by field; a field with a blank cell has no number.

    ``partial`` holds the sum of the other cells where only some cells of a field are blank, ``blanks`` what stands in
    the blank ones and where.
    """

    line: int
    code: str
    name: str
    province: str
    values: Mapping[str, float]
    partial: Mapping[str, float] = field(default_factory=dict)
    blanks: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a sheet is laid out: rows of its header, the header, the columns of places and of fields."""

    start: int
    header: Sequence[str]
    places: Mapping[str, int]
    columns: Mapping[str, Column]


def is_code(cell: Cell) -> bool:
    """Tell whether a cell holds the code of a place."""
    word = narrow(cell)
    return bool(CODE.fullmatch(word)) and "10" <= word[:2] <= "69"


def narrow(cell: Cell) -> str:
    """Return a cell as text with the full-width digits and commas of Chinese typing as plain ones."""
    return unicodedata.normalize("NFKC", text(cell))


def read_rows(grid: Grid, layout: Layout) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return the rows of places, and the rows that name a place and have no good code.

    Of two rows with one code the later is kept, with a fault: which of them is right cannot be told.
    """
    rows: dict[str, Row] = {}
    strays: list[Row] = []
    for line, cells in enumerate(grid.rows[layout.start :], start=layout.start + 1):
        words = {place: text(cells[at]) if at < len(cells) else "" for place, at in layout.places.items()}
        if sum(bool(text(cell)) for cell in cells) <= 1 or not (words["code"] or words["name"]):
            continue  # an empty line, or a note under the table
        code = narrow(words["code"])
        if not is_code(code) and (_blank(code) and words["name"] in SUMS):
            continue
        row = _row(grid.label, line, cells, layout, words)
        if not is_code(code):
            strays.append(row)
            continue
        if twin := rows.get(row.code):
            message = f"code {row.code} ({row.name}) stands in line {twin.line} already"
            place = Place(grid.label, line, layout.places["code"] + 1)
            twice = Problem("defined-twice", place, message, "keep one of them")
            row = replace(row, faults=(*twin.faults, twice, *row.faults))
        rows[row.code] = row
    return tuple(rows.values()), tuple(strays)


def _row(label: str, line: int, cells: Sequence[Cell], layout: Layout, words: Mapping[str, str]) -> Row:
    name = words["name"].replace("\u5dff", "市")  # a look-alike that the table of 2010 has in 市中区
    code = narrow(words["code"])
    if is_code(code):
        row = Row(line, code[:6], name, words.get("province", ""), {})
        return _numbers(row, label, cells, layout)
    at = layout.places["code"]
    message = f"column {column_letter(at)}: code {code!r} of {name} has not six digits"
    problem = Problem("wrong-code", Place(label, line, at + 1), message, "write the code of the county, as 371424")
    return Row(line, "", name, words.get("province", ""), {}, faults=(problem,))


def _numbers(row: Row, label: str, cells: Sequence[Cell], layout: Layout) -> Row:
    """Return a row with the numbers of its cells, what is blank and what is wrong."""
    values: dict[str, float] = {}
    partial: dict[str, float] = {}
    blanks: dict[str, str] = {}
    faults: list[Problem] = []
    for name, column in layout.columns.items():
        numbers = []
        for index, factor in column.parts:
            cell = cells[index] if index < len(cells) else None
            number = number_of(cell)
            if number is None:
                blanks.setdefault(name, f"column {_headed(index, layout.header)} holds {text(cell)!r}")
            elif math.isfinite(number):
                numbers.append(number * factor)
            else:
                where = f"column {_headed(index, layout.header)}"
                message = f"{where}: {text(cell)!r} stands where {name} needs a number"
                faults.append(Problem("not-a-number", Place(label, row.line, index + 1), message, PLAIN))
        if len(numbers) == len(column.parts):
            values[name] = sum(numbers)
        elif numbers:
            partial[name] = sum(numbers)
    return replace(row, values=values, partial=partial, blanks=blanks, faults=tuple(faults))


def _headed(index: int, header: Sequence[str]) -> str:
    return f"{column_letter(index)} ({''.join(header[index].split())})"


def _blank(word: str) -> bool:
    return word.lower() in BLANK


def number_of(cell: Cell) -> float | None:
    """Return a number, None for a blank, NaN for anything else.

    Examples
    --------
    >>> number_of("12,345"), number_of("NA"), number_of("2,8")
    (12345.0, None, nan)
    """
    if isinstance(cell, float):
        return cell
    words = narrow(cell)
    if _blank(words):
        return None
    try:
        return float(words.replace(",", "")) if NUMBER.fullmatch(words) else math.nan
    except ValueError:
        return math.nan
