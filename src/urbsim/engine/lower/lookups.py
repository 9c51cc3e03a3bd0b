"""Which table a name stands for, and the functions that take a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from urbsim.engine.code.graph import Node
from urbsim.engine.lower.tables import Points, constant, invert, look_up
from urbsim.language import ir
from urbsim.language.position import EquationError

if TYPE_CHECKING:
    from urbsim.engine.lower.lowering import Lowering
    from urbsim.engine.lower.scope import Context

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
        raise EquationError("table", f"{name!r} is no table of numbers")
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
        raise EquationError("argument-count", f"{_told(expr)} takes 2 arguments, not {len(expr.args)}")
    ref = expr.args[0]
    table = find(lowering, ref.name, ref.subs, context) if isinstance(ref, ir.Ref) else None
    if table is None:
        raise EquationError("table", f"{_told(expr)} needs a table as its first argument")
    x = lowering.number(expr.args[1], context)
    if expr.function == "lookup_invert":
        try:
            return invert(lowering.graph, table, x)
        except ValueError as error:
            raise EquationError("table", str(error)) from error
    return look_up(lowering.graph, table, x, FUNCTIONS[expr.function])


_MODES = {0: "interpolate", 2: "hold_backward", 3: "extrapolate", 4: "look_forward"}


def vector(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """VECTOR LOOKUP: the elements of a variable as y, at equal distances of x from a least to a largest value."""
    g = lowering.graph
    if len(expr.args) != 5:
        raise EquationError("argument-count", f"VECTOR LOOKUP takes 5 arguments, not {len(expr.args)}")
    ref, scope = expr.args[0], context.scope
    if not isinstance(ref, ir.Ref) or ref.name not in scope.variables or not ref.subs:
        raise EquationError("subscripts", "VECTOR LOOKUP needs a variable with subscripts as its first argument")
    x, least, most = (lowering.number(a, context) for a in expr.args[1:4])
    mode = g.value(lowering.number(expr.args[4], context))
    if mode is None or round(mode) not in _MODES:
        raise EquationError("argument", "VECTOR LOOKUP is supported with the modes 0, 2, 3 and 4")
    first = lowering.elements(ref.subs, scope, ref.name, context)
    axis = lowering.layout(scope, ref.name).axes[-1]
    y = [lowering.demand.value((scope.number, ref.name, (*first[:-1], e)), context.initial) for e in axis]
    at = g.mul(g.div(g.sub(x, least), g.sub(most, least)), g.const(len(y) - 1))
    points = Points(tuple(float(i) for i in range(len(y))), tuple(g.number(node) for node in y))
    return look_up(g, points, at, _MODES[round(mode)])
