"""The catalogue of functions: what each is called, how many arguments it takes, what it does with units and time.

One row of :mod:`urbsim.language.functions` says all that is known of a function; how it is computed stands in
:mod:`urbsim.engine.lower.calls`, under the name of the row. A new function is a row and a builder.
"""

from __future__ import annotations

from urbsim.language.functions import arrays, gaps, memory, numbers, random, xmile
from urbsim.language.functions.row import Function
from urbsim.language.position import EquationError

ROWS: tuple[Function, ...] = (
    *numbers.ROWS,
    *random.ROWS,
    *arrays.ROWS,
    *memory.ROWS,
    *xmile.ROWS,
    *gaps.ROWS,
)
FUNCTIONS = {row.name: row for row in ROWS}
XMILE = {name.lower(): row for row in ROWS for name in row.xmile}
_CALLED = {row.name: row for row in ROWS if row.is_call}


def title(name: str) -> str:
    """Return a function, a table or a macro as an author writes it."""
    return _CALLED[name].title if name in _CALLED else name.upper().replace("_", " ")


def initial_argument(name: str) -> int | None:
    """Return which argument of a call acts only at the start, counted from 0, or None where all act."""
    return _CALLED[name].initial if name in _CALLED else None


def remembers(name: str) -> bool:
    """Tell whether a call looks at steps before."""
    return name in _CALLED and _CALLED[name].memory


def moves(name: str) -> bool:
    """Tell whether a call may give another number in each step though its arguments stay."""
    row = _CALLED.get(name)
    return row is not None and (row.clock or row.random or row.memory)


def check_count(name: str, count: int, least: int, most: int) -> None:
    """Refuse a number of arguments that a function, a table or a macro does not take.

    Parameters
    ----------
    name
        How messages call it.
    count, least, most
        The number of arguments, and the numbers that it takes.

    Raises
    ------
    EquationError
        With the numbers that it takes.
    """
    if not least <= count <= most:
        counts = f"{least}" if least == most else f"{least} to {most}"
        raise EquationError("argument-count", f"{name} takes {counts} argument{'s' * (most != 1)}, not {count}")
