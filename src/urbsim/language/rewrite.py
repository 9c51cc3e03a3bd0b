"""Expressions taken apart and changed: what an equation uses from step to step, and the same with other names.

What stands in an initial value acts once, before the first step; it is no input here, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from urbsim.language import ir
from urbsim.language.catalogue import remembers
from urbsim.language.model import Model
from urbsim.language.walk import children, initial_place, walk, with_children


def uses(expr: ir.Expr, keeping: frozenset[str] = frozenset(), *, memory: bool = False) -> Iterator[tuple[str, bool]]:
    """Give the variables that an expression uses in a step, and whether they go through something with memory.

    ``keeping`` names macros with memory in them.
    """
    if isinstance(expr, ir.Ref):
        yield expr.name, memory
        return
    function = expr.function if isinstance(expr, ir.Call) else ""
    keeps = isinstance(expr, ir.State) or function in keeping or remembers(function)
    start = initial_place(expr)
    for place, part in enumerate(children(expr)):
        if place != start:
            yield from uses(part, keeping, memory=memory or keeps)


def inputs(variable: ir.Variable, keeping: frozenset[str] = frozenset()) -> dict[str, bool]:
    """Return the variables that the equations of one use in a step; True where through something with memory."""
    memory_by_name: dict[str, bool] = {}
    for definition in variable.definitions:
        for name, memory in uses(definition.expr, keeping):
            memory_by_name[name] = memory_by_name.get(name, False) or memory
    return memory_by_name


def keepers(model: Model) -> frozenset[str]:
    """Return the macros that have memory."""
    return frozenset(m.name for m in model.macros if any(_keeps(d.expr) for v in m.variables for d in v.definitions))


def _keeps(expr: ir.Expr) -> bool:
    return any(isinstance(part, ir.State) and not isinstance(part, ir.Initial) for part in walk(expr))


def transformed(expr: ir.Expr, change: Callable[[ir.Expr], ir.Expr]) -> ir.Expr:
    """Return an expression with each of its parts changed, from the inside out; the same object where none is."""
    before = children(expr)
    after = [transformed(part, change) for part in before]
    same = all(a is b for a, b in zip(after, before, strict=True))
    return change(expr if same else with_children(expr, after))


def started(expr: ir.Expr, *, initial: bool = False) -> Iterator[tuple[ir.Expr, bool]]:
    """Give an expression and all inside it, from the left, and whether each counts only at the start.

    An initial value that an author left to the input of a delay is no part of its own.
    """
    yield expr, initial
    start, parts = initial_place(expr), children(expr)
    for place, part in enumerate(parts):
        if place != start:
            yield from started(part, initial=initial)
        elif not (len(parts) > 1 and part is parts[0]):
            yield from started(part, initial=True)


def renamed(expr: ir.Expr, names: Mapping[str, str]) -> ir.Expr:
    """Return an expression with other names where it uses variables in a step; the same object where it uses none."""
    if isinstance(expr, ir.Ref):
        return replace(expr, name=names[expr.name]) if expr.name in names else expr
    start, before = initial_place(expr), children(expr)
    after = [part if place == start else renamed(part, names) for place, part in enumerate(before)]
    same = all(a is b for a, b in zip(after, before, strict=True))
    return expr if same else with_children(expr, after)
