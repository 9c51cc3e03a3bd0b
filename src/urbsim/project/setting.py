"""A value over the years: a bare number, or a table of year: number that holds from each year to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

CONSTANT = 0  # the "year" of a value without one: of the past any, of a policy the first that nobody observed


def setting_of(value: object) -> dict[int, float]:
    """Take a bare number as one without a year, and say plainly what else is allowed.

    Raises
    ------
    ValueError
        For anything but a number and a table of year: number.
    """
    if _is_number(value):
        return {CONSTANT: float(value)}  # type: ignore[arg-type]
    if not value or not isinstance(value, Mapping) or not all(_is_year(y) and _is_number(v) for y, v in value.items()):
        raise ValueError(f"must be a number or a table of year: number, not {value!r}")
    return {year: float(number) for year, number in value.items()}


def _is_year(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_SHAPE = {"anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}]}
Setting = Annotated[dict[int, float], BeforeValidator(setting_of), WithJsonSchema(_SHAPE)]  # year -> value


Given = float | Mapping[int, float]  # a setting as a person gives it: a number, or numbers by year


def dated(setting: Setting, year: int) -> Setting:
    """Return a policy whose value without a year begins in that year.

    Examples
    --------
    >>> dated({0: 0.5}, 2023), dated({2025: 0.5}, 2023)
    ({2023: 0.5}, {2025: 0.5})
    """
    return {year if when == CONSTANT else when: value for when, value in setting.items()}


def value_of(setting: Setting, year: float) -> float:
    """Return the value that holds at a point of time: a year's holds from its start, one year before its name.

    Examples
    --------
    >>> [value_of({2010: 0.5, 2020: 0.9}, time) for time in (2000, 2018, 2019)]
    [0.5, 0.5, 0.9]
    """
    past = [value for of, value in sorted(setting.items()) if of == CONSTANT or of - 1 <= year]
    return past[-1] if past else setting[min(setting)]
