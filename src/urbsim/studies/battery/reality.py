"""Reality checks in Vensim's own form, executed here: if this happens, that must follow.

A ``:TEST INPUT:`` gives a variable another equation; a constraint (``:THE CONDITION:`` ... ``:IMPLIES:``) says what
must be true whenever its condition is. The model is rewritten once for all of them: a variable under test keeps its
equation under another name, the test input takes its place behind a switch, and two variables for each constraint tell
when its condition holds and when its consequence does not; a member of one ensemble has the switches of one constraint
on. RC COMPARE('base', x, m) is m times what x is without the test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from urbsim.engine.contract import Member, Trajectories
from urbsim.language import ir
from urbsim.language.edit import with_variables
from urbsim.language.model import Model
from urbsim.language.rewrite import transformed
from urbsim.language.vensim.syntax import right
from urbsim.names import identifier
from urbsim.project.reality_checks import Constraint, TestInput
from urbsim.studies.battery.context import BatteryVerdict, Bench

_MEANING = {  # parameters, the last of which may be left out, and what comes back
    "rc_step": (("x", "factor", "begin"), "x*IF THEN ELSE(Time > begin - TIME STEP/2, factor, 1)"),
    "rc_ramp": (("x", "factor", "length", "begin"), "x*(1 + (factor - 1)*MIN(1, MAX(0, (Time - begin)/length)))"),
    "rc_grow": (("x", "rate", "begin"), "x*EXP(rate*MAX(0, Time - begin))"),
    "rc_decay": (("x", "length", "begin"), "x*EXP(-MAX(0, Time - begin)/length)"),
}
ROWS = 0.25  # years between the times that are looked at
BEFORE = " before the test"


def reality(on: Bench, constraints: Sequence[Constraint]) -> BatteryVerdict:
    """Run every constraint on every region; one that is never put to the test counts as broken."""
    faults = list(_examine(on, constraints)) if constraints else []
    count = len(constraints) * len(on.members)
    ok = bool(constraints) and not faults
    return BatteryVerdict("reality checks", count, "checks", len(faults), "0 broken", ok, "", tuple(faults))


def _examine(on: Bench, constraints: Sequence[Constraint]) -> Iterator[str]:
    """Run all constraints as members of one model: each switches its own test inputs on."""
    model = on.project.model
    comparisons = _BaseRunVariables(model)
    variant = under_test(model, constraints, comparisons)
    clock = replace(on.clock, save=ROWS)
    base = on.run(list(on.members.values()), comparisons.names, clock) if comparisons.names else None
    inputs = _under_test(constraints)
    members = []
    for constraint in constraints:
        for position, region in enumerate(on.members):
            tables = {_table(n): base.values[identifier(n)][position] for n in comparisons.names} if base else {}
            members.append(_moved(on.members[region], inputs, constraint, tables))
    if base is not None:
        variant = with_variables(variant, [_flat(_table(name), base.times) for name in comparisons.names])
    outputs = [name for k in range(len(constraints)) for name in (_gate(k), _broken(k))]
    outputs += [name for variable in inputs for name in (variable, variable + BEFORE)]
    keys = [identifier(name) for name in outputs]
    trajectories = on.engine.run(variant, members, keys, clock, lambda _: None)
    rows = ((k, region) for k in range(len(constraints)) for region in on.members)
    for row, (k, region) in enumerate(rows):
        note = _verdict(trajectories, row, k, constraints[k])
        if note:
            yield f"{constraints[k].name}, {region}: {note}"


def _verdict(trajectories: Trajectories, row: int, k: int, constraint: Constraint) -> str:
    """Return the fault of a constraint in a member, or nothing."""
    if row in trajectories.failed:
        return trajectories.failed[row]
    gate, bad = (trajectories.values[identifier(name)][row] > 0 for name in (_gate(k), _broken(k)))
    pairs = [(identifier(item.variable), identifier(item.variable + BEFORE)) for item in constraint.inputs]
    has_moved = all(np.any(trajectories.values[a][row] != trajectories.values[b][row]) for a, b in pairs)
    if not (gate.any() and has_moved):
        return "tests nothing, the condition never holds"
    return f"does not follow in {trajectories.times[bad.argmax()]:g}" if bad.any() else ""


def _under_test(constraints: Sequence[Constraint]) -> dict[str, list[TestInput]]:
    """Return the test inputs of each variable under test, each once, in order of the file."""
    inputs_by_variable: dict[str, dict[str, TestInput]] = {}
    for constraint in constraints:
        for item in constraint.inputs:
            inputs_by_variable.setdefault(item.variable, {})[item.name] = item
    return {variable: list(inputs.values()) for variable, inputs in inputs_by_variable.items()}


def _original(test: TestInput) -> str:
    """Return the identifier of the variable that keeps the equation of a variable under test."""
    return identifier(test.variable + BEFORE)


def _gate(number: int) -> str:
    return f"reality check gate {number}"


def _broken(number: int) -> str:
    return f"reality check broken {number}"


def _switch(item: TestInput) -> str:
    return f"switch of {item.name}"


def under_test(model: Model, constraints: Sequence[Constraint], comparisons: _BaseRunVariables) -> Model:
    """Return the model with all test inputs behind switches that are off, and what tells of each constraint."""
    variables: list[ir.Variable] = []
    for inputs in _under_test(constraints).values():
        first = inputs[0]
        own = model.variable(first.variable)
        variables.append(replace(own, name=_original(first), spelled=own.spelled + BEFORE))
        right: ir.Expr = ir.Ref(_original(first), tuple(ir.Sub(sub) for sub in first.subs))
        for item in inputs:
            changed_side = transformed(comparisons.expanded(item.right), partial(_before, item))
            right = _choose(ir.Op(">", (ir.Ref(identifier(_switch(item))), ir.Num(0.0))), changed_side, right)
            variables.append(_scalar(_switch(item), ir.Num(0.0)))
        variables.append(replace(own, definitions=(ir.Definition(first.subs, (), right),)))
    for number, constraint in enumerate(constraints):
        gate = ir.Ref(identifier(_gate(number)))
        follows = _choose(comparisons.expanded(constraint.consequence), ir.Num(0.0), ir.Num(1.0))
        variables.append(_scalar(_gate(number), _choose(constraint.gate, ir.Num(1.0), ir.Num(0.0))))
        variables.append(_scalar(_broken(number), ir.Op("*", (gate, follows))))
    return with_variables(model, variables)


def _before(item: TestInput, expr: ir.Expr) -> ir.Expr:
    """Return a reference to the variable under test as one to that which keeps its equation."""
    if isinstance(expr, ir.Ref) and expr.name == identifier(item.variable):
        return replace(expr, name=_original(item))
    return expr


def _choose(condition: ir.Expr, yes: ir.Expr, no: ir.Expr) -> ir.Expr:
    return ir.Call("if_then_else", (), (condition, yes, no))


def _scalar(name: str, expr: ir.Expr) -> ir.Variable:
    return ir.Variable(identifier(name), name, "", "", (ir.Definition((), (), expr),))


def _flat(name: str, times: np.ndarray) -> ir.Variable:
    """Return a table over the times of a run, 0 everywhere; members give it their values."""
    points = ir.Lookup(tuple(times.tolist()), (0.0,) * len(times))
    return ir.Variable(identifier(name), name, "", "", (ir.Definition((), (), points, "lookup"),))


class _BaseRunVariables:
    """The variables whose values without the test are asked for, in order."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.names: list[str] = []

    def expanded(self, expr: ir.Expr) -> ir.Expr:
        """Return an expression with Vensim's RC functions written out (Vensim's manual, Reality Check Functions)."""
        return transformed(expr, self._meaning)

    def _meaning(self, expr: ir.Expr) -> ir.Expr:
        if not isinstance(expr, ir.Call):
            return expr
        if expr.function == "rc_compare" and len(expr.args) == 3 and isinstance(expr.args[1], ir.Ref):
            return ir.Op("*", (expr.args[2], ir.Call(self._noted(expr.args[1].name), (), (ir.Ref("time"),))))
        if expr.function not in _MEANING:
            return expr
        params, meaning = _MEANING[expr.function]
        args = dict(zip(params, expr.args, strict=False))
        start = args.get("begin", right("INITIAL TIME + TIME STEP"))
        return transformed(right(meaning), lambda part: _argument(part, {**args, "begin": start}))

    def _noted(self, name: str) -> str:
        """Note a variable and return its table."""
        spelling = self.model.variable(name).spelled
        if spelling not in self.names:
            self.names.append(spelling)
        return identifier(_table(spelling))


def _argument(part: ir.Expr, args: Mapping[str, ir.Expr]) -> ir.Expr:
    return args.get(part.name, part) if isinstance(part, ir.Ref) else part


def _table(name: str) -> str:
    return f"base run of {name.lower()}"


def _moved(
    member: Member, inputs: Mapping[str, Sequence[TestInput]], constraint: Constraint, tables: Mapping[str, np.ndarray]
) -> Member:
    """Return a member whose values go to the variables that keep their equations, with a constraint's switches on."""
    new = {identifier(variable): identifier(variable + BEFORE) for variable in inputs}
    constants = {new.get(name, name): value for name, value in member.constants.items()}
    series = {new.get(name, name): points for name, points in member.series.items()}
    on = {identifier(_switch(item)): np.array(1.0) for item in constraint.inputs}
    return Member({**constants, **on, **{identifier(name): values for name, values in tables.items()}}, series)
