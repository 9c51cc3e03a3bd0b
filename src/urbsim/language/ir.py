"""The model as structure: frozen, closed, free of any engine.

Expressions are a closed union; names are identifiers (see :mod:`urbsim.names`) and the author's spelling stays with the
variable. Subscripts are not resolved here: a definition says over which ranges it holds, lowering unrolls it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

CLOCK = ("initial_time", "final_time", "time_step", "saveper")  # variables of every model


@dataclass(frozen=True, slots=True)
class Num:
    """A number; NaN stands for Vensim's :NA:."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A string argument, as of GET DIRECT DATA."""

    value: str


@dataclass(frozen=True, slots=True)
class Sub:
    """A subscript of a reference: an element, a range, or with ``bang`` a range to reduce over."""

    name: str
    bang: bool = False


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a variable, or to a subscript range used as a number."""

    name: str
    subs: tuple[Sub, ...] = ()


@dataclass(frozen=True, slots=True)
class Op:
    """An operator with its arguments: ``+ - * / ^ neg and or not = <> < <= > >=``."""

    op: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function, or a lookup or macro of the model, with its arguments.

    ``outputs`` are variables that take the further results of a macro.
    """

    function: str
    subs: tuple[Sub, ...]
    args: tuple[Expr, ...]
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A further result of a macro call, counted from 1; it belongs to that very call."""

    call: Call
    position: int


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table, its points in the order of x; ``kind`` is interpolate, extrapolate, hold_backward or look_forward.

    ``disorder`` are the x that do not lie above the one that the author wrote before them.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: str = "interpolate"
    disorder: tuple[float, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class WithLookup:
    """An argument looked up in an inline table."""

    argument: Expr
    table: Lookup


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers of a subscripted constant, row by row."""

    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A construct with memory; ``kind`` says what its ``args`` are.

    integ (flow, initial), stock (the same, never below zero), delay, delay_plain, delay_n and smooth (input, time,
    initial, order), delay_fixed (input, time, initial), trend (input, time, initial trend), forecast (input, time,
    horizon, initial trend), sample_if_true (condition, input, initial), initial (value).
    """

    kind: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class External:
    """Numbers from a file: ``kind`` is constants, lookups or data; they are read when the model is.

    Data of another run, which are in no file that the model names, are ``missing``.
    """

    kind: str
    values: tuple[tuple[tuple[str, ...], tuple[float, ...]], ...]  # elements, and the number or the y of each x
    x: tuple[float, ...] = ()
    method: str = "interpolate"


Expr: TypeAlias = Num | Text | Ref | Op | Call | Output | Lookup | WithLookup | Array | State | External


@dataclass(frozen=True, slots=True)
class Range:
    """A subscript range, its elements in order, and where it maps to: range -> element of it for each own element."""

    name: str
    elements: tuple[str, ...]
    maps: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()


Limits: TypeAlias = tuple[float | None, float | None]  # the least and the largest value
Role: TypeAlias = Literal["constant", "lookup", "stock", "data", "equation"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition or range of a Vensim file as its author wrote it: the spelling, what stands beside it, and where.

    ``right`` is the right side on one line, that of a table without its parentheses; ``kind`` is equation, lookup,
    data, range, copy, string or check; ``span`` is where the definition stands in the source, without unit and comment.
    """

    name: str
    subs: tuple[str, ...]
    kind: str
    right: str
    unit: str
    comment: str
    group: str
    line: int
    span: tuple[int, int]
    limits: Limits = (None, None)


@dataclass(frozen=True, slots=True)
class Definition:
    """One equation: the subscripts on its left, those it leaves out, and the expression on its right.

    ``entry`` is what the author wrote, where the definition stands in a Vensim file.
    """

    subs: tuple[str, ...]
    excepts: tuple[tuple[str, ...], ...]
    expr: Expr
    kind: str = "equation"  # equation, lookup or data
    entry: Entry | None = field(default=None, compare=False, repr=False)

    @property
    def at(self) -> int:
        """Return where the definition begins in the text of the model, -1 where that is not known."""
        return self.entry.span[0] if self.entry else -1

    @property
    def role(self) -> Role:
        """Return what the definition is in the model."""
        if self.kind == "lookup":
            return "lookup"
        if self.kind == "data":
            return "data"
        if isinstance(self.expr, Num | Array) or (isinstance(self.expr, External) and self.expr.kind == "constants"):
            return "constant"
        return "stock" if isinstance(self.expr, State) and self.expr.kind in {"integ", "stock"} else "equation"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: identifier, the author's spelling, unit, comment and definitions.

    ``dims`` are its dimensions where the file declares them (XMILE); else they follow from the definitions. ``limits``
    are the least and the largest value that the author gives beside the unit, where there are any; ``group`` is the
    sector of the file in which the author put it.
    """

    name: str
    spelled: str
    unit: str
    comment: str
    definitions: tuple[Definition, ...]
    dims: tuple[str, ...] = ()
    limits: Limits = (None, None)
    group: str = field(default="", compare=False)

    @property
    def role(self) -> Role:
        """Return what the variable is: a constant where all its definitions are."""
        roles = [definition.role for definition in self.definitions]
        return next((role for role in roles if role != "constant"), "constant")

    @property
    def line(self) -> int:
        """Return the line of its first definition, 0 where it stands in no Vensim file."""
        entry = self.definitions[0].entry
        return entry.line if entry else 0


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: parameters, the names it gives back, and its variables."""

    name: str
    params: tuple[str, ...]
    returns: tuple[str, ...]
    variables: tuple[Variable, ...]
