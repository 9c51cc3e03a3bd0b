"""Vensim's functions with memory and their kin as our constructs; all other calls stay calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from urbsim.language import ir
from urbsim.language.position import EquationError

NA = -(2.0**109)  # Vensim's number for a missing value
Args = Sequence[ir.Expr]


def told(name: str) -> str:
    """Return a function as Vensim writes it."""
    return name.upper().replace("_", " ")


def call(name: str, subs: tuple[ir.Sub, ...], args: tuple[ir.Expr, ...], outputs: tuple[str, ...] = ()) -> ir.Expr:
    """Return a call, or the construct with memory that it stands for.

    Raises
    ------
    EquationError
        Where the number of arguments is wrong.
    """
    if name not in _MEANING or subs:
        return ir.Call(name, subs, args, outputs)
    least, most, build = _MEANING[name]
    if not least <= len(args) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise EquationError(
            "argument-count", f"{told(name)} takes {wanted} argument{'s' * (most > 1)}, not {len(args)}"
        )
    return build(args)


def _delay(kind: str, order: float) -> Callable[[Args], ir.Expr]:
    """Return what makes a delay or smooth: where no initial value is given it is the input."""
    return lambda a: ir.State(kind, (a[0], a[1], a[2] if len(a) > 2 else a[0], ir.Num(order)))


def _state(kind: str) -> Callable[[Args], ir.Expr]:
    return lambda a: ir.State(kind, tuple(a))


_MEANING: dict[str, tuple[int, int, Callable[[Args], ir.Expr]]] = {
    "integ": (2, 2, _state("integ")),
    "delay1": (2, 2, _delay("delay", 1)),
    "delay1i": (3, 3, _delay("delay", 1)),
    "delay3": (2, 2, _delay("delay", 3)),
    "delay3i": (3, 3, _delay("delay", 3)),
    "delay_n": (4, 4, _state("delay_n")),
    "delay_fixed": (3, 3, _state("delay_fixed")),
    "smooth": (2, 2, _delay("smooth", 1)),
    "smoothi": (3, 3, _delay("smooth", 1)),
    "smooth3": (2, 2, _delay("smooth", 3)),
    "smooth3i": (3, 3, _delay("smooth", 3)),
    "smooth_n": (4, 4, _state("smooth")),
    "trend": (3, 3, _state("trend")),
    "forecast": (3, 3, lambda a: ir.State("forecast", (*a, ir.Num(0.0)))),
    "sample_if_true": (3, 3, _state("sample_if_true")),
    "initial": (1, 1, _state("initial")),
    "reinitial": (1, 1, _state("initial")),
    "game": (1, 1, lambda a: a[0]),
}
