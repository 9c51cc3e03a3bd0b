"""What a batch may keep of its indicators: their variables as they are, or the indicators alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from urbsim.experiment.manifest import What
from urbsim.experiment.storage.form import Form, StoredArray, described
from urbsim.language import ir
from urbsim.language.checks.ledger_file import LedgerFile
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.indicators import Indicator, Indicators


def forms(indicators: Indicators, goods: LedgerFile, model: Model, besides: Sequence[str] = ()) -> Mapping[What, Form]:
    """Return the forms that a batch may have: variables or indicators, see :mod:`urbsim.experiment.storage.form`.

    What a member sets is not held against the range of a variable: the region, the lever catalogue and the draws have
    ranges of their own.

    Parameters
    ----------
    indicators
        The indicators by id.
    goods
        The ledgers that must stay closed.
    model
        The model whose variables are kept.
    besides
        Other variables that are kept with those that the indicators read.
    """
    names = outputs(indicators, goods, besides)
    ledgers = tuple(identifier(name) for name in goods.variables)
    variables = [
        name for name in dict.fromkeys([*names, *ledgers]) if model.variable(name).role in {"stock", "equation"}
    ]
    limits = {name: limit for name in variables if (limit := _limits(model.variable(name)))}
    whole = tuple(StoredArray(n, n, model.dims(n), model.shape(n), attributes=described(model, n)) for n in names)
    single = tuple(measure(name, item, model) for name, item in indicators.items())
    shape: Mapping[What, tuple[StoredArray, ...]] = {"variables": whole, "indicators": single, "quantiles": single}
    needs = {k: v for k, v in limits.items() if k in _needed(single, ledgers)}
    limits_by_form = {"variables": limits, "indicators": needs, "quantiles": needs}
    return {what: Form(what, arrays, ledgers, limits_by_form[what]) for what, arrays in shape.items()}


def _needed(arrays: Sequence[StoredArray], ledgers: Sequence[str]) -> set[str]:
    return {*(array.variable for array in arrays), *ledgers}


def _limits(variable: ir.Variable) -> tuple[float, float] | None:
    """Return the range that Vensim writes behind a unit, such as ``dmnl [0,1]``; a ``?`` leaves an end open."""
    low, high = variable.limits
    if low is None and high is None:
        return None
    return -math.inf if low is None else low, math.inf if high is None else high


def measure(name: str, item: Indicator, model: Model) -> StoredArray:
    """Return how an indicator is read from what an engine gives: a sum of elements of a variable, in its unit."""
    variable = item.read
    indexes = [
        [model.elements[dim].index(identifier(item.where[dim]))]
        if dim in item.where
        else range(len(model.elements[dim]))
        for dim in model.dims(variable)
    ]
    shape = model.shape(variable)
    grid = np.arange(math.prod(shape)).reshape(shape)
    places = tuple(grid[np.ix_(*indexes)].ravel().tolist()) if indexes else (0,)
    attributes = {"units": item.unit, "long_name": item.label.en, "long_name_zh": item.label.zh}
    return StoredArray(name, variable, elements=places, factor=item.factor(model), attributes=attributes)


def outputs(indicators: Indicators, ledgers: LedgerFile | None = None, besides: Sequence[str] = ()) -> list[str]:
    """Return identifiers of the model variables that indicators need, of ledgers if given, and of others, each once."""
    names = [*besides, *(item.read for item in indicators.values()), *(ledgers.variables if ledgers else ())]
    return list(dict.fromkeys(identifier(name) for name in names))
