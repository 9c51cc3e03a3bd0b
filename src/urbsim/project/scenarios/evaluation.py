"""The ``evaluation`` block of a scenario: zones that compete for the money and the land quota of a programme.

At the end of every year from ``first_year`` on, zones are scored and ranked; next year's part of each follows. The
programme's part comes on top of what a zone has of its own, so a zone that leaves falls back to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from urbsim.errors import Problem, nearest
from urbsim.files import Number, Source, Strict, finite
from urbsim.project.levers import Lever

# Levers that an evaluation moves, with the variable of the model that says how large a zone is: a grant is paid for
# each resident, a quota is a multiple of the land of a normal year.
MOVED = {"grants": "county residents", "land_quota": "normal land supply"}
ABSOLUTE = ("evaluation", "exit_rule")  # levers of the model's own evaluation, of one county against a fixed score


def _share(value: float) -> float:
    if not 0 <= finite(value) <= 1:
        raise ValueError(f"must lie from 0 to 1, not {value:g}")
    return value


def _positive(value: int) -> int:
    if value < 1:
        raise ValueError(f"must be 1 or more, not {value}")
    return value


Share = Annotated[float, AfterValidator(_share)]
Count = Annotated[int, AfterValidator(_positive)]


class Stake(Strict):
    """How many zones win or lose, and which share of an equal part each of them gains or loses."""

    zones: Count = 1
    share: Share


class Exit(Strict):
    """Who leaves for good: the ``lowest`` zones of a year, or those ``below`` a score.

    They leave ``after`` so many such years in a row. What they had goes to the others, or is saved.
    """

    lowest: Count | None = None
    below: Number | None = None
    after: Count = 1
    freed: Literal["others", "saved"] = "others"

    @model_validator(mode="after")
    def _one_rule(self) -> Exit:
        if (self.lowest is None) == (self.below is None):
            raise ValueError("needs one of lowest (a number of zones) and below (a score)")
        return self


class Evaluation(Strict):
    """A yearly evaluation across zones.

    ``score`` gives indicators with weights, ``measure`` how they are read: ``change`` is an indicator relative to the
    last evaluation, ``progress`` relative to the base year, ``level`` relative to the mean of the zones in the base
    year. The default is the change of the model's own score in the year: an annual evaluation judges the year.
    ``balanced`` makes what the best gain equal to what the worst lose; else gains and losses are as stated, and the
    programme pays the difference. ``strength`` is the indicator whose base year says which zones were strong already.
    """

    active: bool = True
    zones: list[str] | None = None
    first_year: int | None = None
    score: dict[str, Number] = Field(default_factory=lambda: {"evaluation_score": 1.0})
    measure: Literal["change", "progress", "level"] = "change"
    strength: str = "urbanization_rate"
    grants: Number = 0.0
    land_quota: Number = 0.0
    reward: Stake = Field(default_factory=lambda: Stake(share=0.0))
    penalty: Stake = Field(default_factory=lambda: Stake(share=0.0))
    balanced: bool = True
    exit: Exit | None = None

    def part(self, lever: str) -> float:
        """Return the equal part of the programme in a lever, in its unit."""
        return {"grants": self.grants, "land_quota": self.land_quota}[lever]

    def indicators(self) -> list[str]:
        """Return the indicators it reads, each once."""
        return list(dict.fromkeys([*self.score, self.strength]))


def merged(parents: list[tuple[str, Evaluation]], own: Evaluation | None) -> Evaluation | None:
    """Return the block of a scenario: what it says itself wins over those it extends, key by key.

    Raises
    ------
    ValueError
        Where two of those it extends give one key differently and it does not itself.
    """
    values_by_key: dict[str, tuple[str, Any]] = {}
    mine = own.model_fields_set if own else set()
    for name, parent in parents:
        for key in sorted(parent.model_fields_set):
            value = getattr(parent, key)
            if key in values_by_key and values_by_key[key][1] != value and key not in mine:
                raise ValueError(f"evaluation.{key} is set differently by {values_by_key[key][0]} and {name}")
            values_by_key[key] = name, value
    if own is None and not parents:
        return None
    values = {key: value for key, (_, value) in values_by_key.items()} | {key: getattr(own, key) for key in mine}
    return Evaluation.model_construct(_fields_set=set(values), **values)


def check_evaluation(
    block: Evaluation,
    document: Source,
    levers: Mapping[str, Lever],
    regions: Set[str],
    indicators: Set[str],
    years: tuple[int, int],
) -> Iterator[Problem]:
    """Give everything wrong with what a block refers to.

    Parameters
    ----------
    block
        What is checked.
    document
        Its file, for places.
    levers
        By id.
    regions, indicators
        Ids.
    years
        Base year and horizon.
    """
    at = ("evaluation",)
    for index, zone in enumerate(block.zones or ()):
        if zone not in regions:
            yield document.problem(
                "unknown-name", (*at, "zones", index), f"unknown region {zone!r}", nearest(zone, regions)
            )
        if zone in (block.zones or ())[:index]:
            yield document.problem(
                "defined-twice", (*at, "zones", index), f"zone {zone!r} is named twice", "keep one of them"
            )
    if block.zones is not None and len(block.zones) < 2:
        yield document.problem("too-few-zones", (*at, "zones"), "an evaluation needs two zones or more to rank")
    if block.first_year is not None and not years[0] < block.first_year < years[1]:
        message = f"first_year {block.first_year} must lie from {years[0] + 1} to {years[1] - 1}"
        yield document.problem("out-of-bounds", (*at, "first_year"), message, "what is decided acts in the year after")
    if not block.score:
        yield document.problem(
            "unknown-name", (*at, "score"), "score names no indicator", "leave it out for the score of the model"
        )
    for name in block.score if indicators else ():  # without any, their file is at fault, and is told itself
        if name not in indicators:
            message = f"unknown indicator {name!r}"
            yield document.problem("unknown-name", (*at, "score", name), message, nearest(name, indicators), key=True)
    if indicators and block.strength not in indicators:
        message = f"unknown indicator {block.strength!r}"
        yield document.problem("unknown-name", (*at, "strength"), message, nearest(block.strength, indicators))
    for name in MOVED:
        lever = levers.get(name)
        if lever is None:
            yield document.problem(
                "unknown-name", at, f"an evaluation needs the lever {name!r}, which the catalogue does not have"
            )
        elif not 0 <= block.part(name) <= lever.bounds[1]:
            message = f"{name} must lie from 0 to {lever.bounds[1]:g} {lever.unit}, not {block.part(name):g}"
            yield document.problem("out-of-bounds", (*at, name), message)
