"""What a user did wrong is one InputError for each fault: variable, equation, line and advice."""

from __future__ import annotations

import re

import pytest
from vensim_models import problem, write

import urbsim
from urbsim.engine.lower.faults import faults
from urbsim.errors import InputError
from urbsim.language.parse import parse_model


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My Value = somthing * 2 ~~|\nsomething = 1 ~~|",
         r"model\.mdl:2:12: My Value: 'somthing' is not defined in `My Value = somthing \* 2`; did you mean something\?"),
        ("a = NOSUCH(1) ~~|", r"a: unknown function 'NOSUCH'"),
        ("x = 1 ~~|\na = b + x ~~|\nb = c * 2 ~~|\nc = a ~~|",
         r"model\.mdl:3:1: a: algebraic loop: a -> b -> c -> a in `a = b \+ x`; put a stock"),
        ("a = a + 1 ~~|", r"algebraic loop: a -> a"),
        ("d: d1, d2 ~~|\nq[d] = p[d] ~~|\np[d1] = q[d2] ~~|\np[d2] = q[d1] ~~|", r"loop: q\[d1\] -> p\[d1\] -> q\[d2\] -> p\[d2\] -> q\[d1\]"),
        ("s = INTEG(0, t) ~~|\nt = INTEG(0, s) ~~|", r"initial values need each other: t -> s -> t.*ACTIVE INITIAL"),
        ("s = INTEG(1, a) ~~|\na = s * 2 ~~|", r"initial values need each other: a -> s -> a"),
        ("s = INTEG(u, 0) ~~|\nu = nothing ~~|", r"model\.mdl:3:5: u: 'nothing' is not defined"),
        ("a = 'text' ~~|", r"a: Text cannot stand in an expression"),
        ("a = 3 ~~|\na = 4 ~~|", r"a: is defined twice"),
    ],
)  # fmt: skip
def test_faults(text: str, words: str) -> None:
    told = problem(text)
    assert re.search(words, told), told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"step": 0}, "clock cannot run: from 0 to 4 in steps of 0"),
        ({"start": 9}, "clock cannot run: from 9 to 4"),
        ({"stop": "nowhere"}, "FINAL TIME: 'nowhere' is not defined"),
    ],
)
def test_clocks_that_cannot_run(times: dict[str, object], words: str) -> None:
    assert words in problem("x = 1 ~~|", **times)


def test_a_model_without_a_clock(tmp_path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text("x = 1 ~~|\nTIME STEP = 1 ~~|\n")
    with pytest.raises(InputError, match="the model has no INITIAL TIME, FINAL TIME, SAVEPER"):
        urbsim.load_model(path).run()


def test_all_faults_of_a_model_are_found_at_once(tmp_path) -> None:
    text = "a = A FUNCTION OF(b) ~~|\nb = 1 ~~|\nc = nothing ~~|\nd = NOSUCH(b) ~~|\ns = INTEG(e, 0) ~~|\ne = f ~~|\nf = e ~~|"
    found = faults(parse_model(write(text, tmp_path)))
    assert [(p.place.line, p.place.column) for p in found] == [(2, 1), (4, 5), (5, 5), (7, 1)]
    assert "its equation is not written yet" in found[0].message
    assert "algebraic loop: e -> f -> e" in found[3].message
