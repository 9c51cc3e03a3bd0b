"""A member as a plain model file: numbers in the place of constants, tables of time in that of paths.

Only names and functions of our own reach PySD and pysimlin; see :mod:`urbsim.language.vensim.writer`. A table of theirs
has one value at each time. So a jump takes the step before it, and what is kept at the time of a jump is that of a
second run, which ends there and never jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from urbsim.engine.contract import Clock, Member, Points, along, jumps, ramped
from urbsim.engine.run.rows import checked
from urbsim.errors import EngineError
from urbsim.language import ir
from urbsim.language.edit import with_variables
from urbsim.language.model import Model
from urbsim.language.vensim.writer import Plain, plain
from urbsim.language.walk import names as names_in
from urbsim.names import element, identifier


def member_file(model: Model, member: Member, clock: Clock, outputs: Sequence[str]) -> Plain:
    """Return the file of a member, with the variables that some outputs need.

    Parameters
    ----------
    model
        The model.
    member
        Constants by name, shaped by their subscripts, and scalar constants over time.
    clock
        Start, stop and step in years, and how often results are saved.
    outputs
        Names of variables.

    Raises
    ------
    EngineError
        For variables that are no constants, values of another shape or not finite, and what Vensim has no words for.
    """
    times = {"initial_time": clock.start, "final_time": clock.stop, "time_step": clock.step, "saveper": clock.save}
    variables = [_constant(model, name, value) for name, value in member.constants.items()]
    variables += [_path(model, name, ramped(points, clock.step)) for name, points in member.series.items()]
    variables += [ir.Variable(name, name, "", "", (_number((), value),)) for name, value in times.items()]
    return plain(_needed(with_variables(model, variables), [*outputs, *times]))


def before_jumps(
    run: Callable[[Member, Clock], dict[str, np.ndarray]], member: Member, clock: Clock
) -> Mapping[str, np.ndarray]:
    """Return what a run gives, (time, *subscripts), with rows of before the jumps of paths where they jump.

    Parameters
    ----------
    run
        Runs a member over a clock.
    member, clock
        Of the whole run.
    """
    values = run(member, clock)
    turns = {float(time) for points in member.series.values() for time in jumps(points)}
    for row, time in enumerate(clock.times.tolist()):
        if time in turns:
            last = run(Member(member.constants, _upto(member.series, time)), replace(clock, stop=time))
            for name, array in values.items():
                array[row] = last[name][row]
    return values


def _upto(series: Mapping[str, Points], time: float) -> dict[str, Points]:
    """Return paths that end at a time, before they jump there."""
    return {
        name: (
            *(point for point in points if point[0] < time),
            (time, float(along(points, np.array(time), before=True))),
        )
        for name, points in series.items()
    }


def _needed(model: Model, outputs: Sequence[str]) -> Model:
    """Return the model without variables that no output needs: engines refuse a file for any of its equations."""
    owners = {name: v.name for v in model.variables for d in v.definitions for name in _further(d.expr)}
    names: set[str] = set()
    ahead = [identifier(name) for name in outputs]
    while ahead:
        name = ahead.pop()
        if name in names or name not in model.by_name:
            continue
        names.add(name)
        ahead += [part for d in model.by_name[name].definitions for part in (*names_in(d.expr), *_further(d.expr))]
        ahead += [owners[name]] if name in owners else []
    return replace(model, variables=tuple(v for v in model.variables if v.name in names))


def _further(expr: ir.Expr) -> tuple[str, ...]:
    """Return the variables that a call of a macro gives besides its value."""
    return expr.outputs if isinstance(expr, ir.Call) else ()


def columns(model: Model, file: Plain, name: str) -> list[str]:
    """Return the columns of a variable's elements in row-major order, without spaces."""
    axes = (model.elements[dim] for dim in model.dims(name))
    plain_name = file.variables[identifier(name)]
    names = (tuple(file.subscripts[part] for part in parts) for parts in product(*axes))
    return [element(plain_name, parts).replace(" ", "") for parts in names]


def _settable(model: Model, name: str) -> ir.Variable:
    variable = model.variable(name)
    if variable.role not in {"constant", "lookup"}:
        raise EngineError(f"{variable.spelled!r} is not a constant of the model and cannot be set")
    return variable


def _constant(model: Model, name: str, value: np.ndarray) -> ir.Variable:
    """Return a constant with other numbers, or a table with other values at the same points."""
    variable = _settable(model, name)
    table = variable.definitions[0].expr
    if variable.role == "lookup":
        if not isinstance(table, ir.Lookup):
            raise EngineError(f"{variable.spelled!r} is no table in numbers and cannot be set")
        values = checked(variable.spelled, value, (len(table.x),))
        shape = ir.Lookup(table.x, tuple(values.tolist()), table.kind)
        return ir.Variable(variable.name, variable.spelled, "", "", (ir.Definition((), (), shape, "lookup"),))
    dims, values = model.dims(name), checked(variable.spelled, value, model.shape(name))
    expr = ir.Array(tuple(values.ravel().tolist())) if dims else ir.Num(float(values))
    return ir.Variable(variable.name, variable.spelled, "", "", (ir.Definition(dims, (), expr),))


def _path(model: Model, name: str, points: Points) -> ir.Variable:
    variable = _settable(model, name)
    pairs = checked(variable.spelled, np.asarray(points, dtype=float), (len(points), 2))
    table = ir.Lookup(tuple(pairs[:, 0].tolist()), tuple(pairs[:, 1].tolist()))
    definition = ir.Definition((), (), ir.WithLookup(ir.Ref("time"), table))
    return ir.Variable(variable.name, variable.spelled, "", "", (definition,))


def _number(subs: tuple[str, ...], value: float) -> ir.Definition:
    return ir.Definition(subs, (), ir.Num(value))
