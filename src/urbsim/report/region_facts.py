"""What a region is made of: its facts, those that the model borrows for it, and the reasons of assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbsim.project.project import Project
from urbsim.project.regions.facts import ASSUMPTION, describe
from urbsim.project.regions.initial import figures
from urbsim.project.regions.region import Region
from urbsim.report.tables import new_table

if TYPE_CHECKING:
    from rich.table import Table

Rows = list[dict[str, Any]]
HEAD = {"id", "code", "name", "kind", "parent", "base_year", "parameters", "levers"}


def fact_rows(project: Project, name: str) -> Rows:
    """Return the facts of a region and those that the model borrows for it, as plain rows."""
    region = project.regions[name]
    rows = [
        {"fact": fact, **describe(entry), "assumed": entry.source == ASSUMPTION, "typical": False}
        for fact, entries in region.facts.items()
        for entry in entries
    ]
    loans = figures(region, project.file(name), project.typical, region.base_year)
    for fact in loans.typical:
        entry = loans.used[fact]
        rows.append({"fact": fact, **describe(entry), "assumed": entry.source == ASSUMPTION, "typical": True})
    return rows


def record(region: Region, rows: Rows) -> dict[str, Any]:
    """Return a region for machines."""
    ages = [structure.model_dump() for structure in region.age_structure]
    return {**region.model_dump(include=HEAD), "facts": rows, "age_structure": ages}


def table(region: Region, rows: Rows, lang: str) -> Table:
    """Return a table with a row for each fact and year."""
    code = f" · {region.code}" if region.code not in {"", region.id} else ""
    head = f"{region.name.in_(lang)} · {region.id}{code}"
    rich = new_table(f"{head} · {region.kind} of {region.parent} · {region.base_year}")
    for heading in ("Fact", "Year", "Value", "Unit", "Source", "Range"):
        rich.add_column(heading, justify="right" if heading in {"Year", "Value"} else "left", no_wrap=True)
    last = ""
    for row in rows:
        low, high = row.get("range") or (0, 0)
        span = f"{low:,.6g} to {high:,.6g}" if row.get("range") else ""
        source = f"{row['source']} (typical)" if row["typical"] else row["source"]
        fact = row["fact"] if row["fact"] != last else ""
        rich.add_row(fact, str(row["year"]), f"{row['value']:,.10g}", row["unit"], source, span)
        last = row["fact"]
    return rich


def reasons(region: Region, rows: Rows) -> list[str]:
    """Return the notes under the facts: each reason once, with the facts that it is for."""
    facts: dict[str, list[str]] = {}
    for row in rows:
        if row["assumed"]:
            facts.setdefault(row["reason"], []).append(f"{row['fact']} {row['year']}")
    for key, item in region.parameters.items():
        facts.setdefault(item.reason, []).append(f"{key} = {item.value:g}")
    count = sum(row["assumed"] for row in rows)
    head = f"{len(rows)} facts, {count} of them assumptions; typical: from data/typical.yaml"
    return [head, *(f"{', '.join(names)}: {reason}." for reason, names in facts.items())]
