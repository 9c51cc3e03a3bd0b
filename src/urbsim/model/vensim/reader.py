"""A .mdl file as structure. Text of a model is never executed; files that it names are read beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from urbsim.errors import InputError, Problem
from urbsim.model import external, ir
from urbsim.model.order import deep
from urbsim.model.place import EquationError
from urbsim.model.translate import name_of, told
from urbsim.model.vensim import builtin
from urbsim.model.vensim.document import Document, Entry, Section
from urbsim.model.vensim.left import Left, left
from urbsim.model.vensim.ranges import Ranges
from urbsim.model.vensim.syntax import right, table

T = TypeVar("T")


def read(source: str, label: str, folder: Path) -> ir.Model:
    """Return a Vensim model as structure.

    Raises
    ------
    InputError
        With a problem for each definition that makes no sense.
    """
    with deep():
        return _Reader(source, label, folder).model()


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
        own = {name_of(section.name) for section in self.document.macros}
        text = source.upper()
        self.document.macros += [
            section for name, section in builtin.macros().items() if name not in own and section.name in text
        ]
        self.ranges = Ranges(lambda given: external.elements(given, folder))
        self.strings: dict[str, str] = {}

    def model(self) -> ir.Model:
        """Return the model: ranges and strings first, the rest needs them."""
        external.forget()
        parts = {id(s): self._lefts(s) for s in (self.document.main, *self.document.macros)}
        for entry, part in [pair for pairs in parts.values() for pair in pairs]:
            self._try(entry, lambda p=part: self._declare(p))  # type: ignore[misc]
        ranges = self._try(None, self.ranges.resolved) or ()
        self.elements = {r.name: r.elements for r in ranges}
        variables = self._variables(parts[id(self.document.main)])
        macros = tuple(self._macro(section, parts[id(section)]) for section in self.document.macros)
        if self.problems:
            raise InputError(self.problems)
        return ir.Model(
            self.label, self._digest(variables, ranges), ranges, variables, macros, self.ranges.spelled, self.source
        )

    def _try(self, entry: Entry | None, act: Callable[[], T]) -> T | None:
        """Do something and note what is wrong with it."""
        try:
            return act()
        except EquationError as error:
            line = entry.line if entry else 0
            where = f" in `{' '.join(entry.text.split())[:100]}`" if entry else ""
            self.problems.append(Problem(self.label, line, 1 if line else 0, f"{error}{where}", error.hint))
        return None

    def _lefts(self, section: Section) -> list[tuple[Entry, Left]]:
        found = [(entry, self._try(entry, lambda e=entry: left(e.text))) for entry in section.entries]  # type: ignore[misc]
        return [(entry, part) for entry, part in found if part is not None]

    def _declare(self, part: Left) -> None:
        if part.kind == "range":
            self.ranges.add(part.name, part.right)
        elif part.kind == "copy":
            self.ranges.copy(part.name, part.right)
        elif part.kind == "string":
            self.strings[name_of(part.name)] = part.right.strip("'\"")

    def _variables(self, parts: list[tuple[Entry, Left]]) -> tuple[ir.Variable, ...]:
        growing: dict[str, _Growing] = {}
        for entry, part in parts:
            if part.kind in {"range", "copy", "string", "check"}:
                continue
            name = name_of(part.name)
            variable = growing.setdefault(name, _Growing(part.name, entry.group))
            if entry.unit and not variable.unit:
                variable.unit, variable.limits = entry.plain_unit, entry.limits
            variable.comment = variable.comment or entry.comment
            definition = self._try(entry, lambda p=part: self._definition(p))  # type: ignore[misc]
            if definition is not None:
                variable.definitions.append(definition)
                _further(growing, definition)
        return tuple(
            ir.Variable(name, v.spelled, v.unit, v.comment, tuple(v.definitions), limits=v.limits, group=v.group)
            for name, v in growing.items()
            if v.definitions
        )

    def _definition(self, part: Left) -> ir.Definition:
        subs = tuple(name_of(s) for s in part.subs)
        excepts = tuple(tuple(name_of(s) for s in group) for group in part.excepts)
        expr, kind = self._right(part, subs), part.kind
        if isinstance(expr, ir.External):
            kind = {"lookups": "lookup", "data": "data"}.get(expr.kind, "equation")
        return ir.Definition(subs, excepts, expr, kind)

    def _right(self, part: Left, subs: tuple[str, ...]) -> ir.Expr:
        if part.kind == "data" and not part.right:
            return ir.External("missing", ())
        inner = part.right
        if part.kind == "lookup" and external.named(inner.strip("( ")):
            inner = inner[1:-1]
        elif part.kind == "lookup":
            return table(inner)
        expr = right(inner)
        if isinstance(expr, ir.Call) and external.named(expr.function):
            return self._external(expr, part, subs)
        return expr

    def _external(self, expr: ir.Call, part: Left, subs: tuple[str, ...]) -> ir.External:
        given = []
        for a in expr.args:
            if isinstance(a, ir.Text):
                given.append(a.value)
            elif isinstance(a, ir.Ref) and a.name in self.strings:
                given.append(self.strings[a.name])
            else:
                raise EquationError(f"{told(expr.function)} takes texts in single quotes")
        axes = [self.elements.get(s, (s,)) for s in subs]
        return external.read(expr.function, given, axes, self.folder, part.name, part.keyword or "interpolate")

    def _macro(self, section: Section, parts: list[tuple[Entry, Left]]) -> ir.Macro:
        name = name_of(section.name)
        params = tuple(name_of(p) for p in section.params)
        returns = (name, *(name_of(o) for o in section.outputs))
        return ir.Macro(name, params, returns, self._variables(parts))

    def _digest(self, variables: tuple[ir.Variable, ...], ranges: tuple[ir.Range, ...]) -> str:
        """Return what names the model: its text, and what it took from files."""
        digest = hashlib.sha256(self.source.encode("utf-8"))
        found = [d.expr for v in variables for d in v.definitions if isinstance(d.expr, ir.External)]
        if found or "GET" in self.source.upper():
            digest.update(repr((found, ranges)).encode("utf-8"))
        return digest.hexdigest()


def _further(growing: dict[str, _Growing], definition: ir.Definition) -> None:
    """Define the variables that a macro call gives besides its value."""
    expr = definition.expr
    if isinstance(expr, ir.Call):
        for position, name in enumerate(expr.outputs, start=1):
            variable = growing.setdefault(name, _Growing(name))
            output = ir.Output(expr, position)
            variable.definitions.append(ir.Definition(definition.subs, definition.excepts, output))
