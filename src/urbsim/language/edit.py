"""The same model with other equations: frozen models in, frozen models out, the source is never touched.

A rewritten model has a digest of its own, made of the model's and of what is changed in it. Writing the change into the
text and reading that again was turned down: an author's spelling has many forms, the structure has one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from urbsim.errors import InputError, Place, Problem
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.position import EquationError
from urbsim.language.rewrite import transformed
from urbsim.language.vensim.equation import Surroundings
from urbsim.language.vensim.left_side import left
from urbsim.language.walk import walk
from urbsim.names import identifier


def edited(model: Model, equations: Mapping[str, str]) -> Model:
    """Return a model with other right sides, written as Vensim writes them.

    A name without subscripts keeps those of the model: each of its definitions gets the right side. With subscripts,
    as in ``School Places[towns]``, it has this one definition. A table takes points: ``(0, 0), (1, 2)``.
    A name that the model does not have is added to it.

    Raises
    ------
    InputError
        With a problem for each equation that is not understood.

    Examples
    --------
    >>> edited(model, {"Tax Rate": "0.2", "tax of towns[towns]": "Tax Rate*Income[towns]"})  # doctest: +SKIP
    """
    new_variables: dict[str, ir.Variable] = {}
    problems: list[Problem] = []
    for name, equation in equations.items():
        try:
            variable = _variable(model, name, equation)
        except EquationError as error:
            message = f"{name}: {error} in `{' '.join(equation.split())[:100]}`"
            problems.append(Problem(error.rule, Place(model.label), message, error.hint, name))
        else:
            new_variables[variable.name] = variable
    if problems:
        raise InputError(problems)
    return with_variables(model, new_variables.values())


def expression(model: Model, text: str) -> ir.Expr:
    """Return an expression of Vensim that may name what a model has.

    Raises
    ------
    EquationError
        Where it is not understood.
    """
    return _surroundings(model).definition(left(f"expression = {text}")).expr


def with_variables(model: Model, variables: Iterable[ir.Variable]) -> Model:
    """Return a model with other variables in the place of those of their name, and with further ones."""
    new_variables = {variable.name: variable for variable in variables}
    digest = hashlib.sha256(repr((model.digest, sorted(new_variables.items()))).encode("utf-8")).hexdigest()
    own = tuple(new_variables.pop(v.name, v) for v in model.variables)
    return replace(model, digest=digest, variables=(*own, *new_variables.values()))


def timeless(model: Model) -> Model:
    """Return the model with the calendar held at its start: what reads Time reads INITIAL TIME.

    Equations with MODULO keep Time: they mark the turn of the year and drive nothing.
    """

    def held(expr: ir.Expr) -> ir.Expr:
        return ir.Ref("initial_time") if expr == ir.Ref("time") else expr

    new_variables = []
    for variable in model.variables:
        if variable.role in {"equation", "stock"}:
            definitions = tuple(
                d if _has_modulo(d.expr) else replace(d, expr=transformed(d.expr, held)) for d in variable.definitions
            )
            new_variables += [] if definitions == variable.definitions else [replace(variable, definitions=definitions)]
    return with_variables(model, new_variables)


def _has_modulo(expr: ir.Expr) -> bool:
    return any(isinstance(part, ir.Call) and part.function == "modulo" for part in walk(expr))


def _surroundings(model: Model) -> Surroundings:
    return Surroundings(model.elements, model.texts, model.folder)


def _variable(model: Model, name: str, equation: str) -> ir.Variable:
    part = left(name)
    variable = model.by_name.get(identifier(part.name))
    is_table = variable is not None and variable.role == "lookup"
    definition = _surroundings(model).definition(left(f"{name}({equation})" if is_table else f"{name} = {equation}"))
    if variable is None:
        return ir.Variable(identifier(part.name), part.name, "", "", (definition,))
    if definition.subs or definition.excepts:
        return replace(variable, definitions=(definition,))
    definitions = tuple(replace(d, expr=definition.expr, kind=definition.kind) for d in variable.definitions)
    return replace(variable, definitions=definitions)
