"""Running compiled code: members in blocks, blocks on threads, results put in place as they come.

Member ``row * draws + draw`` has the parameters and inputs of a row, some of them replaced by those of a draw. A block
is built, run and copied into the result on one thread, so an ensemble needs the memory of its result and of one block
per thread, whatever its size.
"""

from __future__ import annotations

import ctypes
import math
import os
from dataclasses import dataclass, field

import numpy as np

from urbsim.engine.code.frame import Sizes
from urbsim.engine.code.native import Native
from urbsim.engine.code.program import Slot
from urbsim.engine.contract import Clock, Progress
from urbsim.engine.run.scheduler import spread

_BLOCK = 4 << 20  # bytes of results in one block: small enough for the cache of a core
SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class Layout:
    """What a compiled model takes and gives; ``missing`` are outputs that are not defined for an element."""

    parameters: tuple[Slot, ...]
    defaults: np.ndarray
    inputs: tuple[str, ...]
    series: np.ndarray  # what the model gives to inputs
    outputs: tuple[Slot, ...]
    missing: tuple[int, ...]
    ranks: tuple[int, ...]  # of outputs: what another one is computed from has the lower rank


@dataclass(frozen=True, slots=True)
class Rows:
    """Members: base (row, parameter), inputs (row, step, input), and what draws put in columns, (draw, column).

    Behind the inputs of the steps stand those before ``jumps``, which are numbers of steps.
    ``numbers`` are those by which random functions know the draws; without them they go by members. Where a draw has
    inputs of its own, they are (member, step, input).
    """

    base: np.ndarray
    inputs: np.ndarray
    columns: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    varied: np.ndarray = field(default_factory=lambda: np.zeros((1, 0)))
    numbers: np.ndarray | None = None
    jumps: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def count(self) -> int:
        """Return the number of members."""
        return len(self.base) * len(self.varied)

    @property
    def apart(self) -> bool:
        """Tell whether each member has inputs of its own, not each row."""
        return len(self.inputs) > len(self.base)

    def only(self, member: int) -> Rows:
        """Return one member, which keeps the number that random functions know it by."""
        row, draw = divmod(member, len(self.varied))
        number = member if self.numbers is None else self.numbers[draw]
        inputs = self.inputs[[member if self.apart else row]]
        return Rows(self.base[[row]], inputs, self.columns, self.varied[[draw]], np.array([number]), self.jumps)

    def block(self, first: int, last: int, lanes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return parameters (group, parameter, lane) of some members, where their inputs are, and their numbers."""
        count = -(-(last - first) // lanes) * lanes
        member = np.minimum(np.arange(first, first + count), last - 1)
        row, draw = np.divmod(member, len(self.varied))
        values = self.base[row]
        if len(self.columns):
            values[:, self.columns] = self.varied[draw]
        groups = values.reshape(count // lanes, lanes, -1).transpose(0, 2, 1)
        place = (member if self.apart else row).reshape(-1, lanes)
        return aligned(groups), place, member if self.numbers is None else self.numbers[draw]


def aligned(values: np.ndarray) -> np.ndarray:
    """Return a copy that begins at a multiple of 64 bytes, in row-major order."""
    result = _room(values.size, values.dtype).reshape(values.shape)
    result[...] = values
    return result


def _room(count: int, kind: np.dtype[np.generic] | type = np.float64) -> np.ndarray:
    """Return uninitialised memory at a multiple of 64 bytes."""
    raw = np.empty(count + 8, dtype=kind)
    return raw[(-raw.ctypes.data % 64) // 8 :][:count]


def steps(clock: Clock) -> int:
    """Return the number of steps from start to stop."""
    return max(0, math.ceil((clock.stop - clock.start) / clock.step - SMALL))


def saved_steps(clock: Clock) -> np.ndarray:
    """Return the steps after which a row is kept: the first at or after each multiple of ``save``."""
    last = steps(clock)
    every = max(clock.save, clock.step)
    numbers = np.arange(math.floor((clock.stop - clock.start) / every + SMALL) + 1)
    steps_of_rows = np.ceil(numbers * every / clock.step - SMALL).astype(np.int64)
    return np.unique(steps_of_rows[steps_of_rows <= last])


@dataclass(frozen=True)
class Result:
    """Outputs by name, (member, time, *elements), and the members with a value that is not finite: name and time.

    ``slopes`` are derivatives of outputs by name, (number, member, time, *elements).
    """

    times: np.ndarray
    values: dict[str, np.ndarray]
    broken: dict[int, tuple[str, float]]
    slopes: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Runner:
    """Runs compiled code over members."""

    native: Native
    sizes: Sizes
    layout: Layout

    def run(self, rows: Rows, clock: Clock, seed: int, threads: int | None, progress: Progress) -> Result:
        """Run all members.

        An interrupt stops the threads within the time of a few members and is passed on.

        Parameters
        ----------
        rows
            Values of all parameters and inputs, by member x draw.
        clock
            Start, stop and step in years, and how often results are saved.
        seed
            Of random functions.
        threads
            How many to use; None is one per processor.
        progress
            Is called with the number of members that have ended since the last call.
        """
        threads = threads or os.cpu_count() or 1
        job = _Job(self, rows, clock, seed, threads)
        starts = range(0, rows.count, job.size) if rows.count else ()
        spread(job.block, starts, min(threads, len(starts)), progress, job.stop)
        failures = {member: (name, time) for member, (time, _, name) in sorted(job.broken.items())}
        return Result(job.times, job.values, failures)


class _Job:
    """One run: where its results go."""

    def __init__(self, runner: Runner, rows: Rows, clock: Clock, seed: int, threads: int) -> None:
        self.runner, self.rows, self.seed = runner, rows, seed
        self.saved = saved_steps(clock)
        self.steps = steps(clock)
        self.times = clock.start + self.saved * clock.step
        self.clock = np.array([clock.step, clock.start, clock.stop, clock.save])
        shape = rows.count, len(self.saved)
        self.values = {slot.name: np.empty((*shape, *slot.shape)) for slot in runner.layout.outputs}
        self.broken: dict[int, tuple[float, int, str]] = {}
        self.halt = ctypes.c_int32(0)
        self.inputs = aligned(rows.inputs)
        self.due = np.append(self.saved, -1)
        self.befores = self.saved.copy()
        for number, step in enumerate(rows.jumps):
            self.befores[self.saved == step] = self.steps + 1 + number
        self.size = self._size(threads)
        self._spare: list[tuple[np.ndarray, np.ndarray]] = []  # memory that a block has used: the next one does

    def _size(self, threads: int) -> int:
        """Return the number of members of a block, a multiple of the lanes; all threads get as many blocks."""
        sizes = self.runner.sizes
        row = 8 * max(1, len(self.saved) * sizes.outputs + sizes.parameters)
        groups = -(-self.rows.count // sizes.lanes)
        turns = -(-groups // (max(1, _BLOCK // (row * sizes.lanes)) * threads))
        return max(1, -(-groups // max(1, turns * threads))) * sizes.lanes

    def _memory(self) -> tuple[np.ndarray, np.ndarray]:
        """Return memory for the results of a block and for the compiled code."""
        sizes = self.runner.sizes
        try:
            return self._spare.pop()
        except IndexError:
            return _room(self.size * len(self.saved) * sizes.outputs), _room(sizes.work(self.steps))

    def stop(self) -> None:
        """Make the compiled code end after the members that it runs."""
        self.halt.value = 1

    def block(self, first: int) -> int:
        """Run one block and put its results in place; return how many members it had."""
        sizes, rows = self.runner.sizes, self.rows
        last = min(first + self.size, rows.count)
        parameters, row, numbers = rows.block(first, last, sizes.lanes)
        groups = len(row)
        profiles = aligned(row.astype(np.int64) * self.inputs.shape[1] * sizes.inputs)
        ids = aligned(numbers.astype(np.int64))
        out, work = self._memory()
        arrays = [self.clock, parameters, self.inputs, profiles, ids, out, work]
        count = self.runner.native.entry(
            *(a.ctypes.data for a in arrays),
            groups,
            self.steps,
            self.due.ctypes.data,
            self.befores.ctypes.data,
            len(self.saved),
            self.seed,
            ctypes.addressof(self.halt),
        )
        if count == groups:
            shape = groups, len(self.saved), sizes.outputs, sizes.lanes
            self._place(out[: math.prod(shape)].reshape(shape), first, last)
        self._spare.append((out, work))
        return last - first

    def _place(self, out: np.ndarray, first: int, last: int) -> None:
        missing = self.runner.layout.missing
        if missing:
            out[:, :, missing] = 0.0
        whole = bool(np.isfinite(out).all())
        for slot, rank in zip(self.runner.layout.outputs, self.runner.layout.ranks, strict=True):
            part = out[:, :, slot.start : slot.start + slot.size].transpose(0, 3, 1, 2)
            flat = part.reshape(-1, len(self.saved), slot.size)[: last - first]
            self.values[slot.name][first:last] = flat.reshape(last - first, len(self.saved), *slot.shape)
            if not whole:
                self._note(slot.name, rank, ~np.isfinite(flat).all(axis=2), first)
        for index in missing:
            slot = next(s for s in self.runner.layout.outputs if s.start <= index < s.start + s.size)
            flat = self.values[slot.name].reshape(self.rows.count, len(self.saved), slot.size)
            flat[first:last, :, index - slot.start] = np.nan

    def _note(self, name: str, rank: int, bad: np.ndarray, first: int) -> None:
        """Remember the first output and time of each member that is not finite."""
        for member in np.flatnonzero(bad.any(axis=1)):
            time = float(self.times[bad[member].argmax()])
            failure = self.broken.get(first + int(member))
            if failure is None or (time, rank) < failure[:2]:
                self.broken[first + int(member)] = time, rank, name
