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

from urbsim.language.position import EquationError
from urbsim.language.tokens import Tokens


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
        return _read(text)
    except EquationError:
        if "//" not in text:
            raise
        return _read(re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*', lambda m: m[1] or " ", text))


def _without_remarks(text: str) -> str:
    while "{" in text:
        before, text = text, _REMARK.sub(lambda m: m[1] or " ", text)
        if before == text:
            break
    return text


def _operator(kind: str, word: str) -> str:
    return word.lower() if kind == "name" and word.lower() in _WORDS else ""


def _read(text: str) -> Tree:
    parser = _Parser(text)
    return parser.whole(parser.expression)


class _Parser(Tokens):
    """Reads an expression; each operator takes what binds more than it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, _TOKEN, _operator)

    def expression(self, least: int = 1) -> Tree:
        """Return the expression whose operators bind at least so much."""
        left = self._operand()
        while (binding := _BINDING.get(self.next(), 0)) >= least:
            op = self.next()
            self.at += 1
            right = self.expression(_SIGN if op == "^" else binding + 1)
            left = Apply(op, (left, right))
        return left

    def _operand(self) -> Tree:
        if self.take("-"):
            return Apply("neg", (self.expression(_SIGN),))
        if self.take("not"):
            return Apply("not", (self.expression(_SIGN),))
        if self.take("+"):
            return self.expression(_SIGN)
        if self.take("if"):
            return self._condition()
        if self.take("("):
            inner = self.expression()
            self.need(")")
            return inner
        return self._named()

    def _named(self) -> Tree:
        """Return a number, a name or a call."""
        if self.take("mod"):  # MOD(a, b)
            return self._name("mod")
        kind = self.kind()
        word = self.word("number", "name")
        return Number(float(word)) if kind == "number" else self._name(word)

    def _condition(self) -> Tree:
        start = self.at
        if self.take("("):  # IF(a, b, c)
            first = self.expression()
            if self.take(","):
                second = self.expression()
                self.need(",")
                third = self.expression()
                self.need(")")
                return Apply("if", (first, second, third))
            self.at = start
        condition = self.expression()
        self.need("then")
        yes = self.expression()
        self.need("else")
        return Apply("if", (condition, yes, self.expression()))

    def _name(self, word: str) -> Tree:
        subs: tuple[Tree, ...] = ()
        if self.take("["):
            subs = self._list("]", self._subscript)
        name = Name(word, subs)
        if self.next() == "'" or self.next() == "*.*":
            raise EquationError(
                "not-supported",
                f"the matrix operator `{self.next()}` is not supported",
                "write it with subscripts and SUM",
            )
        return Invoke(name, self._list(")", self.expression)) if self.take("(") else name

    def _list(self, end: str, item: Callable[[], Tree]) -> tuple[Tree, ...]:
        if self.take(end):
            return ()
        items = [item()]
        while self.take(",", ";"):
            items.append(item())
        self.need(end)
        return tuple(items)

    def _subscript(self) -> Tree:
        if self.take("*"):
            return Star()
        first = self.expression()
        if self.take("!"):  # as Vensim marks what to reduce over
            return Star()
        return Span(first, self.expression()) if self.take(":") else first
