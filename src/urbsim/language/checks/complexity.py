"""What can be counted in the equations of a model: what nothing uses, how much each needs, bare numbers, tables.

After Martinez-Moyano's SDM-Doc (System Dynamics Review 28, 2012), which counts undocumented and unused variables,
inputs and embedded constants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from urbsim.errors import Problem
from urbsim.language import ir
from urbsim.language.catalogue import FUNCTIONS
from urbsim.language.messages import problem
from urbsim.language.model import Model
from urbsim.language.walk import names, walk

INPUTS = 8  # of an auxiliary: what a reader can hold in mind
MOST = 14  # inputs: above this an equation must be cut into parts
PLAIN = frozenset({0.0, 1.0, 2.0})  # numbers that need no name


def constant(variable: ir.Variable) -> bool:
    """Tell whether a variable is given in numbers: a constant, a table or data."""
    return all(isinstance(d.expr, ir.Num | ir.Array | ir.Lookup | ir.External) for d in variable.definitions)


def unused(model: Model, read: Collection[str]) -> Iterator[Problem]:
    """Give variables that no other uses and that are not among the identifiers that something outside reads.

    Where a name is not defined, the variable that is spelled most like it counts as used: that is a fault of its own.
    """
    names_in_use = {*read, *ir.CLOCK, *model.unread}
    for v in [*model.variables, *(v for macro in model.macros for v in macro.variables)]:
        names_in_use |= {name for d in v.definitions for name in names(d.expr) if name != v.name}
    variables = [v.name for v in model.variables]
    for name in names_in_use - {*variables, *FUNCTIONS, *ir.CLOCK, *model.unread}:
        names_in_use |= set(get_close_matches(name, variables, n=1, cutoff=0.8))
    for v in model.variables:
        if v.name not in names_in_use:
            hint = "delete it, or read it in an indicator"
            yield problem("unused", model, v.name, "is used by nothing", hint, v.definitions[0])


def inputs(model: Model) -> Iterator[tuple[ir.Variable, ir.Definition, list[str]]]:
    """Give each equation of an auxiliary with the variables in it that are no constants, in order."""
    by_name = {v.name: v for v in model.variables}
    constants = {v.name for v in model.variables if constant(v)} | {*ir.CLOCK}
    for v in model.variables:
        for d in v.definitions:
            if not isinstance(d.expr, ir.State):
                yield v, d, list(dict.fromkeys(n for n in names(d.expr) if n in by_name and n not in constants))


def crowded(model: Model) -> tuple[list[str], list[Problem]]:
    """Return auxiliaries with more inputs than a reader can follow as text, and those with far too many as problems."""
    titles, problems = [], []
    for v, d, needs in inputs(model):
        if len(needs) > MOST:
            message = f"has {len(needs)} inputs besides constants, the most are {MOST}"
            problems.append(
                problem("complexity", model, v.name, message, "cut the equation into parts that have names", d)
            )
        elif len(needs) > INPUTS:
            titles.append(f"{v.spelled} ({len(needs)})")
    return titles, problems


def embedded(model: Model) -> Iterator[Problem]:
    """Give numbers other than 0, 1 and 2 inside equations: each is a constant without name, unit and source."""
    for v in model.variables:
        if constant(v):
            continue
        for d in _own(v):
            for value in dict.fromkeys(_numbers(d.expr)):
                if abs(value) not in PLAIN:
                    message = f"has the number {value:g} inside its equation"
                    yield problem(
                        "bare-number",
                        model,
                        v.name,
                        message,
                        "make it a constant with name, unit and source",
                        d,
                        f"{value:g}",
                    )


def _own(variable: ir.Variable) -> Iterator[ir.Definition]:
    """Give the definitions that are written for a variable: a further result of a macro call is written elsewhere."""
    return (d for d in variable.definitions if not isinstance(d.expr, ir.Output))


def _numbers(expr: ir.Expr) -> Iterator[float]:
    """Give the numbers of an expression, without orders of delays and missing values."""
    orders = {id(part.order) for part in walk(expr) if isinstance(part, ir.Delay | ir.Smooth)}
    for part in walk(expr):
        if isinstance(part, ir.Num) and id(part) not in orders and abs(part.value) < 1e30:
            yield part.value


def disordered(model: Model) -> Iterator[Problem]:
    """Give tables whose x do not rise from point to point."""
    for v in model.variables:
        for d in _own(v):
            for table in walk(d.expr):
                for x in table.disorder if isinstance(table, ir.Lookup) else ():
                    where = f"the point at x = {x:g} does not lie to the right of the one before it"
                    yield problem("table", model, v.name, where, "give points in the order of x, each x once", d)
