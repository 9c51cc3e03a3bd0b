"""Model -> scalar graph: subscripts unrolled, constants folded, what no output needs never made.

Constants that a run may change are *parameters*, scalar constants that it may change over time *inputs*; all others
are folded. Stocks, delays and smooths become states on demand: those of pruned variables never exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product

from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.code.program import Program, StateNode
from urbsim.engine.lower import calls, memory
from urbsim.engine.lower.scope import CLOCK_NODES, Context, Memo, Scope
from urbsim.engine.lower.settings import Settings
from urbsim.engine.lower.states import States
from urbsim.engine.lower.tables import constant, look_up
from urbsim.engine.lower.variables import Variables, element_name
from urbsim.engine.run.final_time import moves
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.order import Demand, Key, LoopError, deep
from urbsim.language.position import EquationError
from urbsim.language.subscripts import entry

_COMPARISONS: Mapping[ir.Operator, str] = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_ARITHMETIC: Mapping[ir.Operator, Callable[[Graph, Node, Node], Node]] = {
    "+": Graph.add,
    "-": Graph.sub,
    "*": Graph.mul,
    "/": Graph.div,
    "^": Graph.pow,
}


def lower(
    model: Model,
    outputs: Sequence[str],
    parameters: Sequence[str] = (),
    inputs: Sequence[str] = (),
    *,
    own_clock: bool = False,
) -> Program:
    """Compile a model to a graph.

    Parameters
    ----------
    model
        The model; only what the outputs need is lowered.
    outputs, parameters, inputs
        Identifiers of variables: what comes out, constants that a run may change, and scalar constants that it may
        change over time.
    own_clock
        Take the clock from the model's equations; else it is given at run time.

    Raises
    ------
    InputError
        For a loop, an unknown name or function, subscripts that do not match: a problem with variable and place.
    """
    return Lowering(model, parameters, inputs, own_clock=own_clock).program(outputs)


class Lowering:
    """The strict evaluator: the first fault of an equation ends it. :mod:`faults` has one that goes on."""

    def __init__(
        self, model: Model, parameters: Sequence[str] = (), inputs: Sequence[str] = (), *, own_clock: bool = False
    ) -> None:
        self.graph = Graph()
        self.memo = Memo()
        self.variables = Variables(model, self.memo)
        self.states = States(self.graph)
        self.demand: Demand[Node] = Demand(self._element)
        clock = {} if own_clock else {n: op for n, op in CLOCK_NODES.items() if n != "final_time" or not moves(model)}
        self.settings = Settings(self.graph, clock, self.variables.slots(parameters), inputs)

    # the whole

    def program(self, outputs: Sequence[str]) -> Program:
        """Return the program for some outputs."""
        with deep():
            slots = self.variables.slots(outputs)
            nodes: list[Node | None] = []
            for slot in slots:
                cells = self.variables.cells(slot.name)
                nodes += [self._output(slot.name, e) if e in cells else None for e in product(*slot.axes)]
            states, histories = self._close()
            parameters = tuple(self.settings.parameters.values())
            defaults = tuple([v for slot in parameters for v in self._defaults(slot.name)])
            series = tuple([v for name in self.settings.inputs for v in self._defaults(name)])
        return Program(
            self.graph,
            tuple(states),
            tuple(histories),
            tuple(slots),
            tuple(nodes),
            parameters,
            defaults,
            tuple(self.settings.inputs),
            series,
            {node: element_name(key) for key, node in reversed(list(self.demand.values()))},
        )

    def _output(self, name: str, elements: tuple[str, ...]) -> Node:
        main = self.variables.main
        return self.variables.blame(name, lambda: self.graph.number(self.element(main, name, elements, initial=False)))

    def _close(self) -> tuple[list[StateNode], list[Node]]:
        """Work off the states that were asked for, and those that their flows ask for."""
        states: list[StateNode] = []
        histories: list[Node] = []
        waiting = self.states
        while len(states) < len(waiting.pending) or len(histories) < len(waiting.histories):
            if len(states) < len(waiting.pending):
                name, first, following = waiting.pending[len(states)]
                owner = name.split("[", 1)[0]
                states.append(
                    StateNode(name, self.variables.blame(owner, first), self.variables.blame(owner, following))
                )
            else:
                histories.append(self.variables.blame(*waiting.histories[len(histories)]))
        return states, histories

    def evaluate(self, name: str) -> None:
        """Evaluate every element of a variable in a step."""
        for elements in self.variables.cells(name):
            self._output(name, elements)

    def waiting(self) -> Iterator[Callable[[], Node]]:
        """Give what is left to evaluate for states and histories; there is more after each of it."""
        for name, first, following in self.states.pending:  # grows while it is worked off
            owner = name.split("[", 1)[0]
            yield partial(self.variables.blame, owner, first)
            yield partial(self.variables.blame, owner, following)
        for name, value in self.states.histories:
            yield partial(self.variables.blame, name, value)

    # variables

    def element(self, scope: Scope, name: str, elements: tuple[str, ...], *, initial: bool) -> Node:
        """Return one element of a variable.

        Parameters
        ----------
        scope, name
            The variable, and the scope in which it is defined.
        elements
            One element of each of its ranges.
        initial
            The phase: the value at the start, or that in a step.
        """
        return self.demand.value((scope.number, name, elements), initial)

    def _defaults(self, name: str) -> list[float]:
        """Return the numbers that the model gives to a constant; NaN where it gives none."""
        main = self.variables.main
        variable, where = main.variables[name], self.variables.layout(main, name)
        values: list[float] = []
        for elements in product(*where.axes):
            if elements not in where.cells:
                values.append(float("nan"))
                continue
            index, env = where.cells[elements]
            definition = variable.definitions[index]
            if isinstance(definition.expr, ir.Lookup):
                values += definition.expr.y
                continue
            value = self.graph.value(self._definition(definition, elements, Context(main, env, True, name)))
            values.append(float("nan") if value is None else value)
        return values

    def _element(self, key: Key, initial: bool) -> Node:
        """Evaluate one element of a variable."""
        number, name, elements = key
        if number == 0:
            if name in self.settings.inputs:
                self.demand.touch()
            setting = self.settings.number(name, elements, initial=initial)
            if setting is not None:
                return setting
        scope = self.variables.scopes[number]
        index, env = self.variables.layout(scope, name).cells[elements]
        definition = scope.variables[name].definitions[index]
        context = Context(scope, env, initial, name, definition)
        return self.variables.blame(name, lambda: self._definition(definition, elements, context), definition)

    def _definition(self, definition: ir.Definition, elements: tuple[str, ...], context: Context) -> Node:
        expr = definition.expr
        if isinstance(expr, ir.Array):
            return self.graph.const(entry(definition, expr.values, elements, self.variables.subscripts))
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

    def number_unless_loop(self, expr: ir.Expr, context: Context) -> Node | None:
        """Return an expression as a number, or None where it needs itself."""
        try:
            return self.number(expr, context)
        except LoopError:
            return None

    def unwritten(self) -> Node:
        """Return the node of an equation that its author has not written yet: not a number."""
        return self.graph.const(float("nan"))

    def value(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression as a number or a truth value.

        Raises
        ------
        EquationError, LoopError
            Where it makes no sense.
        """
        # No `match`: this runs for every part of every element, and classes as patterns cost a quarter of lowering.
        if isinstance(expr, ir.Num):
            return self.graph.const(expr.value)
        if isinstance(expr, ir.Ref):
            return self._reference(expr, context)
        if isinstance(expr, ir.Op):
            return self._operation(expr, context)
        if isinstance(expr, ir.Call | ir.Output):
            return calls.call(self, expr, context)
        if isinstance(expr, ir.WithLookup):
            points = constant(self.graph, expr.table.x, expr.table.y)
            return look_up(self.graph, points, self.number(expr.argument, context), expr.table.kind)
        if isinstance(expr, ir.Text | ir.Lookup | ir.Array | ir.External):
            raise EquationError("not-an-expression", f"{type(expr).__name__} cannot stand in an expression")
        return memory.state(self, expr, context)

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
        name, scope, variables = ref.name, context.scope, self.variables
        if name in variables.model.unread:
            return self.time(context)  # nothing is known of it
        if name in scope.bindings:
            expr, outer = scope.bindings[name]
            return self.value(expr, outer.phase(initial=context.initial))
        if scope.number and name not in scope.variables:
            scope, name = variables.main, name.rstrip("$")
        if name in scope.variables:
            elements = variables.elements(ref.subs, scope, name, context)
            return self.demand.value((scope.number, name, elements), context.initial)
        if name == "time":
            return self.time(context)
        if name in self.settings.clock:
            return self.graph.make(self.settings.clock[name])
        if variables.subscripts.knows(name):
            return self.graph.const(variables.subscripts.position(name, context.env))
        raise calls.unknown(variables, name, "name")
