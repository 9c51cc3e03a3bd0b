"""Where something stands in a model file, for messages."""

from __future__ import annotations

import re

from urbsim.errors import Place, Problem
from urbsim.language import ir
from urbsim.names import identifier

LENGTH = 120  # characters of an equation that a message shows
_STOP = re.compile("[~|]")


class EquationError(Exception):
    """Something is wrong in an equation; who knows the variable makes a Problem of it.

    ``at`` is where in the text that was read, ``word`` the name in the equation that is at fault, where either is
    known.
    """

    def __init__(self, rule: str, message: str, hint: str = "", *, at: int = -1, word: str = "") -> None:
        super().__init__(message)
        self.rule, self.hint, self.at, self.word = rule, hint, at, word


def problem(
    rule: str,
    model: ir.Model,
    name: str,
    message: str,
    hint: str = "",
    definition: ir.Definition | None = None,
    word: str = "",
) -> Problem:
    """Return a problem of a variable, with its place and its equation: that of the definition, else the first."""
    variable = next((v for v in [*model.variables, *_of_macros(model)] if v.name == name), None)
    spelled = variable.spelled if variable else name
    if definition is not None and definition.at >= 0:
        return _at(rule, model, spelled, definition.at, message, hint, word)
    line, equation = place(model.source, spelled)
    if not line and "." in name:  # a variable of a module
        line, equation = place(model.source, spelled.rsplit(".", 1)[-1])
    told = f" in `{equation}`" if equation else ""
    return Problem(rule, Place(model.label, line, 1 if line else 0), f"{spelled}: {message}{told}", hint, spelled)


def _at(rule: str, model: ir.Model, spelled: str, start: int, message: str, hint: str, word: str) -> Problem:
    """Return a problem of the definition that starts at a place in the text, at a word of it if that is found."""
    stop = _STOP.search(model.source, start)
    chunk = model.source[start : stop.start() if stop else None]
    at = start
    if word and (found := re.search(rf"(?i)(?<!\w){_words(word)}(?!\w)", chunk[len(spelled) :])):
        at = start + len(spelled) + found.start()
    line, column = position(model.source, at)
    equation = " ".join(chunk.split())[:LENGTH]
    return Problem(rule, Place(model.label, line, column), f"{spelled}: {message} in `{equation}`", hint, spelled)


def position(source: str, at: int) -> tuple[int, int]:
    """Return line and column of a place in a text, from 1."""
    return source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at)


def _words(spelled: str) -> str:
    return r"(?:[\s_]|\\n)+".join(re.escape(word) for word in re.split(r"[\s_]+", spelled.strip('"')) if word)


def _of_macros(model: ir.Model) -> list[ir.Variable]:
    return [variable for macro in model.macros for variable in macro.variables]


def place(source: str, spelled: str) -> tuple[int, str]:
    """Return the line where a variable is defined, from 1, and its equation; 0 and nothing where it is not found."""
    wanted = identifier(spelled.strip('"'))
    for found in re.finditer(rf"(?i){_words(spelled)}", source):
        before = source[: found.start()].rstrip(' "')
        line = source.count("\n", 0, found.start()) + 1
        if before.endswith("name="):  # XMILE
            equation = re.compile(r"<eqn>(.*?)</eqn>", re.DOTALL).search(source, found.end())
            return line, " ".join(equation[1].split())[:LENGTH] if equation else ""
        if before == "" or before[-1] in "|}\n\r:" or before.endswith("***"):
            chunk = re.split(r"[~|]", source[found.start() :], maxsplit=1)[0]
            left = re.split(r"[\[=(:<]", chunk, maxsplit=1)[0]
            if identifier(left.strip(' "')) == wanted:
                return line, " ".join(chunk.split())[:LENGTH]
    return 0, ""
