"""Region files: a county, a city or a sum of counties, with its facts.

Regions differ by facts, baseline levers and parameters, never by equations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.project.regions.account import account_problems
from urbsim.project.regions.facts import (
    ASSUMPTION,
    UNITS,
    AgeStructure,
    Fact,
    fact_problems,
    figure,
    persons,
    source_problems,
)
from urbsim.project.regions.plausible import plausible_problems
from urbsim.project.setting import Setting

AGE_STRUCTURE = "age_structure"
SECTORS = ("employed_primary", "employed_secondary", "employed_tertiary")
SUPPLIED = "user-supplied"  # the source of a figure that the user of a template writes into it


class Label(Strict):
    """A name in English and Chinese."""

    en: str
    zh: str

    def in_(self, lang: str) -> str:
        """Return the name in a language, ``en`` or ``zh``."""
        return self.zh if lang == "zh" else self.en


class Parameter(Strict):
    """A value of a model constant for this region, with its origin."""

    value: float
    source: str
    reason: str = ""


class Region(Strict):
    """A region file."""

    id: str
    name: Label
    kind: Literal["county", "district", "city", "region", "zone", "template"]
    parent: str
    code: str = ""  # of the statistical office, six digits
    base_year: int
    members: list[str] = Field(default_factory=list)  # codes of the census units that it sums up
    note: str = ""
    age_structure: list[AgeStructure]
    facts: dict[str, list[Fact]]
    levers: dict[str, Setting] = Field(default_factory=dict)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    # figures left blank, by year; read off the facts, never written
    blanks: SkipJsonSchema[dict[str, list[int]]] = Field(default_factory=dict, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _set_blanks_aside(cls, data: Any) -> Any:
        """Move figures that are blank (``value: null``, user-supplied) out of the facts: a blank is no number."""
        if not isinstance(data, dict) or not isinstance(data.get("facts"), dict):
            return data
        if "blanks" in data:
            raise ValueError("unknown key 'blanks'; leave a figure blank with value: null")
        blanks: dict[str, list[int]] = {}
        figures = {AGE_STRUCTURE: _filled(data.get(AGE_STRUCTURE), AGE_STRUCTURE, "groups", blanks)}
        facts = {name: _filled(entries, name, "value", blanks) for name, entries in data["facts"].items()}
        return {
            **data,
            **figures,
            "facts": {name: entries for name, entries in facts.items() if entries != []},
            "blanks": blanks,
        }

    @property
    def missing(self) -> int:
        """Return how many figures are left blank."""
        return sum(len(years) for years in self.blanks.values())


def _filled(entries: Any, name: str, key: str, blanks: dict[str, list[int]]) -> Any:
    """Return the entries that have a figure, and note the years of the others."""
    if not isinstance(entries, list):
        return entries
    figures = []
    for entry in entries:
        form = isinstance(entry, dict) and entry.get("source") == SUPPLIED and isinstance(entry.get("year"), int)
        if form and key in entry and entry[key] is None:
            blanks.setdefault(name, []).append(entry["year"])
        else:
            figures.append(entry)
    return figures


class Typical(Strict):
    """The file of figures that no county publishes."""

    facts: dict[str, list[Fact]]


def load_region(path: Path, label: str, sources: set[str]) -> tuple[Region, Source]:
    """Read and check a region file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    document = read_yaml(path, label)
    region = validate(Region, document)
    problems = [*_identity(document, region, path), *fact_problems(document, region.facts, sources)]
    problems += account_problems(document, region.facts)
    problems += plausible_problems(document, region.facts, {ages.year: ages.groups for ages in region.age_structure})
    for index, ages in enumerate(region.age_structure):
        problems += source_problems(document, ("age_structure", index, "source"), ages.source, sources)
        problems += _ages_add_up(document, region, index)
    for name, parameter in region.parameters.items():
        at = ("parameters", name, "source")
        problems += source_problems(document, at, parameter.source, sources)
        if parameter.source == ASSUMPTION and not parameter.reason:
            problems.append(document.problem("missing-text", at, f"assumption on {name!r} needs a reason"))
    problems += _blanks(document, region)
    if problems:
        raise InputError(problems)
    return region, document


def _blanks(document: Source, region: Region) -> Iterator[Problem]:
    for name in region.blanks:
        if name != AGE_STRUCTURE and name not in UNITS:
            yield document.problem(
                "unknown-name", ("facts", name), f"unknown fact {name!r}", nearest(name, UNITS), key=True
            )
    if region.blanks and region.kind != "template":
        names = ", ".join(region.blanks)
        message = f"only a template may leave figures blank: {names}"
        yield document.problem("blank-fact", ("kind",), message, "fill them in, or call it kind: template")


def load_typical(path: Path, label: str, sources: set[str]) -> Mapping[str, list[Fact]]:
    """Read and check the file of typical figures."""
    document = read_yaml(path, label)
    typical = validate(Typical, document)
    if problems := list(fact_problems(document, typical.facts, sources)):
        raise InputError(problems)
    return typical.facts


def _identity(document: Source, region: Region, path: Path) -> Iterator[Problem]:
    if region.id != path.stem:
        yield document.problem(
            "file-name", ("id",), f"id {region.id!r} is not the name of the file", f"call it {path.stem}"
        )


def _ages_add_up(document: Source, region: Region, index: int) -> Iterator[Problem]:
    """Residents by age must add up to residents; half a percent is allowed for rounding. Workers are 15 or older."""
    ages, at = region.age_structure[index], ("age_structure", index)
    if ages.unit != "person":
        yield document.problem("unit", (*at, "unit"), f"unit {ages.unit!r} is not person", "give persons")
        return
    total, adults = sum(ages.groups), sum(ages.groups[4:])
    workers = sum(persons(region.facts, sector, ages.year) for sector in SECTORS)
    if workers > adults:
        message = f"{workers:g} employed of {ages.year} are more than the {adults:g} residents aged 15 and over"
        yield document.problem("age-groups", (*at, "groups"), message, f"check {', '.join(SECTORS)}")
    residents = persons(region.facts, "residents", ages.year)
    if figure(region.facts, "residents", ages.year) and abs(total - residents) > 0.005 * residents:
        message = f"age groups add up to {total:g}, residents of {ages.year} are {residents:g}"
        yield document.problem("age-groups", (*at, "groups"), message, "check the nineteen groups")
