"""Target files: what policy documents want, clause by clause, and how the model reads it.

One file data/targets/<document>.yaml per document. A row keeps what the document says (clause, operator, value, unit,
deadline) apart from how the model reads it (an indicator, or conditions on levers and indicators). What the model
cannot say anything about has ``why_not`` and never gets a verdict. Regions are those of the workspace, or places in
data/targets/places.yaml that need not be in it: a document about a county that nobody has added is no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from urbsim.files import Number, Strict
from urbsim.project.regions.region import Label

Operator = Literal[">=", "<=", "=", "~", "rises", "falls"]
How = Literal["level", "gain", "change", "growth", "mean", "programme"]
Words = str | Label  # one text for every language, or one for each
Kind = Literal["target", "rule", "threshold", "reported outcome"]
PERCENT = ("change", "growth", "programme")  # readings whose figure is in percent whatever the indicator's unit


class PublishedFigure(Strict):
    """A published figure that stands in for a region nobody runs."""

    value: Number
    unit: str
    year: int
    source: str


class Over(Strict):
    """What a figure is divided by: an indicator of the same region or of another, in the same year or in ``year``."""

    indicator: str
    region: str | None = None
    year: int | None = None
    otherwise: PublishedFigure | None = None


class Reading(Strict):
    """How a series becomes a figure.

    *level*: its value. *gain*: its rise since the end of ``since``. *change*: the same in percent. *growth*: percent a
    year since then. *mean*: mean of the years after it. *programme*: the built share of what was missing in the base
    year, in percent; it says something only where the lever ``plan`` is 1, for the document's amount is a full plan.
    """

    how: How = "level"
    since: int | None = None
    plan: str | None = None
    over: Over | None = None


class Condition(Strict):
    """One condition of a rule; with ``every_year`` it must hold in each year up to the deadline, not only at it."""

    lever: str | None = None
    indicator: str | None = None
    operator: Operator
    value: Number | None = None
    unit: str | None = None
    tolerance: Annotated[Number, Field(ge=0, le=1)] | None = None
    since: int | None = None
    every_year: bool = False


class AssumedDeadline(Strict):
    """A deadline that the document does not give."""

    year: int
    reason: str


class Allocation(Strict):
    """How the value of a city is split over its counties.

    ``by: rate`` asks every county for the same value; facts split it in proportion to their sum in the base year.
    ``total`` is that sum for the whole, where no region file of the whole is needed.
    """

    by: Literal["rate"] | list[str]
    reason: str
    total: Annotated[Number, Field(gt=0)] | None = None


class Target(Strict):
    """One row: a target, rule, threshold or reported outcome of a document.

    ``wider`` says that the model's figure counts more than the document, so that it can show a miss only; ``narrower``
    that it counts less, so that it can show only that the target is met.
    """

    id: str
    clause: str
    label: Label
    kind: Kind
    region: str
    operator: Operator | None = None
    value: Number | None = None
    unit: str | None = None
    deadline: int | None = None
    assumed_deadline: AssumedDeadline | None = None
    indicator: str | None = None
    reading: Reading = Field(default_factory=Reading)
    condition: list[Condition] = Field(default_factory=list)
    scored_as: Literal[">=", "<="] | None = None
    tolerance: Annotated[Number, Field(ge=0, le=1)] | None = None
    allocation: Allocation | None = None
    wider: Words = ""
    narrower: Words = ""
    evidence: bool = False
    why_not: Words = ""
    note: Words = ""

    @property
    def due(self) -> int | None:
        """Return the year it is scored in."""
        return self.assumed_deadline.year if self.assumed_deadline else self.deadline


def said(words: Words, lang: str) -> str:
    """Return words in a language."""
    return words if isinstance(words, str) else words.in_(lang)


class TargetFile(Strict):
    """A file data/targets/<document>.yaml."""

    document: str
    targets: list[Target]


class TargetArea(Strict):
    """A place that documents name: a region of that id, several regions, or every region (``everywhere``)."""

    name: Label
    regions: list[str] = Field(default_factory=list)
    everywhere: bool = False


class PlaceFile(Strict):
    """The file data/targets/places.yaml."""

    places: dict[str, TargetArea]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison that a row asks for, of an indicator or of a lever."""

    indicator: str | None
    lever: str | None
    operator: Operator
    value: float | None
    unit: str | None
    tolerance: float = 0.0
    reading: Reading = field(default_factory=Reading)
    every_year: bool = False

    @property
    def blank(self) -> bool:
        """Tell whether the user must give the value."""
        return self.value is None and self.operator not in {"rises", "falls"}

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the indicators that it needs."""
        over = self.reading.over
        return tuple(name for name in (self.indicator, over.indicator if over else None) if name)


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of a workspace: rows with their document, and places."""

    rows: tuple[tuple[str, Target], ...]
    places: Mapping[str, TargetArea]


def checks(target: Target) -> tuple[Check, ...]:
    """Return the comparisons of a row; none where the model does not read it."""
    if target.condition:
        return tuple(_of_condition(item) for item in target.condition)
    if target.indicator is None or target.operator is None:
        return ()
    operator = target.scored_as or target.operator
    tolerance = target.tolerance or 0.0
    return (Check(target.indicator, None, operator, target.value, target.unit, tolerance, target.reading),)


def _of_condition(item: Condition) -> Check:
    reading = Reading(since=item.since)
    tolerance = item.tolerance or 0.0
    return Check(item.indicator, item.lever, item.operator, item.value, item.unit, tolerance, reading, item.every_year)
