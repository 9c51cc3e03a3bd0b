"""Where variables are defined: their layouts, the elements that a reference means, the scopes of macros."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from urbsim.engine.code.program import Slot
from urbsim.engine.lower.scope import Context, Memo, Scope
from urbsim.errors import InputError, Problem
from urbsim.language import ir
from urbsim.language.messages import problem
from urbsim.language.model import Model
from urbsim.language.order import Key, LoopError
from urbsim.language.position import EquationError
from urbsim.language.subscripts import Layout, layout

T = TypeVar("T")


class Variables:
    """The variables of a model and of the calls of its macros."""

    def __init__(self, model: Model, memo: Memo) -> None:
        self.model = model
        self.subscripts = model.subscripts
        self.main = Scope(0, model.by_name)
        self.macros = {m.name: m for m in model.macros}
        self.scopes = [self.main]
        self.memo = memo
        self._layouts: dict[tuple[int, str], Layout] = {}

    def blame(self, name: str, act: Callable[[], T], definition: ir.Definition | None = None) -> T:
        """Do something for a variable; what goes wrong becomes a problem of it.

        Raises
        ------
        InputError
            For a loop, and for an equation at fault.
        """
        try:
            return act()
        except LoopError as error:
            raise InputError(self.loop(error)) from error
        except EquationError as error:
            raise InputError(
                problem(error.rule, self.model, name, str(error), error.hint, definition, error.word)
            ) from error

    def loop(self, error: LoopError) -> Problem:
        """Return the problem of elements that need each other."""
        path = " -> ".join(element_name(key) for key in error.path)
        if error.initial:
            message, hint = f"initial values need each other: {path}", "break the circle with ACTIVE INITIAL"
        else:
            message, hint = f"algebraic loop: {path}", "put a stock, a delay or a smooth into the circle"
        return problem("loop", self.model, error.path[0][1], message, hint)

    def layout(self, scope: Scope, name: str) -> Layout:
        """Return where a variable is defined."""
        key = scope.number, name
        if key not in self._layouts:
            self._layouts[key] = self.blame(name, lambda: layout(scope.variables[name], self.subscripts))
        return self._layouts[key]

    def cells(self, name: str) -> Mapping[tuple[str, ...], object]:
        """Return the elements for which a variable of the model is defined; the clock needs no variable."""
        return self.layout(self.main, name).cells if name in self.main.variables else {(): None}

    def slot(self, name: str, start: int) -> Slot:
        """Return the numbers of a variable of the model as a slot; the points of a table are one more dimension."""
        if name not in self.main.variables:
            return Slot(name, (), (), start)
        where = self.blame(name, lambda: self.layout(self.main, name))
        definition = self.main.variables[name].definitions[0]
        if definition.kind == "lookup" and isinstance(definition.expr, ir.Lookup):
            points = tuple(str(i) for i in range(len(definition.expr.y)))
            return Slot(name, (*where.dims, "point"), (*where.axes, points), start)
        return Slot(name, where.dims, where.axes, start)

    def slots(self, names: Sequence[str]) -> list[Slot]:
        """Return the slots of some variables, one after the other."""
        slots: list[Slot] = []
        start = 0
        for name in names:
            slots.append(self.slot(name, start))
            start += slots[-1].size
        return slots

    def elements(self, subs: Sequence[ir.Sub], scope: Scope, name: str, context: Context) -> tuple[str, ...]:
        """Return the elements that the subscripts of a reference stand for.

        Parameters
        ----------
        subs
            The subscripts as written.
        scope, name
            The variable, and the scope in which it is defined.
        context
            Where the reference stands.

        Raises
        ------
        EquationError
            Where their number is wrong or the variable is not defined there.
        """
        where = self.layout(scope, name)
        if not subs and where.dims and self.model.implicit:
            subs = [ir.Sub(dim) for dim in where.dims]
        elements = tuple([self.subscripts.resolve(sub, context.env) for sub in subs])
        if elements not in where.cells:
            if len(elements) != len(where.dims):
                raise EquationError(
                    "subscripts", f"{name!r} has {len(where.dims)} subscripts and is used with {len(elements)}"
                )
            raise EquationError("subscripts", f"{name!r} is not defined for [{', '.join(elements)}]")
        return elements

    def expand(self, macro: ir.Macro, call: ir.Call, context: Context) -> Scope:
        """Return the scope of one call of a macro, for one element."""

        def scope() -> Scope:
            outer = context.phase(initial=False)
            bindings = {p: (a, outer) for p, a in zip(macro.params, call.args, strict=True)}
            self.scopes.append(Scope(len(self.scopes), {v.name: v for v in macro.variables}, bindings))
            return self.scopes[-1]

        return self.memo.once((id(call), context.scope.number, context.bound), scope)


def element_name(key: Key) -> str:
    """Return an element of a variable as text."""
    _, name, elements = key
    return f"{name}[{', '.join(elements)}]" if elements else name
