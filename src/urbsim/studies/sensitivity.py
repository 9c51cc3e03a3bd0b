"""Which parameters an outcome depends on: one at a time, by elementary effects, and by shares of variance.

All three run on one :class:`Study`: a region and a scenario, the uncertain parameters of models/parameters.yaml, and
outcomes as (indicator, year). Parameters count as independent. Indices carry the interval of their sampling error.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from urbsim.engine.contract import Clock, Engine, Progress, silent
from urbsim.errors import EngineError, InputError, MemberError, Place, Problem, nearest
from urbsim.experiment import plan
from urbsim.experiment.draws import Sample, quantile
from urbsim.experiment.forms import outputs
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.scenarios.resolve import MemberValues
from urbsim.results.values import values

Outcome = tuple[str, int]  # indicator, year
_PLACE = Place("study")


@dataclass(frozen=True)
class Study:
    """A region and a scenario as a function from parameters to outcomes."""

    project: Project
    engine: Engine
    members_plan: plan.Plan
    member: MemberValues
    outcomes: tuple[Outcome, ...]
    parameters: tuple[str, ...]

    @property
    def labels(self) -> list[str]:
        """Return outcomes as text, such as ``residents 2035``."""
        return [f"{name} {year}" for name, year in self.outcomes]

    def from_unit(self, unit: np.ndarray) -> np.ndarray:
        """Return values (draw, parameter) from points of the unit cube, through each parameter's distribution."""
        uncertain, model = self.project.parameters, self.project.model
        columns = [quantile(uncertain[n], model, n, unit[:, i]) for i, n in enumerate(self.parameters)]
        return np.stack(columns, axis=1)

    def defaults(self) -> np.ndarray:
        """Return the value of each parameter in the model; 1 where it is a factor."""
        uncertain, model = self.project.parameters, self.project.model
        return np.array([1.0 if uncertain[n].scale else float(model.constant(n)) for n in self.parameters])

    def evaluate(self, numbers: np.ndarray, progress: Progress = silent) -> np.ndarray:
        """Return outcomes (draw, outcome) for values (draw, parameter).

        Raises
        ------
        MemberError
            Where a draw does not give finite numbers.
        """
        factors = tuple(self.project.parameters[n].scale is not None for n in self.parameters)
        sample = Sample(tuple(identifier(n) for n in self.parameters), factors, numbers)
        items = {name: self.project.indicators[name] for name, _ in self.outcomes}
        names = outputs(items)
        results = plan.run(self.project, self.members_plan, [self.member], self.engine, names, progress, sample)
        if results.failed:
            (*_, draw), reason = next(iter(results.failed.items()))
            raise MemberError(f"{len(results.failed)} draws failed; draw {draw}: {reason}")
        by_name = values(results.data, items, self.project.model)
        columns = [by_name[name].isel(region=0, scenario=0).sel(time=year).values for name, year in self.outcomes]
        return np.stack(columns, axis=1)


def study(
    project: Project,
    engine: Engine,
    region: str,
    outcomes: Sequence[Outcome],
    scenario: str = "baseline",
    calibrations: Mapping[str, Calibration] | None = None,
    parameters: Sequence[str] = (),
) -> Study:
    """Return a study of a region and a scenario.

    Parameters
    ----------
    project, engine
        What runs, and by what.
    region, scenario
        Where and under which policy.
    outcomes
        Indicators with the years at whose end they are read.
    calibrations
        Of the region, by its id.
    parameters
        Those that are uncertain; none is all of models/parameters.yaml.

    Raises
    ------
    InputError
        For unknown regions, scenarios, indicators, parameters, and years outside the run.
    """
    members_plan = plan.plan(project, [scenario], [region], None, None, {})
    problems = outcome_problems(project, outcomes, plan.clock(project, members_plan, region, scenario))
    problems += [
        Problem("unknown-name", _PLACE, f"unknown parameter {name!r}", nearest(name, project.parameters))
        for name in parameters
        if name not in project.parameters
    ]
    if problems:
        raise InputError(problems)
    members_plan = replace(members_plan, horizon=max(year for _, year in outcomes))
    member = plan.members(project, members_plan, calibrations or {})[0]
    names = tuple(parameters) or tuple(project.parameters)
    return Study(project, engine, members_plan, member, tuple(outcomes), names)


def outcome_problems(project: Project, outcomes: Sequence[Outcome], clock: Clock) -> list[Problem]:
    """Return the problems of outcomes: indicators that nobody knows, and years outside the run."""
    problems = [
        Problem("unknown-name", _PLACE, f"unknown indicator {name!r}", nearest(name, project.indicators))
        for name, _ in outcomes
        if name not in project.indicators
    ]
    span = f"it goes from {clock.start:g} to {clock.stop:g}"
    return problems + [
        Problem("out-of-bounds", _PLACE, f"year {year} is outside the run", span)
        for _, year in outcomes
        if not clock.start < year <= clock.stop
    ]


def tornado(of: Study, share: float = 0.9) -> xr.Dataset:
    """Move one parameter at a time to the ends of the interval that holds a share of its distribution.

    Returns
    -------
    xarray.Dataset
        ``value`` (outcome, parameter, end), ends low and high of the parameter; ``reference`` (outcome).
    """
    base, count = of.defaults(), len(of.parameters)
    ends = of.from_unit(np.tile([[(1 - share) / 2], [(1 + share) / 2]], (1, count)))
    rows = np.tile(base, (2 * count + 1, 1))
    for i in range(count):
        rows[1 + 2 * i, i], rows[2 + 2 * i, i] = ends[:, i]
    outcomes = of.evaluate(rows)
    value = outcomes[1:].reshape(count, 2, -1).transpose(2, 0, 1)
    coords = {"outcome": of.labels, "parameter": list(of.parameters), "end": ["low", "high"]}
    return xr.Dataset(
        {"value": (("outcome", "parameter", "end"), value), "reference": ("outcome", outcomes[0])}, coords=coords
    )


def sobol(of: Study, count: int, seed: int = 0, resamples: int = 100) -> xr.Dataset:
    """Share the variance of each outcome among parameters (Saltelli and others 2010, through scipy).

    Parameters
    ----------
    count
        A power of two; count x (parameters + 2) runs.

    Returns
    -------
    xarray.Dataset
        ``first`` and ``total`` (outcome, parameter) with the ends of 90 % bootstrap intervals as ``first_low`` ...
    """
    if count < 2 or count & (count - 1):
        raise InputError(Problem("out-of-bounds", _PLACE, f"{count} is not a power of two", "for example 1024"))
    uniform: Any = [stats.uniform()] * len(of.parameters)
    indices = stats.sobol_indices(
        func=lambda unit: of.evaluate(of.from_unit(unit.T)).T, n=count, dists=uniform, rng=np.random.default_rng(seed)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a parameter without any effect has no interval
        spread = indices.bootstrap(confidence_level=0.9, n_resamples=resamples)
    both = {"first": (indices.first_order, spread.first_order), "total": (indices.total_order, spread.total_order)}
    data = {}
    for name, (middle, ends) in both.items():
        for suffix, numbers in (
            ("", middle),
            ("_low", ends.confidence_interval.low),
            ("_high", ends.confidence_interval.high),
        ):
            finite_numbers = np.where(np.isfinite(numbers), numbers, middle)
            data[name + suffix] = (("outcome", "parameter"), np.atleast_2d(finite_numbers))
    return xr.Dataset(data, coords={"outcome": of.labels, "parameter": list(of.parameters)})


def morris(of: Study, trajectories: int, seed: int = 0, levels: int = 4) -> xr.Dataset:
    """Screen parameters by elementary effects (Morris 1991; Campolongo and others 2007, through SALib).

    Parameters
    ----------
    of
        Parameters and outcomes.
    trajectories
        Walks through the ranges, each of parameters + 1 runs.
    seed
        Of the walks.
    levels
        Steps into which each range is cut.

    Returns
    -------
    xarray.Dataset
        ``mean`` of the absolute effects of a step through a parameter's range, ``spread`` (their standard deviation:
        curvature and interaction), ``error`` (90 % interval of the mean), each (outcome, parameter).

    Raises
    ------
    EngineError
        Where SALib is not installed.
    """
    try:
        from SALib.analyze import morris as analysis  # noqa: PLC0415  optional
        from SALib.sample import morris as sampling  # noqa: PLC0415  optional
    except ImportError as error:
        raise EngineError("SALib is not installed; install urbsim[notebooks]") from error
    count = len(of.parameters)
    problem = {"num_vars": count, "names": list(of.parameters), "bounds": [[0.0, 1.0]] * count}
    unit = sampling.sample(problem, trajectories, num_levels=levels, seed=seed)
    outcomes = of.evaluate(of.from_unit(unit))
    parts = [
        analysis.analyze(problem, unit, column, num_levels=levels, conf_level=0.9, seed=seed) for column in outcomes.T
    ]
    data = {
        name: (("outcome", "parameter"), np.array([np.asarray(part[key], dtype=float) for part in parts]))
        for name, key in (("mean", "mu_star"), ("spread", "sigma"), ("error", "mu_star_conf"))
    }
    return xr.Dataset(data, coords={"outcome": of.labels, "parameter": list(of.parameters)})
