"""The directions in which levers move what they put out, run against the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from urbsim.engine.contract import Member, Trajectories
from urbsim.errors import InputError, Place, Problem
from urbsim.experiment.forms import outputs
from urbsim.names import identifier
from urbsim.project.behaviour import Direction
from urbsim.project.indicators import Indicator
from urbsim.results import intervals
from urbsim.results.values import values
from urbsim.studies.battery.context import Bench

SHARE = 0.2  # of its range by which a lever is moved
STILL = 0.01  # percent or points: a smaller change is none


@dataclass(frozen=True, slots=True)
class Response:
    """How an indicator responds in a check: its change in each region, in percent or points."""

    direction: Direction
    changes: dict[str, float]

    @property
    def held(self) -> bool:
        """Tell whether the indicator moved in the right direction in every region."""
        sign = 1 if self.direction.moves == "up" else -1
        return all(sign * change > STILL for change in self.changes.values())


def examine(on: Bench, directions: Sequence[Direction]) -> list[Response]:
    """Run every check on every region of the bench, all in one ensemble."""
    bases = list(on.members.values())
    members = [member for item in directions for base in bases for member in pair(on, base, item)]
    items = {item.indicator: on.indicators[item.indicator] for item in directions}
    trajectories = on.run(members, outputs(items))
    if trajectories.failed:
        number, reason = next(iter(trajectories.failed.items()))
        raise InputError(Problem("failed-run", Place("behaviour"), f"run {number} failed: {reason}"))
    data = values(dataset(on, trajectories), items, on.project.model)
    results = []
    for position, item in enumerate(directions):
        series = data[item.indicator].sel(time=item.year).values.reshape(len(directions), len(bases), 2)
        unit = on.indicators[item.indicator].unit
        changes = {
            region: change(after, before, unit)
            for region, (before, after) in zip(on.members, series[position], strict=True)
            if not item.regions or region in item.regions
        }
        results.append(Response(item, changes))
    return results


def pushed(on: Bench, member: Member, lever: str) -> float:
    """Return a lever's value when policy begins, a fifth of its range higher; lower where there is no room above."""
    low, high = on.project.levers[lever].bounds
    key = identifier(on.project.levers[lever].variable)
    points = member.series.get(key)
    value = float(np.interp(on.policy_year - 1, *np.transpose(points)) if points else on.constant(member, key))
    step = SHARE * (high - low)
    return value + step if value + step <= high * (1 + 1e-12) else value - step


def pair(on: Bench, base: Member, item: Direction) -> tuple[Member, Member]:
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


def told(item: Direction, indicator: Indicator) -> str:
    """Return a check as a sentence."""
    unit = "points" if indicator.unit == "percent" else "%"
    return f"{item.lever} = {item.value:g}: {item.indicator} {item.moves} in {item.year}, in {unit}"
