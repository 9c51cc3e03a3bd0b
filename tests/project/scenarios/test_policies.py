"""The policy documents as scenarios: every question is asked, every file says where it comes from and does something."""

from __future__ import annotations

import pytest

from urbsim.engine.contract import Engine
from urbsim.experiment import plan
from urbsim.experiment.forms import outputs
from urbsim.project.calibrations import load_calibrations
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.regions.facts import figure
from urbsim.project.scenarios.scenario import evaluation
from urbsim.project.workspace import Workspace
from urbsim.results.values import values

FOLDERS = {
    "dongying": "dongying-2023-17",
    "city-template": "city-urbanization-template",
    "ndrc-668": "ndrc-2021-668",
    "inner-mongolia": "inner-mongolia-2023-2025",
    "pilot-zones": "pilot-zones",
}
QUESTIONS = {  # question -> scenarios that are compared to answer it
    "Dongying: are posts, trainings, kindergarten shares and pension reached by 2025?": ["baseline", "dongying-plan"],
    "Dongying: fewer or faster trained, does a shortage of skills or of jobs bind?": [
        "dongying-training-less", "dongying-training-faster", "dongying-jobs-more",
    ],
    "Dongying: bonds frozen, which programmes slip, do services per resident fall?": [
        "dongying-bonds-frozen", "dongying-bonds-frozen-schools-first",
    ],
    "Template: 3 % a year against the building of schools and dwellings": [
        "city-plan", "city-transfer-farm", "city-transfer-build", "city-transfer-build-slow",
    ],
    "Template: 10, 30 and 50 % of the land premium": ["city-premium-10", "city-plan", "city-premium-50"],
    "Notice 668: points quota kept, lifted, no restriction": [
        "ndrc-quota-kept", "ndrc-quota-lifted", "ndrc-no-restriction",
    ],
    "Notice 668: settlement freed, schools and dwellings not built or built": [
        "ndrc-settlement-unbuilt", "ndrc-settlement-built",
    ],
    "Notice 668: renters through community registers or owners only": ["ndrc-owners-only", "ndrc-renters"],
    "Inner Mongolia: idle land at three speeds, with and without the quota link": [
        "inner-mongolia-idle-low", "inner-mongolia-plan", "inner-mongolia-idle-full",
        "inner-mongolia-unlinked-idle-low", "inner-mongolia-unlinked", "inner-mongolia-unlinked-idle-full",
    ],
    "Inner Mongolia: building by class or uniform": [
        "inner-mongolia-build-uniform", "inner-mongolia-build-urbanised", "inner-mongolia-build-farm",
        "inner-mongolia-build-ecological",
    ],
    "Inner Mongolia: which measures close the gap of the seat share": [
        "inner-mongolia-seat-jobs", "inner-mongolia-seat-settlement", "inner-mongolia-seat-services",
    ],
    "Zones: evaluation on or off": ["zones-plan", "zones-no-evaluation", "zones-strong-reward", "zones-compete"],
    "Zones: exit of the lowest scorers": ["zones-plan", "zones-exit", "zones-compete-no-exit"],
    "Zones: land quota only": ["zones-quota-only", "zones-money-only"],
}  # fmt: skip
PLANS = {"dongying-plan", "city-plan", "ndrc-practice", "inner-mongolia-plan", "zones-plan"}


def test_every_question_of_the_documents_is_asked(project: Project) -> None:
    asked = {name for names in QUESTIONS.values() for name in names}
    assert asked <= set(project.scenarios)
    assert set(project.scenarios) >= PLANS


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_scenario_stands_in_the_folder_of_its_document_and_says_what_it_leaves_out(
    project: Project, folder: str
) -> None:
    here = [project.scenarios[name] for name, place in project.folders.items() if place == folder]
    assert len(here) >= 6
    for scenario in here:
        assert {clause.document for clause in scenario.references} == {FOLDERS[folder]}, scenario.name
        assert scenario.leaves_out, scenario.name
        assert scenario.regions, scenario.name
        assert scenario.title.zh
        assert scenario.question.zh.endswith("？"), scenario.name
        assert scenario.extends, scenario.name


def test_a_scenario_changes_something_against_each_that_it_extends(
    project: Project, indicators: Indicators, engine: Engine
) -> None:
    """By 2030, in at least one of its regions; a lever that moves nothing would be a promise without content."""
    pairs: dict[tuple[str, str], None] = {}
    compared: list[tuple[str, str, str]] = []
    for name, scenario in project.scenarios.items():
        if evaluation(name, project.scenarios):
            continue  # zones that compete change in `urbsim run` only; tests/experiment/test_zones.py looks at them
        for parent in scenario.extends:
            for region in [r for r in project.regions_of(name) if not project.regions[r].blanks]:
                pairs |= {(region, name): None, (region, parent): None}
                compared.append((name, parent, region))
    made = plan.Plan(tuple(pairs))
    results = plan.run(project, made, plan.members(project, made, {}), engine, outputs(indicators), lambda _: None)
    assert not results.failed
    found = values(results.data, indicators, project.model)
    late = {key: data.sel(time=2030) for key, data in found.items()}
    moved = {
        (name, parent)
        for name, parent, region in compared
        if any(
            abs(float(data.sel(region=region, scenario=name) - data.sel(region=region, scenario=parent)))
            > 1e-6 * abs(float(data.sel(region=region, scenario=parent)))
            for data in late.values()
        )
    }
    assert moved == {(name, parent) for name, parent, _ in compared}


def test_every_region_runs_the_baseline_with_plausible_results(
    shipped: Workspace, project: Project, indicators: Indicators, engine: Engine
) -> None:
    made = plan.plan(project, ["baseline"], [], None, None, {})
    assert set(made.regions) == set(project.ready())
    fitted = load_calibrations(shipped.data / "calibrations", "data/calibrations", project.model, made.regions)
    members = plan.members(project, made, fitted)
    results = plan.run(project, made, members, engine, outputs(indicators), lambda _: None)
    assert not results.failed
    found = values(results.data, indicators, project.model)
    limits = {
        "unemployment_rate": (1, 15),
        "vacancy_rate": (0, 40),
        "urbanization_rate": (25, 99),
        "debt_ratio": (0, 200),
    }
    for name, (low, high) in limits.items():
        wrong = [
            str(r)
            for r in made.regions
            if found[name].sel(region=r).max() > high or found[name].sel(region=r).min() < low
        ]
        assert not wrong, name
    for region in made.regions:
        people = found["residents"].sel(region=region, scenario="baseline").dropna("time")
        assert 0.6 < float(people[-1] / people[0]) < 1.4, region


def test_classes_of_banners_are_all_banners_once(project: Project) -> None:
    classes = [project.regions[name] for name in ("im-urbanised", "im-farm", "im-ecological")]
    members = [code for region in classes for code in region.members]
    assert len(members) == len(set(members)) == 69
    whole = project.regions["inner-mongolia-counties"]
    for year in (2020, 2010):
        for fact in ("residents", "urban_residents", "from_other_province"):
            parts = [figure(region.facts, fact, year) for region in classes]
            all_of_them = figure(whole.facts, fact, year)
            assert all_of_them is not None
            assert sum(part.value for part in parts if part) == pytest.approx(all_of_them.value, rel=1e-9)


def test_eleven_zones_and_thirteen_cities_of_the_documents(project: Project) -> None:
    zones = [region for region in project.regions.values() if region.kind == "zone"]
    assert len(zones) == 11
    assert all("omposition" in zone.note for zone in zones)
    cities = "jinan kunming nanjing guangzhou yongchuan bishan anshan chenzhou suizhou xiangtan yinchuan zhucheng"
    assert set(project.scenarios["ndrc-practice"].regions) == set(cities.split())
    only_2010 = [name for name in cities.split() if project.regions[name].base_year == 2010]
    assert only_2010 == ["kunming", "anshan", "chenzhou", "suizhou", "xiangtan"]
