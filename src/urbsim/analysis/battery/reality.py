"""Reality checks in Vensim's own form, executed here: if this happens, that must follow.

A ``:TEST INPUT:`` gives a variable another equation; a constraint (``:THE CONDITION:`` ... ``:IMPLIES:``) says what
must be true whenever its condition is. For each constraint the model's text is rewritten: the variable under test keeps
its equation under another name, the test input takes its place, and two variables tell when the condition holds and
when the consequence does not. RC COMPARE('base', x, m) is m times what x is without the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from urbsim.analysis.battery.bench import Bench, Verdict
from urbsim.analysis.battery.rewrite import arguments
from urbsim.engine.contract import Member
from urbsim.errors import InputError, Problem, nearest
from urbsim.files import read_text
from urbsim.model.text import ModelText, parse
from urbsim.model.vensim.document import Document
from urbsim.names import identifier

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
            if identifier(one.variable) not in model.variables:
                hint = nearest(one.variable, [e[0].name for e in model.variables.values()])
                problems.append(Problem(label, entry.line, 1, f"the model has no variable {one.variable!r}", hint))
        else:
            message = f"`{text[:60]}` is no reality check"
            problems.append(
                Problem(label, entry.line, 1, message, "write :TEST INPUT: or :THE CONDITION: ... :IMPLIES:")
            )
    constraints = [_constraint(found, line, inputs) for found, line in rest]
    problems += [
        Problem(label, one.line, 1, f"the condition of {one.name!r} names no test input", nearest(one.gate, inputs))
        for one in constraints
        if not one.inputs
    ]
    used = {part.name for one in constraints for part in one.inputs}
    problems += [
        Problem(label, one.line, 1, f"no constraint uses the test input {one.name!r}")
        for one in inputs.values()
        if one.name not in used
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
    broken = [note for constraint in constraints for note in _examine(on, constraint)]
    covered = len(constraints) * len(on.members)
    passed = bool(constraints) and not broken
    return Verdict("reality checks", covered, "checks", len(broken), "0 broken", passed, "", tuple(broken))


def _examine(on: Bench, constraint: Constraint) -> Iterator[str]:
    model = on.library.model
    compared = _Compared(model)
    text = rewritten(model, constraint, compared)
    regions, clock = list(on.members), replace(on.clock, save=ROWS)
    base = on.run(list(on.members.values()), compared.names, clock) if compared.names else None
    members = []
    for position, region in enumerate(regions):
        tables = {_table(n): base.values[identifier(n)][position] for n in compared.names} if base else {}
        members.append(_moved(on.members[region], constraint, tables))
    if base is not None:
        text += "".join(f"\n{_table(n)}({_points(base.times)})\n~~|" for n in compared.names)
    tested = [name for one in constraint.inputs for name in (one.variable, one.variable + BEFORE)]
    outputs = ["reality check gate", "reality check broken", *tested]
    keys = [identifier(name) for name in outputs]
    found = on.engine.run(parse(text, model.label), members, keys, clock, lambda _: None)
    for position, region in enumerate(regions):
        place = f"{constraint.name}, {region}"
        gate, bad = found.values[keys[0]][position] > 0, found.values[keys[1]][position] > 0
        pairs = zip(keys[2::2], keys[3::2], strict=True)
        moved = all(np.any(found.values[a][position] != found.values[b][position]) for a, b in pairs)
        if position in found.failed:
            yield f"{place}: {found.failed[position]}"
        elif not (gate.any() and moved):
            yield f"{place}: tests nothing, the condition never holds"
        elif bad.any():
            yield f"{place}: does not follow in {found.times[bad.argmax()]:g}"


def rewritten(model: ModelText, constraint: Constraint, compared: _Compared) -> str:
    """Return the model's text with a constraint's test inputs in place."""
    edits: list[tuple[int, int, str]] = []
    added = []
    for one in constraint.inputs:
        for entry in model.variables[identifier(one.variable)]:
            at = model.source.index(entry.name, entry.span[0])
            edits.append((at, at + len(entry.name), entry.name + BEFORE))
        own = re.compile(rf"\b{_words(one.variable)}\b(?!{BEFORE})", re.IGNORECASE)
        right = own.sub(one.variable + BEFORE, expanded(one.right, compared))
        added.append(f"\n{one.target} = {right}\n~~|")
    source = model.source
    for start, end, name in sorted(edits, reverse=True):
        source = source[:start] + name + source[end:]
    body = source.split("\\\\\\---///", 1)[0]
    gate = f"IF THEN ELSE({constraint.gate}, 1, 0)"
    follows = f"IF THEN ELSE({expanded(constraint.consequence, compared)}, 0, 1)"
    added += [f"\nreality check gate = {gate}\n~~|", f"\nreality check broken = reality check gate*{follows}\n~~|"]
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


def _moved(member: Member, constraint: Constraint, tables: Mapping[str, np.ndarray]) -> Member:
    """Return a member whose values go to the variables that keep their equations."""
    new = {identifier(one.variable): identifier(one.variable + BEFORE) for one in constraint.inputs}
    constants = {new.get(name, name): value for name, value in member.constants.items()}
    series = {new.get(name, name): points for name, points in member.series.items()}
    return Member({**constants, **{identifier(name): values for name, values in tables.items()}}, series)


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
