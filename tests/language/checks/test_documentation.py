"""What `urbsim check` says of models."""

from __future__ import annotations

from urbsim.language.checks.documentation import documentation
from urbsim.language.checks.units import clashes
from urbsim.language.vensim.reader import read
from urbsim.project.project import Project

CLOCK = "".join(
    f"{n} = {v} ~ Year ~ Clock. |\n"
    for n, v in {"INITIAL TIME": 0, "FINAL TIME": 1, "TIME STEP": 1, "SAVEPER": 1}.items()
)


def test_the_shipped_model_is_documented_and_its_units_agree(project: Project) -> None:
    assert list(documentation(project.model)) == []
    assert clashes(project.model) == []


def test_missing_unit_comment_and_double_definitions_are_named() -> None:
    model = read("x = 1 ~ ~ A number. |\ny = 2 ~ Dmnl ~ |\ny = 3 ~ Dmnl ~ Again. |\n")
    assert [str(problem) for problem in documentation(model)] == [
        "model:1:1: 'x' has no unit; use Dmnl where it has none",
        "model:2:1: 'y' has no comment; say in one line what it is",
        "model:2:1: 'y' is defined twice; keep one of them",
        "model:3:1: 'y' is defined twice; keep one of them",
    ]


def test_a_variable_has_one_unit() -> None:
    model = read("k: k1, k2 ~ ~ K. |\nx[k1] = 1 ~ Person [0, 9] ~ X. |\nx[k2] = 2 ~ Job ~ X. |\n")
    assert [str(problem) for problem in documentation(model)] == [
        "model:3:1: 'x' is in Job here and in Person in line 2; a variable has one unit"
    ]


def test_a_clash_names_line_and_equation() -> None:
    text = "a = 1 ~ Person ~ A. |\nb = 2 ~ Year ~ B. |\nc = a*b ~ Person ~ C. |\n" + CLOCK
    assert any(p.place.line == 3 and "`c = a*b`" in p.message for p in clashes(read(text)))


def test_every_region_input_lever_and_parameter_is_accounted_for(project: Project) -> None:
    """Each constant is a region input, a lever, a calibration, a definition or an uncertain parameter."""
    levers = [e.name for e in project.model.entries if e.comment.startswith("LEVER")]
    assert sorted(levers) == sorted(lever.variable for lever in project.levers.values())
