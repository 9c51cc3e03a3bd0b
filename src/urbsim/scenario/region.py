"""Region files: a county, a city or a sum of counties, with its facts.

Regions differ by facts, baseline levers and parameters, never by equations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from urbsim.errors import InputError, Problem
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.scenario.facts import ASSUMPTION, AgeStructure, Fact, fact_problems, source_problems


class Label(Strict):
    """A name in English and Chinese."""

    en: str
    zh: str


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
    age_structure: list[AgeStructure]
    facts: dict[str, list[Fact]]
    levers: dict[str, float] = Field(default_factory=dict)
    parameters: dict[str, Parameter] = Field(default_factory=dict)


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
    for index, ages in enumerate(region.age_structure):
        problems += source_problems(document, ("age_structure", index, "source"), ages.source, sources)
        problems += _ages_add_up(document, region, index)
    for name, parameter in region.parameters.items():
        at = ("parameters", name, "source")
        problems += source_problems(document, at, parameter.source, sources)
        if parameter.source == ASSUMPTION and not parameter.reason:
            problems.append(document.problem(at, f"assumption on {name!r} needs a reason"))
    if problems:
        raise InputError(problems)
    return region, document


def load_typical(path: Path, label: str, sources: set[str]) -> Mapping[str, list[Fact]]:
    """Read and check the file of typical figures."""
    document = read_yaml(path, label)
    typical = validate(Typical, document)
    if problems := list(fact_problems(document, typical.facts, sources)):
        raise InputError(problems)
    return typical.facts


def _identity(document: Source, region: Region, path: Path) -> Iterator[Problem]:
    if region.id != path.stem:
        yield document.problem(("id",), f"id {region.id!r} is not the name of the file", f"call it {path.stem}")


def _ages_add_up(document: Source, region: Region, index: int) -> Iterator[Problem]:
    """Residents by age must add up to residents; half a percent is allowed for rounding."""
    ages = region.age_structure[index]
    for fact in region.facts.get("residents", []):
        total = sum(ages.groups)
        if fact.year == ages.year and abs(total / fact.value - 1) > 0.005:
            message = f"age groups add up to {total:g}, residents of {ages.year} are {fact.value:g}"
            yield document.problem(("age_structure", index, "groups"), message, "check the nineteen groups")
