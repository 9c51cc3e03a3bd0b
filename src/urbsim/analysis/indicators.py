"""Headline numbers: what they are and their values in a stored batch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.experiment.keep import Kept
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.model.ledgers import LedgerFile
from urbsim.model.text import ModelText
from urbsim.names import identifier
from urbsim.scenario.region import Label
from urbsim.units import factor

if TYPE_CHECKING:
    import xarray as xr


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
        yield document.problem((*at, "variable"), message, nearest(item.variable, known))
        return
    dims = model.dims(item.variable)
    for dim, element in item.where.items():
        if dim not in dims:
            yield document.problem(
                (*at, "where", dim), f"{item.variable!r} has no subscript {dim!r}", nearest(dim, dims)
            )
        elif identifier(element) not in model.ranges[dim]:
            hint = nearest(element, model.ranges[dim])
            yield document.problem((*at, "where", dim), f"{dim!r} has no element {element!r}", hint)
    left = set(dims) - set(item.where) - set(item.sum)
    if left:
        yield document.problem(
            at, f"subscripts {sorted(left)} are left over", "name an element under where, or sum over it"
        )
    try:
        factor(model.entry(item.variable).unit, item.unit)
    except ValueError as error:
        yield document.problem((*at, "unit"), str(error))


def outputs(found: IndicatorFile, ledgers: LedgerFile | None = None, *, population: bool = True) -> list[str]:
    """Return identifiers of the model variables that indicators need, and ledgers if given, each once.

    The population by state and age comes with them, unless there are draws: it is half a megabyte for eight of them.
    """
    names = ["Population"] if population else []
    names += [*(i.variable for i in found.indicators.values()), *(ledgers.variables if ledgers else ())]
    return list(dict.fromkeys(identifier(name) for name in names))


def kept(data: xr.Dataset, found: IndicatorFile) -> IndicatorFile:
    """Return the indicators that a batch holds; one of an older model may lack some."""
    items = {name: item for name, item in found.indicators.items() if _stored(data, name, item) in data}
    return found.model_copy(update={"indicators": items})


def _stored(data: xr.Dataset, name: str, item: Indicator) -> str:
    """Return the array that an indicator is read from: a large batch holds it as it is."""
    return identifier(item.variable) if data.attrs.get("kept", "variables") == "variables" else name


def values(data: xr.Dataset, found: IndicatorFile, model: ModelText) -> Mapping[str, xr.DataArray]:
    """Return each indicator, with dims (region, scenario, time) in its own unit."""
    return {name: value(data, name, item, model) for name, item in found.indicators.items()}


def value(data: xr.Dataset, name: str, item: Indicator, model: ModelText) -> xr.DataArray:
    """Return one indicator, in double precision or as a large batch holds it."""
    attributes = {"units": item.unit, "long_name": item.label.en, "long_name_zh": item.label.zh}
    array = data[_stored(data, name, item)]
    if data.attrs.get("kept", "variables") != "variables":
        return array.assign_attrs(attributes)
    if item.where:
        array = array.sel({dim: identifier(element) for dim, element in item.where.items()}, drop=True)
    if item.sum:
        array = array.sum(item.sum, skipna=False)
    return (array * factor(model.entry(item.variable).unit, item.unit)).assign_attrs(attributes)


def measure(name: str, item: Indicator, model: ModelText) -> Kept:
    """Return how an indicator is read from what an engine gives: a sum of elements of a variable, in its unit."""
    variable = identifier(item.variable)
    chosen = [
        [model.ranges[dim].index(identifier(item.where[dim]))] if dim in item.where else range(len(model.ranges[dim]))
        for dim in model.dims(variable)
    ]
    shape = model.shape(variable)
    grid = np.arange(math.prod(shape)).reshape(shape)
    picked = tuple(grid[np.ix_(*chosen)].ravel().tolist()) if chosen else (0,)
    scale = factor(model.entry(variable).unit, item.unit)
    attributes = {"units": item.unit, "long_name": item.label.en, "long_name_zh": item.label.zh}
    return Kept(name, variable, picked=picked, factor=scale, attributes=attributes)


def ledger_errors(data: xr.Dataset, found: LedgerFile) -> Mapping[str, float]:
    """Return the largest relative error of each ledger over all members and times."""
    names = [identifier(name) for name in found.variables]
    return {name: float(abs(data[name]).max()) for name in names}
