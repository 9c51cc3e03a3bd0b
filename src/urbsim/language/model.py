"""The model: what a Vensim or XMILE file says, frozen, with what can be asked of it without running it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.subscripts import Layout, Subscripts, layout
from urbsim.names import identifier


@dataclass(frozen=True)
class Model:
    """A parsed model. The clock variables (time_step ...) are among ``variables``.

    ``entries`` are the definitions and ranges of a Vensim file in its order, ``spelled`` gives the author's spelling of
    ranges and elements, ``source`` the text for messages; ``folder`` is where files that it names lie, ``texts`` are
    the strings that it names. ``implicit`` says that an equation may leave out subscripts that are on its left
    (XMILE). ``notes`` say where a run departs from what the file asks for.

    Only a model whose faults are gathered has the last three: ``unread`` are names that the file defines where it
    cannot be understood, ``fragments`` the definitions that are not, ``cut`` says that its end is missing.
    """

    label: str
    digest: str  # of the source, and of what files beside it gave
    ranges: tuple[ir.Range, ...]
    variables: tuple[ir.Variable, ...]
    macros: tuple[ir.Macro, ...] = ()
    spelled: Mapping[str, str] = field(default_factory=dict, compare=False)
    source: str = field(default="", compare=False, repr=False)
    entries: tuple[ir.Entry, ...] = field(default=(), compare=False, repr=False)
    folder: Path = field(default=Path(), compare=False)
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)
    implicit: bool = False
    notes: tuple[str, ...] = field(default=(), compare=False)
    unread: frozenset[str] = field(default=frozenset(), compare=False)
    fragments: tuple[str, ...] = field(default=(), compare=False)
    cut: bool = field(default=False, compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, ir.Variable]:
        """Return the variables by identifier, in order of the file."""
        return {variable.name: variable for variable in self.variables}

    @cached_property
    def elements(self) -> Mapping[str, tuple[str, ...]]:
        """Return the elements of each subscript range, by identifier, in order."""
        return {entry.name: entry.elements for entry in self.ranges}

    @cached_property
    def subscripts(self) -> Subscripts:
        """Return the rules of the ranges."""
        return Subscripts(self.ranges)

    @cached_property
    def equations_digest(self) -> str:
        """Return the SHA-256 of the equations alone: comments, units and layout do not count."""
        lines = (f"{identifier(e.name)}{e.subs}={e.right}" for e in self.entries)
        return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()

    @cached_property
    def _layouts(self) -> dict[str, Layout]:
        return {}

    def variable(self, name: str) -> ir.Variable:
        """Return a variable.

        Raises
        ------
        InputError
            With the nearest names, where the model has no such variable.
        """
        variable = self.by_name.get(identifier(name))
        if variable is None:
            hint = nearest(name, [v.spelled for v in self.variables])
            raise InputError(Problem("unknown-name", Place(self.label), f"the model has no variable {name!r}", hint))
        return variable

    def layout(self, name: str) -> Layout:
        """Return over which elements a variable is defined, and by which definition each.

        Raises
        ------
        InputError
            Where the model has no such variable, or its definitions overlap.
        """
        variable = self.variable(name)
        if variable.name not in self._layouts:
            try:
                self._layouts[variable.name] = layout(variable, self.subscripts)
            except EquationError as error:
                message = f"{variable.spelled}: {error}"
                place = Place(self.label, variable.line, 1 if variable.line else 0)
                raise InputError(Problem(error.rule, place, message, error.hint, variable.spelled)) from error
        return self._layouts[variable.name]

    def dims(self, name: str) -> tuple[str, ...]:
        """Return the widest subscript ranges over which a variable is defined, as identifiers."""
        return self.layout(name).dims

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the number of elements along each subscript of a variable."""
        return self.layout(name).shape

    def excused(self, name: str) -> bool:
        """Tell whether nothing can be said about a variable: the file cannot be understood where it is defined."""
        key = identifier(name)
        if key in self.unread or key not in self.by_name:
            return key in self.unread or self.cut
        try:
            self.layout(key)
        except InputError:  # a fault of the model, told with it
            return True
        return False

    def constant(self, name: str) -> np.ndarray:
        """Return the value of a constant, shaped by its subscripts; NaN for elements without one.

        Raises
        ------
        InputError
            Where the variable is not a constant.
        """
        variable, where = self.variable(name), self.layout(name)
        if variable.role != "constant":
            at = next((d.entry.line for d in variable.definitions if d.role != "constant" and d.entry), 0)
            place = Place(self.label, at, 1 if at else 0)
            raise InputError(Problem("not-a-constant", place, f"{variable.spelled!r} is not a constant"))
        values = np.full(where.shape, np.nan)
        for number, definition in enumerate(variable.definitions):
            own = [self.subscripts.elements(sub) for sub in definition.subs]
            block = np.broadcast_to(self._numbers(variable, definition, own), [len(axis) for axis in own])
            places = [[axis.index(e) for e in part] for axis, part in zip(where.axes, own, strict=True)]
            if definition.excepts:
                mask = np.array([where.cells.get(cell, (-1,))[0] == number for cell in product(*own)])
                block = np.where(mask.reshape(block.shape), block, values[np.ix_(*places)])
            values[np.ix_(*places) if places else ()] = block
        return values

    def _numbers(self, variable: ir.Variable, definition: ir.Definition, own: list[tuple[str, ...]]) -> np.ndarray:
        """Return the numbers of one definition of a constant: one, or one for each of its elements."""
        expr, size = definition.expr, [len(axis) for axis in own]
        if isinstance(expr, ir.Num):
            return np.array(expr.value)
        numbers = expr.values if isinstance(expr, ir.Array) else [y for _, (y,) in expr.values]  # type: ignore[union-attr]
        if len(numbers) != math.prod(size):
            message = f"{variable.spelled}: has {len(numbers)} numbers for {math.prod(size)} elements"
            raise InputError(Problem("element-count", Place(self.label, variable.line, 1), message))
        return np.array(numbers).reshape(size)

    def table(self, name: str) -> np.ndarray:
        """Return the points of a lookup, shape (point, 2).

        Raises
        ------
        InputError
            Where the variable is no table in numbers.
        """
        variable = self.variable(name)
        shape = variable.definitions[0].expr
        if not isinstance(shape, ir.Lookup):
            raise InputError(
                Problem("table", Place(self.label, variable.line, 1), f"{variable.spelled!r} is not a table")
            )
        return np.column_stack([shape.x, shape.y])
