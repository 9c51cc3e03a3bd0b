"""What a modeller expects of each lever: behaviour checks in models/behaviour.yaml.

Read as: from a year on the lever is at ``value`` instead of its baseline; by the year named the indicator has moved up
or down by at least ``least`` percent in every region, or in those named (points for percentages). Levers that a lever
needs to act (``together`` in the catalogue) are set in both runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import Location, Source, Strict, read_yaml, validate
from urbsim.project.indicators import Indicators
from urbsim.project.levers import Lever


class Expectation(Strict):
    """One behaviour check, of all regions or of those named; ``given`` levers are at their value in both runs."""

    lever: str
    value: float
    year: int
    indicator: str
    moves: Literal["up", "down"]
    least: float
    because: str
    regions: list[str] = Field(default_factory=list)
    given: dict[str, float] = Field(default_factory=dict)


class ExpectationFile(Strict):
    """The file models/behaviour.yaml."""

    expectations: list[Expectation]


def load_expectations(path: Path, label: str, levers: Mapping[str, Lever], indicators: Indicators) -> list[Expectation]:
    """Read the behaviour checks.

    Parameters
    ----------
    path
        The file.
    label
        Its name in messages.
    levers, indicators
        By id.

    Raises
    ------
    InputError
        For unknown levers and indicators, values out of bounds, and levers that no check covers.
    """
    document = read_yaml(path, label)
    expectations = validate(ExpectationFile, document).expectations
    problems = [p for i, item in enumerate(expectations) for p in _problems(document, i, item, levers, indicators)]
    levers_with_checks = {item.lever for item in expectations}
    problems += [
        Problem(
            "missing-check",
            Place(label),
            f"no behaviour check covers the lever {name!r}",
            "add one: a lever that moves nothing is dead",
        )
        for name in levers
        if name not in levers_with_checks
    ]
    if problems:
        raise InputError(problems)
    return expectations


def _problems(
    document: Source, index: int, item: Expectation, levers: Mapping[str, Lever], indicators: Indicators
) -> Iterator[Problem]:
    at = ("expectations", index)
    settings: list[tuple[Location, Location, str, float]] = [
        ((*at, "lever"), (*at, "value"), item.lever, item.value),
        *(((*at, "given", other), (*at, "given", other), other, level) for other, level in item.given.items()),
    ]
    for name_at, value_at, lever, value in settings:
        if lever not in levers:
            yield document.problem("unknown-name", name_at, f"unknown lever {lever!r}", nearest(lever, levers))
        elif reason := levers[lever].check(value):
            yield document.problem("out-of-bounds", value_at, f"{lever} {reason}")
    if item.indicator not in indicators:
        hint = nearest(item.indicator, indicators)
        yield document.problem("unknown-name", (*at, "indicator"), f"unknown indicator {item.indicator!r}", hint)
