"""From stored series to figures of targets: one track per check, over draws and years.

Arrays have axes (draw, time); without draws the first is 1 long. A draw that failed is NaN and is counted as failed,
never as missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from urbsim.engine.contract import along
from urbsim.experiment.manifest import Manifest, Setting
from urbsim.project.indicators import Indicators
from urbsim.project.levers import Lever
from urbsim.project.targets import PERCENT, Check, Over
from urbsim.units import factor

if TYPE_CHECKING:
    import xarray as xr

FUZZ = 1e-9  # relative to the value, at least absolute: rounding of a run decides no verdict


@dataclass(frozen=True, slots=True)
class Track:
    """Figures of a check, what they must reach, and whether they do; arrays (draw, time)."""

    figure: np.ndarray
    wanted: np.ndarray
    met: np.ndarray


@dataclass(frozen=True)
class BatchSeries:
    """What a batch holds: series by indicator, axes (region, scenario, draw, time), and lever settings by member."""

    regions: tuple[str, ...]
    scenarios: tuple[str, ...]
    times: np.ndarray
    arrays: Mapping[str, np.ndarray]
    items: Indicators
    settings: Mapping[tuple[str, str], Mapping[str, Setting]]
    levers: Mapping[str, Lever]

    def series(self, indicator: str, region: str, scenario: str) -> np.ndarray:
        """Return (draw, time) of an indicator in its own unit."""
        return _double(self.arrays[indicator][self.regions.index(region), self.scenarios.index(scenario)])

    def lever(self, name: str, region: str, scenario: str) -> np.ndarray:
        """Return (1, time) of a lever as it was set: at the end of each year, before it changes for the next."""
        setting = self.settings[region, scenario][name].value
        points = [(self.times[0], setting)] if isinstance(setting, float) else setting
        return along(np.asarray(points, dtype=float), self.times, before=True)[None, :]


def batch_series(
    data: xr.Dataset,
    values: Mapping[str, xr.DataArray],
    items: Indicators,
    levers: Mapping[str, Lever],
    manifest: Manifest,
) -> BatchSeries:
    """Return the part of a batch that scoring needs.

    Parameters
    ----------
    data
        Results of the batch.
    values
        By indicator id, as :func:`urbsim.project.indicators.values` gives them.
    items
        Indicators by id.
    levers
        By id.
    manifest
        Lever settings of each member.
    """
    arrays = {
        name: (array if "draw" in array.dims else array.expand_dims("draw"))
        .transpose("region", "scenario", "draw", "time")
        .values
        for name, array in values.items()
    }
    settings = {(m.region, m.scenario): m.levers for m in manifest.members}
    regions, scenarios = ([str(name) for name in data[dim].values] for dim in ("region", "scenario"))
    return BatchSeries(tuple(regions), tuple(scenarios), data.time.values.astype(int), arrays, items, settings, levers)


def _double(values: np.ndarray) -> np.ndarray:
    """Return numbers in double precision; single ones with the seven digits that they have, so that 0.3 is 0.3."""
    if values.dtype == np.float64:
        return values
    wide = values.astype(float)
    size = np.where(np.isfinite(wide) & (wide != 0), np.abs(wide), 1.0)
    digits = 10.0 ** (6 - np.floor(np.log10(size)))
    doubles: np.ndarray = np.round(wide * digits) / digits
    return doubles


def track(check: Check, batch: BatchSeries, region: str, scenario: str, share: float = 1.0) -> Track:
    """Return the track of a check, each array (draw, time).

    Parameters
    ----------
    check
        What the target compares.
    batch
        Series of indicators and levers.
    region, scenario
        Ids of the member.
    share
        The region's part, from 0 to 1, of a value that is split.
    """
    figure = _figure(check, batch, region, scenario)
    if check.operator in {"rises", "falls"}:
        start = _at(figure, batch.times, check.reading.since)
        return Track(figure, np.broadcast_to(start, figure.shape), _moves(check, figure, start, batch.times))
    value = 100.0 if check.reading.how == "programme" else share * float("nan" if check.value is None else check.value)
    goal = np.broadcast_to(np.asarray(value), figure.shape)
    passes = compare(check, figure, goal)
    if check.every_year:
        passes = np.logical_and.accumulate(passes | (batch.times <= batch.times[0]), axis=1) & passes
    return Track(figure, goal, passes)


def compare(check: Check, figure: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Tell where figures are as wanted, within the tolerance; NaN never is."""
    slack = check.tolerance * np.abs(goal) + FUZZ * np.maximum(1, np.abs(goal))
    if check.operator == ">=":
        return np.asarray(figure >= goal - slack)
    if check.operator == "<=":
        return np.asarray(figure <= goal + slack)
    return np.asarray(np.abs(figure - goal) <= slack)


def every(tracks: Sequence[Track]) -> Track:
    """Join tracks that must all be met: the figure is how many are, the wanted one how many there are."""
    passes = np.stack(np.broadcast_arrays(*(t.met for t in tracks)))
    finite = np.stack(np.broadcast_arrays(*(t.figure for t in tracks)))
    count = np.where(np.isfinite(finite).all(axis=0), passes.sum(axis=0), np.nan)
    return Track(count, np.full(count.shape, float(len(tracks))), np.asarray(passes.all(axis=0)))


def worst(check: Check, tracks: Sequence[Track]) -> Track:
    """Join regions of which each must meet the target: the figure is that of the worst."""
    figures = np.stack([t.figure for t in tracks])
    gaps = figures - np.stack([t.wanted for t in tracks])
    order = -gaps if check.operator in {"<=", "falls"} else np.abs(gaps) * -1 if check.operator in {"=", "~"} else gaps
    gap_missing = ~np.isfinite(order).all(axis=0)
    index = np.argmin(np.where(np.isfinite(order), order, np.inf), axis=0)[None]
    figure = np.where(gap_missing, np.nan, np.take_along_axis(figures, index, 0)[0])
    goal = np.take_along_axis(np.stack([t.wanted for t in tracks]), index, 0)[0]
    return Track(figure, goal, np.stack([t.met for t in tracks]).all(axis=0) & ~gap_missing)


def added(check: Check, tracks: Sequence[Track], shares: Sequence[float], times: np.ndarray) -> Track:
    """Join regions whose figures add up; a programme's are weighted with the regions' parts of it.

    Parameters
    ----------
    check
        What the target compares.
    tracks
        One per region, arrays (draw, time).
    shares
        The regions' parts of the value, in the order of the tracks.
    times
        Ends of years, (time).
    """
    figures, goals = np.stack([t.figure for t in tracks]), np.stack([t.wanted for t in tracks])
    if check.reading.how == "programme":
        weights = np.asarray(shares)[:, None, None] / sum(shares)
        figures, goals = figures * weights, goals * weights
    total, goal = figures.sum(axis=0), goals.sum(axis=0)
    if check.operator in {"rises", "falls"}:
        return Track(total, goal, _moves(check, total, goal[:, :1], times))
    return Track(total, goal, compare(check, total, goal))


def _figure(check: Check, batch: BatchSeries, region: str, scenario: str) -> np.ndarray:
    if check.lever is not None:
        return batch.lever(check.lever, region, scenario)
    name, reading = str(check.indicator), check.reading
    x = batch.series(name, region, scenario)
    own = batch.items[name].unit
    with np.errstate(divide="ignore", invalid="ignore"):
        if reading.how == "programme":
            missing = 100 - x[:, :1]
            return np.where(missing > FUZZ, 100 * (x - x[:, :1]) / missing, np.where(np.isfinite(x), 100.0, np.nan))
        if reading.over is not None:
            x, own = 100 * x / _below(reading.over, own, batch, region, scenario), "percent"
        start = _at(x, batch.times, reading.since)
        years = batch.times - (reading.since or 0)
        if reading.how == "change":
            x = 100 * (x / start - 1)
        elif reading.how == "gain":
            x = x - start
        elif reading.how == "growth":
            x = np.where(years > 0, 100 * ((x / start) ** (1 / np.maximum(years, 1)) - 1), np.nan)
        elif reading.how == "mean":
            x = np.where(years > 0, np.cumsum(np.where(years > 0, x, 0), axis=1) / np.maximum(years, 1), np.nan)
    unit = "percent" if reading.how in PERCENT else own
    return x * factor(unit, check.unit or unit)


def _below(over: Over, own: str, batch: BatchSeries, region: str, scenario: str) -> np.ndarray:
    """Return the divisor of a figure, in the unit of the figure; NaN where neither run nor figure has it."""
    place = over.region or region
    if (place, scenario) in batch.settings and place in batch.regions:
        y = batch.series(over.indicator, place, scenario) * factor(batch.items[over.indicator].unit, own)
        return y if over.year is None else _at(y, batch.times, over.year)
    if over.otherwise is not None:
        return np.full((1, 1), over.otherwise.value * factor(over.otherwise.unit, own))
    return np.full((1, 1), np.nan)


def _at(x: np.ndarray, times: np.ndarray, year: int | None) -> np.ndarray:
    """Return (draw, 1) of a year; NaN where the batch does not have it."""
    places = np.flatnonzero(times == year)
    return x[:, places[:1]] if places.size else np.full((x.shape[0], 1), np.nan)


def _moves(check: Check, figure: np.ndarray, start: np.ndarray, times: np.ndarray) -> np.ndarray:
    sign = 1 if check.operator == "rises" else -1
    far = FUZZ * np.maximum(1, np.abs(start))
    far_enough = sign * (figure - start) > far
    if not check.every_year:
        return np.asarray(far_enough & (times > check.reading.since))
    step = np.diff(figure, axis=1, prepend=figure[:, :1])
    forward = (sign * step > far) | (times <= check.reading.since)
    return np.asarray(far_enough & np.logical_and.accumulate(forward, axis=1))
