"""What functions and constructs with memory ask of the one that evaluates their arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from urbsim.engine.code.graph import Graph, Node
from urbsim.engine.lower.scope import Context, Memo, Scope
from urbsim.engine.lower.settings import Settings
from urbsim.engine.lower.states import States
from urbsim.engine.lower.variables import Variables
from urbsim.language import ir
from urbsim.language.order import Demand


class Evaluator(Protocol):
    """Evaluates expressions to nodes: one that stops at the first fault, and one that goes on (:mod:`faults`)."""

    graph: Graph
    variables: Variables
    settings: Settings
    states: States
    memo: Memo
    demand: Demand[Node]

    def value(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression as a number or a truth value."""

    def number(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression as a number."""

    def truth(self, expr: ir.Expr, context: Context) -> Node:
        """Return an expression as a truth value."""

    def number_unless_loop(self, expr: ir.Expr, context: Context) -> Node | None:
        """Return an expression as a number, or None where it needs itself."""

    def element(self, scope: Scope, name: str, elements: tuple[str, ...], *, initial: bool) -> Node:
        """Return one element of a variable.

        Parameters
        ----------
        scope, name
            The variable, and the scope in which it is defined.
        elements
            One element of each of its ranges.
        initial
            The phase: the value at the start, or that in a step.
        """

    def time(self, context: Context) -> Node:
        """Return the time of the step, or of the start."""

    def unwritten(self) -> Node:
        """Return the node of an equation that its author has not written yet."""


Builder: TypeAlias = Callable[[Evaluator, ir.Call, Context], Node]  # how a call becomes a node
