"""What is wrong with equations is told all at once, with variable, place, equation and advice."""

from __future__ import annotations

import pytest

from urbsim.engine.lower.faults import faults
from urbsim.language.vensim.reader import recover
from urbsim.project.project import Project

CLOCK = "FINAL TIME = 4 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
FAULTS = {
    "a = b + 1 ~~|\nb = a * 2": ["a: algebraic loop: a -> b -> a in `a = b + 1`"],
    "known name = 3 ~~|\nx = know name + 1": [
        "x: 'know_name' is not defined in `x = know name + 1`; did you mean known"
    ],
    "x = SMOTH(2, 3)": ["x: unknown function 'SMOTH' in `x = SMOTH(2, 3)`; did you mean SMOOTH"],
    "x = MODULO(2)": ["x: MODULO takes 2 arguments, not 1"],
    "s = INTEG(1, u) ~~|\nu = INITIAL(s)": ["s: initial values need each other: s -> u -> s"],
    "a = b + 1 ~~|\nb = a + c ~~|\nc = b": ["a: algebraic loop: a -> b -> a", "b: algebraic loop: b -> c -> b"],
    "a = know + 1 ~~|\nb = a + MODULO(2) + other": [
        "a: 'know' is not defined",
        "b: MODULO takes 2 arguments",
        "b: 'other' is not defined",
    ],
    "place: a, b ~~|\nz[place] = 1 ~~|\nx = z": ["x: 'z' has 1 subscripts and is used with 0"],
    "place: a, b ~~|\nz[place] = 1 ~~|\nx = z[c]": ["x: unknown subscript 'c'"],
    "place: a, b ~~|\nz[a] = 1 ~~|\nx[place] = z[place]": ["x: 'z' is not defined for [b]"],
    "place: a, b ~~|\nother: c, d ~~|\nz[place] = 1 ~~|\nx[other] = z[place]": ["x: the range 'place' is on the right"],
    "place: a, b ~~|\nz[place] = 1 ~~|\nz[b] = 2": ["z: is defined twice for [b]"],
    "x = 1 + ": ["the equation ends too early in `x = 1 +`"],
}


@pytest.mark.parametrize("equations", FAULTS)
def test_a_fault_is_named_with_place_and_advice(equations: str) -> None:
    model, problems = recover("{UTF-8}\n" + equations + " ~~|\n" + CLOCK, "county.mdl")
    found = sorted({*problems, *faults(model)})
    told = [str(problem) for problem in found]
    assert len(told) == len(FAULTS[equations]), told
    for text, words in zip(told, FAULTS[equations], strict=True):
        assert words in text
        assert text.startswith("county.mdl:")


def test_the_shipped_model_has_none(project: Project) -> None:
    assert faults(project.model) == []
