"""Indicators: the numbers that are shown of a run, each a variable of the model or a part of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.regions.region import Label
from urbsim.units import factor


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
        factor(model.variable(item.variable).unit, item.unit)
    except ValueError as error:
        yield document.problem("unit", (*at, "unit"), str(error))
