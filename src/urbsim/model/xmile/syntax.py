"""XMILE expressions as a tree: what is written, before names and functions are looked up.

Operators bind as in the standard: ``^`` first and from the right, then the signs and NOT, then ``* / MOD``, ``+ -``,
comparisons, AND, OR. So ``-2^2`` is -4, and ``NOT a = b`` asks whether (NOT a) equals b. ``//`` divides and gives 0
where the divisor is 0; where an equation makes no sense that way it begins a remark up to the end of the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from urbsim.model.place import EquationError


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Star:
    """The subscript ``*``."""


@dataclass(frozen=True, slots=True)
class Span:
    """The subscript ``first:last``."""

    first: Tree
    last: Tree


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, with its subscripts."""

    text: str
    subs: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator; ``if`` has three arguments."""

    op: str
    args: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Invoke:
    """A name followed by arguments in parentheses."""

    name: Name
    args: tuple[Tree, ...]


Tree: TypeAlias = Number | Star | Span | Name | Apply | Invoke

_PART = r'(?:[^\W\d][\w$]*|"(?:\\.|[^"\\])*")'
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
    |(?P<name>\.?{_PART}(?:\.{_PART})*|\w+)
    |(?P<op><>|<=|>=|//|\*\.\*|[-+*/^=<>()\[\],;:%!'])""",
    re.VERBOSE,
)
_REMARK = re.compile(r'("(?:\\.|[^"\\])*")|\{[^{}]*\}')
_BINDING = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "<>"), 3),
    **dict.fromkeys(("<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "//", "mod", "%"), 6),
    "^": 8,
}
_SIGN = 7
_WORDS = {"if", "then", "else", "and", "or", "not", "mod"}


def tree(text: str) -> Tree:
    """Return the tree of an expression.

    Raises
    ------
    EquationError
        Where it does not make sense, with what is left there.
    """
    text = _without_remarks(text)
    try:
        return _Parser(text).whole()
    except EquationError:
        if "//" not in text:
            raise
        return _Parser(re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*', lambda m: m[1] or " ", text)).whole()


def _without_remarks(text: str) -> str:
    while "{" in text:
        before, text = text, _REMARK.sub(lambda m: m[1] or " ", text)
        if before == text:
            break
    return text


class _Parser:
    """Reads tokens from the left; each operator takes what binds more than it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._scan())
        self.at = 0

    def _scan(self) -> list[tuple[str, str, int]]:
        tokens = []
        position = 0
        while position < len(self.text):
            found = _TOKEN.match(self.text, position)
            if found is None:
                raise self._wrong(position)
            kind, word = str(found.lastgroup), found[0]
            if kind != "space":
                is_word = kind == "name" and word.lower() in _WORDS
                tokens.append(("op", word.lower(), position) if is_word else (kind, word, position))
            position = found.end()
        return tokens

    def _wrong(self, position: int) -> EquationError:
        rest = " ".join(self.text[position:].split())
        if not rest:
            return EquationError("the equation ends too early" if self.text.strip() else "has no equation")
        return EquationError(f"the equation is not understood from `{rest[:40]}` on")

    def _next(self) -> str:
        """Return the operator that comes, or nothing where it is something else."""
        if self.at < len(self.tokens):
            kind, word, _ = self.tokens[self.at]
            return word if kind == "op" else ""
        return ""

    def _fail(self) -> EquationError:
        return self._wrong(self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text))

    def _take(self, *words: str) -> bool:
        if self._next() and self._next() in words:
            self.at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._fail()

    def whole(self) -> Tree:
        """Return the tree of all that is there."""
        found = self.expression()
        if self.at < len(self.tokens):
            raise self._fail()
        return found

    def expression(self, least: int = 1) -> Tree:
        """Return what binds at least so much."""
        left = self._operand()
        while (binding := _BINDING.get(self._next(), 0)) >= least:
            op = self._next()
            self.at += 1
            right = self.expression(_SIGN if op == "^" else binding + 1)
            left = Apply(op, (left, right))
        return left

    def _operand(self) -> Tree:
        if self._take("-"):
            return Apply("neg", (self.expression(_SIGN),))
        if self._take("not"):
            return Apply("not", (self.expression(_SIGN),))
        if self._take("+"):
            return self.expression(_SIGN)
        if self._take("if"):
            return self._condition()
        if self._take("("):
            inner = self.expression()
            self._need(")")
            return inner
        return self._named()

    def _named(self) -> Tree:
        """Return a number, a name or a call."""
        if self._take("mod"):  # MOD(a, b)
            return self._name("mod")
        if self.at >= len(self.tokens) or self.tokens[self.at][0] == "op":
            raise self._fail()
        kind, word, _ = self.tokens[self.at]
        self.at += 1
        return Number(float(word)) if kind == "number" else self._name(word)

    def _condition(self) -> Tree:
        start = self.at
        if self._take("("):  # IF(a, b, c)
            first = self.expression()
            if self._take(","):
                second = self.expression()
                self._need(",")
                third = self.expression()
                self._need(")")
                return Apply("if", (first, second, third))
            self.at = start
        condition = self.expression()
        self._need("then")
        yes = self.expression()
        self._need("else")
        return Apply("if", (condition, yes, self.expression()))

    def _name(self, word: str) -> Tree:
        subs: tuple[Tree, ...] = ()
        if self._take("["):
            subs = self._list("]", self._subscript)
        name = Name(word, subs)
        if self._next() == "'" or self._next() == "*.*":
            raise EquationError(
                f"the matrix operator `{self._next()}` is not supported", "write it with subscripts and SUM"
            )
        return Invoke(name, self._list(")", self.expression)) if self._take("(") else name

    def _list(self, end: str, item: Callable[[], Tree]) -> tuple[Tree, ...]:
        if self._take(end):
            return ()
        found = [item()]
        while self._take(",", ";"):
            found.append(item())
        self._need(end)
        return tuple(found)

    def _subscript(self) -> Tree:
        if self._take("*"):
            return Star()
        first = self.expression()
        if self._take("!"):  # as Vensim marks what to reduce over
            return Star()
        return Span(first, self.expression()) if self._take(":") else first
