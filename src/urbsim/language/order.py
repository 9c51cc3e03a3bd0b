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
from threading import Lock
from typing import Generic, TypeVar

Key = tuple[int, str, tuple[str, ...]]  # scope, variable, elements
Value = TypeVar("Value")
_DEEPEST = (
    1_000_000  # chains of elements can be long; frames of plain functions live on the heap, those of __call__ not
)


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
        self._values: dict[tuple[Key, bool], tuple[Value, bool]] = {}  # and whether it depends on the phase
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

    def values(self) -> Iterator[tuple[Key, Value]]:
        """Give the elements of the model, without macros, that have a value in a step."""
        for (key, initial), (value, _) in self._values.items():
            if not initial and key[0] == 0:
                yield key, value

    def value(self, key: Key, initial: bool) -> Value:
        """Return the value of a key.

        Raises
        ------
        LoopError
            Where the key is needed for itself.
        """
        request = (key, initial)
        entry = self._values.get(request)
        if entry is None:
            if request in self._open:
                path = [k for k, _ in self._open]
                raise LoopError([*path[path.index(key) :], key], initial=initial)
            outer, self._differs = self._differs, False
            self._open[request] = None
            try:
                value = self._evaluate(key, initial)
            finally:
                del self._open[request]
            entry = (value, self._differs)
            self._values[request] = entry
            if not self._differs:
                self._values[key, not initial] = entry
            self._differs = outer
        self._differs |= entry[1]
        return entry[0]


class _Depth:
    """How deep Python may go: one limit for the whole process, so the last block that needs more puts it back."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.blocks = 0
        self.before = 0

    def raise_limit(self) -> None:
        with self.lock:
            if not self.blocks:
                self.before = sys.getrecursionlimit()
                sys.setrecursionlimit(max(self.before, _DEEPEST))
            self.blocks += 1

    def put_back(self) -> None:
        with self.lock:
            self.blocks -= 1
            if not self.blocks:
                sys.setrecursionlimit(self.before)


_DEPTH = _Depth()


@contextmanager
def deep() -> Iterator[None]:
    """Allow long chains of elements while the block runs, also where other threads run such a block.

    A thread of its own with a larger stack was turned down: frames of plain functions need none of the stack, and the
    limit counts for all threads whatever their stacks.
    """
    _DEPTH.raise_limit()
    try:
        yield
    finally:
        _DEPTH.put_back()
