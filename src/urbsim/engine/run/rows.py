"""Members and draws as the numbers that compiled code takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from urbsim.engine.contract import Clock, Draws, Member, Points
from urbsim.engine.run.runner import Layout, Rows, steps
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
    times = clock.start + clock.step * np.arange(steps(clock) + 1)
    inputs = np.empty((len(members), len(times), len(layout.inputs)))
    slots = {slot.name: slot for slot in layout.parameters}
    for row, member in enumerate(members):
        constants = {identifier(name): value for name, value in member.constants.items()}
        for name, value in constants.items():
            if name in slots:
                slot = slots[name]
                base[row, slot.start : slot.start + slot.size] = checked(name, value, slot.shape).ravel()
        for column, name in enumerate(layout.inputs):
            flat = float(constants.get(name, layout.series[column]))
            inputs[row, :, column] = _sampled(name, member.series.get(name), flat, times)
    inputs = _apart(layout, inputs, times, draws)
    columns = [np.arange(slots[name].start, slots[name].start + slots[name].size) for name in draws.values]
    draw_values = [
        checked(name, value, (draws.count, *slots[name].shape)).reshape(draws.count, -1)
        for name, value in draws.values.items()
    ]
    if not columns:
        return Rows(base, inputs, varied=np.zeros((draws.count, 0)), numbers=numbers)
    return Rows(base, inputs, np.concatenate(columns), np.concatenate(draw_values, axis=1), numbers)


def _apart(layout: Layout, inputs: np.ndarray, times: np.ndarray, draws: Draws) -> np.ndarray:
    """Return inputs of each member and draw, where a draw has paths of its own."""
    if not draws.series:
        return inputs
    every = np.repeat(inputs, draws.count, axis=0)
    by_draw = every.reshape(len(inputs), draws.count, *inputs.shape[1:])
    for name, paths in draws.series.items():
        points_by_draw = checked(name, paths, (draws.count, paths.shape[1], 2))
        column = layout.inputs.index(identifier(name))
        for number, points in enumerate(points_by_draw):
            by_draw[:, number, :, column] = np.interp(times, points[:, 0], points[:, 1])
    return every


def _sampled(name: str, points: Points | None, flat: float, times: np.ndarray) -> np.ndarray:
    if points is None:
        return np.full(len(times), flat)
    pairs = checked(name, np.asarray(points, dtype=float), (len(points), 2))
    return np.asarray(np.interp(times, pairs[:, 0], pairs[:, 1]))


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
