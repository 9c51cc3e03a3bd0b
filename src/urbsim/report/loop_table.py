"""The named feedback loops: a table of their polarities and cuts, and each written out with the signs of its links."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from urbsim.report.tables import difference, new_table
from urbsim.report.words import LOOPS
from urbsim.studies.battery.context import BatteryVerdict, Bench
from urbsim.studies.loopcuts import Cut
from urbsim.studies.loops import Polarity

if TYPE_CHECKING:
    from rich.table import Table


def records(polarities: Sequence[Polarity], cuts: Sequence[Cut], lang: str) -> list[dict[str, Any]]:
    """Return one record per loop and region."""
    changes = _changes(cuts)
    return [
        {
            "id": polarity.loop.entry.id,
            "name": polarity.loop.entry.name.in_(lang),
            "region": polarity.region,
            "declared": polarity.loop.entry.polarity,
            "found": LOOPS["en"][polarity.found],
            "links": [{"from": k.source, "to": k.target, "sign": k.sign, "idle": k.idle} for k in polarity.links],
            "faults": list(polarity.faults),
            "cut": polarity.loop.entry.cut,
            "reading": polarity.loop.entry.reading.model_dump() if polarity.loop.entry.reading else None,
            "because": polarity.loop.entry.because,
            "change": changes.get((polarity.loop.entry.id, polarity.region)),
        }
        for polarity in polarities
    ]


def table(on: Bench, polarities: Sequence[Polarity], cuts: Sequence[Cut], lang: str) -> Table:
    """Return a table with a row for each loop and a column for each region.

    Parameters
    ----------
    on
        Model and regions.
    polarities
        One per loop and region.
    cuts
        What cutting a loop changes, by loop and region.
    lang
        en or zh.
    """
    words, changes = LOOPS[lang], _changes(cuts)
    rich = new_table()
    for key in ("loop", "polarity", "cut", "reading"):
        rich.add_column(words[key])
    for region in on.members:
        rich.add_column(on.project.place(region).in_(lang), justify="right", max_width=14)
    for name, rows in _by_loop(polarities).items():
        entry = rows[0].loop.entry
        others = list(dict.fromkeys(words[row.found] for row in rows if row.found != row.loop.sign))
        polarity = words[entry.polarity] + (f", {words['found']} {', '.join(others)}" if others else "")
        cells = [f"{name} {entry.name.in_(lang)}", polarity, entry.cut or ""]
        item = on.indicators[entry.reading.indicator] if entry.reading else None
        cells.append(f"{item.label.in_(lang)}, {entry.reading.year}" if item and entry.reading else "")
        cells += [difference(changes[name, region], item.unit) if item else "" for region in on.members]
        rich.add_row(*cells)
    return rich


def notes(polarities: Sequence[Polarity], verdicts: Sequence[BatteryVerdict]) -> list[str]:
    """Return the lines below the table: each loop as variables, and the tests that fail."""
    failures = [f"{verdict.test}: {verdict.note}" for verdict in verdicts if not verdict.passed]
    paths = [f"{name:5}{_path(rows)}" for name, rows in _by_loop(polarities).items()]
    return [*paths, "", *(failures or [f"All {len(verdicts)} tests pass."])]


def _changes(cuts: Sequence[Cut]) -> dict[tuple[str, str], float | None]:
    """Return the change by loop and region, None where the cut breaks the run."""
    return {(cut.loop.entry.id, cut.region): cut.change if math.isfinite(cut.change) else None for cut in cuts}


def _by_loop(polarities: Sequence[Polarity]) -> Mapping[str, list[Polarity]]:
    rows: dict[str, list[Polarity]] = {}
    for polarity in polarities:
        rows.setdefault(polarity.loop.entry.id, []).append(polarity)
    return rows


def _path(rows: Sequence[Polarity]) -> str:
    """Return a loop as variables with the sign of each link over the regions."""
    loop = rows[0].loop
    parts = [loop.path[0].spelled]
    for number, (_, target) in enumerate(loop.links):
        links = [row.links[number] for row in rows]
        signs = {link.sign for link in links} - {"0"}
        sign = signs.pop() if len(signs) == 1 else "±" if signs else ""
        parts.append(f"→{sign}{'0' if any(link.idle for link in links) else ''} {target.spelled}")
    return " ".join(parts)
