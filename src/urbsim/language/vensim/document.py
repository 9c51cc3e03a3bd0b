"""A .mdl file as entries: what stands between the bars, with its line, in the model or in a macro.

An entry is ``definition ~ unit ~ comment ~ flags |``. Bars and tildes in quotes or remarks do not count; in comments
quotes mean nothing, there may be an odd number of them. Reading goes on after what is wrong: a bar that is missing is
noticed by the definition that follows, a quote that does not end by the bar in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from urbsim.errors import Place, Problem

QUOTED = r'"(?:\\.|[^"\\])*"'
_SKETCH = "\\\\\\---///"
_MACRO = re.compile(r":\s*MACRO\s*:\s*([^()~|]+?)\s*\(([^()]*)\)", re.IGNORECASE)
_END = re.compile(r":\s*END\s+OF\s+MACRO\s*:", re.IGNORECASE)
_PLAIN = re.compile(r'[^~|{"\\\s]+')
_STOP = re.compile("[~|]")
_HEADING = re.compile(r"\*{3,}\s*\.?(.*?)\s*\**$")
_LIMITS = re.compile(r"\[([^\[\]]*)\]\s*$")
_QUOTED = re.compile(QUOTED, re.DOTALL)
_NEXT = re.compile(r"\n(?=[^\s~|*{(][^\n~|]*[=(\[:])")
_GROUP = re.compile(r"\n(?=\*{3})")
NO_BAR = "the entry has no '|' at its end"
CUT_SHORT = f"{NO_BAR}; the file is cut short"


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """One definition without remarks, with its unit, comment, line from 1 and group.

    ``marks`` are pairs of a place in the text and the same place in the file, at the start and after each remark.
    """

    text: str
    unit: str
    comment: str
    line: int
    marks: tuple[tuple[int, int], ...]
    group: str = ""

    def place(self, at: int) -> int:
        """Return a place in the text as one in the file."""
        own, whole = next(mark for mark in reversed(self.marks) if mark[0] <= max(0, at))
        return whole + max(0, at) - own

    @property
    def plain_unit(self) -> str:
        """Return the unit without the limits beside it."""
        return plain(self.unit)

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """Return the least and the largest value that stand beside the unit."""
        return limits(self.unit)


@dataclass(frozen=True, slots=True)
class Section:
    """The model, which has no name, or a macro: inputs, and outputs beside the macro itself."""

    name: str
    params: tuple[str, ...]
    outputs: tuple[str, ...]
    entries: list[DefinitionText]


class Document:
    """The sections of a file; ``problems`` tells what cannot be read, ``lost`` are definitions that are cut short."""

    def __init__(self, source: str, label: str) -> None:
        self.source = source.split(_SKETCH, 1)[0]
        self.label = label
        self.main = Section("", (), (), [])
        self.macros: list[Section] = []
        self.problems: list[Problem] = []
        self.lost: list[str] = []
        self._group = ""
        self._at = 0
        self._seen = (0, 1)  # a place and its line
        section = self.main
        while self._skip():
            if start := _MACRO.match(self.source, self._at):
                params, _, out = start[2].partition(":")
                section = Section(" ".join(start[1].split()), names(params), names(out), [])
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
        text, marks = self._definition()
        bar = self.source.find("|", self._at)
        end = bar if bar >= 0 else len(self.source)
        following = swallowed(self.source[self._at : end])
        if following >= 0 and not text.startswith("***"):
            end = self._at + following
            hint = f"`{self.source[end : end + 40].splitlines()[0]}` begins another"
            self.problems.append(
                Problem("missing-bar", Place(self.label, line, 1), f"{NO_BAR} in `{text[:100]}`", hint)
            )
        elif bar < 0:
            self.problems.append(Problem("cut-short", Place(self.label, line, 1), CUT_SHORT))
            self.lost.append(text)
        if text.startswith("***"):
            heading = _HEADING.match(text)
            self._group = heading[1] if heading else ""
        elif bar >= 0 or following >= 0:
            fields = [" ".join(part.split()) for part in self.source[self._at : end].split("~")]
            unit, comment = (*fields[1:], "", "")[:2]
            section.entries.append(DefinitionText(text, unit, comment, line, marks, self._group))
        self._at = end

    def _definition(self) -> tuple[str, tuple[tuple[int, int], ...]]:
        """Return a definition up to its tilde or bar, on one line but for the rows of a table of tabs."""
        parts: list[str] = []
        length, marks = 0, [(0, self._at)]
        while self._at < len(self.source):
            run = _PLAIN.match(self.source, self._at) or self._quoted()
            char = self.source[self._at]
            if run:
                parts.append(run[0])
                self._at = run.end()
            elif char in "~|":
                break
            elif char == "{":
                self._remark()
                parts.append(" ")
                marks.append((length + 1, self._at))
            else:
                parts.append(" " if char.isspace() or char == "\\" else char)
                self._at += 1
            length += len(parts[-1])
        return "".join(parts).strip(), tuple(marks)

    def _quoted(self) -> re.Match[str] | None:
        """Return the text in quotes; a quote whose end lies in another entry is a mere character."""
        quote = _QUOTED.match(self.source, self._at)
        return None if quote and "|" in quote[0] and "\n" in quote[0] else quote


def swallowed(rest: str) -> int:
    """Return where in the rest of an entry, from its first tilde on, another one begins; -1 where none does.

    A definition starts at the edge, where comments do not, and has a tilde behind it.
    """
    at = 0
    fields = rest.split("~")
    for field, after in pairwise(fields):
        starts = [match.end() for match in (_GROUP.search(field), *_NEXT.finditer(field)) if match]
        if starts and at and not after.lstrip().startswith(":SUP"):
            return at + (starts[0] if field.startswith("***", starts[0]) else starts[-1])
        at += len(field) + 1
    return -1


def plain(unit: str) -> str:
    """Return a unit without the limits beside it, as in ``Dmnl [0,1]``."""
    return _LIMITS.sub("", unit).strip()


def limits(unit: str) -> tuple[float | None, float | None]:
    """Return the least and the largest value that stand beside a unit, as in ``Dmnl [0,?]``."""
    match = _LIMITS.search(unit)
    parts = [part.strip() for part in match[1].split(",")] if match else []
    numbers = [float(part) if re.fullmatch(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", part) else None for part in parts]
    least, most = (*numbers, None, None)[:2]
    return least, most


def names(text: str) -> tuple[str, ...]:
    """Return names between commas, as written."""
    parts = re.findall(rf"(?:{QUOTED}|[^,\"])+", text)
    return tuple(" ".join(part.split()) for part in parts if part.strip())
