"""Connectors: for each link a gentle curve that crosses no label, box or cloud, or none.

Where every curve that is tried would run through something, or is long or tangled, there is no connector, and the
picture repeats the variable as a shadow beside the one that uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from urbsim.diagram.blocks import Box, Shape, around

Floats = NDArray[np.float64]

_BULGES = np.array([0.0, 0.1, -0.1, 0.2, -0.2, 0.32, -0.32, 0.48, -0.48, 0.7, -0.7])
_T = np.linspace(0, 1, 61)
_CROSSING, _ON_PIPE, _BEND = 50.0, 6.0, 90.0  # what they cost, in pixels of length
_OFF_CENTRE = 25.0  # a connector that starts or ends at the side of a piece
_CLEAR = 3.0  # between a curve and what it passes


@dataclass(frozen=True, slots=True)
class Curve:
    """A quadratic curve: start, control point, end."""

    start: tuple[float, float]
    control: tuple[float, float]
    end: tuple[float, float]

    def hull(self) -> tuple[tuple[float, float], ...]:
        """Return points around the curve: its ends, and the middles of the lines from them to the control point."""
        (ax, ay), (cx, cy), (bx, by) = self.start, self.control, self.end
        return self.start, ((ax + cx) / 2, (ay + cy) / 2), ((bx + cx) / 2, (by + cy) / 2), self.end


def route(
    pairs: Sequence[tuple[Sequence[Shape], Sequence[Shape]]],
    solid: Sequence[Box],
    pipes: Sequence[Box],
    limit: float,
) -> list[Curve | None]:
    """Return a curve for each pair of places, or None where there is none below the limit.

    Parameters
    ----------
    pairs
        Pairs of the shapes at which a connector may start and those at which it may end.
    solid, pipes
        What no curve may cross, and what it crosses at a price.
    limit
        Largest length in pixels, prices of crossings and bends included.
    """
    curves: list[Curve | None] = [None] * len(pairs)
    segments = np.zeros((0, 2, 2))
    blocks, soft = _array(solid, _CLEAR), _array(pipes, 0.0)
    order = sorted(range(len(pairs)), key=lambda i: (_distance(*pairs[i]), i))
    for i in order:
        best: tuple[float, Curve, Floats] | None = None
        for source in pairs[i][0]:
            for target in pairs[i][1]:
                candidate = _best(source, target, blocks, soft, segments, limit)
                if candidate and (best is None or candidate[0] < best[0] - 1e-6):
                    best = candidate
        if best and best[0] <= limit:
            curves[i] = best[1]
            segments = np.concatenate([segments, _segments(best[2])])
    return curves


def _distance(sources: Sequence[Shape], targets: Sequence[Shape]) -> float:
    (ax, ay), (bx, by) = sources[0][0].middle, targets[0][0].middle
    return float(np.hypot(ax - bx, ay - by))


def _array(boxes: Sequence[Box], margin: float) -> Floats:
    rows = [(b.x - margin, b.y - margin, b.x + b.w + margin, b.y + b.h + margin) for b in boxes]
    return np.array(rows).reshape(-1, 4)


def _best(
    source: Shape, target: Shape, blocks: Floats, soft: Floats, segments: Floats, limit: float
) -> tuple[float, Curve, Floats] | None:
    """Return the cheapest curve that runs through nothing: its price, the curve and points on it."""
    gap = _gap(around(source), around(target))
    if gap > limit:
        return None
    blocks = _near(blocks, source, target)
    plain = _cheapest(source, target, _tries(source, target, sides=False), blocks, soft, segments)
    if plain and plain[0] < gap * 1.3 + _CROSSING:
        return plain
    other = _cheapest(source, target, _tries(source, target, sides=True), blocks, soft, segments)
    return min((b for b in (plain, other) if b), key=lambda b: b[0], default=None)


def _gap(source: Box, target: Box) -> float:
    """Return the distance between the borders of two boxes."""
    (ax, ay), (bx, by) = source.middle, target.middle
    wide, high = abs(ax - bx) - (source.w + target.w) / 2, abs(ay - by) - (source.h + target.h) / 2
    return float(np.hypot(max(wide, 0.0), max(high, 0.0)))


def _near(blocks: Floats, source: Shape, target: Shape) -> Floats:
    """Return the blocks that a curve between two boxes can meet."""
    both = _array([*source, *target], 0.0)
    low, high = both[:, :2].min(axis=0), both[:, 2:].max(axis=0)
    reach = 0.5 * (high - low)[::-1] + 5
    near = (blocks[:, 2:] > low - reach).all(axis=1) & (blocks[:, :2] < high + reach).all(axis=1)
    near_blocks: Floats = blocks[near & ~_own(blocks, (*source, *target))]
    return near_blocks


def _cheapest(
    source: Shape, target: Shape, tries: tuple[Floats, Floats, Floats], blocks: Floats, soft: Floats, segments: Floats
) -> tuple[float, Curve, Floats] | None:
    starts, ends, prices = tries
    across = np.stack([ends[:, 1] - starts[:, 1], starts[:, 0] - ends[:, 0]], axis=1)
    bulges = np.tile(_BULGES, len(starts))
    starts, ends, across, prices = (np.repeat(a, len(_BULGES), axis=0) for a in (starts, ends, across, prices))
    controls = (starts + ends) / 2 + across * bulges[:, None] * 1.4
    points = _at(starts, controls, ends)  # try, point, 2
    free = _between(points, source, target)
    fits = free.sum(axis=1) >= 3
    for every in (6, 1):  # most curves run into something at once
        hit = _within(points[fits][:, ::every], blocks) & free[fits][:, ::every]
        fits[fits] = ~hit.any(axis=1)
    if not fits.any():
        return None
    starts, ends, controls, points, free, prices, bulges = (
        a[fits] for a in (starts, ends, controls, points, free, prices, bulges)
    )
    steps = np.hypot(*np.moveaxis(np.diff(points, axis=1), 2, 0)) * (free[:, 1:] & free[:, :-1])
    on_pipe = (_within(points, soft) & free).sum(axis=1)
    prices = prices + steps.sum(axis=1) + _BEND * np.abs(bulges) + _ON_PIPE * on_pipe
    best: tuple[float, Curve, Floats] | None = None
    for i in np.argsort(prices, kind="stable").tolist():
        if best and prices[i] >= best[0]:
            break
        price = float(prices[i]) + _CROSSING * _crossings(points[i][free[i]], segments)
        if best is None or price < best[0]:
            best = price, _part(starts[i], controls[i], ends[i], free[i]), points[i][free[i]]
    return best


def _tries(source: Shape, target: Shape, *, sides: bool) -> tuple[Floats, Floats, Floats]:
    """Return pairs of points towards which a connector may run in its two boxes, and their price."""
    start, end = around(source), around(target)
    starts, ends = _holds(start, end), _holds(end, start)
    if not sides:
        starts, ends = starts[:1], ends[:1]
    pairs = [(a, b, _OFF_CENTRE * (bool(i) + bool(j))) for i, a in enumerate(starts) for j, b in enumerate(ends)]
    return (np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]), np.array([p[2] for p in pairs]))


def _holds(box: Box, other: Box) -> list[tuple[float, float]]:
    """Return points in a box: the one nearest to the other box, then one at each side of a large one."""
    x, y = other.middle
    side = min(box.w, box.h) / 2
    near = (
        float(np.clip(x, box.x + side, box.x + box.w - side)),
        float(np.clip(y, box.y + side, box.y + box.h - side)),
    )
    if max(box.w, box.h) < 30:
        return [near]
    cx, cy = box.middle
    dx, dy = box.w / 2 - min(8, side), box.h / 2 - min(8, side)
    return [near, (cx - dx, cy), (cx + dx, cy), (cx, cy - dy), (cx, cy + dy)]


def _at(starts: Floats, controls: Floats, ends: Floats) -> Floats:
    t = _T[None, :, None]
    a, c, b = starts[:, None], controls[:, None], ends[:, None]
    points: Floats = (1 - t) ** 2 * a + 2 * t * (1 - t) * c + t**2 * b
    return points


def _between(points: Floats, source: Shape, target: Shape) -> NDArray[np.bool_]:
    """Tell which points stand between the two, shape (try, point); none where the curve misses one of them."""
    within = _within(points, _array(source, 1.0))
    beyond = _within(points, _array(target, _CLEAR))
    outside = ~np.logical_or.accumulate(within[:, ::-1], axis=1)[:, ::-1]
    free: NDArray[np.bool_] = outside & ~np.logical_or.accumulate(beyond, axis=1)
    free &= np.logical_and(within.any(axis=1), beyond.any(axis=1)).reshape(-1, 1)
    return free


def _own(blocks: Floats, ends: Sequence[Box]) -> NDArray[np.bool_]:
    """Tell which blocks are parts of the boxes at which a connector starts or ends."""
    own = np.zeros(len(blocks), dtype=bool)
    for b in ends:
        border = _array([b], _CLEAR + 0.5)[0]
        own |= (blocks[:, :2] >= border[:2]).all(axis=1) & (blocks[:, 2:] <= border[2:]).all(axis=1)
    return own


def _part(start: Floats, control: Floats, end: Floats, free: NDArray[np.bool_]) -> Curve:
    """Return the part of a curve that is between its boxes."""
    t0, t1 = (float(t) for t in (_T[free][0], _T[free][-1]))
    points = []
    for s, t in ((t0, t0), (t0, t1), (t1, t1)):  # blossom of the curve: ends and control point of a part of it
        point = (1 - s) * (1 - t) * start + (s + t - 2 * s * t) * control + s * t * end
        points.append((float(round(point[0], 1)), float(round(point[1], 1))))
    return Curve(*points)


def _within(points: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Tell which points are in any of the boxes."""
    x, y = points[..., 0], points[..., 1]
    inside = np.zeros(x.shape, dtype=bool)
    for left, top, right, bottom in boxes.tolist():
        inside |= (x > left) & (x < right) & (y > top) & (y < bottom)
    return inside


def _segments(points: Floats) -> Floats:
    some = points[np.unique(np.linspace(0, len(points) - 1, 12).round().astype(int))]
    return np.stack([some[:-1], some[1:]], axis=1)


def _crossings(points: Floats, segments: Floats) -> int:
    """Count how often a curve crosses those that are drawn."""
    if not len(segments):
        return 0
    own = _segments(points)
    a, b = own[:, None, 0], own[:, None, 1]
    c, d = segments[None, :, 0], segments[None, :, 1]
    own_sides, other_sides = _side(a, b, c) * _side(a, b, d), _side(c, d, a) * _side(c, d, b)
    return int(((own_sides < 0) & (other_sides < 0)).sum())


def _side(a: Floats, b: Floats, p: Floats) -> Floats:
    product: Floats = (b[..., 0] - a[..., 0]) * (p[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (
        p[..., 0] - a[..., 0]
    )
    return np.sign(product)
