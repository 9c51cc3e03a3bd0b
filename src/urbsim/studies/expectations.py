"""What a modeller expects of each lever: behaviour checks in YAML, run against the model; and that each does anything.

Read as: from a year on the lever is at ``value`` instead of its baseline; by the year named the indicator has moved up
or down by at least ``least`` percent in every region, or in those named (points for percentages). Levers that a lever
needs to act (``together`` in the catalogue) are set in both runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from urbsim.engine.contract import Member, Trajectories
from urbsim.errors import InputError, Place, Problem
from urbsim.experiment.forms import outputs
from urbsim.names import identifier
from urbsim.project.behaviour import Expectation
from urbsim.project.indicators import Indicator
from urbsim.results import intervals
from urbsim.results.values import values
from urbsim.studies.battery.context import Bench

SHARE = 0.2  # of its range by which a lever is moved


@dataclass(frozen=True, slots=True)
class Response:
    """How an indicator responds in a check: its change in each region, in percent or points."""

    expectation: Expectation
    changes: dict[str, float]

    @property
    def held(self) -> bool:
        """Tell whether every region moved far enough in the right direction."""
        sign = 1 if self.expectation.moves == "up" else -1
        return all(sign * change > 0 and abs(change) >= self.expectation.least for change in self.changes.values())


def examine(on: Bench, expectations: Sequence[Expectation]) -> list[Response]:
    """Run every check on every region of the bench, all in one ensemble."""
    bases = list(on.members.values())
    members = [member for item in expectations for base in bases for member in pair(on, base, item)]
    items = {item.indicator: on.indicators[item.indicator] for item in expectations}
    trajectories = on.run(members, outputs(items))
    if trajectories.failed:
        number, reason = next(iter(trajectories.failed.items()))
        raise InputError(Problem("failed-run", Place("behaviour"), f"run {number} failed: {reason}"))
    data = values(dataset(on, trajectories), items, on.project.model)
    results = []
    for position, item in enumerate(expectations):
        series = data[item.indicator].sel(time=item.year).values.reshape(len(expectations), len(bases), 2)
        unit = on.indicators[item.indicator].unit
        changes = {
            region: change(after, before, unit)
            for region, (before, after) in zip(on.members, series[position], strict=True)
            if not item.regions or region in item.regions
        }
        results.append(Response(item, changes))
    return results


@dataclass(frozen=True, slots=True)
class LargestChange:
    """A lever and the indicator that it moves most, relative, in the region where that is least."""

    lever: str
    value: float
    region: str
    indicator: str
    change: float


def pushed(on: Bench, member: Member, lever: str) -> float:
    """Return a lever's value when policy begins, a fifth of its range higher; lower where there is no room above."""
    low, high = on.project.levers[lever].bounds
    key = identifier(on.project.levers[lever].variable)
    points = member.series.get(key)
    value = float(np.interp(on.policy_year - 1, *np.transpose(points)) if points else on.constant(member, key))
    step = SHARE * (high - low)
    return value + step if value + step <= high * (1 + 1e-12) else value - step


def most_moved(on: Bench, least: float) -> list[LargestChange]:
    """Move each lever alone and find the indicator that it moves most by the effect year.

    A lever is moved by a fifth of its range; where that moves nothing by ``least``, to both ends of its range, for
    quotas and ceilings act only where they bind.
    """
    trials, members = [], []
    for lever, item in on.project.levers.items():
        for region, base in on.members.items():
            before = ready(on, base, lever)
            for value in (pushed(on, base, lever), *item.bounds):
                trials.append((lever, region, value))
                members += [before, on.with_lever(before, lever, value)]
    found_all = dataset(on, on.run(members, outputs(on.indicators)))
    data = values(found_all, on.indicators, on.project.model)
    changes = {name: _relative(array.sel(time=slice(None, on.effect_year)).values) for name, array in data.items()}
    moves = []
    for row, (lever, region, value) in enumerate(trials):
        name = max(changes, key=lambda name, row=row: changes[name][row])  # type: ignore[misc]
        moves.append(LargestChange(lever, value, region, name, float(changes[name][row])))
    best: dict[str, LargestChange] = {}
    for first, *ends in zip(moves[::3], moves[1::3], moves[2::3], strict=True):
        best_move = first if first.change > least else max(first, *ends, key=lambda member: member.change)
        if best_move.lever not in best or best_move.change < best[best_move.lever].change:
            best[best_move.lever] = best_move
    return list(best.values())


def _relative(array: np.ndarray) -> np.ndarray:
    """Return the largest change over time in each pair of runs, relative to the largest value of the first."""
    before, after = array[0::2], array[1::2]
    scale = np.abs(before).max(axis=1)
    return np.asarray(np.nan_to_num(np.abs(after - before).max(axis=1) / np.where(scale > 0, scale, np.inf)))


def pair(on: Bench, base: Member, item: Expectation) -> tuple[Member, Member]:
    """Return a member with what a check is given and its lever needs to act, and the same with the lever moved."""
    base = ready(on, base, item.lever)
    for other, level in item.given.items():
        base = on.with_lever(base, other, level)
    return base, on.with_lever(base, item.lever, item.value)


def ready(on: Bench, base: Member, lever: str) -> Member:
    """Return a member with the levers that a lever needs to act."""
    for other, level in on.project.levers[lever].together.items():
        base = on.with_lever(base, other, level)
    return base


def dataset(on: Bench, trajectories: Trajectories) -> xr.Dataset:
    """Return trajectories as a dataset with dims (member, time, *subscripts)."""
    model = on.project.model
    variables = {name: (("member", "time", *model.dims(name)), array) for name, array in trajectories.values.items()}
    dims = dict.fromkeys(dim for name in trajectories.values for dim in model.dims(name))
    return xr.Dataset(
        variables, coords={"time": trajectories.times, **{dim: list(model.elements[dim]) for dim in dims}}
    )


def change(after: float, before: float, unit: str) -> float:
    """Return the change of an indicator: points where it is a percentage, else percent, or as it is from 0."""
    return float(after) if unit != "percent" and before == 0 else float(intervals.change(before, after, unit))


def told(item: Expectation, indicator: Indicator) -> str:
    """Return a check as a sentence."""
    unit = "points" if indicator.unit == "percent" else "%"
    return f"{item.lever} = {item.value:g}: {item.indicator} {item.moves} by {item.least:g} {unit} in {item.year}"
