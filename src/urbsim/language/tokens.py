"""Words of an equation, taken from the left; what both languages read their expressions with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from urbsim.language.position import EquationError

T = TypeVar("T")


class Tokens:
    """The tokens of a text: kind, word, position. ``at`` is the one that comes next."""

    def __init__(self, text: str, pattern: re.Pattern[str], operator: Callable[[str, str], str]) -> None:
        """Cut a text by a pattern with named groups; ``operator`` names words that act as operators, or gives ''."""
        self.text = text
        self.tokens = list(self._scan(pattern, operator))
        self.at = 0

    def _scan(self, pattern: re.Pattern[str], operator: Callable[[str, str], str]) -> Iterator[tuple[str, str, int]]:
        position = 0
        while position < len(self.text):
            match = pattern.match(self.text, position)
            if match is None:
                raise self._wrong(position)
            kind, word = str(match.lastgroup), match[0]
            acts = operator(kind, word)
            if kind != "space":
                yield ("op", acts, position) if acts else (kind, word, position)
            position = match.end()

    def _wrong(self, position: int) -> EquationError:
        rest = " ".join(self.text[position:].split())
        if not rest:
            message = "the equation ends too early" if self.text.strip() else "has no equation"
            return EquationError("syntax", message, at=len(self.text.rstrip()))
        return EquationError("syntax", f"the equation is not understood from `{rest[:40]}` on", at=position)

    def fail(self) -> EquationError:
        """Return the error that what comes next makes no sense."""
        return self._wrong(self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text))

    def kind(self) -> str:
        """Return the kind of the next token, or nothing at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        """Return the operator that comes, or nothing where it is something else."""
        return self.tokens[self.at][1] if self.kind() == "op" else ""

    def take(self, *words: str) -> bool:
        """Go on if one of some operators comes."""
        if self.next() and self.next() in words:
            self.at += 1
            return True
        return False

    def need(self, word: str) -> None:
        """Go on if an operator comes; it must."""
        if not self.take(word):
            raise self.fail()

    def word(self, *kinds: str) -> str:
        """Return the next token, which must be of a kind."""
        if self.kind() not in kinds:
            raise self.fail()
        self.at += 1
        return self.tokens[self.at - 1][1]

    def whole(self, read: Callable[[], T]) -> T:
        """Return the result of a reader that must use up the text."""
        result = read()
        if self.at < len(self.tokens):
            raise self.fail()
        return result
