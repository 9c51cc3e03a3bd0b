"""A .mdl file as structure. Text of a model is never executed; files that it names are read beside it.

Reading goes on after what cannot be understood: names that are defined there are known, nothing else about them is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from urbsim.errors import InputError, Place, Problem
from urbsim.language import external, ir, walk
from urbsim.language.catalogue import ROWS
from urbsim.language.model import Model
from urbsim.language.order import deep
from urbsim.language.position import EquationError, position
from urbsim.language.vensim import builtin
from urbsim.language.vensim.document import DefinitionText, Document, Section
from urbsim.language.vensim.equation import Surroundings
from urbsim.language.vensim.left_side import LeftSide, defined, left
from urbsim.language.vensim.ranges import Ranges
from urbsim.names import identifier

HERE = Path()
T = TypeVar("T")


def read(source: str, label: str = "model", folder: Path = HERE) -> Model:
    """Return a Vensim model as structure.

    Raises
    ------
    InputError
        With a problem for each definition that makes no sense.
    """
    model, problems = recover(source, label, folder)
    if problems:
        raise InputError(problems)
    return model


def recover(source: str, label: str = "model", folder: Path = HERE) -> tuple[Model, list[Problem]]:
    """Return the part of a Vensim model that can be understood, and a problem for each definition that makes no sense.

    A model with problems is for finding more of them, never for running: see ``Model.unread``.
    """
    with deep():
        reader = _Reader(source, label, folder)
        return reader.model(), reader.problems


@dataclass
class _Growing:
    """A variable whose definitions come one after the other."""

    spelled: str
    group: str = ""
    unit: str = ""
    comment: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    definitions: list[ir.Definition] = field(default_factory=list)


class _Reader:
    def __init__(self, source: str, label: str, folder: Path) -> None:
        self.source, self.label, self.folder = source, label, folder
        self.document = Document(source, label)
        self.problems = self.document.problems
        own = {identifier(section.name) for section in self.document.macros}
        text = source.upper()
        self.foreign = [s for name, s in builtin.macros().items() if name not in own and s.name in text]
        self.document.macros += self.foreign
        self.unread = {identifier(defined(text)) for text in self.document.lost}
        self.ranges = Ranges(lambda texts: external.elements(texts, folder))
        self.texts: dict[str, str] = {}
        self.fragments: list[str] = []

    def model(self) -> Model:
        """Return the model: ranges and strings first, the rest needs them."""
        external.forget()
        parts = {id(s): self._lefts(s) for s in (self.document.main, *self.document.macros)}
        places: dict[str, DefinitionText] = {}
        for entry, part in [pair for pairs in parts.values() for pair in pairs]:
            self._try(entry, lambda p=part: self._declare(p))  # type: ignore[misc]
            places.setdefault(identifier(part.name), entry)
        self.written = {id(entry): _written(entry, part) for pairs in parts.values() for entry, part in pairs}
        self.ranges.lost |= self.unread
        names = self.ranges.names()
        results = [self._try(places[n], lambda n=n: self.ranges.resolved(n)) for n in names]  # type: ignore[misc]
        ranges = tuple(r for r in results if r is not None)
        self.elements = {r.name: r.elements for r in ranges}
        self.surroundings = Surroundings(self.elements, self.texts, self.folder)
        variables = self._variables(parts[id(self.document.main)])
        macros = tuple(self._macro(section, parts[id(section)]) for section in self.document.macros)
        model = Model(
            self.label,
            self._digest(variables, ranges),
            ranges,
            variables,
            macros,
            self.ranges.spelled,
            self.source,
            tuple(self.written[id(entry)] for entry, _ in parts[id(self.document.main)]),
            self.folder,
            self.texts,
        )
        if not self.problems:
            return model
        if self.document.lost:  # what is not defined may stand in the part that is missing
            self.unread |= self._undefined(variables)
        return replace(
            model,
            variables=self._kept(variables),
            unread=frozenset(self.unread),
            fragments=tuple(self.fragments),
            cut=bool(self.document.lost),
        )

    def _try(self, entry: DefinitionText, act: Callable[[], T]) -> T | None:
        """Do something and note what is wrong with it, and whose definition is lost by that."""
        try:
            return act()
        except EquationError as error:
            line, column = entry.line, 1
            start = entry.place(0)
            if error.at >= 0:
                line, column = position(self.document.source, entry.place(error.at))
            where = f" in `{' '.join(entry.text.split())[:100]}`"
            self.problems.append(Problem(error.rule, Place(self.label, line, column), f"{error}{where}", error.hint))
            self.fragments.append(entry.text)
            chunk = re.split("[~|]", self.document.source[start:], maxsplit=1)[0]
            lines = [line for line in chunk.splitlines() if line and not line[0].isspace()]
            self.unread |= {identifier(name) for name in (defined(entry.text), *map(defined, lines)) if name}
        return None

    def _undefined(self, variables: tuple[ir.Variable, ...]) -> set[str]:
        """Return names in equations that nothing defines."""
        names = {*self.elements, *(e for r in self.elements.values() for e in r), *(v.name for v in variables)}
        names |= {"time", *(row.name for row in ROWS if row.vensim)}
        names |= {identifier(section.name) for section in self.document.macros}
        uses = {n for v in variables for d in v.definitions for n in (*walk.names(d.expr), *walk.subscripts(d.expr))}
        return (uses | {s for v in variables for d in v.definitions for s in d.subs}) - names

    def _kept(self, variables: tuple[ir.Variable, ...]) -> tuple[ir.Variable, ...]:
        """Return variables without those whose subscripts stand in a range that cannot be read."""
        places = {name for r in self.elements for name in (r, *self.elements[r])}
        subs_of = {v.name: {s for d in v.definitions for s in (*d.subs, *walk.subscripts(d.expr))} for v in variables}
        if not any(self.unread & names for names in subs_of.values()):
            return variables
        self.unread |= {name for name, subs in subs_of.items() if not subs <= places}
        return tuple(v for v in variables if subs_of[v.name] <= places)

    def _lefts(self, section: Section) -> list[tuple[DefinitionText, LeftSide]]:
        pairs = [(entry, self._try(entry, lambda e=entry: left(e.text))) for entry in section.entries]  # type: ignore[misc]
        return [(entry, part) for entry, part in pairs if part is not None]

    def _declare(self, part: LeftSide) -> None:
        if part.kind == "range":
            self.ranges.add(part.name, part.right)
        elif part.kind == "copy":
            self.ranges.copy(part.name, part.right)
        elif part.kind == "string":
            self.texts[identifier(part.name)] = part.right.strip("'\"")

    def _variables(self, parts: list[tuple[DefinitionText, LeftSide]], *, own: bool = True) -> tuple[ir.Variable, ...]:
        growing: dict[str, _Growing] = {}
        for entry, part in parts:
            if part.kind in {"range", "copy", "string", "check"}:
                continue
            name = identifier(part.name)
            variable = growing.setdefault(name, _Growing(part.name, entry.group))
            if entry.unit and not variable.unit:
                variable.unit, variable.limits = entry.plain_unit, entry.limits
            variable.comment = variable.comment or entry.comment
            definition = self._try(entry, lambda p=part: self.surroundings.definition(p))  # type: ignore[misc]
            if definition is not None:
                definition = replace(definition, entry=self.written[id(entry)] if own else None)
                variable.definitions.append(definition)
                _further(growing, definition)
        return tuple(
            ir.Variable(name, v.spelled, v.unit, v.comment, tuple(v.definitions), limits=v.limits, group=v.group)
            for name, v in growing.items()
            if v.definitions
        )

    def _macro(self, section: Section, parts: list[tuple[DefinitionText, LeftSide]]) -> ir.Macro:
        name = identifier(section.name)
        params = tuple(identifier(p) for p in section.params)
        returns = (name, *(identifier(o) for o in section.outputs))
        return ir.Macro(name, params, returns, self._variables(parts, own=section not in self.foreign))

    def _digest(self, variables: tuple[ir.Variable, ...], ranges: tuple[ir.Range, ...]) -> str:
        """Return the digest of the model: of its text, and of what it took from files."""
        digest = hashlib.sha256(self.source.encode("utf-8"))
        tables = [d.expr for v in variables for d in v.definitions if isinstance(d.expr, ir.External)]
        if tables or self.ranges.external:
            digest.update(repr((tables, ranges)).encode("utf-8"))
        return digest.hexdigest()


def _written(entry: DefinitionText, part: LeftSide) -> ir.Entry:
    """Return an entry as its author wrote it."""
    right = " ".join(part.right.split())
    if part.kind == "lookup":
        right = right.strip()[1:-1]
    span = entry.place(0), entry.place(len(entry.text))
    comment, unit = entry.comment, entry.plain_unit
    return ir.Entry(part.name, part.subs, part.kind, right, unit, comment, entry.group, entry.line, span, entry.limits)


def _further(growing: dict[str, _Growing], definition: ir.Definition) -> None:
    """Define the variables that a macro call gives besides its value."""
    expr = definition.expr
    if isinstance(expr, ir.Call):
        for number, name in enumerate(expr.outputs, start=1):
            variable = growing.setdefault(name, _Growing(name))
            output = ir.Output(expr, number)
            variable.definitions.append(replace(definition, expr=output, kind="equation"))
