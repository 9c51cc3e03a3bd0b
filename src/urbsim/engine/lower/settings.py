"""What a run may set: the clock, constants as parameters, and constants that it changes over time as inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.code.program import Slot


class Settings:
    """Nodes of what is set when a program runs, by the name of the variable."""

    def __init__(
        self, graph: Graph, clock: Mapping[str, str], parameters: Sequence[Slot], inputs: Sequence[str]
    ) -> None:
        self.graph = graph
        self.clock = clock
        self.parameters = {slot.name: slot for slot in parameters}
        self.inputs = {name: index for index, name in enumerate(inputs)}

    def number(self, name: str, elements: tuple[str, ...], *, initial: bool) -> Node | None:
        """Return one number of a variable, or None where no run sets it."""
        if name in self.clock:
            return self.graph.make(self.clock[name])
        if name in self.parameters:
            return self.parameter(name, elements)
        if name in self.inputs:
            return self.graph.make("input0" if initial else "input", (), self.inputs[name])
        return None

    def parameter(self, name: str, elements: tuple[str, ...]) -> Node:
        """Return one number of a parameter; of a table its point is the last element."""
        slot, offset = self.parameters[name], 0
        for axis, element in zip(slot.axes, elements, strict=False):
            offset = offset * len(axis) + axis.index(element)
        return self.graph.make("parameter", (), slot.start + offset)
