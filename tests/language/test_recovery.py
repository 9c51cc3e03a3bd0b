"""Reading goes on after what cannot be understood, and says where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from urbsim.engine.lower.faults import faults
from urbsim.language.vensim.reader import read, recover


def told(text: str) -> list[str]:
    model, problems = recover("{UTF-8}\n" + text, "m.mdl", Path())
    return [f"{p.place.line}:{p.place.column} {p.message}" for p in sorted({*problems, *faults(model)})]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("a = 1 + ~~|\nb = a ~~|", ["2:8 the equation ends too early in `a = 1 +`"]),
        ("a =\n\t1 1 ~~|\nb = a ~~|", ["3:4 the equation is not understood from `1` on in `a = 1 1`"]),
        ("a = {why {not}} 1 1 ~~|", ["2:19 the equation is not understood from `1` on in `a = 1 1`"]),
        (
            "a[x = 1 ~~|\nb = a + c ~~|",
            ["2:2 the left side is not understood from `[x = 1` on in `a[x = 1`", "3:9 b: 'c'"],
        ),
        ("a = (1 ~~|\nb = a[one] ~~|", ["2:7 the equation ends too early"]),
        ("f((0,0),(1,) ~~|\nb = f(2) ~~|", ["2:12 the equation is not understood from `)` on"]),
        ('"a = 1 ~~|\nb = a ~~|', ["2:1 the left side cannot be read"]),
        (
            "k: (a1-b3) ~~|\nx[k] = 1 ~~|\ny = SUM(x[k!]) ~~|\nz = x[a1] ~~|",
            ["2:1 the elements `(a1-b3)` make no sense"],
        ),
        ("k: (a1-b3) ~~|\nl: a1, a2 -> k ~~|\nx[l] = 1 ~~|\ny = x[a1] + c ~~|", ["2:1 the elements", "5:13 y: 'c'"]),
        ("a = 1\nb = 2 ~~|\nc = a + b ~~|", ["3:1 the equation is not understood from `b = 2` on"]),
        ("a = SMOOTH(1) ~~|\nb = a ~~|", ["2:1 SMOOTH takes 2 arguments, not 1"]),
        ("a = 1 1 ~~|\nb = MIN(a, nil) + SUM(a[k!]) ~~|", ["2:7 the equation is not understood", "3:12 b: 'nil'"]),
    ],
)
def test_a_broken_entry_is_told_once(text: str, messages: list[str]) -> None:
    found = told(text)
    assert len(found) == len(messages), found
    for line, message in zip(found, messages, strict=True):
        assert line.startswith(message)


def test_a_missing_bar_does_not_swallow_the_next_definition() -> None:
    text = "a = 1 ~ Person ~ A.\nb = a + c ~ Person ~ B. |\nd = b ~ Person ~ D. |\n"
    assert told(text) == [
        "2:1 the entry has no '|' at its end in `a = 1`",
        "3:9 b: 'c' is not defined in `b = a + c`",
    ]
    found, problems = recover("{UTF-8}\n" + text)
    assert [(e.name, e.comment) for e in found.entries] == [("a", "A."), ("b", "B."), ("d", "D.")]
    assert [(p.place.line, p.message) for p in problems] == [(2, "the entry has no '|' at its end in `a = 1`")]


def test_a_missing_bar_before_a_group_keeps_the_group() -> None:
    found, problems = recover("a = 1 ~ Person ~ A.\n\n****\n\t.Land\n****~\n\t\tMu.\n\t|\nb = 2 ~ Mu ~ B. |\n")
    assert [(e.name, e.group) for e in found.entries] == [("a", ""), ("b", "Land")]
    assert len(problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\n\t~ Person\n\t~ On two\n\t\tlines, x = 3 (or so).\n\t~ :SUPPLEMENTARY\n\t|\n",
        "a = 1 ~ Person ~ One\nline = more at the edge. |\n",
    ],
)
def test_good_files_are_left_alone(text: str) -> None:
    assert told(text) == []
    assert recover(text)[1] == []


def test_a_bar_in_quotes_is_no_end() -> None:
    assert told('"a | b" = 1 ~ Person ~ He said "no. |\nc = "a | b" ~ Person ~ C. |\n') == []


def test_what_may_stand_in_a_missing_end_is_not_missed() -> None:
    assert told("a = b*f(2) ~ Dmnl ~ A. |\nc = d[e] ~ Dmnl ~ C") == [
        "3:1 the entry has no '|' at its end; the file is cut short"
    ]


def test_a_fault_in_a_macro_is_told() -> None:
    text = ":MACRO: TWICE(x)\nTWICE = x*2 + ~~|\n:END OF MACRO:\na = TWICE(3) + b ~~|"
    found = told(text)
    assert [line.split()[0] for line in found] == ["3:14", "5:16"]


def test_one_fault_of_many_elements_is_told_once() -> None:
    ages = "age: (a0-a84) ~~|\nx[age] = y[age] + nowhere ~~|\ny[age] = x[age] ~~|\n"
    found = told(ages + "z[a1] = 1 ~~|\nw[age] = z[age] ~~|")
    assert len(found) == 3, found
    assert sorted(
        word for word in ("'nowhere' is not", "algebraic loop", "'z' is not defined for [") if word in str(found)
    ) == [
        "'nowhere' is not",
        "'z' is not defined for [",
        "algebraic loop",
    ]


def test_the_second_definition_is_shown_with_its_own_place() -> None:
    (found,) = faults(read("k: k1, k2 ~~|\nx[k1] = 1 ~~|\nx[k2] = 2*nothing ~~|\n", "m.mdl"))
    assert (found.place.line, found.place.column) == (3, 11)
    assert "`x[k2] = 2*nothing`" in found.message
