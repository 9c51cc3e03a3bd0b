"""Verdicts of the tests of the model, as a table with notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from urbsim.report.tables import new_table
from urbsim.studies.battery.context import BatteryVerdict

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 12  # lines of a test that fails, where it is one of many


def table(verdicts: Sequence[BatteryVerdict]) -> Table:
    """Return a table with a row for each verdict."""
    rich = new_table()
    for heading in ("Test", "Covered", "Worst", "Limit", ""):
        rich.add_column(heading, justify="right" if heading in {"Covered", "Worst"} else "left")
    for v in verdicts:
        rich.add_row(v.test, f"{v.covered:,} {v.unit}", f"{v.worst:.2g}", v.limit, "passes" if v.passed else "FAILS")
    return rich


def band_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of effects and their bands, a row for each pair, region and year."""
    rich = new_table()
    for heading in ("Pair", "Region", "Year", "Effect", "Low", "Central", "High", "Draws", ""):
        rich.add_column(heading, justify="left" if heading in {"Pair", "Region", ""} else "right")
    for row in rows:
        numbers = [f"{row[key]:.3g}" for key in ("value", "low", "central", "high")]
        verdict = row["verdict"] + (", as known" if row["reason"] else "")
        draws = f"{100 * row['draws_inside']:.0f} %"
        rich.add_row(row["pair"], row["region"], str(row["year"]), *numbers, draws, verdict)
    return rich


def notes(verdicts: Sequence[BatteryVerdict], *, whole: bool) -> list[str]:
    """Return the lines below the table: what failing tests say, or with ``whole`` every note and every line."""
    lines: list[str] = []
    for verdict in verdicts:
        if (whole or not verdict.passed) and (verdict.note or verdict.details):
            lines.append(f"{verdict.test}: {verdict.note}".removesuffix(": "))
        if not verdict.passed:
            details = verdict.details if whole else verdict.details[:SHOWN]
            more = len(verdict.details) - len(details)
            lines += [*(f"  {line}" for line in details), *([f"  and {more} more"] if more else [])]
    failures = sum(not verdict.passed for verdict in verdicts)
    return [*lines, f"{failures} of {len(verdicts)} fail." if failures else f"All {len(verdicts)} tests pass."]
