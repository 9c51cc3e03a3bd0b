"""Functions over the elements of ranges: reductions, sorting, choosing, matrices, allocation."""

from __future__ import annotations

import numpy as np
import pytest
from vensim_models import first, like_pysd, problem, run

DIM = "dim: a1, a2, a3 ~~|\nsub: a2, a3 ~~|\nB: b1, b2 ~~|\nv[dim] = 30, 10, 20 ~~|\n"
TWO = DIM + "two[dim, B] = 1,2;3,4;5,6; ~~|\n"
PROFILE = "ptype: (p1-p4) ~~|\nreq[dim] = 10, 20, 30 ~~|\nprio[dim] = 3, 2, 1 ~~|\n"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("SUM(v[dim!])", 60),
        ("SUM(v[sub!])", 30),
        ("SUM(two[dim!, B!])", 21),
        ("SUM(two[dim!, b2])", 12),
        ("SUM(two[dim!, B!] * v[dim!] + 1)", 3 * 30 + 7 * 10 + 11 * 20 + 6),
        ("PROD(two[dim!, b1])", 15),
        ("VMIN(two[sub!, B!])", 3),
        ("VMAX(-two[sub!, B!])", -3),
        ("MEAN(v[dim!])", 20),
        ("ELMCOUNT(dim) * 10 + ELMCOUNT(sub)", 32),
        ("SUM(IF THEN ELSE(v[dim!] > 15, v[dim!], 0))", 50),
        ("SUM(v[dim!]) / SUM(two[dim!, B!]) * 7", 20),
        ("SUM(two[dim!, B!] * SUM(v[dim!]))", 21 * 60),
        ("VMAX(v[dim!]) - MAX(VMIN(v[dim!]), 12)", 18),
        ("SUM(same[dim!, dim!])", 11 + 22 + 33),
    ],
)
def test_reductions(call: str, value: float) -> None:
    assert first(f"{TWO}same[dim, D] = dim*10 + D ~~|\nD <-> dim ~~|\nr = {call} ~~|")["r"] == pytest.approx(value)


def test_reductions_over_one_of_two_ranges() -> None:
    text = TWO + "s[dim] = SUM(two[dim, B!]) ~~|\nt[B] = VMAX(two[dim!, B]) - two[a1, B] ~~|\n"
    text += "share[dim, B] = two[dim, B] / SUM(two[dim, B!]) ~~|\nu[dim] = SUM(two[dim, B!] * v[dim]) ~~|\n"
    text += "outer[dim] = SUM(v[dim!]) - v[dim] ~~|"
    found = first(text)
    assert found["s"] == [3, 7, 11]
    assert found["t"] == [4, 4]
    np.testing.assert_allclose(np.sum(found["share"], axis=1), 1)
    assert found["u"] == [90, 70, 220]
    assert found["outer"] == [30, 50, 40]


def test_sorting() -> None:
    text = DIM + "up[dim] = VECTOR SORT ORDER(v[dim], 1) ~~|\ndown[dim] = VECTOR SORT ORDER(v[dim], -1) ~~|\n"
    text += "rank[dim] = VECTOR RANK(v[dim], 1) ~~|\nfrom top[dim] = VECTOR RANK(v[dim], 0) ~~|\n"
    text += (
        "sorted[dim] = VECTOR REORDER(v[dim], up[dim]) ~~|\nrows[B, dim] = v[dim] * IF THEN ELSE(B = 1, 1, -1) ~~|\n"
    )
    found = first(text + "by row[B, dim] = VECTOR SORT ORDER(rows[B, dim], 1) ~~|")
    assert found["up"] == [1, 2, 0]
    assert found["down"] == [0, 2, 1]
    assert found["rank"] == [3, 1, 2]
    assert found["from_top"] == [1, 3, 2]
    assert found["sorted"] == [10, 20, 30]
    assert found["by_row"] == [[1, 2, 0], [0, 2, 1]]


def test_sorting_what_changes() -> None:
    found = run(
        DIM + "w[dim] = v[dim] - IF THEN ELSE(dim = a1, Time * 8, 0) ~~|\nr[dim] = VECTOR RANK(w[dim], 1) ~~|", stop=3
    )
    assert found["r"].tolist() == [[3, 1, 2], [3, 1, 2], [2, 1, 3], [1, 2, 3]]


def test_elements_by_their_distance() -> None:
    text = (
        TWO
        + "m[dim] = VECTOR ELM MAP(v[a1], dim - 1) ~~|\nbefore[dim] = IF THEN ELSE(dim = 1, 0, VECTOR ELM MAP(v[dim], -1)) ~~|\n"
    )
    text += "flat[dim, B] = VECTOR ELM MAP(two[a1, b1], (dim - 1)*ELMCOUNT(B) + (B - 1)) ~~|\nturning = VECTOR ELM MAP(v[a1], MODULO(Time, 3)) ~~|"
    found = run(text, stop=3)
    assert found["m"][0].tolist() == [30, 10, 20]
    assert found["before"][0].tolist() == [0, 30, 10]
    assert found["flat"][0].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found["turning"].tolist() == [30, 10, 20, 30]


def test_an_element_out_of_reach_is_missing() -> None:
    found = run(DIM + "x = VECTOR ELM MAP(v[a1], Time) ~~|\ny = VECTOR ELM MAP(v[a1], 7) ~~|", stop=3)
    assert found["x"].tolist() == [30, 10, 20, -(2.0**109)]
    assert found["y"].tolist() == [-(2.0**109)] * 4


@pytest.mark.parametrize(
    ("action", "value"),
    [(0, 80), (1, 1200), (2, 20), (3, 60), (4, 40), (5, 800_000), (6, 30), (7, 200), (8, 10), (9, 20), (10, 15)],
)
def test_vector_select(action: int, value: float) -> None:
    text = DIM + f"sel[dim] = 0, 2, 3 ~~|\nr = VECTOR SELECT(sel[dim!], v[dim!], 99, {action}, 0) ~~|\n"
    found = first(text + f"none = VECTOR SELECT(sel[dim!] * 0, v[dim!], 99, {action}, 0) ~~|")
    assert found["r"] == pytest.approx(value)
    assert found["none"] == 99


def test_vector_select_by_element() -> None:
    text = TWO + "pick[dim, B] = 1,0;0,1;0,0; ~~|\nr[dim] = VECTOR SELECT(pick[dim, B!], two[dim, B!], -1, 0, 0) ~~|"
    assert first(text)["r"] == [1, 4, -1]


def test_inverse_of_a_matrix() -> None:
    matrix = np.array([[0.0, 1, 2], [1, 3, 1], [4, 1, 4]])
    rows = ";".join(",".join(str(x) for x in row) for row in matrix)
    text = f"{DIM}D <-> dim ~~|\nm[dim, D] = {rows}; ~~|\ninv[dim, D] = INVERT MATRIX(m[dim, D], 3) ~~|\n"
    text += "moving[dim, D] = m[dim, D] + IF THEN ELSE(dim = D, Time, 0) ~~|\nlater[dim, D] = INVERT MATRIX(moving[dim, D], 3) ~~|"
    found = run(text, stop=2)
    np.testing.assert_allclose(found["inv"][0], np.linalg.inv(matrix), atol=1e-12)
    np.testing.assert_allclose(found["later"][2], np.linalg.inv(matrix + 2 * np.eye(3)), atol=1e-12)


def test_allocation_by_priority() -> None:
    text = DIM + PROFILE + "a[dim] = ALLOCATE BY PRIORITY(req[dim], prio[dim], ELMCOUNT(dim), 1.5, Time) ~~|\n"
    found = run(text + "all[dim] = ALLOCATE BY PRIORITY(req[dim], prio[dim], 3, 1.5, 100) ~~|", stop=70, step=5)
    np.testing.assert_allclose(found["a"].sum(axis=1), np.minimum(np.arange(0, 71, 5), 60), atol=1e-9)
    np.testing.assert_allclose(found["a"][5], [10, 14, 1], atol=1e-9)  # of 25
    assert found["all"][0].tolist() == [10, 20, 30]
    found = run(DIM + PROFILE + "a[dim] = ALLOCATE BY PRIORITY(req[dim], prio[dim], 3, 0.5, 15) ~~|", stop=0)
    np.testing.assert_allclose(found["a"][0], [10, 5, 0], atol=1e-9)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_allocation_by_profiles(kind: int) -> None:
    text = (
        DIM
        + PROFILE
        + f"prof[dim, p1] = {kind} ~~|\nprof[dim, p2] = prio[dim] ~~|\nprof[dim, p3] = 1.2 ~~|\nprof[dim, p4] = 0 ~~|\n"
    )
    found = run(text + "a[dim] = ALLOCATE AVAILABLE(req[dim], prof[dim, p1], Time) ~~|", stop=70, step=10)
    given = found["a"]
    np.testing.assert_allclose(given.sum(axis=1), np.minimum(np.arange(0, 71, 10), 60), atol=1e-7)
    assert (np.diff(given, axis=0) >= -1e-9).all()
    assert (given <= np.array([10, 20, 30]) + 1e-9).all()
    assert (given[3, 0] / 10 > given[3, 1] / 20 > given[3, 2] / 30) or kind == 1


def test_a_fixed_quantity_is_served_whole() -> None:
    text = (
        DIM
        + PROFILE
        + "kind[dim] = 0, 3, 3 ~~|\nprof[dim, p1] = kind[dim] ~~|\nprof[dim, p2] = 1 ~~|\nprof[dim, p3] = 1 ~~|\nprof[dim, p4] = 0 ~~|\n"
    )
    found = run(text + "a[dim] = ALLOCATE AVAILABLE(req[dim], prof[dim, p1], 35) ~~|", stop=0)
    np.testing.assert_allclose(found["a"][0], [10, 10, 15], atol=1e-7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("r = VECTOR SELECT(v[dim!], v[dim!], 0, 11, 0)", "a number from 0 to 10 as its action"),
        ("r = SUM(v[dim!], 2)", "SUM takes 1 argument, not 2"),
        ("r[dim] = VECTOR ELM MAP(3, 1)", "needs a variable with subscripts"),
        ("r = VECTOR RANK(v[dim], 1)", "needs an argument over the last range of the left side"),
        ("r = INVERT MATRIX(v[dim!], 3)", "needs a variable with two subscripts"),
        ("r[dim] = ALLOCATE AVAILABLE(v[dim], v[dim], 3)", "a priority profile has four elements"),
        ("r = ELMCOUNT(3)", "takes the name of a subscript range"),
    ],
)
def test_wrong_arguments_are_told(text: str, words: str) -> None:
    assert words in problem(f"{DIM}{text} ~~|")


def test_profiles_that_are_not_supported_are_told() -> None:
    text = DIM + PROFILE + "prof[dim, ptype] = 5 ~~|\na[dim] = ALLOCATE AVAILABLE(req[dim], prof[dim, p1], 25) ~~|"
    assert "profile of type 5 is not supported" in problem(text)


@pytest.mark.slow
def test_like_pysd(tmp_path) -> None:
    text = (
        TWO
        + PROFILE
        + """
        D: a1, a2, a3 ~~|
        up[dim] = VECTOR SORT ORDER(v[dim], 1) ~~|
        down[dim] = VECTOR SORT ORDER(v[dim], -1) ~~|
        rank[dim] = VECTOR RANK(v[dim], 1) ~~|
        sorted[dim] = VECTOR REORDER(v[dim], up[dim]) ~~|
        sel[dim] = 0, 2, 3 ~~|
        s3 = VECTOR SELECT(sel[dim!], v[dim!], 99, 3, 0) ~~|
        s5 = VECTOR SELECT(sel[dim!], v[dim!], 99, 5, 0) ~~|
        m[dim, D] = 2,1,0;1,3,1;0,1,4; ~~|
        inv[dim, D] = INVERT MATRIX(m[dim, D], 3) ~~|
        prof[dim, p1] = 3 ~~|
        prof[dim, p2] = prio[dim] ~~|
        prof[dim, p3] = 1 ~~|
        prof[dim, p4] = 0 ~~|
        aa[dim] = ALLOCATE AVAILABLE(req[dim], prof[dim, p1], 25 + Time) ~~|
        ap[dim] = ALLOCATE BY PRIORITY(req[dim], prio[dim], ELMCOUNT(dim), 1.5, 25 + Time) ~~|
        n = SUM(two[dim!, B!] * v[dim!]) + VMAX(two[sub!, b1]) ~~|
    """
    )
    like_pysd(text, tmp_path, tolerance=1e-6, stop=3)
