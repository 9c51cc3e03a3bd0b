"""Files in and out: YAML with places, CSV, and writing whole or not at all.

YAML is read by :mod:`urbsim.yaml12` and checked by pydantic; every problem of a file is reported at once with line and
column. Messages name the rule, the value and the way out; see :class:`urbsim.errors.Problem`.
"""

from __future__ import annotations

import csv
import io
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from urbsim import yaml12
from urbsim.errors import InputError, Place, Problem, nearest

T = TypeVar("T", bound="Strict")


class Strict(BaseModel):
    """Base of every file format: frozen, no unknown keys, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Location = tuple[str | int, ...]


class Source:
    """A YAML document that knows where each of its parts stands."""

    def __init__(self, label: str, data: Any, root: yaml12.Positions | None = None) -> None:
        self.label = label
        self.data = data
        self._root = root or yaml12.Positions()

    def place(self, location: Location, *, key: bool = False) -> tuple[int, int]:
        """Return line and column of a part; with ``key``, of its key instead of its value.

        Where the location leads out of the document, the deepest part that exists is taken.
        """
        node, last = self._root, len(location) - 1
        at = (1, 1)
        for depth, step in enumerate(location):
            if step not in node.parts:
                break
            at = node.keys.get(step, at) if key and depth == last else (node.parts[step].line, node.parts[step].column)
            node = node.parts[step]
        return at

    def problem(self, rule: str, location: Location, message: str, hint: str = "", *, key: bool = False) -> Problem:
        """Return a problem at a part of the document.

        Parameters
        ----------
        rule
            Id of what is broken.
        location
            Keys and indices from the top of the document.
        message
            What is wrong.
        hint
            What to do.
        key
            True for the place of the key rather than its value.
        """
        return Problem(rule, Place(self.label, *self.place(location, key=key)), message, hint)


def read_text(path: Path, label: str) -> str:
    """Return the text of a UTF-8 file.

    Raises
    ------
    InputError
        Where the file is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            Problem("unreadable", Place(label), f"cannot be read: {error.strerror}", "check the path and the rights")
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            Problem("not-utf8", Place(label), f"is not UTF-8 text (byte {error.start})", "save the file as UTF-8")
        ) from error


def read_csv(path: Path, label: str) -> list[list[str]]:
    """Return the rows of a CSV file in UTF-8; row n stands in line n + 1.

    Raises
    ------
    InputError
        Where the file cannot be read, or a quotation mark is not closed.
    """
    rows = csv.reader(read_text(path, label).lstrip("\ufeff").splitlines(), strict=True)
    try:
        return list(rows)
    except csv.Error as error:
        message, hint = f"is not valid CSV: {error}", "check the quotation marks"
        raise InputError(Problem("row-length", Place(label, rows.line_num), message, hint)) from error


def read_yaml(path: Path, label: str) -> Source:
    """Return the document in a YAML file.

    Raises
    ------
    InputError
        For a syntax error, duplicate keys, tags and aliases, or an empty or truncated file.
    """
    text = read_text(path, label)
    try:
        data, root = yaml12.load(text)
    except yaml12.YamlError as error:
        raise InputError(
            [Problem(f.rule, Place(label, f.line, f.column), f.message, f.hint) for f in error.faults]
        ) from error
    if not isinstance(data, dict):
        raise InputError(Problem("empty-file", Place(label, 1, 1), "holds no keys; the file is empty or truncated"))
    return Source(label, data, root)


def validate(kind: type[T], source: Source) -> T:
    """Return the document as one of our formats.

    Raises
    ------
    InputError
        With one problem for each rule that the document breaks.
    """
    try:
        return kind.model_validate(source.data)
    except ValidationError as error:
        raise InputError([_problem(kind, source, item) for item in error.errors()]) from error


_MESSAGES = {
    "missing": "{key!r} is missing",
    "extra_forbidden": "unknown key {key!r}",
    "float_type": "must be a number, not {input!r}",
    "int_type": "must be a whole number, not {input!r}",
    "string_type": "must be text, not {input!r}",
    "finite_number": "must be a finite number, not {input!r}",
    "dict_type": "must be a table of keys and values, not {input!r}",
    "model_type": "must be a table of keys and values, not {input!r}",
    "tuple_type": "must be a list, not {input!r}",
    "list_type": "must be a list, as [{input}], not {input!r}",
    "bool_type": "must be true or false, not {input!r}",
    "too_short": "must have {min_length} or more items, not {actual_length}",
    "too_long": "must have {max_length} or fewer items, not {actual_length}",
    "greater_than_equal": "must be {ge:g} or more, not {input!r}",
    "invalid_key": "is no key; a comma ends a value: write 12345, not 12,345",
    "literal_error": "must be {expected}, not {input!r}",
}


def _problem(kind: type[Strict], source: Source, item: Any) -> Problem:
    location: Location = tuple(item["loc"])
    error = item["type"]
    key = str(location[-1]) if location else ""
    value = item.get("input")
    value = str(value) if isinstance(value, date) else value
    context = {"key": key, "input": value, **(item.get("ctx") or {})}
    message = (
        _MESSAGES[error].format(**context) if error in _MESSAGES else str(item["msg"]).removeprefix("Value error, ")
    )
    hint = ""
    if error == "extra_forbidden":
        hint = nearest(key, _fields(kind, location[:-1]))
    if location and error not in {"missing", "extra_forbidden"}:
        message = f"{'.'.join(str(part) for part in location)} {message}"
    return source.problem(error.replace("_", "-"), location, message, hint, key=error == "extra_forbidden")


def _fields(kind: type[Strict], location: Location) -> list[str]:
    """Return the keys that a part of a format may have."""
    definitions = kind.model_json_schema()
    node: Any = definitions
    for step in location:
        node = _resolve(node, definitions)
        node = node.get("properties", {}).get(step) or node.get("additionalProperties") or node.get("items") or {}
    return list(_resolve(node, definitions).get("properties", {}))


def _resolve(node: Any, definitions: Any) -> Any:
    for option in (node, *node.get("anyOf", []), *node.get("allOf", [])):
        if "$ref" in option:
            return definitions["$defs"][option["$ref"].rsplit("/", 1)[1]]
    return node


def finite(value: float) -> float:
    """Return a number that is neither NaN nor infinite; for use as a pydantic validator."""
    if not math.isfinite(value):
        raise ValueError(f"must be a finite number, not {value}")
    return value


Number = Annotated[float, AfterValidator(finite)]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success it takes its place, else it vanishes.

    The content is forced to the disk before the name changes, so a reader sees the old file or the new one, never
    a part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file whole, with the same line ends on every system."""
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def write_rows(file: TextIO, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of cells as CSV, with the same line ends on every system."""
    csv.writer(file, lineterminator="\n").writerows(rows)


def write_records(file: TextIO, records: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    """Write records as CSV under the names of the first one's keys, or of ``columns``; numbers keep twelve digits."""
    remaining = iter(records)
    first = next(remaining, None)
    header = list(columns or first or ())
    if header:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        for record in chain([] if first is None else [first], remaining):
            writer.writerow({key: f"{cell:.12g}" if isinstance(cell, float) else cell for key, cell in record.items()})


def to_csv(records: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    """Return records as CSV text, see :func:`write_records`."""
    text = io.StringIO()
    write_records(text, records, columns)
    return text.getvalue()
