"""What a call means: a macro, a table of the model, or a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbsim.engine.code import noise
from urbsim.engine.code.graph import Node
from urbsim.engine.code.noise import DISTRIBUTIONS
from urbsim.engine.lower import arrays, data, lookups
from urbsim.engine.lower.functions import FUNCTIONS, SMALL, Now
from urbsim.engine.lower.tables import look_up
from urbsim.errors import nearest
from urbsim.language import ir
from urbsim.language.order import LoopError
from urbsim.language.position import EquationError
from urbsim.language.translate import told

if TYPE_CHECKING:
    from urbsim.engine.lower.lowering import Lowering
    from urbsim.engine.lower.scope import Context

PYSD = "`--engine pysd` may run it"


def known_functions() -> list[str]:
    """Return the names of all functions that can be compiled, as Vensim writes them."""
    return sorted(name.upper().replace("_", " ") for name in {*FUNCTIONS, *arrays.ARRAYS, *_SPECIAL, *_PARSED})


def unknown(lowering: Lowering, name: str, kind: str) -> EquationError:
    """Return the error of a name that is not defined."""
    message, hint = lowering.once(("unknown", name, kind), lambda: _unknown(lowering, name, kind))
    return EquationError("unknown-name", message, hint, word=name)


def _unknown(lowering: Lowering, name: str, kind: str) -> tuple[str, str]:
    if kind == "function" and name in _REFUSED:
        return f"the function {told(name)} of Vensim is not supported", "write it with stocks and DELAY FIXED"
    if kind == "function":
        return f"unknown function {name.upper().replace('_', ' ')!r}", f"{nearest(name, known_functions())} ({PYSD})"
    spelled = [v.spelled for v in lowering.main.variables.values()]
    return f"{name!r} is not defined", nearest(name.replace("_", " "), spelled)


def call(lowering: Lowering, expr: ir.Call | ir.Output, context: Context) -> Node:
    """Return the value of a call, or a further result of one."""
    if isinstance(expr, ir.Output):
        return _output(lowering, expr, context)
    name = expr.function
    lost = lowering.model.unread
    if lost and (name in lost or any(isinstance(a, ir.Ref) and a.name in lost for a in expr.args)):
        return [lowering.time(context), *(lowering.number(a, context) for a in expr.args)][0]
    if name in lowering.macros:
        return _macro(lowering, lowering.macros[name], expr, context)
    table = lookups.find(lowering, name, expr.subs, context)
    if table is not None:
        _count(expr, 1, 1)
        kind = lookups.kind_of(name, context)
        return look_up(lowering.graph, table, lowering.number(expr.args[0], context), kind)
    if name in FUNCTIONS:
        return _plain(lowering, expr, context)
    special = _SPECIAL.get(name) or arrays.ARRAYS.get(name)
    if special is None and name in context.scope.variables:
        raise EquationError(
            "argument-count", f"{name!r} is no table and no function", "only those take arguments in parentheses"
        )
    if special is None:
        raise unknown(lowering, name, "function")
    return special(lowering, expr, context)


def _plain(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """Call a function of numbers."""
    function = FUNCTIONS[expr.function]
    _count(expr, function.least, function.most)
    args = [lowering.number(a, context) for a in expr.args]
    graph = lowering.graph
    time = lowering.time(context) if function.clock else -1
    now = Now(time, graph.make("dt"), graph.make("start"), graph.make("stop"))
    return function.build(graph, now, args)


def _count(expr: ir.Call, least: int, most: int) -> None:
    found = len(expr.args)
    if not least <= found <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise EquationError(
            "argument-count", f"{expr.function.upper().replace('_', ' ')} takes {wanted} arguments, not {found}"
        )


def _macro(lowering: Lowering, macro: ir.Macro, expr: ir.Call, context: Context) -> Node:
    """Expand a macro: one scope for each place and element where it is called, the same in both phases."""
    _count(expr, len(macro.params), len(macro.params))
    if expr.outputs and len(expr.outputs) != len(macro.returns) - 1:
        raise EquationError(
            "argument-count",
            f"the macro {macro.name!r} has {len(macro.returns) - 1} further results, not {len(expr.outputs)}",
        )
    return _result(lowering, macro, expr, context, 0)


def _result(lowering: Lowering, macro: ir.Macro, expr: ir.Call, context: Context, position: int) -> Node:
    scope = lowering.expand(macro, expr, context)
    return lowering.value(
        ir.Ref(macro.returns[position]), type(context)(scope, {}, context.initial, context.name, context.definition)
    )


def _output(lowering: Lowering, expr: ir.Output, context: Context) -> Node:
    """Return a further result of a macro call."""
    macro = lowering.macros.get(expr.call.function)
    if macro is None or expr.position >= len(macro.returns):
        raise EquationError("argument-count", f"{expr.call.function!r} is no macro with so many results")
    return _result(lowering, macro, expr.call, context, expr.position)


def _draw(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """Draw from a distribution; the seed that the model writes is not used, that of the run is."""
    wanted = DISTRIBUTIONS[expr.function]
    _count(expr, wanted.least, wanted.most + 1)
    graph = lowering.graph
    lowering.demand.touch()
    env = ",".join(f"{k}={v}" for k, v in sorted(context.env.items()))
    place = noise.site(f"{context.scope.number}/{context.name}[{env}]/{lowering.ordinal(expr, context)}")
    uniform = graph.make("random0" if context.initial else "random", (), place)
    args = [lowering.number(a, context) for a in expr.args[: wanted.most]]
    return wanted.build(graph, uniform, args)


def _if(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    _count(expr, 3, 3)
    graph = lowering.graph
    condition = lowering.truth(expr.args[0], context)
    known = graph.known_truth(condition)
    if known is not None:  # the branch not taken need not exist
        return lowering.number(expr.args[1 if known else 2], context)
    return graph.select(condition, lowering.number(expr.args[1], context), lowering.number(expr.args[2], context))


def _active_initial(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    _count(expr, 2, 2)
    lowering.demand.touch()
    return lowering.number(expr.args[1 if context.initial else 0], context)


def _time_value(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    _count(expr, 3, 3)
    graph = lowering.graph
    relative, offset, measure = (lowering.number(a, context) for a in expr.args)
    if graph.value(measure) != 0 or graph.value(relative) not in {0, 1}:
        raise EquationError(
            "not-supported", "GET TIME VALUE is supported for model time only (0 or 1 first, 0 last)", PYSD
        )
    base = graph.make("start") if graph.value(relative) else lowering.time(context)
    return graph.add(base, offset)


def _previous(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """Return the value one step before (XMILE)."""
    _count(expr, 1, 2)
    first = expr.args[1] if len(expr.args) == 2 else ir.Num(0.0)
    delay = lowering.same(expr, lambda: ir.State("delay_fixed", (expr.args[0], ir.Num(SMALL), first)))
    return lowering.value(delay, context)


def _unfinished(lowering: Lowering, _: ir.Call, __: Context) -> Node:
    """A FUNCTION OF stands where the author has written no equation yet: not a number."""
    if lowering.report is not None:
        raise EquationError("missing-equation", "its equation is not written yet", "write it in place of A FUNCTION OF")
    return lowering.graph.const(float("nan"))


_REFUSED = (
    *(
        "delay_batch",
        "delay_conveyor",
        "delay_information",
        "delay_material",
        "delay_profile",
        "depreciate_by_schedule",
    ),
    *("depreciate_straightline", "find_zero", "internal_rate_of_return", "shift_if_true", "simultaneous", "sshape"),
    *("alloc_p", "marketp", "demand_at_price", "supply_at_price", "find_market_price", "queue_fifo", "queue_age_avg"),
    *("get_vdf_data", "get_vdf_constants", "get_123_data", "get_odbc_data", "time_shift", "cumulate", "cumulatef"),
    *(
        "random_beta",
        "random_binomial",
        "random_gamma",
        "random_lookup",
        "random_negative_binomial",
        "random_pink_noise",
    ),
    *("get_data_mean", "get_data_median", "get_data_stdv", "get_data_min", "get_data_max", "vector_lookup_area"),
)
_STATES = ("smooth", "smoothi", "smooth3", "smooth3i", "smooth_n", "delay1", "delay1i", "delay3", "delay3i", "delay_n")
_DATA = ("get_xls_data", "get_direct_data", "get_direct_constants", "get_direct_lookups")
_PARSED = (*_STATES, *_DATA, "integ", "delay_fixed", "trend", "forecast", "sample_if_true", "initial", "game")


def _history(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """Return the value at a time in the past: 0 for times to come, the first value for those before the start."""
    _count(expr, 2, 2)
    graph = lowering.graph

    def value(where: Context, otherwise: Node) -> Node:
        before, lowering.patient = lowering.patient, True
        try:
            return lowering.number(expr.args[0], where)
        except LoopError:  # a variable that asks for its own past
            return otherwise
        finally:
            lowering.patient = before

    first = value(context.phase(initial=True), graph.const(0.0))
    lowering.demand.touch()
    if context.initial:
        return first
    now, then = lowering.time(context), lowering.number(expr.args[1], context)
    back = graph.div(graph.sub(now, then), graph.make("dt"))
    whole = graph.unary("trunc", graph.add(graph.larger(back, graph.const(1.0)), graph.const(0.5 + SMALL)))
    env = tuple(sorted(context.env.items()))
    kept = lowering.once(
        ("history", id(expr), context.scope.number, env),
        lambda: lowering.history(context.name, lambda: lowering.number(expr.args[0], context)),
    )
    past = graph.make("history", (whole, first), kept)
    late = graph.select(graph.compare("lt", back, graph.const(-0.5)), graph.const(0.0), value(context, past))
    return graph.select(graph.compare("lt", back, graph.const(0.5)), late, past)


def _position(lowering: Lowering, expr: ir.Call, context: Context) -> Node:
    """Return the place of the own element in its dimension, from 1 (XMILE)."""
    (sub,) = expr.subs
    element = lowering.subscripts.resolve(sub, context.env)
    return lowering.graph.const(1 + lowering.subscripts.elements(sub.name).index(element))


_SPECIAL = {
    "if_then_else": _if,
    "a_function_of": _unfinished,
    "position": _position,
    "history": _history,
    "active_initial": _active_initial,
    "get_time_value": _time_value,
    "previous": _previous,
    **dict.fromkeys(lookups.FUNCTIONS, lookups.call),
    "vector_lookup": lookups.vector,
    **dict.fromkeys(data.FUNCTIONS, data.call),
    **dict.fromkeys(DISTRIBUTIONS, _draw),
}
