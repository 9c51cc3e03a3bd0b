"""Expressions from the outside: their parts, the names in them, and how Vensim writes them."""

from __future__ import annotations

from collections.abc import Iterator

from urbsim.language import ir
from urbsim.language.translate import NA, told

_BINDING = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "neg": 7, "^": 8}
_TIGHT = ("*", "/", "^")
_WORDS = {"or": " :OR: ", "and": " :AND: "}


def parts(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """Return the expressions right inside another one."""
    if isinstance(expr, ir.Op | ir.Call | ir.State):
        return expr.args
    if isinstance(expr, ir.WithLookup):
        return (expr.argument, expr.table)
    return ()


def walk(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Give an expression and all inside it, from the left."""
    yield expr
    for part in parts(expr):
        yield from walk(part)


def names(expr: ir.Expr) -> Iterator[str]:
    """Give the names of variables, functions and ranges as numbers in an expression, in order."""
    for part in walk(expr):
        if isinstance(part, ir.Ref):
            yield part.name
        elif isinstance(part, ir.Call):
            yield part.function
        elif isinstance(part, ir.Output):
            yield part.call.function
            yield from names(part.call)


def subscripts(expr: ir.Expr) -> Iterator[str]:
    """Give the ranges and elements in an expression, in order."""
    for part in walk(expr):
        if isinstance(part, ir.Ref | ir.Call):
            yield from (sub.name for sub in part.subs)


def _number(value: float) -> str:
    return ":NA:" if value == NA else f"{value:.12g}"


def _subs(subs: tuple[ir.Sub, ...]) -> str:
    listed = ", ".join(sub.name + "!" * sub.bang for sub in subs)
    return f"[{listed}]" if subs else ""


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
            text = f"{told(function)}{_subs(subs)}({', '.join(written(a) for a in args)})"
        case ir.State(kind, args):
            text = f"{told(kind)}({', '.join(written(a) for a in args)})"
        case _:
            text = "..."
    return text


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
