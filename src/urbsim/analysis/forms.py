"""What a batch may keep of its indicators: their variables as they are, or the indicators alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from urbsim.analysis.indicators import IndicatorFile, measure, outputs
from urbsim.experiment.keep import Form, Kept, What, described
from urbsim.model.ledgers import LedgerFile
from urbsim.model.text import Entry, ModelText
from urbsim.names import identifier


def forms(found: IndicatorFile, kept: LedgerFile, model: ModelText, *, draws: bool) -> Mapping[What, Form]:
    """Return what a batch may keep, see :mod:`urbsim.experiment.keep`: variables, or the indicators alone.

    ``kept`` are the ledgers that stay closed. What a member sets is not held against the range of a variable: the
    region, the lever catalogue and the draws have ranges of their own.
    """
    names = outputs(found, kept, population=not draws)
    ledgers = tuple(identifier(name) for name in kept.variables)
    computed = [name for name in dict.fromkeys([*names, *ledgers]) if model.entry(name).kind in {"stock", "equation"}]
    limits = {name: limit for name in computed if (limit := _limits(model.entry(name)))}
    whole = tuple(Kept(n, n, model.dims(n), model.shape(n), attributes=described(model, n)) for n in names)
    single = tuple(measure(name, item, model) for name, item in found.indicators.items())
    shape: Mapping[What, tuple[Kept, ...]] = {"variables": whole, "indicators": single, "quantiles": single}
    needed = {k: v for k, v in limits.items() if k in _needed(single, ledgers)}
    held = {"variables": limits, "indicators": needed, "quantiles": needed}
    return {what: Form(what, arrays, ledgers, held[what]) for what, arrays in shape.items()}


def _needed(arrays: Sequence[Kept], ledgers: Sequence[str]) -> set[str]:
    return {*(array.variable for array in arrays), *ledgers}


def _limits(entry: Entry) -> tuple[float, float] | None:
    """Return the range that Vensim writes behind a unit, such as ``dmnl [0,1]``; a ``?`` leaves an end open."""
    low, high = entry.limits
    if low is None and high is None:
        return None
    return -math.inf if low is None else low, math.inf if high is None else high
