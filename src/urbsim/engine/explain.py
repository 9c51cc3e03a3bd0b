"""What a variable is: its equation, what it depends on, what depends on it, and its compiled form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from urbsim.engine.code import llvm, native
from urbsim.engine.lower.lowering import lower
from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.position import place
from urbsim.language.walk import names
from urbsim.names import element, identifier


@dataclass(frozen=True, slots=True)
class Explanation:
    """A variable as a person reads it; ``listing`` is the code of one element within a step."""

    name: str
    equations: tuple[str, ...]
    unit: str
    comment: str
    line: int
    inputs: tuple[str, ...]
    used_by: tuple[str, ...]
    element: str
    listing: str


def explain(model: Model, name: str) -> Explanation:
    """Explain a variable of a model.

    Raises
    ------
    InputError
        Where the model has no such variable, with the nearest names, or cannot be compiled.
    """
    by_name = model.by_name
    key = identifier(name.strip('"'))
    if key not in by_name:
        hint = nearest(name, [v.spelled for v in model.variables])
        raise InputError(Problem("unknown-name", Place(model.label), f"has no variable {name!r}", hint))
    variable = by_name[key]
    line, first = place(model.source, variable.spelled)
    used_by = [v.spelled for v in model.variables if key in set(names_in(v)) and v.name != key]
    label, listing = _listing(model, variable)
    return Explanation(
        variable.spelled,
        _equations(model, variable) or (first,),
        variable.unit,
        variable.comment,
        line,
        tuple(by_name[n].spelled for n in dict.fromkeys(names_in(variable)) if n in by_name),
        tuple(used_by),
        label,
        listing,
    )


def _equations(model: Model, variable: ir.Variable) -> tuple[str, ...]:
    """Return the author's equations, where the model is Vensim's."""
    entries = [d.entry for d in variable.definitions if d.entry]
    sign = {"lookup": ""}
    return tuple(f"{element(e.name, e.subs)} {sign.get(e.kind, '=')} {e.right}" for e in entries)


def names_in(variable: ir.Variable) -> Iterator[str]:
    """Give the names in the equations of a variable, in order."""
    for definition in variable.definitions:
        yield from names(definition.expr)


def _listing(model: Model, variable: ir.Variable) -> tuple[str, str]:
    """Return the element that is shown, and its code; constants keep their names."""
    if variable.definitions[0].kind == "lookup":
        return "", "; a table: its code stands where it is used"
    constants = [
        v.name
        for v in model.variables
        if v.name not in {*ir.CLOCK, variable.name}
        and all(isinstance(d.expr, ir.Num | ir.Array) and d.kind == "equation" for d in v.definitions)
    ]
    program = lower(model, [variable.name], constants)
    slot = program.outputs[0]
    place_, node = next((i, n) for i, n in enumerate(program.output_nodes) if n is not None)
    elements: list[str] = []
    for axis in reversed(slot.axes):
        place_, at = divmod(place_, len(axis))
        elements.insert(0, axis[at])
    name = element(variable.spelled, tuple(elements))
    _, _, lanes = native.processor()
    if program.graph.ops[node] == "load":  # a stock: what matters is how it goes on
        state = program.states[program.graph.index(node)]
        return f"{name} after a step", llvm.listing(program, state.following, lanes)
    return name, llvm.listing(program, node, lanes)
