"""What was observed after the base year, beside what a batch projected.

Facts of later censuses and data/observations/*.csv count. Where a region has no figure of its own, those of the areas
above it are compared as changes since the base year, for a county need not move like its province.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import read_csv
from urbsim.project.indicators import Indicator
from urbsim.project.library import Library
from urbsim.project.regions.facts import ASSUMPTION
from urbsim.results.intervals import change
from urbsim.units import factor

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = ("region", "indicator", "year", "value", "unit", "source", "vintage", "confidence")
FACTS = {"residents": "residents", "urban_residents": "town_residents"}  # fact -> indicator


@dataclass(frozen=True, slots=True)
class Observation:
    """One observed figure, in the unit of its indicator."""

    region: str
    indicator: str
    year: int
    value: float
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """An observation beside a projection: levels for the region itself, changes since the base year for areas above.

    Changes are in percent, for indicators in percent in points.
    """

    region: str
    indicator: str
    year: int
    area: str
    kind: str  # "level" or "change"
    observed: float
    projected: float
    source: str
    confidence: str
    since: int  # base year of the region

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def load_observations(
    folder: Path, label: str, library: Library, indicators: Mapping[str, Indicator]
) -> list[Observation]:
    """Read data/observations/*.csv.

    Raises
    ------
    InputError
        With every problem: missing columns, unknown names, units that do not convert, text where a number belongs.
    """
    found: list[Observation] = []
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
                found.append(_observation(dict(zip(header, row, strict=True)), library, indicators))
            except ValueError as error:
                problems.append(Problem("wrong-value", Place(name, line, 1), str(error)))
    if problems:
        raise InputError(problems)
    return found


def _observation(row: Mapping[str, str], library: Library, indicators: Mapping[str, Indicator]) -> Observation:
    areas = {*library.regions, *library.areas}
    if row["region"] not in areas:
        raise ValueError(f"unknown region or area {row['region']!r}; {nearest(row['region'], areas)}")
    if row["indicator"] not in indicators:
        raise ValueError(f"unknown indicator {row['indicator']!r}; {nearest(row['indicator'], indicators)}")
    if row["source"] not in library.sources:
        raise ValueError(f"source {row['source']!r} is not in data/sources.yaml")
    value = float(row["value"]) * factor(row["unit"], indicators[row["indicator"]].unit)
    return Observation(row["region"], row["indicator"], int(row["year"]), value, row["source"], row["confidence"])


def from_facts(library: Library) -> list[Observation]:
    """Return observations that region files hold as facts."""
    return [
        Observation(name, FACTS[fact], entry.year, entry.value * factor(entry.unit, "person"), entry.source, "high")
        for name, region in library.regions.items()
        for fact, entries in region.facts.items()
        if fact in FACTS
        for entry in entries
        if entry.source != ASSUMPTION
    ]


def compare(
    values: Mapping[str, xr.DataArray], observations: list[Observation], library: Library, scenario: str
) -> Iterator[Comparison]:
    """Give comparisons of a scenario with observations of the region, or of the nearest area above that has them."""
    table = {(o.region, o.indicator, o.year): o for o in observations}
    for name, data in values.items():
        for region in data.region.values:
            path = data.sel(region=region, scenario=scenario).dropna("time")
            points = [(int(t), float(v)) for t, v in zip(path.time.values, path.values, strict=True)]
            for year, projected in points[1:]:
                start = points[0]
                item = _nearest(table, library, str(region), name, year, start, projected, data.attrs["units"])
                if item:
                    yield item


def _nearest(
    table: Mapping[tuple[str, str, int], Observation],
    library: Library,
    region: str,
    indicator: str,
    year: int,
    start: tuple[int, float],
    projected: float,
    unit: str,
) -> Comparison | None:
    area: str | None = region
    while area is not None:
        seen, base = table.get((area, indicator, year)), table.get((area, indicator, start[0]))
        if seen and area == region:
            about = (seen.source, seen.confidence, start[0])
            return Comparison(region, indicator, year, area, "level", seen.value, projected, *about)
        if seen and base:
            observed = float(change(base.value, seen.value, unit))
            modelled = float(change(start[1], projected, unit))
            about = (seen.source, seen.confidence, start[0])
            return Comparison(region, indicator, year, area, "change", observed, modelled, *about)
        area = library.parent(area)
    return None
