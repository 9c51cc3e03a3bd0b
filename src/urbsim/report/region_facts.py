"""What a region is made of: its facts, those that the model borrows for it, and the reasons of assumptions."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from urbsim.errors import InputError
from urbsim.project.calibrations import POPULATION
from urbsim.project.project import Project
from urbsim.project.regions.facts import ASSUMPTION, NEEDS, describe
from urbsim.project.regions.initial import derive, figures
from urbsim.project.regions.region import Region
from urbsim.report.tables import new_table

if TYPE_CHECKING:
    from rich.table import Table

Rows = list[dict[str, Any]]
HEAD = {"id", "code", "name", "kind", "parent", "base_year", "parameters", "levers"}


def fact_rows(project: Project, name: str) -> Rows:
    """Return the facts of a region, those that the model borrows for it and levels that follow, as plain rows."""
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
    for fact, need in NEEDS.items():
        if need.instead and all(amount in loans.used for amount in need.instead):
            level = {"value": float(f"{loans[fact]:.6g}"), "unit": need.unit, "year": region.base_year}
            source = f"from {need.instead[0]}"
            rows.append({"fact": fact, **level, "source": source, "assumed": False, "typical": False})
    return rows


def fit(project: Project, name: str) -> dict[str, Any]:
    """Return what runs from the base year of a region take from a fit: where it comes from, and constants.

    A reference of other equations is no reason to keep back the facts: without a fit of the region there is none then.
    """
    region = project.regions[name]
    calibration = project.calibrations([name]).get(name)
    if calibration is None:
        with suppress(InputError):
            calibration = project.mean_calibration(region.base_year)
    if calibration is None:
        return {}
    file = project.file(name)
    inputs = derive(region, file, project.typical, project.estimates, project.model, region.base_year)
    values = calibration.constants(region.base_year, {key: value.value for key, value in inputs.items()})
    single = {project.model.variable(key).spelled: float(value) for key, value in values.items() if not value.ndim}
    return {"origin": calibration.origin, "values": single, "people": POPULATION in values}


def record(region: Region, rows: Rows, fitted: dict[str, Any]) -> dict[str, Any]:
    """Return a region for machines."""
    ages = [structure.model_dump() for structure in region.age_structure]
    return {**region.model_dump(include=HEAD), "facts": rows, "age_structure": ages, "fit": fitted}


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
        rich.add_row(fact, str(row["year"]), f"{row['value']:,.12g}", row["unit"], source, span)
        last = row["fact"]
    return rich


def reasons(region: Region, rows: Rows, fitted: dict[str, Any]) -> list[str]:
    """Return the notes under the facts: each reason once, with the facts that it is for, then the fit."""
    facts: dict[str, list[str]] = {}
    for row in rows:
        if row["assumed"]:
            facts.setdefault(row["reason"], []).append(f"{row['fact']} {row['year']}")
    for key, item in region.parameters.items():
        facts.setdefault(item.reason, []).append(f"{key} = {item.value:g}")
    count = sum(row["assumed"] for row in rows)
    head = f"{len(rows)} facts, {count} of them assumptions; typical: from data/typical.yaml"
    lines = [head, *(f"{', '.join(names)}: {reason}." for reason, names in facts.items())]
    if fitted:
        values = ", ".join(f"{name} = {value:.4g}" for name, value in fitted["values"].items())
        people = "; people away and the registration of townspeople by age" if fitted["people"] else ""
        lines.append(f"Runs from {region.base_year}, {fitted['origin']}: {values}{people}.")
    return lines
