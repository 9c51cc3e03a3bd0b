"""Intervals of draws, and changes: what the draws of a batch say in one number and how sure that is.

Draws that failed are NaN and are left out, everywhere in the same way. An interval holds 90 % of the draws, from the
5th to the 95th percentile, linear between neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from urbsim.experiment.storage import form

if TYPE_CHECKING:
    import xarray as xr

QUANTILES = form.SHARES
INTERVAL = (0.05, 0.5, 0.95)  # low end, median, high end


def has_draws(array: xr.DataArray | xr.Dataset) -> bool:
    """Tell whether an array holds draws, or quantiles of them."""
    return bool({"draw", "quantile"} & {*array.dims})


def quantiles(array: xr.DataArray) -> xr.DataArray:
    """Return quantiles over draws, with a leading dim ``quantile``; draws that failed are left out.

    A large batch holds quantiles instead of draws: these are given back.
    """
    if "quantile" in array.dims:
        return array.transpose("quantile", ...)
    import xarray as xr  # noqa: PLC0415

    rest = [dim for dim in array.dims if dim != "draw"]
    levels = form.quantiles(array.values, QUANTILES, array.get_axis_num("draw"))
    coords = {name: coord for name, coord in array.coords.items() if "draw" not in coord.dims}
    return xr.DataArray(levels, {**coords, "quantile": list(QUANTILES)}, ["quantile", *rest], array.name, array.attrs)


def medians(values: Mapping[str, xr.DataArray]) -> Mapping[str, xr.DataArray]:
    """Return medians over draws by name; values without draws stay."""
    return {
        name: quantiles(array).sel(quantile=0.5, drop=True) if has_draws(array) else array
        for name, array in values.items()
    }


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return the low end, the median and the high end of draws; NaN where every draw failed."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.nan, np.nan, np.nan
    low, median, high = np.quantile(finite, INTERVAL).tolist()
    return low, median, high


def columns(key: str, values: np.ndarray) -> dict[str, float | None]:
    """Return the cells of a number under ``key``: of draws the median and, as ``_low`` and ``_high``, its interval.

    Where every draw failed the number is None and has no interval.
    """
    if not np.isfinite(values).any():
        return {key: None}
    if np.size(values) == 1:
        return {key: float(np.ravel(values)[0])}
    low, median, high = interval(values)
    return {key: median, f"{key}_low": low, f"{key}_high": high}


def change(first: np.ndarray | float, last: np.ndarray | float, unit: str) -> np.ndarray:
    """Return the change of an indicator: in points where it is a percentage, else in percent of ``first``.

    NaN throughout where one of the draws begins at 0: the interval of the others would be that of another question.
    """
    if unit == "percent":
        return np.asarray(last - first)
    if np.any(np.equal(first, 0)):
        return np.full(np.shape(last), np.nan)
    return np.asarray(100 * (last / first - 1))


def relative(difference: np.ndarray | float, base: np.ndarray | float) -> np.ndarray:
    """Return differences in percent of the size of a base; NaN where the base is 0."""
    size = np.abs(base)
    with np.errstate(over="ignore"):  # of a base next to 0
        return np.asarray(100 * difference / np.where(size == 0, np.nan, size))
