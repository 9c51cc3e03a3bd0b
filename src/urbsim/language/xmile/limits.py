"""Flows that may not be below zero, and outflows that leave no stock below zero.

What a stock holds and what comes in during a step can leave it, the outflow listed first before the others: each is
cut to what is left. An inflow that itself waits for such an outflow in the same step does not count: it cannot be
known before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from urbsim.language import ir
from urbsim.language.walk import children

_DT = ir.Ref("time_step")


@dataclass(frozen=True, slots=True)
class Limit:
    """An outflow of a stock that may not be below zero: what comes in, and what goes out before it."""

    flow: str
    stock: str
    inflows: tuple[str, ...]
    before: tuple[str, ...]


def references(expr: ir.Expr) -> set[str]:
    """Return the names that an expression needs in the same step: what goes into a delay is not needed."""
    if isinstance(expr, ir.Ref):
        return {expr.name}
    if isinstance(expr, ir.State):
        return set()
    return {name for part in children(expr) for name in references(part)}


def possible(limits: Sequence[Limit], needs: Mapping[str, set[str]]) -> list[Limit]:
    """Return the limits without flows that would need the limited flow for themselves."""
    names_by_flow = {name: set(names) for name, names in needs.items()}
    result = []
    for limit in limits:
        free = []
        for flow in (*limit.inflows, *limit.before):
            if flow != limit.flow and not _leads(names_by_flow, flow, limit.flow):
                names_by_flow.setdefault(limit.flow, set()).add(flow)
                free.append(flow)
        inflows, before = (tuple(f for f in part if f in free) for part in (limit.inflows, limit.before))
        result.append(Limit(limit.flow, limit.stock, inflows, before))
    return result


def _leads(needs: Mapping[str, set[str]], start: str, goal: str) -> bool:
    reach = {start}
    stack = [start]
    while stack:
        for name in needs.get(stack.pop(), ()):
            if name == goal:
                return True
            if name not in reach:
                reach.add(name)
                stack.append(name)
    return False


def total(parts: Sequence[ir.Expr], less: Sequence[ir.Expr] = ()) -> ir.Expr:
    """Return a sum less another."""
    result: ir.Expr | None = None
    for part in parts:
        result = part if result is None else ir.Op("+", (result, part))
    for part in less:
        result = ir.Op("neg", (part,)) if result is None else ir.Op("-", (result, part))
    return result if result is not None else ir.Num(0.0)


def limited(expr: ir.Expr, limit: Limit, ref: Callable[[str], ir.Expr]) -> ir.Expr:
    """Return a flow cut to what its stock can give."""
    stock = ir.Op("/", (ref(limit.stock), _DT))
    rest = total([stock, *map(ref, limit.inflows)], [*map(ref, limit.before)])
    return ir.Call("min", (), (expr, not_below_zero(rest)))


def not_below_zero(expr: ir.Expr) -> ir.Expr:
    """Return an expression, or 0 where it is below."""
    return ir.Call("max", (), (expr, ir.Num(0.0)))
