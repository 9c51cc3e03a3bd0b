"""exp, ln and powers of the compiled code against exact arithmetic: the errors that docs/engine.md states."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from urbsim import Model, load_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("functions") / "functions.mdl"
    path.write_text(
        "{UTF-8}\nx = 1 ~~|\ny = 1 ~~|\ne = EXP(x) ~~|\nl = LN(x) ~~|\np = x^y ~~|\nFINAL TIME = 0 ~~|\n"
        "INITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n",
        encoding="utf-8",
    )
    return load_model(path)


def ulps(found: float, exact: Decimal) -> float:
    return float(abs(Decimal(found) - exact) / Decimal(math.ulp(float(exact))))


def run(model: Model, name: str, x: np.ndarray, y: np.ndarray | float = 1.0) -> np.ndarray:
    return np.asarray(model.run({"x": x, "y": y}, [name])[name].values[:, 0])


def test_exp_and_ln_are_within_two_units_of_the_last_place(model: Model) -> None:
    draw = np.random.default_rng(0)
    x = np.concatenate([draw.uniform(-700, 700, 400), draw.uniform(-1, 1, 400)])
    positive = np.concatenate([10 ** draw.uniform(-300, 300, 400), draw.uniform(0.5, 2, 400)])
    with localcontext() as context:
        context.prec = 50
        worst = max(ulps(v, Decimal(a).exp()) for a, v in zip(x.tolist(), run(model, "e", x).tolist(), strict=True))
        assert worst < 2
        logs = zip(positive.tolist(), run(model, "l", positive).tolist(), strict=True)
        assert max(ulps(v, Decimal(a).ln()) for a, v in logs) < 2


def test_powers_are_as_exact_as_stated(model: Model) -> None:
    draw = np.random.default_rng(1)
    x, y = draw.uniform(0.01, 50, 400), draw.uniform(-6, 6, 400)
    found = run(model, "p", x, y)
    with localcontext() as context:
        context.prec = 50
        for a, b, v in zip(x.tolist(), y.tolist(), found.tolist(), strict=True):
            exact = (Decimal(b) * Decimal(a).ln()).exp()
            assert ulps(v, exact) < 2 + 3 * abs(b * math.log(a)), (a, b)


def test_the_ends_are_those_of_the_standard(model: Model) -> None:
    x = np.array([0.0, -1.0, 1e-320, 800.0, -800.0])
    np.testing.assert_array_equal(run(model, "e", x), [1, math.exp(-1), 1, np.inf, 0])
    logs = run(model, "l", x)
    assert logs[0] == -np.inf
    assert np.isnan(logs[[1, 4]]).all()
    assert logs[2] == pytest.approx(math.log(1e-320), rel=1e-15)
    powers = run(model, "p", np.array([-2.0, -2.0, 0.0]), np.array([3.0, 0.0, 0.0]))
    np.testing.assert_allclose(powers, [-8, 1, 1], rtol=1e-15)
    assert np.isnan(run(model, "p", np.array([-2.0]), np.array([0.5]))).all()
