"""Fan charts: median, 50 % and 90 % of the draws, one panel per region and scenario."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from urbsim.project.indicators import Indicator
from urbsim.report.axes import labelled, legend, limits, mark, thousands
from urbsim.report.style import COLOURS
from urbsim.report.words import FANS
from urbsim.results.intervals import quantiles

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def fan(data: xr.DataArray, ax: Axes, colour: str, words: dict[str, str]) -> Axes:
    """Draw one scenario of one region.

    Parameters
    ----------
    data
        Dims (quantile, time), quantiles of :data:`QUANTILES`.
    ax
        Where it is drawn.
    colour
        Of the scenario.
    words
        Labels of the median and of the half and wide bands.
    """
    years = data.time.values
    low, lower, median, upper, high = data.values
    ax.fill_between(years, low, high, color=colour, alpha=0.18, linewidth=0, label=words["wide"])
    ax.fill_between(years, lower, upper, color=colour, alpha=0.34, linewidth=0, label=words["half"])
    ax.plot(years, median, color=colour, linewidth=1.8, label=words["median"])
    return ax


def fan_figure(
    data: xr.DataArray, indicator: Indicator, note: str, unit: str, lang: str = "en", target: int | None = None
) -> Figure:
    """Return one figure of an indicator.

    Parameters
    ----------
    data
        Dims (region, scenario, draw or quantile, time) of a stored batch.
    indicator
        Its label and unit.
    note
        Where the figure comes from.
    unit
        Label of the unit.
    lang
        en or zh.
    target
        Year that is marked, or None.
    """
    from urbsim.report.figure import Figure  # noqa: PLC0415  heavy

    suffix = "_zh" if lang == "zh" else ""
    names, titles = data[f"region_name{suffix}"].values.tolist(), data[f"scenario_title{suffix}"].values.tolist()
    spread = quantiles(data)
    rows, columns = data.sizes["region"], data.sizes["scenario"]
    figure = Figure(figsize=(max(5.4, 2.7 * columns + 0.6), 2.1 * rows + 1.1), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey="row")
    words = {**FANS[lang], "first": FANS[lang]["first"].format(titles[0])}
    for row in range(rows):
        local = spread.isel(region=row)
        for column in range(columns):
            ax = axes[row, column]
            panel = local.isel(scenario=column)
            if np.isfinite(panel.values).any():
                fan(panel, ax, COLOURS[column % len(COLOURS)], words)
            if column:
                first = local.isel(scenario=0).sel(quantile=0.5)
                ax.plot(first.time, first, color=COLOURS[0], linewidth=1, linestyle=(0, (3, 2)), label=words["first"])
            mark(ax, target)
            ax.set_xlim(panel.time.values[0], panel.time.values[-1])
            ax.set_xticks([year for year in panel.time.values if year % 5 == 0])
            if not row:
                ax.set_title(titles[column])
        name = fill(names[row], 24)  # what a panel is high
        axes[row, 0].set_ylabel(f"{name}\n{unit}" if unit else name)
        axes[row, 0].yaxis.set_major_formatter(thousands)
        limits(axes[row, 0], local.values)
    figure.suptitle(indicator.label.in_(lang), x=0.01, ha="left", fontsize=12)
    handles = labelled(axes.flat)
    legend(figure, list(handles.values()), list(handles), note)
    return figure
