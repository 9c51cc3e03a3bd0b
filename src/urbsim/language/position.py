"""Where something stands in a model file, for messages."""

from __future__ import annotations

import re

from urbsim.names import identifier

LENGTH = 120  # characters of an equation that a message shows


class EquationError(Exception):
    """Something is wrong in an equation; who knows the variable makes a Problem of it.

    ``at`` is where in the text that was read, ``word`` the name in the equation that is at fault, where either is
    known.
    """

    def __init__(self, rule: str, message: str, hint: str = "", *, at: int = -1, word: str = "") -> None:
        super().__init__(message)
        self.rule, self.hint, self.at, self.word = rule, hint, at, word


def position(source: str, at: int) -> tuple[int, int]:
    """Return line and column of a place in a text, from 1."""
    return source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at)


def words(spelling: str) -> str:
    """Return a pattern for a name as an author may write it."""
    return r"(?:[\s_]|\\n)+".join(re.escape(word) for word in re.split(r"[\s_]+", spelling.strip('"')) if word)


def place(source: str, spelling: str) -> tuple[int, str]:
    """Return the line where a variable is defined, from 1, and its equation; 0 and nothing where it is not found."""
    name = identifier(spelling.strip('"'))
    for match in re.finditer(rf"(?i){words(spelling)}", source):
        before = source[: match.start()].rstrip(' "')
        line = source.count("\n", 0, match.start()) + 1
        if before.endswith("name="):  # XMILE
            equation = re.compile(r"<eqn>(.*?)</eqn>", re.DOTALL).search(source, match.end())
            return line, " ".join(equation[1].split())[:LENGTH] if equation else ""
        if before == "" or before[-1] in "|}\n\r:" or before.endswith("***"):
            chunk = re.split(r"[~|]", source[match.start() :], maxsplit=1)[0]
            left_side = re.split(r"[\[=(:<]", chunk, maxsplit=1)[0]
            if identifier(left_side.strip(' "')) == name:
                return line, " ".join(chunk.split())[:LENGTH]
    return 0, ""
