"""A .mdl file as entries: what stands between the bars, with its line, in the model or in a macro.

An entry is ``definition ~ unit ~ comment ~ flags |``. Bars and tildes in quotes or remarks do not count; in comments
quotes mean nothing, there may be an odd number of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from urbsim.errors import Problem

QUOTED = r'"(?:\\.|[^"\\])*"'
_SKETCH = "\\\\\\---///"
_MACRO = re.compile(r":\s*MACRO\s*:\s*([^()~|]+?)\s*\(([^()]*)\)", re.IGNORECASE)
_END = re.compile(r":\s*END\s+OF\s+MACRO\s*:", re.IGNORECASE)
_PLAIN = re.compile(r'[^~|{"\\\s]+')
_STOP = re.compile("[~|]")
_GROUP = re.compile(r"\*{3,}\s*\.?(.*?)\s*\**$")
_LIMITS = re.compile(r"\[([^\[\]]*)\]\s*$")
_QUOTED = re.compile(QUOTED, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One definition without remarks, with its unit, comment, line from 1, and the group that it stands in."""

    text: str
    unit: str
    comment: str
    line: int
    group: str = ""

    @property
    def plain_unit(self) -> str:
        """Return the unit without the limits beside it."""
        return _LIMITS.sub("", self.unit).strip()

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """Return the least and the largest value that stand beside the unit."""
        found = _LIMITS.search(self.unit)
        parts = [part.strip() for part in found[1].split(",")] if found else []
        given = [float(part) if re.fullmatch(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", part) else None for part in parts]
        least, most = (*given, None, None)[:2]
        return least, most


@dataclass(frozen=True, slots=True)
class Section:
    """The model, which has no name, or a macro: inputs, and outputs beside the macro itself."""

    name: str
    params: tuple[str, ...]
    outputs: tuple[str, ...]
    entries: list[Entry]


class Document:
    """The sections of a file; ``problems`` tells what cannot be read."""

    def __init__(self, source: str, label: str) -> None:
        self.source = source.split(_SKETCH, 1)[0]
        self.label = label
        self.main = Section("", (), (), [])
        self.macros: list[Section] = []
        self.problems: list[Problem] = []
        self._group = ""
        self._at = 0
        self._seen = (0, 1)  # a place and its line
        section = self.main
        while self._skip():
            if start := _MACRO.match(self.source, self._at):
                given, _, out = start[2].partition(":")
                section = Section(" ".join(start[1].split()), names(given), names(out), [])
                self.macros.append(section)
                self._at = start.end()
            elif end := _END.match(self.source, self._at):
                section = self.main
                self._at = end.end()
            else:
                self._entry(section)

    def _line(self, at: int) -> int:
        """Return the line of a place that is not before the last one that was asked for."""
        self._seen = (at, self._seen[1] + self.source.count("\n", self._seen[0], at))
        return self._seen[1]

    def _skip(self) -> bool:
        """Go to what comes next; tell whether there is anything."""
        while self._at < len(self.source):
            if self.source[self._at] == "{":
                self._remark()
            elif self.source[self._at].isspace() or self.source[self._at] in "|\ufeff":
                self._at += 1
            else:
                return True
        return False

    def _remark(self) -> None:
        """Go past a remark, in which there may be others; one that does not end is a mere brace."""
        depth, at = 0, self._at
        while at < len(self.source):
            depth += {"{": 1, "}": -1}.get(self.source[at], 0)
            at += 1
            if depth == 0:
                self._at = at
                return
        self._at += 1

    def _entry(self, section: Section) -> None:
        line = self._line(self._at)
        text = self._definition()
        rest: list[str] = []
        while self._at < len(self.source) and self.source[self._at] == "~":
            found = _STOP.search(self.source, self._at + 1)
            end = found.start() if found else len(self.source)
            rest.append(" ".join(self.source[self._at + 1 : end].split()))
            self._at = end
        if self._at >= len(self.source):
            message = "the entry has no '|' at its end; the file is cut short"
            self.problems.append(Problem(self.label, line, 1, message))
        elif text.startswith("***"):
            found = _GROUP.match(text)
            self._group = found[1] if found else ""
        else:
            unit, comment = (*rest, "", "")[:2]
            section.entries.append(Entry(text, unit, comment, line, self._group))

    def _definition(self) -> str:
        """Return a definition up to its tilde or bar, on one line but for the rows of a table of tabs."""
        parts: list[str] = []
        while self._at < len(self.source):
            found = _PLAIN.match(self.source, self._at) or _QUOTED.match(self.source, self._at)
            char = self.source[self._at]
            if found:
                parts.append(found[0])
                self._at = found.end()
            elif char in "~|":
                break
            elif char == "{":
                self._remark()
                parts.append(" ")
            else:
                parts.append(" " if char.isspace() or char == "\\" else char)
                self._at += 1
        return "".join(parts).strip()


def names(text: str) -> tuple[str, ...]:
    """Return names between commas, as written."""
    found = re.findall(rf"(?:{QUOTED}|[^,\"])+", text)
    return tuple(" ".join(part.split()) for part in found if part.strip())
