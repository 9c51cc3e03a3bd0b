"""The policy table: what each lever alone does to each headline indicator in each region, and how sure that is.

Each lever is moved by a fifth of its range from the policy year of models/battery.yaml on (down where there is no room
above); levers that it needs to act are set in both runs. An effect is the difference from the baseline in the effect
year of that file, in percent, for indicators in percent in points: at the model's own parameters, and as interval over
draws of all uncertain parameters. Both runs have the same draws, so the interval is that of the effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from urbsim.engine.contract import Clock, Draws, Member, Progress
from urbsim.experiment.draws import applied, draw
from urbsim.experiment.forms import outputs
from urbsim.names import identifier
from urbsim.project.indicators import Indicators
from urbsim.results.intervals import interval, relative
from urbsim.results.values import values
from urbsim.studies.battery.context import Bench
from urbsim.studies.expectations import dataset, pushed, ready

DRAWS = 60


@dataclass(frozen=True, slots=True)
class Effect:
    """One cell of the table; ``unit`` is percent or points, ``low`` and ``high`` hold 90 % of the draws."""

    region: str
    lever: str
    value: float
    indicator: str
    effect: float
    low: float
    high: float
    unit: str

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def effects(on: Bench, progress: Progress, count: int = DRAWS, seed: int = 0) -> Iterator[Effect]:
    """Give the effects of all levers, by region, lever and indicator.

    Parameters
    ----------
    on
        Model, regions and base members.
    progress
        Is called with the number of runs that have ended since the last call.
    count
        Number of draws, 2 or more.
    seed
        Of the draws.

    Raises
    ------
    InputError
        For fewer than two draws and a negative seed.
    """
    items = {name: item for name, item in on.indicators.items() if item.headline}
    sample = draw(on.project.parameters, on.project.model, count, seed)
    for region, base in on.members.items():
        pushes = {lever: pushed(on, base, lever) for lever in on.project.levers}
        starts = {lever: ready(on, base, lever) for lever in pushes}
        needy = [lever for lever, member in starts.items() if member is not base]
        first = dict.fromkeys(pushes, 0) | {lever: row for row, lever in enumerate(needy, start=1 + len(pushes))}
        members = [base, *(on.with_lever(starts[lever], lever, value) for lever, value in pushes.items())]
        members += [starts[lever] for lever in needy]
        own = _finals(on, items, members, Draws(), progress)
        finals = _finals(on, items, members, applied(sample, on.project.model, base), progress)
        for row, (lever, value) in enumerate(pushes.items(), start=1):
            for name, item in items.items():
                points = item.unit == "percent"
                effect = float(_differences(own[name][row], own[name][first[lever]], points)[0])
                low, _, high = interval(_differences(finals[name][row], finals[name][first[lever]], points))
                yield Effect(region, lever, value, name, effect, low, high, "points" if points else "percent")


def _finals(
    on: Bench, file: Indicators, members: Sequence[Member], draws: Draws, progress: Progress
) -> Mapping[str, np.ndarray]:
    """Return each indicator in the year of the table, (member, draw)."""
    model = on.project.model
    names = list(dict.fromkeys(identifier(name) for name in outputs(file)))
    year = on.effect_year
    clock = Clock(on.clock.start, year, on.clock.step, year - on.clock.start)
    trajectories = on.engine.run(model, members, names, clock, progress, draws)
    data = values(dataset(on, trajectories), file, model)
    return {name: array.sel(time=year).values.reshape(len(members), draws.count) for name, array in data.items()}


def _differences(after: np.ndarray, before: np.ndarray, points: bool) -> np.ndarray:
    """Return differences in points or percent; nothing in percent of nothing is NaN."""
    return np.asarray(after - before) if points else relative(after - before, before)
