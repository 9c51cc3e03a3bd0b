"""Facts become region inputs, exactly and with their origin."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.errors import InputError
from urbsim.project.project import Project
from urbsim.project.regions.initial import county_effects, derive, figures, model_rates, region_inputs
from urbsim.project.workspace import Workspace

REGIONS = ("guangrao", "lijin", "dongying", "inner-mongolia-counties")


@pytest.mark.parametrize("year", [2010, 2020])
@pytest.mark.parametrize("region", REGIONS)
def test_every_region_input_gets_a_finite_value(project: Project, region: str, year: int) -> None:
    values = derive(project.regions[region], region, project.typical, project.estimates, project.model, year)
    assert sorted(values) == sorted(region_inputs(project.model))
    for name, value in values.items():
        assert np.isfinite(value.value).all(), name
        assert value.value.shape == project.model.shape(name), name
        assert region in value.origin


def test_units_of_facts_are_converted(workspace: Workspace) -> None:
    project = Project.open(workspace)
    have = figures(project.regions["toytown"], "toytown", project.typical, 2020)
    assert have["urban_residents"] == pytest.approx(52_000)  # given in 万人
    assert have["built_up_land"] == pytest.approx(9_900)  # given in km2
    assert have["birth_rate@2010"] == pytest.approx(0.011)  # given per mille
    assert "house_price" not in have.typical
    assert "housing_vacancy" in have.typical


def test_the_census_of_2010_is_corrected_for_missed_children(project: Project) -> None:
    file = project.regions["guangrao"]
    table = derive(file, "x", project.typical, project.estimates, project.model, 2010)["initial_population"].value
    counted = sum(next(a for a in file.age_structure if a.year == 2010).groups[:2])
    assert table[:4, :5].sum() == pytest.approx(1.13 * counted, rel=1e-3)
    assert table[:4, 10:].sum() == pytest.approx(sum(file.age_structure[1].groups[3:]), rel=1e-3)


def test_all_missing_facts_are_listed_with_their_purpose(workspace: Workspace) -> None:
    path = workspace.data / "regions/toytown.yaml"
    text = path.read_text(encoding="utf-8")
    for name in ("household_size", "hospital_beds"):
        start = text.index(f"  {name}:")
        end = text.index("\n", text.index("year: 2010", start)) + 1
        text = text[:start] + text[end:]
    path.write_text(text, encoding="utf-8")
    project = Project.open(workspace)
    with pytest.raises(InputError) as error:
        figures(project.regions["toytown"], "toytown.yaml", project.typical, 2020)
    assert str(error.value).splitlines() == [
        "toytown.yaml: fact 'hospital_beds' of 2020 is missing; add a fact in place; it is needed for health service; "
        "`urbsim regions import` estimates it (data/estimates/rules.yaml)",
        "toytown.yaml: fact 'household_size' of 2020 is missing; add a fact in person/dwelling; it is needed for households",
    ]


def test_county_effects_are_those_of_the_estimates(project: Project) -> None:
    """Guangrao by hand: the sum of sixteen effects less that of the mean county."""
    file = project.regions["guangrao"]
    have = figures(file, "guangrao", project.typical, 2020)
    groups = np.array(next(a for a in file.age_structure if a.year == 2010).groups)
    effects = county_effects(have, groups, project.estimates, model_rates(project.model))
    assert np.log(effects["county repulsion"]) == pytest.approx(0.404 - 0.2744, abs=0.002)
    assert np.log(effects["move effect under 20"]) == pytest.approx(0.523 - 0.0183, abs=0.002)
    assert np.log(effects["move effect from 20 on"]) == pytest.approx(-0.752 + 0.5297, abs=0.003)
