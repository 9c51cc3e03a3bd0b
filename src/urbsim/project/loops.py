"""Named feedback loops as data: the file models/loops.yaml, read and held against the model.

A loop is a path of variables, each a direct input of the next, the last of the first. Every link is checked against
the equations when the file is read, so that a loop cannot outlive the structure that it names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Location, Source, Strict, read_yaml, validate
from urbsim.language.model import Model
from urbsim.language.position import EquationError
from urbsim.language.rewrite import inputs, keepers
from urbsim.language.subscripts import Layout, layout
from urbsim.names import identifier
from urbsim.project.indicators import Indicators
from urbsim.project.levers import Lever
from urbsim.project.regions.region import Label

_PART = re.compile(r"\s*(?P<name>[^\[\]]+?)\s*(?:\[(?P<subs>[^\[\]]*)\])?\s*")


class CutReading(Strict):
    """The number that tells what a cut does: an indicator at the end of a year."""

    indicator: str
    year: int


class LoopEntry(Strict):
    """One loop as written; the header of models/loops.yaml says what each key means."""

    id: Annotated[str, Field(pattern=r"^[RB][0-9]+[a-z]?$")]
    name: Label
    polarity: Literal["reinforcing", "balancing"]
    path: Annotated[list[str], Field(min_length=1)]
    cut: str | None = None
    reading: CutReading | None = None
    because: str = ""
    regions: list[str] = Field(default_factory=list)
    when: dict[str, float] = Field(default_factory=dict)
    until: int | None = None


class Claim(Strict):
    """Of all cuts of loops that act under ``when``, that of one of these loops changes the indicator most."""

    indicator: str
    year: int
    loops: Annotated[list[str], Field(min_length=1)]
    because: str
    regions: list[str] = Field(default_factory=list)
    when: dict[str, float] = Field(default_factory=dict)

    def holds(self, entry: LoopEntry) -> bool:
        """Tell whether a loop is cut under the levers of the claim: it needs none, or no others."""
        return bool(entry.cut) and entry.when.items() <= self.when.items()


class LoopFile(Strict):
    """The file models/loops.yaml."""

    loops: Annotated[list[LoopEntry], Field(min_length=1)]
    claims: list[Claim] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """A variable on a path; ``chosen`` are the elements along each of its dimensions, none where all belong to it."""

    variable: str
    spelled: str
    chosen: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop whose path is one of the model; ``cut`` is the place on it of the variable that is frozen."""

    entry: LoopEntry
    path: tuple[Part, ...]
    cut: int | None = None

    @property
    def links(self) -> list[tuple[Part, Part]]:
        """Return the pairs of neighbours on the path, the last of them from its end to its start."""
        return list(zip(self.path, (*self.path[1:], self.path[0]), strict=True))

    @property
    def sign(self) -> str:
        """Return the declared polarity as a sign."""
        return "+" if self.entry.polarity == "reinforcing" else "-"


@dataclass(frozen=True, slots=True)
class Loops:
    """The loops of a model, what is claimed of them, and the model."""

    model: Model
    loops: tuple[Loop, ...]
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class LoopNames:
    """Names that a file of loops may use."""

    indicators: Indicators
    levers: Mapping[str, Lever]
    regions: Collection[str]


def load_loops(path: Path, label: str, model: Model, names: LoopNames) -> Loops:
    """Read the loops of a model.

    Parameters
    ----------
    path
        The file.
    label
        Its name in messages.
    model
        Whose loops they are.
    names
        Indicators, levers and regions that the file may name.

    Raises
    ------
    InputError
        With every problem: unknown variables, elements, indicators, levers and regions with the nearest names;
        neighbours that the model does not connect; loops without memory; cuts that are not on their path.
    """
    document = read_yaml(path, label)
    file = validate(LoopFile, document)
    reader = _Reader(document, model)
    loops = [reader.loop(index, entry) for index, entry in enumerate(file.loops)]
    problems = [*reader.problems, *_repeated(document, file.loops)]
    for index, entry in enumerate(file.loops):
        problems += _names(document, ("loops", index), entry, names)
    for index, claim in enumerate(file.claims):
        ids = {entry.id for entry in file.loops if claim.holds(entry)}
        problems += _claims(document, ("claims", index), claim, names, ids)
    if problems:
        raise InputError(problems)
    return Loops(model, tuple(loops), tuple(file.claims))


def _repeated(document: Source, entries: Sequence[LoopEntry]) -> Iterator[Problem]:
    counts = Counter(entry.id for entry in entries)
    for index, entry in enumerate(entries):
        if counts[entry.id] > 1:
            yield document.problem(
                "defined-twice", ("loops", index, "id"), f"{counts[entry.id]} loops have the id {entry.id!r}"
            )
        if entry.id[0] != entry.polarity[0].upper():
            hint = "R... are reinforcing loops, B... balancing ones"
            yield document.problem("polarity", ("loops", index, "id"), f"{entry.id} is declared {entry.polarity}", hint)


def _names(document: Source, at: Location, entry: LoopEntry, names: LoopNames) -> Iterator[Problem]:
    if (entry.cut is None) != (entry.reading is None):
        has, lacks = ("cut", "reading") if entry.reading is None else ("reading", "cut")
        yield document.problem(
            "missing-text", at, f"{entry.id} has a {has} and no {lacks}", "a cut is judged by its reading"
        )
    if entry.cut and not entry.because:
        yield document.problem(
            "missing-text", at, f"{entry.id} does not say what its cut should do", "write it under because"
        )
    if entry.reading:
        indicators = names.indicators
        yield from _unknown(document, (*at, "reading", "indicator"), "indicator", entry.reading.indicator, indicators)
    for index, region in enumerate(entry.regions):
        yield from _unknown(document, (*at, "regions", index), "region", region, names.regions)
    yield from _when(document, at, entry.when, names)


def _when(document: Source, at: Location, when: Mapping[str, float], names: LoopNames) -> Iterator[Problem]:
    for lever, value in when.items():
        yield from _unknown(document, (*at, "when", lever), "lever", lever, names.levers)
        if lever in names.levers and (reason := names.levers[lever].check(value)):
            yield document.problem("out-of-bounds", (*at, "when", lever), f"{lever} {reason}")


def _claims(document: Source, at: Location, claim: Claim, names: LoopNames, ids: set[str]) -> Iterator[Problem]:
    yield from _unknown(document, (*at, "indicator"), "indicator", claim.indicator, names.indicators)
    for index, loop in enumerate(claim.loops):
        yield from _unknown(document, (*at, "loops", index), "loop that is cut there", loop, ids)
    for index, region in enumerate(claim.regions):
        yield from _unknown(document, (*at, "regions", index), "region", region, names.regions)
    yield from _when(document, at, claim.when, names)


def _unknown(document: Source, at: Location, kind: str, name: str, names: Collection[str]) -> Iterator[Problem]:
    if name not in names:
        yield document.problem("unknown-name", at, f"unknown {kind} {name!r}", nearest(name, names))


class _Reader:
    """Holds paths against a model and collects what is wrong."""

    def __init__(self, document: Source, model: Model) -> None:
        self.document = document
        self.variables = model.by_name
        self.subscripts = model.subscripts
        self.macros = keepers(model)
        self.problems: list[Problem] = []
        self._inputs: dict[str, dict[str, bool]] = {}

    def loop(self, index: int, entry: LoopEntry) -> Loop:
        """Return a loop; where its path is wrong the problems say so and it is not for use."""
        at: Location = ("loops", index)
        parts = [self._part((*at, "path", place), text) for place, text in enumerate(entry.path)]
        path = tuple(part for part in parts if part is not None)
        loop = Loop(entry, path, None)
        if len(path) < len(parts):
            return loop
        before = len(self.problems)
        after = [*range(1, len(path)), 0]
        memory = [self._connected((*at, "path", n), a, b) for n, (a, b) in zip(after, loop.links, strict=True)]
        self._branches(at, loop)
        if len(self.problems) == before and not any(memory):
            message = f"{entry.id} has neither stock nor delay on its path: effects would go round at once"
            self.problems.append(
                self.document.problem("missing-stock", (*at, "path"), message, "name the stock that it goes through")
            )
        return Loop(entry, path, self._cut((*at, "cut"), entry, path))

    def _part(self, at: Location, text: str) -> Part | None:
        match = _PART.fullmatch(text)
        key = identifier(match["name"]) if match else ""
        if match is None or key not in self.variables:
            hint = nearest(match["name"] if match else text, [v.spelled for v in self.variables.values()])
            self.problems.append(self.document.problem("unknown-name", at, f"the model has no variable {text!r}", hint))
            return None
        variable = self.variables[key]
        if match["subs"] is None:
            return Part(key, variable.spelled)
        try:
            where = layout(variable, self.subscripts)
            elements = tuple(self._elements(where, n, sub) for n, sub in enumerate(self._subs(where, match["subs"])))
        except EquationError as error:
            self.problems.append(self.document.problem(error.rule, at, f"{text!r}: {error}", error.hint))
            return None
        whole = all(set(axis) == set(own) for axis, own in zip(where.axes, elements, strict=True))
        return Part(key, f"{variable.spelled}[{match['subs'].strip()}]", () if whole else elements)

    def _subs(self, where: Layout, text: str) -> list[str]:
        subs = [identifier(part) for part in text.split(",")]
        if len(subs) != len(where.dims):
            dims = f"[{', '.join(where.dims)}]" if where.dims else "none"
            raise EquationError("subscripts", f"has {len(subs)} subscripts where the variable has {dims}")
        return subs

    def _elements(self, where: Layout, place: int, sub: str) -> tuple[str, ...]:
        axis = where.axes[place]
        elements = self.subscripts.elements(sub) if self.subscripts.knows(sub) else ()
        if not elements or not set(elements) <= set(axis):
            ranges = [name for name, own in self.subscripts.ranges.items() if set(own) <= set(axis)]
            message = f"{sub!r} is no range or element of {where.dims[place]!r}"
            raise EquationError("subscripts", message, nearest(sub, [*ranges, *axis]))
        return elements

    def inputs(self, variable: str) -> dict[str, bool]:
        """Return the variables that the equations of a variable use in a step."""
        if variable not in self._inputs:
            self._inputs[variable] = inputs(self.variables[variable], self.macros)
        return self._inputs[variable]

    def _connected(self, at: Location, source: Part, target: Part) -> bool:
        """Note where a variable is no input of the next one; return whether the link has memory."""
        inputs = self.inputs(target.variable)
        if source.variable in inputs:
            return inputs[source.variable]
        names = sorted(self.variables[n].spelled for n in inputs if n in self.variables)
        spellings = [self.variables[part.variable].spelled for part in (source, target)]
        hint = f"its inputs are {', '.join(names)}" if names else "it has no inputs"
        self.problems.append(
            self.document.problem("no-such-link", at, f"{spellings[1]!r} does not use {spellings[0]!r}", hint)
        )
        return False

    def _branches(self, at: Location, loop: Loop) -> None:
        """Refuse two parts of one variable that lead to the same next one: they would count apart."""
        leads: dict[tuple[Part, str], Part] = {}
        for source, target in loop.links:
            other = leads.setdefault((target, source.variable), source)
            if other != source:
                message = f"{other.spelled!r} and {source.spelled!r} both lead to {target.spelled!r}"
                self.problems.append(self.document.problem("syntax", (*at, "path"), message, "name them as one part"))

    def _cut(self, at: Location, entry: LoopEntry, path: Sequence[Part]) -> int | None:
        if entry.cut is None:
            return None
        name, _, subs = entry.cut.partition("[")
        places = [n for n, part in enumerate(path) if part.variable == identifier(name)]
        if subs:
            places = [n for n in places if _spaceless(path[n].spelled) == _spaceless(entry.cut)]
        if len({path[n] for n in places}) != 1:
            message = f"the cut {entry.cut!r} is {'more than once' if places else 'not'} on the path of {entry.id}"
            hint = "write it with its subscripts" if places else nearest(entry.cut, entry.path)
            self.problems.append(self.document.problem("subscripts", at, message, hint))
            return None
        return places[0]


def _spaceless(text: str) -> str:
    return re.sub(r"[\s_]+", "", text.lower())
