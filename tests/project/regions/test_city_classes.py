"""Rules of settlement come from the class of the city, or from the region's own file."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.errors import InputError
from urbsim.experiment import plan
from urbsim.project.project import Project
from urbsim.project.regions.initial import Value
from urbsim.project.regions.settlement import class_of
from urbsim.project.setting import value_of
from urbsim.project.workspace import Workspace

FACT = "{value: 0.9, unit: dmnl, year: 2015, source: assumption, range: [0.8, 1], reason: text}"


@pytest.mark.parametrize(
    ("towns", "cities", "label"),
    [
        (999_999, 1, "class of cities below 1 million"),
        (1_000_000, 1, "class of cities of 1 to 3 million"),
        (5_000_000, 1, "class of cities of 5 million and more"),
        (5_000_000, 69, "class of cities below 1 million"),
    ],
)
def test_the_class_goes_by_town_residents_of_a_city(project: Project, towns: int, cities: int, label: str) -> None:
    people = np.array([[1e9], [0.25 * towns], [0.25 * towns], [0.5 * towns], [1e9]])  # villages and away do not count
    inputs = {"initial_population": Value(people, ""), "cities_of_the_region": Value(np.array(cities), "")}
    found = class_of(inputs, project.classes)
    assert found is not None
    assert found.label.en == label


def test_without_classes_there_is_none() -> None:
    assert class_of({}, ()) is None


def test_a_value_holds_from_the_start_of_its_year() -> None:
    assert [value_of({2010: 0.5, 2020: 0.9}, time) for time in (2000, 2018.9, 2019)] == [0.5, 0.5, 0.9]
    assert value_of({0: 0.4}, 2000) == 0.4


def baseline(project: Project, region: str, base_year: int | None = None) -> plan.MemberValues:
    made = plan.plan(project, ["baseline"], [region], base_year, None, {})
    return plan.members(project, made, {})[0]


def test_the_rule_of_two_years_before_stands_beside_that_of_the_base_year(project: Project) -> None:
    one = baseline(project, "dongying")
    names = ("settlement_openness", "earlier_openness", "renter_admission", "earlier_renter_admission")
    assert [float(one.member.constants[name]) for name in names] == [0.9, 0.7, 0.9, 0.5]
    assert {one.origins[name] for name in names} == {"class of cities of 1 to 3 million"}


def test_a_rule_changes_in_its_year_during_a_run(project: Project) -> None:
    points = baseline(project, "dongying", 2010).member.series["settlement_openness"]
    assert [float(np.interp(t, *np.transpose(points))) for t in (2010, 2013.9, 2014, 2018.9, 2019)] == [
        0.5, 0.5, 0.7, 0.7, 0.9,
    ]  # fmt: skip


def test_the_regions_own_rule_goes_before_its_class(project: Project) -> None:
    one = baseline(project, "nanjing")
    assert float(one.member.constants["settlement_quota"]) == 1
    assert one.origins["settlement_quota"] == "region nanjing"


def test_own_rules_of_a_region_are_checked_year_by_year(workspace: Workspace) -> None:
    path = workspace.data / "regions/toytown.yaml"
    path.write_text(
        path.read_text(encoding="utf-8") + "levers:\n  settlement_openness: {2010: 0.4, 2018: 1.4}\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"toytown.yaml:\d+:\d+: settlement_openness must lie from 0 to 1 dmnl, not 1"):
        Project.open(workspace)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "- {label: {en: a, zh: a}, levers: {settlement_opennes: [FACT]}}",
            "2:36: unknown lever 'settlement_opennes'; did you mean settlement_openness?",
        ),
        (
            "- {label: {en: a, zh: a}, levers: {settlement_openness: [FACT, FACT]}}",
            "2:178: settlement_openness is given twice for 2015; keep one of them",
        ),
        (
            "- {label: {en: a, zh: a}, levers: {settlement_openness: [{value: 1.5, unit: dmnl, year: 2015, source: cencus}]}}",
            "2:66: settlement_openness must lie from 0 to 1 dmnl, not 1.5",
        ),
        (
            "- {label: {en: a, zh: a}, levers: {settlement_quota: [{value: 1, unit: percent, year: 2015, source: census-2020}]}}",
            "2:72: settlement_quota: unit 'percent' is not 1/year; give it in 1/year",
        ),
        (
            "- {label: {en: a, zh: a}, below: 5, levers: {}}",
            "2:34: no class holds cities of 5 and more; let the last class go without below",
        ),
        (
            "- {label: {en: a, zh: a}, levers: {}}\n- {label: {en: b, zh: b}, levers: {}}",
            "2:3: only the last class may go without below; give its limit",
        ),
        (
            "- {label: {en: a, zh: a}, below: 5, levers: {}}\n- {label: {en: b, zh: b}, below: 5, levers: {}}\n"
            "- {label: {en: c, zh: c}, levers: {}}",
            "3:34: below 5 comes after below 5; go from small cities to large ones",
        ),
    ],
)
def test_classes_that_make_no_sense_are_refused(workspace: Workspace, text: str, problem: str) -> None:
    path = workspace.data / "settlement.yaml"
    path.write_text("classes:\n" + text.replace("FACT", FACT) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        Project.open(workspace)
    assert f"data/settlement.yaml:{problem}" in str(error.value).splitlines()
