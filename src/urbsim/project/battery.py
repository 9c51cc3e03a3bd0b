"""What the battery must be told about the model: models/battery.yaml.

All that tests leave out or hold fixed stands there, each with its reason, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Location, Source, Strict, read_yaml, validate
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.regions.initial import region_inputs


class Coflow(Strict):
    """Variables that must add up to another at all times; subscripts that the whole does not have are summed over."""

    parts: list[str] = Field(min_length=1)
    whole: str


class Cohorts(Strict):
    """The stock of people, whose last subscript is age in years, and what is held at 0 while cohorts are followed."""

    people: str
    still: dict[str, str] = Field(default_factory=dict)


class BatteryFile(Strict):
    """The file models/battery.yaml.

    ``regions`` are tested unless others are named. Levers are moved from ``policy_year`` on, by default from the year
    after the base year; what they do is read in ``effect_year``, by default the last year. ``exempt`` are constants
    whose extremes mean nothing, ``signed`` stocks that may be below zero, ``frozen`` variables held at 0 in the test of
    equilibrium, ``follows`` flows and indicators that the data move at the start: each with the reason. ``initial``
    gives the expression of the model that a region input must equal at the start. Without ``coflow`` or ``cohorts``
    their tests are left out.
    """

    regions: list[str] = Field(default_factory=list)
    policy_year: int | None = None
    effect_year: int | None = None
    exempt: dict[str, str] = Field(default_factory=dict)
    signed: dict[str, str] = Field(default_factory=dict)
    frozen: dict[str, str] = Field(default_factory=dict)
    follows: dict[str, str] = Field(default_factory=dict)
    initial: dict[str, str] = Field(default_factory=dict)
    coflow: Coflow | None = None
    cohorts: Cohorts | None = None


def load_settings(path: Path, label: str, model: Model) -> BatteryFile:
    """Return the settings of the battery, checked.

    Raises
    ------
    InputError
        For variables that the model does not have or that are of another kind, and for reasons left empty.
    """
    document = read_yaml(path, label)
    settings = validate(BatteryFile, document)
    if problems := [*_problems(document, settings, model), *_variables(document, settings, model)]:
        raise InputError(problems)
    return settings


def _problems(document: Source, settings: BatteryFile, model: Model) -> Iterator[Problem]:
    """Give what is wrong with the variables that have a reason or an expression each."""
    still = settings.cohorts.still if settings.cohorts else {}
    parts: list[tuple[Location, Mapping[str, str], set[str]]] = [
        (("exempt",), settings.exempt, {"constant", "lookup"}),
        (("signed",), settings.signed, {"stock"}),
        (("frozen",), settings.frozen, {"constant", "equation"}),
        (("initial",), settings.initial, {"constant"}),
        (("cohorts", "still"), still, {"constant", "lookup"}),
    ]
    inputs = set(region_inputs(model))
    for at, texts, roles in parts:
        names = [v.spelled for v in model.variables if v.role in roles]
        for name, text in texts.items():
            if identifier(name) not in {identifier(other) for other in names}:
                message = f"the model has no {' or '.join(sorted(roles))} {name!r}"
                yield document.problem("unknown-name", (*at, name), message, nearest(name, names), key=True)
            elif at == ("initial",) and identifier(name) not in inputs:
                yield document.problem("unknown-name", (*at, name), f"{name!r} is no region input", key=True)
            if not text.strip():
                yield document.problem(
                    "missing-text", (*at, name), f"{name!r} is without a reason", "say why in one line"
                )


def _variables(document: Source, settings: BatteryFile, model: Model) -> Iterator[Problem]:
    """Give the variables of the co-flow and of the cohorts that the model does not have."""
    places: list[tuple[Location, str]] = []
    if settings.coflow:
        places += [(("coflow", "parts", index), name) for index, name in enumerate(settings.coflow.parts)]
        places.append((("coflow", "whole"), settings.coflow.whole))
    if settings.cohorts:
        places.append((("cohorts", "people"), settings.cohorts.people))
    names = [v.spelled for v in model.variables]
    for at, name in places:
        if identifier(name) not in {identifier(other) for other in names}:
            message = f"the model has no variable {name!r}"
            yield document.problem("unknown-name", at, message, nearest(name, names))
