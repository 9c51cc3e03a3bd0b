"""Everything that is wrong with the equations of a model: each is lowered, and lowering goes on after a fault.

What is at fault counts as a number of which nothing is known, so each fault makes one message and hides no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from urbsim.engine.code.graph import Node
from urbsim.engine.lower.lowering import Lowering
from urbsim.engine.lower.scope import Context
from urbsim.errors import InputError, Problem
from urbsim.language import ir
from urbsim.language.messages import problem
from urbsim.language.model import Model
from urbsim.language.order import LoopError, deep
from urbsim.language.position import EquationError
from urbsim.language.subscripts import NoRangeError

_ELEMENTS = re.compile(r"\[.*?\]")


def faults(model: Model) -> list[Problem]:
    """Return every fault of the equations of a model, each once; names that it calls unread count as defined."""
    gathering = _Gathering(model, own_clock=True)
    with deep():
        gathering.all()
    return sorted(gathering.problems)


class _Gathering(Lowering):
    """An evaluator that goes on after a fault; ``problems`` are the faults so far."""

    def __init__(self, model: Model, *, own_clock: bool) -> None:
        super().__init__(model, own_clock=own_clock)
        self.problems: dict[Problem, None] = {}
        self._messages: set[tuple[str, int, str]] = set()
        self._loops: set[frozenset[str]] = set()
        self._passing = False  # a loop goes on to the one that asked for a value unless there is a loop

    def all(self) -> None:
        """Lower every variable, and then what stocks and delays do from step to step."""
        for variable in self.variables.model.variables:
            if variable.definitions[0].kind != "lookup":
                self._gather(partial(self.evaluate, variable.name))
        for act in self.waiting():
            self._gather(act)

    def value(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression, or a number that may be anything where it is at fault."""
        try:
            return super().value(expr, context)
        except LoopError as error:
            if self._passing:
                raise
            through = frozenset(name for _, name, _ in error.path)
            if through not in self._loops:  # of many elements the first
                self._loops.add(through)
                self.problems[self.variables.loop(error)] = None
        except InputError as error:
            self._note(error)
        except EquationError as error:
            self._blame(context, error)
        return self.time(context)

    def number_unless_loop(self, expr: ir.Expr, context: Context) -> Node | None:
        """Return an expression as a number, or None where it needs itself."""
        before, self._passing = self._passing, True
        try:
            return super().number_unless_loop(expr, context)
        finally:
            self._passing = before

    def unwritten(self) -> Node:
        """Refuse an equation that is not written yet."""
        raise EquationError("missing-equation", "its equation is not written yet", "write it in place of A FUNCTION OF")

    def _gather(self, act: Callable[[], object]) -> None:
        try:
            act()
        except InputError as error:
            self._note(error)

    def _note(self, error: InputError) -> None:
        """Note problems, but for those that may come from a range that cannot be read."""
        if not (self.variables.model.unread and isinstance(error.__cause__, NoRangeError)):
            self.problems.update(dict.fromkeys(error.problems))

    def _blame(self, context: Context, error: EquationError) -> None:
        """Note a fault of an equation, of many elements the first."""
        definition = context.definition
        key = context.name, definition.at if definition else -1, _ELEMENTS.sub("", str(error))
        if key not in self._messages:
            self._messages.add(key)
            model = self.variables.model
            fault = problem(error.rule, model, context.name, str(error), error.hint, definition, error.word)
            self.problems[fault] = None
