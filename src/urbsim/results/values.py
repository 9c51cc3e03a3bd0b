"""Indicators of a stored batch, as arrays in their own units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.indicators import Indicator, Indicators

if TYPE_CHECKING:
    import xarray as xr


def values(data: xr.Dataset, indicators: Indicators, model: Model) -> Mapping[str, xr.DataArray]:
    """Return each indicator, with dims (region, scenario, time) in its own unit."""
    return {name: value(data, name, item, model) for name, item in indicators.items()}


def value(data: xr.Dataset, name: str, item: Indicator, model: Model) -> xr.DataArray:
    """Return one indicator, in double precision or as a large batch holds it.

    Parameters
    ----------
    data
        Results of a batch.
    name
        Id of the indicator.
    item
        How it is taken from the model.
    model
        Whose units the results have.
    """
    attributes = {"units": item.unit, "long_name": item.label.en, "long_name_zh": item.label.zh}
    array = data[_stored(data, name, item)]
    if data.attrs.get("kept", "variables") != "variables":
        return array.assign_attrs(attributes)
    if item.where:
        array = array.sel({dim: identifier(element) for dim, element in item.where.items()}, drop=True)
    if item.sum:
        array = array.sum(item.sum, skipna=False)
    return (array * item.factor(model)).assign_attrs(attributes)


def kept(data: xr.Dataset, indicators: Indicators) -> Indicators:
    """Return the indicators that a batch holds; one of an older model may lack some."""
    return {name: item for name, item in indicators.items() if _stored(data, name, item) in data}


def _stored(data: xr.Dataset, name: str, item: Indicator) -> str:
    """Return the array that an indicator is read from: a large batch holds it as it is."""
    return item.read if data.attrs.get("kept", "variables") == "variables" else name
