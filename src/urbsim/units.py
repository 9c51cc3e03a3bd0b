"""Units of measure as products of powers: how text is read, how units combine, how one converts into another.

A model names its units itself (:mod:`urbsim.language.checks.unit_algebra`); files of facts use those of county
statistics, which are listed here. Scales are exact fractions, so a factor is the float nearest to the true one. pint
was turned down: of its thousands of units we need forty, it reads ``mu`` as the mass of a particle, and it lets errors
of its tokenizer through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d{1,2})?)|(?P<name>[^\W\d][\w\s$%&]*|[$%][\w\s]*)|(?P<op>[*/^()-]))",
    re.IGNORECASE,
)
_STEEPEST = 20  # power of a unit that has a scale


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit: powers of base units, sorted by name, times a scale; no powers at all is dimensionless."""

    powers: tuple[tuple[str, Fraction], ...] = ()
    scale: Fraction = Fraction(1)

    def __mul__(self, other: Measure) -> Measure:
        return _product((*self.powers, *other.powers), self.scale * other.scale)

    def __truediv__(self, other: Measure) -> Measure:
        return self * other**-1

    def __pow__(self, exponent: int | Fraction) -> Measure:
        scale: Fraction = self.scale
        if scale != 1:
            if exponent != int(exponent) or not -_STEEPEST <= exponent <= _STEEPEST:
                raise ValueError(f"a unit with a scale has no power of {exponent}")
            scale = Fraction(scale ** int(exponent))
        return _product(((name, power * exponent) for name, power in self.powers), scale)

    def __str__(self) -> str:
        """Return the unit as a model writes it, base units in their first spelling capitalised."""
        above = [_power(name, power) for name, power in self.powers if power > 0]
        below = [_power(name, -power) for name, power in self.powers if power < 0]
        if not below:
            return "*".join(above) or "Dmnl"
        divisor = "*".join(below)
        return f"{'*'.join(above) or '1'}/{f'({divisor})' if len(below) > 1 else divisor}"

    def power(self, name: str) -> Fraction:
        """Return the power of a base unit, 0 where it does not occur."""
        return dict(self.powers).get(name, Fraction(0))


DIMENSIONLESS = Measure()
_Tokens = list[tuple[str, str]]


def _product(powers: Iterable[tuple[str, Fraction]], scale: Fraction) -> Measure:
    total: dict[str, Fraction] = {}
    for name, power in powers:
        total[name] = total.get(name, Fraction(0)) + power
    return Measure(tuple(sorted((name, power) for name, power in total.items() if power)), scale)


def _power(name: str, power: Fraction) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


@dataclass(frozen=True, slots=True)
class Grammar:
    """Reads the text of a unit: ``name`` gives the measure of a name, ``number`` that of a number other than 1.

    Both may refuse what they are given with a ValueError.
    """

    name: Callable[[str], Measure]
    number: Callable[[str], Measure]

    def read(self, text: str) -> Measure:
        """Return a unit as written.

        Raises
        ------
        ValueError
            For text that is no unit; the message says what is wrong.
        """
        tokens: _Tokens = []
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise ValueError(f"unit {text!r} is not understood from `{text[at:].strip()}` on")
            tokens.append((str(token.lastgroup), " ".join(token[str(token.lastgroup)].split())))
            at = token.end()
        measure, rest = self._expression(tokens, text)
        if rest:
            raise ValueError(f"unit {text!r} is not understood from `{rest[0][1]}` on")
        return measure

    def _expression(self, tokens: _Tokens, text: str) -> tuple[Measure, _Tokens]:
        measure, tokens = self._factor(tokens, text)
        while tokens and tokens[0] in {("op", "*"), ("op", "/")}:
            op = tokens[0][1]
            following, tokens = self._factor(tokens[1:], text)
            measure = measure * following if op == "*" else measure / following
        return measure, tokens

    def _factor(self, tokens: _Tokens, text: str) -> tuple[Measure, _Tokens]:
        kind, word = tokens[0] if tokens else ("", "")
        if (kind, word) == ("op", "("):
            measure, tokens = self._expression(tokens[1:], text)
            if not tokens or tokens[0] != ("op", ")"):
                raise ValueError(f"unit {text!r} has a parenthesis that is not closed")
        elif word == "1":
            measure = DIMENSIONLESS
        elif kind == "name":
            measure = self.name(word)
        elif kind == "number":
            measure = self.number(word)
        else:
            raise ValueError(f"unit {text!r} has {f'`{word}` where a name should be' if word else 'no end'}")
        return self._raised(measure, tokens[1:], text)

    @staticmethod
    def _raised(measure: Measure, tokens: _Tokens, text: str) -> tuple[Measure, _Tokens]:
        """Return a measure to the power that follows it, and the tokens behind that."""
        if not tokens or tokens[0] != ("op", "^"):
            return measure, tokens
        negative = tokens[1:2] == [("op", "-")]
        number = tokens[2 if negative else 1 :][:1]
        if not number or number[0][0] != "number":
            raise ValueError(f"unit {text!r} has a power that is no number")
        exponent = Fraction(number[0][1])
        return measure ** (-exponent if negative else exponent), tokens[3 if negative else 2 :]


_DEFINITIONS = """
person = 人
job
dwelling = household = 户 = 套
place = bed = 床
class
year = 年
month = 月: year / 12
meter
m2 = square_meter = squaremeter = 平方米: meter ^ 2
mu = 亩: 2000 / 3 * m2
hectare = 公顷: 15 * mu
km2 = 平方公里: 1000000 * m2
yuan = 元
dmnl = dimensionless: 1
percent = %: 1 / 100
per_mille: 1 / 1000
thousand: 1000
万人: 10000 * person
万元: 10000 * yuan
亿元: 100000000 * yuan
万亩: 10000 * mu
"""  # names of a unit, and after a colon what it is of other ones


@lru_cache(maxsize=1)
def _statistics() -> Grammar:
    """Return the units that county statistics use, built once."""
    measures: dict[str, Measure] = {}

    def measure(name: str) -> Measure:
        single = name if name in measures else name.removesuffix("s")
        if single not in measures:
            raise KeyError(name)
        return measures[single]

    grammar = Grammar(measure, lambda number: Measure(scale=Fraction(number)))
    for line in _DEFINITIONS.strip().splitlines():
        names, _, text = line.partition(":")
        first, *others = (name.strip() for name in names.split("="))
        unit = grammar.read(text.strip()) if text else Measure(((first, Fraction(1)),))
        measures |= dict.fromkeys((first, *others), unit)
    return grammar


@lru_cache(maxsize=1024)
def factor(unit: str, target: str) -> float:
    """Return the factor that turns a number in ``unit`` into one in ``target``.

    Raises
    ------
    ValueError
        Where a unit is unknown or the two measure different things; the message says which.

    Examples
    --------
    >>> factor("万人", "person")
    10000.0
    """
    ours, theirs = _measure(unit), _measure(target)
    if ours.powers != theirs.powers:
        raise ValueError(f"unit {unit!r} cannot be converted to {target!r}")
    try:
        return float(ours.scale / theirs.scale)
    except ArithmeticError as error:
        raise ValueError(f"unit {unit!r} cannot be read") from error


def per_year(unit: str) -> bool:
    """Tell whether a unit counts per year, as ``person/year`` does.

    Raises
    ------
    ValueError
        Where it is unknown.
    """
    return _measure(unit).power("year") < 0


def _measure(text: str) -> Measure:
    """Return a unit of a file; names that stand side by side are multiplied, no text at all is dimensionless."""
    plain = text.lower().strip().replace("**", "^").replace("square meter", "m2").replace(" per ", "/") or "dmnl"
    try:
        return _statistics().read(re.sub(r"(?<=[\w)])\s+(?=[\w(])", "*", plain))
    except KeyError as error:
        raise ValueError(f"unit {text!r} is not known") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"unit {text!r} cannot be read") from error
