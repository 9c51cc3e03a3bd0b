"""Random functions: their distributions, and that a seed brings the same numbers back."""

from __future__ import annotations

import numpy as np
import pytest
from vensim_models import run

N = 20_000


def draws(call: str, seed: int = 1) -> np.ndarray:
    return run(f"x = {call} ~~|", stop=N - 1, seed=seed)["x"]


def test_uniform() -> None:
    x = draws("RANDOM UNIFORM(2, 6, 0)")
    assert x.min() >= 2
    assert x.max() <= 6
    assert x.mean() == pytest.approx(4, abs=0.03)
    assert x.var() == pytest.approx(16 / 12, rel=0.03)
    assert abs(np.corrcoef(x[:-1], x[1:])[0, 1]) < 0.03
    assert draws("RANDOM 0 1()").mean() == pytest.approx(0.5, abs=0.01)


def test_normal_is_cut_at_its_limits() -> None:
    x = draws("RANDOM NORMAL(-100, 100, 10, 3, 0)")
    assert x.mean() == pytest.approx(10, abs=0.1)
    assert x.std() == pytest.approx(3, rel=0.03)
    assert np.mean(x < 7) == pytest.approx(0.1587, abs=0.01)
    cut = draws("RANDOM NORMAL(9, 12, 10, 3, 77)")
    assert cut.min() >= 9
    assert cut.max() <= 12
    assert np.mean(cut == 9) < 0.001


def test_exponential_and_triangular() -> None:
    x = draws("RANDOM EXPONENTIAL(0, 1000, 1, 2, 0)")
    assert x.min() >= 1
    assert x.mean() == pytest.approx(3, abs=0.06)
    cut = draws("RANDOM TRIANGULAR(1.5, 3, 1, 2, 6, 0)")
    whole = draws("RANDOM TRIANGULAR(0, 10, 1, 2, 6, 0)", seed=2)
    within = whole[(whole >= 1.5) & (whole <= 3)]
    assert (cut.min() >= 1.5, cut.max() <= 3) == (True, True)
    assert cut.mean() == pytest.approx(within.mean(), abs=0.02)
    x = draws("RANDOM TRIANGULAR(0, 10, 1, 2, 6, 0)")
    assert (x.min() >= 1, x.max() <= 6) == (True, True)
    assert x.mean() == pytest.approx(3, abs=0.05)


def test_poisson() -> None:
    x = draws("RANDOM POISSON(0, 100, 4, 0, 1, 0)")
    assert (x == np.round(x)).all()
    assert x.mean() == pytest.approx(4, abs=0.06)
    assert x.var() == pytest.approx(4, rel=0.05)
    assert draws("RANDOM POISSON(0, 100, 4, 10, 2, 0)").mean() == pytest.approx(18, abs=0.15)


def test_weibull() -> None:
    x = draws("RANDOM WEIBULL(0, 100, 2, 1, 3, 0)")
    assert x.mean() == pytest.approx(1 + 3 * 0.886227, abs=0.03)


def test_a_seed_brings_the_same_numbers_back_and_places_have_numbers_of_their_own() -> None:
    text = "dim: a, b ~~|\nx[dim] = RANDOM UNIFORM(0, 1, 0) ~~|\ny = RANDOM UNIFORM(0, 1, 0) + RANDOM UNIFORM(0, 1, 0) ~~|\nz = y ~~|"
    one, same, other = (run(text, stop=50, seed=seed) for seed in (5, 5, 6))
    assert (one["x"] == same["x"]).all()
    assert not (one["x"] == other["x"]).any()
    assert not (one["x"][:, 0] == one["x"][:, 1]).any()
    assert (one["y"] == one["z"]).all()
    assert one["y"].max() > 1


def test_numbers_may_be_held() -> None:
    text = "once = INITIAL(RANDOM UNIFORM(0, 1, 0)) ~~|\nheld = SAMPLE IF TRUE(MODULO(Time, 3) = 0, RANDOM UNIFORM(0, 1, 0), 0) ~~|"
    found = run(text, stop=8)
    assert len(set(found["once"].tolist())) == 1
    assert len(set(found["held"].tolist())) == 3
