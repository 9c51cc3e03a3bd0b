"""Subscripts: ranges, subranges, numbered elements, EXCEPT, mappings, copies, subscripts as numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from vensim_models import first, like_pysd, problem, run

DIM = "dim: a1, a2, a3 ~~|\nsub: a2, a3 ~~|\nx[dim] = 1, 2, 3 ~~|\n"


def test_a_subrange_on_the_left_gives_values_to_its_elements_alone() -> None:
    found = run(DIM + "z[sub] = x[sub] + 1 ~~|\npart[a1] = 4 ~~|\npart[a3] = 5 ~~|", stop=0)
    assert found["z"].tolist() == [[3, 4]]
    np.testing.assert_array_equal(found["part"], [[4, np.nan, 5]])


def test_a_variable_may_be_put_together_from_elements_subranges_and_ranges() -> None:
    text = DIM + "B: b1, b2 ~~|\ny[a1] = 10 ~~|\ny[sub] = x[sub] * 2 ~~|\nt[dim, b1] = x[dim] ~~|\nt[a1, b2] = 7 ~~|"
    found = first(text + "t[sub, b2] = 8 ~~|\nu[sub] = y[sub] + t[sub, b2] ~~|")
    assert found["y"] == [10, 4, 6]
    assert found["t"] == [[1, 7], [2, 8], [3, 8]]
    assert found["u"] == [12, 14]


@pytest.mark.parametrize(
    ("given", "count"), [("(A1-A5)", 5), ("(A1-A3), B, (C8-C11)", 8), ("(age 9 - age 12)", 4), ("sub, (q1-q2)", 4)]
)
def test_numbered_elements(given: str, count: int) -> None:
    found = first(f"sub: s1, s2 ~~|\nnum: {given} ~~|\nn[num] = num ~~|\nm = ELMCOUNT(num) ~~|")
    assert found["m"] == count
    assert found["n"] == list(range(1, count + 1))


def test_except_leaves_out_elements_and_groups() -> None:
    text = DIM + "B: b1, b2, b3 ~~|\nex[dim] :EXCEPT: [a2] = 5 ~~|\nex[a2] = 7 ~~|"
    text += "two[dim, B] :EXCEPT: [a1, b1], [sub, b2] = 1 ~~|\ntwo[a1, b1] = 2 ~~|\ntwo[sub, b2] = 3 ~~|"
    text += "nosub[dim] :EXCEPT: [sub] = x[dim] * 100 ~~|\nnosub[sub] = 0 ~~|"
    found = first(text)
    assert found["ex"] == [5, 7, 5]
    assert found["two"] == [[2, 1, 1], [1, 3, 1], [1, 3, 1]]
    assert found["nosub"] == [100, 0, 0]


def test_a_mapped_range_stands_for_the_one_on_the_left() -> None:
    text = DIM + "B: b1, b2, b3 -> dim ~~|\nbb[B] = 5, 6, 7 ~~|\nm[dim] = bb[B] * x[dim] ~~|\nback[B] = x[dim] ~~|"
    found = first(text)
    assert found["m"] == [5, 12, 21]
    assert found["back"] == [1, 2, 3]


def test_a_mapping_may_name_its_parts_in_another_order_or_as_groups() -> None:
    text = DIM + "B: b1, b2, b3 -> (dim: a3, a1, a2) ~~|\nbb[B] = 5, 6, 7 ~~|\nm[dim] = bb[B] ~~|"
    text += "C: c1, c2 -> (dim: sub, a1), (B: b1, part) ~~|\npart: b2, b3 ~~|\ncc[C] = 100, 200 ~~|"
    text += "mc[dim] = cc[C] ~~|\nmb[B] = cc[C] ~~|"
    found = first(text)
    assert found["m"] == [6, 7, 5]
    assert found["mc"] == [200, 100, 100]
    assert found["mb"] == [100, 200, 200]


def test_subranges_may_be_mapped_to_each_other_to_shift_elements() -> None:
    text = "age: y0, y1, y2, y3 ~~|\nyounger: y0, y1, y2 -> older ~~|\nolder: y1, y2, y3 ~~|\n"
    found = first(text + "p[age] = 1, 2, 3, 4 ~~|\nentering[older] = p[younger] ~~|")
    assert found["entering"] == [1, 2, 3]


def test_a_copy_of_a_range_has_the_same_elements() -> None:
    text = (
        DIM
        + "other <-> dim ~~|\nd[other] = x[dim] + 0.5 ~~|\ne[dim] = d[other] ~~|\nsq[dim, other] = dim*10 + other ~~|"
    )
    found = first(text + "tr[other, dim] = sq[dim, other] ~~|\ndiag[dim] = sq[dim, dim] ~~|")
    assert found["d"] == found["e"] == [1.5, 2.5, 3.5]
    assert found["sq"] == [[11, 12, 13], [21, 22, 23], [31, 32, 33]]
    assert found["tr"] == [[11, 21, 31], [12, 22, 32], [13, 23, 33]]
    assert found["diag"] == [11, 22, 33]


def test_a_copy_is_mapped_where_its_original_is() -> None:
    text = DIM + "B: b1, b2, b3 -> (dim: a3, a1, a2) ~~|\nother <-> B ~~|\nv[other] = 5, 6, 7 ~~|\ntwin <-> dim ~~|\n"
    found = first(text + "m[dim] = v[other] ~~|\nn[twin] = v[B] ~~|")
    assert found["m"] == found["n"] == [6, 7, 5]


def test_subscripts_are_numbers_by_their_place_in_the_whole_range() -> None:
    text = DIM + "q[dim] = IF THEN ELSE(dim = 2, 10, dim) ~~|\nr[dim] = IF THEN ELSE(dim = a2, 10, 0) ~~|"
    found = first(text + "sb[sub] = sub ~~|\nplace = a3 ~~|")
    assert found["q"] == [1, 10, 3]
    assert found["r"] == [0, 10, 0]
    assert found["sb"] == [2, 3]
    assert found["place"] == 3


def test_equations_are_ordered_by_element() -> None:
    text = "age: y0, y1, y2, y3 ~~|\nyounger: y0, y1, y2 -> older ~~|\nolder: y1, y2, y3 ~~|\n"
    found = first(text + "c[y0] = 1 ~~|\nc[older] = 2 * prev[older] ~~|\nprev[older] = c[younger] ~~|")
    assert found["c"] == [1, 2, 4, 8]


def test_lists_of_constants() -> None:
    text = DIM + "B: b1, b2 ~~|\nC: c1, c2 ~~|\ntwo[dim, B] = 1,2;3,4;5,6; ~~|\nthree[dim, b1, C] = 1,-2;3,4;5,.5; ~~|"
    text += "three[dim, b2, C] = 11,12;13,14;15,1e2 ~~|\ncol[dim, b1] = 1, 2, 3 ~~|\nc[dim] = col[dim, b1] ~~|"
    text += "tab[dim, B] = TABBED ARRAY(\n\t1\t2\n\t3\t-4\n\t5\t6) ~~|"
    found = first(text)
    assert found["two"] == [[1, 2], [3, 4], [5, 6]]
    assert found["three"] == [[[1, -2], [11, 12]], [[3, 4], [13, 14]], [[5, 0.5], [15, 100]]]
    assert found["tab"] == [[1, 2], [3, -4], [5, 6]]
    assert found["c"] == [1, 2, 3]


def test_flows_and_stocks_by_element() -> None:
    text = DIM + "s[dim] = INTEG(x[dim] - out[dim], x[dim] * 10) ~~|\nout[dim] = s[dim] / 10 ~~|"
    found = run(text, stop=2)
    np.testing.assert_allclose(found["s"], [[10, 20, 30]] * 3)
    found = run(DIM + "s[a1] = INTEG(1, 0) ~~|\ns[sub] = INTEG(x[sub], s[a1] + 5) ~~|", stop=2)
    np.testing.assert_allclose(found["s"], [[0, 5, 5], [1, 7, 8], [2, 9, 11]])


def test_names_ignore_case_spaces_and_underscores() -> None:
    found = first(
        "My Dim: First One, second_one ~~|\nThe_Value[my dim] = 1, 2 ~~|\ny = THE VALUE[first_one] + the value[Second One] ~~|"
    )
    assert found["y"] == 3


def test_ranges_of_ranges_and_quoted_elements() -> None:
    text = 'all: part, "b, too", c ~~|\npart: p1, p2 ~~|\nv[all] = 1, 2, 3, 4 ~~|\nw = v["b, too"] + SUM(v[part!]) ~~|'
    found = first(text)
    assert found["w"] == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DIM + "B: b1, b2 -> dim ~~|", "'b' has 2 elements, its mapping to 'dim' has 3"),
        (DIM + "B: b1, b2 -> none ~~|", "mapped to 'none', which is no range"),
        ("D: D, e ~~|", "contains itself"),
        ("D: (A5-A2) ~~|", "make no sense"),
        (DIM + "B: b1, b2 ~~|\ny[dim] = x[B] ~~|", "'b' is on the right but not on the left"),
        (DIM + "y = x[dim] ~~|", "'dim' is on the right but not on the left"),
        (DIM + "y = x ~~|", "'x' has 1 subscripts and is used with 0"),
        (DIM + "y[dim] = x[dim, dim] ~~|", "'x' has 1 subscripts and is used with 2"),
        (DIM + "B: b1, b2 ~~|\nb[B] = 1 ~~|\ny = b[a1] ~~|", r"'b' is not defined for \[a1\]"),
        (DIM + "y = x[a9] ~~|", "unknown subscript 'a9'"),
        (DIM + "y[dim] = 1, 2 ~~|", "has 2 numbers for 3 elements"),
        (DIM + "y[dim] = 1 ~~|\ny[a1] = 2 ~~|", r"is defined twice for \[a1\]"),
        (DIM + "y[dim] = 1 ~~|\ny = 2 ~~|", "is defined with 0 and 1 subscripts"),
        (DIM + "y[dim] = x[dim!] ~~|", "exclamation mark outside"),
    ],
)
def test_what_does_not_fit_is_told(text: str, words: str) -> None:
    assert re.search(words, problem(text))


@pytest.mark.slow
def test_like_pysd(tmp_path) -> None:
    text = (
        DIM.replace("sub:", "subb: a1, a2 -> sub ~~|\nsub:")
        + """
        B: b1, b2, b3 -> dim ~~|
        bb[B] = 5, 6, 7 ~~|
        m[dim] = bb[B] * x[dim] ~~|
        two[dim, B] = 1,2,3;4,5,6;7,8,9; ~~|
        tr[B, dim] = two[dim, B] + Time ~~|
        s1[dim] = SUM(two[dim, B!]) ~~|
        s2 = SUM(two[dim!, B!] * x[dim!]) ~~|
        s3 = VMAX(two[sub!, b1]) ~~|
        s4[B] = PROD(two[dim!, B]) ~~|
        ex[dim, B] :EXCEPT: [a1, b1], [sub, b2] = 1 ~~|
        ex[a1, b1] = 2 ~~|
        ex[sub, b2] = 3 ~~|
        st[dim, B] = INTEG(two[dim, B] - st[dim, B] / 5, x[dim]) ~~|
    """
    )
    like_pysd(text, tmp_path)
