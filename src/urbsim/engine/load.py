"""Any model: load a Vensim or XMILE file, set constants, run it, get a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product

import numpy as np
import xarray as xr

from urbsim.engine.compiler import compile
from urbsim.engine.contract import Clock, Progress, silent
from urbsim.engine.dataset import dataset
from urbsim.engine.lower.lowering import lower
from urbsim.engine.run.compile import batched
from urbsim.engine.run.final_time import ended, moves
from urbsim.engine.run.runner import Result
from urbsim.engine.settings import Values, clock_with, constants, member_of, own_clock, values_by_name
from urbsim.language import ir
from urbsim.language.ir import CLOCK
from urbsim.language.model import Model
from urbsim.names import element


class LoadedModel:
    """A model that can be run again and again; compiled code is kept on disk."""

    def __init__(self, structure: Model) -> None:
        self.structure = structure

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
        return own_clock(self.structure)

    def run(
        self,
        parameters: Values | None = None,
        outputs: Sequence[str] | None = None,
        *,
        seed: int = 0,
        threads: int | None = None,
        fast: bool = False,
        progress: Progress = silent,
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
        model = self.structure
        values, clock, moving = self._settings(parameters)
        if moving:
            clock = ended(model.label, clock, lambda c: self._run(["final_time"], values, c, seed))
        names = self._outputs(outputs)
        code = compile(model, names, list(values), fast=fast)
        member, draws = member_of(model, code.runner.layout.parameters, values, seed)
        result = code.run([member], clock, draws, seed=seed, threads=threads, progress=progress)
        return dataset(model, code.runner.layout.outputs, result, ensemble=draws is not None)

    def _settings(self, parameters: Values | None) -> tuple[dict[str, np.ndarray], Clock, bool]:
        """Return values by identifier, the clock, and whether its end must be found by running."""
        model = self.structure
        values = values_by_name(model, parameters or {})
        times = {name: values.pop(name) for name in CLOCK if name in values}
        clock = clock_with(model, self.clock, times)
        if values:
            constants(model, [n for n in values if model.by_name[n].role != "lookup"])
        return values, clock, moves(model) and "final_time" not in times

    def _outputs(self, outputs: Sequence[str] | None) -> list[str]:
        if outputs is None:
            return self.variables
        return list(dict.fromkeys(self.structure.variable(name).name for name in outputs))

    def _run(self, outputs: Sequence[str], values: dict[str, np.ndarray], clock: Clock, seed: int) -> Result:
        code = compile(self.structure, outputs, list(values))
        member, draws = member_of(self.structure, code.runner.layout.parameters, values, seed)
        return code.run([member], clock, draws, seed=seed)

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
        model = self.structure
        values, clock, _ = self._settings(parameters)
        outputs_by_name = self._outputs(outputs)
        names = list(dict.fromkeys(model.variable(name).name for name in by))
        free = list(dict.fromkeys([*values, *names]))
        constants(model, [n for n in free if model.by_name[n].role != "lookup"])
        parts, labels = [], []
        for numbers in batched(self._numbers(names)):
            code = compile(model, outputs_by_name, free, by=[(name, index) for name, index, _ in numbers])
            member, draws = member_of(model, code.runner.layout.parameters, values, seed)
            result = code.run([member], clock, draws, seed=seed, threads=threads)
            slots = code.runner.layout.outputs[: len(outputs_by_name)]
            for number, (_, _, label) in enumerate(numbers):
                slopes = Result(result.times, {n: result.slopes[n][number] for n in outputs_by_name}, {})
                parts.append(dataset(model, slots, slopes, ensemble=draws is not None))
                labels.append(label)
        return xr.concat(parts, dim="parameter").assign_coords(parameter=labels)

    def _numbers(self, names: Sequence[str]) -> Iterator[tuple[str, int, str]]:
        """Give every number of some constants: name, place, label."""
        program = lower(self.structure, [], names, own_clock=True)
        for slot in program.parameters:
            for index, elements in enumerate(product(*slot.axes)):
                spelled = tuple(self.structure.spelled.get(e, e) for e in elements)
                yield slot.name, index, element(self.structure.by_name[slot.name].spelled, spelled)


def _over_time(variable: ir.Variable) -> bool:
    """Tell whether a variable has values over time: not a table, nor data that the model does not hold."""
    first = variable.definitions[0]
    return first.kind != "lookup" and not (isinstance(first.expr, ir.External) and first.expr.kind == "missing")
