"""Vensim and XMILE functions of numbers: each takes nodes and gives one.

STEP and PULSE compare with the middle of the step, as Vensim's manual says, a pulse lasts at least one step, and RAMP
allows 1e-6. A divisor below 1e-6 is zero for ZIDZ and XIDZ. QUANTUM and INTEGER cut towards zero, MODULO has the sign
of the dividend.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from urbsim.engine.code.graph import Graph, Node

SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class Now:
    """The clock at the moment of a call."""

    time: Node
    dt: Node
    start: Node
    stop: Node


Formula = Callable[[Graph, Now, Sequence[Node]], Node]


def _unary(op: str) -> Formula:
    return lambda g, _, a: g.unary(op, a[0])


def is_zero(g: Graph, a: Node) -> Node:
    """Return whether a divisor counts as zero."""
    return g.compare("lt", g.unary("abs", a), g.const(SMALL))


def xidz(g: Graph, a: Node, b: Node, otherwise: Node) -> Node:
    """Return a / b, or ``otherwise`` where b is zero.

    Parameters
    ----------
    g, a, b
        The graph, dividend and divisor.
    otherwise
        What stands in for the quotient.
    """
    return g.select(is_zero(g, b), otherwise, g.div(a, b))


def quantum(g: Graph, a: Node, b: Node) -> Node:
    """Return a cut towards zero to a multiple of b; a itself where b is not above zero."""
    cut = g.mul(b, g.unary("trunc", g.div(a, b)))
    return g.select(g.compare("le", b, g.const(0.0)), a, cut)


def _log(g: Graph, _: Now, a: Sequence[Node]) -> Node:
    base = g.unary("ln", a[1]) if len(a) == 2 else g.unary("ln", g.const(10.0))
    return g.div(g.unary("ln", a[0]), base)


def _log10(g: Graph, now: Now, a: Sequence[Node]) -> Node:
    x = g.value(a[0])
    return _log(g, now, a) if x is None or x <= 0 else g.const(math.log10(x))  # 3 for 1000


def _plus(g: Graph, now: Now) -> Node:
    """Return the middle of the step: comparisons with it do not depend on rounding."""
    return g.add(now.time, g.mul(now.dt, g.const(0.5)))


def _step(g: Graph, now: Now, a: Sequence[Node]) -> Node:
    after = g.compare("gt", _plus(g, now), a[1])
    return g.select(after, a[0], g.const(0.0))


def _ramp(g: Graph, now: Now, a: Sequence[Node]) -> Node:
    end = g.smaller(a[2], now.time) if len(a) == 3 else now.time
    after = g.compare("gt", g.add(now.time, g.const(SMALL)), a[1])
    return g.select(after, g.mul(a[0], g.sub(end, a[1])), g.const(0.0))


def _pulse(g: Graph, now: Now, a: Sequence[Node]) -> Node:
    start, width = a
    plus = _plus(g, now)
    after = g.compare("gt", plus, start)
    before = g.compare("lt", plus, g.add(start, g.larger(width, now.dt)))
    return g.number(g.both(after, before))


def _since(g: Graph, now: Now, start: Node, interval: Node) -> Node:
    """Return the time since the last pulse of a train began."""
    age = g.add(g.sub(now.time, start), g.const(SMALL))
    return g.sub(age, quantum(g, age, interval))


def _pulse_train(g: Graph, now: Now, a: Sequence[Node]) -> Node:
    start, width, interval, end = a
    age = g.sub(_plus(g, now), start)
    since = g.sub(age, quantum(g, age, interval))
    on = g.both(g.compare("gt", age, g.const(0.0)), g.compare("lt", since, g.larger(width, now.dt)))
    return g.number(g.both(on, g.compare("lt", g.add(now.time, g.const(SMALL)), end)))


def _ramp_from_start(g: Graph, now: Now, a: Sequence[Node]) -> Node:
    """XMILE's RAMP begins at the start of the run where no time is written."""
    return _ramp(g, now, [*a, now.start] if len(a) == 1 else a)


def _volume(g: Graph, now: Now, a: Sequence[Node]) -> Node:
    """Give a volume within one step, from start on and again after each interval; an interval of 0 is never.

    A volume alone comes in every step, one with a start alone comes once.
    """
    volume = a[0]
    start = a[1] if len(a) > 1 else now.start
    interval = a[2] if len(a) > 2 else (g.const(0.0) if len(a) > 1 else now.dt)
    after = g.compare("le", g.sub(start, g.const(SMALL)), now.time)
    age = g.add(g.sub(now.time, start), g.const(SMALL))
    since = g.select(g.compare("le", interval, g.const(0.0)), age, _since(g, now, start, interval))
    again = g.compare("lt", since, now.dt)
    return g.select(g.both(after, again), g.div(volume, now.dt), g.const(0.0))


def _mod(g: Graph, _: Now, a: Sequence[Node]) -> Node:
    """XMILE's MOD has the sign of the divisor."""
    whole = _floor(g, _, [g.div(a[0], a[1])])
    return g.sub(a[0], g.mul(a[1], whole))


def _round(g: Graph, _: Now, a: Sequence[Node]) -> Node:
    half = g.select(g.compare("lt", a[0], g.const(0.0)), g.const(-0.5), g.const(0.5))
    return g.unary("trunc", g.add(a[0], half))


def _floor(g: Graph, _: Now, a: Sequence[Node]) -> Node:
    """XMILE's INT goes down, Vensim's INTEGER towards zero."""
    cut = g.unary("trunc", a[0])
    return g.sub(cut, g.number(g.compare("gt", cut, a[0])))


def _extreme(args: Sequence[Node], pick: Callable[[Node, Node], Node]) -> Node:
    result = args[0]
    for a in args[1:]:
        result = pick(result, a)
    return result


FORMULAS: dict[str, Formula] = {
    **{name: _unary(name) for name in ("abs", "sqrt", "exp", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arcsin": _unary("asin"),
    "arccos": _unary("acos"),
    "arctan": _unary("atan"),
    "gamma_ln": _unary("lgamma"),
    "integer": _unary("trunc"),
    "floor": _floor,
    "round": _round,
    "log": _log,
    "log10": _log10,
    "pi": lambda g, _, __: g.const(3.141592653589793),
    "min": lambda g, _, a: _extreme(a, g.smaller),
    "max": lambda g, _, a: _extreme(a, g.larger),
    "power": lambda g, _, a: g.pow(a[0], a[1]),
    "modulo": lambda g, _, a: g.sub(a[0], quantum(g, a[0], a[1])),
    "mod": _mod,
    "quantum": lambda g, _, a: quantum(g, a[0], a[1]),
    "zidz": lambda g, _, a: xidz(g, a[0], a[1], g.const(0.0)),
    "xidz": lambda g, _, a: xidz(g, *a),
    "step": _step,
    "ramp": _ramp,
    "ramp_xmile": _ramp_from_start,
    "pulse": _pulse,
    "pulse_train": _pulse_train,
    "pulse_xmile": _volume,
    "time_base": lambda g, now, a: g.add(a[0], g.mul(a[1], now.time)),
    "dt": lambda _, now, __: now.dt,
    "starttime": lambda _, now, __: now.start,
    "stoptime": lambda _, now, __: now.stop,
}
