"""Charts of studies: tornado, shares of variance, elementary effects, heat maps. Data and Axes in, Axes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbsim.report.axes import thousands
from urbsim.report.style import COLOURS

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def study_figure(data: xr.Dataset) -> Figure:
    """Return the figure of a study, a panel for each outcome; what it shows says what the study was.

    ``data`` is what :mod:`urbsim.studies.sensitivity` or :func:`urbsim.studies.sweep.sweep` returns; where the
    coordinate ``title`` of the outcomes is there, panels have these titles.
    """
    from urbsim.report.figure import Figure  # noqa: PLC0415  heavy

    is_sweep = "outcome" not in data.dims
    names = [str(name) for name in (data.data_vars if is_sweep else data.outcome.values)]
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    wide = "mean" in data and not is_sweep
    figure = Figure(figsize=((7 if wide else 6) * columns, (3.4 if is_sweep else 4) * rows), layout="constrained")
    for ax, name in zip(figure.subplots(rows, columns, squeeze=False).flat, names, strict=False):
        if is_sweep:
            sweep_axes(data[name], ax)
            continue
        local = data.sel(outcome=name)
        draw = tornado_axes if "end" in data.dims else index_axes if "total" in data else screening_axes
        draw(local, ax)
        ax.set_title(str(local["title"].item()) if "title" in local.coords else name)
    for ax in figure.axes[len(names) :] if not is_sweep else ():
        ax.set_axis_off()
    return figure


def sweep_axes(data: xr.DataArray, ax: Axes) -> Axes:
    """Draw one outcome over one lever as a line, over two as a heat map with numbers; other axes must be chosen."""
    from urbsim.report.tables import number  # noqa: PLC0415

    ax.set_title(data.attrs["long_name"])
    first, *others = (str(dim) for dim in data.dims)
    ax.set_xlabel(f"{first}, {data[first].attrs['units']}")
    if not others:
        ax.plot(data[first], data, color=COLOURS[1], marker="o", markersize=3)
        ax.set_ylabel(data.attrs["units"])
        ax.yaxis.set_major_formatter(thousands)
        return ax
    second = others[0]
    mesh = ax.pcolormesh(data[first], data[second], data.transpose(second, first), cmap="viridis", shading="nearest")
    ax.set_ylabel(f"{second}, {data[second].attrs['units']}")
    ax.set_xticks(data[first].values)
    ax.set_yticks(data[second].values)
    ax.grid(visible=False)
    bar = ax.figure.colorbar(mesh, ax=ax, label=data.attrs["units"])
    bar.ax.yaxis.set_major_formatter(thousands)
    middle = float(data.mean())
    for x in data[first].values:
        for y in data[second].values:
            value = float(data.sel({first: x, second: y}))
            colour = "white" if value < middle else "black"
            ax.text(x, y, number(value), ha="center", va="center", fontsize=8, color=colour)
    return ax


def tornado_axes(data: xr.Dataset, ax: Axes, most: int = 12) -> Axes:
    """Draw how far each parameter alone moves an outcome; ``data`` is one outcome of :func:`sensitivity.tornado`."""
    value, reference = data["value"].values, float(data["reference"])
    order = np.argsort(-np.ptp(value, axis=1))[:most][::-1]
    for row, i in enumerate(order):
        for end, colour, label in ((0, COLOURS[1], "low end"), (1, COLOURS[2], "high end")):
            move = value[i, end] - reference
            ax.barh(row, move, left=reference, color=colour, height=0.7, label=label if row == 0 else None)
    ax.axvline(reference, color="#222222", linewidth=1)
    _names(ax, [str(data.parameter.values[i]) for i in order])
    ax.xaxis.set_major_formatter(thousands)
    ax.legend(loc="lower right")
    return ax


def index_axes(data: xr.Dataset, ax: Axes, most: int = 12) -> Axes:
    """Draw first-order and total shares of variance with their intervals; one outcome of :func:`sensitivity.sobol`."""
    order = np.argsort(-data["total"].values)[:most][::-1]
    for offset, name, colour in ((0.19, "total", COLOURS[1]), (-0.19, "first", COLOURS[5])):
        rows = np.arange(len(order)) + offset
        middle = data[name].values[order]
        ends = np.abs(
            np.stack([middle - data[f"{name}_low"].values[order], data[f"{name}_high"].values[order] - middle])
        )
        label = "alone" if name == "first" else "with interactions"
        ax.barh(rows, np.maximum(middle, 0), height=0.36, color=colour, label=label)
        ax.errorbar(middle, rows, xerr=ends, fmt="none", ecolor="#444444", elinewidth=0.8)
    _names(ax, [str(data.parameter.values[i]) for i in order])
    ax.set_xlim(left=0)
    ax.set_xlabel("share of variance, with 90 % interval")
    ax.legend(loc="lower right")
    return ax


def screening_axes(data: xr.Dataset, ax: Axes, labels: int = 8) -> Axes:
    """Draw mean against spread of elementary effects; one outcome of :func:`sensitivity.morris`."""
    mean, spread = data["mean"].values, data["spread"].values
    ax.scatter(mean, spread, s=14, color="#AAAAAA")
    for number, i in enumerate(np.argsort(-mean)[:labels], start=1):
        label = f"{number}  {data.parameter.values[i]}"
        ax.scatter(mean[i], spread[i], s=20, color=COLOURS[1], label=label)
        ax.annotate(str(number), (mean[i], spread[i]), (3, 3), textcoords="offset points", fontsize=8)
    ax.set_xlabel("mean absolute effect of a step through the range")
    ax.set_ylabel("spread of effects")
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=0, handletextpad=0, markerscale=0)
    ax.xaxis.set_major_formatter(thousands)
    ax.yaxis.set_major_formatter(thousands)
    return ax


def _names(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.grid(visible=False, axis="y")
