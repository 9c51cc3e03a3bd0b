"""Axes: where they begin, and how their ticks are labelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def limits(ax: Axes, values: np.ndarray) -> None:
    """Begin an axis at 0 where that costs little, and give room to a line that does not move."""
    if not np.isfinite(values).any():
        return
    low, high = np.nanmin(values), np.nanmax(values)
    if low >= 0 and low < 0.35 * high:
        ax.set_ylim(bottom=0)
    elif high - low < 1e-9 * max(abs(high), 1):
        ax.set_ylim(low - 0.5 * max(abs(low), 1), high + 0.5 * max(abs(high), 1))


def mark(ax: Axes, year: int | None) -> None:
    """Mark a year by a dashed line; None marks none."""
    if year is not None:
        ax.axvline(year, color="#999999", linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)


def thousands(value: float, _position: float = 0) -> str:
    """Return the label of a tick."""
    text = f"{value:,.10g}"
    return f"{value / 1e6:,.4g} M" if abs(value) >= 2e6 else text


def labelled(axes: Iterable[Axes]) -> dict[str, Artist]:
    """Return the handles of the panels for a legend, each label once: a scenario need not run in every region."""
    handles_by_label: dict[str, Artist] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles_by_label.setdefault(label, handle)
    return handles_by_label


def legend(figure: Figure, handles: Sequence[Artist], labels: Sequence[str], note: str) -> None:
    """Put the legend below the panels, with a line above it that says where the figure comes from.

    Parameters
    ----------
    figure
        Gets the legend.
    handles, labels
        Lines and areas with their words, one for one.
    note
        Where the figure comes from.
    """
    box = figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=min(len(labels), 5),
        handlelength=3,  # enough to see dashes
        title=note,
        title_fontsize=7,
    )
    box.get_title().set_color("#777777")
