"""Where a target is scored: its region, the counties of a city, several counties each and jointly.

A total of a city is split over counties by facts of the base year; a rate holds for each of them. A city that is run
is scored itself, and its counties besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from urbsim.project.project import Project
from urbsim.project.regions.facts import converted, figure
from urbsim.project.targets import Target, Targets


@dataclass(frozen=True, slots=True)
class ScorePlace:
    """Where a row is scored: one region or several, each with its part of a value that is split."""

    name: str
    parts: tuple[tuple[str, float], ...]


def parts(row: Target, targets: Targets) -> list[str]:
    """Return the regions that a row's place consists of."""
    place = targets.places.get(row.region)
    return list(place.regions) if place and place.regions else [row.region]


def score_places(row: Target, targets: Targets, project: Project, regions: Sequence[str]) -> Iterator[ScorePlace]:
    """Give where a row can be scored: its region, counties of a city with their parts, several counties jointly.

    Parameters
    ----------
    row
        The target.
    targets
        All of them, with the places that they name.
    project
        Facts of regions, and the areas above them.
    regions
        Ids of a batch.
    """
    place = targets.places.get(row.region)
    if place and place.everywhere:
        yield from (ScorePlace(region, ((region, 1.0),)) for region in regions)
        return
    names = parts(row, targets)
    whole, split = len(names) == 1, splits(row)
    here = [part for part in names if part in regions]
    shares = {part: 1.0 if whole or not split else share(row, part, names, project) for part in here}
    known_shares = {part: part_share for part, part_share in shares.items() if part_share is not None}
    yield from (ScorePlace(part, ((part, part_share),)) for part, part_share in known_shares.items())
    if not whole and set(known_shares) == set(names):
        yield ScorePlace(row.region, tuple(known_shares.items()))
    if whole and row.allocation is not None:
        for region in regions:
            if region != row.region and row.region in _above(region, project):
                part = share(row, region, names, project) if split else 1.0
                if part is not None:
                    yield ScorePlace(region, ((region, part),))


def concerns(row: Target, targets: Targets, project: Project, regions: Sequence[str]) -> bool:
    """Tell whether a row's place is, holds or is part of one of the regions.

    Parameters
    ----------
    row
        The target.
    targets
        All of them, with the places that they name.
    project
        Facts of regions, and the areas above them.
    regions
        Ids of a batch.
    """
    place = targets.places.get(row.region)
    around = {name for region in regions for name in (region, *_above(region, project))}
    return bool(place and place.everywhere) or bool({row.region, *parts(row, targets)} & around)


def _above(region: str, project: Project) -> Iterator[str]:
    name = project.parent(region)
    while name is not None:
        yield name
        name = project.parent(name)


def share(row: Target, region: str, whole: Sequence[str], project: Project) -> float | None:
    """Return a region's part of the whole by the facts of an allocation; None where a fact or a region is missing.

    Parameters
    ----------
    row
        The target, with its allocation.
    region
        Id.
    whole
        Ids of the regions that share the value.
    project
        Facts of regions in their base years.
    """
    allocation = row.allocation
    if allocation is None or allocation.by == "rate":
        return 1.0
    names = {region, *project.regions}
    own = _facts(region, allocation.by, project)
    each = [_facts(part, allocation.by, project) if part in names else None for part in whole]
    total = allocation.total or (sum(p for p in each if p) if all(p is not None for p in each) else None)
    return own / total if own is not None and total else None


def _facts(region: str, names: Sequence[str], project: Project) -> float | None:
    file = project.regions[region]
    facts = [(name, figure(file.facts, name, file.base_year)) for name in names]
    return sum(converted(name, fact) for name, fact in facts if fact) if all(fact for _, fact in facts) else None


def splits(row: Target) -> bool:
    """Tell whether a row's value is a total that is split over regions, and whose figures add up."""
    return row.allocation is not None and row.allocation.by != "rate"


def goal(row: Target, place: ScorePlace) -> float:
    """Return the document's value for a place: a county's part of a total that is split, or the value itself."""
    return (row.value or 0.0) * (sum(part for _, part in place.parts) if splits(row) else 1.0)
