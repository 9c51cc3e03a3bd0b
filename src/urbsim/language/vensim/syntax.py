"""Vensim expressions as our expressions.

Operators bind as Vensim's manual lists them, but for the minus in front: ``-2^2`` is -4 as everywhere in mathematics.
From weak to strong: ``:OR:``, ``:AND:``, ``:NOT:``, comparisons, ``+ -``, ``* /``, the signs, ``^`` (from the right).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.tokens import Tokens
from urbsim.language.translate import NA, call
from urbsim.language.vensim.document import QUOTED
from urbsim.names import identifier

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"""(?P<space>[\s\\]+)
    |(?P<number>{_NUMBER}(?![\w]))
    |(?P<name>{QUOTED}|(?:\w|[^\x00-\x7f])(?:[\w'$.\s]|[^\x00-\x7f])*)
    |(?P<string>'[^']*')
    |(?P<word>:\s*(?:AND|OR|NOT|NA)\s*:)
    |(?P<op><>|<=|>=|[-+*/^=<>()\[\],;:!])""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_VALUE = rf"\s*(?:[-+]?\s*{_NUMBER}|:\s*NA\s*:)\s*"
_LIST = re.compile(rf"{_VALUE}(?:[,;]{_VALUE})*[,;]?\s*", re.IGNORECASE)
_ROWS = re.compile(rf"(?:{_VALUE})+", re.IGNORECASE)
_ITEM = re.compile(rf"([-+]?)\s*({_NUMBER})|:\s*NA\s*:", re.IGNORECASE)
_TABBED = re.compile(r"TABBED[\s_]+ARRAY\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_BINDING = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/"), 6),
    "^": 8,
}
_NOT, _SIGN = 3, 7
T = TypeVar("T")


def right(text: str) -> ir.Expr:
    """Return the right side of an equation: an expression, or the numbers of a subscripted constant.

    Raises
    ------
    EquationError
        Where it is not understood, with what is left there.
    """
    table = _TABBED.fullmatch(text)
    items = table[1] if table else text
    if (_ROWS if table else _LIST).fullmatch(items):
        numbers = tuple(NA if m[2] is None else float(m[1] + m[2]) for m in _ITEM.finditer(items))
        return ir.Num(numbers[0]) if len(numbers) == 1 and not table else ir.Array(numbers)
    return _read(text, Parser.expression)


def table(text: str) -> ir.Lookup:
    """Return a table as written in parentheses.

    Raises
    ------
    EquationError
        Where it is not understood.
    """
    return _read(text, Parser.table)


def _read(text: str, what: Callable[[Parser], T]) -> T:
    parser = Parser(text)
    return parser.whole(lambda: what(parser))


class Parser(Tokens):
    """Reads an expression; each operator takes what binds more than it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, _TOKEN, lambda kind, word: word.strip(": \t\n").lower() if kind == "word" else "")

    def expression(self, least: int = 1) -> ir.Expr:
        """Return the expression whose operators bind at least so much."""
        operand = self._operand()
        while (binding := _BINDING.get(self.next(), 0)) >= least:
            op = self.next()
            self.at += 1
            operand = ir.Op(ir.OPERATORS[op], (operand, self.expression(_SIGN if op == "^" else binding + 1)))
        return operand

    def _operand(self) -> ir.Expr:
        kind = self.kind()
        if kind == "op":
            return self._marked()
        word = self.word("number", "name", "string")
        if kind == "string":
            return ir.Text(word[1:-1])
        return ir.Num(float(word)) if kind == "number" else self._named(word)

    def _marked(self) -> ir.Expr:
        """Read what begins with a sign or a parenthesis."""
        if self.take("-"):
            inner = self.expression(_SIGN)
            return ir.Num(-inner.value) if isinstance(inner, ir.Num) else ir.Op("neg", (inner,))
        if self.take("+"):
            return self.expression(_SIGN)
        if self.take("not"):
            return ir.Op("not", (self.expression(_NOT),))
        if self.take("na"):
            return ir.Num(NA)
        self.need("(")
        inner = self.expression()
        self.need(")")
        return inner

    def _named(self, word: str) -> ir.Expr:
        name = identifier(word)
        subs = self._subs() if self.take("[") else ()
        if not self.take("("):
            return ir.Ref(name, subs)
        if name == "with_lookup":
            argument = self.expression()
            self.need(",")
            points = self.table()
            self.need(")")
            return ir.WithLookup(argument, points)
        args: list[ir.Expr] = []
        outputs: list[str] = []
        while not self.take(")"):
            args.append(self.expression())
            if self.take(":"):
                outputs = self._outputs()
                break
            if not self.take(","):
                self.need(")")
                break
        return call(name, subs, tuple(args), tuple(outputs))

    def _outputs(self) -> list[str]:
        """Read the further outputs of a macro, up to the parenthesis."""
        names = []
        while not self.take(")"):
            names.append(identifier(self.word("name")))
            if self.take("["):  # they have the subscripts of the left side
                self._subs()
            self.take(",")
        return names

    def _subs(self) -> tuple[ir.Sub, ...]:
        subs = []
        while not self.take("]"):
            name = identifier(self.word("name", "number"))
            subs.append(ir.Sub(name, self.take("!")))
            if not self.take(","):
                self.need("]")
                break
        return tuple(subs)

    def table(self) -> ir.Lookup:
        """Read points in parentheses: pairs, or all x and then all y; limits for display are left out."""
        self.need("(")
        if self.take("["):
            while not self.take("]"):
                self.at += 1
                if self.at >= len(self.tokens):
                    raise self.fail()
            self.take(",")
        x: list[float] = []
        y: list[float] = []
        if self.next() == "(":
            while self.take("("):
                x.append(self._number())
                self.need(",")
                y.append(self._number())
                self.need(")")
                self.take(",")
        else:
            numbers = [self._number()]
            while self.take(",") and self.next() != ")":
                numbers.append(self._number())
            if len(numbers) % 2:
                raise EquationError("table", "a table needs as many values of y as of x")
            x, y = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
        self.need(")")
        order = sorted(range(len(x)), key=lambda i: x[i])
        disorder = tuple(after for before, after in pairwise(x) if after <= before)
        return ir.Lookup(tuple(x[i] for i in order), tuple(y[i] for i in order), disorder=disorder)

    def _number(self) -> float:
        negative = self.take("-")
        if not negative:
            self.take("+")
        value = float(self.word("number"))
        return -value if negative else value
