"""Where an expression stands while it is lowered, and what its elements share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from urbsim.language import ir

CLOCK_NODES = {
    "time_step": "dt",
    "initial_time": "start",
    "final_time": "stop",
    "saveper": "save",
}  # nodes of the clock
T = TypeVar("T")


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

    @property
    def bound(self) -> tuple[tuple[str, str], ...]:
        """Return the ranges and their elements in the order of names, as part of a key."""
        return tuple(sorted(self.env.items()))

    def bind(self, elements: Mapping[str, str]) -> Context:
        """Return the context with more ranges bound."""
        return Context(self.scope, {**self.env, **elements}, self.initial, self.name, self.definition)

    def phase(self, *, initial: bool) -> Context:
        """Return the context in one of the phases."""
        if self.initial == initial:
            return self
        return Context(self.scope, self.env, initial, self.name, self.definition)

    def within(self, scope: Scope) -> Context:
        """Return the context of the same variable in the scope of a macro."""
        return Context(scope, {}, self.initial, self.name, self.definition)


class Memo:
    """What is made once: scopes of macros, allocations of a supply, and whatever else several elements share."""

    def __init__(self) -> None:
        self._things: dict[object, object] = {}

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return the thing of a key, which is made where there is none."""
        if key not in self._things:
            self._things[key] = make()
        thing: T = self._things[key]  # type: ignore[assignment]  # a key belongs to one kind of thing
        return thing

    def ordinal(self, expr: ir.Expr, context: Context) -> int:
        """Return the place of an expression among those of its variable that this was asked of."""
        places: dict[int, int] = self.once(("ordinal", context.scope.number, context.name), dict)
        return places.setdefault(id(expr), len(places))
