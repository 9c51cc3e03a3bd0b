"""Bands: how much a lever, or several at once, must do by the evidence, and how that is measured.

A band belongs to a pair of levers and an outcome in some regions: for each year the least and the largest effect that
studies leave open, and between them the one to expect. What is measured is one of a few kinds (:class:`Measurement`),
so that a study's own terms (percent, points, yuan a yuan, percent for each percent) need no code of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from urbsim.errors import Problem, nearest
from urbsim.files import Location, Number, Source, Strict
from urbsim.project.indicators import Indicators
from urbsim.project.levers import Lever, setting_problems
from urbsim.project.regions.facts import ASSUMPTION, source_problems
from urbsim.project.setting import CONSTANT, Setting

Triple = Annotated[list[Number], Field(min_length=3, max_length=3)]


class Measurement(Strict):
    """A number that two runs give, one with the levers and one without.

    ``change`` is in percent of the run without, in points for percentages; ``difference`` in the unit of the indicator;
    ``level`` the value with the levers; ``drift`` how far that has moved since levers move. With ``of`` a difference or
    a level is in percent of another indicator. A ``total`` is of the sum over the years since levers move.
    """

    indicator: str
    measure: Literal["change", "difference", "level", "drift"] = "change"
    of: str = ""
    total: bool = False

    @model_validator(mode="after")
    def _has_a_meaning(self) -> Measurement:
        if self.of and self.measure not in {"difference", "level"}:
            raise ValueError(f"of belongs to a difference or a level, not to a {self.measure}")
        if self.total and self.measure == "drift":
            raise ValueError("a drift has no total")
        return self


class Divisor(Measurement):
    """What a number is divided by: percent for each percent, yuan for each yuan; in another year where one is given."""

    year: int | None = None


class Band(Measurement):
    """One pair of levers and outcome, with [low, central, high] by year.

    A lever goes to its value when policy begins; a table of years goes as in a scenario, and a year at or before the
    start of the run holds from the start. ``given`` levers are set in both runs. ``reason`` tells how the evidence
    became these numbers; an assumption needs one. A band whose central effect is 0 says in ``idle`` why. What the model
    is known to miss stands in ``misses``, by year, with the reason.
    """

    pair: str
    levers: dict[str, Setting] = Field(default_factory=dict)
    given: dict[str, Setting] = Field(default_factory=dict)
    regions: list[str] = Field(min_length=1)
    per: Divisor | None = None
    bands: dict[int, Triple] = Field(min_length=1)
    sources: list[str] = Field(min_length=1)
    reason: str = ""
    because: str
    idle: str = ""
    misses: dict[int, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something_moves(self) -> Band:
        if self.measure in {"change", "difference"} and not self.levers:
            raise ValueError(f"a {self.measure} needs levers that make it")
        return self

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Return all that is measured: the outcome, and what it is divided by."""
        return (self, *([self.per] if self.per else []))

    @property
    def indicators(self) -> set[str]:
        """Return the indicators that the band needs."""
        return {name for item in self.measurements for name in (item.indicator, item.of) if name}


@dataclass(frozen=True, slots=True)
class BehaviourNames:
    """Names that behaviour.yaml may use; regions and sources are None where their own files cannot be read."""

    levers: Mapping[str, Lever]
    indicators: Indicators
    regions: Collection[str] | None = None
    sources: Collection[str] | None = None
    policy_year: int | None = None


def band_problems(document: Source, at: Location, item: Band, names: BehaviourNames) -> Iterator[Problem]:
    """Give what is wrong with a band.

    Parameters
    ----------
    document
        The file, for places.
    at
        Where the band stands in it.
    item
        The band.
    names
        What it may name.
    """
    for key, settings in (("levers", item.levers), ("given", item.given)):
        for lever, setting in settings.items():
            yield from setting_problems(document, (*at, key, lever), lever, setting, names.levers)
    for place, name in _indicators(item):
        if name not in names.indicators:
            hint = nearest(name, names.indicators)
            yield document.problem("unknown-name", (*at, *place), f"unknown indicator {name!r}", hint)
    for index, name in enumerate(item.regions):
        if names.regions is not None and name not in names.regions:
            hint = nearest(name, names.regions)
            yield document.problem("unknown-name", (*at, "regions", index), f"unknown region {name!r}", hint)
    for index, name in enumerate(item.sources):
        if names.sources is not None:
            yield from source_problems(document, (*at, "sources", index), name, set(names.sources))
    yield from _numbers(document, at, item, names.policy_year)
    yield from _texts(document, at, item)


def _indicators(item: Band) -> Iterator[tuple[Location, str]]:
    for place, part in zip([(), ("per",)], item.measurements, strict=False):
        yield (*place, "indicator"), part.indicator
        if part.of:
            yield (*place, "of"), part.of


def _numbers(document: Source, at: Location, item: Band, policy_year: int | None) -> Iterator[Problem]:
    """Give bands out of order, and years before anything has moved."""
    begins = [policy_year if year == CONSTANT else year for setting in item.levers.values() for year in setting]
    begin = min((year for year in begins if year), default=policy_year)
    for year, (low, central, high) in item.bands.items():
        place = (*at, "bands", year)
        if low > high:
            yield document.problem("out-of-bounds", place, f"the band runs from {low:g} down to {high:g}")
        elif not low <= central <= high:
            message = f"the central effect {central:g} lies outside its band, {low:g} to {high:g}"
            yield document.problem("out-of-bounds", place, message, "write [low, central, high]")
        if begin and year < begin:
            message = f"{item.pair} is read in {year}, before its levers move in {begin}"
            yield document.problem("out-of-bounds", place, message, key=True)


def _texts(document: Source, at: Location, item: Band) -> Iterator[Problem]:
    """Give reasons that are missing."""
    if not item.because.strip():
        yield document.problem("missing-text", (*at, "because"), f"{item.pair} is without a reason", "say why it moves")
    if ASSUMPTION in item.sources and not item.reason.strip():
        hint = "say in reason what it rests on"
        yield document.problem("missing-text", (*at, "sources"), f"{item.pair} is assumed without a reason", hint)
    if all(not central for _, central, _ in item.bands.values()) and not item.idle.strip():
        hint = "say in idle why"
        yield document.problem("missing-text", (*at, "bands"), f"{item.pair} is to do nothing, without a reason", hint)
    for year, text in item.misses.items():
        if year not in item.bands:
            yield document.problem("unknown-name", (*at, "misses", year), f"no band is for {year}", key=True)
        if not text.strip():
            yield document.problem("missing-text", (*at, "misses", year), f"the miss of {year} is without a reason")
