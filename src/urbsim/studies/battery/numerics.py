"""How far the results depend on the time step.

Euler's error falls with the step. Outcomes at the model's step must be as at 1/64 year, and no outcome may grow with
one step and fall with another. Runge-Kutta is no way out: the yearly age shift is a pulse of one Euler step.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from urbsim.engine.contract import Clock
from urbsim.experiment.forms import outputs
from urbsim.project.indicators import Indicators
from urbsim.results.values import values
from urbsim.studies.battery.context import BatteryVerdict, Bench
from urbsim.studies.expectations import dataset

STEPS = (1 / 8, 1 / 16, 1 / 32, 1 / 64)
RELATIVE, POINTS = 0.005, 0.5

Outcomes = Mapping[str, xr.DataArray]


def time_step(on: Bench) -> BatteryVerdict:
    """Compare headline outcomes at several time steps with those at the finest."""
    items = {name: item for name, item in on.indicators.items() if item.headline}
    steps = sorted({*STEPS, on.clock.step}, reverse=True)
    runs = {step: _outcomes(on, items, step) for step in steps}
    fine = runs[steps[-1]]
    errors = {step: {name: _error(items, name, runs[step][name], fine[name]) for name in fine} for step in steps[:-1]}
    own = errors[on.clock.step]
    place = max(own, key=lambda name: own[name])
    errors_by_step = ", ".join(
        f"1/{1 / step:g}: {100 * RELATIVE * max(of.values()):.2g} %" for step, of in errors.items()
    )
    turns = [name for name in fine if _turns(runs[on.clock.step][name], fine[name])]
    details = [f"{name}: {100 * RELATIVE * share:.2g} %" for name, share in own.items() if not share < 1]
    details += [f"{name}: grows with one step and falls with another" for name in turns]
    note = f"{errors_by_step} against 1/{1 / steps[-1]:g}; largest in {place}"
    limit = f"{100 * RELATIVE:g} % or {POINTS:g} points"
    return BatteryVerdict(
        "time step", len(fine), "outcomes", own[place] * RELATIVE, limit, not details, note, tuple(details)
    )


def _outcomes(on: Bench, items: Indicators, step: float) -> Outcomes:
    clock = Clock(on.clock.start, on.clock.stop, step)
    trajectories = on.run(list(on.members.values()), outputs(items), clock)
    return values(dataset(on, trajectories), items, on.project.model)


def _error(items: Indicators, name: str, coarse: xr.DataArray, fine: xr.DataArray) -> float:
    """Return the largest difference over what is allowed."""
    if items[name].unit == "percent":
        return float(abs(coarse - fine).max()) / POINTS
    # a gap that closes has no relative error
    return float((abs(coarse - fine) / np.maximum(abs(fine), abs(fine).max("time") * 0.2)).max()) / RELATIVE


def _turns(coarse: xr.DataArray, fine: xr.DataArray) -> bool:
    """Tell whether growth over the run has another sign; growth within the error that is allowed has none."""
    first, second = (array.values[:, -1] - array.values[:, 0] for array in (coarse, fine))
    room = RELATIVE * np.abs(fine.values).max(axis=1)
    return bool(((first * second < 0) & (np.minimum(np.abs(first), np.abs(second)) > room)).any())
