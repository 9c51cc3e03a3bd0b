"""Results in the format of the Integrated Assessment Modeling Consortium, which pyam reads.

One row per model, scenario, region, variable and unit, one column per year. Names are hierarchical, from the group and
the label of an indicator: ``Population|Town residents``. Of draws the median stands under the name itself, and other
quantiles below it: ``Population|Town residents|5th Percentile``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbsim.project.indicators import Indicator, Indicators
from urbsim.report.words import IAMC_GROUPS, IAMC_UNITS
from urbsim.results.intervals import has_draws, quantiles

if TYPE_CHECKING:
    import xarray as xr

HEAD = ("Model", "Scenario", "Region", "Variable", "Unit")


def variable(item: Indicator) -> str:
    """Return the hierarchical name of an indicator; a bar inside a label would open a level of its own."""
    group = IAMC_GROUPS.get(item.group, item.group.capitalize())
    return f"{group}|{item.label.en.replace('|', '/').strip()}"


def unit(name: str) -> str:
    """Return a unit as text."""
    return IAMC_UNITS.get(name, name)


def rows(
    values: Mapping[str, xr.DataArray], indicators: Indicators, regions: Mapping[str, str], model: str
) -> Iterator[dict[Any, Any]]:
    """Give the rows of a batch. What has no number in any year is left out.

    Parameters
    ----------
    values
        Dims (region, scenario, time), also draw or quantile, by indicator id.
    indicators
        By id.
    regions
        Names by id.
    model
        Name and version in the column Model.

    Raises
    ------
    ValueError
        Where two indicators or two regions would share a name.
    """
    names = {key: variable(indicators[key]) for key in values}
    for kind, labels in (("indicators", names), ("regions", regions)):
        twice = sorted({name for name in labels.values() if list(labels.values()).count(name) > 1})
        if twice:
            raise ValueError(f"{kind} share the name {twice[0]!r}")
    for key, array in values.items():
        for suffix, part in _levels(array):
            for scenario in part.scenario.values:
                for region in part.region.values:
                    numbers = part.sel(scenario=scenario, region=region).values
                    if any(math.isfinite(number) for number in numbers):
                        head = (model, str(scenario), regions[str(region)], names[key] + suffix)
                        row: dict[Any, Any] = dict(zip(HEAD, (*head, unit(indicators[key].unit)), strict=True))
                        for year, number in zip(part.time.values, numbers, strict=True):
                            row[int(year)] = float(number) if math.isfinite(number) else ""
                        yield row


def _levels(array: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """Give numbers with what is added to the name: nothing, or a quantile."""
    if not has_draws(array):
        yield "", array
        return
    levels = quantiles(array)
    yield "", levels.sel(quantile=0.5)
    for share in levels.coords["quantile"].values:
        if share != 0.5:
            yield f"|{100 * share:g}th Percentile", levels.sel(quantile=share)


def write(path: Path, table: list[dict[Any, Any]]) -> None:
    """Write rows as .csv or .xlsx (sheet ``data``), whole or not at all.

    Raises
    ------
    ValueError
        For another kind of file.
    OSError
        Where the file cannot be written.
    """
    from urbsim.files import to_csv, whole_file, write_text  # noqa: PLC0415

    if path.suffix == ".csv":
        write_text(path, to_csv(table))
    elif path.suffix == ".xlsx":
        import pandas as pd  # noqa: PLC0415  half a second

        with whole_file(path) as temporary, temporary.open("wb") as file:
            pd.DataFrame(table).to_excel(file, sheet_name="data", index=False, engine="openpyxl")
    else:
        raise ValueError(f"must end in .csv or .xlsx, not {path.suffix or 'nothing'!r}")
