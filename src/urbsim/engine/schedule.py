"""The order of the code: what runs before the first step, in each step, and only where a row is saved.

Work is cut into chunks of bounded size, each of which becomes one function: compile time then grows in proportion to
the model. A value that is used in another chunk than its own lives in a slot of memory in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from urbsim.engine.graph import MEMBER, STEP, Graph, Node
from urbsim.engine.program import Program

CHUNK = 400
LOADED = frozenset(
    {"const", "truth", "load", "dt", "start", "stop", "save", "time", "parameter"}
)  # no code of their own


@dataclass(frozen=True, slots=True)
class Store:
    """A value to be put away: the first or next value of a state, a kept input of a delay, or an output."""

    where: str  # "first", "next", "history" or "output"
    index: int
    node: Node


Item = Node | Store


@dataclass(frozen=True)
class Schedule:
    """Chunks of nodes and stores in order, and the slots of values that cross from one to another."""

    setup: tuple[tuple[Item, ...], ...]
    step: tuple[tuple[Item, ...], ...]
    save: tuple[tuple[Item, ...], ...]
    vectors: dict[Node, int]
    scalars: dict[Node, int]


def schedule(program: Program) -> Schedule:
    """Return the order of the code of a program."""
    graph = program.graph
    first = [Store("first", i, s.initial) for i, s in enumerate(program.states)]
    after = [Store("next", i, s.following) for i, s in enumerate(program.states)]
    after += [Store("history", i, node) for i, node in enumerate(program.histories)]
    saved = [Store("output", i, node) for i, node in enumerate(program.output_nodes) if node is not None]
    done: set[Node] = set()
    step = list(_ordered(graph, after, done, moving=True))
    save = list(_ordered(graph, saved, done, moving=True))
    needed = [Store("keep", 0, a) for item in (*step, *save) for a in _operands(graph, item)]
    setup = [
        item
        for item in _ordered(graph, [*first, *needed], set(), moving=False)
        if not (isinstance(item, Store) and item.where == "keep")
    ]
    parts = [_cut(part) for part in (setup, step, save)]
    return _with_slots(graph, parts)


def _operands(graph: Graph, item: Item) -> tuple[Node, ...]:
    return (item.node,) if isinstance(item, Store) else graph.args[item]


def _ordered(graph: Graph, stores: Sequence[Store], done: set[Node], *, moving: bool) -> Iterator[Item]:
    """Give nodes before what uses them, depth first: those that change with the step, or those that do not."""
    for store in stores:
        stack: list[tuple[Node, bool]] = [(store.node, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                yield node
                continue
            if node in done or graph.ops[node] in LOADED or bool(graph.kinds[node] & STEP) != moving:
                continue
            done.add(node)
            stack.append((node, True))
            stack += [(a, False) for a in reversed(graph.args[node])]
        yield store


def _cut(items: Sequence[Item]) -> tuple[tuple[Item, ...], ...]:
    return tuple(tuple(items[i : i + CHUNK]) for i in range(0, len(items), CHUNK))


def _with_slots(graph: Graph, parts: Sequence[tuple[tuple[Item, ...], ...]]) -> Schedule:
    home: dict[Node, tuple[int, int]] = {}
    vectors: dict[Node, int] = {}
    scalars: dict[Node, int] = {}
    for p, part in enumerate(parts):
        for c, chunk in enumerate(part):
            for item in chunk:
                if isinstance(item, int):
                    home[item] = (p, c)
    for p, part in enumerate(parts):
        for c, chunk in enumerate(part):
            for item in chunk:
                for a in _operands(graph, item):
                    if a in home and home[a] != (p, c):
                        slots = vectors if graph.kinds[a] & MEMBER else scalars
                        slots.setdefault(a, len(slots))
    setup, step, save = parts
    return Schedule(setup, step, save, vectors, scalars)
