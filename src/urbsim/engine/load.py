"""Any model: load a Vensim or XMILE file, set constants, run it, get a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from urbsim.engine.code.program import Slot
from urbsim.engine.contract import Clock, Progress
from urbsim.engine.lower.lowering import lower
from urbsim.engine.lower.scope import CLOCK
from urbsim.engine.run.compile import Wanted, batched, compiled
from urbsim.engine.run.final_time import ended, moves
from urbsim.engine.run.runner import Result, Rows, Runner
from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.parse import parse_model
from urbsim.names import element, identifier

Values = Mapping[str, npt.ArrayLike]


def load_model(path: str | Path) -> LoadedModel:
    """Load a Vensim (.mdl) or XMILE (.xmile, .stmx, .xml) model.

    Raises
    ------
    InputError
        Where the file cannot be read or parsed: one problem for each equation at fault.

    Examples
    --------
    >>> model = urbsim.load_model("teacup.mdl")  # doctest: +SKIP
    >>> model.run({"Room Temperature": [15, 20, 25]})["teacup_temperature"]  # doctest: +SKIP
    """
    return LoadedModel(parse_model(Path(path)))


class LoadedModel:
    """A model that can be run again and again; compiled code is kept on disk."""

    def __init__(self, structure: Model) -> None:
        self.structure = structure
        self._by_name = {v.name: v for v in structure.variables}

    def __repr__(self) -> str:
        return f"<model {self.structure.label}: {len(self.variables)} variables>"

    @property
    def variables(self) -> list[str]:
        """Return the identifiers of all variables that have values over time."""
        return [v.name for v in self.structure.variables if _over_time(v)]

    @cached_property
    def clock(self) -> Clock:
        """Return the clock that the model's own equations give.

        Raises
        ------
        InputError
            Where it is missing or not made of numbers.
        """
        missing = [name for name in CLOCK if name not in self._by_name]
        if missing:
            names = ", ".join(name.upper().replace("_", " ") for name in missing)
            raise InputError(
                Problem(
                    "missing-clock", Place(self.structure.label), f"the model has no {names}", "define it as a number"
                )
            )
        found = self._constants([name for name in CLOCK if not (self._moving and name == "final_time")])
        step, start, save = (float(found[name]) for name in ("time_step", "initial_time", "saveper"))
        stop = float(found.get("final_time", start))  # a FINAL TIME that moves is found by running
        if not (step > 0 and stop >= start and np.isfinite([step, start, stop, save]).all()):
            message = f"the clock cannot run: from {start:g} to {stop:g} in steps of {step:g}"
            raise InputError(Problem("missing-clock", Place(self.structure.label), message))
        return Clock(start, stop, step, save)

    @cached_property
    def _moving(self) -> bool:
        return moves(self.structure)

    def _constants(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the values of constants."""
        program = lower(self.structure, names, own_clock=True)
        found: dict[str, np.ndarray] = {}
        for slot in program.outputs:
            nodes = program.output_nodes[slot.start : slot.start + slot.size]
            values = [None if n is None else program.graph.value(n) for n in nodes]
            if any(n is not None and v is None for n, v in zip(nodes, values, strict=True)):
                spelled = self._by_name[slot.name].spelled
                message, hint = f"{spelled!r} is computed by the model and cannot be set", "set a constant behind it"
                if slot.name in CLOCK:
                    message, hint = f"{spelled!r} changes while the model runs", "only FINAL TIME may do so"
                raise InputError(Problem("wrong-value", Place(self.structure.label), message, hint))
            found[slot.name] = np.array([np.nan if v is None else v for v in values]).reshape(slot.shape)
        return found

    def run(
        self,
        parameters: Values | None = None,
        outputs: Sequence[str] | None = None,
        *,
        seed: int = 0,
        threads: int | None = None,
        fast: bool = False,
        progress: Progress = lambda _: None,
    ) -> xr.Dataset:
        """Run the model, once or as an ensemble.

        Parameters
        ----------
        parameters
            Constants and tables by name. A value has the variable's shape, or one axis more in front: the members of
            an ensemble. A table is given by the y of its points. Values of the clock (TIME STEP, ...) are numbers.
        outputs
            Names of the variables to return; by default all.
        seed
            Of random functions: a member's numbers depend on it, the member and the step alone.
        threads
            How many to use; by default as many as there are processors.
        fast
            Relaxed floating point: a little faster, results differ in the last digits.

        Returns
        -------
        xarray.Dataset
            Variables by identifier with dims ([member,] time, *subscripts); ``attrs["broken"]`` lists members with
            a value that is not finite.

        Raises
        ------
        InputError
            For unknown names with the nearest ones, wrong shapes, values that are not finite, and whatever is wrong
            with the model.
        """
        given = self._named(parameters or {})
        times = {name: given.pop(name) for name in CLOCK if name in given}
        clock = self._clock(times)
        wanted = list(dict.fromkeys(self._find(name) for name in outputs)) if outputs is not None else self.variables
        if given:
            self._constants([n for n in given if self._by_name[n].definitions[0].kind != "lookup"])
        if self._moving and "final_time" not in times:
            clock = ended(self.structure.label, clock, lambda c: self._final(c, given, seed))
        key = Wanted(self.structure.digest, lambda: self.structure, tuple(wanted), tuple(given), fast=fast)
        runner = compiled(key)
        rows, ensemble = self._rows(runner, given)
        found = runner.run(rows, clock, seed, threads, progress)
        return self._dataset(runner.layout.outputs, found, ensemble=ensemble)

    def _final(self, clock: Clock, given: dict[str, np.ndarray], seed: int) -> Result:
        """Return FINAL TIME at each step."""
        runner = compiled(Wanted(self.structure.digest, lambda: self.structure, ("final_time",), tuple(given)))
        return runner.run(self._rows(runner, given)[0], clock, seed, None, lambda _: None)

    def derivatives(
        self,
        by: Sequence[str],
        parameters: Values | None = None,
        outputs: Sequence[str] | None = None,
        *,
        seed: int = 0,
        threads: int | None = None,
    ) -> xr.Dataset:
        """Return derivatives of outputs with respect to constants, for each member, exact to rounding.

        Parameters
        ----------
        by
            Names of constants and tables; those with elements or points are taken by each of their numbers.
        parameters, outputs, seed, threads
            As in :meth:`run`.

        Returns
        -------
        xarray.Dataset
            Variables with dims (parameter, [member,] time, *subscripts).

        Raises
        ------
        InputError
            As :meth:`run`.
        EngineError
            Where an output depends on a constant through a function without a derivative.
        """
        given = self._named(parameters or {})
        clock = self._clock({name: given.pop(name) for name in CLOCK if name in given})
        wanted = tuple(dict.fromkeys(self._find(name) for name in outputs)) if outputs is not None else self.variables
        names = list(dict.fromkeys(self._find(name) for name in by))
        free = tuple(dict.fromkeys([*given, *names]))
        self._constants([n for n in free if self._by_name[n].definitions[0].kind != "lookup"])
        parts, labels = [], []
        for numbers in batched(self._numbers(names)):
            key = tuple((name, index) for name, index, _ in numbers)
            runner = compiled(Wanted(self.structure.digest, lambda: self.structure, tuple(wanted), free, by=key))
            rows, ensemble = self._rows(runner, given)
            found = runner.run(rows, clock, seed, threads, lambda _: None)
            for number, (_, _, label) in enumerate(numbers):
                chosen = Result(found.times, {n: found.values[f"{n}/{number}"] for n in wanted}, {})
                parts.append(self._dataset(runner.layout.outputs[: len(wanted)], chosen, ensemble=ensemble))
                labels.append(label)
        return xr.concat(parts, dim="parameter").assign_coords(parameter=labels)

    def _numbers(self, names: Sequence[str]) -> Iterator[tuple[str, int, str]]:
        """Give every number of some constants: name, place, label."""
        program = lower(self.structure, [], names, own_clock=True)
        for slot in program.parameters:
            for index, elements in enumerate(product(*slot.axes)):
                spelled = tuple(self.structure.spelled.get(e, e) for e in elements)
                yield slot.name, index, element(self._by_name[slot.name].spelled, spelled)

    def _find(self, name: str) -> str:
        key = identifier(name)
        if key not in self._by_name:
            known = [v.spelled for v in self.structure.variables]
            raise InputError(
                Problem("unknown-name", Place(self.structure.label), f"has no variable {name!r}", nearest(name, known))
            )
        return key

    def _named(self, parameters: Values) -> dict[str, np.ndarray]:
        """Return values by identifier; all unknown names and bad values at once."""
        found: dict[str, np.ndarray] = {}
        problems: list[Problem] = []
        for name, value in parameters.items():
            try:
                key = self._find(name)
            except InputError as error:
                problems += error.problems
                continue
            try:
                array = np.asarray(value, dtype=float)
            except (TypeError, ValueError):
                problems.append(self._problem(name, f"needs numbers, not {value!r}"))
                continue
            if not np.isfinite(array).all():
                bad = array[~np.isfinite(array)].flat[0]
                problems.append(self._problem(name, f"needs finite numbers, not {bad}"))
            low, high = self._by_name[key].limits
            outside = array[(array < (-np.inf if low is None else low)) | (array > (np.inf if high is None else high))]
            if outside.size:
                told = f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
                problems.append(
                    self._problem(name, f"lies outside its range in the model, {told}: {outside.flat[0]:g}")
                )
            found[key] = array
        if problems:
            raise InputError(problems)
        return found

    def _problem(self, name: str, message: str) -> Problem:
        return Problem("wrong-value", Place(self.structure.label), f"{name!r} {message}")

    def _clock(self, given: Mapping[str, np.ndarray]) -> Clock:
        own = self.clock
        fields = {"time_step": "step", "initial_time": "start", "final_time": "stop", "saveper": "save"}
        for name, value in given.items():
            if value.ndim:
                raise InputError(self._problem(name, "must be one number: all members share the clock"))
        values = {fields[name]: float(value) for name, value in given.items()}
        if self._moving:
            values.setdefault("stop", values.get("start", own.start))
        if "step" in values and "save" not in values and own.save == own.step:
            values["save"] = values["step"]
        clock = Clock(**{"start": own.start, "stop": own.stop, "step": own.step, "save": own.save, **values})
        if clock.step <= 0 or clock.stop < clock.start:
            message = f"the clock cannot run: from {clock.start:g} to {clock.stop:g} in steps of {clock.step:g}"
            raise InputError(Problem("wrong-value", Place(self.structure.label), message))
        return clock

    def _rows(self, runner: Runner, given: Mapping[str, np.ndarray]) -> tuple[Rows, bool]:
        """Return members as numbers, and whether they are an ensemble."""
        slots = {slot.name: slot for slot in runner.layout.parameters}
        many = {n: v for n, v in given.items() if v.ndim == len(slots[n].shape) + 1}
        sizes = {n: len(v) for n, v in many.items()}
        problems = [
            self._problem(n, f"has shape {v.shape} and needs {slots[n].shape}, or that with members in front")
            for n, v in given.items()
            if v.shape[-len(slots[n].shape) or v.ndim :] != slots[n].shape
        ]
        if len(set(sizes.values())) > 1:
            told = ", ".join(f"{n}: {size}" for n, size in sizes.items())
            problems.append(
                Problem(
                    "wrong-value",
                    Place(self.structure.label),
                    f"parameters disagree about the number of members: {told}",
                )
            )
        if problems:
            raise InputError(problems)
        base = runner.layout.defaults.copy()
        for name, value in given.items():
            if name not in many:
                base[slots[name].start :][: slots[name].size] = value.ravel()
        if not many:
            return Rows(base[None], np.zeros((1, 1, 0))), False
        columns = [np.arange(slots[n].start, slots[n].start + slots[n].size) for n in many]
        varied = [v.reshape(len(v), -1) for v in many.values()]
        return Rows(base[None], np.zeros((1, 1, 0)), np.concatenate(columns), np.concatenate(varied, axis=1)), True

    def _dataset(self, slots: Sequence[Slot], found: Result, *, ensemble: bool) -> xr.Dataset:
        variables = {}
        coords: dict[str, object] = {"time": ("time", found.times)}
        taken = {*self._by_name, "time", "member"}
        for slot in slots:
            variable = self._by_name[slot.name]
            dims = list(_unlike(slot.dims, taken))
            coords.update({dim: (dim, list(axis)) for dim, axis in zip(dims, slot.axes, strict=True)})
            values = found.values[slot.name]
            attributes = {"units": variable.unit, "long_name": variable.spelled, "comment": variable.comment}
            lead = ("member", "time") if ensemble else ("time",)
            variables[slot.name] = ((*lead, *dims), values if ensemble else values[0], attributes)
        variables.pop("time", None)
        told = [f"member {m}: {name} from {time:g} on" for m, (name, time) in found.broken.items()]
        return xr.Dataset(
            variables,
            coords=coords,
            attrs={"model": self.structure.label, "broken": told, "notes": list(self.structure.notes)},
        )


def _over_time(variable: ir.Variable) -> bool:
    """Tell whether a variable has values over time: not a table, nor data that the model does not hold."""
    first = variable.definitions[0]
    return first.kind != "lookup" and not (isinstance(first.expr, ir.External) and first.expr.kind == "missing")


def _unlike(dims: Sequence[str], taken: set[str]) -> Iterator[str]:
    """Give dims names that no variable has, each once."""
    used: set[str] = set()
    for dim in dims:
        name = dim
        while name in taken or name in used:
            name += "_"
        used.add(name)
        yield name
