"""A Vensim model file as its author wrote it: entries with lines, units and comments.

This reads what a translator does not hand on (units, comments, line numbers, groups) and what is needed to set values
and to name results: subscript ranges, constants, tables. Equations are carried as text, never evaluated here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import read_text
from urbsim.language.vensim.document import CUT_SHORT, NO_BAR, limits, plain, swallowed
from urbsim.names import identifier

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CONSTANT = re.compile(rf"{NUMBER}(?:\s*[,;]\s*{NUMBER})*;?")
_LHS = re.compile(r"(?P<name>[^\[\]=(:]+?)\s*(?:\[(?P<subs>[^\]]*)\])?\s*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One equation, table or subscript range of the file."""

    name: str
    subscripts: tuple[str, ...]
    kind: str  # "range", "lookup", "constant", "stock" or "equation"
    text: str  # right-hand side, on one line
    unit: str
    comment: str
    group: str
    line: int
    span: tuple[int, int] = field(repr=False)  # where the definition stands in the file, without unit and comment
    limits: tuple[float | None, float | None] = (None, None)  # beside the unit: the least and the largest value


@dataclass(frozen=True)
class ModelText:
    """A model file: its entries in order, and what can be asked of them.

    ``unread`` are names that the file defines where it cannot be understood, ``cut`` says that its end is missing;
    only for files whose faults are gathered.
    """

    label: str
    source: str
    entries: tuple[Entry, ...]
    unread: frozenset[str] = frozenset()
    cut: bool = False

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the text."""
        return hashlib.sha256(self.source.encode("utf-8")).hexdigest()

    @cached_property
    def structure(self) -> str:
        """Return the SHA-256 of the equations alone: comments, units and layout do not count."""
        equations = "\n".join(f"{identifier(e.name)}{e.subscripts}={e.text}" for e in self.entries)
        return hashlib.sha256(equations.encode("utf-8")).hexdigest()

    @cached_property
    def ranges(self) -> dict[str, tuple[str, ...]]:
        """Return the elements of each subscript range, by identifier, in order."""
        found: dict[str, tuple[str, ...]] = {}
        for entry in self.entries:
            if entry.kind == "range":
                found[identifier(entry.name)] = tuple(_elements(entry.text, found))
        return found

    @cached_property
    def variables(self) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of each variable, by identifier, in order of the file."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.kind != "range":
                found.setdefault(identifier(entry.name), []).append(entry)
        return {name: tuple(entries) for name, entries in found.items()}

    def excused(self, name: str) -> bool:
        """Tell whether nothing can be said about a variable: the file cannot be understood where it is defined."""
        entries = self.variables.get(identifier(name), ())
        if identifier(name) in self.unread or not entries:
            return identifier(name) in self.unread or self.cut
        known = {element for elements in self.ranges.values() for element in elements} | set(self.ranges)
        return any(identifier(sub) not in known for entry in entries for sub in entry.subscripts)

    def entry(self, name: str) -> Entry:
        """Return the first entry of a variable.

        Raises
        ------
        InputError
            With the nearest names, where the model has no such variable.
        """
        key = identifier(name)
        if key not in self.variables:
            known = [entries[0].name for entries in self.variables.values()]
            raise InputError(
                Problem("unknown-name", Place(self.label), f"the model has no variable {name!r}", nearest(name, known))
            )
        return self.variables[key][0]

    def dims(self, name: str) -> tuple[str, ...]:
        """Return the widest subscript ranges over which a variable is defined, as identifiers."""
        self.entry(name)
        entries = self.variables[identifier(name)]
        return tuple(
            self._cover([entry.subscripts[position] for entry in entries])
            for position in range(len(entries[0].subscripts))
        )

    def _cover(self, used: list[str]) -> str:
        """Return the smallest range that holds every range or element in ``used``."""
        wanted = {element for name in used for element in self.ranges.get(identifier(name), (identifier(name),))}
        covers = [name for name, elements in self.ranges.items() if wanted <= set(elements)]
        return min(covers, key=lambda name: (len(self.ranges[name]), list(self.ranges).index(name)))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the number of elements along each subscript of a variable."""
        return tuple(len(self.ranges[dim]) for dim in self.dims(name))

    def constant(self, name: str) -> np.ndarray:
        """Return the value of a constant, shaped by its subscripts.

        Raises
        ------
        InputError
            Where the variable is not a constant.
        """
        dims = self.dims(name)
        values = np.full(self.shape(name), np.nan)
        for entry in self.variables[identifier(name)]:
            if entry.kind != "constant":
                raise InputError(
                    Problem("not-a-constant", Place(self.label, entry.line, 1), f"{entry.name!r} is not a constant")
                )
            index = tuple(
                [self.ranges[dim].index(e) for e in self.ranges.get(identifier(sub), (identifier(sub),))]
                for dim, sub in zip(dims, entry.subscripts, strict=True)
            )
            numbers = np.array([float(part) for part in re.split("[,;]", entry.text.strip(";"))])
            shape = tuple(len(i) for i in index)
            values[np.ix_(*index) if index else ()] = numbers.reshape(shape) if numbers.size > 1 else numbers[0]
        return values

    def table(self, name: str) -> np.ndarray:
        """Return the points of a lookup, shape (point, 2)."""
        text = re.sub(r"\[[^\]]*\]", "", self.entry(name).text)
        pairs = re.findall(rf"\(\s*({NUMBER})\s*,\s*({NUMBER})\s*\)", text)
        return np.array([[float(x), float(y)] for x, y in pairs])


def load(path: Path, label: str) -> ModelText:
    """Read a model file; see :func:`parse`."""
    return parse(read_text(path, label), label)


def parse(source: str, label: str = "model") -> ModelText:
    """Return a model text as entries.

    Raises
    ------
    InputError
        Where an entry has no ``|`` at its end, or its left side cannot be read.
    """
    found, problems = recover(source, label)
    if problems:
        raise InputError(problems)
    return found


def recover(source: str, label: str = "model") -> tuple[ModelText, list[Problem]]:
    """Return the entries of a model text that can be read, and a problem for each that cannot."""
    body = source.split("\\\\\\---///", 1)[0]
    entries: list[Entry] = []
    problems: list[Problem] = []
    group = ""
    for start, end, chunk in _chunks(body):
        stripped = chunk.strip()
        line = body.count("\n", 0, start + len(chunk) - len(chunk.lstrip())) + 1
        if stripped.startswith("***"):
            found = re.search(r"^\s*\.(.+?)\s*$", chunk, flags=re.MULTILINE)
            group = found.group(1) if found else group
            continue
        definition, unit, comment = ([*chunk.split("~", 2), "", ""])[:3]
        if not definition.strip():
            continue
        if end > len(body):
            problems.append(Problem("cut-short", Place(label, line, 1), CUT_SHORT))
            continue
        if body[end] != "|":
            problems.append(
                Problem("missing-bar", Place(label, line, 1), f"{NO_BAR} in `{' '.join(definition.split())[:100]}`")
            )
        entry = _entry(definition, unit, " ".join(comment.split()), group, line, start)
        if entry is None:
            problems.append(
                Problem("unreadable", Place(label, line, 1), f"left side cannot be read: {stripped.splitlines()[0]!r}")
            )
        else:
            entries.append(entry)
    return ModelText(label, source, tuple(entries)), problems


def _chunks(body: str) -> Iterator[tuple[int, int, str]]:
    """Give start, end and text of each entry, up to its bar or to the next one; the encoding mark is left out."""
    position = body.index("}") + 1 if body.startswith("{UTF") else 0
    while position < len(body):
        end = body.find("|", position)
        if end < 0:
            yield position, len(body) + 1, body[position:]
            return
        tilde = body.find("~", position, end)
        following = swallowed(body[tilde:end]) if tilde >= 0 else -1
        if following >= 0 and not body[position:end].lstrip().startswith("***"):
            end = tilde + following
        yield position, end, body[position:end]
        position = end + (body[end] == "|")


def _entry(definition: str, unit: str, comment: str, group: str, line: int, start: int) -> Entry | None:
    text = " ".join(definition.split())
    span = (start, start + len(definition.rstrip()))
    name, subscripts = "", ""
    kind, right = "equation", ""
    if "=" not in text.split("(", 1)[0] and ":" in text.split("(", 1)[0]:
        name, right = (part.strip() for part in text.split(":", 1))
        kind = "range"
    elif "=" in text and (left := _LHS.match(text.split("=", 1)[0].strip())):
        name, subscripts = left["name"].strip(), left["subs"] or ""
        right = text.split("=", 1)[1].strip()
        kind = "constant" if _CONSTANT.fullmatch(right) else kind
        kind = "stock" if re.match(r"(?i)integ\s*\(", right) else kind
    elif table := re.match(r"([^\[(]+?)\s*\((.*)\)$", text):
        name, right, kind = table.group(1), table.group(2), "lookup"
    if not name or name.count('"') == 1:
        return None
    parts = tuple(part.strip() for part in subscripts.split(",") if part.strip())
    return Entry(name, parts, kind, right, plain(unit), comment, group, line, span, limits(unit))


def _elements(text: str, known: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for part in text.split("->", 1)[0].split(","):
        name = identifier(part)
        if numbered := re.fullmatch(r"\((\D+)(\d+)-\1(\d+)\)", part.strip().replace(" ", "").lower()):
            stem, first, last = numbered.groups()
            yield from (f"{stem}{number}" for number in range(int(first), int(last) + 1))
        else:
            yield from known.get(name, (name,))
