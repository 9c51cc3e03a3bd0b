"""What is wrong with a model file: documentation, and all that can be seen in its equations without running them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from urbsim.errors import Place, Problem
from urbsim.language.checks.units import clashes
from urbsim.language.text import ModelText
from urbsim.language.vensim.reader import recover
from urbsim.names import identifier


def documentation(model: ModelText) -> Iterator[Problem]:
    """Give variables without unit or comment, and definitions given twice."""
    for entry in model.entries:
        if not entry.comment:
            yield Problem(
                "missing-comment",
                Place(model.label, entry.line, 1),
                f"{entry.name!r} has no comment",
                "say in one line what it is",
            )
        if not entry.unit and entry.kind != "range":
            yield Problem(
                "missing-unit",
                Place(model.label, entry.line, 1),
                f"{entry.name!r} has no unit",
                "use Dmnl where it has none",
            )
    keys = Counter((identifier(entry.name), entry.subscripts) for entry in model.entries)
    for entry in model.entries:
        if keys[identifier(entry.name), entry.subscripts] > 1:
            yield Problem(
                "defined-twice",
                Place(model.label, entry.line, 1),
                f"{entry.name!r} is defined twice",
                "keep one of them",
                entry.name,
            )
    for entries in model.variables.values():
        for entry in entries[1:]:
            if entry.unit and _plain(entry.unit) != _plain(entries[0].unit):
                message = f"{entry.name!r} is in {entry.unit} here and in {entries[0].unit} in line {entries[0].line}"
                yield Problem("unit", Place(model.label, entry.line, 1), message, "a variable has one unit")


def _plain(unit: str) -> str:
    return re.sub(r"\[.*|\s", "", unit).casefold()


def equations(model: ModelText) -> list[Problem]:
    """Return clashes of units, of every equation that can be read."""
    return clashes(recover(model.source, model.label, Path())[0])
