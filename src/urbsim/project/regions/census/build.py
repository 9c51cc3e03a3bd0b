"""From a county's census figures to a region: facts of the census, and assumptions by rule for what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from urbsim.errors import InputError, Place, Problem
from urbsim.files import Source
from urbsim.project.regions.census.county import CENSUS_UNITS, County
from urbsim.project.regions.census.rules import RuleFile, assume, basis_of
from urbsim.project.regions.facts import ASSUMPTION, NEEDS, AgeStructure, Fact, fact_problems
from urbsim.project.regions.plausible import plausible_problems
from urbsim.project.regions.region import SECTORS, Label, Parameter, Region

SOURCES = {2010: "census-2010", 2020: "census-2020"}


def build(county: County, rules: RuleFile, parent: str, known: Mapping[tuple[str, int], float] | None = None) -> Region:
    """Return a county as a region.

    Parameters
    ----------
    county
        Its census figures.
    rules
        What the census lacks.
    parent
        The area above it.
    known
        Figures that are known from elsewhere, in model units: rules count on them and do not replace them.

    Raises
    ------
    InputError
        Where its figures contradict each other or leave the limits of the model.
    """
    label = f"{county.name} ({county.code})"
    years = sorted(county.ages, reverse=True)
    figures = dict(county.figures)
    for key in _too_few_registered(figures):
        del figures[key]
    facts: dict[str, list[Fact]] = {}
    known = dict(known or {})
    figures |= known
    basis = basis_of(figures, county.ages)
    for name in _fact_names(rules):
        for year in reversed(years):  # a rule may count per the fact of the census before
            if (name, year) in known and (name, year) not in county.figures:
                continue
            if item := _fact(name, year, figures, rules, county.code, basis):
                facts.setdefault(name, []).insert(0, item)
                figures.setdefault((name, year), item.value)
    if found := _problems(label, facts, county.ages):
        seen = {name: [fact for fact in entries if fact.source != ASSUMPTION] for name, entries in facts.items()}
        raise InputError(_problems(label, seen, county.ages) or found)  # what a rule makes of a slip is not told
    return Region(
        id=county.id,
        code=county.code,
        name=Label(en=county.english, zh=county.name),
        kind=county.kind,  # type: ignore[arg-type]  # one of the words of the format
        parent=parent,
        base_year=county.base_year,
        age_structure=[
            AgeStructure(year=year, unit="person", source=SOURCES[year], groups=list(county.ages[year]))
            for year in years
        ],
        facts=facts,
        parameters={} if 2010 in county.ages else _mean(rules),
    )


def _problems(label: str, facts: Mapping[str, list[Fact]], ages: Mapping[int, Sequence[float]]) -> list[Problem]:
    source = Source(label, None)
    found = [*fact_problems(source, facts, set(SOURCES.values())), *plausible_problems(source, facts, ages)]
    return [Problem(p.rule, Place(label), p.message, p.hint) for p in found]


def _fact_names(rules: RuleFile) -> list[str]:
    """Return the facts a region may hold, in the order of region files: of the census first."""
    census = [
        "residents", "urban_residents", "household_size", "floor_area_per_head", *SECTORS, "moved_same_county",
        "from_same_province", "from_other_province", "registered_population", "birth_rate", "death_rate",
        "nonagricultural_share",
    ]  # fmt: skip
    return list(dict.fromkeys([*census, *(rule.fact for rule in rules.rules)]))


def _fact(
    name: str, year: int, figures: Mapping[tuple[str, int], float], rules: RuleFile, code: str, basis: Any
) -> Fact | None:
    need = NEEDS.get(name)
    if need and need.instead and all((amount, year) in figures for amount in need.instead):
        return None  # it follows from published amounts
    if (name, year) in figures:
        unit = CENSUS_UNITS.get(name, "person")
        return Fact(value=figures[name, year], unit=unit, year=year, source=SOURCES[year])
    return assume(rules.rules, name, year, code, basis)


def _too_few_registered(figures: Mapping[tuple[str, int], float]) -> list[tuple[str, int]]:
    """Return census counts of registered people that are fewer than those who live there with local registration."""
    keys = []
    for year in SOURCES:
        count, local = figures.get(("registered_population", year)), basis_of(figures, {})("local residents", year)
        if count is not None and local is not None and count < local:
            keys.append(("registered_population", year))
    return keys


def _mean(rules: RuleFile) -> dict[str, Parameter]:
    return {
        name: Parameter(value=1.0, source=ASSUMPTION, reason=rules.mean_county.reason)
        for name in rules.mean_county.parameters
    }
