"""Fifteen ways to break the model, and the test of the battery that catches each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from urbsim.engine.contract import Engine
from urbsim.language.vensim.reader import read
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace
from urbsim.studies.battery.context import Bench, bench
from urbsim.studies.battery.run import BATTERY, Subject, subject_of

MUTATIONS = {
    "a sign": ("behaviour", "exit effect = pull^(-exit sensitivity)", "exit effect = pull^exit sensitivity"),
    "a unit": (
        "units",
        "land per settled person = 0.15\n\t~\tMu/Person",
        "land per settled person = 0.15\n\t~\tMu",
    ),
    "a dropped outflow": (
        "laws",
        "reclassified dwellings - demolition[sound], initial",
        "reclassified dwellings, initial",
    ),
    "a dead lever": ("behaviour", "training places = training rate*SUM", "training places = initial training*SUM"),
    "money from nowhere": (
        "laws",
        "land fund spent + borrowing - interest paid",
        "land fund spent + 2*borrowing - interest paid",
    ),
    "settlement counted as new workers": (
        "co-flow",
        " + SUM(arriving[town!, adult!]) - SUM(settlement[unregistered!, adult!]))",
        " + SUM(arriving[town!, adult!]))",
    ),
    "no delay of perception": (
        "reality",
        "perceived attractiveness = INTEG((relative attractiveness - perceived attractiveness)/time to perceive attractiveness, 1)",
        "perceived attractiveness = INTEG((relative attractiveness - perceived attractiveness)/TIME STEP, 1)",
    ),
    "no trainees at the start": (
        "start",
        "- Trainees*exit fraction, initial trainees)",
        "- Trainees*exit fraction, 0)",
    ),
    "a bump in the effect of vacancy": ("tables", "(1.5,0.92),(2.5,0.8)", "(1.5,1.2),(2.5,0.8)"),
    "borrowing past the ceiling": (
        "reality",
        "room for bonds = MAX(0, debt ceiling*revenue*one year - Government Debt - Private Claims)/borrowing time",
        "room for bonds = debt ceiling*revenue*one year/borrowing time",
    ),
    "blurred cohorts": ("cohorts", "- deaths[status, younger]))*age shift", "- deaths[status, younger]))/one year"),
    "dear dwellings attract": (
        "loops",
        "(housing burden/reference burden)^(-housing elasticity)",
        "(housing burden/reference burden)^housing elasticity",
    ),
    "an outcome that hangs on the step": (
        "time-step",
        "town residents = SUM(Population[town!, age!])",
        "town residents = SUM(Population[town!, age!])*(1 + TIME STEP/one year)",
    ),
    "a name that is not defined": (
        "equations",
        "wanted supply = (planned land supply*bank",
        "wanted supply = (planned land suply*bank",
    ),
    "a stock below zero": (
        "extremes",
        "supply share[use]*take up of supply[use]*MIN(wanted supply, Government Land Bank/minimum supply time)",
        "supply share[use]*take up of supply[use]*wanted supply",
    ),
}
FIXED = "\ninitial training = 0.05\n\t~\t1/Year\n\t~\tFixed. [definition]\n\t|\n"


@pytest.fixture(scope="module")
def given(shipped: Workspace, project: Project, indicators: Indicators, engine: Engine) -> Subject:
    return subject_of(bench(project, indicators, engine, ["lijin"]))


def mutated(on: Bench, old: str, new: str) -> Bench:
    source = on.project.model.source
    assert source.count(old) == 1, old
    return on.of(read(source.replace(old, new).replace("\ntraining rate = ", FIXED + "training rate = ", 1)))


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_model_is_caught(given: Subject, shipped: Workspace, mutation: str) -> None:
    name, old, new = MUTATIONS[mutation]
    [test] = [one for one in BATTERY if one.name == name]
    on = mutated(given.on, old, new)
    broken = subject_of(on) if name == "loops" else replace(given, on=on)  # loops keep the equations that they read
    assert not all(v.passed for v in test.run(broken)), f"{name} misses it"
