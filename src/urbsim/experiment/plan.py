"""A batch: regions x scenarios as members, run by an engine, as one dataset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from urbsim.engine.contract import Clock, Draws, Engine, Progress, Trajectories
from urbsim.errors import InputError, Place, Problem, command_line
from urbsim.experiment.calls import calls
from urbsim.experiment.draws import Sample, applied
from urbsim.experiment.selection import select
from urbsim.experiment.storage.form import described
from urbsim.experiment.typed import too_late, typed_settings, with_years
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.regions.initial import derive
from urbsim.project.scenarios.resolve import MemberValues, compared, resolve
from urbsim.project.setting import Given, Setting

LARGEST = 8 << 30  # bytes of a batch's results
LONGEST = 100  # years of a run: beyond a lifetime nothing of the base year says anything
RunKey = tuple[str, str, int | None]  # region, scenario, draw


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: region and scenario pairs in order, clocks, and settings of the command line."""

    pairs: tuple[tuple[str, str], ...]
    base_year: int | None = None
    horizon: int | None = None
    step: float = 0.0625
    typed: Mapping[str, Setting] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()  # templates with blanks that scenarios name

    @property
    def regions(self) -> list[str]:
        """Return the regions, each once, in order."""
        return list(dict.fromkeys(region for region, _ in self.pairs))

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios, each once, in order."""
        return list(dict.fromkeys(scenario for _, scenario in self.pairs))


def plan(
    project: Project,
    scenarios: Sequence[str],
    regions: Sequence[str],
    base_year: int | None,
    horizon: int | None,
    typed: Mapping[str, Given],
    step: float = 0.0625,
) -> Plan:
    """Return the members to run; without names, every scenario for every region it names.

    Parameters
    ----------
    project
        Scenarios, regions and levers.
    scenarios
        Names, folders or files; see :func:`urbsim.experiment.selection.select`.
    regions
        Names or ids; none is those that each scenario names.
    base_year
        Year at whose end runs start; None is that of each region.
    horizon
        Last year of the runs; None is that of each scenario.
    typed
        Lever values by id that hold in all members, from the years given or from the first that nobody has observed.
    step
        Of time, in years.

    Raises
    ------
    InputError
        For unknown names, lever values and years out of bounds, and a scenario that names none of the regions asked
        for.
    """
    lever_settings = typed_settings(typed, project.levers)
    selection = select(project, scenarios, regions)
    members = Plan(selection.pairs, base_year, horizon, step, left_out=selection.left_out)
    clocks = [clock(project, members, region, name) for region, name in members.pairs]
    by_scenario = {(name, span): None for (_, name), span in zip(members.pairs, clocks, strict=True)}
    if problems := [problem for name, span in by_scenario for problem in too_late(project, name, span)]:
        raise InputError(problems)
    return replace(members, typed=with_years(lever_settings, project, clocks))


def clock(project: Project, plan: Plan, region: str, scenario: str) -> Clock:
    """Return a member's clock.

    Parameters
    ----------
    project
        Regions with their base years, scenarios with their horizons.
    plan
        Years that go before these, and the step.
    region, scenario
        Ids of the member.

    Raises
    ------
    InputError
        Where the horizon is not after the base year, or too long after it.
    """
    start = plan.base_year or project.regions[region].base_year
    stop = plan.horizon or project.scenarios[scenario].horizon
    if stop <= start:
        raise InputError(
            Problem(
                "out-of-bounds", Place("command line"), f"horizon {stop} is not after the base year {start} of {region}"
            )
        )
    if stop - start > LONGEST:
        message = f"horizon {stop} lies more than {LONGEST} years after the base year {start} of {region}"
        raise command_line("out-of-bounds", message, f"give {start + LONGEST} or less")
    return Clock(start, stop, plan.step)


def members(project: Project, plan: Plan, calibrations: Mapping[str, Calibration]) -> list[MemberValues]:
    """Return the values of every member, in the order of the plan."""
    result = []
    for region, scenario in plan.pairs:
        span = clock(project, plan, region, scenario)
        file = project.regions[region]
        inputs = derive(file, project.file(region), project.typical, project.estimates, project.model, int(span.start))
        calibration = calibrations.get(region) or project.mean_calibration(int(span.start))
        policy = project.policy(scenario, int(span.start))
        values = resolve(
            project.model, file, inputs, policy, project.levers, span, calibration, plan.typed, project.classes
        )
        result.append(compared(values, project.elsewhere(int(span.start))))
    return result


@dataclass(frozen=True)
class Results:
    """A batch that has run: data with dims (region, scenario, [draw,] time, *subscripts), and members that failed."""

    data: xr.Dataset
    failed: Mapping[RunKey, str]


def run(
    project: Project,
    plan: Plan,
    member_values: Sequence[MemberValues],
    engine: Engine,
    outputs: Sequence[str],
    progress: Progress,
    sample: Sample | None = None,
) -> Results:
    """Run a plan in memory, with each draw of a sample where there is one.

    A pair that is not in the plan, and a member that fails, is NaN. For the disk, see
    :mod:`urbsim.experiment.storage.blocks`.

    Parameters
    ----------
    project, plan
        What runs.
    member_values
        One for each pair of the plan, in its order.
    engine
        What runs it.
    outputs
        Names of variables to return.
    progress
        Is called with the number of runs that have ended since the last call.
    sample
        Draws of parameters.
    """
    model = project.model
    clocks, times = span_of(project, plan)
    draws = (sample.count,) if sample else ()
    shape = (len(plan.regions), len(plan.scenarios), *draws, len(times))
    _fits(math.prod(shape) * sum(math.prod(model.shape(name)) for name in outputs) * 8)
    arrays = {name: np.full((*shape, *model.shape(name)), np.nan) for name in outputs}
    failures: dict[RunKey, str] = {}
    apart = [
        (region if sample else None, index if member_values[index].paths else None)
        for index, (region, _) in enumerate(plan.pairs)
    ]
    for indexes in calls(clocks, apart):
        span, members = clocks[indexes[0]], [member_values[i].member for i in indexes]
        member_draws = applied(sample, model, members[0], member_values[indexes[0]].paths) if sample else Draws()
        part = engine.run(model, members, outputs, span, progress, member_draws)
        for row, reason in part.failed.items():
            for values in part.values.values():
                values[row] = np.nan
            position, number = divmod(row, sample.count) if sample else (row, None)
            failures[(*plan.pairs[indexes[position]], number)] = reason
        for position, index in enumerate(indexes):
            region, scenario = plan.pairs[index]
            at = plan.regions.index(region), plan.scenarios.index(scenario)
            _place(arrays, part, position, draws, at, int(span.start - times[0]))
    return Results(_dataset(project, plan, times, arrays, sample), failures)


def span_of(project: Project, plan: Plan) -> tuple[list[Clock], np.ndarray]:
    """Return the clock of each member, and the times of the results: from the first start to the last stop."""
    clocks = [clock(project, plan, region, scenario) for region, scenario in plan.pairs]
    return clocks, np.arange(min(c.start for c in clocks), max(c.stop for c in clocks) + 1)


def _fits(size: int) -> None:
    """Refuse a batch whose results would not fit in memory.

    Raises
    ------
    InputError
        With its size.
    """
    if size > LARGEST:
        message = f"the results would take {size / 2**30:.1f} GiB of memory, more than {LARGEST / 2**30:.0f}"
        raise command_line("too-large", message, "take fewer draws, regions or scenarios")


def _place(
    arrays: Mapping[str, np.ndarray],
    part: Trajectories,
    position: int,
    draws: tuple[int, ...],
    at: tuple[int, int],
    offset: int,
) -> None:
    for name, array in arrays.items():
        values = part.values[name]
        if draws:
            rows = values[position * draws[0] : (position + 1) * draws[0]]
            array[at[0], at[1], :, offset : offset + rows.shape[1]] = rows
        else:
            array[at[0], at[1], offset : offset + values.shape[1]] = values[position]


def _dataset(
    project: Project, plan: Plan, times: np.ndarray, arrays: Mapping[str, np.ndarray], sample: Sample | None
) -> xr.Dataset:
    model = project.model
    lead = ("region", "scenario", *(("draw",) if sample else ()), "time")
    data = frame(project, plan, times, [dim for name in arrays for dim in model.dims(name)], sample)
    return data.assign(
        {name: ((*lead, *model.dims(name)), array, described(model, name)) for name, array in arrays.items()}
    )


def frame(
    project: Project,
    plan: Plan,
    times: np.ndarray,
    dims: Sequence[str],
    sample: Sample | None,
    shares: Sequence[float] = (),
) -> xr.Dataset:
    """Return the results of a plan without their arrays: coordinates, and the values of the parameters in draws.

    Parameters
    ----------
    project, plan
        Names and titles of regions and scenarios.
    times
        Ends of years, (time).
    dims
        Subscripts of the arrays to come.
    sample
        Draws of parameters; they stand in the dataset by name.
    shares
        Shares of draws below each quantile, where quantiles are stored.
    """
    model = project.model
    variables: dict[str, object] = {}
    coords: dict[str, object] = {
        "region": ("region", plan.regions, {"long_name": "Region"}),
        "scenario": ("scenario", plan.scenarios, {"long_name": "Scenario"}),
        "time": ("time", times.astype(float), {"units": "year", "long_name": "End of year"}),
        "region_name": ("region", [project.regions[r].name.en for r in plan.regions]),
        "region_name_zh": ("region", [project.regions[r].name.zh for r in plan.regions]),
        "scenario_title": ("scenario", [project.scenarios[s].title.en for s in plan.scenarios]),
        "scenario_title_zh": ("scenario", [project.scenarios[s].title.zh for s in plan.scenarios]),
        **{dim: (dim, list(model.elements[dim])) for dim in dict.fromkeys(dims)},
    }
    if shares:
        coords["quantile"] = ("quantile", list(shares), {"long_name": "Share of draws below"})
    if sample:
        about = "Value in a draw; for a parameter with elements or points a factor on all of them"
        variables["parameter_value"] = (("draw", "parameter"), sample.values, {"long_name": about})
        coords["draw"] = ("draw", np.arange(sample.count), {"long_name": "Draw"})
        coords["parameter"] = ("parameter", [model.variable(name).spelled for name in sample.names])
        coords["is_factor"] = ("parameter", list(sample.factors))
    return xr.Dataset(variables, coords=coords)
