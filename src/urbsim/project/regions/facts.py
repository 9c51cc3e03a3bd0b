"""Figures with unit, year and source, and what the model needs them for.

``BASE`` marks a fact of the base year; the others describe 2010, the census on which county effects were estimated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, model_validator

from urbsim.errors import Problem, nearest
from urbsim.files import Location, Number, Source, Strict
from urbsim.units import factor

ASSUMPTION = "assumption"
BASE = 0

Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]


class Fact(Strict):
    """A figure. An assumption gives a reason and a range instead of a source."""

    value: Annotated[Number, WithJsonSchema({"type": ["number", "null"]})]  # null: a blank of a template
    unit: str
    year: int
    source: str
    note: str = ""
    reason: str = ""
    range: Pair | None = None

    @model_validator(mode="after")
    def _assumption_says_so(self) -> Fact:
        if self.source == ASSUMPTION:
            if not self.reason or self.range is None:
                raise ValueError("an assumption needs a reason and a range")
            if not self.range[0] <= self.value <= self.range[1]:
                raise ValueError(f"value {self.value:g} lies outside its range {self.range[0]:g} to {self.range[1]:g}")
        return self


class AgeStructure(Strict):
    """Residents by census age group: 0, 1-4, 5-9 ... 80-84, 85 and over."""

    year: int
    unit: str
    source: str
    groups: Annotated[list[Annotated[Number, Field(ge=0)]], Field(min_length=19, max_length=19)]


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that the model needs: its unit there, the year (0: base year) and the purpose.

    It follows from the published facts ``instead`` where a region has them; ``ruled`` tells that a rule estimates it.
    """

    unit: str
    year: int
    purpose: str
    low: float = 0.0
    high: float = float("inf")
    instead: tuple[str, ...] = ()
    ruled: bool = False


SLIP = "check the unit and the digits"  # what would help where a number is no nought

LEVELS = ("kindergarten", "primary", "junior", "senior")  # in the order of the model's ranges
PROGRAMMES = (
    "roads",
    "drainage",
    "sewage",
    "heating",
    "pipes",
    "digital",
    "culture",
    "subcentres",
    "waste",
    "village_works",
)

LINES = ("education", "health", "security", "villages", "towns", "administration")  # of spending

NEEDS: Mapping[str, Need] = {
    "residents": Need("person", BASE, "population", 1),
    "urban_residents": Need("person", BASE, "population of towns"),
    "registered_population": Need("person", BASE, "people away from home", ruled=True),
    "moved_same_county": Need("person", BASE, "town residents without local registration"),
    "from_same_province": Need("person", BASE, "people from other counties"),
    "from_other_province": Need("person", BASE, "people from other counties"),
    "household_size": Need("person/dwelling", BASE, "households", 1),
    "employed_primary": Need("person", BASE, "farm workers"),
    "employed_secondary": Need("person", BASE, "jobs in industry and building"),
    "employed_tertiary": Need("person", BASE, "service jobs"),
    "unemployment_rate": Need("dmnl", BASE, "labour force", 0, 0.5),
    **{f"pupils_{level}": Need("person", BASE, "school places", ruled=True) for level in LEVELS},
    "place_ratio_towns": Need("place/person", BASE, "school places of towns", 0.1),
    "place_ratio_villages": Need("place/person", BASE, "school places of villages", 0.1),
    "hospital_beds": Need("place", BASE, "health service", ruled=True),
    "elderly_beds": Need("place", BASE, "elderly care", ruled=True),
    "childcare_places": Need("place", BASE, "childcare", ruled=True),
    "built_up_land": Need("mu", BASE, "land of towns", 1, ruled=True),
    "land_supply_rate": Need("1/year", BASE, "land supply", 0, 1),
    "land_boundary_room": Need("dmnl", BASE, "room inside the development boundary", 0, 10),
    "housing_vacancy": Need("dmnl", BASE, "dwellings", 0, 0.9),
    "house_price": Need("yuan/squaremeter", BASE, "housing burden", 1, ruled=True),
    "town_earnings": Need("yuan/(person*year)", BASE, "housing burden", 1),
    "outside_arrival_rate": Need("1/year", BASE, "arrivals from other counties", 0, 1),
    "counties_in_region": Need("dmnl", BASE, "size of the cities of the region", 1),
    "county_seat_share": Need("dmnl", BASE, "residents of county seats", 0, 1),
    "approved_land": Need("dmnl", BASE, "land bank of the county", 0.0001, 5),
    "idle_land": Need("dmnl", BASE, "idle land", 0, 5),
    "rural_building_land": Need("mu/person", BASE, "building land of villages", 0, 10),
    "land_price_residential": Need("yuan/mu", BASE, "land revenue"),
    "land_price_industrial": Need("yuan/mu", BASE, "land revenue"),
    "land_price_other": Need("yuan/mu", BASE, "land revenue"),
    "aged_dwellings": Need("dmnl", BASE, "renewal of old communities", 0, 1),
    "shantytown_dwellings": Need("dmnl", BASE, "renewal of shantytowns", 0, 1),
    "affordable_dwellings": Need("dmnl", BASE, "affordable dwellings", 0, 1),
    **{f"pupils_per_teacher_{level}": Need("dmnl", BASE, "teachers", 1) for level in LEVELS},
    "public_kindergarten_share": Need("dmnl", BASE, "kindergartens by owner", 0, 1),
    "inclusive_private_share": Need("dmnl", BASE, "kindergartens by owner", 0, 1),
    "nursing_bed_share": Need("dmnl", BASE, "elderly care", 0, 1),
    "pension_coverage": Need("dmnl", BASE, "social insurance", 0, 1),
    **{f"coverage_{name}": Need("dmnl", BASE, "facility programmes", 0, 1) for name in PROGRAMMES},
    "budget_spending_per_resident": Need(
        "yuan/(person*year)", BASE, "county budget", 1, instead=("budget_spending",), ruled=True
    ),
    "own_revenue_rate": Need("dmnl", BASE, "own revenue of the budget", 0.0001, 1, instead=("budget_revenue",)),
    "land_revenue_share": Need("dmnl", BASE, "land revenue of the budget", 0, 3),
    "debt_ratio": Need("dmnl", BASE, "county debt", 0, 10),
    "output_per_worker": Need(
        "yuan/(person*year)",
        BASE,
        "output of the county",
        1,
        instead=("value_added_secondary", "value_added_tertiary"),
    ),
    "farm_output_per_worker": Need(
        "yuan/(person*year)", BASE, "output of the county", instead=("value_added_primary",), ruled=True
    ),
    "residents@2010": Need("person", 2010, "county effects on migration", 1),
    "urban_residents@2010": Need("person", 2010, "county effects on migration"),
    "registered_population@2010": Need("person", 2010, "county effects on migration", 1),
    "moved_same_county@2010": Need("person", 2010, "county effects on migration", 1),
    "from_same_province@2010": Need("person", 2010, "county effects on migration", 1),
    "from_other_province@2010": Need("person", 2010, "county effects on migration", 1),
    "employed_primary@2010": Need("person", 2010, "county effects on migration"),
    "employed_secondary@2010": Need("person", 2010, "county effects on migration", 1),
    "employed_tertiary@2010": Need("person", 2010, "county effects on migration"),
    "floor_area_per_head@2010": Need("squaremeter/person", 2010, "county effects on migration", 1),
    "birth_rate@2010": Need("1/year", 2010, "county effects on migration", 1e-4, 0.1),
    "death_rate@2010": Need("1/year", 2010, "county mortality", 1e-4, 0.1),
    "nonagricultural_share@2010": Need("dmnl", 2010, "county effects on migration", 0, 1),
}

PUBLISHED: Mapping[str, Need] = {  # facts of which the model needs only what follows from them
    "budget_spending": Need("yuan/year", BASE, "county budget", 1),
    "budget_revenue": Need("yuan/year", BASE, "own revenue of the budget", 1),
    "net_transfers": Need("yuan/year", BASE, "whether the account closes", float("-inf")),
    **{f"spending_{line}": Need("yuan/year", BASE, "whether the account closes") for line in LINES},
    "value_added_primary": Need("yuan/year", BASE, "output of the county"),
    "value_added_secondary": Need("yuan/year", BASE, "output of the county", 1),
    "value_added_tertiary": Need("yuan/year", BASE, "output of the county", 1),
    "gross_product": Need("yuan/year", BASE, "whether the sectors add up", 1),
    "household_savings": Need("yuan", BASE, "an estimate of the house price", 1),
    "land_area": Need("km2", BASE, "estimates by density", 0.1),
}

FACTS = {name.split("@")[0]: need for name, need in reversed([*NEEDS.items(), *PUBLISHED.items()])}
LARGEST: Mapping[str, float] = {  # by unit, where a fact sets no limit itself: more than any county or province has
    "person": 2e8,
    "person/dwelling": 20,
    "place": 5e6,
    "place/person": 20,
    "mu": 1e8,
    "mu/person": 100,
    "squaremeter/person": 500,
    "yuan/squaremeter": 1e6,
    "yuan/(person*year)": 1e8,
    "yuan/mu": 1e9,
    "yuan/year": 1e14,
    "yuan": 1e15,
    "km2": 2e6,
    "1/year": 1,
    "dmnl": 1e4,
}
UNITS = {name: need.unit for name, need in FACTS.items()}
PARTS = (("urban_residents",), ("moved_same_county", "from_same_province", "from_other_province"))  # of the residents


def fact_problems(source: Source, facts: Mapping[str, list[Fact]], known_sources: set[str]) -> Iterator[Problem]:
    """Give what is wrong with facts beyond their form: names, units, sources, limits, years given twice."""
    for name, entries in facts.items():
        if name not in UNITS:
            yield source.problem(
                "unknown-name", ("facts", name), f"unknown fact {name!r}", nearest(name, UNITS), key=True
            )
            continue
        years: set[int] = set()
        for index, fact in enumerate(entries):
            at: Location = ("facts", name, index)
            yield from source_problems(source, (*at, "source"), fact.source, known_sources)
            if fact.year in years:
                yield source.problem(
                    "defined-twice", (*at, "year"), f"{name} is given twice for {fact.year}", "keep one of them"
                )
            years.add(fact.year)
            try:
                value = fact.value * factor(fact.unit, UNITS[name])
            except ValueError as error:
                yield source.problem("unit", (*at, "unit"), f"{name}: {error}", f"give it in {UNITS[name]}")
                continue
            if told := _outside(name, value):
                yield source.problem("out-of-bounds", (*at, "value"), told, SLIP if value > 0 else "")
    yield from _parts(source, facts)


def _outside(name: str, value: float) -> str:
    """Return what is wrong with a value in the unit of the model that no region can have, or nothing."""
    need = FACTS[name]
    high = min(need.high, LARGEST[need.unit])
    if need.low <= value <= high:
        return ""
    if need.low == float("-inf"):
        limit = f"be at most {high:g}"
    elif value < need.low and need.high == float("inf"):
        limit = f"be at least {need.low:g}"
    else:
        limit = f"lie from {need.low:g} to {high:g}"
    return f"{name} must {limit} {need.unit}, not {value:g}"


def _parts(source: Source, facts: Mapping[str, list[Fact]]) -> Iterator[Problem]:
    """Give a problem where parts of the residents are more than the residents."""
    for index, fact in enumerate(facts.get("residents", [])):
        residents = persons(facts, "residents", fact.year)
        for names in PARTS:
            parts = {name: persons(facts, name, fact.year) for name in names}
            if sum(parts.values()) > residents:
                sizes = " and ".join(f"{name} ({value:g})" for name, value in parts.items())
                message = f"residents of {fact.year} ({residents:g}) are fewer than {sizes}"
                yield source.problem(
                    "contradiction", ("facts", "residents", index, "value"), message, "they are parts of the residents"
                )


def source_problems(source: Source, at: Location, source_id: str, known_sources: set[str]) -> Iterator[Problem]:
    """Give a problem where a source id is not in data/sources.yaml.

    Parameters
    ----------
    source
        The file, for the places of problems.
    at
        Where the id stands in it.
    source_id
        The id.
    known_sources
        Ids of data/sources.yaml.
    """
    if source_id != ASSUMPTION and source_id not in known_sources:
        hint = nearest(source_id, known_sources)
        hint += "; add it to data/sources.yaml, or mark an assumption with reason and range"
        yield source.problem("unknown-source", at, f"source {source_id!r} is not in data/sources.yaml", hint)


def figure(facts: Mapping[str, list[Fact]], name: str, year: int) -> Fact | None:
    """Return the fact of a year, or None."""
    return next((fact for fact in facts.get(name, []) if fact.year == year), None)


def persons(facts: Mapping[str, list[Fact]], name: str, year: int) -> float:
    """Return a fact of a year in persons; 0 where it is missing or in a wrong unit, which other checks report."""
    fact = figure(facts, name, year)
    try:
        return converted(name, fact) if fact else 0.0
    except ValueError:
        return 0.0


def converted(name: str, fact: Fact) -> float:
    """Return a fact's value in the unit of the model."""
    return fact.value * factor(fact.unit, UNITS[name])


def describe(fact: Fact) -> dict[str, Any]:
    """Return a fact as plain values, for listings and manifests."""
    return fact.model_dump(exclude_defaults=True)
