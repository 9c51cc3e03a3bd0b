"""Figures that were observed: data/observations/*.csv."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import read_csv
from urbsim.project.contents import Contents
from urbsim.project.indicators import Indicators
from urbsim.units import factor

COLUMNS = ("region", "indicator", "year", "value", "unit", "source", "vintage", "confidence")


@dataclass(frozen=True, slots=True)
class Observation:
    """One observed figure, in the unit of its indicator."""

    region: str
    indicator: str
    year: int
    value: float
    source: str
    confidence: str


def load_observations(folder: Path, label: str, project: Contents, indicators: Indicators) -> list[Observation]:
    """Read data/observations/*.csv.

    Parameters
    ----------
    folder
        Holds the tables.
    label
        Name of the folder in messages.
    project
        Regions, areas and sources that rows may name.
    indicators
        By id.

    Raises
    ------
    InputError
        With every problem: missing columns, unknown names, units that do not convert, text where a number belongs.
    """
    observations: list[Observation] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.csv")):
        name = f"{label}/{path.name}"
        header, *rows = read_csv(path, name) or [[]]
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            problems.append(Problem("missing-column", Place(name, 1, 1), f"columns {', '.join(missing)} are missing"))
            continue
        for line, row in ((line, row) for line, row in enumerate(rows, start=2) if row):
            if len(row) != len(header):
                problems.append(
                    Problem("row-length", Place(name, line, 1), f"has {len(row)} cells, the header {len(header)}")
                )
                continue
            try:
                observations.append(_observation(dict(zip(header, row, strict=True)), project, indicators))
            except ValueError as error:
                problems.append(Problem("wrong-value", Place(name, line, 1), str(error)))
    if problems:
        raise InputError(problems)
    return observations


def _observation(row: Mapping[str, str], project: Contents, indicators: Indicators) -> Observation:
    areas = {*project.regions, *project.areas}
    if row["region"] not in areas:
        raise ValueError(f"unknown region or area {row['region']!r}; {nearest(row['region'], areas)}")
    if row["indicator"] not in indicators:
        raise ValueError(f"unknown indicator {row['indicator']!r}; {nearest(row['indicator'], indicators)}")
    if row["source"] not in project.sources:
        raise ValueError(f"source {row['source']!r} is not in data/sources.yaml")
    value = float(row["value"]) * factor(row["unit"], indicators[row["indicator"]].unit)
    return Observation(row["region"], row["indicator"], int(row["year"]), value, row["source"], row["confidence"])
