"""A batch cut into blocks, and one block computed.

Members are numbered in the order of the plan, draws fastest; a block is the next ``SIZE`` of them, whatever the number
of threads and the memory. Its id is a hash of all that shapes its numbers, so a block that is on the disk is the right
one. What a block computes depends on its members alone: every member sets the same names, random functions go by
draws, so neither the blocks nor their order change a bit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from urbsim.engine.contract import Clock, Draws, Engine, Member, Trajectories
from urbsim.errors import UrbsimError
from urbsim.experiment.calls import calls
from urbsim.experiment.draws import Sample, applied
from urbsim.experiment.storage.form import Form
from urbsim.language.model import Model
from urbsim.names import identifier

SIZE = 64  # members: some milliseconds of work, eight vectors of the widest processors
_SEAL = 64  # characters of a hash before the content


@dataclass(frozen=True, slots=True)
class Common:
    """What all blocks of a batch share; ``times`` are those of the results."""

    model: Model
    form: Form
    times: np.ndarray
    engine: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Draws of one member that lie in a block; a batch without draws has one of each member."""

    member: Member
    clock: Clock
    draws: Draws

    @property
    def plain(self) -> bool:
        """Tell whether the member runs as it is, without values of draws."""
        return self.draws.count == 1 and not self.draws.values and not self.draws.series


@dataclass(frozen=True, slots=True)
class Task:
    """One block to compute."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Return the number of members."""
        return sum(piece.draws.count for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Block:
    """Results of a block, (member, time, *shape) by array; members that failed are NaN, and ledgers' largest errors."""

    values: Mapping[str, np.ndarray]
    failed: Mapping[int, str]
    ledgers: Mapping[str, float]


@dataclass(frozen=True)
class Job:
    """A whole batch as members and draws; ``values`` are hashes of what each member sets.

    ``paths`` are levers of each member that differ by draw, (draw, point, 2); an empty list: no member has any.
    """

    common: Common
    members: Sequence[Member]
    clocks: Sequence[Clock]
    values: Sequence[str]
    sample: Sample | None = None
    paths: Sequence[Mapping[str, np.ndarray]] = ()

    @property
    def draws(self) -> int:
        """Return the number of draws of each member, 1 where it runs as it is."""
        return self.sample.count if self.sample else 1

    @property
    def count(self) -> int:
        """Return the number of members, each draw counted."""
        return len(self.members) * self.draws

    @property
    def blocks(self) -> int:
        """Return the number of blocks."""
        return -(-self.count // SIZE)

    def size(self, number: int) -> int:
        """Return the number of members of a block."""
        return min(SIZE, self.count - number * SIZE)

    def parts(self, number: int) -> Iterator[tuple[int, int, int]]:
        """Give member, first draw and number of draws of each piece of a block."""
        place, end = number * SIZE, number * SIZE + self.size(number)
        while place < end:
            member, first = divmod(place, self.draws)
            count = min(self.draws - first, end - place)
            yield member, first, count
            place += count

    def ids(self, salt: Mapping[str, Any]) -> list[str]:
        """Return the id of each block; ``salt`` names whatever else shapes the numbers, as versions."""
        form = self.common.form
        inputs = {
            **salt,
            "model": self.common.model.digest,
            "engine": self.common.engine,
            "times": self.common.times.tolist(),
            "kept": [[a.name, a.variable, a.elements, a.factor, list(a.shape)] for a in form.arrays],
            "form": [form.kind.str, list(form.ledgers), {k: list(v) for k, v in form.limits.items()}],
            "drawn": [list(self.sample.names), list(self.sample.factors), self.sample.seed] if self.sample else None,
        }
        head = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
        return [self._id(head, number) for number in range(self.blocks)]

    def _id(self, head: str, number: int) -> str:
        digest = hashlib.sha256(head.encode())
        for member, first, count in self.parts(number):
            clock = self.clocks[member]
            digest.update(f"{self.values[member]} {clock} {first} {count}".encode())
            if self.sample:
                digest.update(_bytes(self.sample.values[first : first + count]))
            for name, path in sorted(self._paths(member).items()):
                digest.update(f" {name} {path.shape[1]} ".encode())
                digest.update(_bytes(path[first : first + count]))
        return digest.hexdigest()

    def _paths(self, member: int) -> Mapping[str, np.ndarray]:
        return self.paths[member] if self.paths else {}

    def tasks(self, numbers: Sequence[int]) -> Iterator[Task]:
        """Give the blocks of some numbers, in order; draws are put together once for each member."""
        names = [*self.sample.names] if self.sample else []
        even = _Even(self.common.model, self.members, names, {name for paths in self.paths for name in paths})
        current, draws, member = -1, Draws(), Member()
        for number in numbers:
            pieces = []
            for index, first, count in self.parts(number):
                if index != current:
                    current, member = index, even.member(index, self.clocks[index])
                    draws = self._drawn(index)
                pieces.append(Piece(member, self.clocks[index], _slice(draws, first, count)))
            yield Task(number, tuple(pieces))

    def _drawn(self, member: int) -> Draws:
        if not self.sample:
            return Draws()
        return applied(self.sample, self.common.model, self.members[member], self._paths(member))


def _bytes(values: np.ndarray) -> bytes:
    return np.ascontiguousarray(values, dtype="<f8").tobytes()


def _slice(draws: Draws, first: int, count: int) -> Draws:
    """Return some of the draws, with the luck that they have among all of them."""
    values, series = (
        {name: value[first : first + count] for name, value in table.items()} for table in (draws.values, draws.series)
    )
    return Draws(values, count, draws.seed, first, series)


class _Even:
    """Members that all set the same names: what one of them sets, the others set to the model's value."""

    def __init__(
        self, model: Model, members: Sequence[Member], draw_names: Sequence[str], over_time: Iterable[str] = ()
    ) -> None:
        self.members, self.draw_names = members, frozenset(draw_names)
        path_names = [*over_time, *(name for member in members for name in member.series)]
        self.series = sorted({identifier(name) for name in path_names})
        names = (
            {identifier(name) for member in members for name in member.constants} | set(draw_names) | set(self.series)
        )
        self.defaults = {n: model.constant(n) for n in sorted(names) if model.variable(n).role == "constant"}

    def member(self, index: int, clock: Clock) -> Member:
        """Return a member with all names."""
        own = {identifier(name): value for name, value in self.members[index].constants.items()}
        series = {identifier(name): points for name, points in self.members[index].series.items()}
        constants = {**self.defaults, **own}
        for name in self.series:
            free = name in self.draw_names and name not in own  # a draw is one number: it cannot go over time
            if name not in series and name in constants and not free:
                level = float(constants[name])
                series[name] = ((clock.start, level), (clock.stop, level))
        return Member({name: v for name, v in constants.items() if name not in series}, series)


def compute(common: Common, task: Task, engine: Engine) -> Block:
    """Run the members of a block; one that fails is NaN throughout, and has a reason.

    Raises
    ------
    UrbsimError
        For mistakes of the user. Anything else that goes wrong is the reason why the members of the block failed.
    """
    try:
        return _computed(common, task, engine)
    except UrbsimError:
        raise
    except Exception as error:  # one block must not cost a batch
        return lost(common, task.size, f"{type(error).__name__}: {error}")


def lost(common: Common, size: int, reason: str) -> Block:
    """Return a block all of whose members failed."""
    return Block(_room(common, size), dict.fromkeys(range(size), reason), {})


def _room(common: Common, size: int) -> dict[str, np.ndarray]:
    lead, form = (size, len(common.times)), common.form
    return {array.name: np.full((*lead, *array.shape), np.nan, dtype=form.kind) for array in form.arrays}


def _computed(common: Common, task: Task, engine: Engine) -> Block:
    values, failures = _room(common, task.size), dict[int, str]()
    ledgers: dict[str, float] = {}
    for pieces, rows in _together(task.pieces):
        wrong = {p: reason for p, piece in enumerate(pieces) if (reason := _unfit(piece.member))}
        failures |= {int(row): wrong[p] for p in wrong for row in rows[p]}
        sound = [p for p in range(len(pieces)) if p not in wrong]
        if not sound:
            continue
        group, at = [pieces[p] for p in sound], np.concatenate([rows[p] for p in sound])
        trajectories = engine.run(
            common.model,
            [piece.member for piece in group],
            common.form.outputs,
            group[0].clock,
            lambda _: None,
            group[0].draws,
        )
        reasons = {**_outside(common, trajectories), **trajectories.failed}
        good = np.array([row for row in range(len(at)) if row not in reasons], dtype=np.intp)
        failures |= {int(at[row]): reason for row, reason in reasons.items()}
        offset = int(group[0].clock.start - common.times[0])
        for array in common.form.arrays:
            part = array.of(trajectories.values[array.variable][good])
            values[array.name][at[good], offset : offset + part.shape[1]] = part
        for name in common.form.ledgers if len(good) else ():
            ledgers[name] = max(ledgers.get(name, 0.0), float(np.abs(trajectories.values[name][good]).max()))
    return Block(values, dict(sorted(failures.items())), ledgers)


def _together(pieces: Sequence[Piece]) -> Iterator[tuple[list[Piece], list[np.ndarray]]]:
    """Give pieces that run in one call, and the rows of each: without draws those of one clock, else one by one."""
    ends = np.cumsum([0, *(piece.draws.count for piece in pieces)])
    rows = [np.arange(first, last) for first, last in pairwise(ends)]
    apart = [None if piece.plain else index for index, piece in enumerate(pieces)]
    for members in calls([piece.clock for piece in pieces], apart):
        yield [pieces[index] for index in members], [rows[index] for index in members]


def _unfit(member: Member) -> str | None:
    """Return why a member cannot run, or None."""
    for name, value in member.constants.items():
        if not np.isfinite(value).all():
            return f"{name} is set to a number that is not finite"
    return None


def _outside(common: Common, trajectories: Trajectories) -> dict[int, str]:
    """Return the members that leave the range which the model gives to a variable, and the first time they do."""
    first: dict[int, tuple[float, str]] = {}
    for variable, (low, high) in common.form.limits.items():
        flat = trajectories.values[variable].reshape(*trajectories.values[variable].shape[:2], -1)
        slack = 1e-9 * max(abs(limit) for limit in (low, high) if np.isfinite(limit))
        out = (flat < low - slack) | (flat > high + slack)
        for row in np.flatnonzero(out.any(axis=(1, 2))).tolist():
            time, element = np.argwhere(out[row])[0]
            when, name = float(trajectories.times[time]), common.model.variable(variable).spelled
            reason = f"{name} is {flat[row, time, element]:.6g} in {when:g}, outside its range {low:g} to {high:g}"
            if row not in first or when < first[row][0]:
                first[row] = when, reason
    return {row: reason for row, (_, reason) in first.items()}


def encoded(common: Common, block: Block) -> bytes:
    """Return a block as bytes: a seal, what failed, the numbers."""
    head = json.dumps({"failed": {str(k): v for k, v in block.failed.items()}, "ledgers": dict(block.ledgers)})
    numbers = b"".join(np.ascontiguousarray(block.values[array.name]).tobytes() for array in common.form.arrays)
    body = head.encode() + b"\n" + numbers
    return hashlib.sha256(body).hexdigest().encode() + body


def decoded(common: Common, size: int, content: bytes) -> Block | None:
    """Return a block from bytes, or None where they are not whole."""
    seal, body = content[:_SEAL], memoryview(content)[_SEAL:]
    if hashlib.sha256(body).hexdigest().encode() != seal:
        return None
    end = content.index(b"\n", _SEAL) + 1
    head = json.loads(content[_SEAL:end])
    values, form = {}, common.form
    for array in form.arrays:
        shape = (size, len(common.times), *array.shape)
        count = int(np.prod(shape))
        values[array.name] = np.frombuffer(content, form.kind, count, end).reshape(shape)
        end += count * form.kind.itemsize
    return Block(values, {int(k): v for k, v in head["failed"].items()}, head["ledgers"])


def slim(common: Common) -> Common:
    """Return the common inputs without those that a process elsewhere makes for itself."""
    model = common.model
    return replace(common, model=replace(model))
