"""A model rewritten for tests of its loops, as structure: two pure functions from the model to another one.

:func:`shadowed` leaves every equation as it is and adds *shadows*: copies of the equations on a path that see a test
input where the model sees the variable. The test input is 0, so nothing moves; what is asked for is the derivative of
the shadows by it, exact and along the undisturbed run. (Perturbing by one percent and taking differences was turned
down: it needs a run for each link, a size for each variable, and mistakes rounding for effect.)

:func:`severed` puts switches into the equations: with a loop's switch at 1 the next variable sees the value that the
cut one had at the start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.rewrite import renamed
from urbsim.language.subscripts import Subscripts, layout
from urbsim.project.loops import Loop, Loops, Part

TEST = "loop:test"  # no name of an author has a colon after "loop"
Build = Callable[[ir.Expr, ir.Expr], ir.Expr]  # equation, the variable itself -> equation of a shadow


@dataclass(frozen=True)
class ShadowModel:
    """A model with shadows: for each loop the variables whose derivative by TEST tells each link, and the whole way.

    ``starts`` is the test input of each loop itself, the measure of what comes back.
    """

    model: Model
    links: Mapping[str, tuple[str, ...]]
    back: Mapping[str, str]
    starts: Mapping[str, str]


def shadowed(loops: Loops) -> ShadowModel:
    """Return the model with shadows for all loops."""
    builder = _Shadows(loops.model)
    links = {loop.entry.id: tuple(builder.link(*pair) for pair in loop.links) for loop in loops.loops}
    ways = {loop.entry.id: builder.way(loop) for loop in loops.loops}
    additions = (ir.Variable(TEST, TEST, "", "", (ir.Definition((), (), ir.Num(0.0)),)), *builder.added.values())
    model = _with(loops.model, {}, additions)
    return ShadowModel(model, links, {k: w[1] for k, w in ways.items()}, {k: w[0] for k, w in ways.items()})


def switch(loop: Loop) -> str:
    """Return the name of the constant that cuts a loop."""
    return f"loop:cut:{loop.entry.id.lower()}"


def severed(loops: Loops) -> Model:
    """Return the model with a switch for the cut of each loop that has one."""
    masks = _Masks(loops.model)
    cuts: dict[tuple[str, str], list[Loop]] = {}
    for loop in loops.loops:
        if loop.cut is not None:
            before, after = loop.links[loop.cut]
            cuts.setdefault((after.variable, before.variable), []).append(loop)
    names: dict[str, dict[str, str]] = {}
    additions: list[ir.Variable] = []
    for (target, source), mine in cuts.items():
        names.setdefault(target, {})[source] = f"loop:seen:{target}:{source}"
        additions.append(_seen(masks, f"loop:seen:{target}:{source}", source, mine))
    replacements = {}
    for target, new in names.items():
        variable = masks.variables[target]
        definitions = tuple(replace(d, expr=renamed(d.expr, new)) for d in variable.definitions)
        replacements[target] = replace(variable, definitions=definitions)
    switches = [
        ir.Variable(switch(loop), switch(loop), "", "", (ir.Definition((), (), ir.Num(0.0)),))
        for mine in cuts.values()
        for loop in mine
    ]
    return _with(loops.model, replacements, (*additions, *masks.added.values(), *switches))


def _seen(masks: _Masks, name: str, source: str, loops: Sequence[Loop]) -> ir.Variable:
    """Return the value of a source as the next variable sees it: its own, or with a switch at 1 that of the start."""

    def build(_: ir.Expr, own: ir.Expr) -> ir.Expr:
        expr = own
        loss = ir.Op("-", (ir.Initial(own), own))
        for loop in loops:
            part = loop.path[loop.cut or 0]
            step = ir.Op("*", (ir.Ref(switch(loop)), loss))
            expr = ir.Op("+", (expr, masks.only(part, own, step, ir.Num(0.0))))
        return expr

    return _copy(masks.variables[source], name, build)


def _with(model: Model, replacements: Mapping[str, ir.Variable], additions: Iterable[ir.Variable]) -> Model:
    """Return a model with other variables and further ones; its digest says so."""
    more = tuple(additions)
    digest = hashlib.sha256(repr((model.digest, sorted(replacements.items()), more)).encode()).hexdigest()
    variables = tuple(replacements.get(v.name, v) for v in model.variables)
    return replace(model, digest=digest, variables=(*variables, *more))


def _copy(variable: ir.Variable, name: str, build: Build) -> ir.Variable:
    """Return a variable over the same elements whose equations are built from another's."""
    definitions = tuple(
        replace(d, expr=build(d.expr, ir.Ref(variable.name, tuple(ir.Sub(s) for s in d.subs))), kind="equation")
        for d in variable.definitions
    )
    return ir.Variable(name, name, "", "", definitions, variable.dims)


def _choose(condition: ir.Expr, yes: ir.Expr, no: ir.Expr) -> ir.Expr:
    return ir.Call("if_then_else", (), (condition, yes, no))


class _Masks:
    """Constants that are 1 for the elements of a part and 0 for the others; lowering decides on them and forgets."""

    def __init__(self, model: Model) -> None:
        self.variables = {v.name: v for v in model.variables}
        self.subscripts = Subscripts(model.ranges)
        self.added: dict[str, ir.Variable] = {}
        self._of: dict[Part, str] = {}

    def only(self, part: Part, own: ir.Expr, yes: ir.Expr, no: ir.Expr) -> ir.Expr:
        """Return one expression for the elements of a part and another for the rest; ``own`` has the subscripts."""
        if not part.chosen or not isinstance(own, ir.Ref):
            return yes
        return _choose(ir.Op("=", (ir.Ref(self._mask(part), own.subs), ir.Num(1.0))), yes, no)

    def _mask(self, part: Part) -> str:
        if part not in self._of:
            name = f"loop:mask:{len(self._of)}"
            where = layout(self.variables[part.variable], self.subscripts)
            axes = [set(axis) for axis in part.chosen]
            numbers = tuple(
                float(all(e in own for e, own in zip(elements, axes, strict=True))) for elements in product(*where.axes)
            )
            expr = ir.Array(numbers) if len(numbers) > 1 else ir.Num(numbers[0])
            self.added[name] = ir.Variable(name, name, "", "", (ir.Definition(where.dims, (), expr),), where.dims)
            self._of[part] = name
        return self._of[part]


class _Shadows:
    """Makes shadows; those of a link serve every loop that has it."""

    def __init__(self, model: Model) -> None:
        self.masks = _Masks(model)
        self.added = self.masks.added
        self._moved: dict[Part, str] = {}
        self._links: dict[tuple[Part, Part], str] = {}

    def moved(self, part: Part) -> str:
        """Return a variable with the test input: each of its elements moves by its own size, by 1 where it is 0."""
        if part not in self._moved:

            def build(_: ir.Expr, own: ir.Expr) -> ir.Expr:
                size = _choose(ir.Op("=", (own, ir.Num(0.0))), ir.Num(1.0), ir.Call("abs", (), (own,)))
                more = ir.Op("+", (own, ir.Op("*", (ir.Ref(TEST), size))))
                return self.masks.only(part, own, more, own)

            self._moved[part] = self._add(f"loop:moved:{len(self._moved)}", part, build)
        return self._moved[part]

    def link(self, source: Part, target: Part) -> str:
        """Return the target as it answers to the source alone; of a stock it is the net flow that answers."""
        key = source, target
        if key not in self._links:
            names = {source.variable: self.moved(source)}

            def build(expr: ir.Expr, own: ir.Expr) -> ir.Expr:
                flow = expr.flow if isinstance(expr, ir.Stock) else expr
                answer = renamed(flow, names)
                return ir.Num(0.0) if answer is flow else self.masks.only(target, own, answer, ir.Num(0.0))

            self._links[key] = self._add(f"loop:link:{len(self._links)}", target, build)
        return self._links[key]

    def way(self, loop: Loop) -> tuple[str, str]:
        """Return the test input at the start of a loop, and what comes back to it along the path alone.

        A part that stands on the path more than once is one shadow with several inputs, as ages are that lead to ages.
        """
        start, parts = loop.path[0], list(dict.fromkeys(loop.path))
        names = {part: f"loop:way:{loop.entry.id.lower()}:{n}" for n, part in enumerate(parts)}
        names[start] = self.moved(start)
        for part in parts:
            before = {a.variable: names[a] for a, b in loop.links if b == part}

            def build(expr: ir.Expr, own: ir.Expr, part: Part = part, before: Mapping[str, str] = before) -> ir.Expr:
                answer = renamed(expr, before)
                return own if answer is expr else self.masks.only(part, own, answer, own)

            self._add(names[part] if part != start else f"loop:back:{loop.entry.id.lower()}", part, build)
        return names[start], f"loop:back:{loop.entry.id.lower()}"

    def _add(self, name: str, part: Part, build: Build) -> str:
        self.added[name] = _copy(self.masks.variables[part.variable], name, build)
        return name
