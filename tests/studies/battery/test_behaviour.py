"""The battery passes on the shipped model, and notices when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from urbsim.engine.contract import Engine
from urbsim.errors import InputError
from urbsim.language.vensim.reader import read
from urbsim.project.battery import BatteryFile, load_settings
from urbsim.project.behaviour import Behaviour
from urbsim.project.indicators import Indicators
from urbsim.project.loops import LoopNames, Loops, load_loops
from urbsim.project.project import Project
from urbsim.project.reality_checks import load_checks
from urbsim.project.workspace import Workspace
from urbsim.studies.battery import laws, numerics
from urbsim.studies.battery.context import Bench, bench
from urbsim.studies.battery.reality import Constraint, reality
from urbsim.studies.battery.run import BATTERY, BatteryTest, Subject
from urbsim.studies.expectations import examine


@pytest.fixture(scope="module")
def on(project: Project, indicators: Indicators, engine: Engine) -> Bench:
    return bench(project, indicators, engine, ["guangrao", "lijin", "dongying", "inner-mongolia-counties"])


@pytest.fixture(scope="module")
def behaviour(project: Project) -> Behaviour:
    return project.behaviour


@pytest.fixture(scope="module")
def constraints(shipped: Workspace, project: Project) -> list[Constraint]:
    return load_checks(shipped.models / "reality-checks.mdl", "models/reality-checks.mdl", project.model)


@pytest.fixture(scope="module")
def loops(shipped: Workspace, project: Project, indicators: Indicators) -> Loops:
    known = LoopNames(indicators, project.levers, project.regions)
    return load_loops(shipped.models / "loops.yaml", "models/loops.yaml", project.model, known)


@pytest.fixture(scope="module")
def settings(shipped: Workspace, project: Project) -> BatteryFile:
    return load_settings(shipped.models / "battery.yaml", "models/battery.yaml", project.model)


@pytest.mark.slow
@pytest.mark.parametrize("check", BATTERY, ids=lambda check: check.name)
def test_the_shipped_model_passes(
    check: BatteryTest,
    on: Bench,
    behaviour: Behaviour,
    constraints: list[Constraint],
    settings: BatteryFile,
    loops: Loops,
) -> None:
    verdicts = list(check.run(Subject(on, behaviour, constraints, settings, loops)))
    assert verdicts or check.name == "units", "only units may be without a verdict, where pysimlin is missing"
    assert all(v.covered > 0 for v in verdicts), "a test that covers nothing is none"
    assert [(v.test, v.worst, v.note, v.details) for v in verdicts if not v.passed] == []


def broken(on: Bench, old: str, new: str) -> Bench:
    """Return the bench with one change in the model's text."""
    source = on.project.model.source
    assert source.count(old) == 1, old
    return on.of(read(source.replace(old, new)))


LEAKS = {
    "a dropped outflow": (
        "leaving age[status, age] - departing[status, age] - deaths[status, age]",
        "leaving age[status, age] - departing[status, age]",
    ),
    "trainees vanish": (
        "skill loss - Labour Force[unskilled]*exit fraction",
        "skill loss*0.9 - Labour Force[unskilled]*exit fraction",
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_breaks_a_ledger(on: Bench, settings: BatteryFile, leak: str) -> None:
    one = replace(on, members={"lijin": on.members["lijin"]})
    found = {v.test: v for v in laws.laws(broken(one, *LEAKS[leak]), settings)}
    assert not found["conservation"].passed
    assert found["conservation"].worst > 1e-4


def test_a_wrong_shift_mixes_cohorts(on: Bench, settings: BatteryFile) -> None:
    blurred = broken(
        on,
        "- deaths[status, younger]))*age shift",
        "- deaths[status, younger]))/one year",
    )
    source = blurred.project.model.source + "\n"
    assert "one year" in source
    [verdict] = laws.cohorts(blurred, settings)
    assert not verdict.passed


def test_an_outcome_that_hangs_on_the_step_is_found(on: Bench) -> None:
    old = "house price = "
    stiff = broken(on, "\n" + old, "\n" + old + "(1 + TIME STEP/4)*")
    verdict = numerics.time_step(stiff)
    assert not verdict.passed


def test_a_dead_lever_and_a_wrong_sign_are_found(on: Bench, behaviour: Behaviour) -> None:
    mine = [item for item in behaviour.directions if item.lever == "training_rate"]
    assert all(one.held for one in examine(on, mine))
    wrong = [item.model_copy(update={"moves": "up" if item.moves == "down" else "down"}) for item in mine]
    assert not any(one.held for one in examine(on, wrong))
    dead = broken(on, "training places = training rate*", "training places = 0.05*")
    assert not any(one.held for one in examine(dead, mine))


def checks(project: Project, tmp_path: Path, text: str) -> list[Constraint]:
    path = tmp_path / "checks.mdl"
    path.write_text("{UTF-8}\n" + text, encoding="utf-8")
    return load_checks(path, "checks.mdl", project.model)


CLOSED = "TI closed :TEST INPUT: settlement openness = RC STEP(settlement openness, 0, 2023) ~~|\n"


@pytest.mark.parametrize(
    ("constraint", "note"),
    [
        ("RC a :THE CONDITION: TI closed :AND: Time >= 2028 :IMPLIES: settling people < 20 ~~|", ""),
        (
            "RC a :THE CONDITION: TI closed :AND: Time >= 2028 :IMPLIES: settling people > 20 ~~|",
            "does not follow in 2028",
        ),
        ("RC a :THE CONDITION: TI closed :AND: Time >= 2099 :IMPLIES: settling people < 1 ~~|", "tests nothing"),
        (
            "RC a :THE CONDITION: TI closed :AND: Time >= 2026 :IMPLIES: "
            "registered townspeople <= RC COMPARE('base', registered townspeople, 0.99) ~~|",
            "",
        ),
        (
            "RC a :THE CONDITION: TI closed :AND: Time >= 2026 :IMPLIES: "
            "registered townspeople >= RC COMPARE('base', registered townspeople, 1) ~~|",
            "does not follow in 2026",
        ),
    ],
)
def test_a_reality_check_holds_breaks_or_tests_nothing(
    on: Bench, project: Project, tmp_path: Path, constraint: str, note: str
) -> None:
    one = replace(on, members={"lijin": on.members["lijin"]})
    verdict = reality(one, checks(project, tmp_path, CLOSED + constraint))
    assert verdict.passed == (note == "")
    assert note in "".join(verdict.details)


def test_no_reality_checks_are_no_pass(on: Bench) -> None:
    assert not reality(on, []).passed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("TI a :TEST INPUT: nothing known = 0 ~~|", "the model has no variable 'nothing known'"),
        (CLOSED, "no constraint uses the test input 'TI closed'"),
        (
            "TI a :TEST INPUT: deaths[status, age] = 0 ~~|\nTI b :TEST INPUT: deaths[rural, age] = 0 ~~|\n"
            "RC a :THE CONDITION: TI a :IMPLIES: pull > 0 ~~|\nRC b :THE CONDITION: TI b :IMPLIES: pull > 0 ~~|",
            "name one variable in two ways",
        ),
        ("RC a :THE CONDITION: Time > 2030 :IMPLIES: pull > 0 ~~|", "names no test input"),
        ("pull = 3 ~~|", "is no reality check"),
    ],
)
def test_bad_reality_checks_are_refused(project: Project, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        checks(project, tmp_path, text)
