"""The same model with other equations."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.errors import InputError
from urbsim.language.edit import edited, timeless
from urbsim.language.vensim.reader import read
from urbsim.language.walk import written

MODEL = "s: x, y~~|a[x] = b~~|a[y] = 2*b~~|b = 3~~|f((0,0),(1,2))~~|\n\\\\\\---/// sketch | ~"


def test_an_equation_is_replaced_in_all_its_parts_and_the_rest_stays() -> None:
    model = read(MODEL)
    changed = edited(model, {"A": "0"})
    assert [(d.subs, written(d.expr)) for d in changed.variable("a").definitions] == [(("x",), "0"), (("y",), "0")]
    assert changed.variable("b") == model.variable("b")
    assert changed.digest != model.digest
    assert edited(model, {"a": "0"}).digest == changed.digest


def test_a_name_with_subscripts_has_this_one_definition() -> None:
    [definition] = edited(read(MODEL), {"a[s]": "7, 8"}).variable("a").definitions
    assert definition.subs == ("s",)
    np.testing.assert_array_equal(edited(read(MODEL), {"a[s]": "7, 8"}).constant("a"), [7, 8])


def test_a_table_takes_points() -> None:
    np.testing.assert_array_equal(edited(read(MODEL), {"f": "(0, 1), (2, 5)"}).table("f"), [[0, 1], [2, 5]])


def test_a_name_that_the_model_does_not_have_is_added() -> None:
    probe = edited(read(MODEL), {"Twice A[s]": "2*a[s]"}).variable("twice a")
    assert (probe.spelled, written(probe.definitions[0].expr)) == ("Twice A", "2*a[s]")


def test_every_equation_that_is_not_understood_is_named() -> None:
    with pytest.raises(InputError) as error:
        edited(read(MODEL), {"b": "1 +", "c": "SMOOTH(1)"})
    assert [str(p) for p in error.value.problems] == [
        "model: b: the equation ends too early in `1 +`",
        "model: c: SMOOTH takes 2 arguments, not 1 in `SMOOTH(1)`",
    ]


def test_the_calendar_is_held_but_not_its_namesakes() -> None:
    model = read(
        "a = (1 + g*(Time - INITIAL TIME))/time to fill~~|p = IF THEN ELSE(MODULO(Time, 1) < 1, 1, 0)~~|f = t(Time)~~|"
    )
    assert [written(v.definitions[0].expr) for v in timeless(model).variables] == [
        "(1 + g*(initial time - initial time))/time to fill",
        "IF THEN ELSE(MODULO(time, 1) < 1, 1, 0)",
        "T(initial time)",
    ]
