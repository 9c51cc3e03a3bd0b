"""What was observed after the base year, beside what a batch projected.

Facts of later censuses and data/observations/*.csv count. Where a region has no figure of its own, those of the areas
above it are compared as changes since the base year, for a county need not move like its province.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from urbsim.project.observations import Observation
from urbsim.project.project import Project
from urbsim.project.regions.facts import ASSUMPTION
from urbsim.results.intervals import change
from urbsim.units import factor

if TYPE_CHECKING:
    import xarray as xr

FACTS = {"residents": "residents", "urban_residents": "town_residents"}  # fact -> indicator


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


def from_facts(project: Project, regions: Sequence[str] = ()) -> list[Observation]:
    """Return observations that regions hold as facts: those that are listed, and those named."""
    return [
        Observation(name, FACTS[fact], entry.year, entry.value * factor(entry.unit, "person"), entry.source, "high")
        for name in dict.fromkeys([*project.regions, *regions])
        for fact, entries in project.regions[name].facts.items()
        if fact in FACTS
        for entry in entries
        if entry.source != ASSUMPTION
    ]


def compare(
    values: Mapping[str, xr.DataArray], observations: list[Observation], project: Project, scenario: str
) -> Iterator[Comparison]:
    """Give comparisons of a scenario with observations of the region, or of the nearest area above that has them.

    Parameters
    ----------
    values
        Dims (region, scenario, time), ends of years, by indicator id.
    observations
        Of regions and of areas above them.
    project
        Which areas lie above a region.
    scenario
        Id.
    """
    table = {(o.region, o.indicator, o.year): o for o in observations}
    for name, data in values.items():
        for region in data.region.values:
            path = data.sel(region=region, scenario=scenario).dropna("time")
            points = [(int(t), float(v)) for t, v in zip(path.time.values, path.values, strict=True)]
            for year, projection in points[1:]:
                start = points[0]
                item = _nearest(table, project, str(region), name, year, start, projection, data.attrs["units"])
                if item:
                    yield item


def _nearest(
    table: Mapping[tuple[str, str, int], Observation],
    project: Project,
    region: str,
    indicator: str,
    year: int,
    start: tuple[int, float],
    projection: float,
    unit: str,
) -> Comparison | None:
    area: str | None = region
    while area is not None:
        observation, base = table.get((area, indicator, year)), table.get((area, indicator, start[0]))
        if observation and area == region:
            about = (observation.source, observation.confidence, start[0])
            return Comparison(region, indicator, year, area, "level", observation.value, projection, *about)
        if observation and base:
            real_change = float(change(base.value, observation.value, unit))
            model_change = float(change(start[1], projection, unit))
            about = (observation.source, observation.confidence, start[0])
            return Comparison(region, indicator, year, area, "change", real_change, model_change, *about)
        area = project.parent(area)
    return None
