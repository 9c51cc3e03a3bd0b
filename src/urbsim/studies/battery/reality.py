"""Reality checks in Vensim's own form, executed here: if this happens, that must follow.

A ``:TEST INPUT:`` gives a variable another equation; a constraint (``:THE CONDITION:`` ... ``:IMPLIES:``) says what
must be true whenever its condition is. The model's text is rewritten once for all of them: a variable under test keeps
its equation under another name, the test input takes its place behind a switch, and two variables for each constraint
tell when its condition holds and when its consequence does not; a member of one ensemble has the switches of one
constraint on. RC COMPARE('base', x, m) is m times what x is without the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from urbsim.engine.contract import Member, Trajectories
from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import read_text
from urbsim.language.text import ModelText, parse
from urbsim.language.vensim.document import Document
from urbsim.names import identifier
from urbsim.studies.battery.context import Bench, Verdict
from urbsim.studies.battery.rewrite import arguments

ROWS = 0.25  # years between the times that are looked at
BEFORE = " before the test"
_INPUT = re.compile(r"(.+?)\s*:\s*TEST\s+INPUT\s*:\s*(.+?)\s*=\s*(.+)", re.IGNORECASE | re.DOTALL)
_CONSTRAINT = re.compile(r"(.+?)\s*:\s*THE\s+CONDITION\s*:\s*(.+?)\s*:\s*IMPLIES\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_AND = re.compile(r"\s*:\s*AND\s*:\s*", re.IGNORECASE)
_CALL = re.compile(r"\bRC\s+(STEP|RAMP|GROW|DECAY|COMPARE)\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TestInput:
    """A variable, with its subscripts, and the equation that it gets."""

    name: str
    target: str
    right: str
    line: int

    @property
    def variable(self) -> str:
        """Return the name without subscripts."""
        return self.target.split("[", 1)[0].strip()


@dataclass(frozen=True, slots=True)
class Constraint:
    """What must follow from test inputs, at times when the rest of the condition holds."""

    name: str
    inputs: tuple[TestInput, ...]
    gate: str
    consequence: str
    line: int


def load_checks(path: Path, label: str, model: ModelText) -> list[Constraint]:
    """Read a file of reality checks.

    Raises
    ------
    InputError
        For entries that are no checks, conditions without a test input, variables that the model does not have, and
        test inputs that no constraint uses.
    """
    inputs: dict[str, TestInput] = {}
    rest: list[tuple[re.Match[str], int]] = []
    problems: list[Problem] = []
    for entry in Document(read_text(path, label), label).main.entries:
        text = " ".join(entry.text.split())
        if found := _CONSTRAINT.fullmatch(text):
            rest.append((found, entry.line))
        elif found := _INPUT.fullmatch(text):
            one = TestInput(found[1], found[2], found[3], entry.line)
            inputs[identifier(one.name)] = one
            if identifier(one.variable) not in model.variables and not model.excused(one.variable):
                hint = nearest(one.variable, [e[0].name for e in model.variables.values()])
                problems.append(
                    Problem(
                        "unknown-name", Place(label, entry.line, 1), f"the model has no variable {one.variable!r}", hint
                    )
                )
        else:
            message = f"`{text[:60]}` is no reality check"
            problems.append(
                Problem(
                    "syntax",
                    Place(label, entry.line, 1),
                    message,
                    "write :TEST INPUT: or :THE CONDITION: ... :IMPLIES:",
                )
            )
    constraints = [_constraint(found, line, inputs) for found, line in rest]
    problems += [
        Problem(
            "unknown-name",
            Place(label, one.line, 1),
            f"the condition of {one.name!r} names no test input",
            nearest(one.gate, inputs),
        )
        for one in constraints
        if not one.inputs
    ]
    used = {part.name for one in constraints for part in one.inputs}
    problems += [
        Problem("unused", Place(label, one.line, 1), f"no constraint uses the test input {one.name!r}")
        for one in inputs.values()
        if one.name not in used
    ]
    first = {one.variable: one for one in reversed(inputs.values())}
    problems += [
        Problem(
            "defined-twice",
            Place(label, one.line, 1),
            f"{one.target!r} and {first[one.variable].target!r} name one variable in two ways",
        )
        for one in inputs.values()
        if one.target != first[one.variable].target
    ]
    if problems:
        raise InputError(problems)
    return constraints


def _constraint(found: re.Match[str], line: int, inputs: Mapping[str, TestInput]) -> Constraint:
    parts = [part.strip() for part in _AND.split(found[2])]
    chosen = tuple(inputs[identifier(part)] for part in parts if identifier(part) in inputs)
    gate = " :AND: ".join(part for part in parts if identifier(part) not in inputs) or "Time >= INITIAL TIME"
    return Constraint(found[1], chosen, gate, found[3], line)


def reality(on: Bench, constraints: Sequence[Constraint]) -> Verdict:
    """Run every constraint on every region; one that is never put to the test counts as broken."""
    broken = list(_examine(on, constraints)) if constraints else []
    covered = len(constraints) * len(on.members)
    passed = bool(constraints) and not broken
    return Verdict("reality checks", covered, "checks", len(broken), "0 broken", passed, "", tuple(broken))


def _examine(on: Bench, constraints: Sequence[Constraint]) -> Iterator[str]:
    """Run all constraints as members of one model: each switches its own test inputs on."""
    model = on.project.model
    compared = _Compared(model)
    text = rewritten(model, constraints, compared)
    clock = replace(on.clock, save=ROWS)
    base = on.run(list(on.members.values()), compared.names, clock) if compared.names else None
    moved = _under_test(constraints)
    members = []
    for constraint in constraints:
        for position, region in enumerate(on.members):
            tables = {_table(n): base.values[identifier(n)][position] for n in compared.names} if base else {}
            members.append(_moved(on.members[region], moved, constraint, tables))
    if base is not None:
        text += "".join(f"\n{_table(n)}({_points(base.times)})\n~~|" for n in compared.names)
    outputs = [name for k in range(len(constraints)) for name in (_gate(k), _broken(k))]
    outputs += [name for variable in moved for name in (variable, variable + BEFORE)]
    keys = [identifier(name) for name in outputs]
    found = on.engine.run(parse(text, model.label), members, keys, clock, lambda _: None)
    rows = ((k, region) for k in range(len(constraints)) for region in on.members)
    for row, (k, region) in enumerate(rows):
        note = _verdict(found, row, k, constraints[k])
        if note:
            yield f"{constraints[k].name}, {region}: {note}"


def _verdict(found: Trajectories, row: int, k: int, constraint: Constraint) -> str:
    """Return what is wrong with a constraint in a member, or nothing."""
    if row in found.failed:
        return found.failed[row]
    gate, bad = (found.values[identifier(name)][row] > 0 for name in (_gate(k), _broken(k)))
    pairs = [(identifier(one.variable), identifier(one.variable + BEFORE)) for one in constraint.inputs]
    moved = all(np.any(found.values[a][row] != found.values[b][row]) for a, b in pairs)
    if not (gate.any() and moved):
        return "tests nothing, the condition never holds"
    return f"does not follow in {found.times[bad.argmax()]:g}" if bad.any() else ""


def _under_test(constraints: Sequence[Constraint]) -> dict[str, list[TestInput]]:
    """Return the test inputs of each variable under test, each once, in order of the file."""
    found: dict[str, dict[str, TestInput]] = {}
    for constraint in constraints:
        for one in constraint.inputs:
            found.setdefault(one.variable, {})[one.name] = one
    return {variable: list(inputs.values()) for variable, inputs in found.items()}


def _gate(number: int) -> str:
    return f"reality check gate {number}"


def _broken(number: int) -> str:
    return f"reality check broken {number}"


def _switch(one: TestInput) -> str:
    return f"switch of {one.name}"


def rewritten(model: ModelText, constraints: Sequence[Constraint], compared: _Compared) -> str:
    """Return the model's text with all test inputs behind switches that are off, and what tells of each constraint."""
    edits: list[tuple[int, int, str]] = []
    added = []
    for variable, inputs in _under_test(constraints).items():
        for entry in model.variables[identifier(variable)]:
            at = model.source.index(entry.name, entry.span[0])
            edits.append((at, at + len(entry.name), entry.name + BEFORE))
        target = inputs[0].target
        own = re.compile(rf"\b{_words(variable)}\b(?!{BEFORE})", re.IGNORECASE)
        right = own.sub(variable + BEFORE, target)
        for one in inputs:
            tested = own.sub(variable + BEFORE, expanded(one.right, compared))
            right = f"IF THEN ELSE({_switch(one)} > 0, {tested}, {right})"
            added.append(f"\n{_switch(one)} = 0\n~~|")
        added.append(f"\n{target} = {right}\n~~|")
    source = model.source
    for start, end, name in sorted(edits, reverse=True):
        source = source[:start] + name + source[end:]
    body = source.split("\\\\\\---///", 1)[0]
    for number, constraint in enumerate(constraints):
        follows = f"IF THEN ELSE({expanded(constraint.consequence, compared)}, 0, 1)"
        added.append(f"\n{_gate(number)} = IF THEN ELSE({constraint.gate}, 1, 0)\n~~|")
        added.append(f"\n{_broken(number)} = {_gate(number)}*{follows}\n~~|")
    return body + "".join(added)


def _words(name: str) -> str:
    return r"[\s_]+".join(re.escape(word) for word in re.split(r"[\s_]+", name))


class _Compared:
    """The variables whose values without the test are asked for, in order."""

    def __init__(self, model: ModelText) -> None:
        self.model = model
        self.names: list[str] = []

    def table(self, name: str) -> str:
        """Note a variable and return its table."""
        spelled = self.model.entry(name).name
        if spelled not in self.names:
            self.names.append(spelled)
        return _table(spelled)


def _table(name: str) -> str:
    return f"base run of {name.lower()}"


def _points(times: np.ndarray) -> str:
    return ",".join(f"({time!r},0)" for time in times.tolist())


def _moved(
    member: Member, moved: Mapping[str, Sequence[TestInput]], constraint: Constraint, tables: Mapping[str, np.ndarray]
) -> Member:
    """Return a member whose values go to the variables that keep their equations, with a constraint's switches on."""
    new = {identifier(variable): identifier(variable + BEFORE) for variable in moved}
    constants = {new.get(name, name): value for name, value in member.constants.items()}
    series = {new.get(name, name): points for name, points in member.series.items()}
    on = {identifier(_switch(one)): np.array(1.0) for one in constraint.inputs}
    return Member({**constants, **on, **{identifier(name): values for name, values in tables.items()}}, series)


def expanded(text: str, compared: _Compared) -> str:
    """Return an expression with Vensim's RC functions written out (Vensim's manual, Reality Check Functions)."""
    while found := _CALL.search(text):
        args, end = arguments(text, found.end())
        text = text[: found.start()] + _MEANING[found[1].upper()](args, compared) + text[end:]
    return text


def _start(args: list[str], position: int) -> str:
    return args[position] if len(args) > position else "(INITIAL TIME + TIME STEP)"


def _step(args: list[str], _: _Compared) -> str:
    return f"({args[0]})*IF THEN ELSE(Time > {_start(args, 2)} - TIME STEP/2, {args[1]}, 1)"


def _ramp(args: list[str], _: _Compared) -> str:
    return f"({args[0]})*(1 + (({args[1]}) - 1)*MIN(1, MAX(0, (Time - {_start(args, 3)})/({args[2]}))))"


def _grow(args: list[str], _: _Compared) -> str:
    return f"({args[0]})*EXP(({args[1]})*MAX(0, Time - {_start(args, 2)}))"


def _decay(args: list[str], _: _Compared) -> str:
    return f"({args[0]})*EXP(-MAX(0, Time - {_start(args, 2)})/({args[1]}))"


def _compare(args: list[str], compared: _Compared) -> str:
    return f"({args[2]})*{compared.table(args[1])}(Time)"


_MEANING: dict[str, Callable[[list[str], _Compared], str]] = {
    "STEP": _step,
    "RAMP": _ramp,
    "GROW": _grow,
    "DECAY": _decay,
    "COMPARE": _compare,
}
