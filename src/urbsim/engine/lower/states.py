"""What a program keeps from step to step: states, and values of every step before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from urbsim.engine.code.graph import Graph, Node

Act = Callable[[], Node]


@dataclass
class States:
    """States and histories in the order in which something needs them.

    Their values are evaluated afterwards (``pending`` and ``histories`` grow meanwhile), since what a stock holds does
    not wait for its flows.
    """

    graph: Graph
    pending: list[tuple[str, Act, Act]] = field(default_factory=list)  # name, value at the start, value after a step
    histories: list[tuple[str, Act]] = field(default_factory=list)  # variable, value in a step
    _loads: dict[object, Node] = field(default_factory=dict)

    def state(self, key: object, name: str, initial: Act, following: Callable[[Node], Node]) -> Node:
        """Return the value of a state in a step; ``following`` gives its next value from this one.

        Parameters
        ----------
        key
            What tells this state from every other.
        name
            How reports of a run call it.
        initial, following
            Its value at the start, and its next value from this one.
        """
        node = self._loads.get(key)
        if node is None:
            node = self._loads[key] = self.graph.make("load", (), len(self.pending))
            self.pending.append((name, initial, lambda load=node: following(load)))  # type: ignore[misc]
        return node

    def history(self, name: str, value: Act) -> int:
        """Return the number of a value that is kept for every step."""
        self.histories.append((name, value))
        return len(self.histories) - 1
