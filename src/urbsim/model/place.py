"""Where something stands in a model file, for messages."""

from __future__ import annotations

import re

from urbsim.errors import Problem
from urbsim.model import ir
from urbsim.names import identifier


class EquationError(Exception):
    """Something is wrong in an equation; who knows the variable makes a Problem of it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def problem(model: ir.Model, name: str, message: str, hint: str = "") -> Problem:
    """Return a problem of a variable, with its line and its equation."""
    variable = next((v for v in [*model.variables, *_of_macros(model)] if v.name == name), None)
    spelled = variable.spelled if variable else name
    line, equation = place(model.source, spelled)
    if not line and "." in name:  # a variable of a module
        line, equation = place(model.source, spelled.rsplit(".", 1)[-1])
    told = f" in `{equation}`" if equation else ""
    return Problem(model.label, line, 1 if line else 0, f"{spelled}: {message}{told}", hint)


def _of_macros(model: ir.Model) -> list[ir.Variable]:
    return [variable for macro in model.macros for variable in macro.variables]


def place(source: str, spelled: str) -> tuple[int, str]:
    """Return the line where a variable is defined, from 1, and its equation; 0 and nothing where it is not found."""
    wanted = identifier(spelled.strip('"'))
    words = r"(?:[\s_]|\\n)+".join(re.escape(word) for word in re.split(r"[\s_]+", spelled.strip('"')) if word)
    for found in re.finditer(rf"(?i){words}", source):
        before = source[: found.start()].rstrip(' "')
        line = source.count("\n", 0, found.start()) + 1
        if before.endswith("name="):  # XMILE
            equation = re.compile(r"<eqn>(.*?)</eqn>", re.DOTALL).search(source, found.end())
            return line, " ".join(equation[1].split())[:120] if equation else ""
        if before == "" or before[-1] in "|}\n\r:" or before.endswith("***"):
            chunk = re.split(r"[~|]", source[found.start() :], maxsplit=1)[0]
            left = re.split(r"[\[=(:<]", chunk, maxsplit=1)[0]
            if identifier(left.strip(' "')) == wanted:
                return line, " ".join(chunk.split())[:120]
    return 0, ""
