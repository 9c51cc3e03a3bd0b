"""What is wrong with target files, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Location, Source, read_yaml, validate
from urbsim.project.contents import Contents
from urbsim.project.indicators import Indicators
from urbsim.project.regions.facts import UNITS
from urbsim.project.targets import PERCENT, Check, Over, PlaceFile, Target, TargetArea, TargetFile, Targets, checks
from urbsim.units import factor

PLACES = "places.yaml"


@dataclass(frozen=True, slots=True)
class TargetNames:
    """What a target may refer to."""

    project: Contents
    indicators: Indicators
    places: Mapping[str, TargetArea]

    @property
    def regions(self) -> set[str]:
        """Return ids of regions and places."""
        return {*self.project.regions, *self.places}

    @property
    def years(self) -> tuple[int, int]:
        """Return the years that runs may cover: after the first base year, up to the last horizon."""
        starts = [region.base_year for region in self.project.regions.values()]
        ends = [scenario.horizon for scenario in self.project.scenarios.values()]
        return min(starts, default=0) + 1, max(ends, default=9999)


def load_targets(folder: Path, label: str, project: Contents, indicators: Indicators) -> Targets:
    """Read data/targets/; a workspace without that folder has no targets.

    Parameters
    ----------
    folder
        Holds a file per document, and places.yaml.
    label
        Name of the folder in messages.
    project
        Documents, regions and levers that rows may name.
    indicators
        By id.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    problems: list[Problem] = []
    places: Mapping[str, TargetArea] = {}
    if (folder / PLACES).exists():
        try:
            places = load_places(folder / PLACES, f"{label}/{PLACES}", project)
        except InputError as error:
            problems += error.problems
    names = TargetNames(project, indicators, places)
    rows: list[tuple[str, Target]] = []
    labels: dict[str, str] = {}
    for path in files(folder):
        try:
            file, source = read_targets(path, f"{label}/{path.name}")
        except InputError as error:
            problems += error.problems
            continue
        problems += file_problems(file, source, path, names, labels)
        rows += [(file.document, target) for target in file.targets]
    if problems:
        raise InputError(problems)
    return Targets(tuple(rows), places)


def files(folder: Path) -> list[Path]:
    """Return the target files of a folder."""
    return [path for path in sorted(folder.glob("*.yaml")) if path.name != PLACES]


def load_places(path: Path, label: str, project: Contents) -> Mapping[str, TargetArea]:
    """Read and check data/targets/places.yaml.

    Raises
    ------
    InputError
        For parts that are neither a place nor a region here.
    """
    source = read_yaml(path, label)
    places = validate(PlaceFile, source).places
    regions = {*places, *project.regions}
    problems = [
        source.problem(
            "unknown-name",
            ("places", name, "regions", index),
            f"unknown region {part!r}",
            nearest(part, regions - {name}),
        )
        for name, place in places.items()
        for index, part in enumerate(place.regions)
        if part not in regions or part == name
    ]
    if problems:
        raise InputError(problems)
    return places


def read_targets(path: Path, label: str) -> tuple[TargetFile, Source]:
    """Read a target file; :func:`file_problems` looks at what it refers to.

    Raises
    ------
    InputError
        With every problem of form.
    """
    source = read_yaml(path, label)
    return validate(TargetFile, source), source


def file_problems(
    file: TargetFile, source: Source, path: Path, names: TargetNames, labels: dict[str, str]
) -> Iterator[Problem]:
    """Give everything wrong with a file.

    Parameters
    ----------
    file
        What is checked.
    source, path
        Where it stands.
    names
        What targets may refer to.
    labels
        Collects, by id of a target, the label of the file that has it.
    """
    documents = names.project.documents
    if file.document not in documents:
        yield source.problem(
            "unknown-name", ("document",), f"unknown document {file.document!r}", nearest(file.document, documents)
        )
    elif file.document != path.stem:
        yield source.problem("file-name", ("document",), f"document {file.document!r} is not the name of the file")
    for index, target in enumerate(file.targets):
        at: Location = ("targets", index)
        if target.id in labels:
            message = f"target {target.id!r} is given twice, first in {labels[target.id]}"
            yield source.problem("defined-twice", (*at, "id"), message, "keep one of them")
        labels.setdefault(target.id, source.label)
        for rule, place, message, hint in row_problems(target, names):
            yield source.problem(rule, (*at, *place), f"{target.id}: {message}", hint)


Fault = tuple[str, Location, str, str]  # rule, place in the row, message, hint


def row_problems(target: Target, names: TargetNames) -> Iterator[Fault]:
    """Give place, message and hint of everything wrong with a row."""
    if not target.clause.strip():
        yield "missing-text", ("clause",), "clause is missing", "every row names the clause it comes from"
    if target.region not in names.regions:
        hint = f"{nearest(target.region, names.regions)}; or add a place to data/targets/{PLACES}"
        yield "unknown-name", ("region",), f"unknown region {target.region!r}", hint
    yield from _verdict(target)
    yield from _deadline(target, names)
    yield from _allocation(target)
    if target.indicator is not None:
        yield from _operator((), checks(target), target)
    for index, check in enumerate(checks(target)):
        at: Location = ("condition", index) if target.condition else ()
        yield from _check(at, check, names)
        if target.condition:
            yield from _operator(at, (check,), target)


def _verdict(target: Target) -> Iterator[Fault]:
    """A row is read by an indicator, by conditions, or not at all and says why."""
    ways = [target.indicator is not None, bool(target.condition), bool(target.why_not)]
    if sum(ways) != 1:
        message = "needs exactly one of indicator, condition and why_not"
        yield "verdict", (), message, "why_not says why the model cannot say anything about it"
    if target.wider and target.narrower:
        yield "verdict", ("narrower",), "is wider and narrower than the document at once", "then say why_not"
    if target.evidence != (target.kind == "reported outcome"):
        yield "verdict", ("kind",), "evidence: true and kind: reported outcome go together", ""


def _deadline(target: Target, names: TargetNames) -> Iterator[Fault]:
    if target.deadline is not None and target.assumed_deadline is not None:
        yield "deadline", ("assumed_deadline",), "has a deadline and an assumed one", "keep the document's"
    if target.due is None:
        if not target.why_not:
            yield "deadline", (), "has no deadline", "give deadline, or assumed_deadline with year and reason"
        return
    first, last = names.years
    if not first <= target.due <= last and not target.why_not:
        at: Location = ("assumed_deadline", "year") if target.assumed_deadline else ("deadline",)
        yield "deadline", at, f"deadline {target.due} lies outside the years {first} to {last} of the runs", ""


def _allocation(target: Target) -> Iterator[Fault]:
    if target.allocation is None or target.allocation.by == "rate":
        return
    if not target.allocation.by:
        yield (
            "nothing-there",
            ("allocation", "by"),
            "names no fact",
            "name facts, or rate where every county has the same value",
        )
    for index, name in enumerate(target.allocation.by):
        if name not in UNITS:
            yield "unknown-name", ("allocation", "by", index), f"unknown fact {name!r}", nearest(name, UNITS)


def _operator(at: Location, conditions: tuple[Check, ...], target: Target) -> Iterator[Fault]:
    if target.indicator is not None and target.operator is None:
        yield "operator", at, "has an indicator and no operator", "one of >=, <=, =, ~, rises, falls"
    for check in conditions:
        moving = check.operator in {"rises", "falls"}
        if moving and check.value is not None:
            yield (
                "operator",
                (*at, "value"),
                f"{check.operator} takes no value, not {check.value:g}",
                "it compares two years",
            )
        if moving and check.reading.since is None:
            yield "operator", at, f"{check.operator} needs since", "the year it is compared with"
        if check.operator == "~" and not check.tolerance:
            yield "operator", at, "~ needs a tolerance", "for example 0.05 for 5 %"
    if target.scored_as and target.operator not in {"=", "~"}:
        yield "operator", ("scored_as",), f"scored_as says how to read = or ~, not {target.operator}", ""


def _check(at: Location, check: Check, names: TargetNames) -> Iterator[Fault]:
    if (check.indicator is None) == (check.lever is None):
        yield "operator", at, "needs an indicator or a lever, and not both", ""
        return
    levers = names.project.levers
    if check.lever is not None:
        if check.lever not in levers:
            yield "unknown-name", (*at, "lever"), f"unknown lever {check.lever!r}", nearest(check.lever, levers)
        if check.unit is not None:
            yield "unit", (*at, "unit"), "a lever is compared in its own unit", "leave unit out"
        return
    if check.indicator not in names.indicators:
        yield (
            "unknown-name",
            (*at, "indicator"),
            f"unknown indicator {check.indicator!r}",
            nearest(str(check.indicator), names.indicators),
        )
        return
    yield from _reading(at, check, names)


def _reading(at: Location, check: Check, names: TargetNames) -> Iterator[Fault]:
    reading = check.reading
    if reading.how in {"gain", "change", "growth", "mean"} and reading.since is None:
        yield "operator", (*at, "reading"), f"{reading.how} needs since", "the year it is counted from"
    if reading.how == "programme":
        if reading.plan not in names.project.levers:
            hint = nearest(reading.plan or "", names.project.levers)
            yield "reading", (*at, "reading"), f"a programme needs plan: a lever, not {reading.plan!r}", hint
        if names.indicators[str(check.indicator)].unit != "percent":
            yield "reading", (*at, "indicator"), "a programme is read from a coverage in percent", ""
        return
    if reading.over is not None:
        yield from _over((*at, "reading", "over"), reading.over, names.indicators[str(check.indicator)].unit, names)
    own = "percent" if reading.how in PERCENT else names.indicators[str(check.indicator)].unit
    if reading.over is not None:
        own = "percent"
    yield from _unit(at, check.unit, own)


def _over(at: Location, over: Over, own: str, names: TargetNames) -> Iterator[Fault]:
    if over.indicator not in names.indicators:
        yield (
            "unknown-name",
            (*at, "indicator"),
            f"unknown indicator {over.indicator!r}",
            nearest(over.indicator, names.indicators),
        )
    else:
        yield from _unit(at, names.indicators[over.indicator].unit, own)
    if over.otherwise is not None:
        yield from _unit((*at, "otherwise"), over.otherwise.unit, own)
    if over.region is not None and over.region not in names.regions:
        yield "unknown-name", (*at, "region"), f"unknown region {over.region!r}", nearest(over.region, names.regions)
    if over.otherwise is not None and over.otherwise.source not in names.project.sources:
        hint = nearest(over.otherwise.source, names.project.sources)
        yield (
            "unknown-source",
            (*at, "otherwise", "source"),
            f"source {over.otherwise.source!r} is not in data/sources.yaml",
            hint,
        )


def _unit(at: Location, unit: str | None, own: str) -> Iterator[Fault]:
    if unit is None:
        return
    try:
        factor(unit, own)
    except ValueError as error:
        yield "unit", (*at, "unit"), str(error), f"give it in {own}"
