"""Three-line models in, entries out."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.errors import InputError
from urbsim.language.text import parse

SMALL = """{UTF-8}
age: (a0-a2), old ~ ~ Ages. |
young: a0, a1 -> older ~ ~ |
People[age] = INTEG(1, start[age]) ~ Person ~ A stock. |
start[age] = 1, 2, 3, 4 ~ Person ~ At the start. |
rate = 1e-3 ~ 1/Year ~ A rate. |
effect([(0,0)-(2,2)],(0,0),(1,1)) ~ Dmnl ~ A table. |
level[young] = 2 ~ Dmnl ~ Of the young. |
"""


def test_entries_keep_what_the_author_wrote() -> None:
    model = parse(SMALL)
    assert [(e.name, e.kind, e.line) for e in model.entries] == [
        ("age", "range", 2),
        ("young", "range", 3),
        ("People", "stock", 4),
        ("start", "constant", 5),
        ("rate", "constant", 6),
        ("effect", "lookup", 7),
        ("level", "constant", 8),
    ]
    assert model.entry("people").unit == "Person"
    assert model.entry("Effect").comment == "A table."


def test_ranges_expand_numbered_elements() -> None:
    assert parse(SMALL).ranges == {"age": ("a0", "a1", "a2", "old"), "young": ("a0", "a1")}


def test_constants_are_shaped_by_their_subscripts() -> None:
    model = parse(SMALL)
    np.testing.assert_array_equal(model.constant("start"), [1, 2, 3, 4])
    np.testing.assert_array_equal(model.constant("level"), [2, 2])
    assert model.constant("rate") == 0.001
    assert model.dims("level") == ("young",)


def test_a_table_of_two_dimensions_has_rows() -> None:
    model = parse("a: a1, a2 ~ ~ |\nb: b1, b2, b3 ~ ~ |\nx[a, b] = 1,2,3;4,5,6; ~ Dmnl ~ Rows. |\n")
    np.testing.assert_array_equal(model.constant("x"), [[1, 2, 3], [4, 5, 6]])


def test_points_of_a_lookup_leave_the_frame_out() -> None:
    np.testing.assert_array_equal(parse(SMALL).table("effect"), [[0, 0], [1, 1]])


def test_groups_are_kept() -> None:
    model = parse("****\n\t.Housing\n****~\n\t\tDwellings.\n\t|\nx = 1 ~ Dmnl ~ One. |\n")
    assert model.entry("x").group == "Housing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1 ~ Dmnl ~ no end", "model:1:1: the entry has no '|' at its end; the file is cut short"),
        ("x = 1 ~ ~ |\n[age] ~ ~ |", "model:2:1: left side cannot be read: '[age] ~ ~'"),
    ],
)
def test_broken_entries_are_named_by_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    assert str(error.value) == message


def test_an_unknown_variable_comes_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="no variable 'peple'; did you mean People"):
        parse(SMALL).entry("peple")
