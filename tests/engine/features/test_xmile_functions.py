"""XMILE operators and functions, one equation each; numbers by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pysd
import pytest
from xmile_models import aux, run, series, xmile

OPERATORS = {
    "-2^2": -4,
    "(-2)^2": 4,
    "2^3^2": 512,
    "2^-1": 0.5,
    "2^-1^2": 0.5,
    "-2*-3": 6,
    "10-4-3": 3,
    "10 - -4 - 3": 11,
    "100/5/2": 10,
    "2*-3^2": -18,
    "7 MOD 4": 3,
    "7 mod 4 * 2": 6,
    "-7 MOD 3": 2,
    "MOD(-7, 3)": 2,
    "9 % 4": 1,
    "1//0": 0,
    "6//3": 2,
    "7/2": 3.5,
    "1 + 1 = 2": 1,
    "3 <> 3": 0,
    "1 < 2 AND 2 >= 2": 1,
    "0 AND 1 OR 1": 1,
    "1 OR 1 AND 0": 1,
    "NOT 2 = 1": 0,
    "NOT (2 = 1)": 1,
    "IF 1 > 2 THEN 3 ELSE 4": 4,
    "if(1<2)then(3)else(4)": 3,
    "IF (1 < 2) AND (2 < 1) THEN 3 ELSE 4": 4,
    "IF(1 < 2, 3, 4)": 3,
    "IF_THEN_ELSE(0, 3, 4)": 4,
    "5 + IF 1 THEN 2 ELSE 3 + 10": 7,
    "IF 0 THEN 1 ELSE IF 0 THEN 2 ELSE 3": 3,
    "(IF 0 THEN 1 ELSE 2) * 5": 10,
    ".5 + 1. + 1e-1 + 2E+1": 21.6,
    "+3": 3,
    "{first} 3 {second {nested}} + 2": 5,
    "3 // three of them": 3,
    "4 +\n  5": 9,
}
FUNCTIONS = {
    "ABS(-3)": 3,
    "ARCCOS(0.5)": math.acos(0.5),
    "arcsin(0.5)": math.asin(0.5),
    "ArcTan(2)": math.atan(2),
    "COS(PI)": -1,
    "SIN(PI/2)": 1,
    "TAN(0.5)": math.tan(0.5),
    "EXP(1)": math.e,
    "MIN(INF, 7)": 7,
    "INT(2.7)": 2,
    "INT(-2.5)": -3,
    "INT(-3)": -3,
    "INT(LOG10(1000))": 3,
    "LN(EXP(2))": 2,
    "LOG10(0.01)": -2,
    "MAX(3, 4)": 4,
    "MAX(3, 9, 4)": 9,
    "MIN(3, 4)": 3,
    "SQRT(9)": 3,
    "ROUND(2.5)": 3,
    "ROUND(-1.2)": -1,
    "SAFEDIV(6, 3)": 2,
    "SAFEDIV(6, 0)": 0,
    "SAFEDIV(6, 0, 9)": 9,
    "SAFEDIV(1, 1E-7)": 1e7,
    "PERCENT(0.25)": 25,
    "MEAN(1, 2, 6)": 3,
    "GAMMALN(5)": math.log(24),
    "DT": 1,
    "STARTTIME": 0,
    "STOPTIME": 5,
    "PI()": math.pi,
}
OVER_TIME = {
    "TIME": [0, 1, 2, 3, 4, 5],
    "TIME()": [0, 1, 2, 3, 4, 5],
    "STEP(3, 2)": [0, 0, 3, 3, 3, 3],
    "RAMP(2, 1)": [0, 0, 2, 4, 6, 8],
    "RAMP(2)": [0, 2, 4, 6, 8, 10],
    "RAMP(2, 1, 3)": [0, 0, 2, 4, 4, 4],
    "PULSE(20)": [20] * 6,
    "PULSE(20, 2)": [0, 0, 20, 0, 0, 0],
    "PULSE(20, 1, 2)": [0, 20, 0, 20, 0, 20],
    "PULSE(20, 1, 0)": [0, 20, 0, 0, 0, 0],
    "PULSE(20, 1.5)": [0, 0, 20, 0, 0, 0],
    "INIT(TIME + 3)": [3] * 6,
    "PREVIOUS(TIME, -1)": [-1, 0, 1, 2, 3, 4],
    "PREVIOUS(TIME + 7)": [7, 7, 8, 9, 10, 11],
    "PREVIOUS(SELF, 0) + 2": [2, 4, 6, 8, 10, 12],
    "HISTORY(TIME * 10, TIME - 2)": [0, 0, 0, 10, 20, 30],
    "HISTORY(TIME * 10, 3)": [0, 0, 0, 30, 30, 30],
    "IF TIME < 2 THEN 1 ELSE HISTORY(SELF, TIME - 1) + HISTORY(SELF, TIME - 2)": [1, 1, 2, 3, 5, 8],
    "COUNTER(2, 4)": [2, 3, 2, 3, 2, 3],
    "SINWAVE(-2, 4)": [0, 2, 0, -2, 0, 2],
    "COSWAVE(2, 4)": [2, 0, -2, 0, 2, 0],
    "DELAY(TIME, 2)": [0, 0, 0, 1, 2, 3],
    "DELAY(TIME, 2, 9)": [9, 9, 0, 1, 2, 3],
    "DELAY1(STEP(8, 1), 2)": [0, 0, 4, 6, 7, 7.5],
    "DELAY1(4, 2, 0)": [0, 2, 3, 3.5, 3.75, 3.875],
    "SMTH1(STEP(8, 1), 2)": [0, 0, 4, 6, 7, 7.5],
    "SMTH1(8, 2, 0)": [0, 4, 6, 7, 7.5, 7.75],
    "TREND(TIME + 1, 2)": [0, 0.5, 0.5, 0.3888888889, 0.3, 0.2384615385],
}


def pairs(table: dict[str, float]) -> list[object]:
    return [pytest.param(equation, value, id=equation) for equation, value in table.items()]


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """All equations in one file: one compilation."""
    equations = [*OPERATORS, *FUNCTIONS, *OVER_TIME]
    text = xmile("".join(aux(f"v{i}", equation) for i, equation in enumerate(equations)))
    found = run(text, tmp_path_factory.mktemp("all"))
    return {equation: found[f"v{i}"].values for i, equation in enumerate(equations)}


@pytest.mark.parametrize(("equation", "expected"), [*pairs(OPERATORS), *pairs(FUNCTIONS)])
def test_a_value(computed: dict[str, np.ndarray], equation: str, expected: float) -> None:
    np.testing.assert_allclose(computed[equation], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("equation", "expected"), list(OVER_TIME.items()))
def test_values_over_time(computed: dict[str, np.ndarray], equation: str, expected: list[float]) -> None:
    np.testing.assert_allclose(computed[equation], expected, rtol=1e-9, atol=1e-12)


def chain(entered: np.ndarray, time: float, order: int, dt: float, *, material: bool) -> np.ndarray:
    """Stages in a row, by hand: material passes on what leaves, information approaches what comes before."""
    rate = order / time
    stages = np.full(order, entered[0] / rate if material else entered[0])
    found = []
    for x in entered:
        found.append(stages[-1] * rate if material else stages[-1])
        before = np.array([x, *(stages[:-1] * rate if material else stages[:-1])])
        stages = stages + dt * (before - stages * rate if material else (before - stages) * rate)
    return np.array(found)


@pytest.mark.parametrize(
    ("equation", "time", "order", "material"),
    [
        ("DELAY3(STEP(8, 1) + 1, 4)", 4, 3, True),
        ("DELAYN(STEP(8, 1) + 1, 3, 2)", 3, 2, True),
        ("DELAYN(STEP(8, 1) + 1, 3, 2, 1)", 3, 2, True),
        ("DELAY3(STEP(8, 1) + 1, 0.9)", 0.9, 3, True),
        ("SMTH3(STEP(8, 1) + 1, 4)", 4, 3, False),
        ("SMTHN(STEP(8, 1) + 1, 4, 5)", 4, 5, False),
    ],
)
def test_delays_and_smooths_of_higher_order(
    tmp_path: Path, equation: str, time: float, order: int, material: bool
) -> None:
    at = np.arange(21) * 0.5
    entered = np.where(at >= 1, 9.0, 1.0)
    found = series(xmile(aux("a", equation), stop=10, dt=0.5), tmp_path, "a")
    np.testing.assert_allclose(found, chain(entered, time, order, 0.5, material=material), rtol=1e-9)


def test_forecast_goes_on_with_the_trend(tmp_path: Path) -> None:
    text = xmile(aux("a", "FORCST(TIME + 1, 2, 3)") + aux("b", "(TIME + 1) * (1 + 3 * TREND(TIME + 1, 2))"))
    found = run(text, tmp_path)
    np.testing.assert_allclose(found["a"], found["b"], rtol=1e-12)
    assert found["a"][1] == pytest.approx(2 * (1 + 3 * 0.5))


def test_pulses_and_steps_with_a_small_step(tmp_path: Path) -> None:
    text = xmile(aux("a", "PULSE(2, 0.1, 0.3)") + aux("b", "STEP(1, 0.7)") + aux("c", "RAMP(1, 0.5)"), stop=1, dt=0.1)
    found = run(text, tmp_path)
    np.testing.assert_allclose(found["a"], [0, 20, 0, 0, 20, 0, 0, 20, 0, 0, 20], atol=1e-12)
    np.testing.assert_allclose(found["b"], [0] * 7 + [1] * 4)
    np.testing.assert_allclose(found["c"], np.maximum(np.arange(11) * 0.1 - 0.5, 0), atol=1e-12)


MEANS = {  # mean and standard deviation
    "RANDOM(2, 4)": (3, 2 / 12**0.5),
    "UNIFORM(2, 4, 77)": (3, 2 / 12**0.5),
    "NORMAL(5, 2)": (5, 2),
    "NORMAL(5, 2, 11)": (5, 2),
    "LOGNORMAL(5, 2)": (5, 2),
    "EXPRND(3)": (3, 3),
    "POISSON(2.5)": (2.5, 2.5**0.5),
    "POISSON(60)": (60, 60**0.5),
    "TRIANGULAR(0, 1, 5)": (2, (21 / 18) ** 0.5),
    "MONTECARLO(30)": (0.3, (0.3 * 0.7) ** 0.5),
}


@pytest.mark.slow
def test_random_functions_have_their_distribution_and_repeat(tmp_path: Path) -> None:
    text = xmile("".join(aux(f"v{i}", equation) for i, equation in enumerate(MEANS)), stop=40_000)
    first, again, other = (run(text, tmp_path, seed=seed) for seed in (1, 1, 2))
    for i, (mean, deviation) in enumerate(MEANS.values()):
        values = first[f"v{i}"].values
        assert values.mean() == pytest.approx(mean, abs=5 * deviation / 200)
        assert values.std() == pytest.approx(deviation, rel=0.05)
        np.testing.assert_array_equal(values, again[f"v{i}"].values)
        assert (values != other[f"v{i}"].values).any()
    assert (first["v6"].values == np.round(first["v6"].values)).all()


def test_normal_with_bounds_stays_inside(tmp_path: Path) -> None:
    found = series(xmile(aux("a", "NORMAL(5, 2, 1, 4, 6)"), stop=500), tmp_path, "a")
    assert found.min() >= 4
    assert found.max() <= 6


@pytest.mark.slow
def test_pysd_and_pysimlin_agree(tmp_path: Path) -> None:
    """Where both know a function and neither is known to be wrong."""
    simlin = pytest.importorskip("simlin")
    names = ["STEP(3, 2)", "RAMP(2, 1)", "PULSE(20, 2)", "PULSE(20, 1, 2)", "SMTH1(TIME, 2)", "SMTH3(TIME, 6)"]
    names += ["DELAY1(TIME, 2)", "DELAY3(TIME, 6)", "TREND(TIME + 1, 2)", "MAX(TIME, 3)", "EXP(TIME)"]
    text = xmile("".join(aux(f"v{i}", equation) for i, equation in enumerate(names)), stop=9, dt=0.5)
    ours = run(text, tmp_path)
    path = tmp_path / "m.xmile"
    with simlin.load(str(path)) as model:
        fast = model.run(analyze_loops=False).results
    oracle = pysd.read_xmile(str(path)).run()
    for i, equation in enumerate(names):
        np.testing.assert_allclose(ours[f"v{i}"], fast[f"v{i}"], rtol=1e-9, atol=1e-9, err_msg=equation)
        np.testing.assert_allclose(ours[f"v{i}"], oracle[f"v{i}"], rtol=1e-9, atol=1e-9, err_msg=equation)
