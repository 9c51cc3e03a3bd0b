"""Units as a model writes them.

Names are compared without case and in the singular, by Vensim's own list of equivalent names and by the lines that a
model file adds to it (``22:`` among its settings). A number in a unit other than 1 is refused: 1000 persons and one
person are different units that no check could tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn, TypeAlias

from urbsim.units import DIMENSIONLESS, Grammar, Measure

_SETTING = re.compile(r"^22:(.+)$", re.MULTILINE)
_DIMENSIONLESS = frozenset({"dmnl", "dimensionless", "1", "fraction", "unitless"})
# The list that Vensim puts into every new model (Reference manual, units equivalence).
_EQUIVALENT = ("$,dollar,dollars,$s", "day,days", "hour,hours", "month,months", "person,people,persons")
_MORE = ("unit,units", "week,weeks", "year,years")
WILDCARDS = frozenset({"*", "?"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """What an expression is in: its unit; ``literal`` where it is made of numbers alone, ``zero`` where those are 0."""

    measure: Measure
    literal: bool = False
    zero: bool = False


PLAIN = Quantity(DIMENSIONLESS)
ZERO = Quantity(DIMENSIONLESS, literal=True, zero=True)
Result: TypeAlias = Quantity | None  # None: unknown


class Units:
    """Reads the units of one model; names keep the spelling in which they come first."""

    def __init__(self, source: str = "") -> None:
        lines = [*_SETTING.findall(source), *_EQUIVALENT, *_MORE]
        groups = [[part.strip().casefold() for part in line.split(",") if part.strip()] for line in lines]
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
        grammar = Grammar(self._base, lambda number: _refuse(plain, number))
        return grammar.read(plain)

    def _base(self, word: str) -> Measure:
        name = self._same.get(word.casefold(), word.casefold())
        if name in _DIMENSIONLESS:
            return DIMENSIONLESS
        return Measure(((self._spelled.setdefault(name, word), Fraction(1)),))


def _refuse(unit: str, number: str) -> NoReturn:
    raise ValueError(f"unit {unit!r} has a number, {number}")
