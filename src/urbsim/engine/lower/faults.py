"""Everything that is wrong with the equations of a model: each is lowered, and lowering goes on after a fault.

What is at fault counts as a number of which nothing is known, so one fault is told once and hides no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from urbsim.engine.code.graph import Node
from urbsim.engine.lower.lowering import Lowering
from urbsim.engine.lower.scope import Context
from urbsim.errors import InputError, Problem
from urbsim.language.messages import problem
from urbsim.language.model import Model
from urbsim.language.order import LoopError, deep
from urbsim.language.position import EquationError
from urbsim.language.subscripts import NoRangeError
from urbsim.language.text import ModelText
from urbsim.language.vensim.reader import recover

_ELEMENTS = re.compile(r"\[.*?\]")


def structure(model: ModelText) -> list[Problem]:
    """Return what is wrong with the equations: syntax, undefined names, unknown functions, loops, subscripts."""
    found, problems = recover(model.source, model.label, Path())
    return sorted({*problems, *faults(found)})


def faults(model: Model) -> list[Problem]:
    """Return every fault of the equations of a model, each once; names that it calls unread are taken as known."""
    gathering = _Gathering(model)
    with deep():
        gathering.all()
    return sorted(gathering.found)


class _Gathering:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.lowering = Lowering(model, (), (), own_clock=True)
        self.lowering.report = self.report
        self.found: dict[Problem, None] = {}
        self._told: set[tuple[str, int, str]] = set()
        self._loops: set[frozenset[str]] = set()

    def all(self) -> None:
        """Lower every variable, and then what stocks and delays do from step to step."""
        lowering = self.lowering
        for variable in self.model.variables:
            if variable.definitions[0].kind != "lookup":
                self.gather(lambda name=variable.name: lowering.evaluate(name))  # type: ignore[misc]
        for act in lowering.waiting():
            self.gather(act)

    def gather(self, act: Callable[[], object]) -> None:
        """Do something and keep what goes wrong."""
        try:
            act()
        except InputError as error:
            self._keep(error)

    def _keep(self, error: InputError) -> None:
        """Keep problems, but for those that may come from a range that cannot be read."""
        if not (self.model.unread and isinstance(error.__cause__, NoRangeError)):
            self.found.update(dict.fromkeys(error.problems))

    def report(self, context: Context, error: Exception) -> Node:
        """Keep a fault of an expression and return a number that may be anything."""
        if isinstance(error, LoopError):
            if self.lowering.patient:
                raise error
            through = frozenset(name for _, name, _ in error.path)
            if through not in self._loops:  # of many elements the first
                self._loops.add(through)
                self.found[self.lowering.loop(error)] = None
        elif isinstance(error, InputError):
            self._keep(error)
        elif isinstance(error, EquationError):
            at = context.definition.at if context.definition else -1
            key = context.name, at, _ELEMENTS.sub("", str(error))
            if key not in self._told:  # of many elements the first
                self._told.add(key)
                told = problem(
                    error.rule, self.model, context.name, str(error), error.hint, context.definition, error.word
                )
                self.found[told] = None
        return self.lowering.time(context)
