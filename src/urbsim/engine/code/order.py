"""The order of operations: a value is used soon after it is made, so that few have to wait in memory.

In a large model a step waits for memory: a value that cannot stay in a register until its last use is written and read
again. What a store needs is made right before it, depth first. Besides, what could be computed is computed at once if
it is the last to use a value (a sum takes in its terms as they come), and the next store is the one that misses few
values and uses up many that wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from urbsim.engine.code.graph import STEP, Graph, Node

LOADED = frozenset(
    {"const", "truth", "load", "dt", "start", "stop", "save", "time", "parameter"}
)  # no code of their own
_NEAR = 8  # a value that leads to more stores than these leads to none in particular
_LIGHT = 100  # missing values up to which a store may come before its turn
_PATIENCE = 300  # new values after which it is worth to look again whether a store is light


@dataclass(frozen=True, slots=True)
class Store:
    """A value to be put away: the first or next value of a state, a kept input of a delay, or an output."""

    where: str  # "first", "next", "history" or "output"
    index: int
    node: Node


Item = Node | Store


def depth_first(graph: Graph, stores: Sequence[Store], visits: set[Node], *, moving: bool) -> Iterator[Item]:
    """Give nodes before what uses them: those that change with the step, or those that do not; adds to ``visits``.

    Parameters
    ----------
    graph
        The values.
    stores
        The values that must be stored, in the order in which they are wanted.
    visits
        Nodes that stand already; those that are given are added.
    moving
        Whether to give the nodes that change with the step, or the others.
    """
    for store in stores:
        stack: list[tuple[Node, bool]] = [(store.node, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                yield node
                continue
            if node in visits or graph.ops[node] in LOADED or bool(graph.kinds[node] & STEP) != moving:
                continue
            visits.add(node)
            stack.append((node, True))
            stack += [(a, False) for a in reversed(graph.args[node])]
        yield store


def closing(graph: Graph, stores: Sequence[Store]) -> list[Item]:
    """Return the nodes that change with the step, in an order that uses values up soon."""
    return _Order(graph, stores).run()


class _Order:
    def __init__(self, graph: Graph, stores: Sequence[Store]) -> None:
        self.graph, self.stores = graph, stores
        nodes = sorted(item for item in depth_first(graph, stores, set(), moving=True) if isinstance(item, Node))
        self.users: dict[Node, list[Node]] = {node: [] for node in nodes}
        self.waits: dict[Node, int] = {}  # operands that are not there yet
        for node in nodes:
            mine = [a for a in dict.fromkeys(graph.args[node]) if a in self.users]
            self.waits[node] = len(mine)
            for a in mine:
                self.users[a].append(node)
        self.stores_of: dict[Node, list[int]] = {}  # stores of a value
        for number, store in enumerate(stores):
            self.stores_of.setdefault(store.node, []).append(number)
        self.uses_to_come = {node: len(self.users[node]) + len(self.stores_of.get(node, ())) for node in nodes}
        self.near = self._near(nodes)
        self.order: list[Item] = []
        self.ready_nodes: set[Node] = set()
        self.open = dict.fromkeys(range(len(stores)))  # stores to come
        self.heavy: dict[int, int] = {}  # when to look at a store again
        self.recent: dict[int, None] = {}  # stores near values made since the last choice

    def _near(self, nodes: Sequence[Node]) -> dict[Node, tuple[int, ...]]:
        """Return the stores that each value leads to, where they are few."""
        near: dict[Node, tuple[int, ...]] = {}
        many: set[Node] = set()
        for node in reversed(nodes):
            stores = dict.fromkeys(self.stores_of.get(node, ()))
            for user in self.users[node]:
                stores.update(dict.fromkeys(near[user]))
            if len(stores) > _NEAR or any(user in many for user in self.users[node]):
                many.add(node)
                stores = {}
            near[node] = tuple(stores)
        return near

    def run(self) -> list[Item]:
        """Return nodes and stores in order."""
        while self.open:
            number = self._next()
            self.recent = {}
            self._make(self.stores[number].node)
            self._keep(number)
        return self.order

    def _next(self) -> int:
        """Choose a store: the best of those near what was made last, else the first light one, else the first."""
        gains = {number: self._gain(number) for number in self.recent if number in self.open}
        best = max(gains, key=gains.__getitem__, default=-1)
        if best >= 0 and gains[best] > 0:
            return best
        first = next(iter(self.open))
        return next((number for number in self.open if self._gain(number) >= 0), first) if self.ready_nodes else first

    def _gain(self, number: int) -> float:
        """Return how many waiting values a store would use up for each value that it still misses; -1 for too many."""
        if self.heavy.get(number, 0) > len(self.order):
            return -1.0
        ends = 0
        missing: set[Node] = set()
        stack = [self.stores[number].node]
        while stack:
            node = stack.pop()
            if node in self.ready_nodes:
                ends += self.uses_to_come[node] == 1
            elif node in self.users and node not in missing:
                missing.add(node)
                if len(missing) > _LIGHT:
                    self.heavy[number] = len(self.order) + _PATIENCE
                    return -1.0
                stack += self.graph.args[node]
        return ends / (len(missing) + 1)

    def _make(self, target: Node) -> None:
        """Make a value and what it needs, depth first."""
        stack = [(target, False)]
        while stack:
            node, ready = stack.pop()
            if node in self.ready_nodes or node not in self.users:
                continue
            if ready:
                self._emit(node)
            else:
                stack.append((node, True))
                stack += [(a, False) for a in reversed(self.graph.args[node])]

    def _emit(self, first: Node) -> None:
        """Add a value whose operands are there, and every value after it that is the last to use one of its own."""
        ready = [first]
        while ready:
            node = ready.pop()
            if node in self.ready_nodes:
                continue
            self.ready_nodes.add(node)
            self.order.append(node)
            self.recent.update(dict.fromkeys(self.near[node]))
            for a in dict.fromkeys(self.graph.args[node]):
                if a in self.uses_to_come:
                    self.uses_to_come[a] -= 1
            for number in self.stores_of.get(node, ()):
                self._keep(number)
            for user in self.users[node]:
                self.waits[user] -= 1
            ready += [user for user in reversed(self.users[node]) if not self.waits[user] and self._closes(user)]

    def _closes(self, node: Node) -> bool:
        return any(self.uses_to_come.get(a) == 1 for a in self.graph.args[node])

    def _keep(self, number: int) -> None:
        """Add a store, unless it is there."""
        if number in self.open:
            del self.open[number]
            self.order.append(self.stores[number])
            node = self.stores[number].node
            if node in self.uses_to_come:
                self.uses_to_come[node] -= 1
