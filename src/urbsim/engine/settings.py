"""What a run of any model sets: values by name, their shapes, and the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from urbsim.engine.code.program import Slot
from urbsim.engine.contract import Clock, Draws, Member
from urbsim.engine.lower.lowering import lower
from urbsim.engine.run.final_time import moves
from urbsim.errors import InputError, Place, Problem
from urbsim.language.ir import CLOCK
from urbsim.language.model import Model

Values = Mapping[str, npt.ArrayLike]
_FIELDS = {"time_step": "step", "initial_time": "start", "final_time": "stop", "saveper": "save"}


def values_by_name(model: Model, parameters: Values) -> dict[str, np.ndarray]:
    """Return values by identifier.

    Raises
    ------
    InputError
        With all unknown names, values that are no finite numbers and values outside the range of the model.
    """
    values: dict[str, np.ndarray] = {}
    problems: list[Problem] = []
    for name, value in parameters.items():
        try:
            variable = model.variable(name)
            array = np.asarray(value, dtype=float)
        except InputError as error:
            problems += error.problems
            continue
        except (TypeError, ValueError):
            problems.append(_problem(model, name, f"needs numbers, not {value!r}"))
            continue
        if not np.isfinite(array).all():
            bad = array[~np.isfinite(array)].flat[0]
            problems.append(_problem(model, name, f"needs finite numbers, not {bad}"))
        low, high = variable.limits
        outside = array[(array < (-np.inf if low is None else low)) | (array > (np.inf if high is None else high))]
        if outside.size:
            limits = f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
            message = f"lies outside its range in the model, {limits}: {outside.flat[0]:g}"
            problems.append(_problem(model, name, message))
        values[variable.name] = array
    if problems:
        raise InputError(problems)
    return values


def constants(model: Model, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the values of constants, also of those that the model computes from constants alone.

    Raises
    ------
    InputError
        For a variable that changes while the model runs.
    """
    program = lower(model, names, own_clock=True)
    values: dict[str, np.ndarray] = {}
    for slot in program.outputs:
        nodes = program.output_nodes[slot.start : slot.start + slot.size]
        numbers = [None if n is None else program.graph.value(n) for n in nodes]
        if any(n is not None and v is None for n, v in zip(nodes, numbers, strict=True)):
            spelling = model.by_name[slot.name].spelled
            message, hint = f"{spelling!r} is computed by the model and cannot be set", "set a constant behind it"
            if slot.name in CLOCK:
                message, hint = f"{spelling!r} changes while the model runs", "only FINAL TIME may do so"
            raise InputError(Problem("wrong-value", Place(model.label), message, hint))
        values[slot.name] = np.array([np.nan if v is None else v for v in numbers]).reshape(slot.shape)
    return values


def own_clock(model: Model) -> Clock:
    """Return the clock that the model's own equations give; a FINAL TIME that moves is left at the start.

    Raises
    ------
    InputError
        Where it is missing or not made of numbers.
    """
    missing = [name for name in _FIELDS if name not in model.by_name]
    if missing:
        names = ", ".join(name.upper().replace("_", " ") for name in missing)
        message = f"the model has no {names}"
        raise InputError(Problem("missing-clock", Place(model.label), message, "define it as a number"))
    values = constants(model, [name for name in _FIELDS if not (name == "final_time" and moves(model))])
    step, start, save = (float(values[name]) for name in ("time_step", "initial_time", "saveper"))
    stop = float(values.get("final_time", start))
    if not (step > 0 and stop >= start and np.isfinite([step, start, stop, save]).all()):
        message = f"the clock cannot run: from {start:g} to {stop:g} in steps of {step:g}"
        raise InputError(Problem("missing-clock", Place(model.label), message))
    return Clock(start, stop, step, save)


def clock_with(model: Model, own: Clock, times: Mapping[str, np.ndarray]) -> Clock:
    """Return a clock of which some values are set.

    Raises
    ------
    InputError
        Where it cannot run, or members would have different clocks.
    """
    for name, value in times.items():
        if value.ndim:
            raise InputError(_problem(model, name, "must be one number: all members share the clock"))
    values = {_FIELDS[name]: float(value) for name, value in times.items()}
    if moves(model):
        values.setdefault("stop", values.get("start", own.start))
    if "step" in values and "save" not in values and own.save == own.step:
        values["save"] = values["step"]
    clock = Clock(**{"start": own.start, "stop": own.stop, "step": own.step, "save": own.save, **values})
    if clock.step <= 0 or clock.stop < clock.start:
        message = f"the clock cannot run: from {clock.start:g} to {clock.stop:g} in steps of {clock.step:g}"
        raise InputError(Problem("wrong-value", Place(model.label), message))
    return clock


def member_of(
    model: Model, slots: Sequence[Slot], values: Mapping[str, np.ndarray], seed: int
) -> tuple[Member, Draws | None]:
    """Return the member that sets values, and draws of those that have one axis more in front, the ensemble.

    Parameters
    ----------
    model
        For messages.
    slots
        The parameters of the compiled model.
    values
        By identifier, ([member,] *subscripts).
    seed
        Of random functions.

    Raises
    ------
    InputError
        With every value that has another shape, and where the ensemble has no one size.
    """
    shapes = {slot.name: slot.shape for slot in slots}
    many = {n: v for n, v in values.items() if v.ndim == len(shapes[n]) + 1}
    sizes = {n: len(v) for n, v in many.items()}
    problems = [
        _problem(model, n, f"has shape {v.shape} and needs {shapes[n]}, or that with members in front")
        for n, v in values.items()
        if v.shape[-len(shapes[n]) or v.ndim :] != shapes[n]
    ]
    if len(set(sizes.values())) > 1:
        counts = ", ".join(f"{n}: {size}" for n, size in sizes.items())
        message = f"parameters disagree about the number of members: {counts}"
        problems.append(Problem("wrong-value", Place(model.label), message))
    if problems:
        raise InputError(problems)
    member = Member({n: v for n, v in values.items() if n not in many})
    return member, Draws(many, next(iter(sizes.values())), seed) if many else None


def _problem(model: Model, name: str, message: str) -> Problem:
    return Problem("wrong-value", Place(model.label), f"{name!r} {message}")
