"""Indicators: the numbers that are shown of a run, each a variable of the model or a part of one.

The number of a year is that of its 31 December, or with ``over: year`` the sum over its days. What the model counts per
year must be summed; in a unit per year the same number is the mean of the year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.language.calendar import in_year
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.regions.region import Label
from urbsim.units import factor, per_year


class Indicator(Strict):
    """A model variable, one element of it (``where``), or a sum over some of its subscripts (``sum``).

    ``over: year`` adds up what the model counts per year, from 1 January to 31 December.
    """

    group: str
    label: Label
    variable: str
    unit: str
    where: dict[str, str] = Field(default_factory=dict)
    sum: list[str] = Field(default_factory=list)
    over: Literal["year"] | None = None
    headline: bool = False

    @property
    def read(self) -> str:
        """Return the identifier of the variable that a run gives for it."""
        return in_year(self.variable) if self.over else identifier(self.variable)

    def factor(self, model: Model) -> float:
        """Return what turns a number of that variable into one of the indicator.

        Raises
        ------
        ValueError
            Where the units measure different things.
        """
        unit = model.variable(self.variable).unit
        try:
            return factor(f"({unit})*year" if self.over else unit, self.unit)
        except ValueError:
            if not self.over:
                raise
            return factor(unit, self.unit)


class IndicatorFile(Strict):
    """The file models/indicators.yaml; ``besides`` are variables that a batch without draws holds too."""

    indicators: dict[str, Indicator]
    besides: list[str] = Field(default_factory=list)


Indicators = Mapping[str, Indicator]


def load_indicators(path: Path, label: str, model: Model) -> IndicatorFile:
    """Return the indicators, checked.

    Raises
    ------
    InputError
        With every problem: unknown variables and elements, subscripts left over, units that do not convert.
    """
    document = read_yaml(path, label)
    file = validate(IndicatorFile, document)
    problems = [p for name, item in file.indicators.items() for p in _problems(document, name, item, model)]
    names = [variable.spelled for variable in model.variables]
    for index, name in enumerate(file.besides):
        if identifier(name) not in model.by_name and not model.excused(name):
            message = f"the model has no variable {name!r}"
            problems.append(document.problem("unknown-name", ("besides", index), message, nearest(name, names)))
    if problems:
        raise InputError(problems)
    return file


def indicator_names(path: Path, label: str) -> set[str]:
    """Return the ids of the indicators, whatever the model says of them.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    return {str(name) for name in read_yaml(path, label).data.get("indicators") or {}}


def summed(path: Path, label: str) -> list[str]:
    """Return the variables that are summed over the year, as far as the file can be read: its problems come later."""
    try:
        items = read_yaml(path, label).data.get("indicators")
    except InputError:
        return []
    fields = items.values() if isinstance(items, dict) else ()
    return [str(item.get("variable")) for item in fields if isinstance(item, dict) and item.get("over") == "year"]


def _problems(document: Source, name: str, item: Indicator, model: Model) -> Iterator[Problem]:
    at = ("indicators", name)
    if model.excused(item.variable):
        return
    if identifier(item.variable) not in model.by_name:
        variables = [v.spelled for v in model.variables]
        message = f"the model has no variable {item.variable!r}"
        yield document.problem("unknown-name", (*at, "variable"), message, nearest(item.variable, variables))
        return
    dims = model.dims(item.variable)
    for dim, element in item.where.items():
        if dim not in dims:
            yield document.problem(
                "unknown-name", (*at, "where", dim), f"{item.variable!r} has no subscript {dim!r}", nearest(dim, dims)
            )
        elif identifier(element) not in model.elements[dim]:
            hint = nearest(element, model.elements[dim])
            yield document.problem("unknown-name", (*at, "where", dim), f"{dim!r} has no element {element!r}", hint)
    free_dims = set(dims) - set(item.where) - set(item.sum)
    if free_dims:
        yield document.problem(
            "subscripts",
            at,
            f"subscripts {sorted(free_dims)} are left over",
            "name an element under where, or sum over it",
        )
    try:
        item.factor(model)
        counts = per_year(model.variable(item.variable).unit)
    except ValueError as error:
        yield document.problem("unit", (*at, "unit"), str(error))
        return
    if counts and not item.over:
        message = f"{item.variable!r} counts per year, which has no value of 31 December"
        yield document.problem("calendar", at, message, "add over: year, its sum over the calendar year")
    if item.over and not counts:
        message = f"{item.variable!r} does not count per year"
        yield document.problem("calendar", (*at, "over"), message, "leave over out: its value of 31 December is shown")
