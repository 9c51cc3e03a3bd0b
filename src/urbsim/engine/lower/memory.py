"""Constructs with memory as states: stocks, delays, smooths, trends, samples.

Formulas are those of Vensim's manual. A delay holds order x delay time of what is under way; its order is cut where
the delay time is shorter than order x TIME STEP, as Vensim does and Stella (``delay_plain``) does not. DELAY N passes
on what leaves by the delay times of the steps before, DELAY1 and DELAY3 by that of the present.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbsim.engine.code.graph import STEP, Node
from urbsim.engine.lower.functions import SMALL, xidz
from urbsim.language import ir
from urbsim.language.position import EquationError

if TYPE_CHECKING:
    from urbsim.engine.lower.lowering import Lowering
    from urbsim.engine.lower.scope import Context


def state(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    """Return the value of a construct with memory."""
    return _KINDS[expr.kind](lowering, expr, context)


def _key(expr: ir.State, context: Context, part: object = "") -> object:
    return id(expr), context.scope.number, tuple(sorted(context.env.items())), part


def _name(context: Context, part: str = "") -> str:
    elements = ", ".join(context.env.values())
    return context.name + (f"[{elements}]" if elements else "") + (f" {part}" if part else "")


def _stock(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph, (flow, first) = lowering.graph, expr.args
    lowering.demand.touch()
    if context.initial:
        return lowering.number(first, context)

    def following(load: Node) -> Node:
        after = graph.add(load, graph.mul(graph.make("dt"), lowering.number(flow, context)))
        return graph.larger(after, graph.const(0.0)) if expr.kind == "stock" else after

    start = context.phase(initial=True)
    return lowering.state(_key(expr, context), _name(context), lambda: lowering.number(first, start), following)


def _order(lowering: Lowering, expr: ir.Expr, context: Context) -> int:
    value = lowering.graph.value(lowering.number(expr, context.phase(initial=True)))
    if value is None:
        raise EquationError("not-a-number", "the order of a delay or smooth must be a number that no run changes")
    return max(1, int(value))


def _cut(lowering: Lowering, order: int, delay_time: Node) -> list[Node]:
    """Return for each stage after the first whether the delay time leaves room for it."""
    graph = lowering.graph
    dt = graph.make("dt")
    needed = [graph.mul(dt, graph.const(i - SMALL)) for i in range(2, order + 1)]  # 3 x 0.1 fits into 0.3
    return [graph.compare("ge", delay_time, n) for n in needed]


def _chain(
    lowering: Lowering, expr: ir.State, context: Context, rates: list[Node], cut: list[Node]
) -> tuple[Node, list[Node]]:
    """Make the stages of a delay; return what leaves the last that counts, and the states."""
    graph = lowering.graph
    given, delay_time, first, _ = expr.args
    start = context.phase(initial=True)
    stages = graph.const(1.0)
    for counts in cut:
        stages = graph.add(stages, graph.number(counts))

    def initial() -> Node:
        return graph.mul(lowering.number(first, start), lowering.number(delay_time, start))

    loads: list[Node] = []
    for i, rate in enumerate(rates):

        def following(load: Node, i: int = i, rate: Node = rate) -> Node:
            coming = graph.mul(loads[i - 1], rates[i - 1]) if i else lowering.number(given, context)
            net = graph.mul(graph.sub(coming, graph.mul(load, rate)), stages)
            return graph.add(load, graph.mul(graph.make("dt"), net))

        loads.append(lowering.state(_key(expr, context, i), _name(context, f"stage {i + 1}"), initial, following))
    last = loads[0]
    for counts, load in zip(cut, loads[1:], strict=True):
        last = graph.select(counts, load, last)
    return last, loads


def _delay(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph = lowering.graph
    _, delay_time, first, order = expr.args
    lowering.demand.touch()
    if context.initial:
        return lowering.number(first, context)
    stages = _order(lowering, order, context)
    if expr.kind == "delay_plain":
        cut = [graph.true(value=True)] * (stages - 1)
    else:
        cut = _cut(lowering, stages, lowering.number(delay_time, context.phase(initial=True)))
    rate = graph.div(graph.const(1.0), lowering.number(delay_time, context))
    return graph.mul(_chain(lowering, expr, context, [rate] * stages, cut)[0], rate)


def _delay_n(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph = lowering.graph
    delay_time = expr.args[1]
    lowering.demand.touch()
    if context.initial:
        return lowering.number(expr.args[2], context)
    now = lowering.number(delay_time, context)
    if not graph.kinds[now] & STEP:
        return _delay(lowering, expr, context)
    start = context.phase(initial=True)
    before = lowering.number(delay_time, start)
    times = [now]
    for i in range(_order(lowering, expr.args[3], context)):
        previous = times[-1]
        key, name = _key(expr, context, ("time", i)), _name(context, f"delay time {i + 1} steps before")
        times.append(lowering.state(key, name, lambda: before, lambda _, p=previous: p))  # type: ignore[misc]
    rates = [graph.div(graph.const(1.0), t) for t in times]
    last, _ = _chain(lowering, expr, context, rates[:-1], _cut(lowering, len(times) - 1, before))
    return graph.mul(last, rates[1])


def _delay_fixed(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph = lowering.graph
    given, delay_time, first = expr.args
    start = context.phase(initial=True)
    lowering.demand.touch()
    if context.initial:
        return lowering.number(first, context)
    key = _key(expr, context)
    if key not in lowering.delays:
        steps = graph.div(lowering.number(delay_time, start), graph.make("dt"))
        whole = graph.unary("trunc", graph.add(graph.larger(steps, graph.const(1.0)), graph.const(0.5 + SMALL)))
        kept = lowering.history(context.name, lambda: lowering.number(given, context))
        lowering.delays[key] = graph.make("history", (whole, lowering.number(first, start)), kept)
    return lowering.delays[key]


def _smooth(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph = lowering.graph
    given, smooth_time, first, order = expr.args
    lowering.demand.touch()
    if context.initial:
        return lowering.number(first, context)
    stages = _order(lowering, order, context)
    start = context.phase(initial=True)
    rate = graph.div(graph.const(stages), lowering.number(smooth_time, context))
    loads: list[Node] = []
    for i in range(stages):

        def following(load: Node, i: int = i) -> Node:
            target = loads[i - 1] if i else lowering.number(given, context)
            gap = graph.mul(graph.sub(target, load), rate)
            return graph.add(load, graph.mul(graph.make("dt"), gap))

        name = _name(context, f"stage {i + 1}")
        loads.append(lowering.state(_key(expr, context, i), name, lambda: lowering.number(first, start), following))
    return loads[-1]


def _average(lowering: Lowering, expr: ir.State, context: Context, first: Node) -> Node:
    """Return the average that TREND and FORECAST compare with."""
    graph = lowering.graph
    given, average_time = expr.args[:2]
    if context.initial:
        return first

    def following(load: Node) -> Node:
        gap = graph.sub(lowering.number(given, context), load)
        change = graph.div(gap, lowering.number(average_time, context))
        return graph.add(load, graph.mul(graph.make("dt"), change))

    return lowering.state(_key(expr, context), _name(context, "average"), lambda: first, following)


def _trend(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph = lowering.graph
    given, average_time, trend = expr.args
    start = context.phase(initial=True)
    lowering.demand.touch()
    growth = graph.mul(lowering.number(trend, start), lowering.number(average_time, start))
    first = graph.div(lowering.number(given, start), graph.add(graph.const(1.0), growth))
    average = _average(lowering, expr, context, first)
    scale = graph.mul(lowering.number(average_time, context), graph.unary("abs", average))
    return xidz(graph, graph.sub(lowering.number(given, context), average), scale, graph.const(0.0))


def _forecast(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph = lowering.graph
    given, average_time, horizon, trend = expr.args
    start = context.phase(initial=True)
    lowering.demand.touch()
    first = graph.div(lowering.number(given, start), graph.add(graph.const(1.0), lowering.number(trend, start)))
    average = _average(lowering, expr, context, first)
    now = lowering.number(given, context)
    scale = graph.mul(lowering.number(average_time, context), average)
    growth = xidz(graph, graph.sub(now, average), scale, graph.const(0.0))
    return graph.mul(now, graph.add(graph.const(1.0), graph.mul(growth, lowering.number(horizon, context))))


def _sample(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    graph = lowering.graph
    condition, given, first = expr.args
    start = context.phase(initial=True)
    lowering.demand.touch()

    def chosen(held: Node) -> Node:
        holds = lowering.truth(condition, context)
        return graph.select(holds, lowering.number(given, context), held)

    if context.initial:
        return chosen(lowering.number(first, context))
    load = lowering.state(_key(expr, context), _name(context), lambda: lowering.number(first, start), chosen)
    return chosen(load)


def _initial(lowering: Lowering, expr: ir.State, context: Context) -> Node:
    with lowering.demand.same():
        return lowering.number(expr.args[0], context.phase(initial=True))


_KINDS = {
    "integ": _stock,
    "stock": _stock,
    "delay": _delay,
    "delay_plain": _delay,
    "delay_n": _delay_n,
    "delay_fixed": _delay_fixed,
    "smooth": _smooth,
    "trend": _trend,
    "forecast": _forecast,
    "sample_if_true": _sample,
    "initial": _initial,
}
