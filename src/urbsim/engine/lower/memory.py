"""Constructs with memory as states: stocks, delays, smooths, trends, samples.

Formulas are those of Vensim's manual. A delay holds order x delay time of what is under way; its order is cut where
the delay time is shorter than order x TIME STEP, as Vensim does and Stella (a ``whole`` delay) does not. DELAY N
(``lagged``) passes on what leaves by the delay times of the steps before, DELAY1 and DELAY3 by that of the present.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from urbsim.engine.code.graph import STEP, Node
from urbsim.engine.lower.evaluator import Evaluator
from urbsim.engine.lower.functions import SMALL, xidz
from urbsim.engine.lower.scope import Context
from urbsim.language import ir
from urbsim.language.position import EquationError


def state(evaluator: Evaluator, expr: ir.State, context: Context) -> Node:
    """Return the value of a construct with memory."""
    if isinstance(expr, ir.Initial):
        with evaluator.demand.same():
            return evaluator.number(expr.initial, context.phase(initial=True))
    evaluator.demand.touch()
    match expr:
        case ir.Stock():
            return _stock(evaluator, expr, context)
        case ir.Delay():
            return _delay(evaluator, expr, context)
        case ir.FixedDelay():
            return _fixed(evaluator, expr, context)
        case ir.Smooth():
            return _smooth(evaluator, expr, context)
        case ir.Trend():
            return _trend(evaluator, expr, context)
        case ir.Forecast():
            return _forecast(evaluator, expr, context)
        case ir.Sample():
            return _sample(evaluator, expr, context)
        case _:
            assert_never(expr)


def _key(expr: ir.State, context: Context, part: object = "") -> object:
    return id(expr), context.scope.number, context.bound, part


def _name(context: Context, part: str = "") -> str:
    elements = ", ".join(context.env.values())
    return context.name + (f"[{elements}]" if elements else "") + (f" {part}" if part else "")


def _stock(evaluator: Evaluator, expr: ir.Stock, context: Context) -> Node:
    graph = evaluator.graph
    if context.initial:
        return evaluator.number(expr.initial, context)

    def following(load: Node) -> Node:
        after = graph.add(load, graph.mul(graph.make("dt"), evaluator.number(expr.flow, context)))
        return graph.larger(after, graph.const(0.0)) if expr.non_negative else after

    start = context.phase(initial=True)
    return evaluator.states.state(
        _key(expr, context), _name(context), lambda: evaluator.number(expr.initial, start), following
    )


def _order(evaluator: Evaluator, expr: ir.Expr, context: Context) -> int:
    value = evaluator.graph.value(evaluator.number(expr, context.phase(initial=True)))
    if value is None:
        raise EquationError("not-a-number", "the order of a delay or smooth must be a number that no run changes")
    return max(1, int(value))


def _cut(evaluator: Evaluator, order: int, delay_time: Node) -> list[Node]:
    """Return for each stage after the first whether the delay time leaves room for it."""
    graph = evaluator.graph
    dt = graph.make("dt")
    least_times = [graph.mul(dt, graph.const(i - SMALL)) for i in range(2, order + 1)]  # 3 x 0.1 fits into 0.3
    return [graph.compare("ge", delay_time, least) for least in least_times]


def _chain(evaluator: Evaluator, expr: ir.Delay, context: Context, rates: Sequence[Node], cut: Sequence[Node]) -> Node:
    """Return the content of the last stage of a delay that counts.

    Parameters
    ----------
    evaluator, expr, context
        The delay and where it stands.
    rates
        For each stage the share of it that leaves per time.
    cut
        For each stage after the first whether it counts.
    """
    graph = evaluator.graph
    start = context.phase(initial=True)
    stages = graph.const(1.0)
    for counts in cut:
        stages = graph.add(stages, graph.number(counts))

    def initial() -> Node:
        return graph.mul(evaluator.number(expr.initial, start), evaluator.number(expr.time, start))

    loads: list[Node] = []
    for i, rate in enumerate(rates):

        def following(load: Node, i: int = i, rate: Node = rate) -> Node:
            inflow = graph.mul(loads[i - 1], rates[i - 1]) if i else evaluator.number(expr.input, context)
            net = graph.mul(graph.sub(inflow, graph.mul(load, rate)), stages)
            return graph.add(load, graph.mul(graph.make("dt"), net))

        name = _name(context, f"stage {i + 1}")
        loads.append(evaluator.states.state(_key(expr, context, i), name, initial, following))
    last = loads[0]
    for counts, load in zip(cut, loads[1:], strict=True):
        last = graph.select(counts, load, last)
    return last


def _delay(evaluator: Evaluator, expr: ir.Delay, context: Context) -> Node:
    graph = evaluator.graph
    if context.initial:
        return evaluator.number(expr.initial, context)
    if expr.kind == "lagged":
        delay_time = evaluator.number(expr.time, context)
        if graph.kinds[delay_time] & STEP:
            return _lagged(evaluator, expr, context, delay_time)
    stages = _order(evaluator, expr.order, context)
    if expr.kind == "whole":
        cut = [graph.true(value=True)] * (stages - 1)
    else:
        cut = _cut(evaluator, stages, evaluator.number(expr.time, context.phase(initial=True)))
    rate = graph.div(graph.const(1.0), evaluator.number(expr.time, context))
    return graph.mul(_chain(evaluator, expr, context, [rate] * stages, cut), rate)


def _lagged(evaluator: Evaluator, expr: ir.Delay, context: Context, delay_time: Node) -> Node:
    """Return the outflow of a delay whose stages follow the delay times of the steps before."""
    graph = evaluator.graph
    before = evaluator.number(expr.time, context.phase(initial=True))
    times = [delay_time]
    for i in range(_order(evaluator, expr.order, context)):
        previous = times[-1]
        key, name = _key(expr, context, ("time", i)), _name(context, f"delay time {i + 1} steps before")
        times.append(evaluator.states.state(key, name, lambda: before, lambda _, p=previous: p))  # type: ignore[misc]
    rates = [graph.div(graph.const(1.0), t) for t in times]
    last = _chain(evaluator, expr, context, rates[:-1], _cut(evaluator, len(times) - 1, before))
    return graph.mul(last, rates[1])


def _fixed(evaluator: Evaluator, expr: ir.FixedDelay, context: Context) -> Node:
    graph = evaluator.graph
    start = context.phase(initial=True)
    if context.initial:
        return evaluator.number(expr.initial, context)

    def history() -> Node:
        steps = graph.div(evaluator.number(expr.time, start), graph.make("dt"))
        whole = graph.unary("trunc", graph.add(graph.larger(steps, graph.const(1.0)), graph.const(0.5 + SMALL)))
        number = evaluator.states.history(context.name, lambda: evaluator.number(expr.input, context))
        return graph.make("history", (whole, evaluator.number(expr.initial, start)), number)

    return evaluator.memo.once(("fixed delay", _key(expr, context)), history)


def _smooth(evaluator: Evaluator, expr: ir.Smooth, context: Context) -> Node:
    graph = evaluator.graph
    if context.initial:
        return evaluator.number(expr.initial, context)
    stages = _order(evaluator, expr.order, context)
    start = context.phase(initial=True)
    rate = graph.div(graph.const(stages), evaluator.number(expr.time, context))
    loads: list[Node] = []
    for i in range(stages):

        def following(load: Node, i: int = i) -> Node:
            target = loads[i - 1] if i else evaluator.number(expr.input, context)
            gap = graph.mul(graph.sub(target, load), rate)
            return graph.add(load, graph.mul(graph.make("dt"), gap))

        key, name = _key(expr, context, i), _name(context, f"stage {i + 1}")
        loads.append(evaluator.states.state(key, name, lambda: evaluator.number(expr.initial, start), following))
    return loads[-1]


def _average(evaluator: Evaluator, expr: ir.Trend | ir.Forecast, context: Context, first: Node) -> Node:
    """Return the average that TREND and FORECAST compare with."""
    graph = evaluator.graph
    if context.initial:
        return first

    def following(load: Node) -> Node:
        gap = graph.sub(evaluator.number(expr.input, context), load)
        change = graph.div(gap, evaluator.number(expr.time, context))
        return graph.add(load, graph.mul(graph.make("dt"), change))

    return evaluator.states.state(_key(expr, context), _name(context, "average"), lambda: first, following)


def _trend(evaluator: Evaluator, expr: ir.Trend, context: Context) -> Node:
    graph = evaluator.graph
    start = context.phase(initial=True)
    growth = graph.mul(evaluator.number(expr.initial, start), evaluator.number(expr.time, start))
    first = graph.div(evaluator.number(expr.input, start), graph.add(graph.const(1.0), growth))
    average = _average(evaluator, expr, context, first)
    scale = graph.mul(evaluator.number(expr.time, context), graph.unary("abs", average))
    return xidz(graph, graph.sub(evaluator.number(expr.input, context), average), scale, graph.const(0.0))


def _forecast(evaluator: Evaluator, expr: ir.Forecast, context: Context) -> Node:
    graph = evaluator.graph
    start = context.phase(initial=True)
    trend = graph.add(graph.const(1.0), evaluator.number(expr.initial, start))
    first = graph.div(evaluator.number(expr.input, start), trend)
    average = _average(evaluator, expr, context, first)
    now = evaluator.number(expr.input, context)
    scale = graph.mul(evaluator.number(expr.time, context), average)
    growth = xidz(graph, graph.sub(now, average), scale, graph.const(0.0))
    return graph.mul(now, graph.add(graph.const(1.0), graph.mul(growth, evaluator.number(expr.horizon, context))))


def _sample(evaluator: Evaluator, expr: ir.Sample, context: Context) -> Node:
    start = context.phase(initial=True)

    def sample(before: Node) -> Node:
        holds = evaluator.truth(expr.condition, context)
        return evaluator.graph.select(holds, evaluator.number(expr.input, context), before)

    if context.initial:
        return sample(evaluator.number(expr.initial, context))
    key = _key(expr, context)
    return sample(evaluator.states.state(key, _name(context), lambda: evaluator.number(expr.initial, start), sample))
