"""``urbsim model loops``: the named feedback loops, their signs, and what their cuts do."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import options

if TYPE_CHECKING:
    from rich.table import Table

    from urbsim.project.loops import Loop
    from urbsim.studies.battery.context import Bench, Verdict
    from urbsim.studies.loopcuts import Cut
    from urbsim.studies.loops import Polarity


@click.command("loops")
@click.option("--region", "regions", multiple=True, help="Only this region; may be given more than once.")
@options.LANGUAGE
@options.JSON
@click.pass_context
def show_loops(context: click.Context, regions: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Test the named feedback loops of models/loops.yaml: signs of links, what comes back, what a cut changes.

    A sign is that of the derivative along the baseline; +0 means that the link rests in some years. The cut of a loop
    holds one of its variables at its value of the base year; the change of the reading is in percent, or in points of
    a percentage. The exit code is 1 where a loop does not act as declared, or a cut changes nothing anywhere.

    \b
    Examples:
      urbsim model loops
      urbsim model loops --region lijin --lang zh
    """
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.studies.battery.context import open_bench
    from urbsim.studies.battery.loops import effects, polarity
    from urbsim.studies.loopcuts import cuts
    from urbsim.studies.loops import polarities

    on = open_bench(Project.open(find()), regions)
    loops = on.project.loops
    found = polarities(on, loops)
    effect, judged = cuts(on, loops)
    verdicts = [polarity(found), *effects(effect, judged)]
    if as_json:
        click.echo(json.dumps(_told(found, effect, lang), indent=2, ensure_ascii=False))
    else:
        _print(on, found, effect, verdicts, lang)
    if not all(verdict.passed for verdict in verdicts):
        context.exit(1)


def _told(found: Sequence[Polarity], effect: Sequence[Cut], lang: str) -> list[dict[str, Any]]:
    """Return one record per loop and region."""
    from urbsim.report.words import LOOPS

    changes = _changes(effect)
    return [
        {
            "id": one.loop.entry.id,
            "name": one.loop.entry.name.in_(lang),
            "region": one.region,
            "declared": one.loop.entry.polarity,
            "found": LOOPS["en"][one.found],
            "links": [{"from": k.source, "to": k.target, "sign": k.sign, "idle": k.idle} for k in one.links],
            "faults": list(one.faults),
            "cut": one.loop.entry.cut,
            "reading": one.loop.entry.reading.model_dump() if one.loop.entry.reading else None,
            "because": one.loop.entry.because,
            "change": changes.get((one.loop.entry.id, one.region)),
        }
        for one in found
    ]


def _changes(effect: Sequence[Cut]) -> dict[tuple[str, str], float | None]:
    """Return the change by loop and region, None where the cut breaks the run."""
    return {(one.loop.entry.id, one.region): one.change if math.isfinite(one.change) else None for one in effect}


def _by_loop(found: Sequence[Polarity]) -> Mapping[str, list[Polarity]]:
    rows: dict[str, list[Polarity]] = {}
    for one in found:
        rows.setdefault(one.loop.entry.id, []).append(one)
    return rows


def _print(on: Bench, found: Sequence[Polarity], effect: Sequence[Cut], verdicts: Sequence[Verdict], lang: str) -> None:
    from urbsim.report import tables

    rows = _by_loop(found)
    notes = [f"{name:5}{_path(mine)}" for name, mine in rows.items()]
    failed = [f"{v.test}: {v.note}" for v in verdicts if not v.passed]
    notes += ["", *(failed or [f"All {len(verdicts)} tests pass."])]
    tables.show([_table(on, rows, effect, lang)], notes)


def _table(on: Bench, rows: Mapping[str, list[Polarity]], effect: Sequence[Cut], lang: str) -> Table:
    from urbsim.report.tables import difference, new_table
    from urbsim.report.words import LOOPS

    words = LOOPS[lang]
    table = new_table()
    for key in ("loop", "polarity", "cut", "reading"):
        table.add_column(words[key])
    for region in on.members:
        table.add_column(on.project.place(region).in_(lang), justify="right", max_width=14)
    changes = _changes(effect)
    for name, mine in rows.items():
        entry = mine[0].loop.entry
        other = list(dict.fromkeys(words[one.found] for one in mine if one.found != one.loop.sign))
        polarity = words[entry.polarity] + (f", {words['found']} {', '.join(other)}" if other else "")
        row = [f"{name} {entry.name.in_(lang)}", polarity, entry.cut or ""]
        item = on.indicators[entry.reading.indicator] if entry.reading else None
        row.append(f"{item.label.in_(lang)}, {entry.reading.year}" if item and entry.reading else "")
        row += [difference(changes[name, r], item.unit) if item else "" for r in on.members]
        table.add_row(*row)
    return table


def _path(mine: Sequence[Polarity]) -> str:
    """Return a loop as variables with the sign of each link over the regions."""
    loop: Loop = mine[0].loop
    told = [loop.path[0].spelled]
    for number, (_, target) in enumerate(loop.links):
        links = [one.links[number] for one in mine]
        signs = {link.sign for link in links} - {"0"}
        sign = signs.pop() if len(signs) == 1 else "±" if signs else ""
        told.append(f"→{sign}{'0' if any(link.idle for link in links) else ''} {target.spelled}")
    return " ".join(told)
