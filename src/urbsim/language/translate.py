"""Vensim's functions with memory and their kin as our constructs; all other calls stay calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from urbsim.language import ir
from urbsim.language.catalogue import FUNCTIONS, check_count

NA = -(2.0**109)  # Vensim's number for a missing value
Args = Sequence[ir.Expr]


def call(name: str, subs: tuple[ir.Sub, ...], args: tuple[ir.Expr, ...], outputs: tuple[str, ...] = ()) -> ir.Expr:
    """Return a call, or the construct with memory that it stands for.

    Parameters
    ----------
    name, subs, args
        The call as written.
    outputs
        Variables that take the further results of a macro.

    Raises
    ------
    EquationError
        Where the number of arguments is wrong.
    """
    if name not in BUILDERS or subs:
        return ir.Call(name, subs, args, outputs)
    row = FUNCTIONS[name]
    check_count(row.title, len(args), row.least, row.most)
    return BUILDERS[name](args)


def _delay(args: Args, order: float) -> ir.Delay:
    """Return a delay of an order: where no initial value is written it is the input."""
    return ir.Delay(args[0], args[1], args[2] if len(args) > 2 else args[0], ir.Num(order))


def _smooth(args: Args, order: float) -> ir.Smooth:
    return ir.Smooth(args[0], args[1], args[2] if len(args) > 2 else args[0], ir.Num(order))


BUILDERS: dict[str, Callable[[Args], ir.Expr]] = {
    "integ": lambda a: ir.Stock(*a),
    "delay1": lambda a: _delay(a, 1),
    "delay1i": lambda a: _delay(a, 1),
    "delay3": lambda a: _delay(a, 3),
    "delay3i": lambda a: _delay(a, 3),
    "delay_n": lambda a: ir.Delay(*a, kind="lagged"),
    "delay_fixed": lambda a: ir.FixedDelay(*a),
    "smooth": lambda a: _smooth(a, 1),
    "smoothi": lambda a: _smooth(a, 1),
    "smooth3": lambda a: _smooth(a, 3),
    "smooth3i": lambda a: _smooth(a, 3),
    "smooth_n": lambda a: ir.Smooth(*a),
    "trend": lambda a: ir.Trend(*a),
    "forecast": lambda a: ir.Forecast(a[0], a[1], a[2], ir.Num(0.0)),
    "sample_if_true": lambda a: ir.Sample(*a),
    "initial": lambda a: ir.Initial(*a),
    "reinitial": lambda a: ir.Initial(*a),
    "game": lambda a: a[0],
}
