"""The left side of a definition: which name, for which subscripts, and what kind of definition it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.vensim.document import QUOTED, names

_NAME = re.compile(rf'\s*({QUOTED}|[^"\[\](){{}}=:<>,]+)')
_SUBS = re.compile(r'\s*\[((?:"(?:\\.|[^"\\])*"|[^"\]])*)\]')
_EXCEPT = re.compile(r"\s*:\s*EXCEPT\s*:", re.IGNORECASE)
_KEYWORD = re.compile(r"\s*:\s*(INTERPOLATE|RAW|HOLD BACKWARD|LOOK FORWARD)\s*:", re.IGNORECASE)
_KEYWORDS: dict[str, ir.Interpolation] = {
    "interpolate": "interpolate",
    "raw": "raw",
    "hold backward": "hold_backward",
    "look forward": "look_forward",
}
_KINDS = (
    ("data", re.compile(r"\s*:=")),
    ("equation", re.compile(r"\s*==?")),
    ("copy", re.compile(r"\s*<->")),
    ("string", re.compile(r"\s*:\s*IS\s*:", re.IGNORECASE)),
    ("check", re.compile(r"\s*:\s*(?:THE\s+CONDITION|TEST\s+INPUT)\s*:", re.IGNORECASE)),
    ("range", re.compile(r"\s*:(?!\s*\w+(?:\s+\w+)*\s*:)")),
    ("lookup", re.compile(r"\s*(?=\()")),
    ("data", re.compile(r"\s*$")),
)


@dataclass(frozen=True, slots=True)
class LeftSide:
    """What a definition defines; ``kind`` is equation, data, lookup, range, copy, string or check."""

    name: str
    subs: tuple[str, ...]
    excepts: tuple[tuple[str, ...], ...]
    kind: str
    keyword: ir.Interpolation  # how data are read between their points
    right: str
    start: int  # where the right side begins in the definition


def left(text: str) -> LeftSide:
    """Return the left side of a definition as its parts, and the text of the right side.

    Raises
    ------
    EquationError
        Where it cannot be read.
    """
    match = _NAME.match(text)
    if match is None:
        raise EquationError(
            "unreadable", "the left side cannot be read", "an equation begins with the name of a variable", at=0
        )
    name, at = " ".join(match[1].split()), match.end()
    subs: tuple[str, ...] = ()
    excepts: list[tuple[str, ...]] = []
    keyword: ir.Interpolation = "interpolate"
    while True:
        if not excepts and (part := _SUBS.match(text, at)):
            subs, at = names(part[1]), part.end()
        elif part := _EXCEPT.match(text, at):
            at = part.end()
            while part := _SUBS.match(text, at):
                excepts.append(names(part[1]))
                at = part.end()
                at += len(text[at:]) - len(text[at:].lstrip(" ,"))
        elif part := _KEYWORD.match(text, at):
            keyword, at = _KEYWORDS[part[1].lower()], part.end()
        else:
            break
    for kind, pattern in _KINDS:
        if part := pattern.match(text, at):
            right = text[part.end() :]
            start = part.end() + len(right) - len(right.lstrip())
            return LeftSide(name, subs, tuple(excepts), kind, keyword, right.strip(), start)
    rest = text[at:].strip()
    message = f"the left side is not understood from `{rest[:40]}` on"
    raise EquationError("syntax", message, "an equation needs an equals sign", at=at)


def defined(text: str) -> str:
    """Return the name that a definition seems to define, where the definition itself cannot be read."""
    match = _NAME.match(text) or _NAME.match(text.lstrip(' "'))
    return " ".join(match[1].split()) if match else ""
