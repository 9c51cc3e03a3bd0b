"""Model -> scalar graph: subscripts unrolled, constants folded, what no output needs never made.

Constants that a run may change are *parameters*, scalar constants that it may change over time *inputs*; all others
are folded. Stocks, delays and smooths become states on demand: those of pruned variables never exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, TypeVar

from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.code.program import Program, Slot, StateNode
from urbsim.engine.lower import calls, memory
from urbsim.engine.lower.scope import CLOCK, Context, Scope
from urbsim.engine.lower.tables import constant, look_up
from urbsim.engine.run.final_time import moves
from urbsim.errors import InputError, Problem
from urbsim.language import ir
from urbsim.language.messages import problem
from urbsim.language.model import Model
from urbsim.language.order import Demand, Key, LoopError, deep
from urbsim.language.position import EquationError
from urbsim.language.subscripts import Layout, entry, layout

_COMPARISONS = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_ARITHMETIC = {"+": Graph.add, "-": Graph.sub, "*": Graph.mul, "/": Graph.div, "^": Graph.pow}
T = TypeVar("T")


def lower(
    model: Model,
    outputs: Sequence[str],
    parameters: Sequence[str] = (),
    inputs: Sequence[str] = (),
    *,
    own_clock: bool = False,
) -> Program:
    """Compile a model to a graph.

    ``own_clock`` takes the clock from the model's equations; else it is given at run time.

    Raises
    ------
    InputError
        For a loop, an unknown name or function, subscripts that do not match: a problem with variable and place.
    """
    return Lowering(model, parameters, inputs, own_clock=own_clock).program(outputs)


class Lowering:
    """Evaluates expressions to nodes; :mod:`calls`, :mod:`arrays` and :mod:`memory` hold the functions."""

    def __init__(self, model: Model, parameters: Sequence[str], inputs: Sequence[str], *, own_clock: bool) -> None:
        self.model = model
        self.graph = Graph()
        self.subscripts = model.subscripts
        self.main = Scope(0, model.by_name)
        self.macros = {m.name: m for m in model.macros}
        self.demand: Demand[Node] = Demand(self._element)
        self.clock = {} if own_clock else {n: op for n, op in CLOCK.items() if n != "final_time" or not moves(model)}
        self.scopes: dict[int, Scope] = {}
        self.delays: dict[object, Node] = {}  # fixed delays that exist already
        self._layouts: dict[tuple[int, str], Layout] = {}
        self._states: dict[object, Node] = {}
        self._pending: list[tuple[str, Callable[[], Node], Callable[[], Node]]] = []
        self._histories: list[tuple[str, Callable[[], Node]]] = []
        self._made: dict[object, Any] = {}
        self.report: Callable[[Context, Exception], Node] | None = None  # takes faults, gives what goes on for them
        self.patient = False  # a loop is left to who asked for a value of the past
        self._inputs = {name: i for i, name in enumerate(inputs)}
        self.parameters: dict[str, Slot] = {}
        start = 0
        for name in parameters:
            self.parameters[name] = self._slot(name, start)
            start += self.parameters[name].size

    # the whole

    def program(self, outputs: Sequence[str]) -> Program:
        """Return the program for some outputs."""
        graph = self.graph
        with deep():
            slots = self._output_slots(outputs)
            nodes: list[Node | None] = []
            for slot in slots:
                cells = self._cells(slot.name)
                nodes += [self._output(slot.name, e) if e in cells else None for e in product(*slot.axes)]
            states, histories = self._close()
            defaults = [v for slot in self.parameters.values() for v in self._defaults(slot.name)]
            series = [v for name in self._inputs for v in self._defaults(name)]
        return Program(
            graph,
            tuple(states),
            tuple(histories),
            tuple(slots),
            tuple(nodes),
            tuple(self.parameters.values()),
            tuple(defaults),
            tuple(self._inputs),
            tuple(series),
            {node: _element_name(key) for key, node in reversed(list(self.demand.known()))},
        )

    def _output_slots(self, names: Sequence[str]) -> list[Slot]:
        slots: list[Slot] = []
        start = 0
        for name in names:
            slots.append(self._slot(name, start))
            start += slots[-1].size
        return slots

    def _output(self, name: str, elements: tuple[str, ...]) -> Node:
        return self.told(name, lambda: self.graph.number(self.demand.value((0, name, elements), False)))

    def _close(self) -> tuple[list[StateNode], list[Node]]:
        """Work off the states that were asked for, and those that their flows ask for."""
        states: list[StateNode] = []
        histories: list[Node] = []
        while len(states) < len(self._pending) or len(histories) < len(self._histories):
            if len(states) < len(self._pending):
                name, first, following = self._pending[len(states)]
                owner = name.split("[", 1)[0]
                states.append(StateNode(name, self.told(owner, first), self.told(owner, following)))
            else:
                name, value = self._histories[len(histories)]
                histories.append(self.told(name, value))
        return states, histories

    def evaluate(self, name: str) -> None:
        """Evaluate every element of a variable in a step."""
        for elements in self._cells(name):
            self._output(name, elements)

    def waiting(self) -> Iterator[Callable[[], Node]]:
        """Give what is left to evaluate for states and histories; there is more after each of it."""
        for name, first, following in self._pending:  # grows while it is worked off
            owner = name.split("[", 1)[0]
            yield partial(self.told, owner, first)
            yield partial(self.told, owner, following)
        for name, value in self._histories:
            yield partial(self.told, name, value)

    def told(self, name: str, act: Callable[[], T], definition: ir.Definition | None = None) -> T:
        """Do something for a variable and give what goes wrong as a problem of it."""
        try:
            return act()
        except LoopError as error:
            raise InputError(self.loop(error)) from error
        except EquationError as error:
            raise InputError(
                problem(error.rule, self.model, name, str(error), error.hint, definition, error.word)
            ) from error

    def loop(self, error: LoopError) -> Problem:
        """Return the problem of elements that need each other."""
        path = " -> ".join(_element_name(key) for key in error.path)
        if error.initial:
            message, hint = f"initial values need each other: {path}", "break the circle with ACTIVE INITIAL"
        else:
            message, hint = f"algebraic loop: {path}", "put a stock, a delay or a smooth into the circle"
        return problem("loop", self.model, error.path[0][1], message, hint)

    # variables

    def layout(self, scope: Scope, name: str) -> Layout:
        """Return where a variable is defined."""
        key = scope.number, name
        if key not in self._layouts:
            self._layouts[key] = self.told(name, lambda: layout(scope.variables[name], self.subscripts))
        return self._layouts[key]

    def _cells(self, name: str) -> Mapping[tuple[str, ...], object]:
        return self.layout(self.main, name).cells if name in self.main.variables else {(): None}

    def _slot(self, name: str, start: int) -> Slot:
        if name not in self.main.variables:
            return Slot(name, (), (), start)
        found = self.told(name, lambda: self.layout(self.main, name))
        table = self._table_definition(self.main, name)
        if table is not None:  # its points are one more dimension
            points = tuple(str(i) for i in range(len(table.y)))
            return Slot(name, (*found.dims, "point"), (*found.axes, points), start)
        return Slot(name, found.dims, found.axes, start)

    def _table_definition(self, scope: Scope, name: str) -> ir.Lookup | None:
        first = scope.variables[name].definitions[0]
        return first.expr if first.kind == "lookup" and isinstance(first.expr, ir.Lookup) else None

    def _defaults(self, name: str) -> list[float]:
        """Return the numbers that the model gives to a constant; NaN where it gives none."""
        variable = self.main.variables[name]
        found = self.layout(self.main, name)
        values: list[float] = []
        for elements in product(*found.axes):
            if elements not in found.cells:
                values.append(float("nan"))
                continue
            index, env = found.cells[elements]
            expr = variable.definitions[index].expr
            if isinstance(expr, ir.Lookup):
                values += expr.y
                continue
            node = self._definition(variable, index, elements, Context(self.main, env, True, name))
            value = self.graph.value(node)
            values.append(float("nan") if value is None else value)
        return values

    def _element(self, key: Key, initial: bool) -> Node:
        """Evaluate one element of a variable."""
        number, name, elements = key
        if number == 0:
            if name in self.clock:
                return self.graph.make(self.clock[name])
            if name in self.parameters:
                return self.parameter(self.parameters[name], elements)
            if name in self._inputs:
                self.demand.touch()
                return self.graph.make("input0" if initial else "input", (), self._inputs[name])
        scope = self.scopes[number] if number else self.main
        index, env = self.layout(scope, name).cells[elements]
        variable = scope.variables[name]
        context = Context(scope, env, initial, name, variable.definitions[index])
        return self.told(name, lambda: self._definition(variable, index, elements, context), context.definition)

    def parameter(self, slot: Slot, elements: tuple[str, ...]) -> Node:
        """Return the node of one number of a parameter."""
        offset = 0
        for axis, element in zip(slot.axes, elements, strict=False):
            offset = offset * len(axis) + axis.index(element)
        return self.graph.make("parameter", (), slot.start + offset)

    def _definition(self, variable: ir.Variable, index: int, elements: tuple[str, ...], context: Context) -> Node:
        definition = variable.definitions[index]
        expr = definition.expr
        if isinstance(expr, ir.Array):
            return self.graph.const(entry(definition, expr.values, elements, self.subscripts))
        if isinstance(expr, ir.External):
            if expr.kind == "missing":
                raise EquationError(
                    "missing-data", "its data are not in the model", "take them from a file with GET DIRECT DATA"
                )
            values = dict(expr.values)[elements]
            if expr.kind == "constants":
                return self.graph.const(values[0])
            if expr.kind == "data":
                return look_up(self.graph, constant(self.graph, expr.x, values), self.time(context), expr.method)
        if definition.kind == "lookup":
            raise EquationError(
                "table", "is a table and needs an argument", "write it with the argument in parentheses"
            )
        return self.value(expr, context)

    # expressions

    def number(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression as a number."""
        return self.graph.number(self.value(expr, context))

    def truth(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression as a truth value."""
        return self.graph.truth(self.value(expr, context))

    def value(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression as a number or a truth value."""
        if self.report is None:
            return self._value(expr, context)
        try:
            return self._value(expr, context)
        except (EquationError, InputError, LoopError) as error:
            return self.report(context, error)

    def _value(self, expr: ir.Expr, context: Context) -> Node:
        if isinstance(expr, ir.Num):
            return self.graph.const(expr.value)
        if isinstance(expr, ir.Ref):
            return self._reference(expr, context)
        if isinstance(expr, ir.Op):
            return self._operation(expr, context)
        if isinstance(expr, ir.Call | ir.Output):
            return calls.call(self, expr, context)
        if isinstance(expr, ir.State):
            return memory.state(self, expr, context)
        if isinstance(expr, ir.WithLookup):
            table = constant(self.graph, expr.table.x, expr.table.y)
            return look_up(self.graph, table, self.number(expr.argument, context), expr.table.kind)
        raise EquationError("not-an-expression", f"{type(expr).__name__} cannot stand in an expression")

    def _operation(self, expr: ir.Op, context: Context) -> Node:
        graph, op = self.graph, expr.op
        if op in {"and", "or"}:
            first = self.truth(expr.args[0], context)
            if graph.known_truth(first) is (op == "or"):
                return first  # the other side is not looked at, so it may not exist
            second = self.truth(expr.args[1], context)
            return graph.both(first, second) if op == "and" else graph.either(first, second)
        if op == "not":
            return graph.negate(self.truth(expr.args[0], context))
        args = [self.number(a, context) for a in expr.args]
        if op == "neg":
            return graph.neg(args[0])
        if op in _COMPARISONS:
            return graph.compare(_COMPARISONS[op], args[0], args[1])
        return _ARITHMETIC[op](graph, args[0], args[1])

    def time(self, context: Context) -> Node:
        """Return the time of the step, or of the start."""
        self.demand.touch()
        return self.graph.make("start" if context.initial else "time")

    def _reference(self, ref: ir.Ref, context: Context) -> Node:
        name, scope = ref.name, context.scope
        if name in self.model.unread:
            return self.time(context)  # nothing is known of it
        if name in scope.bindings:
            expr, outer = scope.bindings[name]
            return self.value(expr, outer.phase(initial=context.initial))
        if scope.number and name not in scope.variables:
            scope, name = self.main, name.rstrip("$")
        if name in scope.variables:
            elements = self.elements(ref.subs, scope, name, context)
            return self.demand.value((scope.number, name, elements), context.initial)
        if name == "time":
            return self.time(context)
        if name in self.clock:
            return self.graph.make(self.clock[name])
        if self.subscripts.knows(name):
            return self.graph.const(self.subscripts.position(name, context.env))
        raise calls.unknown(self, name, "name")

    def elements(self, subs: Sequence[ir.Sub], scope: Scope, name: str, context: Context) -> tuple[str, ...]:
        """Return the elements that the subscripts of a reference stand for.

        Raises
        ------
        EquationError
            Where their number is wrong or the variable is not defined there.
        """
        found = self.layout(scope, name)
        if not subs and found.dims and self.model.implicit:
            subs = [ir.Sub(dim) for dim in found.dims]
        elements = tuple([self.subscripts.resolve(sub, context.env) for sub in subs])
        if elements not in found.cells:
            if len(elements) != len(found.dims):
                raise EquationError(
                    "subscripts", f"{name!r} has {len(found.dims)} subscripts and is used with {len(elements)}"
                )
            raise EquationError("subscripts", f"{name!r} is not defined for [{', '.join(elements)}]")
        return elements

    # states

    def state(self, key: object, name: str, first: Callable[[], Node], following: Callable[[Node], Node]) -> Node:
        """Return the value of a state in a step; ``following`` gives its next value from this one."""
        self.demand.touch()
        node = self._states.get(key)
        if node is None:
            node = self._states[key] = self.graph.make("load", (), len(self._pending))
            self._pending.append((name, first, lambda load=node: following(load)))  # type: ignore[misc]
        return node

    def expand(self, macro: ir.Macro, expr: ir.Call, context: Context) -> Scope:
        """Return the scope of one call of a macro, for one element."""

        def make() -> Scope:
            outer = context.phase(initial=False)
            bindings = {p: (a, outer) for p, a in zip(macro.params, expr.args, strict=True)}
            scope = Scope(len(self.scopes) + 1, {v.name: v for v in macro.variables}, bindings)
            self.scopes[scope.number] = scope
            return scope

        return self.once((id(expr), context.scope.number, tuple(sorted(context.env.items()))), make)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return what was made for a key, or make it."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def same(self, expr: ir.Expr, make: Callable[[], ir.Expr]) -> ir.Expr:
        """Return the expression that stands for another one, the same object each time."""
        return self.once(("same", id(expr)), make)

    def ordinal(self, expr: ir.Expr, context: Context) -> int:
        """Return the place of an expression among those of its variable that were asked for."""
        places: dict[int, int] = self.once(("ordinal", context.scope.number, context.name), dict)
        return places.setdefault(id(expr), len(places))

    def history(self, name: str, value: Callable[[], Node]) -> int:
        """Return the number of a value that is kept for every step."""
        self._histories.append((name, value))
        return len(self._histories) - 1


def _element_name(key: Key) -> str:
    _, name, elements = key
    return f"{name}[{', '.join(elements)}]" if elements else name
