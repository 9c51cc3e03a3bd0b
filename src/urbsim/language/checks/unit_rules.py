"""What functions and constructs with memory make of the units of their arguments.

Delay and smoothing times, horizons, starts and ends have the unit of time; INTEG has that of its flow times it, TREND
its inverse. EXP, LN and their kin take and give numbers without unit. Rules are those of Vensim's manual; which one a
function has stands in the catalogue. A call with too few arguments is a fault of its own and has no unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol, assert_never

from urbsim.language import ir
from urbsim.language.checks.unit_algebra import PLAIN, Quantity, Result
from urbsim.language.functions.row import Function, UnitRule
from urbsim.units import DIMENSIONLESS, Measure


class Checker(Protocol):
    """Carries units through an equation; what is wrong it notes."""

    time: Measure | None

    def value(self, expr: ir.Expr) -> Result:
        """Return the unit of an expression, None where it is not known."""

    def same(self, args: Sequence[ir.Expr], verb: str) -> Result:
        """Return the one unit that all arguments must have."""

    def need(self, arg: ir.Expr, measure: Measure | None, who: str) -> None:
        """Note where an argument has not the unit that it must have."""

    def product(self, args: Sequence[ir.Expr], *, divide: bool = False) -> Result:
        """Return the unit of a product, or of a quotient, of two."""

    def power(self, base: ir.Expr, exponent: ir.Expr) -> Result:
        """Return the unit of a power."""

    def table(self, name: str) -> Result:
        """Return the declared unit of a variable."""

    def own_measure(self) -> Measure | None:
        """Return the declared unit of the variable under way."""

    def tell(self, message: str, hint: str = "") -> None:
        """Note a fault of the equation under way."""


Rule = Callable[[Checker, Function, Sequence[ir.Expr]], Result]


def result(checker: Checker, function: Function, args: Sequence[ir.Expr]) -> Result:
    """Return the unit that a function gives, None where it is not known."""
    for place in function.times:
        if place < len(args):
            checker.need(args[place], checker.time, function.title)
    if function.unit in RULES and (len(args) >= function.least):
        return RULES[function.unit](checker, function, args)
    for arg in args:
        checker.value(arg)
    return None


def state(checker: Checker, expr: ir.State) -> Result:
    """Return the unit of a construct with memory."""
    match expr:
        case ir.Stock():
            return _stock(checker, expr)
        case ir.Delay() | ir.FixedDelay() | ir.Smooth():
            checker.need(expr.time, checker.time, "SMOOTH" if isinstance(expr, ir.Smooth) else "DELAY")
            if expr.initial is expr.input:
                return checker.value(expr.input)
            return checker.same((expr.input, expr.initial), "begins with another unit:")
        case ir.Trend():
            checker.need(expr.time, checker.time, "TREND")
            return _trend(checker, expr)
        case ir.Forecast():
            checker.need(expr.time, checker.time, "FORECAST")
            checker.need(expr.horizon, checker.time, "FORECAST")
            checker.value(expr.initial)
            return checker.value(expr.input)
        case ir.Sample():
            checker.need(expr.condition, DIMENSIONLESS, "a condition")
            return checker.same((expr.input, expr.initial), "chooses between")
        case ir.Initial():
            return checker.value(expr.initial)
        case _:
            assert_never(expr)


def _stock(checker: Checker, expr: ir.Stock) -> Result:
    rate, clock = checker.value(expr.flow), checker.time
    initial = checker.value(expr.initial)
    if rate is None or clock is None or rate.zero:
        return initial if initial is not None and not initial.literal else None
    if rate.literal:
        own = checker.own_measure()
        checker.need(expr.flow, own / clock if own is not None else None, "the net flow")
        return None
    whole = Quantity(rate.measure * clock)
    if initial is not None and not initial.literal and initial.measure != whole.measure:
        checker.tell(f"begins in {initial.measure}, its net flow needs {whole.measure}")
        return None
    return whole


def _trend(checker: Checker, expr: ir.Trend) -> Result:
    """Give one over time: the unit of a fractional change."""
    checker.value(expr.input)
    if checker.time is None:
        return None
    rate = DIMENSIONLESS / checker.time
    checker.need(expr.initial, rate, "an initial trend")
    return Quantity(rate)


def _first(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    units = [checker.value(arg) for arg in args]
    return units[0]


def _number(checker: Checker, function: Function, args: Sequence[ir.Expr]) -> Result:
    for arg in args:
        checker.need(arg, DIMENSIONLESS, function.title)
    return PLAIN


def _count(checker: Checker, function: Function, args: Sequence[ir.Expr]) -> Result:
    """Give a number without unit, whatever the arguments."""
    for place, arg in enumerate(args):
        if place not in function.times:
            checker.value(arg)
    return PLAIN


def _alike(checker: Checker, function: Function, args: Sequence[ir.Expr]) -> Result:
    """Give the one unit of some arguments, or of all."""
    for place, arg in enumerate(args):
        if function.alike and place not in function.alike:
            checker.value(arg)
    alike = [args[place] for place in function.alike if place < len(args)] if function.alike else args
    return checker.same(alike, f"takes {function.title} of")


def _choice(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    checker.need(args[0], DIMENSIONLESS, "a condition")
    return checker.same(args[1:], "chooses between")


def _root(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    unit = checker.value(args[0])
    return None if unit is None else Quantity(unit.measure ** Fraction(1, 2), unit.literal, unit.zero)


def _power(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    return checker.power(args[0], args[1])


def _quotient(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    """Divide; a third argument that stands in for the quotient must have its unit."""
    quotient = checker.product(args[:2], divide=True)
    if len(args) < 3:
        return quotient
    if quotient is None or quotient.zero:
        return checker.value(args[2])
    checker.need(args[2], quotient.measure, "what stands in for the quotient")
    return quotient


def _inverse(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    unit = checker.value(args[0])
    return None if unit is None else Quantity(DIMENSIONLESS / unit.measure)


def _times_time(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    unit = checker.value(args[0])
    return unit if unit is None or checker.time is None or unit.zero else Quantity(unit.measure * checker.time)


def _per_time(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    unit = checker.value(args[0])
    return unit if unit is None or checker.time is None or unit.zero else Quantity(unit.measure / checker.time)


def _time(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    for arg in args:
        checker.value(arg)
    return None if checker.time is None else Quantity(checker.time)


def _table(checker: Checker, _: Function, args: Sequence[ir.Expr]) -> Result:
    for arg in args[1:]:
        checker.value(arg)
    return checker.table(args[0].name) if isinstance(args[0], ir.Ref) else None


def _inverse_table(checker: Checker, function: Function, args: Sequence[ir.Expr]) -> Result:
    """Take a value of a table; the unit of the argument that has it stands nowhere."""
    unit = checker.table(args[0].name) if isinstance(args[0], ir.Ref) else None
    checker.need(args[1], None if unit is None else unit.measure, function.title)
    return None


RULES: Mapping[UnitRule, Rule] = {  # of the others nothing is known, or their parts have rules
    "number": _number,
    "count": _count,
    "first": _first,
    "alike": _alike,
    "choice": _choice,
    "root": _root,
    "power": _power,
    "quotient": _quotient,
    "inverse": _inverse,
    "time": _time,
    "times time": _times_time,
    "per time": _per_time,
    "table": _table,
    "inverse table": _inverse_table,
}
