"""From facts to the model's region inputs, each with its origin.

A region input is a constant of the model whose comment starts with ``REGION INPUT``. The equations of the model stand
in the model alone; here is what comes before its first step: people by age and state out of census tables, the effects
of a county, and amounts out of facts that are given as shares or per resident, such as land per built-up area.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from urbsim.errors import InputError, Place, Problem
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.regions import ages as by_age
from urbsim.project.regions.account import levels, own_revenue_rate
from urbsim.project.regions.estimates import Estimates
from urbsim.project.regions.facts import LEVELS, NEEDS, PROGRAMMES, UNITS, AgeStructure, Fact, Need, converted, figure
from urbsim.project.regions.region import AGE_STRUCTURE, Region

MARK = "REGION INPUT"
INDEX_YEAR = 2010
RURAL, MIGRANT, OUTSIDER = range(3)  # of the states of people
EFFECTS = ("county repulsion", "move effect under 20", "move effect from 20 on", "relative mortality")


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its origin, as told to the user."""

    value: np.ndarray
    origin: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A region's figures in model units, by name of :data:`NEEDS`; ``used`` keeps the facts behind them."""

    values: Mapping[str, float]
    used: Mapping[str, Fact]
    typical: tuple[str, ...]

    def __getitem__(self, name: str) -> float:
        """Return a figure."""
        return self.values[name]


def region_inputs(model: Model) -> list[str]:
    """Return the identifiers of the model's region inputs, in order of the file."""
    return [v.name for v in model.variables if v.role == "constant" and v.comment.startswith(MARK)]


def figures(region: Region, label: str, typical: Mapping[str, list[Fact]], year: int) -> Figures:
    """Collect every figure that the model needs for a base year.

    Parameters
    ----------
    region
        Facts of the county.
    label
        Name of its file in messages.
    typical
        Facts that stand in for missing ones, by name.
    year
        Base year; figures are of its end.

    Raises
    ------
    InputError
        Listing all figures that are missing and what each is for.
    """
    facts: dict[str, Fact] = {}
    typical_facts: list[str] = []
    problems: list[Problem] = []
    census_years_of_region = {ages.year for ages in region.age_structure} | {*region.blanks.get(AGE_STRUCTURE, [])}
    if census_years_of_region and year not in census_years_of_region:
        years = " and ".join(map(str, sorted(census_years_of_region)))
        message = f"there is no census of {year} to start from, only of {years}"
        raise InputError(
            Problem(
                "missing-fact",
                Place(label),
                message,
                "take one of them as base year, or add ages and facts of the year",
            )
        )
    census_years = {year} if states_effects(region) else {year, INDEX_YEAR}
    for name, need in NEEDS.items():
        fact_year, base = need.year or year, name.split("@")[0]
        if fact_year not in census_years:
            continue
        if blank := [one for one in (base, *need.instead) if fact_year in region.blanks.get(one, [])]:
            hint = "write its value in {}; it is needed for {}"
            problems += [
                Problem(
                    "blank-fact",
                    Place(label),
                    f"fact {one!r} of {fact_year} is left blank",
                    hint.format(UNITS[one], need.purpose),
                )
                for one in blank
            ]
            continue
        amounts = {other: amount for other in need.instead if (amount := figure(region.facts, other, fact_year))}
        if need.instead and len(amounts) == len(need.instead):
            facts |= amounts
            continue
        own, general = figure(region.facts, base, fact_year), figure(typical, base, fact_year)
        if fact := own or general:
            facts[name] = fact
            typical_facts += [] if own else [base]
        else:
            message = f"fact {base!r} of {fact_year} is missing"
            problems.append(Problem("missing-fact", Place(label), message, _how_to_fill(need)))
    for fact_year in sorted(census_years):
        if not any(ages.year == fact_year for ages in region.age_structure):
            how = "left blank" if fact_year in region.blanks.get(AGE_STRUCTURE, []) else "missing"
            hint = "add the nineteen census groups; they are needed for population by age"
            problems.append(Problem("missing-fact", Place(label), f"age structure of {fact_year} is {how}", hint))
    if problems:
        raise InputError(problems)
    values = {name: converted(name.split("@")[0], fact) for name, fact in facts.items()}
    return Figures(values | levels(values), facts, tuple(sorted(set(typical_facts))))


def _how_to_fill(need: Need) -> str:
    """Tell what could fill a fact that is missing: the fact, published amounts it follows from, a rule."""
    amounts = " and ".join(f"{name} in {UNITS[name]}" for name in need.instead)
    rule = "; `urbsim regions import` estimates it (data/estimates/rules.yaml)" if need.ruled else ""
    return f"add a fact in {need.unit}{f', or {amounts}' if amounts else ''}; it is needed for {need.purpose}{rule}"


def states_effects(region: Region) -> bool:
    """Return whether a region states its effects on migration and mortality itself, so that 2010 is not needed."""
    return all(name in region.parameters for name in EFFECTS)


def derive(
    region: Region, label: str, typical: Mapping[str, list[Fact]], estimates: Estimates, model: Model, year: int
) -> dict[str, Value]:
    """Return a value for every region input of the model, by identifier.

    Parameters
    ----------
    region
        Facts of the county.
    label
        Name of its file in messages.
    typical
        Facts that stand in for missing ones, by name.
    estimates
        Of migration and mortality, and how they vary with facts.
    model
        Which inputs it has, and its rates by age.
    year
        Base year; the run starts at its end.

    Raises
    ------
    InputError
        Where figures are missing or contradict each other.
    """
    have = figures(region, label, typical, year)
    rates = model_rates(model)
    try:
        people = _population(region, have, estimates, rates, year)
    except ValueError as error:
        raise InputError(
            Problem("contradiction", Place(label), f"facts of {year} contradict each other: {error}")
        ) from error
    effects = (
        {name: region.parameters[name].value for name in EFFECTS}
        if states_effects(region)
        else county_effects(have, _groups(region, INDEX_YEAR), estimates, rates)
    )
    births = _groups(region, year)[0] * estimates.people.coverage.get(year, {}).get("0-4", 1.0)
    values: dict[str, float | list[float] | np.ndarray] = {
        "initial population": people,
        "initial births": births,
        **effects,
        "normal outside arrivals": have["outside_arrival_rate"] * people[OUTSIDER].sum(),
        "return offset": _return_offset(model, people),
        "initial workers": have["employed_secondary"] + have["employed_tertiary"],
        "initial base jobs": have["employed_secondary"],
        "initial service jobs": have["employed_tertiary"],
        "initial farm workers": have["employed_primary"],
        "initial unemployment": have["unemployment_rate"],
        "initial household size": have["household_size"],
        "initial vacancy": have["housing_vacancy"],
        "initial house price": have["house_price"],
        "town earnings": have["town_earnings"],
        "initial built up land": have["built_up_land"],
        "normal land supply": have["built_up_land"] * have["land_supply_rate"],
        "initial convertible land": have["built_up_land"] * have["land_boundary_room"],
        "initial pupils": [have[f"pupils_{level}"] for level in LEVELS],
        "initial place ratio": [have["place_ratio_towns"], have["place_ratio_villages"]],
        "initial capacity": [have["hospital_beds"], have["elderly_beds"], have["childcare_places"]],
        **_money_and_plans(have),
    }
    origin = f"facts of {region.id}, {year}"
    arrays = {identifier(name): np.asarray(value, dtype=float) for name, value in values.items()}
    return {name: Value(arrays[name], origin) for name in region_inputs(model) if name in arrays}


def _money_and_plans(have: Figures) -> dict[str, float | list[float] | np.ndarray]:
    """Return inputs of the sectors that start from shares: land in hand, old dwellings, owners, coverage, budget."""
    built_up = have["built_up_land"]
    return {
        "cities of the region": have["counties_in_region"],
        "seat share of towns": have["county_seat_share"],
        "initial approved land": built_up * have["approved_land"],
        "initial idle land": built_up * have["idle_land"],
        "initial rural building land": (have["residents"] - have["urban_residents"]) * have["rural_building_land"],
        "initial land price": [have[f"land_price_{use}"] for use in ("residential", "industrial", "other")],
        "initial aged share": have["aged_dwellings"],
        "initial shantytown share": have["shantytown_dwellings"],
        "initial affordable coverage": have["affordable_dwellings"],
        "initial pupils per teacher": [have[f"pupils_per_teacher_{level}"] for level in LEVELS],
        "initial public kindergarten share": have["public_kindergarten_share"],
        "initial inclusive private share": have["inclusive_private_share"],
        "initial nursing share": have["nursing_bed_share"],
        "initial pension coverage": have["pension_coverage"],
        "initial coverage": [have[f"coverage_{name}"] for name in PROGRAMMES],
        "initial spending": have["residents"] * have["budget_spending_per_resident"],
        "own revenue rate": own_revenue_rate(have.values),
        "land revenue share": have["land_revenue_share"],
        "initial debt ratio": have["debt_ratio"],
        "output per worker": have["output_per_worker"],
        "farm output per worker": have["farm_output_per_worker"],
    }


def _return_offset(model: Model, people: np.ndarray) -> float:
    """Return the moves to towns per villager, in 1/Year, that returns from towns undo in the base year."""
    villagers, newcomers = people[RURAL].sum(), people[MIGRANT].sum()
    if villagers == 0:
        return 0.0
    return float(model.constant("normal village return") * min(newcomers, villagers) / villagers)


def model_rates(model: Model) -> by_age.Rates:
    """Return the model's own tables by single year of age."""
    at = model.constant("age in years")

    def read(name: str) -> np.ndarray:
        table = model.table(name)
        return np.asarray(np.interp(at, table[:, 0], table[:, 1]))

    return by_age.Rates(read("death rate by age"), read("normal village exit"), read("normal home return"))


def _groups(region: Region, year: int) -> np.ndarray:
    structure: AgeStructure = next(ages for ages in region.age_structure if ages.year == year)
    return np.array(structure.groups)


def _population(region: Region, have: Figures, estimates: Estimates, rates: by_age.Rates, year: int) -> np.ndarray:
    """Return persons, shape (state, age), with the undercount of children of an old census put right."""
    outside = have["from_same_province"] + have["from_other_province"]
    people = by_age.states(
        have["residents"],
        have["urban_residents"],
        have["registered_population"],
        have["moved_same_county"],
        outside,
        estimates,
    )
    groups = _groups(region, year) * (have["residents"] / _groups(region, year).sum())
    table = by_age.population(by_age.split_groups(groups, year, estimates, rates), people, year, estimates, rates)
    correction = estimates.people.coverage.get(year, {})
    table[:4, :5] *= correction.get("0-4", 1.0)
    table[:4, 5:10] *= correction.get("5-9", 1.0)
    return table


def county_effects(have: Figures, groups: np.ndarray, estimates: Estimates, rates: by_age.Rates) -> dict[str, float]:
    """Return a county's effects on migration and mortality, relative to the mean county.

    Odds ratios exp(sum of effect x deviation in standard deviations) over sixteen facts of 2010, as estimated.

    Parameters
    ----------
    have
        Figures of the county, those of 2010 among them.
    groups
        Persons of 2010, (age group of five years).
    estimates
        Effects of each fact, with means and deviations of counties.
    rates
        Of the mean county, by age.
    """
    index = estimates.people.county_index
    facts = _index_facts(have, groups)
    total = {"exit": -index.centre.exit, "move_young": -index.centre.move_young, "move_grown": -index.centre.move_grown}
    for name, effect in index.facts.items():
        deviation = float(
            np.clip((facts[name] - effect.mean) / effect.sd, -index.largest_deviation, index.largest_deviation)
        )
        total["exit"] += effect.exit * deviation
        total["move_young"] += effect.move_young * deviation
        total["move_grown"] += effect.move_grown * deviation
    middle = np.minimum((by_age.GROUP_EDGES[:-1] + by_age.GROUP_EDGES[1:] - 1) / 2, by_age.AGE_COUNT - 1)
    expectation = float(groups @ np.interp(middle, np.arange(by_age.AGE_COUNT), rates.death) / groups.sum())
    mortality = estimates.people.mortality
    log_ratio = float(np.log(have["death_rate@2010"] / expectation)) - mortality.mean_log_ratio
    return {
        "county repulsion": float(np.exp(total["exit"])),
        "move effect under 20": float(np.exp(total["move_young"])),
        "move effect from 20 on": float(np.exp(total["move_grown"])),
        "relative mortality": float(np.exp(mortality.elasticity * log_ratio)),
    }


def _index_facts(have: Figures, groups: np.ndarray) -> dict[str, float]:
    """Return the sixteen facts in the form in which their effects were estimated."""
    residents = have["residents@2010"]
    outside = have["from_same_province@2010"] + have["from_other_province@2010"]
    population = have["registered_population@2010"]
    workers = sum(have[f"employed_{sector}@2010"] for sector in ("primary", "secondary", "tertiary"))

    def between(low: int, high: int) -> float:
        return float(groups[[i for i, start in enumerate(by_age.GROUP_EDGES[:-1]) if low <= start <= high]].sum())

    return {
        "away_share": (population - residents + outside) / population,
        "log_other_province_share": _log_share(have["from_other_province@2010"], residents),
        "other_province_share": have["from_other_province@2010"] / residents,
        "log_same_province_share": _log_share(have["from_same_province@2010"], residents),
        "log_child_ratio": float(np.log(between(0, 4) / between(20, 39))),
        "log_birth_rate": float(np.log(1000 * have["birth_rate@2010"])),
        "log_floor_area": float(np.log(have["floor_area_per_head@2010"])),
        "log_same_county_share": _log_share(have["moved_same_county@2010"], residents),
        "share_20_24": between(20, 24) / residents,
        "urban_share_squared": (have["urban_residents@2010"] / residents) ** 2,
        "log_secondary_share": _log_share(have["employed_secondary@2010"], workers),
        "nonagricultural_share": have["nonagricultural_share@2010"],
        "log_residents": float(np.log(residents / have["counties_in_region"])),
        "log_ratio_20s_to_10s": float(np.log(between(20, 29) / between(10, 19))),
        "log_ratio_30s_to_45s": float(np.log(between(30, 39) / between(45, 54))),
        "death_rate": 1000 * have["death_rate@2010"],
    }


def _log_share(count: float, whole: float) -> float:
    """Return the log of a share; a count of nobody is half a person, since tables leave out what rounds to none."""
    return float(np.log(max(count, 0.5) / whole))
