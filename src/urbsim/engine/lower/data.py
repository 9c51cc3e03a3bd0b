"""What Vensim asks of data variables besides their value now: GET DATA BETWEEN TIMES and its kin."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from urbsim.engine.code.graph import Node
from urbsim.engine.lower.evaluator import Builder, Evaluator
from urbsim.engine.lower.scope import Context
from urbsim.engine.lower.tables import constant, look_up
from urbsim.language import ir
from urbsim.language.catalogue import title
from urbsim.language.position import EquationError
from urbsim.language.translate import NA

_MODES: dict[int, ir.Interpolation] = {-1: "hold_backward", 0: "interpolate", 1: "look_forward"}
Series = tuple[tuple[float, ...], tuple[float, ...]]  # times and values


def _series(evaluator: Evaluator, expr: ir.Call, context: Context) -> Series:
    """Return times and values of the data variable that a call names first, without what is missing."""
    ref, scope = expr.args[0], context.scope
    if isinstance(ref, ir.Ref) and ref.name in scope.variables:
        elements = evaluator.variables.elements(ref.subs, scope, ref.name, context)
        index, _ = evaluator.variables.layout(scope, ref.name).cells[elements]
        data = scope.variables[ref.name].definitions[index].expr
        if isinstance(data, ir.External) and data.kind == "data":
            pairs = [
                (x, y) for x, y in zip(data.x, dict(data.values)[elements], strict=True) if math.isfinite(y) and y != NA
            ]
            return tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
    raise EquationError("argument", f"{title(expr.function)} needs a data variable as its first argument")


def _number(number: Callable[[Series], float], evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return a number that is known before a run."""
    return evaluator.graph.const(number(_series(evaluator, expr, context)))


def _at_time(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    g = evaluator.graph
    x, y = _series(evaluator, expr, context)
    return look_up(g, constant(g, x, y), evaluator.number(expr.args[1], context), "raw")


def _between_times(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    g = evaluator.graph
    x, y = _series(evaluator, expr, context)
    time = evaluator.number(expr.args[1], context)
    mode = g.value(evaluator.number(expr.args[2], context))
    if mode is None or round(mode) not in _MODES:
        raise EquationError("argument", "GET DATA BETWEEN TIMES needs -1, 0 or 1 as its mode")
    inside = g.both(g.compare("ge", time, g.const(x[0])), g.compare("le", time, g.const(x[-1])))
    return g.select(inside, look_up(g, constant(g, x, y), time, _MODES[round(mode)]), g.const(NA))


BUILDERS: dict[str, Builder] = {
    "get_data_at_time": _at_time,
    "get_data_between_times": _between_times,
    "get_data_first_time": partial(_number, lambda series: series[0][0] if series[0] else NA),
    "get_data_last_time": partial(_number, lambda series: series[0][-1] if series[0] else NA),
    "get_data_total_points": partial(_number, lambda series: len(series[0])),
}
