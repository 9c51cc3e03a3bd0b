"""What functions and constructs with memory make of the units of their arguments.

Delay and smoothing times, horizons, starts and ends have the unit of time; INTEG has that of its flow times it, TREND
its inverse. EXP, LN and their kin take and give numbers without unit. Rules are those of Vensim's manual; a call with
too few arguments is told elsewhere and has no unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from urbsim.language import ir
from urbsim.language.checks.unit_algebra import PLAIN, Found, Result
from urbsim.language.translate import told
from urbsim.units import DIMENSIONLESS

if TYPE_CHECKING:
    from urbsim.language.checks.units import Checker

Rule: TypeAlias = Callable[["Checker", Sequence[ir.Expr]], Result]


def _first(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    found = [checker.value(arg) for arg in args]
    return found[0] if found else None


def _dimensionless(name: str) -> Rule:
    def rule(checker: Checker, args: Sequence[ir.Expr]) -> Result:
        for arg in args:
            checker.need(arg, DIMENSIONLESS, told(name))
        return PLAIN

    return rule


def _count(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    """Give a number without unit, whatever the arguments."""
    for arg in args:
        checker.value(arg)
    return PLAIN


def _same(name: str, *places: int) -> Rule:
    """Make a rule by which some arguments, or all, have one unit, which is that of the result."""

    def rule(checker: Checker, args: Sequence[ir.Expr]) -> Result:
        chosen = [args[i] for i in places if i < len(args)] if places else args
        for i, arg in enumerate(args):
            if places and i not in places:
                checker.value(arg)
        return checker.same(chosen, f"takes {told(name)} of") if chosen else None

    return rule


def _timed(name: str, unit: Callable[[Checker, Sequence[ir.Expr]], Result], times: Sequence[int]) -> Rule:
    """Make a rule by which some arguments are times."""

    def rule(checker: Checker, args: Sequence[ir.Expr]) -> Result:
        for i in times:
            if i < len(args):
                checker.need(args[i], checker.time, told(name))
        return unit(checker, args)

    return rule


def _stock(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    flow, initial = args
    rate, clock = checker.value(flow), checker.clock()
    found = checker.value(initial)
    if rate is None or clock is None or rate.zero:
        return found if found is not None and not found.literal else None
    if rate.literal:
        declared = checker.declared_as(checker.own.name) if checker.own else None
        checker.need(flow, declared.measure / clock.measure if declared else None, "the net flow")
        return None
    whole = Found(rate.measure * clock.measure)
    if found is not None and not found.literal and found.measure != whole.measure:
        checker.tell(f"begins in {found.measure}, its net flow needs {whole.measure}")
        return None
    return whole


def _delay(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    """Give the unit of the input, which the initial value must have: in a plain delay that is the input itself."""
    if args[2] is args[0]:
        return checker.value(args[0])
    return checker.same((args[0], args[2]), "begins with another unit:")


def _rate(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    """Give one over time: the unit of a fractional change."""
    checker.value(args[0])
    clock = checker.clock()
    if clock is None:
        return None
    wanted = DIMENSIONLESS / clock.measure
    checker.need(args[2], wanted, "an initial trend")
    return Found(wanted)


def _forecast(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    checker.value(args[3])
    return checker.value(args[0])


def _choice(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    if len(args) != 3:
        return None
    checker.need(args[0], DIMENSIONLESS, "a condition")
    return checker.same(args[1:], "chooses between")


def _root(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    found = _first(checker, args)
    return None if found is None else Found(found.measure ** Fraction(1, 2), found.literal, found.zero)


def _power(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    return checker.power(args[0], args[1]) if len(args) == 2 else None


def _divided(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    """Divide; a third argument that stands in for the quotient must have its unit."""
    if len(args) < 2:
        return None
    quotient = checker.product(args[:2], divide=True)
    if len(args) < 3:
        return quotient
    if quotient is None or quotient.zero:
        return checker.value(args[2])
    checker.need(args[2], quotient.measure, "what stands in for the quotient")
    return quotient


def _ramp(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    slope, clock = _first(checker, args[:1]), checker.clock()
    if slope is None or clock is None or slope.zero:
        return slope
    return Found(slope.measure * clock.measure)


def _train(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    """XMILE's pulse: a volume within one step."""
    volume, clock = checker.value(args[2]) if len(args) == 3 else None, checker.clock()
    if volume is None or clock is None or volume.zero:
        return volume
    return Found(volume.measure / clock.measure)


def _clock(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    for arg in args:
        checker.value(arg)
    return checker.clock()


def _unit_of_table(checker: Checker, args: Sequence[ir.Expr]) -> Result:
    for arg in args[1:]:
        checker.value(arg)
    return checker.declared_as(args[0].name) if args and isinstance(args[0], ir.Ref) else None


_NUMBERS = (
    *("exp", "ln", "log", "log10", "gamma_ln", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "prod"),
)
_KEPT = ("abs", "integer", "floor", "round", "sum", "vmin", "vmax", "vmin_xmile", "vmax_xmile", "mean", "stddev")
_MORE = ("initial", "exprnd", "vector_elm_map", "vector_reorder")
_COUNTS = ("pi", "random_0_1", "elmcount", "position", "rank", "vector_sort_order", "vector_rank")
RULES: dict[str, Rule] = {
    **{name: _dimensionless(name) for name in _NUMBERS},
    **dict.fromkeys((*_KEPT, *_MORE), _first),
    **dict.fromkeys((*_COUNTS, "get_data_total_points"), _count),
    **{name: _same(name) for name in ("min", "max", "normal", "lognormal", "triangular")},
    **{name: _same(name, 0, 1) for name in ("modulo", "mod", "quantum", "active_initial", "previous")},
    **{name: _same(name, 0, 1) for name in ("random_uniform", "uniform", "random")},
    **{name: _same(name, 0, 1, 2, 3) for name in ("random_normal", "random_exponential")},
    **{name: _same(name, 0, 1, 3, 4) for name in ("random_poisson", "random_weibull")},
    "random_triangular": _same("random_triangular", 0, 1, 2, 3, 4),
    "allocate_available": _same("allocate_available", 0, 2),
    "allocate_by_priority": _same("allocate_by_priority", 0, 4),
    "if_then_else": _choice,
    "sqrt": _root,
    "power": _power,
    "zidz": _divided,
    "xidz": _divided,
    **dict.fromkeys(("dt", "starttime", "stoptime", "get_time_value"), _clock),
    **dict.fromkeys(("get_data_first_time", "get_data_last_time"), _clock),
    **dict.fromkeys(("lookup_extrapolate", "lookup_forward", "lookup_backward"), _unit_of_table),
    "get_data_at_time": _timed("get_data_at_time", _unit_of_table, (1,)),
    "get_data_between_times": _timed("get_data_between_times", _unit_of_table, (1,)),
    "history": _timed("history", _first, (1,)),
    "step": _timed("step", lambda c, a: _first(c, a[:1]), (1,)),
    "ramp": _timed("ramp", _ramp, (1, 2)),
    "xramp": _timed("ramp", _ramp, (1,)),
    "pulse": _timed("pulse", lambda c, _: _count(c, ()), (0, 1)),
    "pulse_train": _timed("pulse_train", lambda c, _: _count(c, ()), (0, 1, 2, 3)),
    "xpulse_train": _timed("pulse", _train, (0, 1)),
    # constructs with memory
    **dict.fromkeys(("integ", "stock"), _stock),
    **{name: _timed("delay", _delay, (1,)) for name in ("delay", "delay_plain", "delay_n", "delay_fixed")},
    "smooth": _timed("smooth", _delay, (1,)),
    "trend": _timed("trend", _rate, (1,)),
    "forecast": _timed("forecast", _forecast, (1, 2)),
    "sample_if_true": _choice,
}
