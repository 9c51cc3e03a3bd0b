"""Tables: all ways to write them, to pass them on, and to look into them."""

from __future__ import annotations

import numpy as np
import pytest
from vensim_models import first, like_pysd, problem, run

DIM = "dim: a1, a2, a3 ~~|\nx[dim] = 1, 2, 3 ~~|\n"


@pytest.mark.parametrize(
    "table",
    [
        "((0,0),(10,20))",
        "([(0,0)-(10,20)],(0,0),(10,20))",
        "([(0,0)-(10,20),(1,1),(2,3)], (0,0) , (10,20) )",
        "(0,10,0,20)",
        "([(0,0)-(10,20)], 0, 10, 0, 20)",
        "( (10,20), (0,0) )",
        "((0,0),(5,10),(5,10),(10,2e1))",
        "((-5,-10),(0,.0),(10.,20))",
        "(\\\n\t\t(0,0),\n\t\t(10,20)\n\t)",
    ],
)
def test_all_ways_to_write_a_table(table: str) -> None:
    found = first(f"my table{table} ~~|\na = my table(2.5) ~~|\nb = My_Table(11) ~~|\nc = my table(-Time) ~~|")
    assert (found["a"], found["b"], found["c"]) == (5, 20, 0)


def test_tables_hold_their_ends() -> None:
    found = run("t((1,10),(2,30),(4,0)) ~~|\nv = t(Time) ~~|", stop=6)
    np.testing.assert_allclose(found["v"], [10, 10, 30, 15, 0, 0, 0])


def test_tables_by_element() -> None:
    text = (
        DIM
        + "one[dim]((0,0),(10,1)) ~~|\neach[a1]((0,0),(10,20)) ~~|\neach[a2]((0,0),(10,30)) ~~|\neach[a3](0,10,0,40) ~~|\n"
    )
    found = first(text + "v[dim] = one[dim](x[dim]) ~~|\nw[dim] = each[dim](x[dim]) ~~|\nu = each[a2](5) ~~|")
    np.testing.assert_allclose(found["v"], [0.1, 0.2, 0.3])
    assert found["w"] == [2, 6, 12]
    assert found["u"] == 15


def test_tables_in_the_equation() -> None:
    text = DIM + "a = 1 + WITH LOOKUP(Time, ([(0,0)-(4,4)],(0,0),(4,8))) * 2 ~~|\n"
    text += "b[dim] = WITH LOOKUP(x[dim] + 1, ((0,0),(4,8))) ~~|\nc = with_lookup (MIN(Time,1), ( 0,1, 5,6 )) ~~|\n"
    text += "d[a1] = WITH LOOKUP(1, ((0,0),(1,1))) ~~|\nd[a2] = WITH LOOKUP(1, ((0,0),(1,2))) ~~|\nd[a3] = 0 ~~|"
    found = run(text, stop=2)
    assert found["a"].tolist() == [1, 5, 9]
    assert found["b"][0].tolist() == [4, 6, 8]
    assert found["c"].tolist() == [5, 6, 6]
    assert found["d"][0].tolist() == [1, 2, 0]


def test_other_rules_between_and_beyond_the_points() -> None:
    text = (
        "t((0,0),(2,10),(4,30)) ~~|\nx = Time - 1 ~~|\ne = LOOKUP EXTRAPOLATE(t, x) ~~|\nf = LOOKUP FORWARD(t, x) ~~|\n"
    )
    found = run(text + "b = LOOKUP BACKWARD(t, x) ~~|\ni = LOOKUP INVERT(t, Time * 5) ~~|", stop=7)
    np.testing.assert_allclose(found["e"], [-5, 0, 5, 10, 20, 30, 40, 50])
    np.testing.assert_allclose(found["f"], [0, 0, 10, 10, 30, 30, 30, 30])
    np.testing.assert_allclose(found["b"], [0, 0, 0, 10, 10, 30, 30, 30])
    np.testing.assert_allclose(found["i"], [0, 1, 2, 2.5, 3, 3.5, 4, 4])


def test_tables_as_arguments_of_macros() -> None:
    text = ":MACRO: twice(table, x)\ntwice = table(x) + table(x + 1) ~~|\n:END OF MACRO:\n"
    text += (
        DIM + "t((0,0),(10,10)) ~~|\ns[dim]((0,0),(10,20)) ~~|\na = twice(t, 3) ~~|\nb[dim] = twice(s[dim], x[dim]) ~~|"
    )
    found = first(text)
    assert found["a"] == 7
    assert found["b"] == [6, 10, 14]


def test_long_tables_are_searched() -> None:
    points = ",".join(f"({i / 4},{(i * 7) % 5})" for i in range(101))
    found = run(
        f"t({points}) ~~|\nv = t(Time * 3 - 2) ~~|\ne = LOOKUP EXTRAPOLATE(t, Time * 3 - 2) ~~|", stop=10, step=0.125
    )
    x = np.arange(101) / 4
    y = (np.arange(101) * 7) % 5
    at = np.arange(81) * 0.375 - 2
    np.testing.assert_allclose(found["v"], np.interp(at, x, y), atol=1e-12)
    inside = (at >= 0) & (at <= 25)
    np.testing.assert_allclose(found["e"][inside], np.interp(at[inside], x, y), atol=1e-12)


def test_a_table_with_a_jump() -> None:
    found = run("t((0,0),(2,0),(2,1),(4,1)) ~~|\nv = t(Time) ~~|", stop=4)
    assert found["v"].tolist() in ([0, 0, 1, 1, 1], [0, 0, 0, 1, 1])


def test_vector_lookup_takes_the_elements_as_y() -> None:
    found = run("p: (p1-p5) ~~|\ny[p] = 0, 10, 30, 20, 40 ~~|\nv = VECTOR LOOKUP(y[p1], Time, 1, 9, 0) ~~|\n"
                "e = VECTOR LOOKUP(y[p1], Time, 1, 9, 3) ~~|", stop=12)  # fmt: skip
    np.testing.assert_allclose(found["v"], np.interp(np.arange(13), [1, 3, 5, 7, 9], [0, 10, 30, 20, 40]))
    assert found["e"][-1] == pytest.approx(70)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t((0,0),(1,1)) ~~|\nv = t + 1 ~~|", "is a table and needs an argument"),
        ("t((0,0),(1,1)) ~~|\nv = t(1, 2) ~~|", "T takes 1 argument, not 2"),
        ("t((0,0),(1,x)) ~~|", "not understood from `x))`"),
        ("t(0,1,2) ~~|", "as many values of y as of x"),
        ("v = LOOKUP FORWARD(w, 1) ~~|\nw = 1 ~~|", "LOOKUP FORWARD needs a table as its first argument"),
        ("t((0,0),(1,1),(2,0)) ~~|\nv = LOOKUP INVERT(t, Time) ~~|", "only rises or only falls"),
        ("w = 3 ~~|\nv = w(2) ~~|", "'w' is no table and no function"),
    ],
)
def test_what_is_no_table_is_told(text: str, words: str) -> None:
    assert words in problem(text)


@pytest.mark.slow
def test_like_pysd(tmp_path) -> None:
    text = (
        DIM
        + """
        t([(0,0)-(10,10)],(0,0),(2,10),(4,30)) ~~|
        each[a1]((0,0),(10,20)) ~~|
        each[a2]((0,0),(10,30)) ~~|
        each[a3]((0,0),(5,40)) ~~|
        v = t(Time) * t(3 - Time) ~~|
        w[dim] = each[dim](x[dim] * Time) ~~|
        u[dim] = WITH LOOKUP(x[dim] * Time, ([(0,0)-(4,4)],(0,0),(4,8))) ~~|
        e = LOOKUP EXTRAPOLATE(t, Time) ~~|
    """
    )
    like_pysd(text.replace("e = LOOKUP EXTRAPOLATE(t, Time) ~~|", ""), tmp_path, stop=6, step=0.5)
