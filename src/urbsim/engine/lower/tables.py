"""Lookups as nodes: a chain of choices for short tables, a search for long ones.

A chain keeps everything a lookup is made of visible to folding and to derivatives, and its points may be values of
the member. At a point the result is the y of that point, to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from urbsim.engine.code.graph import Graph, Node, Table
from urbsim.language import ir
from urbsim.language.translate import NA

CHAIN = 16  # points up to which a chain is shorter than a search


@dataclass(frozen=True, slots=True)
class Points:
    """A table: x ascending as numbers, y as nodes."""

    x: tuple[float, ...]
    y: tuple[Node, ...]


def constant(g: Graph, x: Sequence[float], y: Sequence[float]) -> Points:
    """Return a table of numbers, sorted; of points with one x all stay, the last counts from there on."""
    order = sorted(range(len(x)), key=lambda i: x[i])
    return Points(tuple(float(x[i]) for i in order), tuple(g.const(y[i]) for i in order))


def look_up(g: Graph, table: Points, x: Node, kind: ir.Interpolation) -> Node:
    """Return the value of a table at x.

    Parameters
    ----------
    g, table, x
        The graph, the points, and where they are looked up.
    kind
        The rule between and beyond the points.

    Notes
    -----
    ``interpolate`` holds the ends, ``extrapolate`` goes on with the outer slopes, ``hold_backward`` and
    ``look_forward`` take the y of the point before or after, ``raw`` is missing between points.
    """
    if len(table.x) == 1 and kind != "raw":
        return table.y[0]
    if kind == "hold_backward":
        return _hold(g, table, x)
    if kind == "look_forward":
        return _forward(g, table, x)
    if kind == "raw":
        return _raw(g, table, x)
    if len(table.x) > CHAIN and all(g.value(y) is not None for y in table.y):
        return _search(g, table, x, kind)
    return _interpolate(g, table, x, ends=kind == "interpolate")


def _slopes(g: Graph, table: Points) -> list[Node]:
    pairs = zip(table.x, table.x[1:], table.y, table.y[1:], strict=False)
    return [g.div(g.sub(d, c), g.const(b - a)) if b > a else g.const(0.0) for a, b, c, d in pairs]


def _at(g: Graph, table: Points, i: int, x: Node, slope: Node) -> Node:
    return g.add(table.y[i], g.mul(slope, g.sub(x, g.const(table.x[i]))))


def _interpolate(g: Graph, table: Points, x: Node, *, ends: bool) -> Node:
    """Choose point and slope together, then go on from the point."""
    slopes = _slopes(g, table)
    at, base, slope = g.const(table.x[0]), table.y[0], slopes[0]
    for i in range(1, len(slopes)):
        beyond = g.compare("ge", x, g.const(table.x[i]))
        at = g.select(beyond, g.const(table.x[i]), at)
        base = g.select(beyond, table.y[i], base)
        slope = g.select(beyond, slopes[i], slope)
    result = g.add(base, g.mul(slope, g.sub(x, at)))
    if ends:
        result = g.select(g.compare("ge", x, g.const(table.x[-1])), table.y[-1], result)
        result = g.select(g.compare("le", x, g.const(table.x[0])), table.y[0], result)
    return result


def _search(g: Graph, table: Points, x: Node, kind: ir.Interpolation) -> Node:
    values = tuple(v for v in (g.value(y) for y in table.y) if v is not None)
    datum = Table(table.x, values)
    inside = x
    if kind == "interpolate":
        inside = g.smaller(g.larger(x, g.const(table.x[0])), g.const(table.x[-1]))
    return (
        g.make("table", (inside,), datum)
        if g.value(x) is None
        else _interpolate(g, table, x, ends=kind == "interpolate")
    )


def _hold(g: Graph, table: Points, x: Node) -> Node:
    result = table.y[0]
    for at, y in zip(table.x[1:], table.y[1:], strict=True):
        result = g.select(g.compare("ge", x, g.const(at)), y, result)
    return result


def _forward(g: Graph, table: Points, x: Node) -> Node:
    result = table.y[-1]
    for at, y in zip(table.x[-2::-1], table.y[-2::-1], strict=True):
        result = g.select(g.compare("le", x, g.const(at)), y, result)
    return result


def _raw(g: Graph, table: Points, x: Node) -> Node:
    result = g.const(NA)
    for at, y in zip(table.x, table.y, strict=True):
        result = g.select(g.compare("eq", x, g.const(at)), y, result)
    return result


def invert(g: Graph, table: Points, y: Node) -> Node:
    """Return the x at which a rising or falling table of numbers reaches y; the ends hold.

    Raises
    ------
    ValueError
        Where the table holds values of the member, or turns around.
    """
    values = [g.value(v) for v in table.y]
    numbers = [v for v in values if v is not None]
    rising = all(a <= b for a, b in pairwise(numbers))
    falling = all(a >= b for a, b in pairwise(numbers))
    if len(numbers) < len(values) or not (rising or falling):
        raise ValueError("LOOKUP INVERT needs a table of numbers that only rises or only falls")
    return look_up(g, constant(g, numbers, table.x), y, "interpolate")
