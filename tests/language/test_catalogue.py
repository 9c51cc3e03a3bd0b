"""The catalogue is complete: every function is computed, has a unit rule, and is spelled once."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from urbsim.engine.lower.calls import BUILDERS
from urbsim.engine.lower.faults import faults
from urbsim.errors import InputError
from urbsim.language import external, ir, translate
from urbsim.language.catalogue import FUNCTIONS, ROWS, XMILE
from urbsim.language.checks.unit_rules import RULES
from urbsim.language.functions.row import UnitRule
from urbsim.language.vensim import builtin
from urbsim.language.vensim.reader import read, recover
from urbsim.language.vensim.syntax import right
from urbsim.language.walk import children, initial_place, with_children, written
from urbsim.language.xmile import builtins

WITHOUT_RULE = {"unknown", "state", "parts"}  # nothing is known, or what it becomes has the rule
MACROS = {name.replace(" ", "_") for name in builtin.macros()}
A, B, C, D = (ir.Ref(name) for name in "abcd")
NODES = (
    ir.Op("+", (A, B)),
    ir.Call("min", (), (A, B, C)),
    ir.WithLookup(A, ir.Lookup((0.0, 1.0), (0.0, 1.0))),
    ir.Output(ir.Call("macro", (), (A,)), 1),
    ir.Stock(A, B, non_negative=True),
    ir.Delay(A, B, C, D, kind="lagged"),
    ir.FixedDelay(A, B, C),
    ir.Smooth(A, B, C, D),
    ir.Trend(A, B, C),
    ir.Forecast(A, B, C, D),
    ir.Sample(A, B, C),
    ir.Initial(A),
)


def _is_built(name: str) -> bool:
    built = {*BUILDERS, *translate.BUILDERS, *builtins.BUILDERS, *MACROS}
    return name in built or external.named(name)


def test_what_is_not_refused_is_computed_and_nothing_else() -> None:
    for row in ROWS:
        assert _is_built(row.name) != bool(row.refusal), row.name


def test_what_is_computed_has_a_row() -> None:
    assert {*BUILDERS, *translate.BUILDERS, *builtins.BUILDERS, *MACROS} <= set(FUNCTIONS)


def test_what_stays_a_call_is_computed_by_the_engine() -> None:
    for row in ROWS:
        assert (row.is_call and not row.refusal and not external.named(row.name)) == (row.name in BUILDERS), row.name


def test_every_row_has_a_unit_rule() -> None:
    assert {*RULES, *WITHOUT_RULE} == set(get_args(UnitRule))
    assert {row.unit for row in ROWS} == set(get_args(UnitRule))
    assert [row.name for row in ROWS if row.unit == "unknown" and row.name in BUILDERS] == ["a_function_of"]


def test_names_are_spelled_once() -> None:
    for names in ([row.name for row in ROWS], [row.vensim for row in ROWS if row.vensim]):
        assert max(Counter(names).values()) == 1
    assert len(XMILE) == sum(len(row.xmile) for row in ROWS)
    for row in ROWS:
        assert not row.vensim or row.vensim.lower().replace(" ", "_") == row.name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_places_of_arguments_are_places(row) -> None:
    assert 0 <= row.least <= row.most
    places = [*row.alike, *row.times, *([] if row.initial is None else [row.initial])]
    assert all(0 <= place < row.most for place in places)


def test_a_wrong_number_of_arguments_is_refused() -> None:
    for row in ROWS:
        if row.vensim and row.name in translate.BUILDERS:
            text = f"a = {row.vensim}({', '.join('1' * (row.most + 1))})"
            with pytest.raises(InputError, match=f"{row.vensim} takes {row.least}"):
                read(f"{{UTF-8}}\n{text} ~~|", "model.mdl", Path())


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_expressions_are_taken_apart_and_put_together(node: ir.Expr) -> None:
    parts = children(node)
    assert with_children(node, parts) == node
    other = with_children(
        node, [ir.Num(float(i)) if isinstance(part, ir.Ref) else part for i, part in enumerate(parts)]
    )
    assert children(other) == tuple(ir.Num(float(i)) if isinstance(p, ir.Ref) else p for i, p in enumerate(parts))
    start = initial_place(node)
    if isinstance(node, ir.State):
        assert start is not None
        assert parts[start] == node.initial


@pytest.mark.parametrize(
    "text",
    ["DELAY1(a, b)", "DELAY3I(a, b, c)", "DELAY N(a, b, c, 3)", "SMOOTH(a, b)", "SMOOTH3I(a, b, c)", "INTEG(a, b)",
     "DELAY FIXED(a, b, c)", "SAMPLE IF TRUE(a > b, c, d)", "INITIAL(a)", "TREND(a, b, c)", "SMOOTH N(a, b, c, d)"],
)  # fmt: skip
def test_constructs_are_written_as_they_were_read(text: str) -> None:
    assert written(right(text)) == text


ARGUMENTS = ("1", "x", "v[d]", "v[d!]", "m[d, e!]", "t", "'text'", "d", "nothing")
MODEL = """{UTF-8}
d: a1, a2 ~~|
e: b1, b2, b3 ~~|
v[d] = 1, 2 ~~|
m[d, e] = 1, 2, 3; 4, 5, 6; ~~|
t((0, 0), (1, 1)) ~~|
x = Time ~~|
"""


def test_any_arguments_make_a_value_or_a_problem() -> None:
    """Also under names that only our structure has: a file may use them."""
    for row in ROWS:
        name, text = row.name.replace("_", " "), MODEL
        for number, (left, first) in enumerate(product(("", "[d]"), ARGUMENTS)):
            for count in range(min(row.most, 5) + 2):
                args = ", ".join(([first] + ["1"] * count)[:count])
                text += f"y{number} {count}{left} = {name}({args}) ~~|\n"
        model, _ = recover(text, "model.mdl", Path())
        faults(model)
