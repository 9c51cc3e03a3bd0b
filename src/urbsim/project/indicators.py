"""Headline numbers: what they are and their values in a stored batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.language.text import ModelText
from urbsim.names import identifier
from urbsim.project.regions.region import Label
from urbsim.units import factor

if TYPE_CHECKING:
    pass


class Indicator(Strict):
    """A model variable, one element of it (``where``), or a sum over some of its subscripts (``sum``)."""

    group: str
    label: Label
    variable: str
    unit: str
    where: dict[str, str] = Field(default_factory=dict)
    sum: list[str] = Field(default_factory=list)
    headline: bool = False


class IndicatorFile(Strict):
    """The file models/indicators.yaml."""

    indicators: dict[str, Indicator]


def load_indicators(path: Path, label: str, model: ModelText) -> IndicatorFile:
    """Read and check the indicators.

    Raises
    ------
    InputError
        With every problem: unknown variables and elements, subscripts left over, units that do not convert.
    """
    document = read_yaml(path, label)
    found = validate(IndicatorFile, document)
    problems = [p for name, item in found.indicators.items() for p in _problems(document, name, item, model)]
    if problems:
        raise InputError(problems)
    return found


def _problems(document: Source, name: str, item: Indicator, model: ModelText) -> Iterator[Problem]:
    at = ("indicators", name)
    if model.excused(item.variable):
        return
    if identifier(item.variable) not in model.variables:
        known = [entries[0].name for entries in model.variables.values()]
        message = f"the model has no variable {item.variable!r}"
        yield document.problem("unknown-name", (*at, "variable"), message, nearest(item.variable, known))
        return
    dims = model.dims(item.variable)
    for dim, element in item.where.items():
        if dim not in dims:
            yield document.problem(
                "unknown-name", (*at, "where", dim), f"{item.variable!r} has no subscript {dim!r}", nearest(dim, dims)
            )
        elif identifier(element) not in model.ranges[dim]:
            hint = nearest(element, model.ranges[dim])
            yield document.problem("unknown-name", (*at, "where", dim), f"{dim!r} has no element {element!r}", hint)
    left = set(dims) - set(item.where) - set(item.sum)
    if left:
        yield document.problem(
            "subscripts", at, f"subscripts {sorted(left)} are left over", "name an element under where, or sum over it"
        )
    try:
        factor(model.entry(item.variable).unit, item.unit)
    except ValueError as error:
        yield document.problem("unit", (*at, "unit"), str(error))
