"""Functions over the elements of a range: reductions, sorting, selection, matrices.

A reduction runs over the ranges with ``!`` in its argument. The vector functions run over the last range of theirs.
Sums are taken in pairs: more exact than one after the other, and faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product

from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.lower.allocate import available, by_priority
from urbsim.engine.lower.evaluator import Builder, Evaluator
from urbsim.engine.lower.scope import Context
from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.translate import NA
from urbsim.language.walk import children


def pairwise(items: Sequence[Node], join: Callable[[Node, Node], Node]) -> Node:
    """Join a list two by two."""
    level = list(items)
    while len(level) > 1:
        pairs = [join(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def _references(expr: ir.Expr) -> Iterator[ir.Ref]:
    """Give the references of an expression, but not those of reductions inside it."""
    if isinstance(expr, ir.Ref):
        yield expr
        return
    if isinstance(expr, ir.Call):
        if expr.function in _REDUCTIONS:
            return
        yield ir.Ref("", expr.subs)
    for part in children(expr):
        yield from _references(part)


def _contexts(evaluator: Evaluator, exprs: Sequence[ir.Expr], context: Context) -> list[Context]:
    """Return one context for each combination of elements that a reduction runs over."""
    ranges = list(
        dict.fromkeys(sub.name for expr in exprs for ref in _references(expr) for sub in ref.subs if sub.bang)
    )
    combinations = product(*[evaluator.variables.subscripts.elements(name) for name in ranges])
    return [context.bind({f"{n}!": e for n, e in zip(ranges, elements, strict=True)}) for elements in combinations]


def _whole(evaluator: Evaluator, expr: ir.Expr, context: Context) -> ir.Expr:
    """Write ``!`` over every dimension of an array that is named without subscripts (XMILE)."""
    if isinstance(expr, ir.Ref) and not expr.subs and expr.name in context.scope.variables:
        dims = evaluator.variables.layout(context.scope, expr.name).dims
        return ir.Ref(expr.name, tuple([ir.Sub(dim, bang=True) for dim in dims]))
    return expr


def _reduce(
    join: Callable[[Graph, Sequence[Node]], Node], evaluator: Evaluator, expr: ir.Call, context: Context
) -> Node:
    argument = evaluator.memo.once(("same", id(expr)), lambda: _whole(evaluator, expr.args[0], context))
    contexts = _contexts(evaluator, [argument], context)
    return join(evaluator.graph, [evaluator.number(argument, c) for c in contexts])


def _place(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return the place, from 1, of the item that comes k-th when all are sorted upwards (XMILE's RANK)."""
    g = evaluator.graph
    items = [evaluator.number(expr.args[0], c) for c in _contexts(evaluator, expr.args[:1], context)]
    rank = g.sub(evaluator.number(expr.args[1], context), g.const(1.0))
    ranks = _ranks(g, items, g.true(value=True))
    near = [g.compare("lt", g.unary("abs", g.sub(r, rank)), g.const(0.5)) for r in ranks]
    return pairwise([g.select(n, g.const(i), g.const(0.0)) for i, n in enumerate(near, start=1)], g.add)


def _mean(g: Graph, items: Sequence[Node]) -> Node:
    return g.div(pairwise(items, g.add), g.const(len(items)))


def _deviation(g: Graph, items: Sequence[Node]) -> Node:
    mean = _mean(g, items)
    squares = [g.mul(g.sub(i, mean), g.sub(i, mean)) for i in items]
    return g.unary("sqrt", g.div(pairwise(squares, g.add), g.const(len(items))))


def _count(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """Return the number of elements of a range."""
    ref = expr.args[0]
    if not isinstance(ref, ir.Ref):
        raise EquationError("argument", "ELMCOUNT takes the name of a subscript range")
    if ref.name in context.scope.variables:
        return evaluator.graph.const(len(evaluator.variables.layout(context.scope, ref.name).cells))
    return evaluator.graph.const(len(evaluator.variables.subscripts.elements(ref.name)))


def _last(evaluator: Evaluator, expr: ir.Expr, context: Context) -> str:
    """Return the range that a vector function runs over: the last of its argument."""
    for ref in _references(expr):
        for sub in reversed(ref.subs):
            if sub.name in context.env and not sub.bang:
                return sub.name
    raise EquationError("syntax", "a vector function needs an argument over the last range of the left side")


def _vector(evaluator: Evaluator, expr: ir.Expr, context: Context, over: str) -> list[Node]:
    return [evaluator.number(expr, context.bind({over: e})) for e in evaluator.variables.subscripts.elements(over)]


def _ranks(g: Graph, items: Sequence[Node], rising: Node) -> list[Node]:
    """Return the place of each item, from 0, in rising or falling order; equals keep (falling: reverse) their order."""
    places = []
    for i, a in enumerate(items):
        before = [g.number(g.compare("le" if j < i else "lt", b, a)) for j, b in enumerate(items) if j != i]
        places.append(pairwise(before, g.add) if before else g.const(0.0))
    top = g.const(len(items) - 1)
    return [g.select(rising, p, g.sub(top, p)) for p in places]


def _pick(g: Graph, items: Sequence[Node], at: Node, otherwise: float = NA) -> Node:
    """Return the item at a place that is only known when the model runs; counted from 0."""
    result = g.const(otherwise)
    for i, item in enumerate(items):
        near = g.compare("lt", g.unary("abs", g.sub(at, g.const(i))), g.const(0.5))
        result = g.select(near, item, result)
    return result


def _sorted(kind: str, evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    g = evaluator.graph
    over = _last(evaluator, expr.args[0], context)
    own = evaluator.variables.subscripts.elements(over).index(context.env[over])
    items = _vector(evaluator, expr.args[0], context, over)
    if kind == "reorder":
        return _pick(g, items, evaluator.number(expr.args[1], context))
    rising = g.compare("gt", evaluator.number(expr.args[1], context), g.const(0.0))
    ranks = _ranks(g, items, rising)
    if kind == "rank":
        return g.add(ranks[own], g.const(1.0))
    places = [g.mul(g.number(g.compare("eq", r, g.const(own))), g.const(i)) for i, r in enumerate(ranks)]
    return pairwise(places, g.add)


def _element(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """VECTOR ELM MAP: go on by an offset from an element, along the last subscripts."""
    g = evaluator.graph
    ref = expr.args[0]
    if not isinstance(ref, ir.Ref) or ref.name not in context.scope.variables:
        raise EquationError("subscripts", "VECTOR ELM MAP needs a variable with subscripts as its first argument")
    axes = evaluator.variables.layout(context.scope, ref.name).axes
    base = evaluator.variables.elements(ref.subs, context.scope, ref.name, context)
    flat = list(product(*axes))
    offset = evaluator.number(expr.args[1], context)
    start = flat.index(base)
    number = g.value(offset)
    if number is not None:
        at = start + round(number)
        if not 0 <= at < len(flat):
            return g.const(NA)
        return evaluator.element(context.scope, ref.name, flat[at], initial=context.initial)
    items = [evaluator.element(context.scope, ref.name, e, initial=context.initial) for e in flat]
    return _pick(g, items, g.add(offset, g.const(start)))


def _select(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """VECTOR SELECT: reduce the values of those elements whose selection is not 0, by one of eleven actions."""
    g = evaluator.graph
    missing = evaluator.number(expr.args[2], context)
    action = g.value(evaluator.number(expr.args[3], context))
    if action is None or round(action) not in range(11):
        raise EquationError("argument", "VECTOR SELECT needs a number from 0 to 10 as its action")
    contexts = _contexts(evaluator, expr.args[:2], context)
    selection = [evaluator.number(expr.args[0], c) for c in contexts]
    values = [evaluator.number(expr.args[1], c) for c in contexts]
    zero = g.const(0.0)
    on = [g.compare("ne", s, zero) for s in selection]
    kind = round(action)
    if kind <= 4:
        values = [g.mul(s, v) for s, v in zip(selection, values, strict=True)]
    elif kind == 5:
        values = [g.pow(v, s) for s, v in zip(selection, values, strict=True)]
    count = pairwise([g.number(o) for o in on], g.add)

    def over(join: Callable[[Node, Node], Node], neutral: float) -> Node:
        return pairwise([g.select(o, v, g.const(neutral)) for o, v in zip(on, values, strict=True)], join)

    if kind in {0, 6}:
        result = over(g.add, 0.0)
    elif kind in {1, 5, 7}:
        result = over(g.mul, 1.0)
    elif kind in {2, 8}:
        result = over(g.smaller, float("inf"))
    elif kind in {3, 9}:
        result = over(g.larger, float("-inf"))
    else:
        result = g.div(over(g.add, 0.0), g.larger(count, g.const(1.0)))
    return g.select(g.compare("lt", count, g.const(0.5)), missing, result)


def _inverse(evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """INVERT MATRIX by Gauss and Jordan, with the largest pivot of each column."""
    g = evaluator.graph
    ref = expr.args[0]
    if not isinstance(ref, ir.Ref) or len(ref.subs) < 2:
        raise EquationError("subscripts", "INVERT MATRIX needs a variable with two subscripts")
    rows, columns = ref.subs[-2].name, ref.subs[-1].name
    names = [evaluator.variables.subscripts.elements(n) for n in (rows, columns)]
    size = len(names[0])
    if len(names[1]) != size:
        raise EquationError("argument", f"INVERT MATRIX needs a square matrix, not {size} by {len(names[1])}")
    own = [names[i].index(context.env[n]) for i, n in enumerate((rows, columns))]

    def solve() -> list[list[Node]]:
        matrix = [
            [evaluator.number(ref, context.bind({rows: r, columns: c})) for c in names[1]]
            + [g.const(float(i == j)) for j in range(size)]
            for i, r in enumerate(names[0])
        ]
        return _eliminate(g, matrix)

    outer = tuple(sorted((k, v) for k, v in context.env.items() if k not in {rows, columns}))
    inverse = evaluator.memo.once(("inverse", id(expr), context.scope.number, context.initial, outer), solve)
    return inverse[own[0]][size + own[1]]


def _eliminate(g: Graph, matrix: list[list[Node]]) -> list[list[Node]]:
    size = len(matrix)
    for k in range(size):
        for i in range(k + 1, size):  # bring the largest to the top, one by one
            swap = g.compare("gt", g.unary("abs", matrix[i][k]), g.unary("abs", matrix[k][k]))
            pairs = [(g.select(swap, b, a), g.select(swap, a, b)) for a, b in zip(matrix[k], matrix[i], strict=True)]
            matrix[k], matrix[i] = [p[0] for p in pairs], [p[1] for p in pairs]
        pivot = g.div(g.const(1.0), matrix[k][k])
        matrix[k] = [g.mul(a, pivot) for a in matrix[k]]
        for i in range(size):
            if i != k:
                factor = matrix[i][k]
                matrix[i] = [g.sub(a, g.mul(factor, b)) for a, b in zip(matrix[i], matrix[k], strict=True)]
    return matrix


def _allocate(kind: str, evaluator: Evaluator, expr: ir.Call, context: Context) -> Node:
    """ALLOCATE AVAILABLE and ALLOCATE BY PRIORITY over the last range of the request."""
    g = evaluator.graph
    over = _last(evaluator, expr.args[0], context)
    own = evaluator.variables.subscripts.elements(over).index(context.env[over])

    def solve() -> list[Node]:
        requests = _vector(evaluator, expr.args[0], context, over)
        if kind == "priority":
            priorities = _vector(evaluator, expr.args[1], context, over)
            width, supply = (evaluator.number(a, context) for a in expr.args[3:])
            return by_priority(g, requests, priorities, width, supply)
        profiles = _profiles(evaluator, expr.args[1], context, over)
        return available(g, requests, profiles, evaluator.number(expr.args[2], context))

    outer = tuple(sorted((k, v) for k, v in context.env.items() if k != over))
    shares = evaluator.memo.once((kind, id(expr), context.scope.number, context.initial, outer), solve)
    return shares[own]


def _profiles(evaluator: Evaluator, expr: ir.Expr, context: Context, over: str) -> list[list[Node]]:
    """Return type, priority, width and extra of each target; the last subscript names the first of them."""
    if not isinstance(expr, ir.Ref) or not expr.subs:
        raise EquationError("subscripts", "ALLOCATE AVAILABLE needs priority profiles as a variable with subscripts")
    axis = evaluator.variables.layout(context.scope, expr.name).axes[-1]
    if len(axis) < 4:
        raise EquationError("argument", "a priority profile has four elements: type, priority, width, extra")
    profiles = []
    for e in evaluator.variables.subscripts.elements(over):
        subs = [ir.Ref(expr.name, (*expr.subs[:-1], ir.Sub(part))) for part in axis[:4]]
        profiles.append([evaluator.number(s, context.bind({over: e})) for s in subs])
    return profiles


_REDUCTIONS: dict[str, Callable[[Graph, Sequence[Node]], Node]] = {
    "sum": lambda g, items: pairwise(items, g.add),
    "prod": lambda g, items: pairwise(items, g.mul),
    "vmin": lambda g, items: pairwise(items, g.smaller),
    "vmax": lambda g, items: pairwise(items, g.larger),
    "vmin_xmile": lambda g, items: pairwise(items, g.smaller),
    "vmax_xmile": lambda g, items: pairwise(items, g.larger),
    "mean": _mean,
    "stddev": _deviation,
}
BUILDERS: dict[str, Builder] = {
    **{name: partial(_reduce, join) for name, join in _REDUCTIONS.items()},
    "elmcount": _count,
    "rank": _place,
    "vector_sort_order": partial(_sorted, "order"),
    "vector_rank": partial(_sorted, "rank"),
    "vector_reorder": partial(_sorted, "reorder"),
    "vector_elm_map": _element,
    "vector_select": _select,
    "invert_matrix": _inverse,
    "allocate_available": partial(_allocate, "available"),
    "allocate_by_priority": partial(_allocate, "priority"),
}
