"""The mean county: districts are left out, counts are divided, rates are weighted."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from urbsim.project.project import Project
from urbsim.project.regions.census.figures import AGE_FIELDS
from urbsim.project.regions.census.table import Row, Table
from urbsim.project.regions.facts import figure

TOOLS = Path(__file__).parents[4] / "tools"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    return importlib.import_module("mean_county")


def row(code: str, residents: float, size: float, name: str = "甲县") -> Row:
    ages = dict.fromkeys(AGE_FIELDS, residents / len(AGE_FIELDS))
    counts = {"urban": residents / 4, "moved_same_county": 30, "from_same_province": 20, "from_other_province": 10}
    rates = {"floor_area": 30, "household_size": size, "birth_rate": 0.01, "death_rate": 0.006}
    long_form = {"aged_15_plus_long_form": 40, "employed_long_form": 20}
    shares = {"employed_primary_share": 0.5, "employed_secondary_share": 0.25, "nonagricultural_share": 0.1}
    values = {"residents": residents, "registered": residents, **ages, **counts, **rates, **long_form, **shares}
    return Row(1, code, name, "", values)


def test_counties_of_both_years_are_averaged(tool: ModuleType) -> None:
    rows = (row("370121", 1900, 3), row("370181", 3800, 2), row("370102", 9500, 2, "甲区"))
    later = Table("b", 2020, (*rows, row("370122", 950, 3)))
    county = tool.mean({2010: Table("a", 2010, rows), 2020: later})
    assert county.note.startswith("mean of 2 counties")
    for year in (2010, 2020):
        assert county.figures["residents", year] == 2850
        assert county.figures["urban_residents", year] == 712.5
        assert county.figures["moved_same_county", year] == 30
        assert county.figures["household_size", year] == pytest.approx(5700 / (1900 / 3 + 3800 / 2), rel=1e-5)
        assert county.figures["floor_area_per_head", year] == 30
        assert sum(county.ages[year]) == pytest.approx(2850)


def test_a_county_with_a_blank_cell_is_left_out(tool: ModuleType) -> None:
    lame = row("370122", 950, 3)
    values = {name: value for name, value in lame.values.items() if name != "floor_area"}
    rows = (row("370121", 1900, 3), Row(1, "370122", "乙县", "", values))
    assert tool.matched({2010: Table("a", 2010, rows), 2020: Table("b", 2020, rows)}) == ["370121"]


def test_the_stored_mean_county_is_that_of_826(project: Project) -> None:
    facts = project.mean_county.facts
    for year, residents, towns in ((2010, 473217.8, 175406.4), (2020, 457544.2, 231503)):
        people, urban = figure(facts, "residents", year), figure(facts, "urban_residents", year)
        assert people is not None
        assert urban is not None
        assert (people.value, people.source) == (residents, f"census-{year}")
        assert urban.value == towns
