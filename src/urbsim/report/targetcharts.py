"""Chart of a scoreboard: projected value over the wanted one, a dot per scenario, coloured by verdict.

A panel per region. 1 is the target; where the wanted value is 0 there is no such ratio, and the row is left to the
table, as is one that the scenario itself decides. With draws a line holds 90 % of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from urbsim.report.axes import legend
from urbsim.report.style import COLOURS, save, style
from urbsim.report.words import TARGET_CHARTS
from urbsim.results.scores import SCORED, Score, Verdict

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

END = 2.0  # a ratio beyond it is drawn at the edge, as an arrow
DOTS = ("o", "s", "^", "D", "v", "P", "X", "p")
MET_COLOUR, MISSED_COLOUR = COLOURS[3], COLOURS[2]
PANELS, TALLEST = 12, 24.0  # regions and inches of one figure; the table has them all
SHOWN = 4  # scenarios in one figure
WIDTH, TITLE = 54, 108  # characters of a label and of a line of the title; Chinese ones count twice


def drawable(scores: Sequence[Score]) -> list[Score]:
    """Return the scores that have a ratio: a verdict on a projection, and a wanted value that is not 0."""
    judged_scores = [score for score in scores if score.verdict in SCORED and not score.set_by_scenario]
    return [score for score in judged_scores if score.value and score.projected is not None]


def target_axes(scores: Sequence[Score], ax: Axes, scenarios: Sequence[str], lang: str) -> Axes:
    """Draw one region: a row per target, first at the top, scenarios below each other within a row.

    Parameters
    ----------
    scores
        Of one region and document, with figures.
    ax
        Where it is drawn.
    scenarios
        Ids in the order of rows, colours and marks.
    lang
        en or zh.
    """
    ids = list(dict.fromkeys(score.target.id for score in scores))
    labels = {score.target.id: score.target for score in scores}
    step = 0.7 / max(len(scenarios), 1)
    for score in scores:
        place = scenarios.index(score.scenario)
        y = ids.index(score.target.id) + (place - (len(scenarios) - 1) / 2) * step
        colour = MET_COLOUR if score.verdict == Verdict.MET else MISSED_COLOUR
        value, goal = float(score.projected or 0), float(score.value or 1)
        if score.low is not None and score.high is not None:
            ends = np.clip([score.low / goal, score.high / goal], 0, END)
            ax.plot(ends, [y, y], color=colour, linewidth=1.6, alpha=0.5, solid_capstyle="butt")
        ratio = value / goal
        marker = ">" if ratio > END else DOTS[place % len(DOTS)]
        ax.plot(min(max(ratio, 0), END), y, color=colour, marker=marker, markersize=5, linestyle="none", clip_on=False)
    ax.axvline(1, color="#222222", linewidth=1, zorder=0)
    ax.set_xlim(0, END)
    ax.set_ylim(len(ids) - 0.4, -0.6)
    ax.set_yticks(range(len(ids)), [_label(labels[name].clause, labels[name].label.in_(lang)) for name in ids])
    ax.grid(visible=False, axis="y")
    for edge in range(len(ids) - 1):
        ax.axhline(edge + 0.5, color="#EEEEEE", linewidth=0.6, zorder=0)
    return ax


def _label(clause: str, text: str) -> str:
    """Return a label of bounded width, with its clause."""
    width, start = 0, ""
    for character in text:
        width += 2 if ord(character) > 0x2E7F else 1
        if width > WIDTH:
            return f"{start.rstrip()}… {clause}"
        start += character
    return f"{start} {clause}"


def target_figure(
    scores: Sequence[Score],
    title: str,
    scenarios: Mapping[str, str],
    names: Mapping[str, str],
    note: str,
    lang: str = "en",
) -> Figure:
    """Return the figure of one document.

    Parameters
    ----------
    scores
        Those of one document that :func:`drawable` gives, at least one.
    title
        Of the document.
    scenarios
        Titles by id.
    names
        Of regions and places by id.
    note
        Where the figure comes from.
    lang
        en or zh.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  without pyplot: no global state, no window

    if len(scenarios) > SHOWN:
        note = f"{note} · {TARGET_CHARTS[lang]['scenarios'].format(SHOWN, len(scenarios))}"
        scenarios = dict(list(scenarios.items())[:SHOWN])
        scores = [score for score in scores if score.scenario in scenarios] or list(scores)
    every = list(dict.fromkeys(score.region for score in scores))
    height = 0.13 + 0.11 * len(scenarios)
    rows = [len({score.target.id for score in scores if score.region == name}) for name in every]
    tall = np.cumsum([height * count + 0.55 for count in rows])
    regions = every[: max(1, min(PANELS, int((tall <= TALLEST).sum())))]
    rows = rows[: len(regions)]
    if len(every) > len(regions):
        note = f"{note} · {TARGET_CHARTS[lang]['regions'].format(len(regions), len(every))}"
    by_region = {name: [score for score in scores if score.region == name] for name in regions}
    figure = Figure(figsize=(9.2, sum(height * count + 0.55 for count in rows) + 1.5), layout="constrained")
    axes = figure.subplots(len(regions), 1, squeeze=False, sharex=True, height_ratios=[count + 0.6 for count in rows])
    for ax, (region, mine) in zip(axes[:, 0], by_region.items(), strict=True):
        target_axes(mine, ax, list(scenarios), lang)
        ax.set_title(names.get(region, region))
    axes[-1, 0].set_xlabel(TARGET_CHARTS[lang]["axis"])
    wide = any(ord(character) > 0x2E7F for character in title)
    figure.suptitle(fill(title, TITLE // 2 if wide else TITLE), x=0.01, ha="left", fontsize=11)
    intervals = any(score.low is not None for score in scores)
    handles = _handles(list(scenarios.values()), intervals, lang)
    legend(figure, handles, [str(handle.get_label()) for handle in handles], note)
    return figure


def _handles(titles: Sequence[str], intervals: bool, lang: str) -> list[Artist]:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    words = TARGET_CHARTS[lang]
    mine: list[Artist] = [
        Line2D([], [], color=colour, marker="o", linestyle="none", label=words[key])
        for key, colour in (("met", MET_COLOUR), ("missed", MISSED_COLOUR))
    ]
    for place, title in enumerate(titles):
        marker = DOTS[place % len(DOTS)]
        mine.append(Line2D([], [], color="#777777", marker=marker, linestyle="none", label=title))
    if intervals:
        mine.append(Line2D([], [], color="#777777", linewidth=1.6, alpha=0.5, label=words["spread"]))
    return mine


def write_target_charts(
    folder: Path,
    scores: Sequence[Score],
    titles: Mapping[str, str],
    scenarios: Mapping[str, str],
    names: Mapping[str, str],
    note: str,
    lang: str = "en",
) -> list[str]:
    """Write targets-<document>.png and .svg for each document that has something to draw; return their names.

    Parameters
    ----------
    folder
        Where the files go.
    scores
        Of all documents.
    titles
        Of documents by id.
    scenarios
        Titles by id.
    names
        Of regions and places by id.
    note
        Where the figures come from.
    lang
        en or zh.
    """
    names_of_files = []
    with style():
        for document in dict.fromkeys(score.document for score in scores):
            mine = drawable([score for score in scores if score.document == document])
            if mine:
                figure = target_figure(mine, titles[document], scenarios, names, note, lang)
                save(figure, folder / f"targets-{document}")
                names_of_files.append(f"targets-{document}")
    return names_of_files
