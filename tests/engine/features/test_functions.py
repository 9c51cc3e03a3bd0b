"""Functions of numbers and of time, operators and their order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from vensim_models import clock, first, like_pysd, problem, run

import urbsim
from urbsim.errors import InputError

NA = -(2.0**109)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4),
        ("(-2)^2", 4),
        ("-three^2", -9),
        ("2^-1", 0.5),
        ("2^3^2", 512),
        ("2^-three^2", 2.0**-9),
        ("10-2-3", 5),
        ("24/4/2*3", 9),
        ("2+3*4^2", 50),
        ("- - 3", 3),
        ("-(-three)", 3),
        ("+three - -three", 6),
        ("3*-2", -6),
        ("6/-three", -2),
        ("1e3 + .5 + 2. + 1E-2", 1002.51),
        ("00.50 + 007", 7.5),
        ("MIN(three, 2) + MAX(-1, three)", 5),
        ("INTEGER(-2.7)", -2),
        ("INTEGER(2.7)", 2),
        ("QUANTUM(-1.9, 1)", -1),
        ("QUANTUM(50, 12)", 48),
        ("QUANTUM(three, 0)", 3),
        ("QUANTUM(423, 63)", 378),
        ("MODULO(-7, three)", -1),
        ("MODULO(7.5, 2)", 1.5),
        ("MODULO(12, 5)", 2),
        ("ZIDZ(1, 0)", 0),
        ("ZIDZ(1, 1e-7)", 0),
        ("ZIDZ(6, three)", 2),
        ("XIDZ(1, 0, 9)", 9),
        ("XIDZ(6, three, 9)", 2),
        ("POWER(2, three)", 8),
        ("LOG(8, 2)", 3),
        ("LOG(1000, 10)", 3),
        ("LN(EXP(2))", 2),
        ("SQRT(ABS(-16))", 4),
        ("ARCSIN(1) + ARCCOS(1) + ARCTAN(0)", math.pi / 2),
        ("SIN(1) + COS(1) + TAN(1)", math.sin(1) + math.cos(1) + math.tan(1)),
        ("SINH(1) + COSH(1) + TANH(1)", math.sinh(1) + math.cosh(1) + math.tanh(1)),
        ("GAMMA LN(6)", math.log(120)),
        ("IF THEN ELSE(three > 2, 1, 0)", 1),
        ("IF THEN ELSE(three >= 3 :AND: three <> 3, 1, 0)", 0),
        ("IF THEN ELSE(three = 3 :OR: three = 3 :AND: three = 2, 1, 0)", 1),
        ("IF THEN ELSE(three = 2 :AND: three = 3 :OR: three = 3, 1, 0)", 1),
        ("IF THEN ELSE(:NOT: three > 5, 1, 0)", 1),
        ("IF THEN ELSE(:NOT: three > 5 :AND: three = 2, 1, 0)", 0),
        ("IF THEN ELSE(:not: (three = 3 :or: three = 2), 1, 0)", 0),
        ("IF THEN ELSE(three, IF THEN ELSE(0, 1, 2), 3)", 2),
        ("if then else(three<=2,1,if_then_else(three<4,7,8))", 7),
        ("IF THEN ELSE(:NA: = NA variable, 5, 6)", 5),
        ("IF THEN ELSE(1 + three = 4, 5, 6)", 5),
        ("GET TIME VALUE(0, 2, 0)", 2),
        ("TIME BASE(1970, 0.5)", 1970),
        (":NA:", NA),
    ],
)
def test_values(text: str, value: float) -> None:
    shown = first(f"three = 3 ~~|\nNA variable = :NA: ~~|\nv = {text} ~~|")
    assert shown["v"] == pytest.approx(value, rel=1e-12)


def test_what_is_folded_and_what_runs_give_the_same() -> None:
    calls = [
        "MODULO({}, 3)",
        "QUANTUM({}, 2)",
        "INTEGER({})",
        "{}^3",
        "EXP({}/4)",
        "ABS({})",
        "GAMMA LN({} + 6)",
        "LN({}+6)",
    ]
    calls += [
        "ARCTAN({})",
        "TANH({})",
        "MAX({}, 1)",
        "-{}^2",
        "IF THEN ELSE({} > 0, 1, -1)",
        "ZIDZ(1, {})",
        "SQRT({}+6)",
    ]
    text = "".join(f"r{i} = {c.format('moving')} ~~|\nf{i} = {c.format('(-5)')} ~~|\n" for i, c in enumerate(calls))
    found = run(f"moving = Time - 5 ~~|\n{text}", stop=9)
    for i in range(len(calls)):
        np.testing.assert_allclose(found[f"r{i}"][0], found[f"f{i}"][0], rtol=1e-13)


def test_steps_and_ramps() -> None:
    found = run("s = STEP(5, 2) ~~|\nl = STEP(5, 2.4) ~~|\nr = RAMP(2, 3, 5) ~~|\nx = RAMP(-1, 2, 100) ~~|", stop=6)
    assert found["s"].tolist() == [0, 0, 5, 5, 5, 5, 5]
    assert found["l"].tolist() == [0, 0, 5, 5, 5, 5, 5]  # from the middle of the step on
    assert found["r"].tolist() == [0, 0, 0, 0, 2, 4, 4]
    assert found["x"].tolist() == [0, 0, 0, -1, -2, -3, -4]


@pytest.mark.parametrize(
    ("call", "times"),
    [
        ("PULSE(3, 2)", [3, 4]),
        ("PULSE(3, 0)", [3]),
        ("PULSE(3, 0.5)", [3]),
        ("PULSE(2.3, 2)", [2, 3]),  # from the middle of a step to that of another
        ("PULSE(2.7, 2)", [3, 4]),
        ("PULSE(-1, 3)", [0, 1]),
        ("PULSE TRAIN(2, 1, 4, 7)", [2, 6]),
        ("PULSE TRAIN(2, 0, 4, 20)", [2, 6, 10]),
        ("PULSE TRAIN(2, 2, 4, 7)", [2, 3, 6]),
        ("PULSE TRAIN(2, 3, 2, 7)", [2, 3, 4, 5, 6]),
        ("PULSE TRAIN(-3, 1, 4, 20)", [1, 5, 9]),
    ],
)
def test_pulses(call: str, times: list[float]) -> None:
    found = run(f"p = {call} ~~|", stop=10)
    assert np.flatnonzero(found["p"]).tolist() == times


def test_pulses_do_not_miss_steps_that_are_no_binary_fraction() -> None:
    found = run(
        "p = PULSE(0.7, 0.3) ~~|\nt = PULSE TRAIN(0.1, 0.1, 0.3, 2) ~~|\ns = STEP(1, 0.7) ~~|", stop=1.2, step=0.1
    )
    assert np.flatnonzero(found["p"]).tolist() == [7, 8, 9]
    assert np.flatnonzero(found["t"]).tolist() == [1, 4, 7, 10]
    assert np.flatnonzero(found["s"]).tolist() == [7, 8, 9, 10, 11, 12]


def test_time_and_the_clock_are_variables() -> None:
    text = "a = Time * 2 ~~|\nb = TIME STEP + FINAL TIME + INITIAL TIME + SAVEPER ~~|\nc = IF THEN ELSE(time >= 1, 1, 0) ~~|"
    found = run(text, stop=2, step=0.5)
    assert found["a"].tolist() == [0, 1, 2, 3, 4]
    assert found["b"].tolist() == [3] * 5
    assert found["c"].tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"stop": 2, "step": "1/4", "save": "TIME STEP * 2"}, [0, 0.5, 1, 1.5, 2]),
        ({"stop": "start + length", "step": 0.5, "save": 1, "start": 10}, [10, 11, 12]),
        ({"stop": 1, "step": 0.25, "save": 0.4}, [0, 0.5, 1]),  # the first step at or after each multiple
        ({"stop": 2.5, "step": 1, "save": 1}, [0, 1, 2]),
        ({"stop": 1, "step": 0.1, "save": 0.2}, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ({"stop": 10, "step": 1, "save": 4}, [0, 4, 8]),
        ({"stop": 2, "step": 1, "save": 0.5}, [0, 1, 2]),
        ({"start": -2, "stop": 0, "step": 1}, [-2, -1, 0]),
    ],
)
def test_clocks(tmp_path, times: dict[str, object], expected: list[float]) -> None:
    path = tmp_path / "clock.mdl"
    path.write_text("start = 10 ~~|\nlength = 2 ~~|\ns = INTEG(1, 0) ~~|\n" + clock(**times), encoding="utf-8")
    data = urbsim.load_model(path).run()
    np.testing.assert_allclose(data["time"], expected)
    np.testing.assert_allclose(data["s"], data["time"] - data["time"][0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v = SIN(1, 2)", "SIN takes 1 argument, not 2"),
        ("v = MAX(1)", "MAX takes 2"),
        ("v = SQROOT(4)", "did you mean SQRT?"),
        ("v = SIMULTANEOUS(1, 2)", "SIMULTANEOUS of Vensim is not supported"),
        ("v = IF THEN ELSE(1, 2)", "IF THEN ELSE takes 3 arguments, not 2"),
        ("v = GET TIME VALUE(2, 0, 3)", "GET TIME VALUE is supported for model time only"),
    ],
)
def test_wrong_calls_are_told(text: str, words: str) -> None:
    assert words in problem(text + " ~~|")


def test_an_equation_that_is_not_written_yet_gives_no_number() -> None:
    found = run("a = 3 ~~|\nb = A FUNCTION OF(a, -c) ~~|\nc = a * 2 ~~|\nd = b + 1 ~~|", stop=1)
    assert found["c"].tolist() == [6, 6]
    assert np.isnan(found["b"]).all()
    assert np.isnan(found["d"]).all()


@pytest.mark.slow
def test_like_pysd(tmp_path) -> None:
    text = """
        x = Time - 3.3 ~~|
        a = MODULO(x, 2) + QUANTUM(x, 0.7) + INTEGER(x * 2) ~~|
        b = 2^-x + x^2 - -x^2 + (-x)^2 ~~|
        c = IF THEN ELSE(x > 0 :AND: x < 2, EXP(x), ABS(x)) ~~|
        d = ZIDZ(1, x + 3.3) + XIDZ(x, Time, 7) ~~|
        e = STEP(2, 3) + RAMP(1, 1, 4) + PULSE(2, 2) + PULSE TRAIN(1, 1, 3, 8) ~~|
        f = SIN(x) + COS(x) + TAN(x) + ARCTAN(x) + SINH(x) + COSH(x) + TANH(x) + SQRT(Time) + LN(Time + 1) ~~|
        g = LOG(Time + 1, 3) + POWER(Time, 1.5) + MIN(x, 1) - MAX(x, -1) ~~|
    """
    like_pysd(text, tmp_path, stop=8, step=0.5)


def test_a_final_time_that_moves_ends_the_run_when_it_is_reached() -> None:
    text = "s = INTEG(1, 0) ~~|\nlimit = IF THEN ELSE(s >= 5, Time, 1000) ~~|\nseen = FINAL TIME ~~|"
    found = run(text, stop="limit", step=0.5)
    assert found["s"][-1] == 5
    assert found["seen"].tolist() == [1000] * 10 + [5]
    found = run("w = 3 + STEP(2, 2.5) ~~|", stop="w", save=2)
    assert len(found["w"]) == 3
    assert len(run("w = 300 + 0 * Time ~~|", stop="w")["w"]) == 301


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"stop": "Time + 1"}, "does not reach its FINAL TIME in"),
        ({"step": "1 + Time / 10"}, "'TIME STEP' changes while the model runs; only FINAL TIME may do so"),
        ({"save": "1 + Time / 10"}, "'SAVEPER' changes while the model runs"),
    ],
)
def test_clocks_that_move_too_much(times: dict[str, object], words: str) -> None:
    assert words in problem("x = 1 ~~|", **times)


def test_members_must_end_together(tmp_path) -> None:
    text = "x = 1 ~~|\ns = INTEG(x, 0) ~~|\n" + clock(stop="IF THEN ELSE(s >= 4, Time, 99)")
    path = tmp_path / "m.mdl"
    path.write_text(text, encoding="utf-8")
    model = urbsim.load_model(path)
    assert model.run({"x": 2})["time"].values.tolist() == [0, 1, 2]
    assert model.run({"x": [2, 2.1], "FINAL TIME": 3})["s"].shape == (2, 4)
    with pytest.raises(InputError, match="end at different times"):
        model.run({"x": [1, 2]})
