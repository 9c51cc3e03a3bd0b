"""Fit a region's migration to what two censuses say: replay 2010 to 2020, then move five constants.

Exits at 10 to 24, exits at other ages, returns, moves to towns and arrivals are fitted, as factors on what sixteen
facts of 2010 say, with a log-normal prior around 1 (maximum a posteriori, Gauss-Newton through scipy). The spread of
the prior is that of the estimated county effects. The fit holds what the facts do not explain, a county's own part of
the error; that part was 10 % of residents after ten years on 823 counties, so a fit far from 1 asks for a look at the
facts.

What is fitted is what runs: the replay is compared with the mean county as every run is, and what it leaves behind is
carried to the runs that start at its end (:mod:`urbsim.studies.carry`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from urbsim.engine.contract import Clock, Engine, Member
from urbsim.errors import MemberError
from urbsim.names import identifier
from urbsim.project.calibrations import CalibrationFile, Fit, FittedConstant
from urbsim.project.project import Project
from urbsim.project.scenarios.scenario import BASELINE
from urbsim.studies.carry import carry
from urbsim.studies.replay import END, START, STATES, Subject, subject

PRIOR_SD = {
    "exit adjustment of students": 0.2,
    "exit adjustment of others": 0.45,
    "return adjustment": 0.45,
    "move adjustment": 0.55,
    "normal outside arrivals": 0.6,
}  # of logs: the spread of the county effects that were estimated; students leave everywhere, hence less
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
METHOD = "maximum a posteriori of exits, returns, moves to towns and arrivals in a replay between two censuses"
_STEP = 1e-4  # of a log, for derivatives


@dataclass(frozen=True, slots=True)
class FittedReplay:
    """A replay with its fitted constants: the member that runs, and what was compared."""

    member: Member
    constants: dict[str, FittedConstant]
    fit: dict[str, Fit]


@dataclass(frozen=True, slots=True)
class _Replay:
    """The replay of a region as a function of the log factors; all of its runs go in one call of the engine."""

    subject: Subject
    base: Member
    clock: Clock
    priors: np.ndarray
    observed: np.ndarray

    def member(self, logs: np.ndarray) -> Member:
        values = self.priors * np.exp(logs)
        fitted = {identifier(name): np.array(value) for name, value in zip(PRIOR_SD, values, strict=True)}
        return Member({**self.base.constants, **fitted}, self.base.series)

    def numbers(self, points: np.ndarray) -> np.ndarray:
        """Return the numbers that are compared, (point, number), at some log factors, (point, factor)."""
        members = [self.member(logs) for logs in points]
        values = self.subject.run(members, ["Population"], self.clock)["population"]
        return np.stack([summary(population) for population in values[:, -1]])

    def residuals(self, logs: np.ndarray) -> np.ndarray:
        return np.asarray(self._misfits(logs[None])[0])

    def slopes(self, logs: np.ndarray) -> np.ndarray:
        moves = _STEP * np.eye(len(logs))
        sides = self._misfits(np.concatenate([logs + moves, logs - moves]))
        return np.asarray((sides[: len(logs)] - sides[len(logs) :]).T / (2 * _STEP))

    def _misfits(self, points: np.ndarray) -> np.ndarray:
        misfit = np.log(self.numbers(points) / self.observed) / np.array(list(OBSERVED_SD.values()))
        return np.concatenate([misfit, points / np.array(list(PRIOR_SD.values()))], axis=1)


def summary(population: np.ndarray) -> np.ndarray:
    """Return the numbers that are compared, in the order of OBSERVED_SD, from persons of shape (state, age)."""
    here = population[:STATES].sum(axis=0)
    bands = [here[10:15], here[15:25], here[25:40], here[40:60], here[60:]]
    towns, outsiders = population[1:STATES].sum(), population[2].sum()
    return np.array([here.sum(), towns, outsiders, *(band.sum() for band in bands)])


def calibrate(project: Project, region: str, engine: Engine, scenario: str = BASELINE) -> CalibrationFile:
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
        Where the region lacks facts of one of the two censuses, or the mean county was run with other equations.
    MemberError
        Where the replay fails.
    """
    place = subject(project, region, engine, scenario)
    replay = fitted(place)
    left, seam = carry(place, replay.member, replay.constants)
    return CalibrationFile(
        region=region,
        method=METHOD,
        window=[START, END],
        model=project.model.equations_digest,
        constants=replay.constants,
        carried=left,
        seam=seam,
        fit=replay.fit,
    )


def fitted(place: Subject) -> FittedReplay:
    """Fit the replay of a region.

    Raises
    ------
    MemberError
        Where the replay fails or the fit does not converge.
    """
    from scipy.optimize import least_squares  # noqa: PLC0415  heavy

    clock = Clock(START, END)
    base = place.member(clock)
    priors = np.array([_prior(place, base, name) for name in PRIOR_SD])
    replay = _Replay(place, base, clock, priors, summary(place.inputs(END)["initial_population"].value))
    start, spread = np.zeros(len(PRIOR_SD)), np.array(list(PRIOR_SD.values()))
    optimum = least_squares(replay.residuals, start, jac=replay.slopes, x_scale=spread)
    if not optimum.success:
        raise MemberError(f"the fit of {place.region.id} did not converge: {optimum.message}")
    before, after = replay.numbers(np.stack([start, optimum.x]))
    fit = {
        name: Fit(observed=round(o, 1), before=round(b, 1), after=round(a, 1), sd_log=sd)
        for (name, sd), o, b, a in zip(OBSERVED_SD.items(), replay.observed, before, after, strict=True)
    }
    constants = {
        name: FittedConstant(value=float(f"{prior * np.exp(log):.4g}"), prior=float(f"{prior:.6g}"), prior_sd_log=sd)
        for (name, sd), prior, log in zip(PRIOR_SD.items(), priors, optimum.x, strict=True)
    }
    return FittedReplay(replay.member(optimum.x), constants, fit)


def _prior(place: Subject, base: Member, name: str) -> float:
    """Return the value before the fit: a region input, else the model's own."""
    return float(base.constants.get(identifier(name), place.project.model.constant(name)))
