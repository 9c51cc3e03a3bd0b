"""Three-line models in; what can be asked of them out."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from urbsim.errors import InputError
from urbsim.language.vensim.reader import read

SMALL = """{UTF-8}
age: (a0-a2), old ~ ~ Ages. |
young: a0, a1 ~ ~ |
People[age] = INTEG(1, start[age]) ~ Person ~ A stock. |
start[age] = 1, 2, 3, 4 ~ Person ~ At the start. |
rate = 1e-3 ~ 1/Year ~ A rate. |
effect([(0,0)-(2,2)],(0,0),(1,1)) ~ Dmnl ~ A table. |
level[young] = 2 ~ Dmnl ~ Of the young. |
"""


def test_entries_keep_what_the_author_wrote() -> None:
    model = read(SMALL)
    assert [(e.name, e.kind, e.line) for e in model.entries] == [
        ("age", "range", 2),
        ("young", "range", 3),
        ("People", "equation", 4),
        ("start", "equation", 5),
        ("rate", "equation", 6),
        ("effect", "lookup", 7),
        ("level", "equation", 8),
    ]
    assert model.source[slice(*model.entries[2].span)] == "People[age] = INTEG(1, start[age])"
    assert [(v.spelled, v.role) for v in model.variables] == [
        ("People", "stock"),
        ("start", "constant"),
        ("rate", "constant"),
        ("effect", "lookup"),
        ("level", "constant"),
    ]
    assert model.variable("people").unit == "Person"
    assert model.variable("Effect").comment == "A table."


def test_ranges_expand_numbered_elements() -> None:
    assert read(SMALL).elements == {"age": ("a0", "a1", "a2", "old"), "young": ("a0", "a1")}


def test_constants_are_shaped_by_their_subscripts() -> None:
    model = read(SMALL)
    np.testing.assert_array_equal(model.constant("start"), [1, 2, 3, 4])
    np.testing.assert_array_equal(model.constant("level"), [2, 2])
    assert model.constant("rate") == 0.001
    assert model.dims("level") == ("young",)


def test_a_table_of_two_dimensions_has_rows() -> None:
    model = read("a: a1, a2 ~ ~ |\nb: b1, b2, b3 ~ ~ |\nx[a, b] = 1,2,3;4,5,6; ~ Dmnl ~ Rows. |\n")
    np.testing.assert_array_equal(model.constant("x"), [[1, 2, 3], [4, 5, 6]])


def test_points_of_a_lookup_leave_the_frame_out() -> None:
    np.testing.assert_array_equal(read(SMALL).table("effect"), [[0, 0], [1, 1]])


def test_groups_are_kept() -> None:
    model = read("****\n\t.Housing\n****~\n\t\tDwellings.\n\t|\nx = 1 ~ Dmnl ~ One. |\n")
    assert model.variable("x").group == "Housing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1 ~ Dmnl ~ no end", "model:1:1: the entry has no '|' at its end; the file is cut short"),
        (
            "x = 1 ~ ~ |\n[age] ~ ~ |",
            "model:2:1: the left side cannot be read in `[age]`; an equation begins with the name of a variable",
        ),
    ],
)
def test_broken_entries_are_named_by_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(text)
    assert str(error.value) == message


def test_an_unknown_variable_comes_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="no variable 'peple'; did you mean People"):
        read(SMALL).variable("peple")


ORDINARY = """{UTF-8} {a | b}
s: x, y ~ ~ Places. |
t <-> s ~ ~ The same. |
:MACRO: TWICE(a)
TWICE = 2*a ~ Dmnl ~ Twice. |
:END OF MACRO:
"a|b" = 1 ~ Dmnl ~ A bar in its name. |
"cost & price" = 2 ~ Dmnl ~ Quoted. |
e[s] :EXCEPT: [x] = 1 ~ Dmnl ~ Of the rest. |
e[x] = 4 ~ Dmnl ~ Of one. |
d := 1 ~ Dmnl ~ Data. |
gap[s] = 1, :NA: ~ Dmnl ~ One is missing. |
u[t] = TWICE("a|b") ~ Dmnl ~ Over the copy. |
"""


def test_ordinary_vensim_is_read() -> None:
    model = read(ORDINARY)
    assert list(model.by_name) == ["a|b", "cost_&_price", "e", "d", "gap", "u"]
    assert model.variable('"cost & price"').spelled == '"cost & price"'
    np.testing.assert_array_equal(model.constant("e"), [4, 1])
    assert model.variable("gap").role == "constant"
    assert model.dims("u") == ("t",)  # the range that the author wrote, not an equal one
    assert model.variable("d").role == "data"


def test_digests_tell_sources_and_equations_apart() -> None:
    model, other = read("budget = 1 ~ ~ A. |"), read("budget  = 1 ~ Dmnl ~ B. |")
    assert model.digest == hashlib.sha256(model.source.encode()).hexdigest()  # no file beside it gives anything
    assert model.digest != other.digest
    assert model.equations_digest == other.equations_digest != read("budget = 2 ~ ~ A. |").equations_digest
