"""The rules of a yearly evaluation: laws that hold whatever the scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbsim.engine.contract import Clock
from urbsim.experiment.lever_paths import path
from urbsim.experiment.ranking import judge, opening, parts, score
from urbsim.project.scenarios.evaluation import Evaluation, Exit, Stake
from urbsim.project.scenarios.resolve import lever_points
from urbsim.results.concentration import gini, rank_correlation

NUMBERS = st.integers(0, 6).map(lambda n: n / 4)  # few values, so that zones tie
STAKES = st.builds(Stake, zones=st.integers(1, 4), share=NUMBERS.map(lambda n: min(n, 1.0)))
EXITS = st.one_of(
    st.none(),
    st.builds(Exit, lowest=st.integers(1, 3), after=st.integers(1, 2), freed=st.sampled_from(["others", "saved"])),
    st.builds(Exit, below=NUMBERS, freed=st.sampled_from(["others", "saved"])),
)
RULES = st.builds(Evaluation, reward=STAKES, penalty=STAKES, balanced=st.booleans(), exit=EXITS)
NO_ROOM = np.full(6, np.inf)


@st.composite
def years(draw: st.DrawFn) -> np.ndarray:
    """Scores (year, zone, draw)."""
    shape = draw(st.integers(1, 5)), draw(st.integers(1, 6)), 2
    count = int(np.prod(shape))
    return np.array(draw(st.lists(NUMBERS, min_size=count, max_size=count))).reshape(shape)


def history(rule: Evaluation, points: np.ndarray) -> list:
    state, found = opening(*points.shape[1:]), []
    for now in points:
        verdict = judge(rule, now, state)
        found.append(verdict)
        state = verdict.state
    return found


@settings(max_examples=150, deadline=None)
@given(RULES, years())
def test_whoever_left_stays_out_and_gets_nothing(rule: Evaluation, points: np.ndarray) -> None:
    out = np.zeros(points.shape[1:], dtype=bool)
    for verdict in history(rule, points):
        assert not (out & verdict.state.inside).any()
        assert not (out & np.isfinite(verdict.rank)).any()
        out |= ~verdict.state.inside
        assert (verdict.weight[out] == 0).all()


@settings(max_examples=150, deadline=None)
@given(RULES, years(), st.randoms())
def test_the_order_of_zones_changes_nothing(rule: Evaluation, points: np.ndarray, chance) -> None:
    zones = points.shape[1]
    order = list(range(zones))
    chance.shuffle(order)
    sizes = np.geomspace(1.1, 977.7, zones)[:, None] * [[1.0, 1.3]]
    room = np.geomspace(9, 3, zones)
    for one, other in zip(history(rule, points), history(rule, points[:, order]), strict=True):
        np.testing.assert_array_equal(one.rank[order], other.rank)
        np.testing.assert_array_equal(one.state.inside[order], other.state.inside)
        first = parts(rule, 2.5, one, sizes, room)
        np.testing.assert_array_equal(first[order], parts(rule, 2.5, other, sizes[order], room[order]))


@settings(max_examples=150, deadline=None)
@given(RULES, years())
def test_a_balanced_evaluation_spends_the_pot(rule: Evaluation, points: np.ndarray) -> None:
    rule = rule.model_copy(update={"balanced": True})
    sizes = np.geomspace(1.1, 977.7, points.shape[1])[:, None] * [[1.0, 1.3]]
    everybody = rule.exit is not None and rule.exit.freed == "others"
    for verdict in history(rule, points):
        spent = (parts(rule, 500.0, verdict, sizes, NO_ROOM[: len(sizes)]) * sizes).sum(axis=0)
        claims = (verdict.weight * sizes).sum(axis=0) > 0
        pot = 500.0 * (sizes if everybody else sizes * verdict.state.inside).sum(axis=0)
        np.testing.assert_allclose(spent, np.where(claims, pot, 0.0), rtol=1e-12)


@settings(max_examples=150, deadline=None)
@given(RULES, years(), st.integers(1, 8))
def test_nobody_gets_more_than_a_lever_takes_and_the_rest_goes_round(rule, points: np.ndarray, most: int) -> None:
    sizes = np.geomspace(1.0, 10.0, points.shape[1])[:, None] * [[1.0, 1.0]]
    room = np.full(len(sizes), most / 2)
    for verdict in history(rule, points):
        found, free = (parts(rule, 1.0, verdict, sizes, limit) for limit in (room, NO_ROOM[: len(sizes)]))
        assert (found <= room[:, None]).all()
        assert (found >= 0).all()
        spent, wanted = (found * sizes).sum(axis=0), (free * sizes).sum(axis=0)
        has_room = (verdict.weight > 0) & (found < room[:, None] * (1 - 1e-9))
        if rule.balanced:
            np.testing.assert_allclose(
                np.where(has_room.any(axis=0), spent, 0), np.where(has_room.any(axis=0), wanted, 0)
            )


def test_the_best_gain_what_the_lowest_lose() -> None:
    rule = Evaluation(reward=Stake(zones=1, share=0.5), penalty=Stake(zones=1, share=0.5), exit=Exit(lowest=1, after=2))
    points = np.array([[4.0, 3.0, 2.0, 1.0]]).T
    sizes = np.array([[1.0, 1.0, 1.0, 1.0]]).T
    first = judge(rule, points, opening(4, 1))
    assert first.rank.ravel().tolist() == [1, 2, 3, 4]
    assert parts(rule, 100.0, first, sizes, NO_ROOM[:4]).ravel().tolist() == [150, 100, 100, 50]
    second = judge(rule, points, first.state)
    assert second.state.inside.ravel().tolist() == [True, True, True, False]
    found = parts(rule, 100.0, second, sizes, NO_ROOM[:4]).ravel()
    np.testing.assert_allclose(found, [200, 400 / 3, 200 / 3, 0])  # the freed part goes to the others
    saved = rule.model_copy(update={"exit": Exit(lowest=1, after=2, freed="saved")})
    np.testing.assert_allclose(parts(saved, 100.0, second, sizes, NO_ROOM[:4]).ravel(), [150, 100, 50, 0])
    loose = rule.model_copy(update={"balanced": False, "reward": Stake(zones=1, share=1.0)})
    assert parts(loose, 100.0, judge(loose, points, opening(4, 1)), sizes, NO_ROOM[:4]).ravel().tolist() == [
        200,
        100,
        100,
        50,
    ]


def test_zones_that_tie_are_treated_alike_and_half_of_them_at_most_are_moved() -> None:
    rule = Evaluation(reward=Stake(zones=3, share=0.5), penalty=Stake(zones=3, share=0.5), exit=Exit(lowest=1))
    level = judge(rule, np.ones((4, 1)), opening(4, 1))
    assert level.weight.ravel().tolist() == [1, 1, 1, 1]
    assert level.state.inside.all()
    two = judge(rule, np.array([[2.0], [1.0]]), opening(2, 1))
    assert two.weight.ravel().tolist() == [1, 0]
    last = judge(rule, np.array([[2.0], [1.0]]), two.state)
    assert last.weight.ravel().tolist() == [1, 0]


def test_a_zone_without_a_score_is_out_and_takes_nothing_from_the_others() -> None:
    rule = Evaluation(reward=Stake(share=0.5), penalty=Stake(share=0.5))
    verdict = judge(rule, np.array([[np.nan], [1.0], [2.0]]), opening(3, 1))
    assert verdict.state.inside.ravel().tolist() == [False, True, True]
    found = parts(rule, 100.0, verdict, np.array([[np.nan], [10.0], [10.0]]), NO_ROOM[:3])
    assert found.ravel().tolist() == [0, 50, 150]


@pytest.mark.parametrize(
    ("measure", "found"), [("change", [6 / 5, 3 / 2]), ("progress", [6 / 4, 3 / 1]), ("level", [6 / 2.5, 3 / 2.5])]
)
def test_measures(measure, found: list[float]) -> None:
    rule = Evaluation(score={"a": 1.0, "b": 0.0}, measure=measure)
    now, last, base = (np.array([[[a, 0.0]], [[b, 0.0]]]) for a, b in ((6.0, 3.0), (5.0, 2.0), (4.0, 1.0)))
    np.testing.assert_allclose(score(rule, now, last, base).ravel(), found)


def test_a_path_is_that_of_a_lever_set_to_the_same_values() -> None:
    clock = Clock(2020, 2030, 0.0625)
    own = lever_points({0: 100.0}, {}, "step", clock)
    made = path(own, clock, 2021, [np.array([400.0, 0.0]), np.array([400.0, 0.0]), np.array([150.0, 7.0])], 2)
    same = lever_points({0: 100.0}, {2021: 500.0, 2023: 250.0}, "step", clock)
    times = clock.start + clock.step * np.arange(161)
    np.testing.assert_array_equal(np.interp(times, *made[0].T), np.interp(times, *np.array(same).T))
    assert np.interp(2022.5, *made[1].T) == 107.0


def test_gini_and_rank_correlation() -> None:
    np.testing.assert_allclose(gini(np.array([[1.0, 1, 1, 1], [0, 0, 0, 5], [0, 0, 0, 0]])), [0, 0.75, np.nan])
    strength = np.array([1.0, 2, 3, 4])
    found = rank_correlation(np.array([[1.0, 5, 6, 90], [9, 3, 2, 1], [2, 2, 2, 2], [1, 2, 2, 3]]), strength)
    np.testing.assert_allclose(found, [1, -1, np.nan, 4.5 / np.sqrt(5 * 4.5)])
