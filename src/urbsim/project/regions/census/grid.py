"""A census file as rows of cells, whatever its format: an Excel workbook or a CSV extract."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from urbsim.errors import InputError, Place, Problem
from urbsim.files import read_csv

Cell = str | float | None
OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # how an old .xls begins, and an .xlsx with a password
DAMAGE = (BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, TypeError, AttributeError, EOFError)  # openpyxl's


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet: its label in messages and its cells; line 1 is row 0."""

    label: str
    rows: Sequence[Sequence[Cell]]


def read_grids(path: Path) -> list[Grid]:
    """Return the sheets of a file that hold anything.

    Raises
    ------
    InputError
        For a file that is missing, damaged or of another kind, and where openpyxl is needed and missing.
    """
    if path.suffix.lower() in {".csv", ".txt"}:
        grids = [Grid(path.name, read_csv(path, path.name))]
    elif path.suffix.lower() in {".xlsx", ".xlsm"}:
        grids = _workbook(path)
    else:
        raise InputError(
            Problem(
                "unknown-file-kind", Place(path.name), "is neither .xlsx nor .csv", "save an old .xls workbook as .xlsx"
            )
        )
    if not (sheets := [grid for grid in grids if grid.rows]):
        raise InputError(Problem("empty-file", Place(path.name), "holds no rows; the file is empty or truncated"))
    return sheets


def _workbook(path: Path) -> list[Grid]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415  optional, and half a second
    except ImportError as error:
        hint = "pip install 'urbsim[import]', or save the sheet as CSV (UTF-8)"
        raise InputError(
            Problem("missing-package", Place(path.name), "an Excel workbook needs openpyxl", hint)
        ) from error
    try:
        with path.open("rb") as file:
            if file.read(len(OLE)) == OLE:
                hint = "save it as .xlsx without a password"
                raise InputError(
                    Problem("unreadable", Place(path.name), "is an old .xls workbook or has a password", hint)
                )
            sheets = load_workbook(file, read_only=True, data_only=True).worksheets
            return [
                Grid(f"{path.name}[{sheet.title}]", [[_cell(value) for value in row] for row in sheet.values])
                for sheet in sheets
            ]
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise InputError(Problem("unreadable", Place(path.name), message, "check the path and the rights")) from error
    except DAMAGE as error:
        message = "is not an Excel workbook; it is damaged or truncated"
        raise InputError(
            Problem("unreadable", Place(path.name), message, "open it in a spreadsheet and save it anew")
        ) from error


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str):
        return value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def text(cell: Cell) -> str:
    """Return a cell as text, a whole number without a point.

    Examples
    --------
    >>> text(371424.0), text(" 临邑县 "), text(None)
    ('371424', '临邑县', '')
    """
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    return (cell or "").replace("\u3000", " ").strip()


def column_letter(index: int) -> str:
    """Return the name that a spreadsheet gives to column ``index``, counted from 0.

    Examples
    --------
    >>> column_letter(0), column_letter(26)
    ('A', 'AA')
    """
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
