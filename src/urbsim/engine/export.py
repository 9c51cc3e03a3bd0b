"""Write a member's values into the author's own file, which keeps its text, for Vensim.

Only numbers are written: constants become numbers, lists or tables, constants over time become
``WITH LOOKUP(Time, ...)``.
"""

from __future__ import annotations

import numpy as np

from urbsim.engine.contract import Clock, Member, Points, ramped
from urbsim.errors import EngineError
from urbsim.language.model import Model
from urbsim.language.vensim.expressions import number
from urbsim.names import element


def patch(model: Model, member: Member, clock: Clock) -> str:
    """Return the model text with a member's constants, series and clock."""
    control = {"INITIAL TIME": clock.start, "FINAL TIME": clock.stop, "TIME STEP": clock.step, "SAVEPER": clock.save}
    constants = {**member.constants, **{name: np.array(value) for name, value in control.items()}}
    edits: list[tuple[tuple[int, int], str]] = []
    for name, value in constants.items():
        right = _table if model.variable(name).role == "lookup" else _constant
        edits += _edits(model, name, right(model, name, np.asarray(value, dtype=float)))
    for name, points in member.series.items():
        edits += _edits(model, name, f"{model.variable(name).spelled} = {_series(ramped(points, clock.step))}")
    source = model.source
    for (start, end), text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _edits(model: Model, name: str, equation: str) -> list[tuple[tuple[int, int], str]]:
    """Replace the first definition of a variable and drop the others; unit and comment of the first stay."""
    variable = model.variable(name)
    if variable.role not in {"constant", "lookup"}:
        raise EngineError(f"{variable.spelled!r} is not a constant of the model and cannot be set")
    first, *others = (definition.entry for definition in variable.definitions if definition.entry)
    omissions = [((entry.span[0], model.source.index("|", entry.span[1]) + 1), "") for entry in others]
    return [(first.span, "\n" + equation), *omissions]


def _constant(model: Model, name: str, value: np.ndarray) -> str:
    """Return a number, a list, or rows that end with ``;``.

    Several lists for one variable were turned down: pysimlin 0.8.5 keeps only the first.
    """
    variable, dims = model.variable(name), model.dims(name)
    if value.shape != model.shape(name):
        raise EngineError(f"{variable.spelled!r} needs values of shape {model.shape(name)}, not {value.shape}")
    if len(dims) > 2:
        raise EngineError(f"{variable.spelled!r} has more than two subscripts; such constants cannot be set")
    rows = [", ".join(number(v) for v in row) for row in np.atleast_2d(value)]
    right = "".join(f"{row};" for row in rows) if len(dims) == 2 else rows[0]
    return f"{element(variable.spelled, tuple(_spelled(model, dim) for dim in dims))} = {right}"


def _table(model: Model, name: str, value: np.ndarray) -> str:
    """Return a lookup with other values at the same points."""
    variable, points = model.variable(name), model.table(name)
    if value.shape != (len(points),):
        raise EngineError(f"{variable.spelled!r} needs values of shape {(len(points),)}, not {value.shape}")
    pairs = ",".join(f"({number(x)},{number(y)})" for x, y in zip(points[:, 0], value, strict=True))
    return f"{variable.spelled}({pairs})"


def _spelled(model: Model, dim: str) -> str:
    return model.spelled.get(dim, dim)


def _series(points: Points) -> str:
    pairs = ",".join(f"({number(time)},{number(value)})" for time, value in points)
    return f"WITH LOOKUP(Time, ({pairs}))"
