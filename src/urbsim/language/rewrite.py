"""Expressions taken apart and changed: what an equation uses from step to step, and the same with other names.

What stands in an initial value acts once, before the first step; it is no input here, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from urbsim.language import ir
from urbsim.language.model import Model

_INITIAL = {  # the argument of a construct with memory that is its value before the first step
    **{"initial": 0, "integ": 1, "stock": 1, "forecast": 3},
    **dict.fromkeys(("delay", "delay_plain", "delay_n", "smooth", "delay_fixed", "trend", "sample_if_true"), 2),
}
_PAST = frozenset({"previous", "history"})  # functions that look back


def uses(expr: ir.Expr, keeping: frozenset[str] = frozenset(), *, memory: bool = False) -> Iterator[tuple[str, bool]]:
    """Give the variables that an expression uses in a step, and whether they go through something with memory.

    ``keeping`` names macros with memory in them.
    """
    if isinstance(expr, ir.Ref):
        yield expr.name, memory
    elif isinstance(expr, ir.WithLookup):
        yield from uses(expr.argument, keeping, memory=memory)
    elif isinstance(expr, ir.Output):
        yield from uses(expr.call, keeping, memory=memory)
    elif isinstance(expr, ir.Op | ir.Call | ir.State):
        keeps = isinstance(expr, ir.State) or (isinstance(expr, ir.Call) and expr.function in (keeping | _PAST))
        for position in _acting(expr):
            yield from uses(expr.args[position], keeping, memory=memory or keeps)


def inputs(variable: ir.Variable, keeping: frozenset[str] = frozenset()) -> dict[str, bool]:
    """Return the variables that the equations of one use in a step; True where through something with memory."""
    found: dict[str, bool] = {}
    for definition in variable.definitions:
        for name, memory in uses(definition.expr, keeping):
            found[name] = found.get(name, False) or memory
    return found


def keepers(model: Model) -> frozenset[str]:
    """Return the macros that have memory."""
    return frozenset(m.name for m in model.macros if any(_keeps(d.expr) for v in m.variables for d in v.definitions))


def _keeps(expr: ir.Expr) -> bool:
    if isinstance(expr, ir.State):
        return expr.kind != "initial"
    return isinstance(expr, ir.Op | ir.Call) and any(_keeps(a) for a in expr.args)


def renamed(expr: ir.Expr, names: Mapping[str, str]) -> ir.Expr:
    """Return an expression with other names where it uses variables in a step; the same object where it uses none."""
    if isinstance(expr, ir.Ref):
        return replace(expr, name=names[expr.name]) if expr.name in names else expr
    if isinstance(expr, ir.WithLookup):
        inner = renamed(expr.argument, names)
        return expr if inner is expr.argument else replace(expr, argument=inner)
    if isinstance(expr, ir.Output):
        call = renamed(expr.call, names)
        return replace(expr, call=call) if isinstance(call, ir.Call) and call is not expr.call else expr
    if isinstance(expr, ir.Op | ir.Call | ir.State):
        return _renamed(expr, names)
    return expr


def _renamed(expr: ir.Op | ir.Call | ir.State, names: Mapping[str, str]) -> ir.Expr:
    args = list(expr.args)
    for position in _acting(expr):
        args[position] = renamed(args[position], names)
    same = all(a is b for a, b in zip(args, expr.args, strict=True))
    return expr if same else replace(expr, args=tuple(args))


def _acting(expr: ir.Op | ir.Call | ir.State) -> list[int]:
    """Return the places of the arguments that act in a step."""
    initial = -1
    if isinstance(expr, ir.State):
        initial = _INITIAL[expr.kind]
    elif isinstance(expr, ir.Call) and expr.function == "active_initial":
        initial = 1
    return [position for position in range(len(expr.args)) if position != initial]
