"""What a modeller expects of each lever: models/behaviour.yaml, with bands of effects and plain directions.

A band says how much a lever does by the evidence (:mod:`urbsim.project.bands`). Where no study says so, a direction
does for what a lever itself puts out: from the policy year on the lever is at ``value`` instead of its baseline, and by
the year named the indicator has moved up or down. Levers that a lever needs to act (``together`` in the catalogue) are
set in both runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.project.bands import Band, BehaviourNames, band_problems
from urbsim.project.levers import setting_problems
from urbsim.project.setting import CONSTANT

Share = Annotated[float, Field(ge=0, le=1)]


class Direction(Strict):
    """One check of a direction, in all regions or in those named; ``given`` levers are at their value in both runs."""

    lever: str
    value: float
    year: int
    indicator: str
    moves: Literal["up", "down"]
    because: str
    regions: list[str] = Field(default_factory=list)
    given: dict[str, float] = Field(default_factory=dict)


class Limits(Strict):
    """How strictly bands are judged.

    ``pairs`` is the share of pairs whose value must be inside in all their years, ``inside`` the share of the draws of
    all uncertain parameters that must be inside a band.
    """

    draws: Annotated[int, Field(ge=2)] = 100
    seed: Annotated[int, Field(ge=0)] = 0
    inside: Share = 0.5
    pairs: Share = 0.9


class Behaviour(Strict):
    """The file models/behaviour.yaml; ``local`` are levers that need not reach beyond their own group of indicators."""

    limits: Limits = Field(default_factory=Limits)
    bands: list[Band] = Field(default_factory=list)
    directions: list[Direction] = Field(default_factory=list)
    local: dict[str, str] = Field(default_factory=dict)


def load_behaviour(path: Path, label: str, names: BehaviourNames) -> Behaviour:
    """Read what is expected of levers.

    Parameters
    ----------
    path
        The file.
    label
        Its name in messages.
    names
        What it may name.

    Raises
    ------
    InputError
        For unknown names, values out of bounds, bands out of order or without source or reason, and levers that
        nothing covers.
    """
    document = read_yaml(path, label)
    file = validate(Behaviour, document)
    problems = [p for i, item in enumerate(file.bands) for p in band_problems(document, ("bands", i), item, names)]
    problems += [p for i, item in enumerate(file.directions) for p in _direction(document, i, item, names)]
    counts = Counter(item.pair for item in file.bands)
    for index, item in enumerate(file.bands):
        if counts[item.pair] > 1:
            message = f"{counts[item.pair]} pairs are called {item.pair!r}"
            problems.append(
                document.problem("defined-twice", ("bands", index, "pair"), message, "give each its own name")
            )
    problems += [*_local(document, file, names), *_without(file, label, names)]
    if problems:
        raise InputError(problems)
    return file


def _direction(document: Source, index: int, item: Direction, names: BehaviourNames) -> Iterator[Problem]:
    at = ("directions", index)
    if item.lever in names.levers:
        if reason := names.levers[item.lever].check(item.value):
            yield document.problem("out-of-bounds", (*at, "value"), f"{item.lever} {reason}")
    else:
        hint = nearest(item.lever, names.levers)
        yield document.problem("unknown-name", (*at, "lever"), f"unknown lever {item.lever!r}", hint)
    for other, level in item.given.items():
        yield from setting_problems(document, (*at, "given", other), other, {CONSTANT: level}, names.levers)
    if item.indicator not in names.indicators:
        hint = nearest(item.indicator, names.indicators)
        yield document.problem("unknown-name", (*at, "indicator"), f"unknown indicator {item.indicator!r}", hint)
    for place, name in enumerate(item.regions):
        if names.regions is not None and name not in names.regions:
            hint = nearest(name, names.regions)
            yield document.problem("unknown-name", (*at, "regions", place), f"unknown region {name!r}", hint)
    if names.policy_year and item.year < names.policy_year:
        message = f"{item.lever} is read in {item.year}, before it moves in {names.policy_year}"
        yield document.problem("out-of-bounds", (*at, "year"), message)


def _local(document: Source, file: Behaviour, names: BehaviourNames) -> Iterator[Problem]:
    for lever, text in file.local.items():
        at = ("local", lever)
        if lever not in names.levers:
            hint = nearest(lever, names.levers)
            yield document.problem("unknown-name", at, f"unknown lever {lever!r}", hint, key=True)
        if not text.strip():
            message = f"{lever!r} is without a reason"
            yield document.problem("missing-text", at, message, "say why it moves nothing beyond its own group")


def _without(file: Behaviour, label: str, names: BehaviourNames) -> Iterator[Problem]:
    """Give the levers that neither a band nor a direction covers."""
    covered = {item.lever for item in file.directions} | {lever for item in file.bands for lever in item.levers}
    for name in names.levers:
        if name not in covered:
            message = f"no band and no direction covers the lever {name!r}"
            yield Problem("missing-check", Place(label), message, "add one: a lever that moves nothing is dead")
