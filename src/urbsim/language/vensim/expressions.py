"""Expressions as Vensim writes them, with names that are given: what a plain file has on its right sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from urbsim.errors import EngineError
from urbsim.language import ir
from urbsim.language.catalogue import FUNCTIONS
from urbsim.language.translate import NA
from urbsim.language.walk import children

_WORDS = {"or": ":OR:", "and": ":AND:"}
_CALLED: Mapping[type[ir.State], str] = {
    ir.Stock: "INTEG",
    ir.FixedDelay: "DELAY FIXED",
    ir.Trend: "TREND",
    ir.Sample: "SAMPLE IF TRUE",
    ir.Initial: "INITIAL",
}
_TIGHT = frozenset({"*", "/"})


@dataclass(frozen=True, slots=True)
class Names:
    """Plain names by identifier; ``tables`` are the variables that are looked up."""

    variables: Mapping[str, str]
    subscripts: Mapping[str, str]
    macros: Mapping[str, str]
    tables: frozenset[str]

    def list_of(self, subs: Sequence[str]) -> str:
        """Return subscripts in brackets, or nothing."""
        return f"[{', '.join(self.subscript(sub) for sub in subs)}]" if subs else ""

    def subscript(self, name: str) -> str:
        """Return a range or an element."""
        if name not in self.subscripts:
            raise EngineError(f"unknown subscript {name!r}")
        return self.subscripts[name]

    def variable(self, name: str) -> str:
        """Return a variable, a constant of the clock, or a range that is used as a number."""
        plain = self.variables.get(name) or self.variables.get(name.removesuffix("$")) or self.subscripts.get(name)
        if plain is None:
            raise EngineError(f"{name!r} is not defined")
        return plain

    def function(self, name: str) -> str:
        """Return a table, a macro, or a function of the catalogue."""
        if name in self.tables:
            return self.variables[name]
        if name in self.macros:
            return self.macros[name]
        row = FUNCTIONS.get(name)
        if row is None or not row.vensim:
            raise EngineError(f"the function {name!r} is not one of Vensim's")
        return row.vensim


def number(value: float) -> str:
    """Return a number that reads back as the same double.

    Raises
    ------
    EngineError
        For NaN and infinity.
    """
    if value == NA:
        return ":NA:"
    if not np.isfinite(value):
        raise EngineError(f"a constant is not a finite number: {value}")
    return repr(float(value))


def points(table: ir.Lookup) -> str:
    """Return the points of a table."""
    if table.kind != "interpolate":
        raise EngineError("a table that does not interpolate and hold its ends cannot be written for Vensim")
    return ",".join(f"({number(x)},{number(y)})" for x, y in zip(table.x, table.y, strict=True))


def written(expr: ir.Expr, names: Names) -> str:
    """Return an expression.

    Raises
    ------
    EngineError
        For what Vensim has no words for.
    """
    match expr:
        case ir.Num(value):
            return number(value)
        case ir.Ref(name, subs):
            return names.variable(name) + _subs(subs, names)
        case ir.Op():
            return _operation(expr, names)
        case ir.Call(function, subs, args, outputs):
            further = ", ".join(names.variable(output) for output in outputs)
            name, inner = names.function(function) + _subs(subs, names), _listed(args, names)
            return f"{name}({inner} : {further})" if further else f"{name}({inner})"
        case ir.WithLookup(argument, table):
            return f"WITH LOOKUP({written(argument, names)}, ({points(table)}))"
        case ir.Array(values):
            return ", ".join(number(value) for value in values)
        case ir.Text() | ir.Output() | ir.Lookup() | ir.External():
            raise EngineError("an expression cannot be written for Vensim")
        case _:
            return _memory(expr, names)


def _listed(args: Sequence[ir.Expr], names: Names) -> str:
    return ", ".join(written(argument, names) for argument in args)


def _subs(subs: Sequence[ir.Sub], names: Names) -> str:
    names_text = ", ".join(names.subscript(sub.name) + "!" * sub.bang for sub in subs)
    return f"[{names_text}]" if subs else ""


def _operation(expr: ir.Op, names: Names) -> str:
    """Return operators, with parentheses round every other one but products in sums and sums from the left."""
    args = [_inside(expr.op, place, argument, names) for place, argument in enumerate(expr.args)]
    if expr.op == "neg":
        return f"-{args[0]}"
    if expr.op == "not":
        return f":NOT: {args[0]}"
    return f" {_WORDS.get(expr.op, expr.op)} ".join(args)


def _inside(op: str, place: int, argument: ir.Expr, names: Names) -> str:
    text = written(argument, names)
    if isinstance(argument, ir.Num):
        return f"({text})" if argument.value < 0 and text != ":NA:" else text
    if not isinstance(argument, ir.Op):
        return text
    inner, first = argument.op, place == 0
    loose = (op in {"+", "-"} and (inner in _TIGHT or (first and inner in {"+", "-"}))) or (
        op in _TIGHT and first and inner in _TIGHT
    )
    return text if loose else f"({text})"


def _memory(expr: ir.State, names: Names) -> str:
    """Return a construct with memory as a call of the function that makes it."""
    name, args = _function(expr)
    return f"{name}({_listed(args, names)})"


def _function(expr: ir.State) -> tuple[str, tuple[ir.Expr, ...]]:
    match expr:
        case ir.Stock(non_negative=True):
            raise EngineError("a stock that may not fall below zero cannot be written for Vensim")
        case ir.Delay(kind="whole"):
            raise EngineError("a delay of Stella cannot be written for Vensim")
        case ir.Delay(kind="lagged"):
            return "DELAY N", children(expr)
        case ir.Delay(source, time, initial, order):
            return _staged("DELAY", "DELAY1", source, time, initial, order)
        case ir.Smooth(source, time, initial, order):
            return _staged("SMOOTH", "SMOOTH", source, time, initial, order)
        case ir.Forecast(source, time, horizon, initial):
            if initial != ir.Num(0.0):
                raise EngineError("a forecast with a trend at the start cannot be written for Vensim")
            return "FORECAST", (source, time, horizon)
        case ir.Stock() | ir.FixedDelay() | ir.Trend() | ir.Sample() | ir.Initial():
            return _CALLED[type(expr)], children(expr)
        case _:
            assert_never(expr)


def _staged(
    stem: str, first: str, source: ir.Expr, time: ir.Expr, initial: ir.Expr, order: ir.Expr
) -> tuple[str, tuple[ir.Expr, ...]]:
    """Return a delay or average of one stage, of three, or of so many as an expression says.

    Parameters
    ----------
    stem, first
        The name of the function, and that of one stage.
    source, time, initial, order
        Its arguments; an initial value that is the input is left out.
    """
    name = {ir.Num(1.0): first, ir.Num(3.0): f"{stem}3"}.get(order) if isinstance(order, ir.Num) else None
    if name is None:
        return f"{stem} N", (source, time, initial, order)
    return (name, (source, time)) if initial == source else (f"{name}I", (source, time, initial))
