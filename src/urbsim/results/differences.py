"""What differs between two scenarios of stored batches: results at a year, levers, and everything else.

Differences of draws are paired: both sides ran with the same draws, so each draw gives one difference, and luck that
both share cancels. Sides with other draws have only the difference of their medians.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from urbsim.experiment.manifest import Manifest, Point, Setting
from urbsim.project.indicators import Indicators
from urbsim.project.levers import Lever
from urbsim.results.intervals import columns, medians, relative

if TYPE_CHECKING:
    import xarray as xr

Row = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """One scenario of a stored batch; ``values`` are indicators with dims (region, [draw or quantile,] time)."""

    batch: str
    scenario: str
    manifest: Manifest
    values: Mapping[str, xr.DataArray]
    sample: np.ndarray | None = None

    def levers(self, region: str) -> Mapping[str, Setting]:
        """Return the levers of a region as the manifest holds them."""
        return self.manifest.levers(region, self.scenario)


def paired(a: Side, b: Side) -> bool:
    """Tell whether both sides hold the same draws, not quantiles of them."""
    if any("quantile" in array.dims for side in (a, b) for array in side.values.values()):
        return False
    if a.sample is None or b.sample is None or a.manifest.draws is None or b.manifest.draws is None:
        return False
    same = a.manifest.draws.parameters == b.manifest.draws.parameters
    return same and np.array_equal(a.sample, b.sample)


def rows(a: Side, b: Side, indicators: Indicators, regions: Sequence[str], years: Sequence[int]) -> list[Row]:
    """Return how ``b`` differs from ``a``, one row per region, year and indicator, largest relative difference first.

    ``difference`` is in the unit of the indicator, so in points for percentages; ``relative`` in percent of ``a``.

    Parameters
    ----------
    a, b
        One scenario of a stored batch each.
    indicators
        By id.
    regions
        Ids that both have.
    years
        At whose ends values are read.
    """
    together = paired(a, b)
    ours, theirs = (side.values if together else medians(side.values) for side in (a, b))
    differences = []
    for name in (name for name in ours if name in theirs):
        for region in regions:
            for year in years:
                left, right = (side[name].sel(region=region, time=year).values for side in (ours, theirs))
                if (np.isfinite(left) & np.isfinite(right)).any():
                    head = {"region": region, "year": year, "indicator": name, "unit": indicators[name].unit}
                    differences.append({**head, **_compared(left, right)})
    return sorted(differences, key=_size, reverse=True)


def _size(row: Row) -> float:
    """Return the key by which rows are sorted; a number where there was none counts as larger than any share."""
    if row["relative"] is not None:
        return abs(float(row["relative"]))
    return np.inf if row["difference"] else 0.0


def _compared(left: np.ndarray, right: np.ndarray) -> Row:
    if not left.ndim:
        change = float(right - left)
        return {"a": float(left), "b": float(right), "difference": change, "relative": _percent(change, float(left))}
    there = np.isfinite(left) & np.isfinite(right)
    left, right = left[there], right[there]
    change = right - left
    row: Row = {"a": float(np.median(left)), "b": float(np.median(right)), **columns("difference", change)}
    median = row["difference"]
    row |= columns("relative", relative(change, left)) if left.all() else {"relative": _percent(median, row["a"])}
    return {**row, "same_sign": float((np.sign(change) == np.sign(median)).mean()) if median else None}


def _percent(change: float, base: float) -> float | None:
    """Return a change in percent of a base; of a base of 0, no change is 0 and any other change is None."""
    if change == 0:
        return 0.0
    return float(relative(change, base)) if base else None


def levers(a: Side, b: Side, catalogue: Mapping[str, Lever], regions: Sequence[str]) -> list[Row]:
    """Return the levers that differ, with their values from each year on; regions alike share a row.

    Parameters
    ----------
    a, b
        One scenario of a stored batch each.
    catalogue
        Levers by id.
    regions
        Ids that both have.
    """
    regions_by_lever: dict[tuple[Any, ...], list[str]] = {}
    for region in regions:
        ours, theirs = a.levers(region), b.levers(region)
        for name in (*ours, *(name for name in theirs if name not in ours)):
            lever = catalogue.get(name)
            paths = [by_year(side[name].value, lever) if name in side else None for side in (ours, theirs)]
            if paths[0] != paths[1]:
                key = name, *(tuple(path.items()) if path is not None else None for path in paths)
                regions_by_lever.setdefault(key, []).append(region)
    return [
        {"lever": name, "regions": where, **{side: path if path is None else dict(path) for side, path in sides}}
        for (name, left, right), where in sorted(regions_by_lever.items(), key=lambda item: item[0][0])
        for sides in [(("a", left), ("b", right))]
    ]


def by_year(value: float | Sequence[Point], lever: Lever | None) -> dict[int, float]:
    """Return a lever's value in each year in which it changes; a lever that never does stands under year 0.

    A step is in force from the start of its year, a linear one reaches its value at the end of it: the one is looked
    at in the middle of a year, the other at its end.
    """
    if isinstance(value, float):
        return {0: value}
    times, levels = zip(*value, strict=True)
    moment = 0.5 if lever is None or lever.interpolation == "step" else 0.0
    first, last = int(np.floor(times[0])), int(np.ceil(times[-1])) + 1
    levels_by_year: dict[int, float] = {first: float(levels[0])}
    for year in range(first + 1, last + 1):
        level = float(np.interp(year - moment, times, levels))
        if level != levels_by_year[max(levels_by_year)]:
            levels_by_year[year] = level
    return levels_by_year


def others(a: Side, b: Side) -> list[Row]:
    """Return the other differences between two sides: model, files, draws, versions, rules of an evaluation."""
    differences: list[Row] = []
    sides = [dict(_flat(_about(side))) for side in (a, b)]
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        left, right = (facts.get(key) for facts in sides)
        if left != right:
            differences.append({"what": key, "a": left, "b": right})
    return differences


_SKIPPED = {"format", "id", "members", "ledgers", "failed", "evaluations"}


def _about(side: Side) -> dict[str, Any]:
    manifest = {key: value for key, value in side.manifest.as_dict().items() if key not in _SKIPPED}
    evaluation = (side.manifest.evaluations or {}).get(side.scenario)
    return {**manifest, "evaluation": evaluation.rule if evaluation else None}


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Give what stands in nested tables under names joined by dots."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _flat(part, f"{key}.{name}" if key else str(name))
    else:
        yield key, value
