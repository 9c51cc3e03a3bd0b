"""Stocks, delays, smooths, trends, samples and initial values."""

from __future__ import annotations

import numpy as np
import pytest
from vensim_models import first, like_pysd, problem, run

INPUT = "in = STEP(10, 2) + RAMP(1, 5, 8) ~~|\n"


def chain(given: np.ndarray, first_value: float, time: float, order: int, dt: float = 1.0) -> np.ndarray:
    """Return a smooth of some order; with a constant time a delay is the same."""
    levels = np.full(order, first_value, dtype=float)
    result = []
    for value in given:
        result.append(levels[-1])
        before = np.concatenate([[value], levels[:-1]])
        levels = levels + dt * (before - levels) * order / time
    return np.array(result)


@pytest.mark.parametrize(
    ("call", "start", "order"),
    [
        ("DELAY1(in, 4)", 0, 1),
        ("DELAY1I(in, 4, 3)", 3, 1),
        ("DELAY3(in, 4)", 0, 3),
        ("DELAY3I(in, 4, 3)", 3, 3),
        ("DELAY N(in, 4, 3, 2)", 3, 2),
        ("delay n(in, 4, 3, 1)", 3, 1),
        ("SMOOTH(in, 4)", 0, 1),
        ("SMOOTHI(in, 4, 3)", 3, 1),
        ("SMOOTH3(in, 4)", 0, 3),
        ("SMOOTH3I(in, 4, 3)", 3, 3),
        ("SMOOTH N(in, 4, 3, 2)", 3, 2),
        ("Smooth_N(in, 4, 3, 4)", 3, 4),
    ],
)
@pytest.mark.parametrize("dt", [1, 0.25])
def test_delays_and_smooths_of_any_order(call: str, start: float, order: int, dt: float) -> None:
    found = run(f"{INPUT}d = {call} ~~|", stop=12, step=dt)
    np.testing.assert_allclose(found["d"], chain(found["in"], start, 4, order, dt), rtol=1e-12, atol=1e-12)


def test_a_delay_conserves_what_is_under_way_when_its_time_changes() -> None:
    text = "t = 3 + Time ~~|\nd = DELAY3I(5, t, 2) ~~|\nwithin = INTEG(5 - d, 6) ~~|\nn = DELAY N(5, t, 2, 3) ~~|\n"
    found = run(text + "s = SMOOTH3I(5, t, 2) ~~|", stop=8, step=0.5)
    stages = np.full(3, 2.0)  # each holds two a unit of time, for a third of three
    for time, seen in zip(found["t"], found["d"], strict=True):
        out = stages / (time / 3)
        assert seen == pytest.approx(out[-1], rel=1e-12)
        stages = stages + 0.5 * (np.concatenate([[5.0], out[:-1]]) - out)
    assert not np.allclose(found["d"], found["s"])
    assert found["n"][:2].tolist() == [2, 2]


def test_smooths_follow_a_time_that_changes() -> None:
    found = run("t = 3 + Time ~~|\ns = SMOOTHI(5, t, 2) ~~|", stop=5)
    level, expected = 2.0, []
    for time in found["t"]:
        expected.append(level)
        level += (5 - level) / time
    np.testing.assert_allclose(found["s"], expected)


def test_an_order_that_the_delay_time_has_no_room_for_is_cut() -> None:
    found = run("a = DELAY3I(1, 2, 0) ~~|\nb = DELAY N(1, 2, 0, 2) ~~|\nc = DELAY3I(1, 0.3, 0) ~~|", stop=4)
    np.testing.assert_allclose(found["a"], found["b"])
    found = run("c = DELAY3I(1, 0.3, 0) ~~|\nd = DELAY N(1, 0.3, 0, 3) ~~|", stop=0.5, step=0.1)
    np.testing.assert_allclose(found["c"], [0, 0, 0, 1, 1, 1], atol=1e-12)
    np.testing.assert_allclose(found["d"], [0, 0, 0, 1, 1, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("time", "expected"),
    [("3", [7, 7, 7, 0, 1, 2]), ("1", [7, 0, 1, 2, 3, 4]), ("0", [7, 0, 1, 2, 3, 4]), ("0.3", [7, 0, 1, 2, 3, 4]),
     ("2 + Time", [7, 7, 0, 1, 2, 3]), ("100", [7] * 6)],
)  # fmt: skip
def test_fixed_delays_wait_for_the_first_delay_time_but_at_least_one_step(time: str, expected: list[float]) -> None:
    assert run(f"d = DELAY FIXED(Time, {time}, 7) ~~|", stop=5)["d"].tolist() == expected


def test_fixed_delays_with_steps_that_are_no_binary_fraction() -> None:
    found = run("d = DELAY FIXED(Time, 0.3, -1) ~~|", stop=1, step=0.1)
    np.testing.assert_allclose(found["d"], [-1, -1, -1, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])


def test_delays_by_element_with_times_of_their_own() -> None:
    text = "dim: a, b ~~|\nt[dim] = 2, 4 ~~|\nd[dim] = DELAY FIXED(Time, t[dim], -1) ~~|\ns[dim] = SMOOTHI(Time, t[dim], t[dim]) ~~|"
    found = run(text, stop=5)
    np.testing.assert_allclose(found["d"], [[-1, -1], [-1, -1], [0, -1], [1, -1], [2, 0], [3, 1]])
    for i, time in enumerate((2, 4)):
        np.testing.assert_allclose(found["s"][:, i], chain(np.arange(6.0), time, time, 1))


def test_a_fixed_delay_may_close_a_circle() -> None:
    found = run("a = b + 1 ~~|\nb = DELAY FIXED(a, 2, 0) ~~|", stop=6)
    assert found["a"].tolist() == [1, 1, 2, 2, 3, 3, 4]


def test_delays_inside_larger_equations() -> None:
    found = run(f"{INPUT}x = 2 * SMOOTH(in + 1, 4) + DELAY1(SMOOTH(in, 2), 3) ~~|", stop=8)
    given = found["in"]
    expected = 2 * chain(given + 1, 1, 4, 1) + chain(chain(given, 0, 2, 1), 0, 3, 1)
    np.testing.assert_allclose(found["x"], expected)


def test_trend_and_forecast() -> None:
    found = run("in = 10 + 2 * Time ~~|\nt = TREND(in, 4, 0.1) ~~|\nf = FORECAST(in, 4, 5) ~~|", stop=6)
    average, expected = 10 / 1.4, []
    for value in found["in"]:
        expected.append((value - average) / (4 * abs(average)))
        average += (value - average) / 4
    np.testing.assert_allclose(found["t"], expected)
    average, expected = 10.0, []
    for value in found["in"]:
        expected.append(value * (1 + 5 * (value - average) / (4 * average)))
        average += (value - average) / 4
    np.testing.assert_allclose(found["f"], expected)


def test_samples_hold_what_they_saw() -> None:
    found = run("s = SAMPLE IF TRUE(MODULO(Time, 3) = 1, Time * 10, 9) ~~|", stop=6)
    assert found["s"].tolist() == [9, 10, 10, 10, 40, 40, 40]
    assert run("s = SAMPLE IF TRUE(Time < 2, Time, 9) ~~|", stop=3)["s"].tolist() == [0, 1, 1, 1]


def test_initial_values() -> None:
    text = "s = INTEG(1, 5) ~~|\ni = INITIAL(s * 2 + Time) ~~|\nr = REINITIAL(s) ~~|\ng = GAME(s) ~~|\n"
    text += "a = ACTIVE INITIAL(s * 10, 3) ~~|\nfrom a = INTEG(0, a) ~~|\n"
    found = run(text, start=1, stop=3)
    assert found["i"].tolist() == [11, 11, 11]
    assert found["r"].tolist() == [5, 5, 5]
    assert found["g"].tolist() == [5, 6, 7]
    assert found["a"].tolist() == [50, 60, 70]
    assert found["from_a"].tolist() == [3, 3, 3]


def test_active_initial_breaks_a_circle_of_first_values() -> None:
    found = run(
        "s = INTEG(a - 1, a) ~~|\na = ACTIVE INITIAL(s + 1, 7) ~~|\nchain = INTEG(0, link) ~~|\nlink = s * 2 ~~|",
        stop=2,
    )
    assert found["s"].tolist() == [7, 14, 28]
    assert found["chain"].tolist() == [14] * 3


def test_stocks_with_expressions_and_flows_of_each_other() -> None:
    text = "prey = INTEG(prey*(0.4 - 0.1*hunters), 5) ~~|\nhunters = INTEG(hunters*(0.05*prey - 0.2), 3) ~~|\n"
    found = run(text, stop=3, step=0.5)
    prey, hunters = 5.0, 3.0
    for p, h in zip(found["prey"], found["hunters"], strict=True):
        np.testing.assert_allclose([p, h], [prey, hunters])
        prey, hunters = prey + 0.5 * prey * (0.4 - 0.1 * hunters), hunters + 0.5 * hunters * (0.05 * prey - 0.2)


def test_present_value_and_pipeline_are_macros_of_vensim() -> None:
    found = run(
        "n = NPV(10, 0.1, 5, 2) ~~|\nd = DELAYP(STEP(9, 1), 3 : within) ~~|\nd3 = DELAY3(STEP(9, 1), 3) ~~|", stop=4
    )
    discount = 1 / 1.1
    expected = [2 * (5 + 10 * sum(discount**k for k in range(n + 1))) for n in range(5)]
    np.testing.assert_allclose(found["n"], expected)
    np.testing.assert_allclose(found["d"], found["d3"])
    np.testing.assert_allclose(found["within"], [0, 0, 9, 18, 27])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("DELAY3(1)", "DELAY3 takes 2 arguments, not 1"),
        ("SMOOTH3I(1, 2)", "SMOOTH3I takes 3 arguments, not 2"),
        ("INTEG(1)", "INTEG takes 2 arguments, not 1"),
        ("DELAY N(1, 2, 3, Time)", "order of a delay or smooth must be a number"),
        ("DELAY CONVEYOR(1, 2, 3, 4, 5, 6)", "DELAY CONVEYOR of Vensim is not supported"),
        ("DELAY MATERIAL(1, 2, 3, 4)", "DELAY MATERIAL of Vensim is not supported"),
        ("DELAYED(1)", "unknown function 'DELAYED'"),
    ],
)
def test_what_cannot_be_delayed_is_told(call: str, words: str) -> None:
    told = problem(f"d = {call} ~~|")
    assert words in told
    assert told.startswith("model.mdl:2:")


def test_first_values_of_first_values() -> None:
    assert first("a = INITIAL(b) ~~|\nb = c ~~|\nc = INITIAL(3) ~~|")["a"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 0.25])
def test_like_pysd(tmp_path, step: float) -> None:
    text = (
        INPUT
        + """
        d3v = DELAY3(in, 3 + Time) ~~|
        dn = DELAY N(in, 4, 3, 2) ~~|
        df = DELAY FIXED(in, 2.5, 7) ~~|
        tr = TREND(in + 1, 4, 0.1) ~~|
        fc = FORECAST(in + 1, 4, 5) ~~|
        s3v = SMOOTH3I(in, 3 + Time, 2) ~~|
        short = DELAY3(in, 1.5) ~~|
        stock = INTEG(in - stock/5, 20) ~~|
        ai = ACTIVE INITIAL(stock * 2, 100) ~~|
        from ai = INTEG(ai - from ai, ai) ~~|
    """
    )
    like_pysd(text, tmp_path, stop=12, step=step)
