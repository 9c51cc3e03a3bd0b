"""Members and draws as the numbers that compiled code takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from urbsim.engine.contract import Clock, Draws, Member, Points, along, jumps
from urbsim.engine.run.runner import SMALL, Layout, Rows, steps
from urbsim.errors import EngineError
from urbsim.names import identifier


def rows(layout: Layout, members: Sequence[Member], clock: Clock, draws: Draws | None) -> Rows:
    """Return members, each once for each draw, as numbers.

    Parameters
    ----------
    layout
        Places of parameters and inputs in the code.
    members
        What each run sets.
    clock
        Start, stop and step in years.
    draws
        Values that differ between draws; None is one run per member.

    Raises
    ------
    EngineError
        For a value that is not finite or has the wrong shape.
    """
    numbers = None if draws is None else draws.first + np.arange(draws.count)
    draws = draws or Draws()
    base = np.tile(layout.defaults, (len(members), 1))
    grid = _grid(members, clock, draws)
    inputs = np.empty((len(members), grid.rows, len(layout.inputs)))
    slots = {slot.name: slot for slot in layout.parameters}
    for row, member in enumerate(members):
        constants = {identifier(name): value for name, value in member.constants.items()}
        for name, value in constants.items():
            if name in slots:
                slot = slots[name]
                base[row, slot.start : slot.start + slot.size] = checked(name, value, slot.shape).ravel()
        for column, name in enumerate(layout.inputs):
            flat = float(constants.get(name, layout.series[column]))
            points = member.series.get(name)
            inputs[row, :, column] = flat if points is None else grid.along(_points(name, points))
    inputs = _apart(layout, inputs, grid, draws)
    columns = [np.arange(slots[name].start, slots[name].start + slots[name].size) for name in draws.values]
    draw_values = [
        checked(name, value, (draws.count, *slots[name].shape)).reshape(draws.count, -1)
        for name, value in draws.values.items()
    ]
    if not columns:
        return Rows(base, inputs, varied=np.zeros((draws.count, 0)), numbers=numbers, jumps=grid.jumps)
    return Rows(base, inputs, np.concatenate(columns), np.concatenate(draw_values, axis=1), numbers, grid.jumps)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The times of the steps, and the steps at which a path jumps: they have a row of their own for before it."""

    times: np.ndarray
    jumps: np.ndarray
    step: float

    @property
    def rows(self) -> int:
        return len(self.times) + len(self.jumps)

    def along(self, points: np.ndarray) -> np.ndarray:
        """Return a path at all steps, then before the jumps; a time that is all but that of a step is that of it."""
        if (points[:, 1] == points[0, 1]).all():
            return np.full(self.rows, points[0, 1])
        near = self.times[np.clip(_steps(points[:, 0], self.times[0], self.step), 0, len(self.times) - 1)]
        x = np.where(np.abs(points[:, 0] - near) < SMALL * self.step, near, points[:, 0])
        path = np.column_stack([x, points[:, 1]])
        return np.concatenate([along(path, self.times), along(path, self.times[self.jumps], before=True)])


def _grid(members: Sequence[Member], clock: Clock, draws: Draws) -> _Grid:
    times = clock.start + clock.step * np.arange(steps(clock) + 1)
    paths = [_points(name, points) for member in members for name, points in member.series.items()]
    paths += [checked(name, path, (draws.count, path.shape[1], 2)) for name, path in draws.series.items()]
    turns = np.unique(np.concatenate([np.zeros(0), *map(jumps, paths)]))
    at = _steps(turns, clock.start, clock.step)
    inside = (at >= 0) & (at < len(times))
    at, turns = at[inside], turns[inside]
    return _Grid(times, at[np.abs(times[at] - turns) < SMALL * clock.step], clock.step)


def _steps(times: np.ndarray, start: float, step: float) -> np.ndarray:
    """Return the numbers of the steps that are nearest to some times."""
    return np.rint((times - start) / step).astype(np.int64)


def _apart(layout: Layout, inputs: np.ndarray, grid: _Grid, draws: Draws) -> np.ndarray:
    """Return inputs of each member and draw, where a draw has paths of its own."""
    if not draws.series:
        return inputs
    every = np.repeat(inputs, draws.count, axis=0)
    by_draw = every.reshape(len(inputs), draws.count, *inputs.shape[1:])
    for name, paths in draws.series.items():
        points_by_draw = checked(name, paths, (draws.count, paths.shape[1], 2))
        column = layout.inputs.index(identifier(name))
        for number, points in enumerate(points_by_draw):
            by_draw[:, number, :, column] = grid.along(points)
    return every


def _points(name: str, points: Points) -> np.ndarray:
    return checked(name, np.asarray(points, dtype=float), (len(points), 2))


def checked(name: str, value: npt.ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return values as an array of a shape.

    Raises
    ------
    EngineError
        For another shape, and for numbers that are not finite.
    """
    array = np.asarray(value, dtype=float)
    if array.shape != shape:
        raise EngineError(f"{name!r} needs values of shape {shape}, not {array.shape}")
    if not np.isfinite(array).all():
        raise EngineError(f"{name!r} has a value that is not a finite number: {array[~np.isfinite(array)][0]}")
    return array
