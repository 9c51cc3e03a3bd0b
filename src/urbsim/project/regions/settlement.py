"""Rules of settlement by size of city: what stands in for a region's own rules, by year.

National rules tell cities apart by their town residents. A region takes the class of its town residents per city in the
base year; what its own file says of a lever goes before the class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Location, Number, Source, Strict, read_yaml, validate
from urbsim.project.levers import Lever
from urbsim.project.regions.facts import Fact, source_problems
from urbsim.project.regions.initial import Value
from urbsim.project.regions.region import Label
from urbsim.project.setting import Setting

TOWN = slice(1, 4)  # migrant, outsider, registered among the states of the initial population


class CityClass(Strict):
    """Cities up to a size, with the value of each lever by the year from which it holds. The last one has no limit."""

    label: Label
    below: Annotated[Number, Field(gt=0)] | None = None  # town residents of a city
    levers: dict[str, Annotated[list[Fact], Field(min_length=1)]]

    def settings(self) -> Mapping[str, Setting]:
        """Return the levers over the years."""
        return {name: {fact.year: fact.value for fact in facts} for name, facts in self.levers.items()}


class ClassFile(Strict):
    """The file of classes, from small cities to large ones."""

    classes: Annotated[list[CityClass], Field(min_length=1)]


def load_classes(path: Path, label: str, levers: Mapping[str, Lever], sources: set[str]) -> Sequence[CityClass]:
    """Read and check the classes of cities.

    Parameters
    ----------
    path
        The file.
    label
        Its name in messages.
    levers
        By id; a class may set any of them.
    sources
        Ids of data/sources.yaml.

    Raises
    ------
    InputError
        With every problem: classes out of order, unknown levers, other units, values out of bounds, years given twice.
    """
    document = read_yaml(path, label)
    classes = validate(ClassFile, document).classes
    problems = [*_order(document, classes)]
    for index, item in enumerate(classes):
        for name, facts in item.levers.items():
            problems += _lever_problems(document, ("classes", index, "levers", name), facts, levers, sources)
    if problems:
        raise InputError(problems)
    return classes


def _order(document: Source, classes: Sequence[CityClass]) -> Iterator[Problem]:
    """Classes must follow each other by size, and only the last may hold all larger cities."""
    least = 0.0
    for index, item in enumerate(classes):
        at, is_last = ("classes", index), index == len(classes) - 1
        if item.below is None and not is_last:
            yield document.problem("out-of-order", at, "only the last class may go without below", "give its limit")
        elif item.below is not None and is_last:
            message = f"no class holds cities of {item.below:g} and more"
            yield document.problem("out-of-order", (*at, "below"), message, "let the last class go without below")
        elif item.below is not None and item.below <= least:
            message = f"below {item.below:g} comes after below {least:g}"
            yield document.problem("out-of-order", (*at, "below"), message, "go from small cities to large ones")
        least = item.below or least


def _lever_problems(
    document: Source, at: Location, facts: Sequence[Fact], levers: Mapping[str, Lever], sources: set[str]
) -> Iterator[Problem]:
    name = str(at[-1])
    if name not in levers:
        yield document.problem("unknown-name", at, f"unknown lever {name!r}", nearest(name, levers), key=True)
        return
    years: set[int] = set()
    for index, fact in enumerate(facts):
        place: Location = (*at, index)
        yield from source_problems(document, (*place, "source"), fact.source, sources)
        if fact.unit != levers[name].unit:
            message = f"{name}: unit {fact.unit!r} is not {levers[name].unit}"
            yield document.problem("unit", (*place, "unit"), message, f"give it in {levers[name].unit}")
        elif reason := levers[name].check(fact.value):
            yield document.problem("out-of-bounds", (*place, "value"), f"{name} {reason}")
        if fact.year in years:
            message = f"{name} is given twice for {fact.year}"
            yield document.problem("defined-twice", (*place, "year"), message, "keep one of them")
        years.add(fact.year)


def class_of(inputs: Mapping[str, Value], classes: Sequence[CityClass]) -> CityClass | None:
    """Return the class of a region's town residents per city, or None where there are no classes.

    Parameters
    ----------
    inputs
        Region inputs by identifier: people by state and age, and the number of cities.
    classes
        From small cities to large ones.
    """
    if not classes:
        return None
    towns = float(np.sum(inputs["initial_population"].value[TOWN]))
    size = towns / float(inputs["cities_of_the_region"].value)
    return next((item for item in classes if item.below is None or size < item.below), classes[-1])
