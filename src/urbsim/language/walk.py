"""Expressions from the outside: their parts, the names in them, and how Vensim writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from urbsim.language import ir
from urbsim.language.catalogue import initial_argument, title
from urbsim.language.translate import NA

_BINDING = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "neg": 7, "^": 8}
_TIGHT = ("*", "/", "^")
_TITLES = {
    ir.Stock: "INTEG",
    ir.FixedDelay: "DELAY FIXED",
    ir.Trend: "TREND",
    ir.Forecast: "FORECAST",
    ir.Sample: "SAMPLE IF TRUE",
    ir.Initial: "INITIAL",
}
_WORDS = {"or": " :OR: ", "and": " :AND: "}


def children(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """Return the expressions right inside another one, in the order of its fields."""
    match expr:
        case ir.Num() | ir.Text() | ir.Ref() | ir.Lookup() | ir.Array() | ir.External():
            parts: tuple[ir.Expr, ...] = ()
        case ir.Op(args=args) | ir.Call(args=args):
            parts = args
        case ir.WithLookup(argument, table):
            parts = argument, table
        case ir.Output(call):
            parts = (call,)
        case ir.Stock(flow, initial):
            parts = flow, initial
        case ir.Delay(source, time, initial, order) | ir.Smooth(source, time, initial, order):
            parts = source, time, initial, order
        case ir.FixedDelay(source, time, initial) | ir.Trend(source, time, initial):
            parts = source, time, initial
        case ir.Forecast(source, time, horizon, initial):
            parts = source, time, horizon, initial
        case ir.Sample(condition, source, initial):
            parts = condition, source, initial
        case ir.Initial(initial):
            parts = (initial,)
        case _:
            assert_never(expr)
    return parts


def with_children(expr: ir.Expr, parts: Sequence[ir.Expr]) -> ir.Expr:
    """Return an expression with others right inside it, in the order of :func:`children`; a table stays as it is."""
    match expr:
        case ir.Op() | ir.Call():
            return replace(expr, args=tuple(parts))
        case ir.WithLookup():
            return replace(expr, argument=parts[0])
        case ir.Output():
            (call,) = parts
            return replace(expr, call=call) if isinstance(call, ir.Call) else expr
        case ir.Delay(kind=kind):
            return ir.Delay(*parts, kind=kind)
        case ir.Stock(non_negative=non_negative):
            return ir.Stock(*parts, non_negative=non_negative)
        case ir.FixedDelay() | ir.Smooth() | ir.Trend() | ir.Forecast() | ir.Sample() | ir.Initial():
            return type(expr)(*parts)
        case _:
            return expr


def initial_place(expr: ir.Expr) -> int | None:
    """Return which of the expressions inside another one acts only at the start, None where all act in every step."""
    if isinstance(expr, ir.State):
        return expr.__match_args__.index("initial")
    return initial_argument(expr.function) if isinstance(expr, ir.Call) else None


def walk(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Give an expression and all inside it, from the left."""
    yield expr
    for part in children(expr):
        yield from walk(part)


def names(expr: ir.Expr) -> Iterator[str]:
    """Give the names of variables, functions and ranges as numbers in an expression, in order."""
    for part in walk(expr):
        if isinstance(part, ir.Ref):
            yield part.name
        elif isinstance(part, ir.Call):
            yield part.function


def subscripts(expr: ir.Expr) -> Iterator[str]:
    """Give the ranges and elements in an expression, in order."""
    for part in walk(expr):
        if isinstance(part, ir.Ref | ir.Call):
            yield from (sub.name for sub in part.subs)


def terms(expr: ir.Expr, sign: int = 1) -> list[tuple[int, ir.Expr]]:
    """Return the terms of a sum, each with its sign, 1 or -1."""
    match expr:
        case ir.Op("+", (left, right)):
            return [*terms(left, sign), *terms(right, sign)]
        case ir.Op("-", (left, right)):
            return [*terms(left, sign), *terms(right, -sign)]
        case ir.Op("neg", (part,)):
            return terms(part, -sign)
        case _:
            return [(sign, expr)]


def _number(value: float) -> str:
    return ":NA:" if value == NA else f"{value:.12g}"


def _subs(subs: tuple[ir.Sub, ...]) -> str:
    texts = ", ".join(sub.name + "!" * sub.bang for sub in subs)
    return f"[{texts}]" if subs else ""


def written(expr: ir.Expr) -> str:
    """Return an expression as Vensim writes it, names as identifiers with spaces.

    Examples
    --------
    >>> written(ir.Op("*", (ir.Op("+", (ir.Num(1.0), ir.Ref("tax_rate"))), ir.Ref("pay"))))
    '(1 + tax rate)*pay'
    """
    match expr:
        case ir.Num(value):
            text = _number(value)
        case ir.Ref(name, subs):
            text = name.replace("_", " ") + _subs(subs)
        case ir.Op():
            text = _operation(expr)
        case ir.WithLookup(argument):
            text = f"WITH LOOKUP({written(argument)}, ...)"
        case ir.Call(function, subs, args):
            text = f"{title(function)}{_subs(subs)}({', '.join(written(a) for a in args)})"
        case ir.Delay() | ir.Smooth():
            text = _in_stages(expr)
        case ir.Stock() | ir.FixedDelay() | ir.Trend() | ir.Forecast() | ir.Sample() | ir.Initial():
            text = f"{_TITLES[type(expr)]}({', '.join(written(part) for part in children(expr))})"
        case ir.Text() | ir.Output() | ir.Lookup() | ir.Array() | ir.External():
            text = "..."
        case _:
            assert_never(expr)
    return text


def _in_stages(expr: ir.Delay | ir.Smooth) -> str:
    """Return a delay or smooth under the name that goes with its order and its initial value."""
    name, parts = "SMOOTH" if isinstance(expr, ir.Smooth) else "DELAY", children(expr)
    if not isinstance(expr.order, ir.Num) or (isinstance(expr, ir.Delay) and expr.kind == "lagged"):
        name += " N"
    else:
        order, own = expr.order.value, expr.initial is not expr.input
        name += ("" if name == "SMOOTH" and order == 1 else f"{order:g}") + "I" * own
        parts = parts[: 2 + own]
    return f"{name}({', '.join(written(part) for part in parts)})"


def _operation(expr: ir.Op) -> str:
    binding = _BINDING.get(expr.op, 4)
    args = [_inside(a, binding + (place > 0)) for place, a in enumerate(expr.args)]
    if expr.op == "neg":
        return f"-{args[0]}"
    if expr.op == "not":
        return f":NOT: {args[0]}"
    word = _WORDS.get(expr.op) or (expr.op if expr.op in _TIGHT else f" {expr.op} ")
    return word.join(args)


def _inside(expr: ir.Expr, least: int) -> str:
    loose = isinstance(expr, ir.Op) and _BINDING.get(expr.op, 4) < least
    return f"({written(expr)})" if loose else written(expr)
