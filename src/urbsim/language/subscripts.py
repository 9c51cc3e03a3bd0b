"""Subscripts: what a range holds, where a name leads, over which elements a variable is defined.

An *environment* binds the ranges on the left side of an equation to elements, and with a ``!`` after the name those
that a reduction runs over. Rules are Vensim's: a range on the right that is not on the left must be mapped to one that
is; a subscript used as a number is its position in the widest range that holds it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from urbsim.language import ir
from urbsim.language.position import EquationError

Environment = Mapping[str, str]
_SHOWN = 5  # elements in a message


class NoRangeError(EquationError):
    """Elements that no range holds together; that may be the fault of a range that cannot be read."""


class Subscripts:
    """The ranges of a model."""

    def __init__(self, ranges: Sequence[ir.Range]) -> None:
        self.ranges = {r.name: r.elements for r in ranges}
        self.maps = {r.name: dict(r.maps) for r in ranges}
        widest = sorted(ranges, key=lambda r: -len(r.elements))
        self.positions: dict[str, int] = {}
        for entry in widest:
            for position, element in enumerate(entry.elements, start=1):
                self.positions.setdefault(element, position)

    def knows(self, name: str) -> bool:
        """Tell whether a name is a range or an element."""
        return name in self.ranges or name in self.positions

    def elements(self, name: str) -> tuple[str, ...]:
        """Return the elements that a subscript on the left stands for."""
        if name in self.ranges:
            return self.ranges[name]
        if name in self.positions:
            return (name,)
        raise EquationError("unknown-name", f"unknown subscript {name!r}", word=name)

    def bind(self, subs: Sequence[str], elements: Sequence[str]) -> dict[str, str]:
        """Return the environment of one element of a definition."""
        return {name: e for name, e in zip(subs, elements, strict=True) if name in self.ranges}

    def resolve(self, sub: ir.Sub, env: Environment) -> str:
        """Return the element that a subscript stands for.

        Raises
        ------
        EquationError
            For a range that is neither bound nor mapped to one that is.
        """
        name = f"{sub.name}!" if sub.bang else sub.name
        if name in env:
            return env[name]
        if sub.name in self.positions and sub.name not in self.ranges:
            return sub.name
        if sub.name not in self.ranges:
            raise EquationError("unknown-name", f"unknown subscript {sub.name!r}", word=sub.name)
        if sub.bang:
            raise EquationError(
                "subscripts", f"{sub.name!r} has an exclamation mark outside of a function over its elements"
            )
        element = self._mapped(sub.name, env)
        if element is None:
            raise EquationError(
                "subscripts", f"the range {sub.name!r} is on the right but not on the left, nor mapped to one that is"
            )
        return element

    def _mapped(self, name: str, env: Environment) -> str | None:
        for target, groups in self.maps[name].items():  # name -> bound range
            for bound, element in env.items():
                if bound == target or (bound in self.ranges and target not in env and element in self.ranges[target]):
                    for own, group in zip(self.ranges[name], groups, strict=True):
                        if element in group:
                            return own
        for bound, element in env.items():  # bound range -> name, one to one
            if bound not in self.ranges:
                continue
            groups = self.maps[bound].get(name, ())
            if groups:
                group = groups[self.ranges[bound].index(element)]
                if len(group) == 1:
                    return group[0]
            if self.ranges[bound] == self.ranges[name]:
                return element
        return None

    def position(self, name: str, env: Environment) -> int:
        """Return a subscript as a number, counted from 1 in the widest range that holds the element."""
        return self.positions[self.resolve(ir.Sub(name), env)]

    def cover(self, elements: Sequence[str]) -> str:
        """Return the smallest range that holds some elements; of equals the first."""
        covers = [name for name, members in self.ranges.items() if set(elements) <= set(members)]
        if not covers:
            more = ", ..." if len(elements) > _SHOWN else ""
            raise NoRangeError("no-range", f"no range holds {', '.join(elements[:_SHOWN])}{more}")
        return min(covers, key=lambda name: len(self.ranges[name]))


def entry(definition: ir.Definition, values: Sequence[float], elements: Sequence[str], subscripts: Subscripts) -> float:
    """Return the number of one element from a list, row by row.

    Parameters
    ----------
    definition
        The constant; its subscripts say how the list is read.
    values
        Its numbers, the last subscript fastest.
    elements
        One element of each subscript.
    subscripts
        The ranges of the model.

    Raises
    ------
    EquationError
        Where there are more or fewer numbers than elements.
    """
    axes = [subscripts.elements(s) for s in definition.subs]
    offset = 0
    for axis, element in zip(axes, elements, strict=True):
        offset = offset * len(axis) + axis.index(element)
    size = math.prod(len(axis) for axis in axes)
    if len(values) != size:
        raise EquationError("element-count", f"has {len(values)} numbers for {size} elements")
    return values[offset]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a variable is defined: its widest ranges, and for each element of them the definition that holds."""

    dims: tuple[str, ...]
    axes: tuple[tuple[str, ...], ...]
    cells: Mapping[tuple[str, ...], tuple[int, Mapping[str, str]]]  # elements -> definition, environment

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of elements along each dimension."""
        return tuple(len(axis) for axis in self.axes)


def layout(variable: ir.Variable, subscripts: Subscripts) -> Layout:
    """Return where a variable is defined.

    Raises
    ------
    EquationError
        Where its definitions overlap, or disagree about the number of subscripts.
    """
    counts = {len(d.subs) for d in variable.definitions}
    if len(counts) > 1:
        raise EquationError("subscripts", f"is defined with {' and '.join(str(c) for c in sorted(counts))} subscripts")
    cells: dict[tuple[str, ...], tuple[int, Mapping[str, str]]] = {}
    for index, definition in enumerate(variable.definitions):
        exceptions = [[set(subscripts.elements(s)) for s in group] for group in definition.excepts]
        for elements in product(*(subscripts.elements(s) for s in definition.subs)):
            if any(all(e in part for e, part in zip(elements, group, strict=False)) for group in exceptions):
                continue
            if elements in cells:
                raise EquationError("defined-twice", f"is defined twice for [{', '.join(elements)}]")
            subs = variable.dims or definition.subs  # an equation of one element knows the dimensions too (XMILE)
            cells[elements] = index, subscripts.bind(subs, elements)
    if variable.dims:
        return Layout(variable.dims, tuple(subscripts.ranges[dim] for dim in variable.dims), cells)
    columns = [list(dict.fromkeys(column)) for column in zip(*cells, strict=True)] if cells and () not in cells else []
    dims = tuple(_dimension(subscripts, variable, position, column) for position, column in enumerate(columns))
    return Layout(dims, tuple(subscripts.ranges[dim] for dim in dims), cells)


def _dimension(subscripts: Subscripts, variable: ir.Variable, position: int, column: Sequence[str]) -> str:
    """Return the range of one dimension: the one that is written if it holds all, else the smallest that does."""
    for definition in variable.definitions:
        name = definition.subs[position]
        if name in subscripts.ranges and set(column) <= set(subscripts.ranges[name]):
            return name
    return subscripts.cover(column)
