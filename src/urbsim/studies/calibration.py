"""Fit a region's migration to what two censuses say: replay 2010 to 2020, then move five constants.

Exits at 10 to 24, exits at other ages, returns, moves to towns and arrivals are fitted, as factors on what sixteen
facts of 2010 say, with a log-normal prior around 1 (maximum a posteriori, Gauss-Newton through scipy). The spread of
the prior is that of the estimated county effects. The fit holds what the facts do not explain, a county's own part of
the error; that part was 10 % of residents after ten years on 823 counties, so a fit far from 1 asks for a look at the
facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from urbsim.engine.contract import Clock, Engine, Member
from urbsim.errors import InputError, MemberError, Place, Problem
from urbsim.names import identifier
from urbsim.project.calibrations import CalibrationFile, Fit, FittedConstant
from urbsim.project.project import Project
from urbsim.project.regions.initial import derive
from urbsim.project.scenarios.resolve import resolve

START, END = 2010, 2020
PRIOR_SD = {
    "exit adjustment of students": 0.2,
    "exit adjustment of others": 0.45,
    "return adjustment": 0.45,
    "move adjustment": 0.55,
    "outside arrival fraction": 0.6,
}  # of logs: the spread of the county effects that were estimated; students leave everywhere, hence less
PASSING = ("outside arrival fraction",)  # fitted for the replay only: an assumption of each base year
OBSERVED_SD = {
    "residents": 0.01,
    "town residents": 0.015,
    "residents from other counties, in towns": 0.10,
    "residents aged 10 to 14": 0.08,
    "residents aged 15 to 24": 0.10,
    "residents aged 25 to 39": 0.08,
    "residents aged 40 to 59": 0.05,
    "residents aged 60 and over": 0.04,
}  # of logs: what such a model misses for reasons that are not migration


@dataclass(frozen=True, slots=True)
class _Replay:
    """The replay of a region as a function of the log factors."""

    project: Project
    engine: Engine
    base: Member
    clock: Clock
    observed: np.ndarray

    def numbers(self, logs: np.ndarray) -> np.ndarray:
        constants = dict(self.base.constants)
        for log, name in zip(logs, PRIOR_SD, strict=True):
            constants[identifier(name)] = np.array(_prior(self.project, self.base, name) * np.exp(log))
        member = Member(constants, self.base.series)
        result = self.engine.run(self.project.model, [member], ["population"], self.clock, lambda _: None)
        if result.failed:
            raise MemberError(result.failed[0])
        return summary(result.values["population"][0, -1])

    def residuals(self, logs: np.ndarray) -> np.ndarray:
        misfit = np.log(self.numbers(logs) / self.observed) / np.array(list(OBSERVED_SD.values()))
        return np.concatenate([misfit, logs / np.array(list(PRIOR_SD.values()))])


def summary(population: np.ndarray) -> np.ndarray:
    """Return the numbers that are compared, in the order of OBSERVED_SD, from persons of shape (state, age)."""
    here = population[:4].sum(axis=0)
    bands = [here[10:15], here[15:25], here[25:40], here[40:60], here[60:]]
    towns, outsiders = population[1:4].sum(), population[2].sum()
    return np.array([here.sum(), towns, outsiders, *(band.sum() for band in bands)])


def calibrate(project: Project, region: str, engine: Engine, scenario: str = "baseline") -> CalibrationFile:
    """Fit a region and return its calibration file.

    Parameters
    ----------
    project
        Model and facts.
    region
        Id.
    engine
        What runs the replay.
    scenario
        Id of the past that is replayed.

    Raises
    ------
    InputError
        Where the region lacks facts of one of the two censuses.
    MemberError
        Where the replay fails.
    """
    from scipy.optimize import least_squares  # noqa: PLC0415  heavy

    replay = _replay(project, region, engine, scenario)
    before = replay.numbers(np.zeros(len(PRIOR_SD)))
    optimum = least_squares(replay.residuals, np.zeros(len(PRIOR_SD)), x_scale=np.array(list(PRIOR_SD.values())))
    if not optimum.success:
        raise MemberError(f"the fit of {region} did not converge: {optimum.message}")
    after = replay.numbers(optimum.x)
    fit = {
        name: Fit(observed=round(o, 1), before=round(b, 1), after=round(a, 1), sd_log=sd)
        for (name, sd), o, b, a in zip(OBSERVED_SD.items(), replay.observed, before, after, strict=True)
    }
    constants = {
        name: _fitted(_prior(project, replay.base, name), log, sd)
        for (name, sd), log in zip(PRIOR_SD.items(), optimum.x, strict=True)
    }
    return CalibrationFile(
        region=region,
        method="maximum a posteriori of exits, returns, moves to towns and arrivals in a replay between two censuses",
        window=[START, END],
        model=project.model.equations_digest,
        constants={name: constant for name, constant in constants.items() if name not in PASSING},
        nuisance={name: constant for name, constant in constants.items() if name in PASSING},
        fit=fit,
    )


def _replay(project: Project, region: str, engine: Engine, scenario: str) -> _Replay:
    file, label = project.regions[region], project.file(region)
    years = {structure.year for structure in file.age_structure}
    if missing := {START, END} - years:
        problem = Problem(
            "missing-fact",
            Place(label),
            f"age structure of {sorted(missing)} is missing",
            "a replay needs both censuses",
        )
        raise InputError(problem)
    clock = Clock(START, END)

    def inputs(year: int) -> Mapping[str, np.ndarray]:
        inputs_by_name = derive(file, label, project.typical, project.estimates, project.model, year)
        return {name: value.value for name, value in inputs_by_name.items()}

    start = derive(file, label, project.typical, project.estimates, project.model, START)
    member = resolve(project.model, file, start, scenario, project.scenarios, project.levers, clock).member
    return _Replay(project, engine, member, clock, summary(inputs(END)["initial_population"]))


def _prior(project: Project, base: Member, name: str) -> float:
    """Return the value before the fit: a region input, else the model's own."""
    return float(base.constants.get(identifier(name), project.model.constant(name)))


def _fitted(prior: float, log: float, sd: float) -> FittedConstant:
    return FittedConstant(value=float(f"{prior * np.exp(log):.4g}"), prior=prior, prior_sd_log=sd)
