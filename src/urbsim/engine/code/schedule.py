"""The order of the code: what runs before the first step, in each step, and only where a row is saved.

Work is cut into chunks of bounded size, each of which becomes one function: compile time then grows in proportion to
the model. A value that is used in another chunk than its own lives in a slot of memory in between, or is computed
there a second time where that is cheaper than to write and read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from urbsim.engine.code.graph import MEMBER, Graph, Node
from urbsim.engine.code.order import Item, Store, closing, depth_first
from urbsim.engine.code.program import Program

CHUNK = 300
_CHEAP = frozenset({"add", "sub", "mul", "neg", "abs", "min", "max", "select", "lt", "le", "gt", "ge", "eq", "ne"})
_REPEATS = 2  # operations that are repeated in another chunk rather than kept in memory
_MANY_USES = 8  # a value with more uses than these is kept

Chunks = tuple[tuple[Item, ...], ...]


@dataclass(frozen=True)
class Schedule:
    """Chunks of nodes and stores in order, and the slots of values that cross from one to another."""

    setup: Chunks
    step: Chunks
    save: Chunks
    vectors: dict[Node, int]
    scalars: dict[Node, int]
    vector_slots: int = 0
    scalar_slots: int = 0


def schedule(program: Program) -> Schedule:
    """Return the order of the code of a program."""
    graph = program.graph
    first = [Store("first", i, s.initial) for i, s in enumerate(program.states)]
    after = [Store("next", i, s.following) for i, s in enumerate(program.states)]
    after += [Store("history", i, node) for i, node in enumerate(program.histories)]
    outputs = [Store("output", i, node) for i, node in enumerate(program.output_nodes) if node is not None]
    step = closing(graph, after)
    save = list(depth_first(graph, outputs, {item for item in step if isinstance(item, Node)}, moving=True))
    operand_stores = [Store("keep", 0, a) for item in (*step, *save) for a in operands(graph, item)]
    setup = [
        item
        for item in depth_first(graph, [*first, *operand_stores], set(), moving=False)
        if not (isinstance(item, Store) and item.where == "keep")
    ]
    return _with_slots(graph, [_cut(setup), _with_repeats(graph, _cut(step)), _cut(save)])


def operands(graph: Graph, item: Item) -> tuple[Node, ...]:
    """Return the nodes that an item needs."""
    return (item.node,) if isinstance(item, Store) else graph.args[item]


def _cut(items: Sequence[Item]) -> Chunks:
    return tuple(tuple(items[i : i + CHUNK]) for i in range(0, len(items), CHUNK))


def _with_repeats(graph: Graph, chunks: Chunks) -> Chunks:
    """Repeat in each chunk the cheap values of others that it needs."""
    uses = Counter(a for chunk in chunks for item in chunk for a in operands(graph, item))
    price: dict[Node, int] = {}  # operations from what is in memory anyway
    for node in (item for chunk in chunks for item in chunk if isinstance(item, Node)):
        cheap_operands = [a for a in graph.args[node] if a in price and uses[a] < _MANY_USES]
        price[node] = 1 + sum(price[a] for a in cheap_operands) if graph.ops[node] in _CHEAP else _REPEATS + 1
    cheap = {node for node, cost in price.items() if cost <= _REPEATS and uses[node] < _MANY_USES}
    return tuple(tuple(_with_cheap_operands(graph, chunk, cheap)) for chunk in chunks)


def _with_cheap_operands(graph: Graph, chunk: Sequence[Item], cheap: set[Node]) -> Iterator[Item]:
    """Give the items of a chunk with the cheap values of other chunks before what uses them."""
    here = {item for item in chunk if isinstance(item, Node)}

    def missing(node: Node) -> Iterator[Node]:
        if node in cheap and node not in here:
            for a in graph.args[node]:
                yield from missing(a)
            here.add(node)
            yield node

    for item in chunk:
        for a in operands(graph, item):
            yield from missing(a)
        yield item


def _with_slots(graph: Graph, parts: Sequence[Chunks]) -> Schedule:
    """Give a slot to each value that another chunk needs, one that is free again where there is one."""
    chunks = [chunk for part in parts for chunk in part]
    moving = len(parts[0])  # the number of the first chunk of the step
    first_chunk: dict[Node, int] = {}
    last: dict[Node, int] = {}
    for number, chunk in enumerate(chunks):
        here = {item for item in chunk if isinstance(item, Node)}
        for node in here:
            first_chunk.setdefault(node, number)
        last.update((a, number) for item in chunk for a in operands(graph, item) if a in first_chunk and a not in here)
    ends: dict[int, list[Node]] = {}
    begins: dict[int, list[Node]] = {}
    for node, end in last.items():
        begins.setdefault(first_chunk[node], []).append(node)
        if first_chunk[node] >= moving or end < moving:  # else it lasts for all steps
            ends.setdefault(end, []).append(node)
    vectors, scalars = _Slots(), _Slots()
    for number in range(len(chunks)):
        for node in begins.get(number, ()):
            (vectors if graph.kinds[node] & MEMBER else scalars).take(node)
        for node in ends.get(number, ()):
            (vectors if graph.kinds[node] & MEMBER else scalars).give_back(node)
    setup, step, save = parts
    return Schedule(setup, step, save, vectors.places, scalars.places, vectors.count, scalars.count)


class _Slots:
    """Places in memory; what was given back last is taken first: it is still in the cache."""

    def __init__(self) -> None:
        self.places: dict[Node, int] = {}
        self.count = 0
        self._free: list[int] = []

    def take(self, node: Node) -> None:
        if not self._free:
            self._free.append(self.count)
            self.count += 1
        self.places[node] = self._free.pop()

    def give_back(self, node: Node) -> None:
        self._free.append(self.places[node])
