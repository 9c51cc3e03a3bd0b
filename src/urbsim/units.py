"""Parse, compare and convert units of facts and inputs.

An empty pint registry is used: its default one reads ``mu`` as a particle mass. Quantities never enter a simulation;
numbers are converted once, on the way in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

_DEFINITIONS = """
person = [person] = 人 = persons
job = [job]
dwelling = [dwelling] = household = 户 = 套
place = [place] = bed = beds = 床
class = [class]
year = [time] = 年
month = year / 12 = 月
meter = [length]
square_meter = meter ** 2 = m2 = squaremeter = 平方米
mu = 2000 / 3 * square_meter = 亩
hectare = 15 * mu = 公顷
km2 = 1e6 * square_meter = 平方公里
yuan = [money] = 元
dmnl = []
percent = 0.01
per_mille = 0.001
thousand = 1000
万人 = 10000 * person
万元 = 10000 * yuan
亿元 = 1e8 * yuan
万亩 = 10000 * mu
"""


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[float]:
    """Return the units that county statistics use, built once."""
    import pint  # noqa: PLC0415  half a second that most commands do not need

    made: pint.UnitRegistry[float] = pint.UnitRegistry(None)
    for line in _DEFINITIONS.strip().splitlines():
        made.define(line)
    return made


@lru_cache(maxsize=1024)
def factor(unit: str, wanted: str) -> float:
    """Return what a number in ``unit`` must be multiplied by to be in ``wanted``.

    Raises
    ------
    ValueError
        Where a unit is unknown or the two measure different things; the message says which.

    Examples
    --------
    >>> factor("万人", "person")
    10000.0
    """
    import pint  # noqa: PLC0415

    units = registry()
    try:
        have = units.Quantity(1, "dimensionless") * units.parse_expression(unit.lower())
        want = units.Quantity(1, "dimensionless") * units.parse_expression(wanted.lower())
        return float((have / want).to("dimensionless").magnitude)
    except pint.UndefinedUnitError as error:
        raise ValueError(f"unit {unit!r} is not known") from error
    except pint.DimensionalityError as error:
        raise ValueError(f"unit {unit!r} cannot be converted to {wanted!r}") from error
    except Exception as error:  # pint leaks errors of the tokenizer for text that is no unit
        raise ValueError(f"unit {unit!r} cannot be read") from error


def known() -> list[str]:
    """Return the unit names that a file may use."""
    return [word.strip() for line in _DEFINITIONS.strip().splitlines() for word in (line.split("=")[0],)]
