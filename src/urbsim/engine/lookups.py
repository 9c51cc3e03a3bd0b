"""Which table a name stands for, and the functions that take a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from urbsim.engine.graph import Node
from urbsim.engine.tables import Points, constant, invert, look_up
from urbsim.model import ir
from urbsim.model.place import EquationError

if TYPE_CHECKING:
    from urbsim.engine.lower import Lowering
    from urbsim.engine.scope import Context

FUNCTIONS = {
    "lookup_extrapolate": "extrapolate",
    "lookup_forward": "look_forward",
    "lookup_backward": "hold_backward",
    "lookup_invert": "",
}


def find(lowering: Lowering, name: str, subs: Sequence[ir.Sub], context: Context) -> Points | None:
    """Return the table that a name stands for, or None where it is no table."""
    scope = context.scope
    if name in scope.bindings:
        expr, outer = scope.bindings[name]
        return find(lowering, expr.name, expr.subs or subs, outer) if isinstance(expr, ir.Ref) else None
    if name not in scope.variables or scope.variables[name].definitions[0].kind != "lookup":
        return None
    elements = lowering.elements(subs, scope, name, context)
    index, _ = lowering.layout(scope, name).cells[elements]
    expr = scope.variables[name].definitions[index].expr
    if isinstance(expr, ir.External):
        return constant(lowering.graph, expr.x, dict(expr.values)[elements])
    if not isinstance(expr, ir.Lookup):
        raise EquationError(f"{name!r} is no table of numbers")
    if scope.number == 0 and name in lowering.parameters:
        slot = lowering.parameters[name]
        points = slot.axes[-1]
        return Points(expr.x, tuple(lowering.parameter(slot, (*elements, point)) for point in points))
    return constant(lowering.graph, expr.x, expr.y)


def kind_of(name: str, context: Context) -> str:
    """Return the kind of interpolation of a table by name."""
    scope = context.scope
    if name in scope.bindings:
        expr, outer = scope.bindings[name]
        return kind_of(expr.name, outer) if isinstance(expr, ir.Ref) else "interpolate"
    expr = scope.variables[name].definitions[0].expr
    return expr.kind if isinstance(expr, ir.Lookup) else "interpolate"


def _told(expr: ir.Call) -> str:
    return expr.function.upper().replace("_", " ")


def call(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """Return a lookup by another rule than that of its table, or the argument at which it has a value."""
    if len(expr.args) != 2:
        raise EquationError(f"{_told(expr)} takes 2 arguments, not {len(expr.args)}")
    ref = expr.args[0]
    table = find(lowering, ref.name, ref.subs, context) if isinstance(ref, ir.Ref) else None
    if table is None:
        raise EquationError(f"{_told(expr)} needs a table as its first argument")
    x = lowering.number(expr.args[1], context)
    if expr.function == "lookup_invert":
        try:
            return invert(lowering.graph, table, x)
        except ValueError as error:
            raise EquationError(str(error)) from error
    return look_up(lowering.graph, table, x, FUNCTIONS[expr.function])
