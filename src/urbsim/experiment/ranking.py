"""The yearly evaluation across zones: score, rank, reward, exit, and what each zone gets next year.

Pure functions on arrays (zone, draw); :mod:`urbsim.experiment.competition` runs the model between them. Every sum over
zones is taken in order of size, so the order of the zones changes no bit; zones that tie are treated alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from urbsim.project.scenarios.evaluation import Evaluation, Exit, Stake


@dataclass(frozen=True, slots=True)
class State:
    """What an evaluation remembers, (zone, draw): who is in, and for how many years in a row a zone was low."""

    inside: np.ndarray
    low: np.ndarray


@dataclass(frozen=True, slots=True)
class Ranking:
    """One evaluation, (zone, draw): rank among those who were in, 1 the best; next year's parts, 1 an equal one."""

    rank: np.ndarray
    weight: np.ndarray
    state: State


def opening(zones: int, draws: int) -> State:
    """Return the state before the first evaluation: everybody is in."""
    return State(np.ones((zones, draws), dtype=bool), np.zeros((zones, draws), dtype=np.int64))


def total(values: np.ndarray) -> np.ndarray:
    """Return sums over zones, (draw), the same to the bit in whatever order zones come."""
    sums: np.ndarray = np.sort(values, axis=0).sum(axis=0)
    return sums


def score(rule: Evaluation, now: np.ndarray, last: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Return scores (zone, draw) of indicators (zone, draw, indicator).

    A score is the weighted sum of ratios; for what they are relative to, see
    :class:`urbsim.project.scenarios.evaluation.Evaluation`.

    Parameters
    ----------
    rule
        Weights of the indicators, and what is compared with what.
    now
        Indicators as read now.
    last
        As read at the last evaluation.
    base
        As read in the base year.
    """
    if rule.measure == "level":
        there = np.isfinite(base)
        with np.errstate(invalid="ignore"):
            mean = total(np.where(there, base, 0.0)) / there.sum(axis=0)
        against = np.broadcast_to(mean, now.shape)
    else:
        against = last if rule.measure == "change" else base
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = now / against
    weights = np.array(list(rule.score.values()))
    # An indicator without weight says nothing, not even where it cannot be compared.
    parts = np.where(weights == 0, 0.0, ratio * weights)
    scores: np.ndarray = parts.sum(axis=2)
    return scores


def judge(rule: Evaluation, points: np.ndarray, before: State) -> Ranking:
    """Return who gains, loses and leaves after an evaluation of ``points`` (zone, draw).

    A zone counts among the best N where fewer than N others do as well, among the lowest N where fewer than N others
    do as badly; N is never more than half of the zones that are in, so competition ends with the last zone. Those who
    leave do not count when gains and losses are given. A zone without a score failed, and is out.
    """
    inside = before.inside & np.isfinite(points)
    rank = np.where(inside, 1 + _count(points, inside, np.greater), np.nan)
    low = np.where(inside & _low(rule.exit, points, inside), before.low + 1, 0)
    leaves = inside & (low >= rule.exit.after) if rule.exit else np.zeros_like(inside)
    stay = inside & ~leaves
    best = stay & _within(rule.reward, points, stay, np.greater_equal)
    worst = stay & _within(rule.penalty, points, stay, np.less_equal)
    weight = 1.0 + best * rule.reward.share - worst * rule.penalty.share
    return Ranking(rank, np.where(stay, weight, 0.0), State(stay, low))


def _count(points: np.ndarray, inside: np.ndarray, as_well: np.ufunc) -> np.ndarray:
    """Return how many other zones that are in compare so with each zone."""
    with np.errstate(invalid="ignore"):
        pairs = as_well(points[None], points[:, None]) & inside[None] & inside[:, None]  # (zone, other, draw)
    own = np.arange(len(points))
    pairs[own, own] = False
    counts: np.ndarray = pairs.sum(axis=1)
    return counts


def _most(number: int, inside: np.ndarray) -> np.ndarray:
    limit: np.ndarray = np.minimum(number, inside.sum(axis=0) // 2)
    return limit


def _within(stake: Stake, points: np.ndarray, inside: np.ndarray, as_well: np.ufunc) -> np.ndarray:
    return np.asarray(_count(points, inside, as_well) < _most(stake.zones, inside))


def _low(rule: Exit | None, points: np.ndarray, inside: np.ndarray) -> np.ndarray:
    if rule is None:
        return np.zeros_like(inside)
    if rule.lowest is not None:
        return np.asarray(_count(points, inside, np.less_equal) < _most(rule.lowest, inside))
    with np.errstate(invalid="ignore"):
        return np.asarray(points < rule.below)


def parts(rule: Evaluation, each: float, ranking: Ranking, sizes: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Return the amount of each zone for next year, per unit of its size, (zone, draw).

    Parameters
    ----------
    each
        An equal part, per unit of size.
    sizes
        Size of each zone (zone, draw): residents, or land of a normal year. Zones that failed have none.
    room
        What a zone can take before its lever is at its bound (zone,). What is more than that goes to the others while
        they have room.
    """
    inside, weight = ranking.state.inside, ranking.weight
    numbers = np.where(np.isfinite(sizes), sizes, 0.0)
    to_others = rule.exit is not None and rule.exit.freed == "others"
    pot = total(numbers if to_others else numbers * inside)
    claim = total(numbers * (weight if rule.balanced else inside))
    ratio = np.divide(pot, claim, out=np.zeros_like(pot), where=claim > 0)
    amounts: np.ndarray = each * weight * ratio
    limit = np.broadcast_to(room[:, None], amounts.shape)
    at_bound = np.zeros_like(inside)
    while (over := inside & ~at_bound & (amounts > limit)).any():
        at_bound |= over
        rest = each * pot - total(numbers * np.where(at_bound, limit, 0.0))
        free = total(numbers * weight * ~at_bound)
        again = np.divide(rest, free, out=np.zeros_like(pot), where=free > 0)
        spread = weight * np.maximum(again, 0.0) if rule.balanced else amounts
        amounts = np.where(at_bound, limit, np.where(at_bound.any(axis=0), spread, amounts))
    return amounts
