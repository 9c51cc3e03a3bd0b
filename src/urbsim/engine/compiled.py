"""The engine contract through compiled code: the default, and the only one for large ensembles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from urbsim.engine.contract import Clock, Draws, Engine, Member, Points, Progress, Trajectories
from urbsim.engine.run.compile import Wanted, batched, compiled
from urbsim.engine.run.runner import Layout, Result, Rows, Runner, steps
from urbsim.errors import EngineError
from urbsim.language.model import Model
from urbsim.names import identifier

_READY = 8  # compiled models that an engine remembers
_DIAGNOSED = 64  # members whose failure is traced to its first variable; the others name an output


class CompiledEngine:
    """Runs members in the lanes of vectors and on threads; ``fast`` relaxes floating point."""

    def __init__(self, *, fast: bool = False, threads: int | None = None) -> None:
        self.fast = fast
        self.threads = threads
        self.name = "compiled-fast" if fast else "compiled"
        self._ready: dict[Wanted, Runner] = {}  # what ran before: the cache on the disk takes milliseconds

    def run(
        self,
        model: Model,
        members: Sequence[Member],
        outputs: Sequence[str],
        clock: Clock,
        progress: Progress,
        draws: Draws | None = None,
    ) -> Trajectories:
        """Run every member once for each draw; see :class:`urbsim.engine.contract.Engine`."""
        numbers = None if draws is None else draws.first + np.arange(draws.count)
        draws = draws or Draws()
        wanted = self._wanted(model, members, outputs, draws)
        runner = self._runner(wanted)
        rows = replace(_rows(runner.layout, members, clock, draws), numbers=numbers)
        found = runner.run(rows, clock, draws.seed, self.threads, progress)
        if not found.broken:
            return Trajectories(found.times, found.values)
        return Trajectories(found.times, found.values, self._reasons(model, wanted, found.broken, rows, clock, draws))

    def _runner(self, wanted: Wanted) -> Runner:
        if wanted not in self._ready:
            if len(self._ready) >= _READY:
                self._ready.clear()
            self._ready[wanted] = compiled(wanted)
        return self._ready[wanted]

    def derivatives(
        self,
        model: Model,
        members: Sequence[Member],
        outputs: Sequence[str],
        by: Sequence[str],
        clock: Clock,
        draws: Draws | None = None,
    ) -> Mapping[str, np.ndarray]:
        """Return derivatives of outputs by scalar constants or levers, (by, member x draw, time, *subscripts).

        A lever that changes over time is moved as a whole.
        """
        draws = draws or Draws()
        names = [identifier(name) for name in by]
        free = self._wanted(model, members, outputs, draws)
        free = replace(free, parameters=tuple(sorted({*free.parameters, *names} - set(free.inputs))))
        values: dict[str, list[np.ndarray]] = {name: [] for name in free.outputs}
        for part in batched(names):
            runner = compiled(replace(free, by=tuple((name, 0) for name in part)))
            rows = _rows(runner.layout, members, clock, draws)
            found = runner.run(rows, clock, draws.seed, self.threads, lambda _: None)
            for name, parts in values.items():
                parts += [found.values[f"{name}/{number}"] for number in range(len(part))]
        return {name: np.stack(parts) for name, parts in values.items()}

    def _wanted(self, model: Model, members: Sequence[Member], outputs: Sequence[str], draws: Draws) -> Wanted:
        """Say what to compile: whatever one of the members sets can be set."""
        set_over_time = [*(member.series for member in members), draws.series]
        series = sorted({identifier(name) for names in set_over_time for name in names})
        constants = {identifier(name) for member in members for name in member.constants}
        return Wanted(
            model.digest,
            lambda: model,
            tuple(identifier(name) for name in outputs),
            tuple(sorted((constants | set(draws.values)) - set(series))),
            tuple(series),
            self.fast,
        )

    def _reasons(
        self,
        model: Model,
        wanted: Wanted,
        broken: Mapping[int, tuple[str, float]],
        rows: Rows,
        clock: Clock,
        draws: Draws,
    ) -> dict[int, str]:
        """Name the first variable that is not finite in each member, at the step where it is."""
        told = {m: _reason(model.variable(name).spelled, time) for m, (name, time) in broken.items()}
        names = [v.name for v in model.variables if v.role != "lookup"]
        tracer = self._runner(replace(wanted, outputs=tuple(names)))
        every = Clock(clock.start, clock.stop, clock.step, clock.step)
        for member in list(broken)[:_DIAGNOSED]:
            row, draw = divmod(member, len(rows.varied))
            number = member if rows.numbers is None else rows.numbers[draw]
            inputs = rows.inputs[[member if rows.apart else row]]
            one = Rows(rows.base[[row]], inputs, rows.columns, rows.varied[[draw]], np.array([number]))
            traced = tracer.run(one, every, draws.seed, 1, lambda _: None).broken
            if traced:
                told[member] = _reason(model.variable(traced[0][0]).spelled, traced[0][1])
        return told


def _reason(name: str, time: float) -> str:
    return f"{name} is not a finite number from {time:g} on"


def run_structure(
    model: Model,
    members: Sequence[Member],
    outputs: Sequence[str],
    clock: Clock,
    *,
    free: Sequence[str] = (),
    by: str = "",
) -> Result:
    """Run members of a model that exists as structure only, one that was rewritten for a test.

    ``free`` are further constants that keep their values in the structure; with ``by``, one of them, the derivative
    of output ``x`` comes as ``x/0``.

    Raises
    ------
    InputError
        Where the model cannot be lowered.
    EngineError
        For values of the wrong shape, and where an output has no derivative.
    """
    series = {identifier(name) for member in members for name in member.series}
    constants = {identifier(name) for member in members for name in member.constants}
    parameters = tuple(sorted((constants | set(free)) - series))
    key = Wanted(
        model.digest, lambda: model, tuple(outputs), parameters, tuple(sorted(series)), by=((by, 0),) if by else ()
    )
    runner = compiled(key)
    return runner.run(_rows(runner.layout, members, clock, Draws()), clock, 0, None, lambda _: None)


def _rows(layout: Layout, members: Sequence[Member], clock: Clock, draws: Draws) -> Rows:
    """Return members as numbers.

    Raises
    ------
    EngineError
        For a value that is not finite or has the wrong shape.
    """
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
    varied = [
        checked(name, value, (draws.count, *slots[name].shape)).reshape(draws.count, -1)
        for name, value in draws.values.items()
    ]
    if not columns:
        return Rows(base, inputs, varied=np.zeros((draws.count, 0)))
    return Rows(base, inputs, np.concatenate(columns), np.concatenate(varied, axis=1))


def _apart(layout: Layout, inputs: np.ndarray, times: np.ndarray, draws: Draws) -> np.ndarray:
    """Return inputs of each member and draw, where a draw has paths of its own."""
    if not draws.series:
        return inputs
    every = np.repeat(inputs, draws.count, axis=0)
    by_draw = every.reshape(len(inputs), draws.count, *inputs.shape[1:])
    for name, paths in draws.series.items():
        given = checked(name, paths, (draws.count, paths.shape[1], 2))
        column = layout.inputs.index(identifier(name))
        for number, points in enumerate(given):
            by_draw[:, number, :, column] = np.interp(times, points[:, 0], points[:, 1])
    return every


def _sampled(name: str, points: Points | None, flat: float, times: np.ndarray) -> np.ndarray:
    if points is None:
        return np.full(len(times), flat)
    given = checked(name, np.asarray(points, dtype=float), (len(points), 2))
    found: np.ndarray = np.interp(times, given[:, 0], given[:, 1])
    return found


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


def make(*, fast: bool = False, threads: int | None = None) -> Engine:
    """Return the engine."""
    return CompiledEngine(fast=fast, threads=threads)
