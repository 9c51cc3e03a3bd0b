"""The documentation of a model file: units, comments, and definitions given twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from urbsim.errors import Place, Problem
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.names import identifier

WITHOUT_UNIT = frozenset({"range", "copy", "string", "check"})


def documentation(model: Model) -> Iterator[Problem]:
    """Give variables without unit or comment, and definitions given twice."""
    for entry in model.entries:
        if not entry.comment:
            yield Problem(
                "missing-comment",
                Place(model.label, entry.line, 1),
                f"{entry.name!r} has no comment",
                "say in one line what it is",
            )
        if not entry.unit and entry.kind not in WITHOUT_UNIT:
            yield Problem(
                "missing-unit",
                Place(model.label, entry.line, 1),
                f"{entry.name!r} has no unit",
                "use Dmnl where it has none",
            )
    keys = Counter((identifier(entry.name), entry.subs) for entry in model.entries)
    for entry in model.entries:
        if keys[identifier(entry.name), entry.subs] > 1:
            yield Problem(
                "defined-twice",
                Place(model.label, entry.line, 1),
                f"{entry.name!r} is defined twice",
                "keep one of them",
                entry.name,
            )
    first: dict[str, ir.Entry] = {}
    for entry in model.entries:
        if entry.kind in WITHOUT_UNIT:
            continue
        earliest = first.setdefault(identifier(entry.name), entry)
        if entry.unit and _plain(entry.unit) != _plain(earliest.unit):
            message = f"{entry.name!r} is in {entry.unit} here and in {earliest.unit} in line {earliest.line}"
            yield Problem("unit", Place(model.label, entry.line, 1), message, "a variable has one unit")


def _plain(unit: str) -> str:
    return re.sub(r"\[.*|\s", "", unit).casefold()
