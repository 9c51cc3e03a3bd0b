"""The order of evaluation: on demand, each element when something needs it.

A variable is evaluated per element and per phase (*initial* values, values in a *step*), and remembered. What nobody
asks for is never evaluated, so pruning is free; an element that is asked for while it is being evaluated closes a
loop, and the way that led there is the message. Sorting a dependency graph beforehand was turned down: it would walk
every expression of every element twice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Key = tuple[int, str, tuple[str, ...]]  # scope, variable, elements
Value = TypeVar("Value")
_DEPTH = 1_000_000  # chains of elements can be long; frames of plain functions live on the heap, those of __call__ not


class LoopError(Exception):
    """Elements that need each other at the same moment; ``path`` starts and ends with the same key."""

    def __init__(self, path: list[Key], *, initial: bool) -> None:
        self.path = path
        self.initial = initial
        super().__init__("loop")


class Demand(Generic[Value]):
    """Evaluates keys on demand and remembers them.

    ``evaluate(key, initial)`` gives the value; while it runs it may ask again. A value that did not touch anything
    that differs between the phases (:meth:`touch`) serves both.
    """

    def __init__(self, evaluate: Callable[[Key, bool], Value]) -> None:
        self._evaluate = evaluate
        self._known: dict[tuple[Key, bool], tuple[Value, bool]] = {}
        self._open: dict[tuple[Key, bool], None] = {}
        self._differs = False

    def touch(self) -> None:
        """Note that the value under way depends on the phase."""
        self._differs = True

    @contextmanager
    def same(self) -> Iterator[None]:
        """Evaluate something whose value is the same in both phases, whatever it touches."""
        before = self._differs
        try:
            yield
        finally:
            self._differs = before

    def known(self) -> Iterator[tuple[Key, Value]]:
        """Give the elements of the model, without macros, that have a value in a step."""
        for (key, initial), (value, _) in self._known.items():
            if not initial and key[0] == 0:
                yield key, value

    def value(self, key: Key, initial: bool) -> Value:
        """Return the value of a key.

        Raises
        ------
        LoopError
            Where the key is needed for itself.
        """
        asked = (key, initial)
        found = self._known.get(asked)
        if found is None:
            if asked in self._open:
                way = [k for k, _ in self._open]
                raise LoopError([*way[way.index(key) :], key], initial=initial)
            outer, self._differs = self._differs, False
            self._open[asked] = None
            try:
                value = self._evaluate(key, initial)
            finally:
                del self._open[asked]
            found = (value, self._differs)
            self._known[asked] = found
            if not self._differs:
                self._known[key, not initial] = found
            self._differs = outer
        self._differs |= found[1]
        return found[0]


@contextmanager
def deep() -> Iterator[None]:
    """Allow long chains of elements while the block runs."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
