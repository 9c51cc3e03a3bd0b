"""The lever catalogue: what a policy may change, within which bounds, and how it runs over time.

A lever is a scalar constant of the model. Its baseline is the model's value, or a path by year where the past is known
to differ. A *step* setting for a year is in force from the start of that year; a *linear* one is reached at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Location, Source, Strict, read_yaml, validate
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.costs import cost_problems
from urbsim.project.regions.facts import Pair
from urbsim.project.regions.region import Label, Region
from urbsim.project.setting import CONSTANT, Setting
from urbsim.units import factor


class Clause(Strict):
    """A place in a policy document."""

    document: str
    clause: str


class Lever(Strict):
    """One lever.

    ``measures`` names the measures of the documents that it carries. ``together`` says which other levers must be at
    which value for it to act: a reward needs an evaluation, a priority needs money to be short. ``cost`` is a flow of
    money of the model, or the reason why there is none. ``earlier`` names the constant that
    holds the baseline of two years before the base year, under which the people of the start had lived.
    """

    label: Label
    variable: str
    unit: str
    bounds: Pair
    low: str
    high: str
    cost: str
    interpolation: Literal["step", "linear"]
    clauses: list[Clause]
    measures: list[str] = Field(default_factory=list)
    together: dict[str, float] = Field(default_factory=dict)
    baseline: dict[int, float] = Field(default_factory=dict)
    baseline_reason: str = ""
    earlier: str = ""

    def check(self, value: float) -> str | None:
        """Return the fault of a value of the lever, as words that follow its name, or None."""
        low, high = self.bounds
        inside = low <= value <= high  # also refuses NaN
        return None if inside else f"must lie from {low:g} to {high:g} {self.unit}, not {value:g}"


class LeverFile(Strict):
    """The file models/levers.yaml."""

    levers: dict[str, Lever]


def load_levers(path: Path, label: str, model: Model, documents: set[str]) -> Mapping[str, Lever]:
    """Read and check the lever catalogue.

    Parameters
    ----------
    path
        The file.
    label
        Its name in messages.
    model
        Whose variables the levers set.
    documents
        Ids of documents that a lever may cite.

    Raises
    ------
    InputError
        With every problem: unknown variables and documents, units that differ from the model's, defaults out of bounds,
        costs that are no flow of money.
    """
    document = read_yaml(path, label)
    levers = validate(LeverFile, document).levers
    problems = [p for name, lever in levers.items() for p in _problems(document, name, lever, model, documents)]
    problems += [p for name, lever in levers.items() for p in _together(document, name, lever, levers)]
    problems += cost_problems(document, {name: lever.cost for name, lever in levers.items()}, model)
    if problems:
        raise InputError(problems)
    return levers


def _together(document: Source, name: str, lever: Lever, levers: Mapping[str, Lever]) -> Iterator[Problem]:
    for other, value in lever.together.items():
        at = ("levers", name, "together", other)
        if other not in levers or other == name:
            yield document.problem(
                "unknown-name", at, f"unknown lever {other!r}", nearest(other, set(levers) - {name}), key=True
            )
        elif reason := levers[other].check(value):
            yield document.problem("out-of-bounds", at, f"{other} {reason}")


def _problems(document: Source, name: str, lever: Lever, model: Model, documents: set[str]) -> Iterator[Problem]:
    at = ("levers", name)
    variable = model.by_name.get(identifier(lever.variable))
    if model.excused(lever.variable):
        pass
    elif variable is None or not _is_scalar(variable):
        spellings = [v.spelled for v in model.variables if _is_scalar(v)]
        message = f"no scalar constant of the model answers to lever variable {lever.variable!r}"
        yield document.problem("unknown-name", (*at, "variable"), message, nearest(lever.variable, spellings))
    else:
        yield from _earlier(document, at, lever, model)
        default = float(model.constant(variable.name))
        low, high = lever.bounds
        for value in (default, *lever.baseline.values()):
            if not low <= value <= high:
                yield document.problem(
                    "out-of-bounds", (*at, "bounds"), f"baseline {value:g} lies outside {low:g} to {high:g}"
                )
        try:
            reason = (
                "" if factor(lever.unit, variable.unit) == 1 else f"unit {lever.unit!r} is not the unit of the model"
            )
        except ValueError as error:
            reason = str(error)
        if reason:
            yield document.problem(
                "unit", (*at, "unit"), reason, f"the variable {variable.spelled!r} is in {variable.unit}"
            )
    if lever.baseline and not lever.baseline_reason:
        yield document.problem("missing-text", (*at, "baseline"), "a baseline path needs a baseline_reason")
    for index, clause in enumerate(lever.clauses):
        if clause.document not in documents:
            place = (*at, "clauses", index, "document")
            yield document.problem(
                "unknown-name", place, f"unknown document {clause.document!r}", nearest(clause.document, documents)
            )


def _earlier(document: Source, at: Location, lever: Lever, model: Model) -> Iterator[Problem]:
    variable = model.by_name.get(identifier(lever.earlier))
    if lever.earlier and not model.excused(lever.earlier) and (variable is None or not _is_scalar(variable)):
        spellings = [v.spelled for v in model.variables if _is_scalar(v)]
        message = f"the model has no scalar constant {lever.earlier!r}"
        yield document.problem("unknown-name", (*at, "earlier"), message, nearest(lever.earlier, spellings))


def _is_scalar(variable: ir.Variable) -> bool:
    return variable.role == "constant" and not variable.definitions[0].subs


def setting_problems(
    document: Source, at: Location, lever: str, setting: Setting, levers: Mapping[str, Lever]
) -> Iterator[Problem]:
    """Give what is wrong with a lever and its values.

    Parameters
    ----------
    document
        The file, for places.
    at
        Where the setting stands in it, under the name of its lever.
    lever
        Id.
    setting
        Its values by year.
    levers
        By id.
    """
    if lever not in levers:
        yield document.problem("unknown-name", at, f"unknown lever {lever!r}", nearest(lever, levers), key=True)
        return
    for year, value in setting.items():
        if reason := levers[lever].check(value):
            place = at if year == CONSTANT else (*at, year)
            yield document.problem("out-of-bounds", place, f"{lever} {reason}")


def region_problems(region: Region, document: Source, levers: Mapping[str, Lever], model: Model) -> Iterator[Problem]:
    """Give what is wrong with the levers and model constants that a region sets itself.

    Parameters
    ----------
    region
        What is checked.
    document
        Its file, for places.
    levers
        By id.
    model
        Whose constants a region may set.
    """
    for name, setting in region.levers.items():
        yield from setting_problems(document, ("levers", name), name, setting, levers)
    for name in region.parameters:
        variable = model.by_name.get(identifier(name))
        is_constant = variable is not None and variable.role == "constant"
        if not is_constant and identifier(name) not in model.unread and not model.cut:
            constants = [v.spelled for v in model.variables if v.role == "constant"]
            message = f"the model has no constant {name!r}"
            yield document.problem("unknown-name", ("parameters", name), message, nearest(name, constants), key=True)
