"""PySD's tree of one equation -> our expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from urbsim.errors import Problem
from urbsim.model import external, ir
from urbsim.names import identifier

NA = -(2.0**109)  # Vensim's number for a missing value
_PYSD = "`--engine pysd` may run it"


def name_of(text: str) -> str:
    """Return the identifier of a name as PySD hands it on, in quotes or not."""
    return identifier(text.strip().removeprefix('"').removesuffix('"').replace('\\"', '"'))


class Translator:
    """Translates variables; what cannot be translated is collected in ``problems``."""

    def __init__(self, folder: Path, label: str, ranges: Mapping[str, tuple[str, ...]]) -> None:
        self.folder = folder
        self.label = label
        self.ranges = ranges
        self.problems: list[Problem] = []

    def variable(self, element: Any) -> ir.Variable:
        """Return a variable with all its definitions."""
        name = name_of(element.name)
        definitions = tuple(self._definition(component, name) for component in element.components)
        comment = " ".join((element.documentation or "").split())
        spelled = element.name.strip()
        return ir.Variable(name, spelled, (element.units or "").strip(), comment, definitions)

    def _definition(self, component: Any, name: str) -> ir.Definition:
        subs, excepts = component.subscripts
        left = tuple(name_of(s) for s in subs)
        kind = {"Lookup": "lookup", "Data": "data"}.get(component.type, "equation")
        tree = component.ast
        expr: ir.Expr = ir.Num(0.0)
        try:
            if type(tree).__name__.startswith("Get"):
                method = getattr(component, "keyword", None) or "interpolate"
                expr = external.read(tree, left, self.ranges, self.folder, name, method)
                kind = "data" if expr.kind == "data" else kind
            else:
                expr = self.expr(tree)
        except NotImplementedError as error:
            self.problems.append(Problem(self.label, 0, 0, f"{name!r}: {error}", _PYSD))
        except (OSError, ValueError, KeyError, IndexError) as error:
            message = f"{name!r}: its data cannot be read: {' '.join(str(error).split())}"
            self.problems.append(Problem(self.label, 0, 0, message, "the file must lie beside the model"))
        return ir.Definition(left, tuple(tuple(name_of(s) for s in group) for group in excepts), expr, kind)

    def expr(self, node: Any) -> ir.Expr:
        """Translate one node of PySD's tree."""
        if isinstance(node, bool | int | float | np.number):
            return ir.Num(NA if np.isnan(node) else float(node))
        if isinstance(node, str):
            return ir.Text(node)
        if isinstance(node, np.ndarray):
            return ir.Array(tuple(float(v) for v in node.ravel()))
        method = _METHODS.get(type(node).__name__)
        if method is None:
            raise NotImplementedError(f"{type(node).__name__} is not supported")
        return method(self, node)

    def _exprs(self, *nodes: Any) -> tuple[ir.Expr, ...]:
        return tuple(self.expr(node) for node in nodes)

    def _operation(self, node: Any) -> ir.Expr:
        operators = [str(o).strip(":").lower() for o in node.operators]
        args = list(self._exprs(*node.arguments))
        if operators[0] in {"negative", "not"}:
            if operators == ["negative"] and isinstance(args[0], ir.Num):
                return ir.Num(-args[0].value)
            return ir.Op("neg" if operators[0] == "negative" else "not", (args[0],))
        if operators[0] == "^":
            return _fold_right(args)
        return _fold_left(operators, args)

    def _reference(self, node: Any) -> ir.Expr:
        return ir.Ref(name_of(node.reference), _subs(node.subscripts))

    def _call(self, node: Any) -> ir.Expr:
        function = node.function
        return ir.Call(name_of(function.reference), _subs(function.subscripts), self._exprs(*node.arguments))

    def _game(self, node: Any) -> ir.Expr:
        return self.expr(node.expression)

    def _with_lookup(self, node: Any) -> ir.Expr:
        return ir.WithLookup(self.expr(node.argument), _table(node.lookups))

    def _lookup(self, node: Any) -> ir.Expr:
        return _table(node)

    def _data(self, _: Any) -> ir.Expr:
        raise NotImplementedError("its data come from another run and are not in the model")

    def _integ(self, node: Any) -> ir.Expr:
        kind = "stock" if node.non_negative else "integ"
        return ir.State(kind, self._exprs(node.flow, node.initial))

    def _delay(self, node: Any) -> ir.Expr:
        return ir.State("delay", self._exprs(node.input, node.delay_time, node.initial, node.order))

    def _delay_n(self, node: Any) -> ir.Expr:
        return ir.State("delay_n", self._exprs(node.input, node.delay_time, node.initial, node.order))

    def _delay_fixed(self, node: Any) -> ir.Expr:
        return ir.State("delay_fixed", self._exprs(node.input, node.delay_time, node.initial))

    def _smooth(self, node: Any) -> ir.Expr:
        return ir.State("smooth", self._exprs(node.input, node.smooth_time, node.initial, node.order))

    def _trend(self, node: Any) -> ir.Expr:
        return ir.State("trend", self._exprs(node.input, node.average_time, node.initial_trend))

    def _forecast(self, node: Any) -> ir.Expr:
        return ir.State("forecast", self._exprs(node.input, node.average_time, node.horizon, node.initial_trend))

    def _sample(self, node: Any) -> ir.Expr:
        return ir.State("sample_if_true", self._exprs(node.condition, node.input, node.initial))

    def _initial(self, node: Any) -> ir.Expr:
        return ir.State("initial", self._exprs(node.initial))

    def _available(self, node: Any) -> ir.Expr:
        return ir.Call("allocate_available", (), self._exprs(node.request, node.pp, node.avail))

    def _by_priority(self, node: Any) -> ir.Expr:
        args = self._exprs(node.request, node.priority, node.size, node.width, node.supply)
        return ir.Call("allocate_by_priority", (), args)


_METHODS = {
    "ArithmeticStructure": Translator._operation,
    "LogicStructure": Translator._operation,
    "ReferenceStructure": Translator._reference,
    "CallStructure": Translator._call,
    "GameStructure": Translator._game,
    "InlineLookupsStructure": Translator._with_lookup,
    "LookupsStructure": Translator._lookup,
    "DataStructure": Translator._data,
    "IntegStructure": Translator._integ,
    "DelayStructure": Translator._delay,
    "DelayNStructure": Translator._delay_n,
    "DelayFixedStructure": Translator._delay_fixed,
    "SmoothStructure": Translator._smooth,
    "SmoothNStructure": Translator._smooth,
    "TrendStructure": Translator._trend,
    "ForecastStructure": Translator._forecast,
    "SampleIfTrueStructure": Translator._sample,
    "InitialStructure": Translator._initial,
    "AllocateAvailableStructure": Translator._available,
    "AllocateByPriorityStructure": Translator._by_priority,
}


def _table(node: Any) -> ir.Lookup:
    return ir.Lookup(tuple(float(v) for v in node.x), tuple(float(v) for v in node.y), node.type)


def _subs(node: Any) -> tuple[ir.Sub, ...]:
    listed = node.subscripts if node is not None else ()
    return tuple(ir.Sub(name_of(s.rstrip("! ")), s.strip().endswith("!")) for s in listed)


def _fold_left(operators: Sequence[str], args: Sequence[ir.Expr]) -> ir.Expr:
    """Fold a flat list of operators from the left."""
    result = args[0]
    for operator, argument in zip(operators, args[1:], strict=True):
        result = ir.Op(operator, (result, argument))
    return result


def _fold_right(args: list[ir.Expr]) -> ir.Expr:
    """Fold powers from the right."""
    result = args.pop()
    while args:
        result = ir.Op("^", (args.pop(), result))
    return result
