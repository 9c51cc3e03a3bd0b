"""Macros: several uses, stocks inside, elements, macros in macros, further results."""

from __future__ import annotations

import numpy as np
import pytest
from vensim_models import first, like_pysd, problem, run

import urbsim

GROW = ":MACRO: grow(start, rate)\ngrow = INTEG(grow*rate, start) ~~|\n:END OF MACRO:\n"
BOTH = ":MACRO: both(a, b : product, ratio)\nboth = a + b ~~|\nproduct = a * b ~~|\nratio = inner / b ~~|\ninner = a ~~|\n:END OF MACRO:\n"


def test_each_use_has_stocks_of_its_own() -> None:
    found = run(GROW + "a = grow(10, 0.1) ~~|\nb = grow(20, 0.5) + grow(1, 1) ~~|\nc = Grow(a, a/100) ~~|", stop=2)
    np.testing.assert_allclose(found["a"], [10, 11, 12.1])
    np.testing.assert_allclose(found["b"], [21, 32, 49])
    np.testing.assert_allclose(found["c"], [10, 11, 11 * 1.11])


def test_each_element_has_stocks_of_its_own() -> None:
    text = GROW + "dim: a1, a2 ~~|\nv[dim] = 1, 2 ~~|\ng[dim] = grow(v[dim], v[dim]/10) ~~|\nmax = VMAX(g[dim!]) ~~|"
    found = run(text, stop=2)
    np.testing.assert_allclose(found["g"], [[1, 2], [1.1, 2.4], [1.21, 2.88]])
    np.testing.assert_allclose(found["max"], [2, 2.4, 2.88])


def test_further_results_are_variables_of_the_model() -> None:
    text = (
        BOTH
        + "s = both(6, Time : p, r) ~~|\nu = p + 1 ~~|\ndim: a1, a2 ~~|\nv[dim] = 1, 2 ~~|\nt[dim] = both(v[dim], 4 : tp, tr) ~~|"
    )
    found = run(text, start=1, stop=2)
    assert found["s"].tolist() == [7, 8]
    assert found["p"].tolist() == [6, 12]
    assert found["r"].tolist() == [6, 3]
    assert found["u"].tolist() == [7, 13]
    assert found["tp"][0].tolist() == [4, 8]
    assert found["tr"][0].tolist() == [0.25, 0.5]


def test_a_macro_may_call_a_macro_and_have_the_names_of_the_model() -> None:
    text = (
        GROW
        + ":MACRO: twice(x)\ntwice = grow(x, y) * 2 ~~|\ny = 0.5 ~~|\n:END OF MACRO:\ny = 99 ~~|\nz = twice(10) + y ~~|"
    )
    assert run(text, stop=1)["z"].tolist() == [119, 129]


def test_a_macro_sees_the_clock_and_variables_with_a_dollar() -> None:
    text = (
        ":MACRO: past(x)\npast = x * TIME STEP$ + Time$ + scale$ ~~|\n:END OF MACRO:\nscale = 100 ~~|\nv = past(8) ~~|"
    )
    assert run(text, stop=1, step=0.5)["v"].tolist() == [104, 104.5, 105]


def test_arguments_may_be_expressions_and_first_values_come_from_them() -> None:
    text = GROW + "s = INTEG(1, 5) ~~|\ng = grow(s * 2 + 1, INITIAL(s)/10) + SMOOTH(s, 2) ~~|"
    found = run(text, stop=1)
    np.testing.assert_allclose(found["g"], [11 + 5, 11 * 1.5 + 5])


def test_a_macro_at_the_end_of_the_file_and_delays_inside(tmp_path) -> None:
    path = tmp_path / "m.mdl"
    text = "a = late(Time) ~~|\nINITIAL TIME = 0 ~~|\nFINAL TIME = 4 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    path.write_text(
        text + ":MACRO: late(x)\nlate = DELAY FIXED(x, wait, -1) + 0*SMOOTH(x, 3) ~~|\nwait = 2 ~~|\n:END OF MACRO:\n"
    )
    assert urbsim.load_model(path).run()["a"].values.tolist() == [-1, -1, 0, 1, 2]


def test_chained_macros_order_by_need() -> None:
    text = BOTH + "a = both(b, 1 : pa, ra) ~~|\nb = both(c, 2 : pb, rb) ~~|\nc = 3 ~~|\nd = pa + pb ~~|"
    found = first(text)
    assert (found["b"], found["a"], found["d"]) == (5, 6, 11)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GROW + "a = grow(1) ~~|", "GROW takes 2 arguments, not 1"),
        (BOTH + "a = both(1, 2 : p) ~~|", "has 2 further results, not 1"),
        (":MACRO: m(x)\nm = x + nothing ~~|\n:END OF MACRO:\na = m(1) ~~|", "'nothing' is not defined"),
        (":MACRO: m(x)\nother = x ~~|\n:END OF MACRO:\na = m(1) ~~|", "'m' is not defined"),
    ],
)
def test_wrong_macros_are_told(text: str, words: str) -> None:
    assert words in problem(text)


@pytest.mark.slow
def test_like_pysd(tmp_path) -> None:
    like_pysd(GROW + "a = grow(10, 0.1) ~~|\nb = grow(a, 0.5) + grow(1, 1) ~~|", tmp_path)
