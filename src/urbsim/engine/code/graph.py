"""The scalar graph: every value of one member as a node, each different value once.

A node is an operation, the numbers of its operands and a datum. Nodes are made through the methods of
:class:`Graph`, which fold constants, drop operations that change nothing, and give the node that exists already where
there is one. ``kind`` of a node says what its value depends on: nothing (a constant), the run (clock), the member, the
step. What does not depend on the step is computed once before the first.

Folding follows IEEE arithmetic for every finite operand; ``0 * x`` is 0 also where x would not be finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

CONSTANT, RUN, MEMBER, STEP = 0, 1, 2, 4
LEAVES = {
    "const": CONSTANT,
    "truth": CONSTANT,
    "dt": RUN,
    "start": RUN,
    "stop": RUN,
    "save": RUN,
    "time": RUN | STEP,
    "parameter": RUN | MEMBER,
    "input": RUN | MEMBER | STEP,
    "input0": RUN | MEMBER,
    "load": RUN | MEMBER | STEP,
    "random": RUN | MEMBER | STEP,
    "random0": RUN | MEMBER,
    "history": RUN | MEMBER | STEP,
}
BOOLEAN = frozenset({"truth", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"})
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
UNARY: dict[str, Callable[[float], float]] = {
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "abs": abs,
    "trunc": lambda x: float(math.trunc(x)) if math.isfinite(x) else x,
    "exp": lambda x: math.exp(x) if x < 709.78 else math.inf,
    "ln": lambda x: math.log(x) if x > 0 else (-math.inf if x == 0 else math.nan),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": lambda x: math.asin(x) if abs(x) <= 1 else math.nan,
    "acos": lambda x: math.acos(x) if abs(x) <= 1 else math.nan,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "erfc": math.erfc,
    "lgamma": lambda x: math.lgamma(x) if x > 0 else math.nan,
}
Node = int
_NAN = math.nan  # one object, so that it is found among the keys


@dataclass(frozen=True, slots=True)
class Table:
    """A constant lookup with many points, x ascending."""

    x: tuple[float, ...]
    y: tuple[float, ...]


Datum = float | int | bool | Table | None  # of a constant, a leaf by number, a truth, a table, an operation


@dataclass
class Graph:
    """Nodes by number; ``data`` has the value of a constant, the number of another leaf, the points of a table."""

    ops: list[str] = field(default_factory=list)
    args: list[tuple[Node, ...]] = field(default_factory=list)
    data: list[Datum] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    _numbers: dict[tuple[str, tuple[Node, ...], Datum], Node] = field(default_factory=dict)

    def make(self, op: str, args: tuple[Node, ...] = (), datum: Datum = None) -> Node:
        """Return the node of an operation, without any simplification."""
        key = (op, args, datum)
        node = self._numbers.get(key)
        if node is None:
            node = self._numbers[key] = len(self.ops)
            self.ops.append(op)
            self.args.append(args)
            self.data.append(datum)
            kind = LEAVES.get(op, 0)
            for a in args:
                kind |= self.kinds[a]
            self.kinds.append(kind)
        return node

    def copy(self) -> Graph:
        """Return a graph with the same nodes, which can grow on its own."""
        return Graph(list(self.ops), list(self.args), list(self.data), list(self.kinds), dict(self._numbers))

    def const(self, value: float) -> Node:
        """Return a constant; every NaN is one node, -0 is 0."""
        value = float(value)
        return self.make("const", (), _NAN if math.isnan(value) else value + 0.0)

    def value(self, node: Node) -> float | None:
        """Return the value of a constant, or None."""
        if self.ops[node] != "const":
            return None
        datum = self.data[node]
        return datum if isinstance(datum, float) else None

    def index(self, node: Node) -> int:
        """Return the number of a state, parameter, input, history or place of a draw."""
        datum = self.data[node]
        if not isinstance(datum, int):
            raise TypeError(f"the operation {self.ops[node]} has no number")
        return datum

    def table(self, node: Node) -> Table:
        """Return the points of a lookup."""
        datum = self.data[node]
        if not isinstance(datum, Table):
            raise TypeError(f"the operation {self.ops[node]} has no table")
        return datum

    def is_boolean(self, node: Node) -> bool:
        """Tell whether a node is a truth value."""
        return self.ops[node] in BOOLEAN

    # arithmetic

    def add(self, a: Node, b: Node) -> Node:
        """Return a + b."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x + y)
        if x == 0:
            return b
        return a if y == 0 else self.make("add", (a, b) if a < b else (b, a))

    def sub(self, a: Node, b: Node) -> Node:
        """Return a - b."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x - y)
        if x == 0:
            return self.neg(b)
        if a == b and not self.kinds[a]:
            return self.const(0.0)
        return a if y == 0 else self.make("sub", (a, b))

    def neg(self, a: Node) -> Node:
        """Return -a."""
        x = self.value(a)
        if x is not None:
            return self.const(-x)
        return self.args[a][0] if self.ops[a] == "neg" else self.make("neg", (a,))

    def mul(self, a: Node, b: Node) -> Node:
        """Return a * b."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(x * y)
        if x == 0 or y == 0:
            return self.const(0.0)
        if x == 1:
            return b
        return a if y == 1 else self.make("mul", (a, b) if a < b else (b, a))

    def div(self, a: Node, b: Node) -> Node:
        """Return a / b.

        What changes with the step is multiplied by the reciprocal of a divisor that does not: it is taken once, before
        the first step, and the result is within an ulp or two.
        """
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(_divide(x, y))
        if y == 1:
            return a
        if y is not None and y != 0 and math.isfinite(y) and abs(math.frexp(y)[0]) == 0.5:
            return self.mul(a, self.const(1.0 / y))
        if self.kinds[a] & STEP and not self.kinds[b] & STEP:
            return self.mul(a, self.div(self.const(1.0), b))
        return self.const(0.0) if x == 0 and y is not None else self.make("div", (a, b))

    def pow(self, a: Node, b: Node) -> Node:
        """Return a ** b; small whole powers become products."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(_power(x, y))
        if y is not None and y == int(y if math.isfinite(y) else 0) and 0 <= y <= 8:
            return self._product(a, int(y))
        return self.unary("sqrt", a) if y == 0.5 else self.make("pow", (a, b))

    def _product(self, a: Node, times: int) -> Node:
        result = self.const(1.0)
        for _ in range(times):
            result = self.mul(result, a)
        return result

    def smaller(self, a: Node, b: Node) -> Node:
        """Return the smaller of two; NaN where either is."""
        return self._extreme("min", a, b, min)

    def larger(self, a: Node, b: Node) -> Node:
        """Return the larger of two; NaN where either is."""
        return self._extreme("max", a, b, max)

    def _extreme(self, op: str, a: Node, b: Node, fold: Callable[[float, float], float]) -> Node:
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.const(math.nan if math.isnan(x) or math.isnan(y) else fold(x, y))
        return a if a == b else self.make(op, (a, b) if a < b else (b, a))

    def unary(self, op: str, a: Node) -> Node:
        """Return a function of one number; see :data:`UNARY`."""
        x = self.value(a)
        if x is None:
            return self.make(op, (a,))
        try:
            return self.const(UNARY[op](x))
        except (OverflowError, ValueError):
            return self.const(math.inf)

    # truth

    def true(self, *, value: bool) -> Node:
        """Return a constant truth value."""
        return self.make("truth", (), value)

    def known_truth(self, node: Node) -> bool | None:
        """Return a constant truth value, or None."""
        return bool(self.data[node]) if self.ops[node] == "truth" else None

    def compare(self, op: str, a: Node, b: Node) -> Node:
        """Return a truth value of two numbers: lt, le, gt, ge, eq, ne."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.true(value=_COMPARE[op](x, y))
        return self.make(op, (a, b))

    def both(self, a: Node, b: Node) -> Node:
        """Return a and b."""
        for operand, other in ((a, b), (b, a)):
            truth = self.known_truth(operand)
            if truth is not None:
                return other if truth else operand
        return a if a == b else self.make("and", (a, b) if a < b else (b, a))

    def either(self, a: Node, b: Node) -> Node:
        """Return a or b."""
        for operand, other in ((a, b), (b, a)):
            truth = self.known_truth(operand)
            if truth is not None:
                return operand if truth else other
        return a if a == b else self.make("or", (a, b) if a < b else (b, a))

    def negate(self, a: Node) -> Node:
        """Return not a."""
        truth = self.known_truth(a)
        if truth is not None:
            return self.true(value=not truth)
        return self.args[a][0] if self.ops[a] == "not" else self.make("not", (a,))

    def select(self, condition: Node, a: Node, b: Node) -> Node:
        """Return a where the condition holds, else b."""
        truth = self.known_truth(condition)
        if truth is not None:
            return a if truth else b
        return a if a == b else self.make("select", (condition, a, b))

    def number(self, node: Node) -> Node:
        """Return a truth value as 1 or 0; a number stays."""
        return self.select(node, self.const(1.0), self.const(0.0)) if self.is_boolean(node) else node

    def truth(self, node: Node) -> Node:
        """Return a number as truth: everything but 0; a truth value stays."""
        return node if self.is_boolean(node) else self.compare("ne", node, self.const(0.0))


def _divide(x: float, y: float) -> float:
    if y == 0:
        return math.nan if x == 0 or math.isnan(x) else math.copysign(math.inf, x) * math.copysign(1.0, y)
    return x / y


def _power(x: float, y: float) -> float:
    try:
        result = x**y
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf
    return math.nan if isinstance(result, complex) else float(result)
