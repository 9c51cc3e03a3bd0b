"""Charts of stored results: data and Axes in, Axes out; figures name what they show and the model behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from urbsim.project.indicators import Indicator, Indicators
from urbsim.report.axes import labelled, legend, limits, mark, thousands
from urbsim.report.fans import fan_figure
from urbsim.report.style import look, save, style
from urbsim.report.words import CHARTS, unit_label
from urbsim.results.intervals import has_draws

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def lines(data: xr.DataArray, ax: Axes, titles: Sequence[str], target: int | None) -> Axes:
    """Draw scenarios over time.

    Parameters
    ----------
    data
        One indicator of one region, dims (scenario, time); a scenario that is all NaN is left out.
    titles
        Scenario titles in the order of ``data``.
    target
        Year that is marked, or None.
    """
    years = data.time.values
    for number, title in reversed(list(enumerate(titles))):
        values = data.values[number]
        if np.isfinite(values).any():
            width = 2.2 if number == 0 else 1.4
            ax.plot(years, values, **look(number), markersize=3, markevery=3, linewidth=width, label=title)
    mark(ax, target)
    ax.set_xlim(years[0], years[-1])
    ax.set_xticks([year for year in years if year % 5 == 0])
    limits(ax, data.values)
    ax.yaxis.set_major_formatter(thousands)
    return ax


def indicator_figure(
    data: xr.DataArray, indicator: Indicator, batch: str, model: str, lang: str = "en", target: int | None = None
) -> Figure:
    """Return one figure of an indicator: a panel per region, scenarios as lines.

    Parameters
    ----------
    data
        Dims (region, scenario, time), with the coordinates of a stored batch.
    indicator
        Its label and unit.
    batch
        Name of the batch.
    model
        Digest of the model file.
    lang
        en or zh.
    target
        Year that is marked, or None.
    """
    from urbsim.report.figure import Figure  # noqa: PLC0415  heavy

    suffix = "_zh" if lang == "zh" else ""
    names, titles = data[f"region_name{suffix}"].values.tolist(), data[f"scenario_title{suffix}"].values.tolist()
    columns = 1 if data.sizes["region"] == 1 else 2
    rows = -(-data.sizes["region"] // columns)
    figure = Figure(figsize=(4.6 * columns, 2.9 * rows + 1.0), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for number, ax in enumerate(axes.flat):
        if number >= data.sizes["region"]:
            ax.set_axis_off()
            continue
        lines(data.isel(region=number), ax, titles, target)
        ax.set_title(names[number])
        ax.set_ylabel(unit_label(indicator.unit, lang))
    title = indicator.label.in_(lang)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    handles = labelled(axes.flat)
    legend_titles = [title for title in titles if title in handles]
    legend(figure, [handles[title] for title in legend_titles], legend_titles, _note(batch, model, lang, target))
    return figure


def _note(batch: str, model: str, lang: str, target: int | None) -> str:
    words = CHARTS[lang]
    year = "" if target is None else f" · - - {words['target']} {target}"
    return f"{words['source']} {batch} · {words['model']} {model[:8]}{year}"


def chart(
    data: xr.DataArray, indicator: Indicator, batch: str, model: str, lang: str = "en", target: int | None = None
) -> Figure:
    """Return the figure of an indicator: lines of scenarios, or fans where it has draws.

    Parameters
    ----------
    data
        The indicator, dims (region, scenario, [draw or quantile,] time), with the coordinates of a stored batch.
    indicator
        Its label and unit.
    batch, model
        Name of the batch and hash of the model, which the figure names.
    lang
        Language of its words.
    target
        Year that is marked, or None.
    """
    if has_draws(data):
        note = _note(batch, model, lang, target)
        return fan_figure(data, indicator, note, unit_label(indicator.unit, lang), lang, target)
    return indicator_figure(data, indicator, batch, model, lang, target)


def write_charts(
    folder: Path,
    values: Mapping[str, xr.DataArray],
    indicators: Indicators,
    batch: str,
    model: str,
    lang: str = "en",
    target: int | None = None,
) -> Iterator[str]:
    """Write one PNG and one SVG per indicator, giving the name of each when it is done; see :func:`chart`.

    Parameters
    ----------
    folder
        Where the files go.
    values
        Dims (region, scenario, time), also draw or quantile, by indicator id.
    indicators
        By id.
    batch
        Name of the batch.
    model
        Digest of the model file.
    lang
        en or zh.
    target
        Year that is marked, or None.
    """
    with style():
        for name, data in values.items():
            save(chart(data, indicators[name], batch, model, lang, target), folder / name)
            yield name
