"""What must hold in every scenario and region, whatever the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from urbsim.engine.contract import Engine
from urbsim.experiment import plan
from urbsim.experiment.draws import applied, draw
from urbsim.experiment.forms import outputs
from urbsim.experiment.plan import Results
from urbsim.language.calendar import SECTOR
from urbsim.language.checks.ledger_file import LedgerFile
from urbsim.names import identifier
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.regions.facts import figure
from urbsim.results.values import values

REGIONS = ("guangrao", "lijin", "dongying", "inner-mongolia-counties")
FACTS = {
    "residents": "residents",
    "town_residents": "urban_residents",
    "pupils_kindergarten": "pupils_kindergarten",
    "pupils_primary": "pupils_primary",
    "pupils_junior": "pupils_junior",
    "pupils_senior": "pupils_senior",
    "hospital_beds": "hospital_beds",
    "elderly_beds": "elderly_beds",
    "childcare_places": "childcare_places",
}


def ledger_errors(results: Results, ledgers: LedgerFile) -> dict[str, float]:
    """Return the largest relative error of each ledger over all members and times."""
    names = [identifier(name) for name in ledgers.variables]
    return {name: float(abs(results.data[name]).max()) for name in names}


def test_every_member_ran(everything: Results) -> None:
    assert not everything.failed
    assert everything.data.sizes["region"] == len(REGIONS)
    assert everything.data.sizes["scenario"] == 5


def test_ledgers_stay_closed(everything: Results, project: Project) -> None:
    errors = ledger_errors(everything, project.ledgers)
    goods = ("debt", "dwellings", "labour", "land", "land_fund", "persons", "places", "works", "yuan")
    assert sorted(errors) == [f"check_{good}" for good in goods]
    assert max(errors.values()) < 1e-9


def test_persons_add_up_outside_the_model_too(everything: Results) -> None:
    data = everything.data
    now = data["population"].sum(["status", "age"])
    change = data["persons_since_base_year"] - data["persons_gone_since_base_year"]
    np.testing.assert_allclose(now, now.isel(time=0) + change, rtol=1e-9)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("indicator", FACTS)
def test_the_base_year_reproduces_the_facts(
    everything: Results, indicators: Indicators, project: Project, region: str, indicator: str
) -> None:
    found = values(everything.data, indicators, project.model)[indicator].sel(region=region, time=2020)
    fact = figure(project.regions[region].facts, FACTS[indicator], 2020)
    assert fact is not None
    np.testing.assert_allclose(found, fact.value, rtol=1e-12)


def test_stocks_stay_at_or_above_zero(everything: Results, project: Project) -> None:
    signed = {identifier(name) for name in project.battery.signed}
    for variable in project.model.variables:
        if variable.role == "stock" and variable.name not in signed and variable.group != SECTOR:
            assert float(everything.data[variable.name].min()) >= -1e-9, variable.name


def test_a_cohort_passes_through_all_ages(everything: Results) -> None:
    """Where people only leave or die, a cohort never grows: the yearly shift mixes no two birth years."""
    away = everything.data["population"].sel(scenario="baseline")
    total = away.sum("status")
    for start in (30, 45, 59):
        first, last = total.sel(age=f"a{start}", time=2020), total.sel(age=f"a{start + 10}", time=2030)
        assert ((last / first) < 1.1).all(), start
    famine = total.sel(age="a59", time=2020) / total.sel(age="a57", time=2020)
    later = total.sel(age="a69", time=2030) / total.sel(age="a67", time=2030)
    np.testing.assert_allclose(later, famine, rtol=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["baseline", "integrated"])
def test_a_quarter_of_the_time_step_changes_little(
    project: Project, indicators: Indicators, engine: Engine, scenario: str
) -> None:
    """Headline outcomes at 1/16 within 0.5 % of those at 1/64 (half a point for percentages)."""
    found = []
    for step in (1 / 16, 1 / 64):
        made = plan.plan(project, [scenario], ["guangrao", "lijin"], None, None, {}, step)
        results = plan.run(project, made, plan.members(project, made, {}), engine, outputs(indicators), lambda _: None)
        found.append(values(results.data, indicators, project.model))
    for name, item in indicators.items():
        if item.headline:
            coarse, fine = found[0][name], found[1][name]
            if item.unit == "percent":
                limit = 1.0 if name == "funding" else 0.5  # what is left of the budget over what works ask for
                assert float(abs(coarse - fine).max()) < limit, name
            else:
                scale = np.maximum(abs(fine), abs(fine).max("time") * 0.2)  # a gap that closes has no relative error
                assert float((abs(coarse - fine) / scale).max()) < 0.005, name


def test_people_return_where_hardly_a_village_is_left(project: Project, engine: Engine) -> None:
    """More people return to villages each year than live in them; nobody leaves twice."""
    region = project.regions["guangrao"]
    people = figure(region.facts, "residents", 2020)
    assert people is not None
    urban = [
        fact.model_copy(update={"value": people.value - 50}) if fact.year == 2020 else fact
        for fact in region.facts["urban_residents"]
    ]
    changed = region.model_copy(update={"facts": {**region.facts, "urban_residents": urban}})
    small = replace(project, regions={"guangrao": changed})
    made = plan.plan(small, ["baseline"], ["guangrao"], None, None, {})
    [member] = [one.member for one in plan.members(small, made, {})]
    [clock], _ = plan.span_of(small, made)
    drawn = applied(draw(project.parameters, project.model, 50, 1), project.model, member, {})
    found = engine.run(project.model, [member], ["population"], clock, lambda _: None, drawn)
    assert not found.failed
    assert found.values["population"].min() >= 0


@pytest.mark.parametrize("region", ["guangrao", "inner-mongolia-counties"])
def test_a_run_may_start_in_2010(project: Project, indicators: Indicators, engine: Engine, region: str) -> None:
    made = plan.plan(project, ["baseline"], [region], 2010, 2020, {})
    results = plan.run(
        project, made, plan.members(project, made, {}), engine, outputs(indicators, project.ledgers), lambda _: None
    )
    assert not results.failed
    assert list(results.data.time.values[[0, -1]]) == [2010, 2020]
    assert max(ledger_errors(results, project.ledgers).values()) < 1e-9
    found = values(results.data, indicators, project.model)["residents"].isel(region=0, scenario=0)
    fact = figure(project.regions[region].facts, "residents", 2020)
    assert fact is not None
    assert float(found[-1]) == pytest.approx(fact.value, rel=0.2), "a replay without calibration comes near the census"


def test_integrated_is_not_the_sum_of_its_parts(everything: Results, indicators: Indicators, project: Project) -> None:
    """Open settlement settles a share of the newcomers whom jobs draw: a product, larger than the sum."""
    found = values(everything.data, indicators, project.model)["settled"].sel(time=2035)
    base = found.sel(scenario="baseline")
    parts = [found.sel(scenario=name) - base for name in ("settlement-open", "training-up", "land-up")]
    together = found.sel(scenario="integrated") - base
    assert ((together - sum(parts)) > 0.03 * sum(abs(part) for part in parts)).all()
