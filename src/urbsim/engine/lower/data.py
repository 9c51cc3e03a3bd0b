"""What Vensim asks of data variables besides their value now: GET DATA BETWEEN TIMES and its kin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from urbsim.engine.code.graph import Node
from urbsim.engine.lower.tables import constant, look_up
from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.translate import NA, told

if TYPE_CHECKING:
    from urbsim.engine.lower.lowering import Lowering
    from urbsim.engine.lower.scope import Context

_MODES = {-1: "hold_backward", 0: "interpolate", 1: "look_forward"}
FUNCTIONS = {
    "get_data_at_time": 2,
    "get_data_between_times": 3,
    "get_data_first_time": 1,
    "get_data_last_time": 1,
    "get_data_total_points": 1,
}


def _series(lowering: Lowering, expr: ir.Call, context: Context) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return times and values of the data variable that a call names first, without what is missing."""
    ref, scope = expr.args[0], context.scope
    if isinstance(ref, ir.Ref) and ref.name in scope.variables:
        elements = lowering.elements(ref.subs, scope, ref.name, context)
        index, _ = lowering.layout(scope, ref.name).cells[elements]
        found = scope.variables[ref.name].definitions[index].expr
        if isinstance(found, ir.External) and found.kind == "data":
            pairs = [
                (x, y)
                for x, y in zip(found.x, dict(found.values)[elements], strict=True)
                if math.isfinite(y) and y != NA
            ]
            return tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
    raise EquationError("argument", f"{told(expr.function)} needs a data variable as its first argument")


def call(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """Return what a function tells of a data variable."""
    g = lowering.graph
    if len(expr.args) != FUNCTIONS[expr.function]:
        wanted = FUNCTIONS[expr.function]
        raise EquationError("argument-count", f"{told(expr.function)} takes {wanted} arguments, not {len(expr.args)}")
    x, y = _series(lowering, expr, context)
    if expr.function in {"get_data_first_time", "get_data_last_time"}:
        return g.const(NA if not x else x[0 if "first" in expr.function else -1])
    if expr.function == "get_data_total_points":
        return g.const(len(x))
    time = lowering.number(expr.args[1], context)
    if expr.function == "get_data_at_time":
        return look_up(g, constant(g, x, y), time, "raw")
    mode = g.value(lowering.number(expr.args[2], context))
    if mode is None or round(mode) not in _MODES:
        raise EquationError("argument", "GET DATA BETWEEN TIMES needs -1, 0 or 1 as its mode")
    inside = g.both(g.compare("ge", time, g.const(x[0])), g.compare("le", time, g.const(x[-1])))
    return g.select(inside, look_up(g, constant(g, x, y), time, _MODES[round(mode)]), g.const(NA))
