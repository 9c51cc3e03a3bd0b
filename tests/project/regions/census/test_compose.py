"""Regions as sums of census units: counts add up, rates are weighted, a cut of moves is marked as assumed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from urbsim.project.project import Project
from urbsim.project.regions.census.table import Row
from urbsim.project.regions.facts import figure

TOOL = Path(__file__).parents[4] / "tools" / "compose_regions.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compose_regions", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(**values: float) -> Row:
    return Row(1, "100101", "甲县", "", values)


def test_counts_add_up_and_rates_are_weighted(tool: ModuleType) -> None:
    first = row(residents=300, household_size=3, birth_rate=0.01, employed_long_form=10, employed_primary_share=0.5)
    second = row(residents=100, household_size=2, birth_rate=0.02, employed_long_form=30, employed_primary_share=0.1)
    assert tool.total([first, second]) == pytest.approx(
        {
            "residents": 400,
            "household_size": 400 / 150,
            "birth_rate": 0.0125,
            "employed_long_form": 40,
            "employed_primary_share": 0.2,
        },
        rel=1e-5,
    )


def test_a_city_is_one_place(project: Project) -> None:
    """What came from other counties of the province and what moved inside add up to the census, both assumed."""
    facts = project.regions["guangzhou"].facts
    for year, moved, inner in ((2020, 1064867, 5523042), (2010, 729256, 2415676)):
        inside, outside = figure(facts, "moved_same_county", year), figure(facts, "from_same_province", year)
        assert inside is not None
        assert outside is not None
        assert inside.value + outside.value == pytest.approx(moved + inner, abs=1)
        assert inside.source == outside.source == "assumption"
        assert inside.range is not None
        assert inside.range[0] < inside.value < inside.range[1]


def test_members_are_told(project: Project) -> None:
    zone = project.regions["zone-yingtan"]
    assert zone.members == ["360602", "360603", "360681"]
    counties = figure(zone.facts, "counties_in_region", 2020)
    assert counties is not None
    assert counties.value == 3
