"""XMILE functions as our structure: those that are not a call of the same name.

Where the standard leaves something open, Stella's help decides: PULSE of a volume alone goes on in every step (with a
time but no interval it comes once, as the standard says), INT goes down, DELAY keeps the lag it begins with, MEAN and
MAX of one argument run over an array. Seeds are read and not used: random numbers depend on the seed of the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from urbsim.language import ir
from urbsim.language.catalogue import XMILE, check_count
from urbsim.language.functions.row import Function
from urbsim.language.position import EquationError
from urbsim.language.xmile.syntax import Tree


class Translator(Protocol):
    """Translates the arguments of a function."""

    def expr(self, tree: Tree) -> ir.Expr:
        """Return the expression of a tree."""

    def exprs(self, trees: Sequence[Tree]) -> tuple[ir.Expr, ...]:
        """Return the expressions of some trees."""

    def over(self, tree: Tree) -> ir.Expr:
        """Return the argument of a reduction."""

    def is_array(self, tree: Tree) -> bool:
        """Tell whether a tree stands for many numbers."""

    def size(self, tree: Tree) -> float:
        """Return the number of elements of an array."""

    def looked_up(self, name: Tree, argument: Tree) -> ir.Expr:
        """Return the graphical function of a variable at an argument."""

    def table(self, name: Tree) -> ir.Ref:
        """Return the graphical function of a variable."""


Build = Callable[[Translator, Sequence[Tree]], ir.Expr]
NUMBERS = {"pi": math.pi, "inf": math.inf, "nan": math.nan, "true": 1.0, "false": 0.0}
CLOCK = {"dt": "time_step", "starttime": "initial_time", "stoptime": "final_time", "time": "time"}
_ZERO = ir.Num(0.0)
_TIME, _DT, _START = ir.Ref("time"), ir.Ref("time_step"), ir.Ref("initial_time")


def find(name: str, count: int) -> Build | None:
    """Return how a function is built, or None where there is none.

    Raises
    ------
    EquationError
        Where it takes another number of arguments, or is not supported.
    """
    row = XMILE.get(name)
    if row is None or name in NUMBERS or name in CLOCK:
        return None
    if row.refusal:
        raise EquationError("not-supported", f"the function {name.upper()} is not supported", row.refusal)
    check_count(name.upper(), count, row.least, row.most)
    return BUILDERS.get(row.name) or partial(_call, row)


def spellings() -> list[str]:
    """Return the names of all functions that are supported."""
    return sorted(name.upper() for name, row in XMILE.items() if not row.refusal)


def _call(row: Function, m: Translator, args: Sequence[Tree]) -> ir.Expr:
    """Return a call of the function itself, without the seed of a random one."""
    return ir.Call(row.name, (), m.exprs(args[: row.most - 1] if row.random else args))


def _normal(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    mean, deviation, *rest = m.exprs(args)
    if len(rest) < 2:  # at most a seed
        return ir.Call("normal", (), (mean, deviation))
    top = rest[2] if len(rest) > 2 else ir.Num(math.inf)
    return ir.Call("random_normal", (), (rest[1], top, mean, deviation))


def _times(a: ir.Expr, b: ir.Expr) -> ir.Expr:
    return ir.Op("*", (a, b))


def _percent(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return _times(m.expr(args[0]), ir.Num(100.0))


def _chance(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    """MONTECARLO: 1 with a chance in percent per unit of time."""
    draw = _times(ir.Call("uniform", (), (ir.Num(0.0), ir.Num(1.0))), ir.Num(100.0))
    happens = ir.Op("<", (draw, _times(m.expr(args[0]), _DT)))
    return ir.Call("if_then_else", (), (happens, ir.Num(1.0), ir.Num(0.0)))


def _wave(function: str, m: Translator, args: Sequence[Tree]) -> ir.Expr:
    height, period = m.exprs(args)
    angle = ir.Op("/", (_times(ir.Num(2 * math.pi), _TIME), period))
    return _times(ir.Call("abs", (), (height,)), ir.Call(function, (), (angle,)))


def _counter(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    first, last = m.exprs(args)
    age = ir.Op("-", (_TIME, _START))
    return ir.Op("+", (first, ir.Call("mod", (), (age, ir.Op("-", (last, first))))))


def _fixed(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, time, *rest = m.exprs(args)
    return ir.FixedDelay(source, time, rest[0] if rest else source)


def _delay(order: int, m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, time, *rest = m.exprs(args)
    return ir.Delay(source, time, rest[0] if rest else source, ir.Num(float(order)), kind="whole")


def _delay_n(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, time, order, *rest = m.exprs(args)
    return ir.Delay(source, time, rest[0] if rest else source, order, kind="whole")


def _smooth(order: int, m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, time, *rest = m.exprs(args)
    return ir.Smooth(source, time, rest[0] if rest else source, ir.Num(float(order)))


def _smooth_n(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, time, order, *rest = m.exprs(args)
    return ir.Smooth(source, time, rest[0] if rest else source, order)


def _trend(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, time, *rest = m.exprs(args)
    return ir.Trend(source, time, rest[0] if rest else ir.Num(0.0))


def _forecast(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, time, horizon, *rest = m.exprs(args)
    trend = ir.Trend(source, time, rest[0] if rest else ir.Num(0.0))
    return _times(source, ir.Op("+", (ir.Num(1.0), _times(trend, horizon))))


def _init(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return ir.Initial(m.expr(args[0]))


def _previous(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    source, *rest = m.exprs(args)
    return ir.Call("previous", (), (source, rest[0] if rest else ir.Initial(source)))


def divided(a: ir.Expr, b: ir.Expr, otherwise: ir.Expr = _ZERO) -> ir.Expr:
    """Return a / b, or something else where b is exactly 0: Vensim's ZIDZ does so near 0 already."""
    return ir.Call("if_then_else", (), (ir.Op("=", (b, _ZERO)), otherwise, ir.Op("/", (a, b))))


def _divide(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return divided(*m.exprs(args))


def _reduce(function: str, m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call(function, (), (m.over(args[0]),))


def _extreme(function: str, m: Translator, args: Sequence[Tree]) -> ir.Expr:
    """MIN and MAX: over an array, of numbers, or of both."""
    if len(args) == 1:
        return _reduce(f"v{function}", m, args)
    parts = [_reduce(f"v{function}", m, [a]) if m.is_array(a) else m.expr(a) for a in args]
    return ir.Call(function, (), tuple(parts))


def _mean(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    if len(args) == 1:
        return _reduce("mean", m, args)
    first, *rest = m.exprs(args)
    for value in rest:
        first = ir.Op("+", (first, value))
    return ir.Op("/", (first, ir.Num(float(len(args)))))


def _size(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return ir.Num(float(m.size(args[0])))


def _rank(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call("rank", (), (m.over(args[0]), m.expr(args[1])))


def _lookup(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return m.looked_up(args[0], args[1])


def _invert(m: Translator, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call("lookup_invert", (), (m.table(args[0]), m.expr(args[1])))


BUILDERS: dict[str, Build] = {
    "percent": _percent,
    "safediv": _divide,
    "min_xmile": partial(_extreme, "min"),
    "max_xmile": partial(_extreme, "max"),
    "mean_xmile": _mean,
    **{name: partial(_reduce, name) for name in ("sum", "prod", "mean", "stddev")},
    "size": _size,
    "rank": _rank,
    "lookup": _lookup,
    "lookup_invert": _invert,
    "sinwave": partial(_wave, "sin"),
    "coswave": partial(_wave, "cos"),
    "counter": _counter,
    "initial": _init,
    "previous": _previous,
    "delay_xmile": _fixed,
    "delay1_xmile": partial(_delay, 1),
    "delay3_xmile": partial(_delay, 3),
    "delayn_xmile": _delay_n,
    "smth1": partial(_smooth, 1),
    "smth3": partial(_smooth, 3),
    "smthn": _smooth_n,
    "trend_xmile": _trend,
    "forecast_xmile": _forecast,
    "normal_xmile": _normal,
    "montecarlo": _chance,
}
