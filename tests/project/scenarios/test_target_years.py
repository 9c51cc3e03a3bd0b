"""Target years are data of scenarios: their own, those of what they extend, else those of the baseline."""

from __future__ import annotations

from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.project.scenarios.scenario import Scenario, target_years

LABEL = Label(en="x", zh="x")


def scenario(name: str, years: list[int], *extends: str) -> Scenario:
    return Scenario(
        name=name,
        title=LABEL,
        question=LABEL,
        extends=list(extends),
        references=[],
        regions=["all"],
        horizon=2050,
        target_years=years,
    )


def test_a_scenario_that_names_no_years_has_those_of_what_it_extends_or_of_the_baseline() -> None:
    rows = [("baseline", [2025, 2035]), ("plan", [2030]), ("late", [2030, 2040])]
    scenarios = {name: scenario(name, years) for name, years in rows}
    scenarios |= {"more": scenario("more", [], "plan"), "own": scenario("own", [2028], "plan")}
    scenarios["plain"] = scenario("plain", [])
    assert target_years(scenarios, ["more"]) == [2030]
    assert target_years(scenarios, ["own"]) == [2028]
    assert target_years(scenarios, ["plain", "gone"]) == [2025, 2035]
    assert target_years(scenarios, ["late", "plan", "baseline"]) == [2025, 2030, 2035, 2040]
    assert target_years({}, ["gone"]) == []


def test_the_shipped_scenarios_are_read_in_2025_and_2035(project: Project) -> None:
    assert target_years(project.scenarios, project.scenarios) == [2025, 2035]
