"""Allocation of a scarce supply: the price at which what everybody takes adds up to the supply.

Each target takes its request times a share that falls with the price (Vensim's manual, section Allocation). The price
is found by halving an interval that holds it, then by one step of Newton's method: this makes rectangular profiles
exact, and since the halving counts as a constant, derivatives are those of the implicit function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.lower.functions import xidz
from urbsim.language.position import EquationError

HALVINGS = 44
Profile = Sequence[Node]  # type, priority, width, extra


def available(g: Graph, requests: Sequence[Node], profiles: Sequence[Profile], supply: Node) -> list[Node]:
    """Return the amount of each target under ALLOCATE AVAILABLE.

    Parameters
    ----------
    g
        The graph.
    requests, profiles
        For each target what it asks for, and its type, priority, width and extra.
    supply
        What there is to share out.
    """
    reach = [g.select(_at_least(g, p, 3), g.mul(p[2], g.const(37.0)), p[2]) for p in profiles]
    low = _all(g, [g.sub(p[1], r) for p, r in zip(profiles, reach, strict=True)], g.smaller)
    high = _all(g, [g.add(p[1], r) for p, r in zip(profiles, reach, strict=True)], g.larger)
    return _solve(g, requests, supply, (low, high), lambda i, x: _share(g, profiles[i], x))


def by_priority(
    g: Graph, requests: Sequence[Node], priorities: Sequence[Node], width: Node, supply: Node
) -> list[Node]:
    """Return the amount of each target under ALLOCATE BY PRIORITY: a rectangular profile below each priority.

    Parameters
    ----------
    g
        The graph.
    requests, priorities
        For each target what it asks for, and its priority.
    width
        How far below its priority a target takes nothing any more.
    supply
        What there is to share out.
    """
    low = g.sub(_all(g, priorities, g.smaller), width)
    high = _all(g, priorities, g.larger)
    inverse = g.div(g.const(1.0), width)

    def share(i: int, price: Node) -> tuple[Node, Node]:
        part = g.mul(g.sub(priorities[i], price), inverse)
        inside = g.both(g.compare("gt", part, g.const(0.0)), g.compare("lt", part, g.const(1.0)))
        return _clamp(g, part), g.select(inside, g.neg(inverse), g.const(0.0))

    return _solve(g, requests, supply, (low, high), share)


def _solve(
    g: Graph,
    requests: Sequence[Node],
    supply: Node,
    interval: tuple[Node, Node],
    share: Callable[[int, Node], tuple[Node, Node]],
) -> list[Node]:
    low, high = interval
    total = _all(g, requests, g.add)

    def taken(price: Node, which: int) -> Node:
        return _all(g, [g.mul(r, share(i, price)[which]) for i, r in enumerate(requests)], g.add)

    for _ in range(HALVINGS):
        middle = g.mul(g.add(low, high), g.const(0.5))
        more = g.compare("gt", taken(middle, 0), supply)  # the price must rise
        low, high = g.select(more, middle, low), g.select(more, high, middle)
    price = g.make("stop_gradient", (g.mul(g.add(low, high), g.const(0.5)),))
    gap = g.sub(taken(price, 0), supply)
    exact = g.sub(price, xidz(g, gap, taken(price, 1), g.const(0.0)))
    enough = g.compare("ge", supply, total)
    return [g.select(enough, r, g.mul(r, share(i, exact)[0])) for i, r in enumerate(requests)]


def _all(g: Graph, items: Sequence[Node], join: Callable[[Node, Node], Node]) -> Node:
    result = items[0]
    for item in items[1:]:
        result = join(result, item)
    return result


def _clamp(g: Graph, part: Node) -> Node:
    return g.smaller(g.larger(part, g.const(0.0)), g.const(1.0))


def _at_least(g: Graph, profile: Profile, kind: float) -> Node:
    return g.compare("ge", profile[0], g.const(kind - 0.5))


def _share(g: Graph, profile: Profile, price: Node) -> tuple[Node, Node]:
    """Return the share that a target takes at a price, and how it changes with the price."""
    kind = g.value(profile[0])
    forms = (_fixed, _rectangle, _triangle, _normal, _exponential)
    if kind is not None:
        if round(kind) not in range(len(forms)):
            raise EquationError(
                "not-supported", f"a priority profile of type {kind:g} is not supported", "types are 0 to 4"
            )
        return forms[round(kind)](g, profile, price)
    result = forms[0](g, profile, price)
    for number, form in enumerate(forms[1:], start=1):
        counts, other = _at_least(g, profile, number), form(g, profile, price)
        result = (g.select(counts, other[0], result[0]), g.select(counts, other[1], result[1]))
    return result


def _fixed(g: Graph, _: Profile, __: Node) -> tuple[Node, Node]:
    """Return the whole request at any price."""
    return g.const(1.0), g.const(0.0)


def _rectangle(g: Graph, profile: Profile, price: Node) -> tuple[Node, Node]:
    _, priority, width, _ = profile
    inverse = g.div(g.const(1.0), width)
    part = g.add(g.mul(g.sub(priority, price), inverse), g.const(0.5))
    inside = g.both(g.compare("gt", part, g.const(0.0)), g.compare("lt", part, g.const(1.0)))
    return _clamp(g, part), g.select(inside, g.neg(inverse), g.const(0.0))


def _triangle(g: Graph, profile: Profile, price: Node) -> tuple[Node, Node]:
    _, priority, width, _ = profile
    inverse = g.div(g.const(1.0), width)
    part = _clamp(g, g.add(g.mul(g.sub(price, priority), inverse), g.const(0.5)))
    rest = g.sub(g.const(1.0), part)
    first = g.compare("lt", part, g.const(0.5))
    two = g.const(2.0)
    share = g.select(first, g.sub(g.const(1.0), g.mul(two, g.mul(part, part))), g.mul(two, g.mul(rest, rest)))
    slope = g.mul(g.const(-4.0), g.mul(g.select(first, part, rest), inverse))
    return share, slope


def _normal(g: Graph, profile: Profile, price: Node) -> tuple[Node, Node]:
    _, priority, width, _ = profile
    z = g.div(g.sub(price, priority), width)
    share = g.mul(g.const(0.5), g.unary("erfc", g.mul(z, g.const(0.5**0.5))))
    density = g.unary("exp", g.mul(g.const(-0.5), g.mul(z, z)))
    return share, g.neg(g.div(g.mul(density, g.const(0.3989422804014327)), width))


def _exponential(g: Graph, profile: Profile, price: Node) -> tuple[Node, Node]:
    _, priority, width, _ = profile
    z = g.div(g.sub(price, priority), width)
    tail = g.mul(g.const(0.5), g.unary("exp", g.neg(g.unary("abs", z))))
    above = g.compare("ge", z, g.const(0.0))
    return g.select(above, tail, g.sub(g.const(1.0), tail)), g.neg(g.div(tail, width))
