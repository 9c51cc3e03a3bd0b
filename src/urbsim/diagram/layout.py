"""Where the pieces of a diagram stand: first as points, then as pieces that have a size.

The points are those whose distances are nearest to the numbers of links between them (stress majorization: Gansner,
Koren and North, "Graph drawing by stress majorization", 2004, from classical scaling). Then springs pull joined pieces
together, all pieces keep apart, and at the end none overlaps another. All steps are arithmetic in a fixed order, so
the same model gives the same picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MARGIN = 36.0  # between pieces


def components(count: int, edges: Ints) -> list[list[int]]:
    """Return the groups of pieces that edges join, the largest first."""
    group = list(range(count))
    for a, b in edges.tolist():
        old, new = group[a], group[b]
        group = [new if g == old else g for g in group]
    groups: dict[int, list[int]] = {}
    for i, g in enumerate(group):
        groups.setdefault(g, []).append(i)
    return sorted(groups.values(), key=lambda g: (-len(g), g[0]))


def guess(count: int, edges: Ints) -> Floats:
    """Return points, shape (piece, 2), whose distances are about the numbers of links between the pieces."""
    steps = np.full((count, count), float(count))
    np.fill_diagonal(steps, 0.0)
    step = 1 + 0.02 * (np.arange(len(edges)) * 0.618 % 1)  # not quite 1: a symmetric graph has many equal pictures
    steps[edges[:, 0], edges[:, 1]] = steps[edges[:, 1], edges[:, 0]] = step
    for k in range(count):
        steps = np.minimum(steps, steps[:, k, None] + steps[k])
    centring = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-centring @ steps**2 @ centring / 2)
    at: Floats = vectors[:, :-3:-1] * np.sqrt(np.maximum(values[:-3:-1], 0.0))
    at = at * np.where(at[np.abs(at).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)  # a vector may come with either sign
    weight = 1 / np.maximum(steps, 1.0) ** 2
    np.fill_diagonal(weight, 0.0)
    for _ in range(200):
        between = at[:, None] - at[None]
        length = np.sqrt((between**2).sum(axis=2)) + 1e-9
        wish = at[None] + (steps / length)[:, :, None] * between
        at = np.round((weight[:, :, None] * wish).sum(axis=1) / weight.sum(axis=1)[:, None], 9)
    return at


def settle(sizes: Floats, edges: Ints, weights: Floats, *, sideways: bool = False, steps: int = 500) -> Floats:
    """Return centres of pieces that are joined, shape (piece, 2).

    Parameters
    ----------
    sizes
        Width and height, (piece, 2).
    edges
        Which pieces are joined, (edge, 2).
    weights
        How strongly they are, (edge).
    sideways
        Whether to begin from the guess with right and down exchanged.
    """
    if len(sizes) == 1:
        return np.zeros((1, 2))
    first = guess(len(sizes), edges)
    at = _points(sizes, edges, first[:, ::-1] if sideways else first)
    half = sizes / 2
    for step in range(steps):
        heat = 1 - step / steps
        move = _springs(at, half, edges, weights) + _apart(at, half, reach=90.0 * heat + 30.0)
        move -= 0.004 * (at - at.mean(axis=0)) * np.array([0.6, 1.2])  # a little wider than high
        at = np.round(at + np.clip(move, -40 * heat - 2, 40 * heat + 2), 6)  # the last bits depend on the processor
    return separated(at, sizes)


def _points(sizes: Floats, edges: Ints, start: Floats) -> Floats:
    """Return guesses on a scale at which joined pieces stand next to each other."""
    length = np.hypot(*(start[edges[:, 0]] - start[edges[:, 1]]).T).mean() if len(edges) else 1.0
    spread = np.arange(len(start))[:, None] * np.array([1e-3, -1.3e-3])  # no two at the same place
    points: Floats = (start - start.mean(axis=0)) * (170.0 + sizes.mean()) / max(float(length), 1e-9) + spread
    return points


def _springs(at: Floats, half: Floats, edges: Ints, weights: Floats) -> Floats:
    """Return moves that bring joined pieces to a fixed distance between their borders."""
    move: Floats = np.zeros_like(at)
    if not len(edges):
        return move
    a, b = edges.T
    between = at[b] - at[a]
    gap = np.abs(between) - (half[a] + half[b])
    outside = np.hypot(*np.maximum(gap, 0).T)
    length = np.maximum(np.hypot(*between.T), 1e-6)
    pull = (0.08 * weights * (outside - 75.0) / length)[:, None] * between
    count = np.bincount(edges.ravel(), minlength=len(at))[:, None] ** 0.5
    np.add.at(move, a, pull)
    np.add.at(move, b, -pull)
    move /= np.maximum(count, 1)
    return move


def _apart(at: Floats, half: Floats, reach: float) -> Floats:
    """Return moves that keep pieces whose borders are within reach apart."""
    between = at[:, None] - at[None]
    gap = np.abs(between) - (half[:, None] + half[None])
    outside = np.hypot(*np.moveaxis(np.maximum(gap, 0), 2, 0))
    inside = np.minimum(gap.max(axis=2), 0)
    near = np.maximum(reach - outside, 0) / reach * 5 - inside * 0.3
    np.fill_diagonal(near, 0)
    length = np.maximum(np.hypot(*np.moveaxis(between, 2, 0)), 1e-6)
    moves: Floats = ((near / length)[:, :, None] * between).sum(axis=1)
    return moves


def separated(at: Floats, sizes: Floats) -> Floats:
    """Return centres at which no piece is nearer to another than the margin, moved as little as is easy."""
    at, half = at.copy(), sizes / 2 + MARGIN / 2
    for attempt in range(1, 20_000):
        at *= 1.03 if attempt % 40 == 0 else 1.0  # crowded: more room for all
        between = at[:, None] - at[None]
        over = half[:, None] + half[None] - np.abs(between)
        clash = (over > 1e-6).all(axis=2) & ~np.eye(len(at), dtype=bool)
        if not clash.any():
            break
        axis = (over[:, :, 1] < over[:, :, 0]).astype(int)
        move = np.zeros_like(at)
        for k in (0, 1):
            sign = np.where(between[:, :, k] > 0, 1.0, -1.0)
            sign = np.where(between[:, :, k] == 0, np.sign(np.arange(len(at))[:, None] - np.arange(len(at))), sign)
            push = np.where(clash & (axis == k), over[:, :, k] * 0.52 * sign, 0.0)
            move[:, k] = push.sum(axis=1) / np.maximum((push != 0).sum(axis=1), 1)
        at += move
    return at


def pack(sizes: Floats, gap: float = 50.0, ratio: float = 1.5) -> Floats:
    """Return left upper corners of rectangles in rows, in the order given, in about the ratio of width to height."""
    area = float((sizes + gap).prod(axis=1).sum())
    limit = max(float(sizes[:, 0].max(initial=0.0)), (area * ratio) ** 0.5)
    corners = np.zeros_like(sizes)
    x = y = high = 0.0
    for i, (w, h) in enumerate(sizes):
        if x and x + w > limit:
            x, y, high = 0.0, y + high + gap, 0.0
        corners[i] = x, y
        x, high = x + w + gap, max(high, h)
    return corners
