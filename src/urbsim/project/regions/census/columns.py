"""Which column of a census table is which: headers compared without spaces, units and punctuation.

The names stand in data/estimates/census-columns.yaml, so a workbook that calls a column differently needs a word there
and no change of code. Guessing by likeness was turned down: 城镇 and 乡村 are equally like 城乡人口.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field

from urbsim.errors import Place, Problem
from urbsim.files import Strict, read_yaml, validate

UNIT_IN_BRACKETS = re.compile(r"[（(]\s*(人|户|岁|%|％|‰|万人|平方米|平方米/人|人/户|m2|m2/人)\s*[)）]")
JOINTS = re.compile(r"[\s、，,。:：()（）【】\[\]]+")
DASHES = re.compile(r"[－—–～~至到]")
LEVEL = "|"  # between the rows of a header; a name in the dictionary has "_" there
PER = {"%": 1e-2, "％": 1e-2, "‰": 1e-3, "万人": 1e4}


class FieldNames(Strict):
    """A field of the tables: its names, the years that have it, and whether a table may lack it."""

    unit: str
    names: list[str]
    years: list[int] = Field(default=[2010, 2020])
    instead: str = ""
    optional: bool = False


class ColumnFile(Strict):
    """The file data/estimates/census-columns.yaml."""

    fields: dict[str, FieldNames]
    places: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """Columns of a sheet (from 0) that add up to a field, each with the factor to its unit."""

    parts: tuple[tuple[int, float], ...]


def load_columns(path: Path, label: str) -> ColumnFile:
    """Read the names of columns."""
    return validate(ColumnFile, read_yaml(path, label))


def plain_header(text: str) -> str:
    """Return a header without spaces, units and punctuation, as it is compared.

    Examples
    --------
    >>> plain_header("家庭户 _户规模（人/户）"), plain_header("男_1 到 4岁")
    ('家庭户_户规模', '男_1-4岁')
    """
    return DASHES.sub("-", JOINTS.sub("", UNIT_IN_BRACKETS.sub("", text))).replace(LEVEL, "_").strip("_").lower()


def factor_of(header: str, unit: str) -> float:
    """Return the factor from the unit that a header states in brackets to the field's."""
    words = UNIT_IN_BRACKETS.findall(header)
    factors = [PER[word] for word in words if word in PER]
    if not factors:
        return 1.0
    return factors[-1] if unit in {"dmnl", "1/year"} or factors[-1] > 1 else 1.0


def paths(header: Sequence[Sequence[str]]) -> list[str]:
    """Return one header per column from the rows of a header, upper levels carried over merged cells.

    ``header`` holds rows of cells; an empty cell takes the cell on its left, except in the last row.
    """
    rows = []
    for row in header[:-1]:
        above, line = "", []
        for cell in row:
            above = cell or above
            line.append(above)
        rows.append(line)
    rows.append(list(header[-1]))
    return [LEVEL.join(dict.fromkeys(cell for cell in cells if cell)) for cells in zip(*rows, strict=True)]


def _endings(path: str) -> list[str]:
    """Return a header with ever fewer of its upper levels, so that a title above the table does no harm."""
    parts = path.split(LEVEL)
    return [plain_header(LEVEL.join(parts[start:])) for start in range(len(parts))]


def _may_be(path: str, unit: str) -> bool:
    """Tell whether a column can hold a unit: 第一产业（%） is no count of people."""
    return unit != "person" or not {"%", "％", "‰"} & {*UNIT_IN_BRACKETS.findall(path)}


class AmbiguousError(ValueError):
    """Several columns carry the name."""


def find(name: str, header: Sequence[str], unit: str = "") -> Column | None:
    """Return the columns whose sum a name describes, or None.

    Raises
    ------
    AmbiguousError
        Where several columns carry the name.
    """
    parts = []
    for part in name.split(" + "):
        key = plain_header(part)
        here = [i for i, path in enumerate(header) if key in _endings(path) and _may_be(path, unit)]
        if len(here) > 1:
            whole = [i for i in here if _endings(header[i])[0] == key]
            here = whole if len(whole) == 1 else here
        if len(here) > 1:
            raise AmbiguousError(f"columns {', '.join(str(i + 1) for i in here)} are all called {part!r}")
        if not here:
            return None
        parts.append((here[0], factor_of(header[here[0]], unit)))
    return Column(tuple(parts))


@dataclass(frozen=True, slots=True)
class MissingColumn:
    """A field without a column: what is wrong in words, and the names that no header has."""

    message: str
    names: tuple[str, ...] = ()


def match(file: ColumnFile, header: Sequence[str], year: int) -> tuple[dict[str, Column], list[MissingColumn]]:
    """Return the columns of the fields of a year, and the fields whose column is missing or unclear."""
    columns: dict[str, Column] = {}
    unclear: dict[str, str] = {}
    fields = {name: field for name, field in file.fields.items() if year in field.years}
    for name, field in fields.items():
        for text in field.names:
            try:
                column = find(text, header, field.unit)
            except AmbiguousError as error:
                unclear.setdefault(name, str(error))
                continue
            if column:
                columns[name] = column
                break
    missing_fields = {
        name: field
        for name, field in fields.items()
        if name not in columns and field.instead not in columns and not field.optional
    }
    problems = [
        _missing(name, field.names[:3], unclear.get(name, ""))
        for name, field in missing_fields.items()
        if not (field.instead in missing_fields and name.endswith("_share"))  # the problem of its other form is enough
    ]
    return columns, problems


def _missing(field: str, names: Sequence[str], unclear: str) -> MissingColumn:
    if unclear:
        return MissingColumn(f"{field}: {unclear}")
    return MissingColumn(f"{field}: no column is called {' or '.join(names)}", tuple(names))


def column_indexes(columns: Mapping[str, Column]) -> set[int]:
    """Return the columns of the fields that were found."""
    return {index for column in columns.values() for index, _ in column.parts}


def missing_problems(
    label: str, line: int, missing: Sequence[MissingColumn], header: Sequence[str], indexes: Set[int]
) -> Iterator[Problem]:
    """Give a problem for each field without a column, with the nearest of the headers that nothing else uses.

    Parameters
    ----------
    label, line
        The sheet and the last row of its header.
    missing
        The fields without a column.
    header
        The header of each column.
    indexes
        Columns that are used already, from 0.
    """
    candidates = [path for index, path in enumerate(header) if path and index not in indexes]
    for field in missing:
        close = list(
            dict.fromkeys(near for name in field.names for near in get_close_matches(name, candidates, n=2, cutoff=0.5))
        )
        near = f"the nearest are {', '.join(close)}; " if close else ""
        yield Problem(
            "missing-column",
            Place(label, line),
            field.message,
            f"{near}add the header to data/estimates/census-columns.yaml",
        )


def places(file: ColumnFile, header: Sequence[str]) -> Mapping[str, int]:
    """Return the columns of code, name and province, as far as they are there."""
    columns: dict[str, int] = {}
    for place, names in file.places.items():
        for name in names:
            try:
                column = find(name, header)
            except AmbiguousError:
                column = None
            if column:
                columns[place] = column.parts[0][0]
                break
    return columns
