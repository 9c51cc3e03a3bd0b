"""National estimates that turn a region's facts into starting values: data/estimates/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from urbsim.errors import InputError, Place, Problem
from urbsim.files import Strict, read_csv, read_yaml, validate


class Effect(Strict):
    """Mean and standard deviation of a fact over counties, and its effects per standard deviation."""

    mean: float
    sd: float
    exit: float
    move_young: float
    move_grown: float


class Centre(Strict):
    """Effects of the mean county, at which the age profiles of the model hold."""

    exit: float
    move_young: float
    move_grown: float


class CountyIndex(Strict):
    """Effects of sixteen facts of 2010 on leaving the county and on moving to its towns."""

    centre: Centre
    largest_deviation: float
    facts: dict[str, Effect]


class Mortality(Strict):
    """How far a county's own death rate shifts its mortality."""

    elasticity: float
    mean_log_ratio: float


class Registration(Strict):
    """The rule for town residents without local urban registration."""

    outside: float
    inside: float
    most: float


class TownOdds(Strict):
    """Log-odds of living in towns by age."""

    points: list[list[float]]


class People(Strict):
    """The file people.yaml."""

    source: str
    county_index: CountyIndex
    mortality: Mortality
    coverage: dict[int, dict[str, float]]
    registration: Registration
    outsider_profile: list[float] = Field(min_length=19, max_length=19)
    town_odds: TownOdds


@dataclass(frozen=True, slots=True)
class Estimates:
    """National estimates: the people file and births by year of birth."""

    people: People
    births: Mapping[int, float]

    def cohort(self, year: int) -> float:
        """Return births of a year; before and after the series, those of its nearest year."""
        return self.births[min(max(year, min(self.births)), max(self.births))]


def load_estimates(folder: Path, label: str) -> Estimates:
    """Read data/estimates/."""
    people = validate(People, read_yaml(folder / "people.yaml", f"{label}/people.yaml"))
    return Estimates(people, _births(read_csv(folder / "births.csv", f"{label}/births.csv"), f"{label}/births.csv"))


def _births(rows: list[list[str]], label: str) -> dict[int, float]:
    header, *lines = rows or [[]]
    if missing := [name for name in ("year", "births") if name not in header]:
        raise InputError(Problem("missing-column", Place(label, 1, 1), f"columns {', '.join(missing)} are missing"))
    births, problems = {}, []
    for line, row in enumerate(lines, start=2):
        try:
            births[int(row[header.index("year")])] = float(row[header.index("births")])
        except (ValueError, IndexError):
            problems.append(
                Problem(
                    "not-a-number",
                    Place(label, line, 1),
                    f"{','.join(row)!r} does not give a year and a number of births",
                )
            )
    if problems or not births:
        raise InputError(
            problems or [Problem("empty-file", Place(label, 1, 1), "holds no births; the file is empty or truncated")]
        )
    return births


def interpolate(points: list[list[float]], at: np.ndarray) -> np.ndarray:
    """Return a piecewise linear table at positions, constant outside."""
    table = np.array(points)
    return np.asarray(np.interp(at, table[:, 0], table[:, 1]))
