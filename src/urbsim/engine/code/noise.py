"""Random functions: the n-th draw of a variable in a step is a hash, not the state of a generator.

``random`` nodes give a uniform number in (0, 1) that depends on seed, member, variable and step alone, so a member's
draws are the same in whatever company it runs. Everything else is built from them by inverse distribution functions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.lower.functions import xidz

# Rational approximation of the normal quantile, relative error below 1.15e-9 (P. J. Acklam, 2003), then one step of
# Halley's method with erfc, which brings it to the precision of erfc.
_A = (
    -39.69683028665376,
    220.9460984245205,
    -275.9285104469687,
    138.3577518672690,
    -30.66479806614716,
    2.506628277459239,
)
_B = (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0)
_C = (
    -0.007784894002430293,
    -0.3223964580411365,
    -2.400758277161838,
    -2.549732539343734,
    4.374664141464968,
    2.938163982698783,
)
_D = (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0)
_TAIL = 0.02425
_POISSON = 20  # means up to which Poisson numbers are exact


Build = Callable[[Graph, Node, Sequence[Node]], Node]  # from a uniform number, and the arguments without the seed


def site(name: str) -> int:
    """Return a number for a place in a model where a draw is made; it depends on nothing but the name."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest(), "little", signed=True)


def _poly(g: Graph, x: Node, coefficients: Sequence[float]) -> Node:
    result = g.const(coefficients[0])
    for c in coefficients[1:]:
        result = g.add(g.mul(result, x), g.const(c))
    return result


def normal_cdf(g: Graph, x: Node) -> Node:
    """Return the share of the standard normal distribution below x."""
    return g.mul(g.const(0.5), g.unary("erfc", g.mul(x, g.const(-(0.5**0.5)))))


def normal_quantile(g: Graph, u: Node) -> Node:
    """Return the x below which a share u of the standard normal distribution lies."""
    q = g.sub(u, g.const(0.5))
    r = g.mul(q, q)
    middle = g.div(g.mul(_poly(g, r, _A), q), _poly(g, r, _B))
    lower = g.compare("lt", u, g.const(0.5))
    rest = g.select(lower, u, g.sub(g.const(1.0), u))
    t = g.unary("sqrt", g.mul(g.const(-2.0), g.unary("ln", rest)))
    outer = g.div(_poly(g, t, _C), _poly(g, t, _D))
    outer = g.select(lower, outer, g.neg(outer))
    x = g.select(g.compare("lt", rest, g.const(_TAIL)), outer, middle)
    error = g.mul(g.sub(normal_cdf(g, x), u), g.const(2.5066282746310002))
    error = g.mul(error, g.unary("exp", g.mul(g.const(0.5), g.mul(x, x))))
    return g.sub(x, g.div(error, g.add(g.const(1.0), g.mul(g.const(0.5), g.mul(x, error)))))


def _uniform(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    return g.add(a[0], g.mul(u, g.sub(a[1], a[0])))


def _normal(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    """Cut to [least, most] as Vensim does."""
    least, most, mean, deviation = a
    zero = g.const(0.0)
    low = normal_cdf(g, xidz(g, g.sub(least, mean), deviation, zero))
    high = normal_cdf(g, xidz(g, g.sub(most, mean), deviation, zero))
    share = g.add(low, g.mul(u, g.sub(high, low)))
    value = g.add(mean, g.mul(deviation, normal_quantile(g, share)))
    return g.smaller(g.larger(g.select(g.compare("le", deviation, zero), mean, value), least), most)


def _exponential(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    """Shift + stretch * exponential, cut to [least, most]."""
    least, most, shift, stretch = a
    low = g.larger(least, shift)
    below = g.sub(g.const(1.0), g.unary("exp", g.div(g.sub(low, most), stretch)))
    return g.sub(low, g.mul(stretch, g.unary("ln", g.sub(g.const(1.0), g.mul(u, below)))))


def _below(g: Graph, x: Node, a: Sequence[Node]) -> Node:
    """Return the share of a triangular distribution below x."""
    low, top, high = a
    width, inside = g.sub(high, low), g.smaller(g.larger(x, low), high)
    before, after = g.sub(inside, low), g.sub(high, inside)
    rising = xidz(g, g.mul(before, before), g.mul(width, g.sub(top, low)), g.const(0.0))
    rest = xidz(g, g.mul(after, after), g.mul(width, g.sub(high, top)), g.const(0.0))
    return g.select(g.compare("lt", inside, top), rising, g.sub(g.const(1.0), rest))


def _cut_triangular(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    """Cut to [least, most]."""
    low, high = _below(g, a[0], a[2:]), _below(g, a[1], a[2:])
    return _triangular(g, g.add(low, g.mul(u, g.sub(high, low))), a[2:])


def _triangular(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    low, top, high = a
    width = g.sub(high, low)
    rising = g.add(low, g.unary("sqrt", g.mul(g.mul(u, width), g.sub(top, low))))
    falling = g.sub(high, g.unary("sqrt", g.mul(g.mul(g.sub(g.const(1.0), u), width), g.sub(high, top))))
    return g.select(g.compare("lt", g.mul(u, width), g.sub(top, low)), rising, falling)


def _plain_normal(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    return g.add(a[0], g.mul(a[1], normal_quantile(g, u)))


def _lognormal(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    """XMILE gives mean and deviation of the result, not of its logarithm."""
    ratio = g.div(a[1], a[0])
    variance = g.unary("ln", g.add(g.const(1.0), g.mul(ratio, ratio)))
    mean = g.sub(g.unary("ln", a[0]), g.mul(g.const(0.5), variance))
    return g.unary("exp", g.add(mean, g.mul(g.unary("sqrt", variance), normal_quantile(g, u))))


def _poisson(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    """Count the sums of probabilities below the draw; for large means a normal quantile, corrected for skewness."""
    mean = a[0]
    small = g.smaller(mean, g.const(_POISSON))
    term = total = g.unary("exp", g.neg(small))
    count = g.const(0.0)
    for k in range(1, 3 * _POISSON + 1):  # the rest is less than 1e-9
        count = g.add(count, g.number(g.compare("gt", u, total)))
        term = g.mul(term, g.div(small, g.const(k)))
        total = g.add(total, term)
    z = normal_quantile(g, u)
    skew = g.div(g.sub(g.mul(z, z), g.const(1.0)), g.const(6.0))
    near = g.add(g.add(mean, g.mul(z, g.unary("sqrt", mean))), g.add(skew, g.const(0.5)))
    large = g.unary("trunc", g.larger(near, g.const(0.0)))
    return g.select(g.compare("gt", mean, g.const(_POISSON)), large, count)


def _cut_poisson(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    """Shift + stretch * count, held within [least, most]."""
    least, most, mean, shift, stretch = a
    return g.smaller(g.larger(g.add(shift, g.mul(stretch, _poisson(g, u, [mean]))), least), most)


def _weibull(g: Graph, u: Node, a: Sequence[Node]) -> Node:
    """Shift + stretch * Weibull number, held within [least, most]."""
    least, most, shape, shift, stretch = a
    root = g.pow(g.neg(g.unary("ln", g.sub(g.const(1.0), u))), g.div(g.const(1.0), shape))
    return g.smaller(g.larger(g.add(shift, g.mul(stretch, root)), least), most)


DISTRIBUTIONS: dict[str, Build] = {
    "random_0_1": lambda _, u, __: u,
    "random_uniform": _uniform,
    "random_normal": _normal,
    "random_exponential": _exponential,
    "random_triangular": _cut_triangular,
    "random_poisson": _cut_poisson,
    "random_weibull": _weibull,
    "uniform": _uniform,
    "random": _uniform,
    "normal": _plain_normal,
    "exprnd": lambda g, u, a: g.neg(g.mul(a[0], g.unary("ln", g.sub(g.const(1.0), u)))),
    "triangular": _triangular,
    "poisson": _poisson,
    "lognormal": _lognormal,
}
