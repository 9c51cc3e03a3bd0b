"""The model as structure: frozen, closed, free of any engine.

Expressions are a closed union; names are identifiers (see :mod:`urbsim.names`) and the author's spelling stays with the
variable. Subscripts are not resolved here: a definition says over which ranges it holds, lowering unrolls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

CLOCK = ("initial_time", "final_time", "time_step", "saveper")  # variables of every model
Operator: TypeAlias = Literal["+", "-", "*", "/", "^", "neg", "and", "or", "not", "=", "<>", "<", "<=", ">", ">="]
OPERATORS: Mapping[str, Operator] = {operator: operator for operator in get_args(Operator)}
Interpolation: TypeAlias = Literal["interpolate", "extrapolate", "hold_backward", "look_forward", "raw"]
Contents: TypeAlias = Literal["constants", "lookups", "data", "missing"]
Kind: TypeAlias = Literal["equation", "lookup", "data"]


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
    """An operator with its one or two arguments."""

    op: Operator
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
    """A table, its points in the order of x; ``kind`` says what it gives between and beyond them.

    ``disorder`` are the x that do not lie above the one that the author wrote before them.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: Interpolation = "interpolate"
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
class Stock:
    """What its flow has added up to since the start; ``non_negative`` holds it at zero or above (Stella)."""

    flow: Expr
    initial: Expr
    non_negative: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay of so many stages, its delay time shared among them.

    A ``cut`` one has fewer stages where the delay time is short (DELAY1, DELAY3), a ``whole`` one never has (Stella),
    a ``lagged`` one passes on by the delay times of the steps before (DELAY N).
    """

    input: Expr
    time: Expr
    initial: Expr
    order: Expr
    kind: Literal["cut", "whole", "lagged"] = field(default="cut", kw_only=True)


@dataclass(frozen=True, slots=True)
class FixedDelay:
    """The input as it was one delay time before, and the initial value up to then."""

    input: Expr
    time: Expr
    initial: Expr


@dataclass(frozen=True, slots=True)
class Smooth:
    """An exponential average of the input, of so many stages."""

    input: Expr
    time: Expr
    initial: Expr
    order: Expr


@dataclass(frozen=True, slots=True)
class Trend:
    """The fractional change of the input against its average; ``initial`` is the change at the start."""

    input: Expr
    time: Expr
    initial: Expr


@dataclass(frozen=True, slots=True)
class Forecast:
    """The input carried on along its trend up to a horizon; ``initial`` is the trend at the start."""

    input: Expr
    time: Expr
    horizon: Expr
    initial: Expr


@dataclass(frozen=True, slots=True)
class Sample:
    """The input as it was when the condition held last (SAMPLE IF TRUE)."""

    condition: Expr
    input: Expr
    initial: Expr


@dataclass(frozen=True, slots=True)
class Initial:
    """The value of an expression at the start."""

    initial: Expr


@dataclass(frozen=True, slots=True)
class External:
    """Numbers from a file, read when the model is; those of another run, which no file has, are ``missing``."""

    kind: Contents
    values: tuple[tuple[tuple[str, ...], tuple[float, ...]], ...]  # elements, and the number or the y of each x
    x: tuple[float, ...] = ()
    method: Interpolation = "interpolate"


State: TypeAlias = Stock | Delay | FixedDelay | Smooth | Trend | Forecast | Sample | Initial  # what has memory
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
    kind: Kind = "equation"
    entry: Entry | None = field(default=None, compare=False, repr=False)

    @property
    def at(self) -> int:
        """Return where the definition begins in the text of the model, -1 where that is not known."""
        return self.entry.span[0] if self.entry else -1

    @property
    def role(self) -> Role:
        """Return the role of the definition in the model."""
        if self.kind == "lookup":
            return "lookup"
        if self.kind == "data":
            return "data"
        if isinstance(self.expr, Num | Array) or (isinstance(self.expr, External) and self.expr.kind == "constants"):
            return "constant"
        return "stock" if isinstance(self.expr, Stock) else "equation"


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
        """Return the role of the variable: a constant where all its definitions are constants."""
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
