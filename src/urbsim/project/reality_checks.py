"""Reality checks in Vensim's own form, models/reality-checks.mdl: if this happens, that must follow.

A ``:TEST INPUT:`` gives a variable another equation; a constraint (``:THE CONDITION:`` ... ``:IMPLIES:``) says what
must be true whenever its condition is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import read_text
from urbsim.language import ir
from urbsim.language.edit import expression
from urbsim.language.model import Model
from urbsim.language.position import EquationError
from urbsim.language.vensim.document import Document
from urbsim.language.vensim.left_side import left
from urbsim.names import identifier

_INPUT = re.compile(r"(.+?)\s*:\s*TEST\s+INPUT\s*:\s*(.+?)\s*=\s*(.+)", re.IGNORECASE | re.DOTALL)
_CONSTRAINT = re.compile(r"(.+?)\s*:\s*THE\s+CONDITION\s*:\s*(.+?)\s*:\s*IMPLIES\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_AND = re.compile(r"\s*:\s*AND\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TestInput:
    """A variable, with its subscripts, and the equation that it gets; the names are the author's."""

    name: str
    variable: str
    target: str
    subs: tuple[str, ...]
    right: ir.Expr
    line: int


@dataclass(frozen=True, slots=True)
class Constraint:
    """What must follow from test inputs, at times when the rest of the condition holds."""

    name: str
    inputs: tuple[TestInput, ...]
    gate: ir.Expr
    consequence: ir.Expr
    line: int


def load_checks(path: Path, label: str, model: Model) -> list[Constraint]:
    """Return the constraints of a file of reality checks.

    Raises
    ------
    InputError
        For entries that are no checks, conditions without a test input, variables that the model does not have, and
        test inputs that no constraint uses.
    """
    inputs: dict[str, TestInput] = {}
    conditions: list[tuple[re.Match[str], Place]] = []
    problems: list[Problem] = []
    for entry in Document(read_text(path, label), label).main.entries:
        text, place = " ".join(entry.text.split()), Place(label, entry.line, 1)
        if match := _CONSTRAINT.fullmatch(text):
            conditions.append((match, place))
        elif match := _INPUT.fullmatch(text):
            try:
                test = _input(match, entry.line, model)
            except EquationError as error:
                problems.append(Problem(error.rule, place, f"{match[1]}: {error}", error.hint))
                continue
            inputs[identifier(test.name)] = test
            if identifier(test.variable) not in model.by_name and not model.excused(test.variable):
                hint = nearest(test.variable, [v.spelled for v in model.variables])
                problems.append(Problem("unknown-name", place, f"the model has no variable {test.variable!r}", hint))
        else:
            hint = "write :TEST INPUT: or :THE CONDITION: ... :IMPLIES:"
            problems.append(Problem("syntax", place, f"`{text[:60]}` is no reality check", hint))
    constraints = []
    for match, place in conditions:
        try:
            constraints.append(_constraint(match, place.line, inputs, model))
        except EquationError as error:
            problems.append(Problem(error.rule, place, f"{match[1]}: {error}", error.hint))
            continue
        if not constraints[-1].inputs:
            message = f"the condition of {match[1]!r} names no test input"
            problems.append(Problem("unknown-name", place, message, nearest(match[2], inputs)))
    problems += _input_problems(label, list(inputs.values()), constraints)
    if problems:
        raise InputError(problems)
    return constraints


def _input_problems(label: str, inputs: Sequence[TestInput], constraints: Sequence[Constraint]) -> Iterator[Problem]:
    """Give the test inputs that no constraint uses, and those that name a variable in another way than the first."""
    names = {test.name for constraint in constraints for test in constraint.inputs}
    for test in inputs:
        if test.name not in names:
            message = f"no constraint uses the test input {test.name!r}"
            yield Problem("unused", Place(label, test.line, 1), message)
    first = {test.variable: test for test in reversed(inputs)}
    for test in inputs:
        if test.target != first[test.variable].target:
            message = f"{test.target!r} and {first[test.variable].target!r} name one variable in two ways"
            yield Problem("defined-twice", Place(label, test.line, 1), message)


def _input(match: re.Match[str], line: int, model: Model) -> TestInput:
    part = left(match[2])
    subs = tuple(identifier(sub) for sub in part.subs)
    return TestInput(match[1], part.name, match[2], subs, expression(model, match[3]), line)


def _constraint(match: re.Match[str], line: int, inputs: Mapping[str, TestInput], model: Model) -> Constraint:
    parts = [part.strip() for part in _AND.split(match[2])]
    own = tuple(inputs[identifier(part)] for part in parts if identifier(part) in inputs)
    gate = " :AND: ".join(part for part in parts if identifier(part) not in inputs) or "Time >= INITIAL TIME"
    return Constraint(match[1], own, expression(model, gate), expression(model, match[3]), line)
