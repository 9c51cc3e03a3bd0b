"""Evaluations across zones on the terminal: who won, who left, and whether support went to the strong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbsim.experiment.inputs import EVALUATION_FILE
from urbsim.project.project import Project
from urbsim.report.tables import new_table
from urbsim.results import concentration

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Evaluations:
    """Tables and sentences on the evaluations of a batch, and the same as rows for machines."""

    tables: tuple[Table, ...] = ()
    answers: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()


def evaluations(folder: Path, project: Project, lang: str) -> Evaluations:
    """Return the lines about the evaluations of a stored batch; ``folder`` is that of the batch."""
    tables, answers, rows = [], [], []
    for evaluation in concentration.load(folder / EVALUATION_FILE):
        years, whole = list(concentration.by_year(evaluation)), concentration.whole(evaluation)
        rows.append({**whole, "years": years})
        names = {zone: project.place(zone).in_(lang) for zone in evaluation.zones}
        tables.append(_table(evaluation.scenario, years, names, draws=evaluation.support.shape[2] > 1))
        answers.append(_answer(whole))
    return Evaluations(tuple(tables), tuple(answers), tuple(rows))


def _table(scenario: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], *, draws: bool) -> Table:
    table = new_table(f"Evaluation · {scenario}")
    for heading in ("Year", "Zones", "Gini", "Rank correlation"):
        table.add_column(heading, justify="right")
    for heading in ("Best", "Lowest", "Leaves"):
        table.add_column(heading)
    for row in rows:
        leavers = [names[zone] + (f" {share:.0%}" if draws else "") for zone, share in row["left"].items()]
        table.add_row(
            str(row["year"]),
            f"{row['inside']:g}",
            _number(row, "gini"),
            _number(row, "correlation", "+"),
            names.get(row["best"], ""),
            names.get(row["lowest"], ""),
            ", ".join(leavers),
        )
    return table


def _number(row: Mapping[str, Any], key: str, sign: str = "") -> str:
    if row[key] is None:
        return "n/a"
    if f"{key}_low" not in row:
        return f"{row[key]:{sign}.2f}"
    return f"{row[key]:{sign}.2f} ({row[f'{key}_low']:{sign}.2f} … {row[f'{key}_high']:{sign}.2f})"


def _answer(whole: Mapping[str, Any]) -> str:
    """Return a sentence that says whether support goes to zones that were strong already."""
    what = "money per resident" if whole["lever"] == "grants" else "land quota"
    head = f"{whole['scenario']}: {what} of all years against strength in the base year, {whole['zones']} zones: "
    if whole["correlation"] is None:
        return f"{head}the same for all, or the same strength."
    words = "above 0 is more to the strong"
    if "correlation_low" in whole:
        low, high = whole["correlation_low"], whole["correlation_high"]
        words = "more to the strong" if low > 0 else "more to the weak" if high < 0 else "no clear tilt"
    return f"{head}rank correlation {_number(whole, 'correlation', '+')} ({words}), Gini {_number(whole, 'gini')}."
