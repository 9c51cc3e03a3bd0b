"""Units of measure as products of powers: how a model writes them, how they combine.

Names are compared without case and in the singular, by Vensim's own list of equivalent names and by the lines that a
model file adds to it (``22:`` among its settings). A number in a unit other than 1 is refused: 1000 persons and one
person are different units that no check could tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d][\w\s$%&]*|[$%][\w\s]*)|(?P<op>[*/^()-]))")
_SETTING = re.compile(r"^22:(.+)$", re.MULTILINE)
_DIMENSIONLESS = frozenset({"dmnl", "dimensionless", "1", "fraction", "unitless"})
# The list that Vensim puts into every new model (Reference manual, units equivalence).
_EQUIVALENT = ("$,dollar,dollars,$s", "day,days", "hour,hours", "month,months", "person,people,persons")
_MORE = ("unit,units", "week,weeks", "year,years")
WILDCARDS = frozenset({"*", "?"})


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit: powers of base units, sorted by name; none of them is dimensionless."""

    powers: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: Measure) -> Measure:
        return _product((*self.powers, *other.powers))

    def __truediv__(self, other: Measure) -> Measure:
        return self * other**-1

    def __pow__(self, exponent: int | Fraction) -> Measure:
        return _product((name, power * exponent) for name, power in self.powers)

    def __str__(self) -> str:
        """Return the unit as a model writes it, base units in their first spelling capitalised."""
        above = [_power(name, power) for name, power in self.powers if power > 0]
        below = [_power(name, -power) for name, power in self.powers if power < 0]
        if not below:
            return "*".join(above) or "Dmnl"
        joined = "*".join(below)
        return f"{'*'.join(above) or '1'}/{f'({joined})' if len(below) > 1 else joined}"

    def power(self, name: str) -> Fraction:
        """Return the power of a base unit, 0 where it does not occur."""
        return dict(self.powers).get(name, Fraction(0))


DIMENSIONLESS = Measure()


@dataclass(frozen=True, slots=True)
class Found:
    """The unit of an expression; ``literal`` where it is made of numbers alone, ``zero`` where those are 0."""

    measure: Measure
    literal: bool = False
    zero: bool = False


PLAIN = Found(DIMENSIONLESS)
ZERO = Found(DIMENSIONLESS, literal=True, zero=True)
Result: TypeAlias = Found | None  # None: unknown


def _product(powers: Iterable[tuple[str, Fraction]]) -> Measure:
    total: dict[str, Fraction] = {}
    for name, power in powers:
        total[name] = total.get(name, Fraction(0)) + power
    return Measure(tuple(sorted((name, power) for name, power in total.items() if power)))


def _power(name: str, power: Fraction) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


class Units:
    """Reads the units of one model; names keep the spelling in which they come first."""

    def __init__(self, source: str = "") -> None:
        listed = [*_SETTING.findall(source), *_EQUIVALENT, *_MORE]
        groups = [[part.strip().casefold() for part in line.split(",") if part.strip()] for line in listed]
        self._same: Mapping[str, str] = {name: group[0] for group in reversed(groups) for name in group}
        self._spelled: dict[str, str] = {}

    def read(self, text: str) -> Measure:
        """Return a unit as written.

        Raises
        ------
        ValueError
            For a wildcard, and for text that is no unit; the message says what is wrong.
        """
        plain = text.strip()
        if plain in WILDCARDS or not plain:
            raise ValueError(f"unit {plain!r} fits anything" if plain else "has no unit")
        tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(plain):
            found = _TOKEN.match(plain, at)
            if found is None:
                raise ValueError(f"unit {plain!r} is not understood from `{plain[at:].strip()}` on")
            tokens.append((str(found.lastgroup), " ".join(found[str(found.lastgroup)].split())))
            at = found.end()
        measure, rest = self._expression(tokens, plain)
        if rest:
            raise ValueError(f"unit {plain!r} is not understood from `{rest[0][1]}` on")
        return measure

    def _expression(self, tokens: list[tuple[str, str]], text: str) -> tuple[Measure, list[tuple[str, str]]]:
        measure, tokens = self._factor(tokens, text)
        while tokens and tokens[0] in {("op", "*"), ("op", "/")}:
            op = tokens[0][1]
            following, tokens = self._factor(tokens[1:], text)
            measure = measure * following if op == "*" else measure / following
        return measure, tokens

    def _factor(self, tokens: list[tuple[str, str]], text: str) -> tuple[Measure, list[tuple[str, str]]]:
        kind, word = tokens[0] if tokens else ("", "")
        if (kind, word) == ("op", "("):
            measure, tokens = self._expression(tokens[1:], text)
            if not tokens or tokens[0] != ("op", ")"):
                raise ValueError(f"unit {text!r} has a parenthesis that is not closed")
        elif kind == "name" or word == "1":
            measure = self._base(word)
        else:
            reason = (
                f"a number, {word}" if kind == "number" else f"`{word}` where a name should be" if word else "no end"
            )
            raise ValueError(f"unit {text!r} has {reason}")
        tokens = tokens[1:]
        if tokens and tokens[0] == ("op", "^"):
            negative = tokens[1:2] == [("op", "-")]
            number = tokens[2 if negative else 1 :][:1]
            if not number or number[0][0] != "number":
                raise ValueError(f"unit {text!r} has a power that is no number")
            exponent = Fraction(number[0][1])
            return measure ** (-exponent if negative else exponent), tokens[3 if negative else 2 :]
        return measure, tokens

    def _base(self, word: str) -> Measure:
        name = self._same.get(word.casefold(), word.casefold())
        if name in _DIMENSIONLESS:
            return DIMENSIONLESS
        return Measure(((self._spelled.setdefault(name, word), Fraction(1)),))
