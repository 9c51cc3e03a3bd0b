"""What can be counted in equations: three-line models in, problems out."""

from __future__ import annotations

from pathlib import Path

import pytest

from urbsim.language import ir
from urbsim.language.checks import complexity
from urbsim.language.model import Model
from urbsim.language.vensim.reader import read
from urbsim.project.project import Project


def model(text: str) -> Model:
    return read("{UTF-8}\n" + text, "m.mdl", Path())


def test_a_variable_that_nothing_uses_is_named() -> None:
    found = [str(p) for p in complexity.unused(model("a = 1 ~~|\nb = a ~~|\nc = a + c0 ~~|\nc0 = 2 ~~|"), {"c"})]
    assert found == ["m.mdl:3:1: b: is used by nothing in `b = a`; delete it, or read it in an indicator"]


def test_use_by_itself_is_no_use() -> None:
    assert len(list(complexity.unused(model("s = INTEG(s, 1) ~~|"), set()))) == 1


def test_a_misspelled_use_is_one_fault() -> None:
    assert list(complexity.unused(model("known name = 1 ~~|\nx = know name ~~|"), {"x"})) == []


def wide(count: int) -> Model:
    given = "".join(f"v{i} = Time*k ~~|\n" for i in range(count))
    return model(f"k = 1 ~~|\n{given}x = k + {' + '.join(f'v{i}' for i in range(count))} ~~|")


@pytest.mark.parametrize(
    ("count", "noted", "refused"), [(8, [], 0), (9, ["x (9)"], 0), (14, ["x (14)"], 0), (15, [], 1)]
)
def test_inputs_are_counted_without_constants(count: int, noted: list[str], refused: int) -> None:
    listed, problems = complexity.crowded(wide(count))
    assert (listed, len(problems)) == (noted, refused)


def test_stocks_may_have_many_flows() -> None:
    given = "".join(f"v{i} = Time ~~|\n" for i in range(20))
    stock = model(f"{given}x = INTEG({' + '.join(f'v{i}' for i in range(20))}, 0) ~~|")
    assert complexity.crowded(stock) == ([], [])


@pytest.mark.parametrize(
    ("equation", "numbers"),
    [
        ("a*3 + 4*a", ["3", "4"]),
        ("2*a - 1", []),
        ("a^0.5", ["0.5"]),
        ("SMOOTH3(a, a)", []),
        ("DELAY N(a, a, a, 4)", []),
        ("-7*a", ["-7"]),
        ("3", []),
        ("3, 4, 5", []),
        ("IF THEN ELSE(a = :NA:, 0, 1)", []),
    ],
)
def test_numbers_inside_equations(equation: str, numbers: list[str]) -> None:
    found = list(complexity.embedded(model(f"a = Time ~~|\nx[k] = {equation} ~~|\nk: k1, k2, k3 ~~|")))
    assert [p.message.split()[4] for p in found] == numbers
    assert all(p.place.line == 3 and p.place.column > 1 for p in found)


@pytest.mark.parametrize(
    ("points", "places"),
    [
        ("(0,0),(1,1),(2,0)", []),
        ("[(0,0)-(9,9)],(0,0),(2,1),(1,0)", ["1"]),
        ("(0,0),(1,1),(1,2),(3,3)", ["1"]),
        ("(3,0),(2,1),(1,0)", ["2", "1"]),
        ("0,2,1,5,6,7", ["1"]),
    ],
)
def test_tables_out_of_order(points: str, places: list[str]) -> None:
    for text in (f"a = 1 ~~|\nf({points}) ~~|", f"a = 1 ~~|\nx = WITH LOOKUP(a, ({points})) ~~|"):
        found = sorted(complexity.disordered(model(text)))
        assert sorted(p.message.split("x = ", 1)[1].split()[0] for p in found) == sorted(places)
        assert all(p.place.line == 3 for p in found)


def test_a_table_out_of_order_still_runs_in_order() -> None:
    (table,) = (v.definitions[0].expr for v in model("f((1,5),(0,4)) ~~|").variables)
    assert isinstance(table, ir.Lookup)
    assert (table.x, table.y) == ((0, 1), (4, 5))


def test_the_shipped_model_has_nothing_to_count(project: Project) -> None:
    shipped = read(project.model.source, project.model.label, Path())
    assert [*complexity.embedded(shipped), *complexity.disordered(shipped), *complexity.crowded(shipped)[1]] == []
