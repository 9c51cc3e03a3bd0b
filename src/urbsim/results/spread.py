"""What a set of draws says: quantiles of values, and of differences within each draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from urbsim.experiment.storage import kept

if TYPE_CHECKING:
    import xarray as xr

QUANTILES = kept.SHARES


def quantiles(array: xr.DataArray) -> xr.DataArray:
    """Return quantiles over draws, with a leading dim ``quantile``; draws that failed are left out.

    A large batch holds quantiles instead of draws: these are given back.
    """
    if "quantile" in array.dims:
        return array.transpose("quantile", ...)
    import xarray as xr  # noqa: PLC0415

    rest = [dim for dim in array.dims if dim != "draw"]
    found = kept.quantiles(array.values, QUANTILES, array.get_axis_num("draw"))
    coords = {name: coord for name, coord in array.coords.items() if "draw" not in coord.dims}
    return xr.DataArray(found, {**coords, "quantile": list(QUANTILES)}, ["quantile", *rest], array.name, array.attrs)


def middle(values: Mapping[str, xr.DataArray]) -> Mapping[str, xr.DataArray]:
    """Return medians over draws; values without draws stay."""
    return {
        name: quantiles(array).sel(quantile=0.5, drop=True) if {"draw", "quantile"} & {*array.dims} else array
        for name, array in values.items()
    }
