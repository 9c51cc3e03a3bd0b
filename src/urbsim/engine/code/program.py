"""What one member computes: the product of lowering, and what code is generated from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from urbsim.engine.code.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter or an output: its name, ranges, the elements along each, and the place of its first number."""

    name: str
    dims: tuple[str, ...]
    axes: tuple[tuple[str, ...], ...]
    start: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of elements along each dimension."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def size(self) -> int:
        """Return how many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class StateNode:
    """A state: what it belongs to, its value before the first step, and its value after a step."""

    name: str
    initial: Node
    following: Node


@dataclass(frozen=True)
class Program:
    """Nodes of states, fixed delays and outputs, and what a run may set.

    ``histories`` are the inputs of fixed delays, kept for every step; an output node is None where an element is not
    defined; ``named`` gives the variable that a node is the value of.
    """

    graph: Graph
    states: tuple[StateNode, ...]
    histories: tuple[Node, ...]
    outputs: tuple[Slot, ...]
    output_nodes: tuple[Node | None, ...]
    parameters: tuple[Slot, ...]
    defaults: tuple[float, ...]
    inputs: tuple[str, ...]
    input_defaults: tuple[float, ...]
    named: Mapping[Node, str] = field(default_factory=dict)
