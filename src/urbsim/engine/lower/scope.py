"""Where an expression stands while it is lowered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from urbsim.language import ir

CLOCK = {"time_step": "dt", "initial_time": "start", "final_time": "stop", "saveper": "save"}  # nodes of the clock


@dataclass(slots=True)
class Scope:
    """The variables an equation sees: those of the model, or those of one call of a macro."""

    number: int
    variables: Mapping[str, ir.Variable]
    bindings: Mapping[str, tuple[ir.Expr, Context]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """Where an expression stands: its scope, the elements of its ranges, the phase, the variable, its definition."""

    scope: Scope
    env: Mapping[str, str]
    initial: bool
    name: str
    definition: ir.Definition | None = None

    def bind(self, name: str, element: str) -> Context:
        """Return the context with one more range bound."""
        return Context(self.scope, {**self.env, name: element}, self.initial, self.name, self.definition)

    def phase(self, *, initial: bool) -> Context:
        """Return the context in one of the phases."""
        if self.initial == initial:
            return self
        return Context(self.scope, self.env, initial, self.name, self.definition)
