"""Model texts as people and programs write them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from vensim_models import clock, first, problem, run

import urbsim
from urbsim.engine.run.csvfile import write_csv
from urbsim.errors import InputError

CLOCK = clock(stop=0)


def load(path: Path, content: bytes) -> dict[str, float]:
    path.write_bytes(content)
    return {str(k): v.values[0].tolist() for k, v in urbsim.load_model(path).run().items()}


@pytest.mark.parametrize(
    "text",
    [
        "x = 1 {a remark} + 2 ~~|",
        'x = 1 {a {nested} remark with | and ~ and "} + 2 ~~|',
        "{ x = 9 ~~| }\nx = 3 ~~|",
        "x = \\\n\t\t1 + \\\n\t\t2 ~~|",
        "x=\n\t1\n\t+\n\t2\n\t~\tDmnl\n\t~\t\t|",
        'x\t=\t1+2\t~\tDmnl [0,10]\t~\tIt "quotes oddly.\t~ :SUPPLEMENTARY\n\t|',
        "X == 3 ~ Dmnl [?,?,0.1] ~ Unchangeable. |",
        "x = 1 + y ~~|\nY = 2 ~~|",
        "x = 1 + the  long\n\tname ~~|\nThe_Long Name = 2 ~~|",
        "********\n\t.Group\n********~\n\tA comment.\n\t|\nx = 3 ~~:SUP |",
        "x = min( 3 , Max(2,1)+if then else(1=1,2,0) ) ~~|",
        "x = 3 ~ a/(b*c) [-5,5] ~ Comment with = and [ ( { odd brackets. |",
        "x = 3 ~~|\ncheck :THE CONDITION: x > 5 :IMPLIES: y = 3 ~~|\ntest :TEST INPUT: x = 5 ~~|",
        "x = 3 ~~|\nname :IS: 'some text' ~~|",
        "x = 3 ~~~|",
        "x = +3 ~~|",
        "x = 3. ~~|",
        "x = 0.3e+1 ~~|",
        "x = ((((3)))) ~~|",
        "x = 5-2 ~~|",
        "x = 1+1+1~~|",
    ],
)
def test_three(text: str) -> None:
    assert first(text)["x"] == 3


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ('"a-b (c) [d] = {e}"', "a-b_(c)_[d]_=_{e}"),
        ('"tilde ~ and | bar"', "tilde_~_and_|_bar"),
        ('"with \\"quotes\\" inside"', 'with_"quotes"_inside'),
        ('"123"', "123"),
        ('"$%&/"', "$%&/"),
        ("Bob's cost $", "bob's_cost_$"),
        ("人口 总数", "人口_总数"),
        ("Größe", "größe"),
        ("élan vital", "élan_vital"),
        ("MIN cost", "min_cost"),
        ("delay1 of smooth", "delay1_of_smooth"),
        ("and or not", "and_or_not"),
        ("time to go", "time_to_go"),
        ('"plain"', "plain"),
        ("e1", "e1"),
        ("lambda", "lambda"),
    ],
)
def test_names(name: str, identifier: str) -> None:
    found = first(f"{name} = 2 ~~|\nx = MAX({name}, 1) + {name}*{name} ~~|")
    assert found[identifier] == 2
    assert found["x"] == 6


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_ends_of_lines(tmp_path: Path, encoding: str, end: str) -> None:
    text = ("{UTF-8}\nGröße = 2 ~ Meter ~ Länge. |\ndim: a,\\\n\tb ~~|\nx[dim] = Größe ~~|\n" + CLOCK).replace(
        "\n", end
    )
    assert load(tmp_path / "m.mdl", text.encode(encoding))["x"] == [2, 2]


def test_a_sketch_and_settings_follow_the_equations(tmp_path: Path) -> None:
    sketch = '\\\\\\---/// Sketch information - do not modify anything except names\nV300\n*View 1\n$192,0,|x = 5 ~~|"\n///---\\\\\\\n:L<%^E!@\n'
    found = load(tmp_path / "m.mdl", ("x = 3 ~~|\n" + CLOCK + "\n" + sketch).encode())
    assert found["x"] == 3


def test_units_comments_and_limits_stay_with_the_variable(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(
        "My Stock = INTEG(1, 0)\n\t~ Person/Year [0, 10, 0.5]\n\t~ Those who\n\t\tlive here. ~ :SUP\n\t|\n" + CLOCK
    )
    model = urbsim.load_model(path)
    assert model.run()["my_stock"].attrs == {
        "units": "Person/Year",
        "long_name": "My Stock",
        "comment": "Those who live here.",
    }
    assert model.structure.variables[0].limits == (0, 10)


def test_columns_are_spelled_as_the_author_does(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    text = 'Dim One: Sub A, "sub (b)" ~~|\nother: O1, o_2 ~~|\nMy  Stock[dim one, Other] = INTEG(1, 2) ~~|\n"cost & price"[Sub A] = 1 ~~|\n'
    path.write_text(text + "my_scalar = 3 ~~|\n" + CLOCK, encoding="utf-8")
    model = urbsim.load_model(path)
    write_csv(tmp_path / "m.csv", model, model.run())
    with (tmp_path / "m.csv").open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    stock = [f"My Stock[{a}, {b}]" for a in ("Sub A", '"sub (b)"') for b in ("O1", "o_2")]
    assert header == [
        "Time",
        *stock,
        '"cost & price"[Sub A]',
        "my_scalar",
        "INITIAL TIME",
        "FINAL TIME",
        "TIME STEP",
        "SAVEPER",
    ]


def test_long_chains_and_deep_nesting() -> None:
    n = 3000
    chain = "c0 = 1 ~~|\n" + "".join(f"c{i} = c{i - 1} + 1 ~~|\n" for i in range(1, n))
    deep = "z = " + "(1 + " * 800 + "0" + ")" * 800 + " ~~|\n"
    nested = "x = " + "IF THEN ELSE(Time < 0, 0, " * 60 + "7" + ")" * 60 + " ~~|"
    found = first(chain + deep + nested + "\ny = " + "+".join(["c0"] * 500) + " ~~|")
    assert (found[f"c{n - 1}"], found["x"], found["y"], found["z"]) == (n, 7, 500, 800)


def test_the_last_definition_may_stand_far_from_the_first() -> None:
    text = "x[a1] = 1 ~ Person ~ First. |\ny = x[a2] ~~|\nx[a2] = 2 ~~|\ndim: a1, a2 ~~|"
    assert first(text)["y"] == 2


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("\nx = 1 + ~~|", "3:8", "the equation ends too early in `x = 1 +`"),
        ("x = (1 + 2 ~~|", "2:11", "ends too early"),
        ("x = 1 2 ~~|", "2:7", "not understood from `2` on"),
        ("x = 3 $ 4 ~~|", "2:7", "not understood from `$ 4` on"),
        ("x = ~~|", "2:4", "has no equation"),
        ("x == = 3 ~~|", "2:6", "not understood from `= 3` on"),
        ("[a] = 3 ~~|", "2:1", "the left side cannot be read"),
        ("x[a = 3 ~~|", "2:2", "the left side is not understood"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, place: str, words: str) -> None:
    told = problem(text)
    assert f":{place}: " in told
    assert words in told


def test_a_file_that_is_cut_short_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text("{UTF-8}\nx = 3 ~~|\ny = 4 ~ Dmnl ~ cut")
    with pytest.raises(InputError, match=r"m\.mdl:3:1: the entry has no '\|' at its end"):
        urbsim.load_model(path)


def test_all_faults_come_at_once() -> None:
    told = problem("x = 1 + ~~|\ny = 2 ~~|\nz = SMOOTH(1) ~~|\nw = (3 ~~|")
    assert [line.split(":")[1] for line in told.splitlines()] == ["2", "4", "5"]


def test_text_of_a_model_is_never_executed(tmp_path: Path) -> None:
    target = tmp_path / "made"
    text = f"x = __import__('os').mkdir('{target}') ~~|"
    problem(text)
    problem(f"t([(0,0)-(__import__('os').mkdir('{target}'),1)],(0,0),(1,1)) ~~|\ny = t(1) + nothing ~~|")
    assert not target.exists()
    assert run("x = 1 ~~|", stop=0)["x"].tolist() == [1]
