"""The text of a model with other equations in it: probes beside it, equations in the place of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from urbsim.errors import InputError, Place, Problem
from urbsim.language.text import ModelText, parse
from urbsim.names import element, identifier

_SKETCH = "\\\\\\---///"
_CALENDAR = re.compile(r"(?P<before>^|[-=(,+*/^<>\[])(?P<space>\s*)Time(?=\s*(?:$|[-),+*/^<>=\]:]))", re.IGNORECASE)
_OPENED = re.compile(r"([A-Za-z][\w\s]*?)?\s*\(|[,)\[\]]")


@dataclass(frozen=True, slots=True)
class Probe:
    """A variable that is added to look at the model: its name, subscripts and equation."""

    name: str
    subscripts: tuple[str, ...]
    right: str


def probed(model: ModelText, probes: list[Probe]) -> ModelText:
    """Return the model with probes after its last equation; they change nothing in it."""
    text = "".join(f"\n{element(one.name, one.subscripts)} = {one.right}\n~~|" for one in probes)
    return parse(model.source.split(_SKETCH, 1)[0] + text, model.label)


def replaced(model: ModelText, rights: Mapping[str, str]) -> ModelText:
    """Return the model with another right side for some variables, in each of their equations.

    Raises
    ------
    InputError
        With the nearest names, where the model has no such variable.
    """
    edits = []
    for name, right in rights.items():
        model.entry(name)
        edits += [
            (entry.span, f"\n{element(entry.name, entry.subscripts)} = {right}\n")
            for entry in model.variables[identifier(name)]
        ]
    return _edited(model, edits)


def timeless(model: ModelText) -> ModelText:
    """Return the model with the calendar held at its start: what reads Time reads INITIAL TIME.

    Equations with MODULO keep Time: they mark the turn of the year and drive nothing.
    """
    edits = []
    for entry in model.entries:
        start, end = entry.span
        own = model.source[start:end]
        if entry.kind in {"equation", "stock"} and "modulo" not in own.lower():
            held = _CALENDAR.sub(r"\g<before>\g<space>INITIAL TIME", own)
            edits += [(entry.span, held)] if held != own else []
    return _edited(model, edits)


def _edited(model: ModelText, edits: list[tuple[tuple[int, int], str]]) -> ModelText:
    source = model.source
    for (start, end), text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return parse(source, model.label)


def arguments(text: str, at: int) -> tuple[list[str], int]:
    """Return the arguments from a place after a parenthesis, and the place after the one that closes them.

    Raises
    ------
    InputError
        Where no parenthesis closes them.
    """
    args, depth, start = [], 0, at
    for position in range(at, len(text)):
        character = text[position]
        if (character == ")" and not depth) or (character == "," and not depth):
            args.append(text[start:position].strip())
            start = position + 1
            if character == ")":
                return args, start
        depth += (character in "([") - (character in ")]")
    raise InputError(Problem("syntax", Place("model"), f"`{text[:60]}` has a parenthesis that is not closed"))


def enclosing(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Give the functions whose arguments hold a place of an equation, outermost first, with the argument's number."""
    open_now: list[tuple[str, int]] = []
    for found in _OPENED.finditer(text, 0, at):
        mark = found[0][-1]
        if mark in "([":
            open_now.append((identifier(found[1] or "") if mark == "(" else "[", 0))
        elif mark in ")]" and open_now:
            open_now.pop()
        elif mark == "," and open_now:
            name, number = open_now[-1]
            open_now[-1] = name, number + 1
    yield from open_now
