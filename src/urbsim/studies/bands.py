"""The judge of bands: effects of levers against the evidence, at the model's own parameters and over draws of them.

All pairs of a region are members of one ensemble, so that a run that several pairs need is made once; draws have the
same values in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from urbsim.engine.contract import Draws
from urbsim.errors import InputError, Place, Problem
from urbsim.experiment.draws import applied, draw
from urbsim.project.bands import Band, Measurement
from urbsim.project.behaviour import Limits
from urbsim.results.intervals import relative
from urbsim.studies.bandruns import Readings, Runs, read
from urbsim.studies.battery.context import Bench


@dataclass(frozen=True, slots=True)
class Effect:
    """What a pair does in a region and a year, and the share of the draws in which that is inside its band."""

    band: Band
    region: str
    year: int
    value: float
    share: float
    limit: float

    @property
    def inside(self) -> bool:
        """Tell whether the value and enough of the draws are inside the band."""
        return self.value_inside and self.share >= self.limit

    @property
    def value_inside(self) -> bool:
        """Tell whether the value at the model's own parameters is inside the band."""
        return bool(_within(np.array(self.value), self.band.bands[self.year]))

    @property
    def excused(self) -> str:
        """Return why the model is known to miss the band, or nothing."""
        return self.band.misses.get(self.year, "")

    def as_dict(self) -> dict[str, Any]:
        """Return what a table shows."""
        low, central, high = self.band.bands[self.year]
        words = {True: "inside", False: "outside" if not self.value_inside else "too few draws"}
        return {
            "pair": self.band.pair,
            "region": self.region,
            "year": self.year,
            "value": self.value,
            "low": low,
            "central": central,
            "high": high,
            "draws_inside": self.share,
            "verdict": words[self.inside],
            "reason": self.excused,
        }


def judge(on: Bench, bands: Sequence[Band], limits: Limits) -> list[Effect]:
    """Return the effects of all pairs, in the regions of the bench that they name.

    Raises
    ------
    InputError
        For a year that the run does not reach, and for runs that fail at the model's own parameters.
    """
    _reached(on, bands)
    results: list[Effect] = []
    for region, base in on.members.items():
        mine = [band for band in bands if region in band.regions]
        runs = Runs()
        pairs = [(runs.row(on, base, b.given), runs.row(on, base, b.given, b.levers)) for b in mine]
        if not mine:
            continue
        sample = draw(on.project.parameters, on.project.model, limits.draws, limits.seed)
        own = read(on, region, mine, runs, Draws())
        samples = read(on, region, mine, runs, applied(sample, on.project.model, base))
        for band, (before, after) in zip(mine, pairs, strict=True):
            for year, limit in band.bands.items():
                value = float(_effect(on, band, own, before, after, year)[0])
                share = float(np.mean(_within(_effect(on, band, samples, before, after, year), limit)))
                results.append(Effect(band, region, year, value, share, limits.inside))
    order = {band.pair: position for position, band in enumerate(bands)}
    return sorted(results, key=lambda effect: order[effect.band.pair])


def _reached(on: Bench, bands: Sequence[Band]) -> None:
    """Refuse years that the runs do not reach."""
    problems = [
        Problem("failed-run", Place("behaviour"), f"{band.pair} is read in {year}, and runs end in {on.clock.stop:g}")
        for band in bands
        for year in band.bands
        if year > on.clock.stop
    ]
    if problems:
        raise InputError(problems)


def _effect(on: Bench, band: Band, readings: Readings, before: int, after: int, year: int) -> np.ndarray:
    """Return what a pair does in a year, in each draw; NaN where it is divided by nothing."""
    value = _number(on, band, readings, before, after, year)
    if band.per is None:
        return value
    divisor = _number(on, band.per, readings, before, after, band.per.year or year)
    return np.asarray(value / np.where(divisor == 0, np.nan, divisor))


def _number(on: Bench, item: Measurement, readings: Readings, before: int, after: int, year: int) -> np.ndarray:
    first = on.policy_year if item.total else year
    columns = slice(int(first - on.clock.start), int(year - on.clock.start) + 1)

    def total(name: str, row: int) -> np.ndarray:
        return np.asarray(readings[name][row, :, columns].sum(axis=1))

    old, new = total(item.indicator, before), total(item.indicator, after)
    match item.measure:
        case "change":
            return new - old if on.indicators[item.indicator].unit == "percent" else relative(new - old, old)
        case "difference":
            return relative(new - old, total(item.of, before)) if item.of else new - old
        case "level":
            return relative(new, total(item.of, after)) if item.of else new
        case "drift":
            return np.asarray(new - readings[item.indicator][after, :, int(on.policy_year - 1 - on.clock.start)])


def _within(numbers: np.ndarray, band: Sequence[float]) -> np.ndarray:
    """Tell which numbers are inside a band, rounding apart; NaN is not."""
    low, _, high = band
    slack = 1e-9 * max(1.0, abs(low), abs(high))
    return np.asarray((numbers >= low - slack) & (numbers <= high + slack))


def regions_of(bands: Sequence[Band]) -> list[str]:
    """Return the regions that bands name, each once."""
    return list(dict.fromkeys(region for band in bands for region in band.regions))


def failures(effects: Sequence[Effect]) -> Iterator[Effect]:
    """Give the effects outside their band without a known reason, and those inside that are said to miss it."""
    stale = {
        (e.band.pair, e.year)
        for e in effects
        if e.excused and all(other.inside for other in effects if (other.band, other.year) == (e.band, e.year))
    }
    for effect in effects:
        if (not effect.inside and not effect.excused) or (effect.band.pair, effect.year) in stale:
            yield effect
