"""What a batch may keep of its indicators: their variables as they are, or the indicators alone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from urbsim.analysis.indicators import Indicator, IndicatorFile, outputs
from urbsim.experiment.keep import Form, Kept, What, described
from urbsim.model.text import ModelText
from urbsim.names import identifier
from urbsim.units import factor


def forms(found: IndicatorFile, model: ModelText, *, draws: bool) -> Mapping[What, Form]:
    """Return what a batch may keep, see :mod:`urbsim.experiment.keep`: variables, or the indicators alone."""
    names = outputs(found, population=not draws)
    ledgers = tuple(identifier(name) for name in found.ledgers.variables)
    used = dict.fromkeys([*names, *ledgers])
    limits = {name: limit for name in used if (limit := _limits(model.entry(name).unit))}
    whole = tuple(Kept(n, n, model.dims(n), model.shape(n), attributes=described(model, n)) for n in names)
    single = tuple(_kept(name, item, model) for name, item in found.indicators.items())
    shape: Mapping[What, tuple[Kept, ...]] = {"variables": whole, "indicators": single, "quantiles": single}
    kept = {"variables": limits, "indicators": {k: v for k, v in limits.items() if k in _needed(single, ledgers)}}
    kept["quantiles"] = kept["indicators"]
    return {what: Form(what, arrays, ledgers, kept[what]) for what, arrays in shape.items()}


def _needed(arrays: Sequence[Kept], ledgers: Sequence[str]) -> set[str]:
    return {*(array.variable for array in arrays), *ledgers}


def _kept(name: str, item: Indicator, model: ModelText) -> Kept:
    """Return an indicator as a sum of elements of a variable."""
    variable = identifier(item.variable)
    axes = [
        [model.ranges[dim].index(identifier(item.where[dim]))] if dim in item.where else range(len(model.ranges[dim]))
        for dim in model.dims(variable)
    ]
    grid = np.arange(math.prod(model.shape(variable))).reshape(model.shape(variable))
    picked = tuple(grid[np.ix_(*axes)].ravel().tolist()) if axes else (0,)
    scale = factor(model.entry(variable).unit, item.unit)
    attributes = {"units": item.unit, "long_name": item.label.en, "long_name_zh": item.label.zh}
    return Kept(name, variable, picked=picked, factor=scale, attributes=attributes)


def _limits(unit: str) -> tuple[float, float] | None:
    """Return the range that Vensim writes behind a unit, such as ``dmnl [0,1]``; a ``?`` leaves an end open."""
    found = re.search(r"\[\s*([^,\]]+)\s*,\s*([^,\]]+)", unit)
    if not found:
        return None
    ends = ((-math.inf, math.inf)[n] if text.strip() == "?" else float(text) for n, text in enumerate(found.groups()))
    low, high = ends
    return (low, high) if math.isfinite(low) or math.isfinite(high) else None
