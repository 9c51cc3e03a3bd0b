"""Problems of a model's variables, with their place and equation."""

from __future__ import annotations

import re

from urbsim.errors import Place, Problem
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.position import LENGTH, place, position, words

_STOP = re.compile("[~|]")


def problem(
    rule: str,
    model: Model,
    name: str,
    message: str,
    hint: str = "",
    definition: ir.Definition | None = None,
    word: str = "",
) -> Problem:
    """Return a problem of a variable, with its place and its equation: that of the definition, else the first.

    Parameters
    ----------
    rule
        Id of what is broken.
    model
        Whose file it is.
    name
        Identifier of the variable.
    message
        What is wrong.
    hint
        What to do.
    definition
        The one with the mistake; None is the first.
    word
        Text in the equation at which the mistake is.
    """
    variable = next((v for v in [*model.variables, *_of_macros(model)] if v.name == name), None)
    spelling = variable.spelled if variable else name
    if definition is not None and definition.at >= 0:
        return _at(rule, model, spelling, definition.at, message, hint, word)
    line, equation = place(model.source, spelling)
    if not line and "." in name:  # a variable of a module
        line, equation = place(model.source, spelling.rsplit(".", 1)[-1])
    ending = f" in `{equation}`" if equation else ""
    return Problem(rule, Place(model.label, line, 1 if line else 0), f"{spelling}: {message}{ending}", hint, spelling)


def _at(rule: str, model: Model, spelling: str, start: int, message: str, hint: str, word: str) -> Problem:
    """Return a problem of the definition that starts at a place in the text, at a word of it if that is found."""
    stop = _STOP.search(model.source, start)
    chunk = model.source[start : stop.start() if stop else None]
    at = start
    if word and (match := re.search(rf"(?i)(?<!\w){words(word)}(?!\w)", chunk[len(spelling) :])):
        at = start + len(spelling) + match.start()
    line, column = position(model.source, at)
    equation = " ".join(chunk.split())[:LENGTH]
    return Problem(rule, Place(model.label, line, column), f"{spelling}: {message} in `{equation}`", hint, spelling)


def _of_macros(model: Model) -> list[ir.Variable]:
    return [variable for macro in model.macros for variable in macro.variables]
