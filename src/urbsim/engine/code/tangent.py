"""Forward-mode derivatives: a program with the derivatives of its outputs as further outputs.

For each seed (a number that a run may set) every value that depends on it gets a second value, its derivative; states
get states, fixed delays get delays. Values that do not depend on a seed cost nothing. Rules are those of calculus;
where a function has a kink, the derivative is that of the branch taken; rounding, comparisons and the steps of a fixed
delay count as constant (Griewank and Walther, Evaluating Derivatives, 2008, chapter 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from urbsim.engine.code.graph import BOOLEAN, Graph, Node, Table
from urbsim.engine.code.program import Program, StateNode
from urbsim.errors import EngineError

_FLAT = frozenset({"trunc", "stop_gradient", "const", "truth", *BOOLEAN})
Rule = Callable[
    [Graph, Node, Node], Node
]  # graph, the node itself, its argument -> factor of the argument's derivative


@dataclass(frozen=True, slots=True)
class Seed:
    """What to differentiate by: a number of the parameters, or an input over all its time."""

    kind: str  # "parameter" or "input"
    index: int


def differentiated(program: Program, seeds: Sequence[Seed]) -> Program:
    """Return a program whose outputs are followed by their derivatives, seed by seed.

    The slot of the derivative of output ``x`` by seed number ``k`` is named ``x/k``.

    Raises
    ------
    EngineError
        Where an output depends on a seed through a function without a derivative here.
    """
    graph = program.graph.copy()
    states, histories = list(program.states), list(program.histories)
    slots, nodes = list(program.outputs), list(program.output_nodes)
    zero = graph.const(0.0)
    size = len(program.output_nodes)
    for number, seed in enumerate(seeds):
        tangents = _Tangents(graph, program, seed, len(states), len(histories))
        states += tangents.states()
        histories += tangents.histories()
        slots += [replace(s, name=f"{s.name}/{number}", start=s.start + (number + 1) * size) for s in program.outputs]
        nodes += [None if n is None else tangents.of.get(n, zero) for n in program.output_nodes]
    return replace(
        program,
        graph=graph,
        states=tuple(states),
        histories=tuple(histories),
        outputs=tuple(slots),
        output_nodes=tuple(nodes),
    )


class _Tangents:
    """Derivatives by one seed; ``of`` gives the node of each value's derivative where it is not zero."""

    def __init__(self, graph: Graph, program: Program, seed: Seed, states: int, histories: int) -> None:
        self.graph, self.program, self.seed = graph, program, seed
        count = len(program.graph.ops)
        active = _active(program, seed, count)
        self.state_of = {i: states + n for n, i in enumerate(i for i in range(len(program.states)) if active.states[i])}
        numbers = (i for i in range(len(program.histories)) if active.histories[i])
        self.history_of = {i: histories + n for n, i in enumerate(numbers)}
        self.zero = graph.const(0.0)
        self.of: dict[Node, Node] = {}
        for node in range(count):
            if active.nodes[node]:
                self.of[node] = self._derivative(node)

    def states(self) -> list[StateNode]:
        """Return the states that carry derivatives, in order of their numbers."""
        states = [self.program.states[i] for i in self.state_of]
        return [StateNode(f"{s.name}, derivative", self._get(s.initial), self._get(s.following)) for s in states]

    def histories(self) -> list[Node]:
        """Return the inputs of fixed delays of derivatives."""
        return [self._get(self.program.histories[i]) for i in self.history_of]

    def _get(self, node: Node) -> Node:
        return self.of.get(node, self.zero)

    def _derivative(self, node: Node) -> Node:
        g = self.graph
        op, args = g.ops[node], g.args[node]
        if op in _RULES:
            return g.mul(_RULES[op](g, node, args[0]), self._get(args[0]))
        if op in _JOINS:
            return _JOINS[op](g, node, args, (self._get(args[0]), self._get(args[1])))
        if op not in _Tangents._OTHERS:
            raise EngineError(f"the function {op} has no derivative here; use differences of two runs")
        return _Tangents._OTHERS[op](self, node)

    def _load(self, node: Node) -> Node:
        return self.graph.make("load", (), self.state_of[self.graph.index(node)])

    def _history(self, node: Node) -> Node:
        back, first = self.graph.args[node]
        return self.graph.make("history", (back, self._get(first)), self.history_of[self.graph.index(node)])

    def _select(self, node: Node) -> Node:
        condition, yes, no = self.graph.args[node]
        return self.graph.select(condition, self._get(yes), self._get(no))

    def _table(self, node: Node) -> Node:
        args = self.graph.args[node]
        slopes = self.graph.make("table", args, _slopes(self.graph.table(node)))
        return self.graph.mul(slopes, self._get(args[0]))

    def _own(self, _: Node) -> Node:
        return self.graph.const(1.0)

    _OTHERS: ClassVar[dict[str, Callable[[_Tangents, Node], Node]]] = {
        "parameter": _own,
        "input": _own,
        "input0": _own,
        "load": _load,
        "history": _history,
        "select": _select,
        "table": _table,
    }


@dataclass(frozen=True, slots=True)
class _Active:
    nodes: list[bool]
    states: list[bool]
    histories: list[bool]


def _active(program: Program, seed: Seed, count: int) -> _Active:
    """Find what depends on a seed; states and delays carry it on, so this goes round until nothing is added."""
    graph = program.graph
    active = _Active([False] * count, [False] * len(program.states), [False] * len(program.histories))
    while True:
        for node in range(count):
            op, args = graph.ops[node], graph.args[node]
            if op in _FLAT:
                continue
            if op in {"parameter", "input", "input0"}:
                active.nodes[node] = op.removesuffix("0") == seed.kind and graph.index(node) == seed.index
            elif op == "load":
                active.nodes[node] = active.states[graph.index(node)]
            elif op == "history":
                active.nodes[node] = active.histories[graph.index(node)] or active.nodes[args[1]]
            else:
                active.nodes[node] = any(active.nodes[a] for a in args)
        states = [active.nodes[s.initial] or active.nodes[s.following] for s in program.states]
        histories = [active.nodes[n] for n in program.histories]
        for node in range(count):  # a delay whose initial value depends on the seed needs a history too
            if graph.ops[node] == "history" and active.nodes[node]:
                histories[graph.index(node)] = True
        if states == active.states and histories == active.histories:
            return active
        active.states[:], active.histories[:] = states, histories


def _slopes(table: Table) -> Table:
    """Return the slopes of a table as a table: each segment at its own height."""
    x: list[float] = []
    y: list[float] = []
    for i in range(len(table.x) - 1):
        width = table.x[i + 1] - table.x[i]
        if width > 0:
            x += [table.x[i], table.x[i + 1]]
            y += [(table.y[i + 1] - table.y[i]) / width] * 2
    return Table(tuple(x), tuple(y))


def _square(g: Graph, a: Node) -> Node:
    return g.mul(a, a)


def _one(g: Graph) -> Node:
    return g.const(1.0)


_RULES: dict[str, Rule] = {
    "neg": lambda g, _, __: g.const(-1.0),
    "sqrt": lambda g, y, _: g.div(g.const(0.5), y),
    "abs": lambda g, _, x: g.select(g.compare("lt", x, g.const(0.0)), g.const(-1.0), g.const(1.0)),
    "exp": lambda g, y, _: y,
    "ln": lambda g, _, x: g.div(_one(g), x),
    "sin": lambda g, _, x: g.unary("cos", x),
    "cos": lambda g, _, x: g.neg(g.unary("sin", x)),
    "tan": lambda g, y, _: g.add(_one(g), _square(g, y)),
    "asin": lambda g, _, x: g.div(_one(g), g.unary("sqrt", g.sub(_one(g), _square(g, x)))),
    "acos": lambda g, _, x: g.div(g.const(-1.0), g.unary("sqrt", g.sub(_one(g), _square(g, x)))),
    "atan": lambda g, _, x: g.div(_one(g), g.add(_one(g), _square(g, x))),
    "sinh": lambda g, _, x: g.unary("cosh", x),
    "cosh": lambda g, _, x: g.unary("sinh", x),
    "tanh": lambda g, y, _: g.sub(_one(g), _square(g, y)),
    "erfc": lambda g, _, x: g.mul(g.const(-2 / math.sqrt(math.pi)), g.unary("exp", g.neg(_square(g, x)))),
}
Pair = tuple[Node, Node]


def _power(g: Graph, node: Node, args: tuple[Node, ...], d: Pair) -> Node:
    """(a^b)' = b a^(b-1) a' + a^b ln a b'; the second part is left out where b does not change, so a may be 0."""
    a, b = args
    base = g.mul(g.mul(b, g.pow(a, g.sub(b, _one(g)))), d[0])
    return base if g.value(d[1]) == 0 else g.add(base, g.mul(g.mul(node, g.unary("ln", a)), d[1]))


_JOINS: dict[str, Callable[[Graph, Node, tuple[Node, ...], Pair], Node]] = {
    "add": lambda g, _, __, d: g.add(*d),
    "sub": lambda g, _, __, d: g.sub(*d),
    "mul": lambda g, _, a, d: g.add(g.mul(d[0], a[1]), g.mul(a[0], d[1])),
    "div": lambda g, y, a, d: g.div(g.sub(d[0], g.mul(y, d[1])), a[1]),
    "pow": _power,
    "min": lambda g, _, a, d: g.select(g.compare("lt", a[0], a[1]), *d),
    "max": lambda g, _, a, d: g.select(g.compare("gt", a[0], a[1]), *d),
}
