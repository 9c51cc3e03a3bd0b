"""When a run ends whose FINAL TIME is computed as it goes: at the first step at or after it.

Such a run is done twice, first to see where it ends. All members must end together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from urbsim.engine.contract import Clock
from urbsim.engine.run.runner import SMALL, Result
from urbsim.errors import InputError, Place, Problem
from urbsim.language import catalogue, ir
from urbsim.language.model import Model
from urbsim.language.walk import children

_FIRST, _MOST = 256, 1 << 22  # steps


def moves(model: Model) -> bool:
    """Tell whether FINAL TIME may change while the model runs."""
    variables = {v.name: v for v in model.variables}
    macros = {m.name for m in model.macros}
    visits: set[str] = set()
    names = ["final_time"]
    while names:
        name = names.pop()
        if name in visits or name not in variables:
            continue
        visits.add(name)
        for part in (p for d in variables[name].definitions for p in _parts(d.expr)):
            if isinstance(part, ir.State) and not isinstance(part, ir.Initial):
                return True
            if isinstance(part, ir.Ref) and part.name == "time":
                return True
            if isinstance(part, ir.Call) and (part.function in macros or catalogue.moves(part.function)):
                return True
            if isinstance(part, ir.External) and part.kind == "data":
                return True
            if isinstance(part, ir.Ref):
                names.append(part.name)
    return False


def _parts(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Give an expression and all that is in it, but not what is taken once at the start."""
    yield expr
    if not isinstance(expr, ir.Initial):
        for part in children(expr):
            yield from _parts(part)


def ended(label: str, clock: Clock, run: Callable[[Clock], Result]) -> Clock:
    """Return the clock with the end that a run finds; ``run`` gives FINAL TIME at every step.

    Raises
    ------
    InputError
        Where the run does not end, or the members do not end together.
    """
    length = _FIRST
    while length <= _MOST:
        result = run(replace(clock, stop=clock.start + length * clock.step, save=clock.step))
        (final,) = result.values.values()
        over = result.times >= final - SMALL * clock.step
        if over.any(axis=1).all():
            ends = np.unique(over.argmax(axis=1))
            if len(ends) > 1:
                message = "the members of an ensemble end at different times"
                raise InputError(Problem("final-time", Place(label), message, "set FINAL TIME for all of them"))
            return replace(clock, stop=clock.start + float(ends[0]) * clock.step)
        length *= 8
    raise InputError(
        Problem("final-time", Place(label), f"the run does not reach its FINAL TIME in {_MOST} steps", "set FINAL TIME")
    )
