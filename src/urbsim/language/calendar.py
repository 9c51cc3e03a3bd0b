"""Sums over the calendar year of what a model counts per year: stocks that the turn of the year empties.

A stock of ``x`` adds up x and is emptied in the step that begins with a year, so that at t.0 it holds the whole of year
t and nothing of the next: exactly, in every engine, and whatever x becomes at the turn. At the start it holds what x is
then, times a year. Means of saved values were turned down: they take sixteen times the rows, and a flow that jumps at
the turn of the year shows in the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from urbsim.language import ir
from urbsim.language.checks.unit_algebra import Units
from urbsim.language.edit import with_variables
from urbsim.language.model import Model
from urbsim.names import identifier

SECTOR = "Calendar"  # of the variables that are added: no author wrote them
_YEAR, _TURN = "length_of_the_calendar_year", "turn_of_the_calendar_year"


def in_year(name: str) -> str:
    """Return the identifier of the sum of a variable over the calendar year."""
    return f"{identifier(name)}_in_year"


def with_years(model: Model, names: Iterable[str]) -> Model:
    """Return a model that holds the sums over the calendar year of some variables; it may lack some of them."""
    keys = [key for key in dict.fromkeys(map(identifier, names)) if key in model.by_name and not model.excused(key)]
    sums = [_sum(model, key) for key in keys if in_year(key) not in model.by_name]
    return with_variables(model, [*_turn(), *sums]) if sums else model


def _turn() -> Iterator[ir.Variable]:
    """Give the length of a year, and the pulse of one step with which each year begins."""
    year, step, half = ir.Ref(_YEAR), ir.Ref("time_step"), ir.Num(2.0)
    middle = ir.Op("+", (ir.Ref("time"), ir.Op("/", (step, half))))  # of the step: rounding moves no year
    begins = ir.Op("<", (ir.Call("modulo", (), (middle, year)), step))
    pulse = ir.Call("if_then_else", (), (begins, ir.Op("/", (ir.Num(1.0), step)), ir.Num(0.0)))
    yield _variable(_YEAR, "Year", "Length of a year. [definition]", ir.Num(1.0))
    yield _variable(_TURN, "1/Year", "Pulse of one step with which every year begins.", pulse)


def _sum(model: Model, key: str) -> ir.Variable:
    variable, name = model.variable(key), in_year(key)
    dims = model.dims(key)
    subs = tuple(ir.Sub(dim) for dim in dims)
    flow, own = ir.Ref(key, subs), ir.Ref(name, subs)
    net = ir.Op("-", (flow, ir.Op("*", (own, ir.Ref(_TURN)))))
    stock = ir.Stock(net, ir.Op("*", (flow, ir.Ref(_YEAR))))
    comment = f"Over the calendar year: {variable.comment}"
    return _variable(name, _times_year(model, variable.unit), comment, stock, dims)


def _times_year(model: Model, unit: str) -> str:
    units = Units(model.source)
    try:
        return str(units.read(unit) * units.read("Year"))
    except ValueError:  # told where units are checked
        return unit


def _variable(name: str, unit: str, comment: str, expr: ir.Expr, dims: tuple[str, ...] = ()) -> ir.Variable:
    definition = ir.Definition(dims, (), expr)
    return ir.Variable(name, name.replace("_", " "), unit, comment, (definition,), group=SECTOR)
