"""Units of small models: what we say, and what pysimlin says where it has a rule."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbsim.language.checks.unit_algebra import Units
from urbsim.language.checks.units import clashes
from urbsim.language.vensim.reader import read
from urbsim.project.project import Project
from urbsim.units import DIMENSIONLESS

CLOCK = "".join(f"{n} = 1 ~ Year ~ Clock. |\n" for n in ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER"))
GIVEN = """{UTF-8}
p = 3 ~ Person ~ P. |
y = 2 ~ Year ~ Y. |
d = 2 ~ Dmnl ~ D. |
r = 1 ~ 1/Year ~ R. |
f((0,0),(2,3)) ~ Job ~ F. |
"""
STRICTER = "pysimlin lets this pass"
# equation, declared unit, words of our message or nothing, whether pysimlin disagrees with us
TABLE = [
    ("p + y", "Person", "adds `p` in Person and `y` in Year", ""),
    ("p*2 - y*3 + r", "Person", "adds `p*2` in Person, `y*3` in Year and `r` in 1/Year", ""),
    ("p + 0", "Person", "", ""),
    ("p + 5", "Person", "`5` hides a unit, Person", STRICTER),
    ("1 - d", "Dmnl", "", ""),
    ("p*y", "Person", "is declared in Person, its equation gives Person*Year", ""),
    ("p*y", "Person*Year", "", ""),
    ("p/y", "Person/Year", "", ""),
    ("-p", "Year", "is declared in Year, its equation gives Person", ""),
    ("5*d", "Person", "is declared in Person, its equation gives Dmnl", ""),
    ("1/3", "Person", "", ""),
    ("p^2/p", "Person", "", ""),
    ("p^d", "Dmnl", "`p`, in Person, has an exponent that is no number", STRICTER),
    ("(p/p)^d", "Dmnl", "", ""),
    ("d^p", "Dmnl", "an exponent needs Dmnl, `p` is in Person", STRICTER),
    ("SQRT(p*p)", "Person", "", ""),
    ("IF THEN ELSE(p > y, 1, 0)", "Dmnl", "compares `p` in Person and `y` in Year", STRICTER),
    ("IF THEN ELSE(p > 5, 1, 0)", "Dmnl", "`5` hides a unit, Person", STRICTER),
    ("IF THEN ELSE(p > 0, p, y)", "Person", "chooses between `p` in Person and `y` in Year", ""),
    ("IF THEN ELSE(p > 0, 5, 0)", "Person", "the numbers in its equation have no unit", STRICTER),
    ("MAX(0, p)", "Person", "", ""),
    ("MAX(p, y)", "Person", "takes MAX of `p` in Person and `y` in Year", ""),
    ("MIN(p, p)", "Dmnl", "is declared in Dmnl, its equation gives Person", ""),
    ("INTEG(p*r, 0)", "Person", "", ""),
    ("INTEG(p, 0)", "Person", "is declared in Person, its equation gives Person*Year", ""),
    ("INTEG(p*r, y)", "Person", "begins in Year, its net flow needs Person", ""),
    ("INTEG(p*r, 250)", "Person", "", ""),
    ("SMOOTH(p, y)", "Person", "", ""),
    ("SMOOTH(p, d)", "Person", "SMOOTH needs Year, `d` is in Dmnl", ""),
    ("SMOOTH(p, 3)", "Person", "`3` hides a unit, Year", STRICTER),
    ("SMOOTHI(p, y, y)", "Person", "begins with another unit: `p` in Person and `y` in Year", ""),
    ("DELAY3(p, p)", "Person", "DELAY needs Year, `p` is in Person", ""),
    ("DELAY FIXED(p, y, 0)", "Year", "is declared in Year, its equation gives Person", ""),
    ("TREND(p, y, 0)", "1/Year", "", ""),
    ("EXP(p)", "Dmnl", "EXP needs Dmnl, `p` is in Person", ""),
    ("LN(p/p)", "Dmnl", "", ""),
    ("SIN(y)", "Dmnl", "SIN needs Dmnl, `y` is in Year", ""),
    ("ZIDZ(p, y)", "Person/Year", "", ""),
    ("ZIDZ(p, y)", "Person", "is declared in Person, its equation gives Person/Year", ""),
    ("XIDZ(p, y, d)", "Person/Year", "what stands in for the quotient needs Person/Year, `d` is in Dmnl", ""),
    ("STEP(p, y)", "Person", "", ""),
    ("STEP(p, d)", "Person", "STEP needs Year, `d` is in Dmnl", STRICTER),
    ("RAMP(r, y, y)", "Dmnl", "", ""),
    ("PULSE(y, y)", "Dmnl", "", ""),
    ("PULSE(p, y)", "Dmnl", "PULSE needs Year, `p` is in Person", STRICTER),
    ("Time", "Year", "", ""),
    ("Time + p", "Year", "adds `time` in Year and `p` in Person", ""),
    ("MODULO(y, y)", "Year", "", ""),
    ("MODULO(p, y)", "Person", "takes MODULO of `p` in Person and `y` in Year", STRICTER),
    ("INTEGER(p)", "Dmnl", "is declared in Dmnl, its equation gives Person", ""),
    ("INITIAL(p)", "Person", "", ""),
    ("f(p)*d", "Job", "", ""),
    ("f(p)", "Person", "is declared in Person, its equation gives Job", ""),
    ("f(p) + f(y)", "Job", "looks up `y`, in Year, in 'f', which 'x' uses with Person", STRICTER),
    ("WITH LOOKUP(p, ((0,0),(1,1)))", "Year", "", ""),
    ("p", "people", "", ""),
    ("p", "*", "unit '*' fits anything", None),
    ("p", "?", "unit '?' fits anything", None),
    ("p", "1000 Person", "unit '1000 Person' has a number, 1000", None),
    ("p", "Person/", "unit 'Person/' has no end", None),
]


def model(equation: str, unit: str) -> str:
    return f"{GIVEN}x = {equation} ~ {unit} ~ X. |\n{CLOCK}"


@pytest.mark.parametrize(("equation", "unit", "words", "oracle"), TABLE)
def test_our_verdict(equation: str, unit: str, words: str, oracle: str | None) -> None:
    found = clashes(read(model(equation, unit)))
    assert len(found) == bool(words), [str(problem) for problem in found]
    for problem in found:
        assert words in problem.message
        assert f"`x = {equation}`" in problem.message
        assert problem.place.line == 7


@pytest.mark.skipif(find_spec("simlin") is None, reason="pysimlin has no wheels for Windows")
@pytest.mark.parametrize(("equation", "unit", "words", "oracle"), [row for row in TABLE if row[3] is not None])
def test_pysimlin_agrees_but_where_it_has_no_rule(
    tmp_path: Path, equation: str, unit: str, words: str, oracle: str
) -> None:
    import simlin  # noqa: PLC0415

    path = tmp_path / "model.mdl"
    path.write_text(model(equation, unit), encoding="utf-8")
    with simlin.load(str(path)) as loaded:
        issues = list(loaded.check())
    assert bool(issues) == (bool(words) and oracle != STRICTER)


def test_the_shipped_model_has_no_clash(project: Project) -> None:
    assert [str(problem) for problem in clashes(project.model)] == []


def test_all_clashes_come_at_once_and_none_causes_another() -> None:
    text = (
        GIVEN + "a = p + y ~ Person ~ A. |\nb = a*d ~ Person ~ B. |\nc = EXP(a) + MAX(p, y)*r ~ Dmnl ~ C. |\n" + CLOCK
    )
    found = clashes(read(text))
    assert [(p.place.line, p.message.split(" in `")[0]) for p in found] == [
        (7, "a: adds `p` in Person and `y` in Year"),
        (9, "c: EXP needs Dmnl, `a` is in Person"),
        (9, "c: takes MAX of `p` in Person and `y` in Year"),
    ]


def test_an_undefined_name_has_any_unit() -> None:
    assert clashes(read(model("nothing*y + p + nowhere", "Person"))) == []


def test_each_definition_of_a_variable_is_compared() -> None:
    text = "place: a, b ~ ~ P. |\nz[a] = p ~ Person ~ Z. |\nz[b] = y ~ Person ~ Z. |\nw = SUM(z[place!])*place ~ Year ~ W. |\n"
    found = [str(problem) for problem in clashes(read(GIVEN + text + CLOCK))]
    assert found == [
        "model:9:1: z: is declared in Person, its equation gives Year in `z[b] = y`",
        "model:10:1: w: is declared in Year, its equation gives Person in `w = SUM(z[place!])*place`",
    ]


def test_a_model_may_name_units_that_are_the_same() -> None:
    text = model("p", "Head") + "\\\\\\---/// Sketch\n22:Person,Head,Heads\n"
    assert clashes(read(text)) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Yuan/(Person*Year)", "Yuan/(Person*Year)"),
        ("Yuan/Person/Year", "Yuan/(Person*Year)"),
        ("1/(1/Year)", "Year"),
        ("m^2*m^-2", "Dmnl"),
        ("Square Meter", "Square Meter"),
        ("人/年", "人/年"),
    ],
)
def test_units_are_read_as_products_of_powers(text: str, shown: str) -> None:
    assert str(Units().read(text)) == shown


NAMES = st.sampled_from(["Person", "Year", "Job", "Mu"])
UNITS = st.lists(st.tuples(NAMES, st.sampled_from("*/")), max_size=5)


def unit(parts: list[tuple[str, str]]) -> str:
    return "1" + "".join(f"{op}{name}" for name, op in parts)


@given(UNITS, UNITS)
def test_units_multiply_like_numbers(a: list[tuple[str, str]], b: list[tuple[str, str]]) -> None:
    units = Units()
    left, right = units.read(unit(a)), units.read(unit(b))
    assert left * right == right * left == units.read(unit([*a, *b]))
    assert (left * right) / right == left
    assert left / left == DIMENSIONLESS
    assert units.read(str(left)) == left
