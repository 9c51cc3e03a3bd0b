"""Outcomes over a grid of lever values: every combination runs once, all of them in one call of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import xarray as xr

from urbsim.engine.contract import Engine, silent
from urbsim.errors import InputError, MemberError, command_line
from urbsim.experiment import plan as plans
from urbsim.experiment.forms import measure
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.studies.sensitivity import Outcome, outcome_problems


def sweep(
    project: Project,
    engine: Engine,
    region: str,
    scenario: str,
    levers: Mapping[str, Sequence[float]],
    outcomes: Sequence[Outcome],
    calibrations: Mapping[str, Calibration],
) -> xr.Dataset:
    """Return outcomes for every combination of lever values.

    Parameters
    ----------
    project, engine
        What runs, and by what.
    region, scenario
        Where and under which policy.
    levers
        Values of each lever, in its unit, from the first year that nobody has observed; what the scenario says of these
        levers is replaced.
    outcomes
        Indicators with the years at whose end they are read.
    calibrations
        Of the region, by its id.

    Returns
    -------
    xarray.Dataset
        One array for each outcome, such as ``town_residents 2035``, with one axis for each lever.

    Raises
    ------
    InputError
        For unknown names, values out of bounds, and years outside the run.
    MemberError
        Where a combination fails.
    """
    if not levers or not all(len(values) for values in levers.values()):
        raise command_line("option-missing", "a sweep needs values of a lever", "for example levers={'grants': [0, 5]}")
    grid = [dict(zip(levers, values, strict=True)) for values in product(*levers.values())]
    settings = [plans.plan(project, [scenario], [region], None, None, setting) for setting in grid]
    clock = plans.clock(project, settings[0], region, scenario)
    if problems := outcome_problems(project, outcomes, clock):
        raise InputError(problems)
    members = [plans.members(project, plan, calibrations)[0].member for plan in settings]
    items = {name: measure(name, project.indicators[name], project.model) for name, _ in outcomes}
    variables = list(dict.fromkeys(item.variable for item in items.values()))
    span = replace(clock, stop=float(max(year for _, year in outcomes)))
    paths = engine.run(project.model, members, variables, span, silent)
    if paths.failed:
        member, reason = next(iter(paths.failed.items()))
        raise MemberError(f"{len(paths.failed)} of {len(grid)} combinations failed; {grid[member]}: {reason}")
    coords = {
        name: (name, [float(value) for value in values], {"units": project.levers[name].unit})
        for name, values in levers.items()
    }
    shape = tuple(len(values) for values in levers.values())
    arrays = {}
    for name, year in outcomes:
        item, numbers = project.indicators[name], items[name].of(paths.values[items[name].variable])
        column = numbers.reshape(len(grid), len(paths.times))[:, int(np.flatnonzero(paths.times == year)[0])]
        about = {"units": item.unit, "long_name": f"{item.label.en}, {year}"}
        arrays[f"{name} {year}"] = (tuple(levers), column.reshape(shape), about)
    return xr.Dataset(arrays, coords=coords)
