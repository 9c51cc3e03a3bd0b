"""What is kept of a batch, by its size and by nothing else: not by the memory or the disk of a machine.

A small batch keeps every variable that an indicator needs, in double precision. A larger one keeps the indicators of
every draw in single precision, which is a person in ten million. A still larger one keeps quantiles of the
indicators over the draws, so differences within a draw are lost; the manifest says which of the three it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from urbsim.errors import command_line
from urbsim.experiment.manifest import FormRecord, What
from urbsim.language.model import Model

WHATS: tuple[What, ...] = ("variables", "indicators", "quantiles")
MOST: Mapping[What, int] = {"variables": 1 << 28, "indicators": 4 << 30, "quantiles": 32 << 30}  # bytes before packing
PAIR = 1 << 30  # bytes of one region and scenario whose quantiles are taken: they are in memory at once
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)  # ends of the 90 % and 50 % intervals, and the median


@dataclass(frozen=True, slots=True)
class StoredArray:
    """One array of results: a variable, or the sum of some of its elements times a factor."""

    name: str
    variable: str
    dims: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    elements: tuple[int, ...] | None = None
    factor: float = 1.0
    attributes: Mapping[str, str] = field(default_factory=dict)

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return the kept values, (member, time, *shape), of a variable (member, time, *subscripts)."""
        if self.elements is None:
            return values
        flat = values.reshape(*values.shape[:2], -1)
        numbers: np.ndarray = flat[:, :, list(self.elements)].sum(axis=2) * self.factor
        return numbers


@dataclass(frozen=True, slots=True)
class Form:
    """What results look like; the range that the model gives to a variable, in which a member must stay."""

    what: What
    arrays: tuple[StoredArray, ...]
    ledgers: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def kind(self) -> np.dtype[Any]:
        """Return the type of the numbers; the order of bytes is the same on every machine."""
        return np.dtype("<f8" if self.what == "variables" else "<f4")

    @property
    def shares(self) -> tuple[float, ...]:
        """Return the shares of the quantiles, or nothing where every draw is kept."""
        return SHARES if self.what == "quantiles" else ()

    @property
    def row(self) -> int:
        """Return the bytes of one member at one time."""
        return self.kind.itemsize * sum(math.prod(array.shape) for array in self.arrays)

    @property
    def outputs(self) -> list[str]:
        """Return the variables that a member must give, each once."""
        return list(dict.fromkeys([*(array.variable for array in self.arrays), *self.ledgers]))

    def record(self) -> FormRecord:
        """Return the form as a manifest holds it."""
        return FormRecord(what=self.what, type=self.kind.name, quantiles=self.shares or None)


def choose(forms: Mapping[What, Form], pairs: int, draws: int | None, times: int, wish: What | None = None) -> Form:
    """Return the first form that is small enough for the members of a batch, or the one asked for.

    Parameters
    ----------
    forms
        The forms that the batch may have.
    pairs, times
        Numbers of (region, scenario) pairs and of years.
    draws
        Number of draws of each pair.
    wish
        The form that is asked for.

    Raises
    ------
    InputError
        Where none is, or quantiles are asked of a batch without draws.
    """
    if wish == "quantiles" and draws is None:
        raise command_line("option-missing", "--keep quantiles is for draws", "for example --draws 200")
    sizes = {what: forms[what].row * times * pairs * (draws or 1) for what in WHATS}
    for what in (wish,) if wish else WHATS if draws else WHATS[:2]:
        pair = sizes[what] // pairs if what == "quantiles" else 0
        if (wish or sizes[what] <= MOST[what]) and sizes[what] <= MOST["quantiles"] and pair <= PAIR:
            return forms[what]
    smallest = sizes[wish or "quantiles"]
    message = f"the results would take {smallest / 2**30:.1f} GiB, more than {MOST['quantiles'] / 2**30:.0f}"
    if smallest <= MOST["quantiles"]:
        message = f"the results would take {smallest / pairs / 2**30:.1f} GiB for each region and scenario, more than 1"
    raise command_line("too-large", message, "take fewer draws, regions or scenarios")


def quantiles(values: np.ndarray, shares: tuple[float, ...] = SHARES, axis: int = 0) -> np.ndarray:
    """Return quantiles along an axis, the shares leading, between neighbours linear; NaN is left out.

    The same as ``numpy.nanquantile``, which takes thirty microseconds for each row.
    """
    sorted_values = np.sort(np.moveaxis(np.asarray(values), axis, 0), axis=0)
    count = (~np.isnan(sorted_values)).sum(axis=0)
    numbers = np.full((len(shares), *count.shape), np.nan, dtype=sorted_values.dtype)
    if not sorted_values.shape[0]:
        return numbers
    for number, share in enumerate(shares):
        place = share * np.maximum(count - 1, 0)
        low = np.floor(place).astype(np.intp)
        part = (place - low).astype(sorted_values.dtype)
        below = np.take_along_axis(sorted_values, low[None], 0)[0]
        above = np.take_along_axis(sorted_values, np.minimum(low + 1, np.maximum(count - 1, 0))[None], 0)[0]
        numbers[number] = np.where(count > 0, below + (above - below) * part, np.nan)
    return numbers


def described(model: Model, name: str) -> dict[str, str]:
    """Return the attributes of a variable in results."""
    entry = model.variable(name)
    return {"units": entry.unit, "long_name": entry.name, "comment": entry.comment}
