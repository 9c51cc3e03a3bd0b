"""What a call means: a macro, a table of the model, or a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from urbsim.engine.code import noise
from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.lower import arrays, data, lookups
from urbsim.engine.lower.evaluator import Builder, Evaluator
from urbsim.engine.lower.functions import FORMULAS, SMALL, Formula, Now
from urbsim.engine.lower.scope import Context
from urbsim.engine.lower.tables import look_up
from urbsim.engine.lower.variables import Variables
from urbsim.errors import nearest
from urbsim.language import ir
from urbsim.language.catalogue import FUNCTIONS, ROWS, check_count, title
from urbsim.language.position import EquationError

PYSD = "`--engine pysd` may run it"


def unknown(variables: Variables, name: str, kind: str) -> EquationError:
    """Return the error of a name that is not defined."""
    message, hint = variables.memo.once(("unknown", name, kind), lambda: _unknown(variables, name, kind))
    return EquationError("unknown-name", message, hint, word=name)


def _unknown(variables: Variables, name: str, kind: str) -> tuple[str, str]:
    if kind == "function" and name in FUNCTIONS and FUNCTIONS[name].refusal:
        return f"the function {title(name)} of Vensim is not supported", FUNCTIONS[name].refusal
    if kind == "function":
        spellings = sorted(row.vensim for row in ROWS if row.vensim and not row.refusal)
        return f"unknown function {name.upper().replace('_', ' ')!r}", f"{nearest(name, spellings)} ({PYSD})"
    spellings = [v.spelled for v in variables.main.variables.values()]
    return f"{name!r} is not defined", nearest(name.replace("_", " "), spellings)


def call(evaluator: Evaluator, expr: ir.Call | ir.Output, context: Context) -> Node:
    """Return the value of a call, or a further result of one.

    Raises
    ------
    EquationError
        Where there is no such macro, table or function, or it takes other arguments.
    """
    if isinstance(expr, ir.Output):
        return _output(evaluator, expr, context)
    name, variables = expr.function, evaluator.variables
    unread = variables.model.unread
    if unread and (name in unread or any(isinstance(a, ir.Ref) and a.name in unread for a in expr.args)):
        return [evaluator.time(context), *(evaluator.number(a, context) for a in expr.args)][0]
    if name in variables.macros:
        return _macro(evaluator, variables.macros[name], expr, context)
    table = lookups.find(evaluator, name, expr.subs, context)
    if table is not None:
        check_count(title(name), len(expr.args), 1, 1)
        kind = lookups.kind_of(name, context)
        return look_up(evaluator.graph, table, evaluator.number(expr.args[0], context), kind)
    if name in BUILDERS:
        row = FUNCTIONS[name]
        check_count(row.title, len(expr.args), row.least, row.most)
        return BUILDERS[name](evaluator, expr, context)
    if name in context.scope.variables:
        raise EquationError(
            "argument-count", f"{name!r} is no table and no function", "only those take arguments in parentheses"
        )
    raise unknown(variables, name, "function")


def _formula(formula: Formula, evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return a function of numbers."""
    args = [evaluator.number(a, context) for a in expr.args]
    graph = evaluator.graph
    time = evaluator.time(context) if FUNCTIONS[expr.function].clock else -1
    now = Now(time, graph.make("dt"), graph.make("start"), graph.make("stop"))
    return formula(graph, now, args)


def _macro(evaluator: Evaluator, macro: ir.Macro, expr: ir.Call, context: Context) -> Node:
    """Expand a macro: one scope for each place and element where it is called, the same in both phases."""
    check_count(expr.function.upper().replace("_", " "), len(expr.args), len(macro.params), len(macro.params))
    if expr.outputs and len(expr.outputs) != len(macro.returns) - 1:
        raise EquationError(
            "argument-count",
            f"the macro {macro.name!r} has {len(macro.returns) - 1} further results, not {len(expr.outputs)}",
        )
    return _result(evaluator, macro, expr, context, 0)


def _result(evaluator: Evaluator, macro: ir.Macro, expr: ir.Call, context: Context, position: int) -> Node:
    scope = evaluator.variables.expand(macro, expr, context)
    return evaluator.value(ir.Ref(macro.returns[position]), context.within(scope))


def _output(evaluator: Evaluator, expr: ir.Output, context: Context) -> Node:
    """Return a further result of a macro call."""
    macro = evaluator.variables.macros.get(expr.call.function)
    if macro is None or expr.position >= len(macro.returns):
        raise EquationError("argument-count", f"{expr.call.function!r} is no macro with so many results")
    return _result(evaluator, macro, expr.call, context, expr.position)


def _draw(
    build: Callable[[Graph, Node, Sequence[Node]], Node], evaluator: Evaluator, expr: ir.Call, context: Context
) -> Node:
    """Draw from a distribution; the seed that the model writes is not used, that of the run is."""
    graph = evaluator.graph
    evaluator.demand.touch()
    env = ",".join(f"{k}={v}" for k, v in context.bound)
    place = noise.site(f"{context.scope.number}/{context.name}[{env}]/{evaluator.memo.ordinal(expr, context)}")
    uniform = graph.make("random0" if context.initial else "random", (), place)
    seed = FUNCTIONS[expr.function].most - 1
    return build(graph, uniform, [evaluator.number(a, context) for a in expr.args[:seed]])


def _if(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    graph = evaluator.graph
    condition = evaluator.truth(expr.args[0], context)
    truth = graph.known_truth(condition)
    if truth is not None:  # the branch not taken need not exist
        return evaluator.number(expr.args[1 if truth else 2], context)
    return graph.select(condition, evaluator.number(expr.args[1], context), evaluator.number(expr.args[2], context))


def _active_initial(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    evaluator.demand.touch()
    return evaluator.number(expr.args[1 if context.initial else 0], context)


def _time_value(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    graph = evaluator.graph
    relative, offset, measure = (evaluator.number(a, context) for a in expr.args)
    if graph.value(measure) != 0 or graph.value(relative) not in {0, 1}:
        raise EquationError(
            "not-supported", "GET TIME VALUE is supported for model time only (0 or 1 first, 0 last)", PYSD
        )
    base = graph.make("start") if graph.value(relative) else evaluator.time(context)
    return graph.add(base, offset)


def _previous(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return the value one step before (XMILE)."""
    first = expr.args[1] if len(expr.args) == 2 else ir.Num(0.0)
    delay = evaluator.memo.once(("same", id(expr)), lambda: ir.FixedDelay(expr.args[0], ir.Num(SMALL), first))
    return evaluator.value(delay, context)


def _unfinished(evaluator: Evaluator, _: ir.Call, __: Context) -> Node:
    """A FUNCTION OF stands where the author has written no equation yet."""
    return evaluator.unwritten()


def _history(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return the value at a time in the past: 0 for times to come, the first value for those before the start."""
    graph = evaluator.graph

    def value(where: Context, otherwise: Node) -> Node:
        number = evaluator.number_unless_loop(expr.args[0], where)
        return otherwise if number is None else number  # a variable that asks for its own past

    first = value(context.phase(initial=True), graph.const(0.0))
    evaluator.demand.touch()
    if context.initial:
        return first
    now, then = evaluator.time(context), evaluator.number(expr.args[1], context)
    back = graph.div(graph.sub(now, then), graph.make("dt"))
    whole = graph.unary("trunc", graph.add(graph.larger(back, graph.const(1.0)), graph.const(0.5 + SMALL)))
    number = evaluator.memo.once(
        ("history", id(expr), context.scope.number, context.bound),
        lambda: evaluator.states.history(context.name, lambda: evaluator.number(expr.args[0], context)),
    )
    past = graph.make("history", (whole, first), number)
    late = graph.select(graph.compare("lt", back, graph.const(-0.5)), graph.const(0.0), value(context, past))
    return graph.select(graph.compare("lt", back, graph.const(0.5)), late, past)


def _position(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return the place of the own element in its dimension, from 1 (XMILE)."""
    if len(expr.subs) != 1:
        raise EquationError("subscripts", "POSITION needs one dimension in brackets")
    (sub,) = expr.subs
    element = evaluator.variables.subscripts.resolve(sub, context.env)
    return evaluator.graph.const(1 + evaluator.variables.subscripts.elements(sub.name).index(element))


BUILDERS: dict[str, Builder] = {
    **{name: partial(_formula, formula) for name, formula in FORMULAS.items()},
    **{name: partial(_draw, build) for name, build in noise.DISTRIBUTIONS.items()},
    **arrays.BUILDERS,
    **lookups.BUILDERS,
    **data.BUILDERS,
    "if_then_else": _if,
    "a_function_of": _unfinished,
    "position": _position,
    "history": _history,
    "active_initial": _active_initial,
    "get_time_value": _time_value,
    "previous": _previous,
}
