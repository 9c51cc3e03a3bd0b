"""What a set of draws says: quantiles of values, and of differences within each draw."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # ends of the 90 % and 50 % intervals, and the median


def quantiles(array: xr.DataArray) -> xr.DataArray:
    """Return quantiles over draws, with a leading dim ``quantile``; draws that failed are left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a pair that is not in the batch is NaN in every draw
        return array.quantile(QUANTILES, dim="draw", keep_attrs=True)


def middle(values: Mapping[str, xr.DataArray]) -> Mapping[str, xr.DataArray]:
    """Return medians over draws; values without draws stay."""
    return {
        name: quantiles(array).sel(quantile=0.5, drop=True) if "draw" in array.dims else array
        for name, array in values.items()
    }
