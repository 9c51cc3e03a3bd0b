"""What every engine takes and gives.

A *member* is one run: values for constants of the model, some of them changing over time. An engine takes a model
text, members, the names of the outputs and a clock, and gives trajectories. The integration method is Euler, as in
the model: its yearly age shift is a pulse of one step.

**The calendar.** Time is in years, and t.0 is the end of year t: what is kept at t.0 is of 31 December. A path may
jump: a time that stands in it twice has one value before it and another from it on, and what is kept at that time is of
before. So a lever of year y, which jumps at (y - 1).0, is in force through the whole of y and moves nothing of the year
before. What counts over a year is a stock that the turn of the year empties; see :mod:`urbsim.language.calendar`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from urbsim.language.model import Model
from urbsim.names import identifier

Points = tuple[tuple[float, float], ...]  # (time, value), linear between, constant outside; a time twice is a jump
Progress = Callable[[int], None]  # told how many members have ended since the last call


def silent(count: int) -> None:
    """Take the progress of a run that nobody watches."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time in years; results are kept at ``start`` and every ``save`` years."""

    start: float
    stop: float
    step: float = 0.0625
    save: float = 1.0

    @property
    def times(self) -> np.ndarray:
        """Return the saved times, shape (time,)."""
        return self.start + self.save * np.arange(round((self.stop - self.start) / self.save) + 1)


def along(points: Points | np.ndarray, times: np.ndarray, *, before: bool = False) -> np.ndarray:
    """Return the values of a path at some times: from a jump on, or ``before`` it.

    Examples
    --------
    >>> [along(((2022, 0), (2022, 1)), np.array([2021, 2022]), before=which).tolist() for which in (False, True)]
    [[0.0, 1.0], [0.0, 0.0]]
    """
    x, y = np.asarray(points, dtype=float).T
    values = np.asarray(np.interp(times, x, y))
    if before:
        place = np.minimum(np.searchsorted(x, times), len(x) - 1)
        values = np.where(x[place] == times, y[place], values)
    return values


def jumps(points: Points | np.ndarray) -> np.ndarray:
    """Return the times at which a path jumps."""
    times = np.asarray(points, dtype=float)[..., 0]
    return np.unique(times[..., 1:][np.diff(times) == 0])


def ramped(points: Points | np.ndarray, step: float) -> Points:
    """Return a path without jumps, for files with one value at each time: what jumps takes the step before it."""
    times = np.asarray(points, dtype=float)[:, 0]
    x = np.union1d(times, jumps(points) - step)
    x = x[x >= times[0]]
    return tuple(zip(x.tolist(), along(points, x).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Member:
    """One run: constants by variable name, shaped by their subscripts, and scalar constants over time."""

    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    series: Mapping[str, Points] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draws:
    """Values that replace a member's in each draw, (draw, *subscripts) by variable.

    ``series`` replaces scalar constants over time, (draw, point, 2) with time and value along the last axis.
    ``seed`` is of random functions. Where draws are given, these know a run by the number of its draw, counted from
    ``first``: all members have the same luck in a draw, and a slice of the draws has the luck that it has in the whole.
    """

    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    count: int = 1
    seed: int = 0
    first: int = 0
    series: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Outputs by variable identifier, (member x draw, time, *subscripts), draws of one member in a row.

    ``failed`` gives reasons by position along the first axis.
    """

    times: np.ndarray
    values: Mapping[str, np.ndarray]
    failed: Mapping[int, str] = field(default_factory=dict)


class Engine(Protocol):
    """Runs members of a model."""

    name: str

    def run(
        self,
        model: Model,
        members: Sequence[Member],
        outputs: Sequence[str],
        clock: Clock,
        progress: Progress,
        draws: Draws | None = None,
    ) -> Trajectories:
        """Run every member, once for each draw, and return the outputs.

        Parameters
        ----------
        model
            What runs.
        members
            What each run sets.
        outputs
            Names of variables to return.
        clock
            Start, stop and step in years, and how often results are saved.
        progress
            Is called with the number of runs that have ended since the last call.
        draws
            Values of uncertain constants and tables; none is one run per member.

        Raises
        ------
        EngineError
            Where the engine cannot run this model at all. A member that fails is listed in ``failed``, its values
            are NaN, and the others go on.
        """
        ...


def expand(members: Sequence[Member], draws: Draws | None) -> list[Member]:
    """Return one member for each member and draw, for engines that run them one by one."""
    if draws is None:
        return list(members)
    return [_one(member, draws, draw) for member in members for draw in range(draws.count)]


def _one(member: Member, draws: Draws, draw: int) -> Member:
    draw_names = {identifier(name) for name in draws.series}
    constants = {name: value for name, value in member.constants.items() if identifier(name) not in draw_names}
    series = {name: points for name, points in member.series.items() if identifier(name) not in draw_names}
    paths = {name: tuple((float(t), float(v)) for t, v in value[draw]) for name, value in draws.series.items()}
    return Member({**constants, **{name: v[draw] for name, v in draws.values.items()}}, {**series, **paths})


def collect(
    model: Model, outputs: Sequence[str], clock: Clock, runs: Sequence[Mapping[str, np.ndarray] | str]
) -> Trajectories:
    """Return trajectories from one result per member: values by identifier, or the reason why it failed.

    Parameters
    ----------
    model
        What ran.
    outputs
        Names of variables.
    clock
        That of the runs.
    runs
        For each member (time, *subscripts) by identifier, or a reason.
    """
    times = clock.times
    values = {name: np.full((len(runs), len(times), *model.shape(name)), np.nan) for name in outputs}
    failures: dict[int, str] = {}
    for index, run in enumerate(runs):
        if isinstance(run, str):
            failures[index] = run
            continue
        for name in outputs:
            values[name][index] = run[name]
        bad = next((name for name in outputs if not np.isfinite(run[name]).all()), None)
        if bad is not None:
            when = times[np.argwhere(~np.isfinite(run[bad]))[0][0]]
            failures[index] = f"{model.variable(bad).spelled} is not a finite number from {when:g} on"
    return Trajectories(times, values, failures)
