"""How far each lever reaches: the indicator that it moves most, and the most that it moves of another group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from urbsim.experiment.forms import outputs
from urbsim.results.values import values
from urbsim.studies.battery.context import Bench
from urbsim.studies.expectations import dataset, pushed, ready


@dataclass(frozen=True, slots=True)
class Reach:
    """The indicator that a lever moves most in a region, and that of another group, relative to their largest values.

    ``value`` is where the lever stands. Without an indicator of another group that moves, ``other`` is empty.
    """

    lever: str
    value: float
    region: str
    indicator: str
    change: float
    other: str = ""
    other_change: float = 0.0


def reaches(on: Bench, least: float) -> list[Reach]:
    """Move each lever alone and find what it moves most by the effect year, in every region.

    A lever is moved by a fifth of its range; where that moves nothing by ``least``, to the end of its range that moves
    more, for quotas and ceilings act only where they bind.
    """
    trials, members = [], []
    for lever, item in on.project.levers.items():
        for region, base in on.members.items():
            before = ready(on, base, lever)
            for value in (pushed(on, base, lever), *item.bounds):
                trials.append((lever, region, value))
                members += [before, on.with_lever(before, lever, value)]
    data = values(dataset(on, on.run(members, outputs(on.indicators))), on.indicators, on.project.model)
    changes = {name: _relative(array.sel(time=slice(None, on.effect_year)).values) for name, array in data.items()}
    all_reaches = [
        _reach(on, trial, {name: float(array[row]) for name, array in changes.items()})
        for row, trial in enumerate(trials)
    ]
    return [_best(all_reaches[row : row + 3], least) for row in range(0, len(all_reaches), 3)]


def _reach(on: Bench, trial: tuple[str, str, float], changes: Mapping[str, float]) -> Reach:
    lever, region, value = trial
    name = max(changes, key=lambda name: changes[name])
    group = on.indicators[name].group
    others = {key: change for key, change in changes.items() if on.indicators[key].group != group and change > 0}
    other = max(others, key=lambda key: others[key], default="")
    return Reach(lever, value, region, name, changes[name], other, others.get(other, 0.0))


def _best(trials: Sequence[Reach], least: float) -> Reach:
    """Return the push where that suffices, else the end of the range that reaches further."""
    first = trials[0]
    return first if first.change > least and first.other_change > least else max(trials, key=_size)


def _size(reach: Reach) -> tuple[float, float]:
    return min(reach.change, reach.other_change), reach.change


def _relative(array: np.ndarray) -> np.ndarray:
    """Return the largest change over time in each pair of runs, relative to the largest value of the first."""
    before, after = array[0::2], array[1::2]
    scale = np.abs(before).max(axis=1)
    return np.asarray(np.nan_to_num(np.abs(after - before).max(axis=1) / np.where(scale > 0, scale, np.inf)))
