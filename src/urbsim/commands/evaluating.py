"""Evaluations across zones on the way through ``urbsim run``: decided before the members run, stored with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands.progress import bar

if TYPE_CHECKING:
    from rich.table import Table

    from urbsim.engine.contract import Engine
    from urbsim.experiment.competition import Coupled
    from urbsim.experiment.draws import Sample
    from urbsim.experiment.plan import Plan
    from urbsim.project.calibrations import Calibration
    from urbsim.project.indicators import Indicators
    from urbsim.project.project import Project
    from urbsim.project.scenarios.resolve import Resolved

EVALUATION_FILE = "evaluation.csv"


def decide(
    project: Project,
    made: Plan,
    resolved: Sequence[Resolved],
    calibrations: Mapping[str, Calibration],
    engine: Engine,
    indicators: Indicators,
    sample: Sample | None,
    *,
    quiet: bool,
) -> Coupled:
    """Return the members with what evaluations decide."""
    from urbsim.experiment.competition import Coupled, couple, runs, zones_of
    from urbsim.experiment.forms import measure

    zones = {name: zones_of(project, name) for name in made.scenarios}
    if not any(zones.values()):
        return Coupled(resolved)
    for region, name in made.pairs if not quiet else ():
        if zones[name] and region not in zones[name]:
            click.echo(
                f"note: {region} is no zone of the evaluation in {name}; it runs without the programme", err=True
            )
    measures = {name: measure(name, item, project.model) for name, item in indicators.items()}
    with bar("Evaluating", runs(project, made) * (sample.count if sample else 1), quiet) as progress:
        return couple(project, made, resolved, calibrations, engine, measures, sample, progress)


def record(part: Path, coupled: Coupled, *, draws: bool) -> None:
    """Write evaluation.csv where zones competed."""
    from urbsim.files import to_csv, write_text

    if coupled.decided:
        write_text(part / EVALUATION_FILE, to_csv([row for one in coupled.decided for row in one.rows(draws=draws)]))


def tables(folder: Path, project: Project, lang: str) -> tuple[list[Table], list[str], dict[str, Any]]:
    """Return tables, notes and rows for machines on the evaluations of a stored batch."""
    from urbsim.results import concentration

    shown, notes, rows = [], [], []
    for one in concentration.load(folder / EVALUATION_FILE):
        years, whole = list(concentration.by_year(one)), concentration.whole(one)
        rows.append({**whole, "years": years})
        names = {zone: project.place(zone).in_(lang) for zone in one.zones}
        shown.append(_table(one.scenario, years, names, drawn=one.support.shape[2] > 1))
        notes.append(_answer(whole))
    return shown, notes, {"evaluations": rows} if rows else {}


def _table(scenario: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], *, drawn: bool) -> Table:
    from rich.table import Table

    table = Table(title=f"Evaluation · {scenario}", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in ("Year", "Zones", "Gini", "Rank correlation"):
        table.add_column(heading, justify="right")
    for heading in ("Best", "Lowest", "Leaves"):
        table.add_column(heading)
    for row in rows:
        left = [names[zone] + (f" {share:.0%}" if drawn else "") for zone, share in row["left"].items()]
        table.add_row(
            str(row["year"]),
            f"{row['inside']:g}",
            _number(row, "gini"),
            _number(row, "correlation", "+"),
            names.get(row["best"], ""),
            names.get(row["lowest"], ""),
            ", ".join(left),
        )
    return table


def _number(row: Mapping[str, Any], key: str, sign: str = "") -> str:
    if row[key] is None:
        return "n/a"
    if f"{key}_low" not in row:
        return f"{row[key]:{sign}.2f}"
    return f"{row[key]:{sign}.2f} ({row[f'{key}_low']:{sign}.2f} … {row[f'{key}_high']:{sign}.2f})"


def _answer(whole: Mapping[str, Any]) -> str:
    """Say in words whether support goes to zones that were strong already."""
    what = "money per resident" if whole["lever"] == "grants" else "land quota"
    head = f"{whole['scenario']}: {what} of all years against strength in the base year, {whole['zones']} zones: "
    if whole["correlation"] is None:
        return f"{head}the same for all, or the same strength."
    words = "above 0 is more to the strong"
    if "correlation_low" in whole:
        low, high = whole["correlation_low"], whole["correlation_high"]
        words = "more to the strong" if low > 0 else "more to the weak" if high < 0 else "no clear tilt"
    return f"{head}rank correlation {_number(whole, 'correlation', '+')} ({words}), Gini {_number(whole, 'gini')}."
