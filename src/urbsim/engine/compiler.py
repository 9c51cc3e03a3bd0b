"""A model as code that runs, and the engine contract through it: the default, and the only one for large ensembles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from urbsim.engine.contract import Clock, Draws, Engine, Member, Progress, Trajectories, silent
from urbsim.engine.run.compile import Request, batched, runner_of
from urbsim.engine.run.rows import rows
from urbsim.engine.run.runner import Result, Rows, Runner
from urbsim.language.model import Model
from urbsim.names import identifier

_READY = 8  # compiled models that an engine remembers
_DIAGNOSED = 64  # members whose failure is traced to its first variable; the others name an output
Number = tuple[str, int]  # a constant, table or input, and which of its numbers


@dataclass(frozen=True)
class CompiledModel:
    """A model as code that runs, for some outputs and for what members may set."""

    request: Request
    runner: Runner

    def run(
        self,
        members: Sequence[Member],
        clock: Clock,
        draws: Draws | None = None,
        *,
        seed: int | None = None,
        threads: int | None = None,
        progress: Progress = silent,
    ) -> Result:
        """Run every member, once for each draw.

        Parameters
        ----------
        members, draws
            What each run sets; constants that it does not set have the values of the model.
        clock
            Start, stop and step in years, and how often results are saved.
        seed
            Of random functions; by default that of the draws.
        threads
            How many to use; by default as many as there are processors.
        progress
            Is called with the number of members that have ended since the last call.

        Returns
        -------
        Result
            Outputs by identifier, (member x draw, time, *subscripts), draws of one member in a row; ``slopes`` has the
            derivatives that the model was compiled with, (number, member x draw, time, *subscripts).

        Raises
        ------
        EngineError
            For a value that is not finite or has the wrong shape.
        """
        numbers = rows(self.runner.layout, members, clock, draws)
        own = draws.seed if draws else 0
        return self.of_rows(numbers, clock, own if seed is None else seed, threads, progress)

    def of_rows(self, numbers: Rows, clock: Clock, seed: int, threads: int | None, progress: Progress) -> Result:
        """Run members that are numbers already; see :meth:`run`.

        Parameters
        ----------
        numbers
            Values of all parameters and inputs, by member x draw.
        clock
            Start, stop and step in years.
        seed
            Of random functions.
        threads
            How many to use; None is one per processor.
        progress
            Is called with the number of members that have ended since the last call.
        """
        result = self.runner.run(numbers, clock, seed, threads, progress)
        if not self.request.by:
            return result
        outputs, count = self.request.outputs, range(len(self.request.by))
        values = {name: result.values[name] for name in outputs}
        slopes = {name: np.stack([result.values[f"{name}/{number}"] for number in count]) for name in outputs}
        return Result(result.times, values, result.broken, slopes)


def compile(
    model: Model,
    outputs: Sequence[str],
    free: Sequence[str] = (),
    *,
    over_time: Sequence[str] = (),
    by: Sequence[Number] = (),
    fast: bool = False,
) -> CompiledModel:
    """Return a model as code, from the cache on the disk where it was compiled before.

    Parameters
    ----------
    model
        The model; its digest tells it apart from others in the cache.
    outputs
        Names of the variables that a run gives.
    free
        Names of constants and tables that members and draws may set.
    over_time
        Names of scalar constants that members may change over time.
    by
        Numbers of ``free``, or of ``over_time``, by which outputs have derivatives; a few, for code grows with them.
    fast
        Relaxed floating point: a little faster, results differ in the last digits.

    Raises
    ------
    InputError
        Where the model cannot be lowered: one problem for each equation at fault.
    EngineError
        Where an output depends on one of ``by`` through a function without a derivative.
    """
    return _compiled(_request(model, outputs, free, over_time, by, fast=fast))


def compile_for(
    model: Model,
    members: Sequence[Member],
    outputs: Sequence[str],
    free: Sequence[str] = (),
    *,
    by: Sequence[Number] = (),
) -> CompiledModel:
    """Return a model as code in which whatever one of the members sets can be set, and more; see :func:`compile`.

    Parameters
    ----------
    model, outputs, by
        As of :func:`compile`.
    members
        Whose constants and paths can be set.
    free
        Names of further constants.
    """
    constants, over_time = _settable(members, None)
    return compile(model, outputs, [*constants, *free], over_time=over_time, by=by)


def _compiled(request: Request) -> CompiledModel:
    return CompiledModel(request, runner_of(request))


def _request(
    model: Model,
    outputs: Sequence[str],
    free: Sequence[str],
    over_time: Sequence[str],
    by: Sequence[Number] = (),
    *,
    fast: bool = False,
) -> Request:
    inputs = tuple(dict.fromkeys(identifier(name) for name in over_time))
    parameters = tuple(name for name in dict.fromkeys(map(identifier, free)) if name not in inputs)
    names = tuple(dict.fromkeys(identifier(name) for name in outputs))
    return Request(model, names, parameters, inputs, fast, tuple(by))


def _settable(members: Sequence[Member], draws: Draws | None) -> tuple[list[str], list[str]]:
    """Return the constants that are set, and those that are set over time, sorted."""
    draws = draws or Draws()
    over_time = {identifier(name) for paths in (*(m.series for m in members), draws.series) for name in paths}
    constants = {identifier(name) for member in members for name in member.constants} | set(draws.values)
    return sorted(constants - over_time), sorted(over_time)


class CompiledEngine:
    """Runs members in the lanes of vectors and on threads; ``fast`` relaxes floating point."""

    def __init__(self, *, fast: bool = False, threads: int | None = None) -> None:
        self.fast = fast
        self.threads = threads
        self.name = "compiled-fast" if fast else "compiled"
        self._ready: dict[Request, CompiledModel] = {}  # what ran before: the cache on the disk takes milliseconds

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
        free, over_time = _settable(members, draws)
        code = self._code(_request(model, outputs, free, over_time, fast=self.fast))
        numbers = rows(code.runner.layout, members, clock, draws)
        seed = draws.seed if draws else 0
        result = code.of_rows(numbers, clock, seed, self.threads, progress)
        reasons = self._reasons(code.request, result.broken, numbers, clock, seed) if result.broken else {}
        return Trajectories(result.times, result.values, reasons)

    def _code(self, request: Request) -> CompiledModel:
        if request not in self._ready:
            if len(self._ready) >= _READY:
                self._ready.clear()
            self._ready[request] = _compiled(request)
        return self._ready[request]

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

        Parameters
        ----------
        model
            What runs.
        members
            What each run sets.
        outputs
            Names of variables to return.
        by
            Names of scalar constants or levers; one that changes over time is moved as a whole.
        clock
            Start, stop and step in years, and how often results are saved.
        draws
            Values of uncertain constants and tables; none is one run per member.
        """
        names = [identifier(name) for name in by]
        free, over_time = _settable(members, draws)
        parts: list[Mapping[str, np.ndarray]] = []
        for part in batched(names):
            numbers = [(name, 0) for name in part]
            code = compile(model, outputs, sorted({*free, *names}), over_time=over_time, by=numbers, fast=self.fast)
            parts.append(code.run(members, clock, draws, threads=self.threads).slopes)
        return {identifier(name): np.concatenate([part[identifier(name)] for part in parts]) for name in outputs}

    def _reasons(
        self, request: Request, failures: Mapping[int, tuple[str, float]], numbers: Rows, clock: Clock, seed: int
    ) -> dict[int, str]:
        """Return the first variable that is not finite in each member, at the step where it is."""
        model = request.model
        reasons = {m: _reason(model.variable(name).spelled, time) for m, (name, time) in failures.items()}
        names = [v.name for v in model.variables if v.role != "lookup"]
        tracer = self._code(replace(request, outputs=tuple(names)))
        every = Clock(clock.start, clock.stop, clock.step, clock.step)
        for member in list(failures)[:_DIAGNOSED]:
            trace = tracer.of_rows(numbers.only(member), every, seed, 1, silent).broken
            if trace:
                reasons[member] = _reason(model.variable(trace[0][0]).spelled, trace[0][1])
        return reasons


def _reason(name: str, time: float) -> str:
    return f"{name} is not a finite number from {time:g} on"


def make(*, fast: bool = False, threads: int | None = None) -> Engine:
    """Return the engine."""
    return CompiledEngine(fast=fast, threads=threads)
