"""Which table a name stands for, and the functions that take a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from urbsim.engine.code.graph import Node
from urbsim.engine.lower.evaluator import Builder, Evaluator
from urbsim.engine.lower.scope import Context
from urbsim.engine.lower.tables import Points, constant, invert, look_up
from urbsim.language import ir
from urbsim.language.catalogue import title
from urbsim.language.position import EquationError


def find(evaluator: Evaluator, name: str, subs: Sequence[ir.Sub], context: Context) -> Points | None:
    """Return the table that a name stands for, or None where it is not a table.

    Parameters
    ----------
    evaluator, context
        What evaluates the subscripts, and where the name stands.
    name, subs
        The name as written, with its subscripts.
    """
    scope = context.scope
    if name in scope.bindings:
        expr, outer = scope.bindings[name]
        return find(evaluator, expr.name, expr.subs or subs, outer) if isinstance(expr, ir.Ref) else None
    if name not in scope.variables or scope.variables[name].definitions[0].kind != "lookup":
        return None
    elements = evaluator.variables.elements(subs, scope, name, context)
    index, _ = evaluator.variables.layout(scope, name).cells[elements]
    expr = scope.variables[name].definitions[index].expr
    if isinstance(expr, ir.External):
        return constant(evaluator.graph, expr.x, dict(expr.values)[elements])
    if not isinstance(expr, ir.Lookup):
        raise EquationError("table", f"{name!r} is no table of numbers")
    settings = evaluator.settings
    if scope.number == 0 and name in settings.parameters:
        points = settings.parameters[name].axes[-1]
        return Points(expr.x, tuple(settings.parameter(name, (*elements, point)) for point in points))
    return constant(evaluator.graph, expr.x, expr.y)


def kind_of(name: str, context: Context) -> ir.Interpolation:
    """Return the kind of interpolation of a table by name."""
    scope = context.scope
    if name in scope.bindings:
        expr, outer = scope.bindings[name]
        return kind_of(expr.name, outer) if isinstance(expr, ir.Ref) else "interpolate"
    expr = scope.variables[name].definitions[0].expr
    return expr.kind if isinstance(expr, ir.Lookup) else "interpolate"


def _argument(evaluator: Evaluator, expr: ir.Call, context: Context) -> Points:
    """Return the table that is the first argument of a function."""
    ref = expr.args[0]
    table = find(evaluator, ref.name, ref.subs, context) if isinstance(ref, ir.Ref) else None
    if table is None:
        raise EquationError("table", f"{title(expr.function)} needs a table as its first argument")
    return table


def _otherwise(kind: ir.Interpolation, evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return a lookup by another rule than that of its table."""
    table = _argument(evaluator, expr, context)
    return look_up(evaluator.graph, table, evaluator.number(expr.args[1], context), kind)


def _invert(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return the argument at which a table has a value."""
    table = _argument(evaluator, expr, context)
    y = evaluator.number(expr.args[1], context)
    try:
        return invert(evaluator.graph, table, y)
    except ValueError as error:
        raise EquationError("table", str(error)) from error


_MODES: dict[int, ir.Interpolation] = {0: "interpolate", 2: "hold_backward", 3: "extrapolate", 4: "look_forward"}


def _vector(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """VECTOR LOOKUP: the elements of a variable as y, at equal distances of x from a least to a largest value."""
    g = evaluator.graph
    ref, scope = expr.args[0], context.scope
    if not isinstance(ref, ir.Ref) or ref.name not in scope.variables or not ref.subs:
        raise EquationError("subscripts", "VECTOR LOOKUP needs a variable with subscripts as its first argument")
    x, least, most = (evaluator.number(a, context) for a in expr.args[1:4])
    mode = g.value(evaluator.number(expr.args[4], context))
    if mode is None or round(mode) not in _MODES:
        raise EquationError("argument", "VECTOR LOOKUP is supported with the modes 0, 2, 3 and 4")
    first = evaluator.variables.elements(ref.subs, scope, ref.name, context)
    axis = evaluator.variables.layout(scope, ref.name).axes[-1]
    y = [evaluator.element(scope, ref.name, (*first[:-1], e), initial=context.initial) for e in axis]
    at = g.mul(g.div(g.sub(x, least), g.sub(most, least)), g.const(len(y) - 1))
    points = Points(tuple(float(i) for i in range(len(y))), tuple(g.number(node) for node in y))
    return look_up(g, points, at, _MODES[round(mode)])


BUILDERS: dict[str, Builder] = {
    "lookup_extrapolate": partial(_otherwise, "extrapolate"),
    "lookup_forward": partial(_otherwise, "look_forward"),
    "lookup_backward": partial(_otherwise, "hold_backward"),
    "lookup_invert": _invert,
    "vector_lookup": _vector,
}
