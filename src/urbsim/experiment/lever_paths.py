"""Levers over time with the part of a programme on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from urbsim.engine.contract import Clock, Member, Points, along, jumps


def own(member: Member, variable: str, clock: Clock) -> Points:
    """Return a lever of a member over time, whether it changes or not."""
    if variable in member.series:
        return member.series[variable]
    return ((clock.start, float(member.constants[variable])),)


def highest(points: Points, since: float) -> float:
    """Return the largest value that a lever takes at a time or after it."""
    return max([*(value for time, value in points if time > since), float(along(points, np.array(since)))])


def with_paths(member: Member, paths: Mapping[str, np.ndarray]) -> Member:
    """Return a member with levers over time, each (point, 2) with time and value."""
    series: dict[str, Points] = {name: tuple((float(t), float(v)) for t, v in path) for name, path in paths.items()}
    constants = {name: value for name, value in member.constants.items() if name not in paths}
    return Member(constants, {**member.series, **series})


def path(plain: Points, clock: Clock, first: int, parts: Sequence[np.ndarray], draws: int) -> np.ndarray:
    """Return a lever with the programme's part on top, (draw, point, 2).

    ``parts`` gives the part (draw,) in force in each year from ``first`` on; like every step of a lever it jumps at the
    start of its year.

    Parameters
    ----------
    plain
        The lever without the programme, (time, value) pairs.
    clock
        The time of the run in years.
    first
        The first year of the programme.
    parts
        The part of the programme in force in each year from ``first`` on, each (draw).
    draws
        Number of draws.
    """
    times, levels = [clock.start], [np.zeros(draws)]
    for number, part in enumerate(parts):
        at = max(first + number - 1.0, clock.start + clock.step)
        times += [at, at]
        levels += [levels[-1], part]
    amounts = np.column_stack([times, np.stack(levels)])
    turns = np.union1d(jumps(plain), jumps(amounts))
    every = np.sort([*np.union1d(times, [time for time, _ in plain]), *turns])
    first_of_two = np.append(every[1:] == every[:-1], [False])

    def values(points: Points | np.ndarray) -> np.ndarray:
        return np.where(first_of_two, along(points, every, before=True), along(points, every))

    level = values(plain)
    paths = [level + values(amounts[:, [0, 1 + draw]]) for draw in range(draws)]
    return np.stack([np.broadcast_to(every, (draws, len(every))), np.stack(paths)], axis=2)
