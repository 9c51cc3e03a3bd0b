"""XMILE functions by name: how many arguments each takes, and what it means in our structure.

Where the standard leaves something open, Stella's help decides: PULSE of a volume alone goes on in every step (with a
time but no interval it comes once, as the standard says), INT goes down, DELAY keeps the lag it begins with, MEAN and
MAX of one argument run over an array. Seeds are read and not used: random numbers depend on the seed of the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from urbsim.language import ir
from urbsim.language.position import EquationError

if TYPE_CHECKING:
    from urbsim.language.xmile.syntax import Tree
    from urbsim.language.xmile.translate import Meaning

Build = Callable[["Meaning", Sequence["Tree"]], ir.Expr]
NUMBERS = {"pi": math.pi, "inf": math.inf, "nan": math.nan, "true": 1.0, "false": 0.0}
_ZERO = ir.Num(0.0)
_TIME, _DT, _START = ir.Ref("time"), ir.Ref("time_step"), ir.Ref("initial_time")


def find(name: str, count: int) -> Build | None:
    """Return how a function is built, or None where there is none.

    Raises
    ------
    EquationError
        Where it takes another number of arguments.
    """
    if name in _UNSUPPORTED:
        raise EquationError("not-supported", f"the function {name.upper()} is not supported", _UNSUPPORTED[name])
    if name not in _FUNCTIONS:
        return None
    least, most, build = _FUNCTIONS[name]
    if not least <= count <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise EquationError("argument-count", f"{name.upper()} takes {wanted} arguments, not {count}")
    return build


def known() -> list[str]:
    """Return the names of all functions."""
    return sorted(name.upper() for name in _FUNCTIONS)


def _same(function: str, m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call(function, (), m.exprs(args))


def _first(function: str, count: int, m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    """Drop the seed."""
    return ir.Call(function, (), m.exprs(args[:count]))


def _normal(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    mean, deviation, *rest = m.exprs(args)
    if len(rest) < 2:  # at most a seed
        return ir.Call("normal", (), (mean, deviation))
    top = rest[2] if len(rest) > 2 else ir.Num(math.inf)
    return ir.Call("random_normal", (), (rest[1], top, mean, deviation))


def _times(a: ir.Expr, b: ir.Expr) -> ir.Expr:
    return ir.Op("*", (a, b))


def _percent(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return _times(m.expr(args[0]), ir.Num(100.0))


def _chance(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    """MONTECARLO: 1 with a chance in percent per unit of time."""
    drawn = _times(ir.Call("uniform", (), (ir.Num(0.0), ir.Num(1.0))), ir.Num(100.0))
    happens = ir.Op("<", (drawn, _times(m.expr(args[0]), _DT)))
    return ir.Call("if_then_else", (), (happens, ir.Num(1.0), ir.Num(0.0)))


def _wave(function: str, m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    height, period = m.exprs(args)
    angle = ir.Op("/", (_times(ir.Num(2 * math.pi), _TIME), period))
    return _times(ir.Call("abs", (), (height,)), ir.Call(function, (), (angle,)))


def _counter(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    first, last = m.exprs(args)
    passed = ir.Op("-", (_TIME, _START))
    return ir.Op("+", (first, ir.Call("mod", (), (passed, ir.Op("-", (last, first))))))


def _ramp(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    slope, *rest = m.exprs(args)
    return ir.Call("ramp" if len(rest) > 1 else "xramp", (), (slope, *(rest or [_START])))


def _pulse(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    volume, *rest = m.exprs(args)
    start = rest[0] if rest else _START
    interval = rest[1] if len(rest) > 1 else (ir.Num(0.0) if rest else _DT)
    return ir.Call("xpulse_train", (), (start, interval, volume))


def _state(kind: str, order: int, m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    """Return a delay or smooth of a fixed order: input, time, initial value."""
    given, time, *rest = m.exprs(args)
    first = rest[0] if rest else given
    return ir.State(kind, (given, time, first, ir.Num(float(order))) if order else (given, time, first))


def _state_n(kind: str, m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    """Return a delay or smooth with its order: input, time, order, initial value."""
    given, time, order, *rest = m.exprs(args)
    return ir.State(kind, (given, time, rest[0] if rest else given, order))


def _trend(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    given, time, *rest = m.exprs(args)
    return ir.State("trend", (given, time, rest[0] if rest else ir.Num(0.0)))


def _forecast(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    given, time, horizon, *rest = m.exprs(args)
    trend = ir.State("trend", (given, time, rest[0] if rest else ir.Num(0.0)))
    return _times(given, ir.Op("+", (ir.Num(1.0), _times(trend, horizon))))


def _init(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return ir.State("initial", m.exprs(args))


def _previous(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    given, *rest = m.exprs(args)
    return ir.Call("previous", (), (given, rest[0] if rest else ir.State("initial", (given,))))


def divided(a: ir.Expr, b: ir.Expr, otherwise: ir.Expr = _ZERO) -> ir.Expr:
    """Return a / b, or something else where b is exactly 0: Vensim's ZIDZ does so near 0 already."""
    return ir.Call("if_then_else", (), (ir.Op("=", (b, _ZERO)), otherwise, ir.Op("/", (a, b))))


def _divide(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return divided(*m.exprs(args))


def _reduce(function: str, m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call(function, (), (m.over(args[0]),))


def _extreme(function: str, m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    """MIN and MAX: over an array, of numbers, or of both."""
    if len(args) == 1:
        return _reduce(f"v{function}", m, args)
    parts = [_reduce(f"v{function}", m, [a]) if m.is_array(a) else m.expr(a) for a in args]
    return ir.Call(function, (), tuple(parts))


def _mean(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    if len(args) == 1:
        return _reduce("mean", m, args)
    first, *rest = m.exprs(args)
    for value in rest:
        first = ir.Op("+", (first, value))
    return ir.Op("/", (first, ir.Num(float(len(args)))))


def _size(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return ir.Num(float(m.size(args[0])))


def _rank(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call("rank", (), (m.over(args[0]), m.expr(args[1])))


def _lookup(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return m.looked_up(args[0], args[1])


def _invert(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call("lookup_invert", (), (m.table(args[0]), m.expr(args[1])))


def _if(m: Meaning, args: Sequence[Tree]) -> ir.Expr:
    return ir.Call("if_then_else", (), m.exprs(args))


_ONE = ("abs", "arccos", "arcsin", "arctan", "cos", "sin", "tan", "exp", "ln", "log10", "sqrt", "sinh", "cosh", "tanh")
_FUNCTIONS: dict[str, tuple[int, int, Build]] = {
    **{name: (1, 1, partial(_same, name)) for name in _ONE},
    "int": (1, 1, partial(_same, "floor")),
    "round": (1, 1, partial(_same, "round")),
    "gammaln": (1, 1, partial(_same, "gamma_ln")),
    "percent": (1, 1, _percent),
    "mod": (2, 2, partial(_same, "mod")),
    "modulo": (2, 2, partial(_same, "mod")),
    "safediv": (2, 3, _divide),
    "if_then_else": (3, 3, _if),
    "if": (3, 3, _if),
    "min": (1, 99, partial(_extreme, "min")),
    "max": (1, 99, partial(_extreme, "max")),
    "sum": (1, 1, partial(_reduce, "sum")),
    "prod": (1, 1, partial(_reduce, "prod")),
    "mean": (1, 99, _mean),
    "stddev": (1, 1, partial(_reduce, "stddev")),
    "arraysum": (1, 1, partial(_reduce, "sum")),
    "arraymean": (1, 1, partial(_reduce, "mean")),
    "arraystddev": (1, 1, partial(_reduce, "stddev")),
    "size": (1, 1, _size),
    "rank": (2, 2, _rank),
    "lookup": (2, 2, _lookup),
    "lookupinv": (2, 2, _invert),
    "step": (2, 2, partial(_same, "step")),
    "ramp": (1, 3, _ramp),
    "pulse": (1, 3, _pulse),
    "sinwave": (2, 2, partial(_wave, "sin")),
    "coswave": (2, 2, partial(_wave, "cos")),
    "counter": (2, 2, _counter),
    "init": (1, 1, _init),
    "previous": (1, 2, _previous),
    "history": (2, 2, partial(_same, "history")),
    "delay": (2, 3, partial(_state, "delay_fixed", 0)),
    "delay1": (2, 3, partial(_state, "delay_plain", 1)),
    "delay3": (2, 3, partial(_state, "delay_plain", 3)),
    "delayn": (3, 4, partial(_state_n, "delay_plain")),
    "smth1": (2, 3, partial(_state, "smooth", 1)),
    "smth3": (2, 3, partial(_state, "smooth", 3)),
    "smthn": (3, 4, partial(_state_n, "smooth")),
    "trend": (2, 3, _trend),
    "forcst": (3, 4, _forecast),
    "forecast": (3, 4, _forecast),
    "random": (2, 3, partial(_first, "uniform", 2)),
    "uniform": (2, 3, partial(_first, "uniform", 2)),
    "normal": (2, 5, _normal),
    "lognormal": (2, 3, partial(_first, "lognormal", 2)),
    "exprnd": (1, 2, partial(_first, "exprnd", 1)),
    "poisson": (1, 2, partial(_first, "poisson", 1)),
    "triangular": (3, 4, partial(_first, "triangular", 3)),
    "montecarlo": (1, 2, _chance),
}
_CONVEYOR = "write it with stocks, flows and DELAY functions"
_UNSUPPORTED = {
    **dict.fromkeys(("cycletime", "cthroughput", "throughput", "cycstddev", "qelem", "ctmax", "ctmean"), _CONVEYOR),
    **dict.fromkeys(("npv", "irr", "pmt", "pv", "fv"), "write it with a stock that sums what is discounted"),
    **dict.fromkeys(("endval", "runcount", "sensiruncount", "clocktime"), "every run stands alone"),
}
