"""What the oracles are given: a plain file with names of our own, which says the same as the author's."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Member
from urbsim.engine.oracles.choose import choose
from urbsim.engine.oracles.member import member_file
from urbsim.errors import EngineError
from urbsim.language.catalogue import ROWS
from urbsim.language.vensim.reader import read
from urbsim.language.vensim.writer import plain
from urbsim.language.xmile import reader as xmile
from urbsim.project.project import Project

YEARS = Clock(0, 4, 1)
CONTROL = "".join(
    f"{name} = {value} ~ Year ~ Clock. |\n"
    for name, value in {"INITIAL TIME": 0, "FINAL TIME": 4, "TIME STEP": 1, "SAVEPER": 1}.items()
)
ORDINARY = """{UTF-8}
s: x, y, z ~~|
u: x, y ~~|
copy of s <-> s ~~|
:MACRO: CHASED(a, b)
CHASED = 2*a + w ~~|
w = INTEG(b - w, a) ~~|
:END OF MACRO:
k[s] = 1, 2, 3 ~~|
rows[s, u] = 1,2;3,4;5,6; ~~|
but[s] :EXCEPT: [z] = k[s] + 1 ~~|
but[z] = 7 ~~|
macro = CHASED(3, 4) ~~|
"a|b" = 1 ~~|
minus = "a|b" - -2 ~~|
powers = (2^3)^2 + -minus^2 - 2^3^0.5 ~~|
quotients = 8/(4/2)/2*(3*5) - (7 - (2 - 1)) ~~|
smooth = SMOOTHI(Time, 2, 5) + SMOOTH3(Time, 2) ~~|
trend = TREND(Time + 1, 2, 0.1) ~~|
sample = SAMPLE IF TRUE(Time > 1, Time, 4) ~~|
inline = WITH LOOKUP(Time, ((0,1),(4,3))) ~~|
table([(0,0)-(2,2)],(0,0),(1,1)) ~~|
looked up = table(0.5) + SUM(rows[x, u!]) ~~|
logic = IF THEN ELSE(Time > 1 :AND: :NOT: (Time >= 3) :OR: Time = 4, 1, 2) ~~|
"""
HARM = {
    "comment": 'x = 1 ~ Dmnl ~ a"""; open(%r, %r); """ |\n',
    "comment on two lines": 'x = 1 ~ Dmnl ~ a"""\n    open(%r, %r)\n    """ |\n',
    "name": '"x\\"; open(%r, %r); \\"" = 1 ~ Dmnl ~ A. |\n',
    "name of three quotes": '"x\\"\\"\\"\nopen(%r, %r)\n\\"\\"\\"" = 1 ~ Dmnl ~ A. |\n',
    "name in an expression": '"x\\"+str(open(%r, %r))+\\"" = 1 ~ Dmnl ~ A. |\n',
    "unit": 'x = 1 ~ a"+str(open(%r, %r))+" ~ A. |\n',
    "element": 's: "a\\"+str(open(%r, %r))+\\"", b ~ ~ S. |\nx[s] = 1 ~ Dmnl ~ A. |\n',
    "group": '***\n .a"""; open(%r, %r); """\n***~ | \nx = 1 ~ Dmnl ~ A. |\n',
}


@pytest.mark.parametrize("text", HARM.values(), ids=HARM)
def test_no_text_of_a_file_runs_through_pysd(text: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    model = read("{UTF-8}\n" + text % (str(mark), "w") + CONTROL)
    name = next(iter(model.by_name))
    result = choose("pysd").run(model, [Member()], [name], YEARS, lambda _: None)
    assert not result.failed
    assert (result.values[name] == 1).all()
    assert not mark.exists()


def test_a_plain_file_has_words_of_our_own_only(project: Project) -> None:
    words = {word for row in ROWS for word in row.vensim.split()} | {"UTF", "Time", "INITIAL", "FINAL", "TIME", "STEP"}
    words |= {"SAVEPER", "MACRO", "END", "OF", "EXCEPT", "AND", "OR", "NOT", "NA", "INTEG", "WITH", "LOOKUP", "I", "N"}
    for model in (project.model, read(ORDINARY + CONTROL)):
        found = set(re.findall(r"(?<![\w.])[^\W\d]\w*", plain(model).text, flags=re.ASCII))
        assert {word for word in found if not re.fullmatch(r"(va|el|ra|gr|ma)\d+(p\d+)?", word)} <= words
        assert plain(model).text.isascii()


def test_a_plain_file_says_the_same() -> None:
    model = read(ORDINARY + CONTROL)
    file = plain(model)
    again = read(file.text)
    names = [v.name for v in model.variables if v.role != "lookup"]
    engine = choose()
    ours = engine.run(model, [Member()], names, YEARS, lambda _: None)
    theirs = engine.run(again, [Member()], [file.variables[name] for name in names], YEARS, lambda _: None)
    for name in names:
        np.testing.assert_array_equal(ours.values[name], theirs.values[file.variables[name].lower().replace(" ", "_")])


@pytest.mark.parametrize("oracle", ["pysd", "simlin"])
def test_oracles_run_what_the_engine_runs(oracle: str) -> None:
    model = read(ORDINARY + CONTROL)
    names = [v.name for v in model.variables if v.role in {"stock", "equation"}]
    ours, theirs = (choose(name).run(model, [Member()], names, YEARS, lambda _: None) for name in ("compiled", oracle))
    assert not theirs.failed
    for name in names:
        np.testing.assert_allclose(theirs.values[name], ours.values[name], rtol=1e-12, err_msg=name)


def test_what_no_output_needs_is_left_out() -> None:
    model = read("a = 1 ~~|\nb = a + Time ~~|\nc = nowhere ~~|\n" + CONTROL)
    assert len(re.findall(r"^va\d+ =", member_file(model, Member(), YEARS, ["b"]).text, flags=re.MULTILINE)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = NO SUCH FUNCTION(Time) ~~|", "'no_such_function' is not one of Vensim's"),
        ("a = nowhere ~~|", "'nowhere' is not defined"),
        ("a ~~|\nb = a ~~|", "data of another run"),
    ],
)
def test_what_cannot_be_written_is_refused(text: str, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        plain(read(text + CONTROL))


def test_constructs_of_xmile_alone_are_refused() -> None:
    text = """<xmile><sim_specs><start>0</start><stop>2</stop><dt>1</dt></sim_specs><model><variables>
    <stock name="S"><eqn>1</eqn><non_negative/></stock></variables></model></xmile>"""
    with pytest.raises(EngineError, match="below zero"):
        plain(xmile.read(text, "m.xmile"))


def test_a_constant_of_three_subscripts_is_written_number_by_number() -> None:
    model = read("s: x, y ~~|\nt: p, q ~~|\nu: i, j ~~|\nc[s, t, u] = 0 ~~|\nout = SUM(c[s!, t!, u!]) ~~|\n" + CONTROL)
    member = Member({"c": np.arange(8.0).reshape(2, 2, 2)})
    result = choose("pysd").run(model, [member], ["out"], YEARS, lambda _: None)
    np.testing.assert_array_equal(result.values["out"], np.full((1, 5), 28.0))
