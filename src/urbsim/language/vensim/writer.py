"""A model as a plain .mdl file: numbers, operators and names that are made here.

Nothing that an author wrote reaches the file: variables, ranges, elements and macros have new names, functions come
from the catalogue, and there are no units, comments or groups. So a program may make code of the file. Names go back
through :class:`Plain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from urbsim.errors import EngineError
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.vensim.expressions import Names, number, points, written
from urbsim.language.walk import names as names_in
from urbsim.names import identifier

_CLOCK = {"time": "Time", **{name: name.upper().replace("_", " ") for name in ir.CLOCK}}


@dataclass(frozen=True, slots=True)
class Plain:
    """The text of a file, and the names in it of variables and of ranges and elements, by identifier."""

    text: str
    variables: Mapping[str, str]
    subscripts: Mapping[str, str]


def plain(model: Model) -> Plain:
    """Return a model as a plain file.

    Raises
    ------
    EngineError
        For what Vensim has no words for: constructs of XMILE alone, functions that are not in the catalogue, data that
        no file holds.
    """
    names = _names(model)
    lines = ["{UTF-8}", *_ranges(model, names)]
    for macro in _macros_in_use(model):
        lines += _macro(macro, names)
    for variable in model.variables:
        lines += [f"{line} ~~|" for line in _definitions(variable, names, model)]
    return Plain("\n".join(lines) + "\n", names.variables, names.subscripts)


def _names(model: Model) -> Names:
    """Return a plain name for everything that the model names."""
    plain_names = (v.name for v in model.variables if v.name not in _CLOCK)
    variables = {**_CLOCK, **{name: f"va{place}" for place, name in enumerate(plain_names)}}
    elements = dict.fromkeys(element for entry in model.ranges for element in entry.elements)
    subscripts = {element: f"el{place}" for place, element in enumerate(elements)}
    subscripts |= {entry.name: f"ra{place}" for place, entry in enumerate(model.ranges)}
    subscripts |= {name: subscripts[original] for name, original in _copies(model).items()}
    macros = {macro.name: f"ma{place}" for place, macro in enumerate(model.macros)}
    return Names(variables, subscripts, macros, frozenset(v.name for v in model.variables if v.role == "lookup"))


def _ranges(model: Model, names: Names) -> Iterator[str]:
    """Give the subscript ranges with their mappings, groups of elements as ranges of their own."""
    names_by_group = {entry.elements: names.subscripts[entry.name] for entry in reversed(model.ranges)}
    groups = {group: None for entry in model.ranges for _, parts in entry.maps for group in parts if len(group) > 1}
    for place, group in enumerate(group for group in groups if group not in names_by_group):
        names_by_group[group] = f"gr{place}"
        yield f"gr{place}: {', '.join(names.subscripts[element] for element in group)} ~~|"
    copies = _copies(model)
    for entry in model.ranges:
        if entry.name in copies:
            continue
        elements_text = ", ".join(names.subscripts[element] for element in entry.elements)
        maps = [
            f"({names.subscripts[target]}: "
            + ", ".join(names.subscripts[part[0]] if len(part) == 1 else names_by_group[part] for part in parts)
            + ")"
            if parts != tuple((element,) for element in model.elements[target])
            else names.subscripts[target]
            for target, parts in entry.maps
        ]
        yield f"{names.subscripts[entry.name]}: {elements_text}{' -> ' if maps else ''}{', '.join(maps)} ~~|"


def _copies(model: Model) -> dict[str, str]:
    """Return ranges that are another one under a second name, but for those that share a left side with it."""
    copies = {identifier(e.name): identifier(e.right) for e in model.entries if e.kind == "copy"}
    lefts = [set(d.subs) for variable in model.variables for d in variable.definitions]
    ranges = {entry.name for entry in model.ranges}
    return {a: b for a, b in copies.items() if b in ranges - {*copies} and not any({a, b} <= left for left in lefts)}


def _macros_in_use(model: Model) -> list[ir.Macro]:
    """Return the macros that equations use, those that others use first."""
    by_name = {macro.name: macro for macro in model.macros}
    order: dict[str, ir.Macro] = {}

    def visit(variables: Iterable[ir.Variable]) -> None:
        for variable in variables:
            for definition in variable.definitions:
                for name in names_in(definition.expr):
                    if name in by_name and name not in order:
                        visit(by_name[name].variables)
                        order[name] = by_name[name]

    visit(model.variables)
    return list(order.values())


def _macro(macro: ir.Macro, names: Names) -> Iterator[str]:
    own = [*macro.params, *(v.name for v in macro.variables if v.name not in {macro.name, *macro.params})]
    name = names.macros[macro.name]
    local = {macro.name: name, **{other: f"{name}p{place}" for place, other in enumerate(own)}}
    inner = replace(names, variables={**_CLOCK, **local}, tables=frozenset())
    outputs = ", ".join(local[output] for output in macro.returns[1:])
    yield f":MACRO: {name}({', '.join(local[param] for param in macro.params)}{' : ' if outputs else ''}{outputs})"
    for variable in macro.variables:
        yield from (f"{line} ~~|" for line in _definitions(variable, inner, None))
    yield ":END OF MACRO:"


def _definitions(variable: ir.Variable, names: Names, model: Model | None) -> Iterator[str]:
    """Give the definitions of a variable."""
    name = names.variables[variable.name]
    for definition in variable.definitions:
        if isinstance(definition.expr, ir.Output):  # the call itself defines it
            continue
        excepts = ", ".join(names.list_of(group) for group in definition.excepts)
        left_side = f"{name}{names.list_of(definition.subs)}{' :EXCEPT: ' if excepts else ''}{excepts}"
        expr = definition.expr
        if isinstance(expr, ir.Lookup):
            yield f"{left_side}({points(expr)})"
        elif isinstance(expr, ir.External):
            yield from _numbers(name, expr, names)
        elif isinstance(expr, ir.Array) and model is not None:
            yield from _array(name, definition, expr, names, model)
        else:
            yield f"{left_side} = {written(expr, names)}"


def _numbers(name: str, expr: ir.External, names: Names) -> Iterator[str]:
    """Give numbers of files: a constant, a table, or data as a table of time, for each element."""
    if expr.kind == "missing" or expr.method != "interpolate":
        raise EngineError("data of another run, or data that are not interpolated, cannot be written")
    for elements, values in expr.values:
        left_side = f"{name}{names.list_of(elements)}"
        if expr.kind == "constants":
            yield f"{left_side} = {number(values[0])}"
            continue
        pairs = points(ir.Lookup(expr.x, values))
        yield f"{left_side}({pairs})" if expr.kind == "lookups" else f"{left_side} = WITH LOOKUP(Time, ({pairs}))"


def _array(name: str, definition: ir.Definition, expr: ir.Array, names: Names, model: Model) -> Iterator[str]:
    """Give a list or rows of numbers; of more than two dimensions one number at a time.

    Several lists for one variable were turned down: pysimlin 0.8.5 keeps only the first.
    """
    axes = [model.elements.get(sub, (sub,)) for sub in definition.subs]
    wide = [axis for axis in axes if len(axis) > 1]
    texts = [number(value) for value in expr.values]
    left_side = f"{name}{names.list_of(definition.subs)}"
    if len(wide) > 2 or definition.excepts:
        for elements, text in zip(product(*axes), texts, strict=True):
            yield f"{name}{names.list_of(elements)} = {text}"
    elif len(wide) == 2:
        size = len(wide[1])
        rows = [", ".join(texts[start : start + size]) for start in range(0, len(texts), size)]
        yield f"{left_side} = {''.join(f'{row};' for row in rows)}"
    else:
        yield f"{left_side} = {', '.join(texts)}"
