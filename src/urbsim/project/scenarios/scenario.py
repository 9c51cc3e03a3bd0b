"""Scenario files: a policy as dated lever settings, with the question it asks and the clauses it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from pydantic import Field

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import Source, Strict, finite, read_yaml, validate
from urbsim.project.levers import Clause, Lever
from urbsim.project.regions.region import Label, Region
from urbsim.project.scenarios.evaluation import ABSOLUTE, Evaluation, check_evaluation, merged
from urbsim.project.setting import CONSTANT, Setting

ALL = "all"  # instead of names of regions: every region whose figures are complete
BASELINE = "baseline"  # the scenario that others are seen beside


class Scenario(Strict):
    """A scenario file; a lever without years changes in the first year that nobody has observed.

    Charts mark the first of its ``target_years`` and tables show them all; where it names none, those of the scenarios
    that it extends count, or those of the baseline.
    """

    name: str
    title: Label
    question: Label
    extends: list[str] = Field(default_factory=list)
    references: list[Clause]
    regions: list[str]
    horizon: int
    target_years: list[int] = Field(default_factory=list)
    levers: dict[str, Setting] = Field(default_factory=dict)
    evaluation: Evaluation | None = None
    leaves_out: list[str] = Field(default_factory=list)


def target_years(scenarios: Mapping[str, Scenario], names: Iterable[str]) -> list[int]:
    """Return the target years of the scenarios of a batch, in order; what names none has those of the baseline."""
    years = {year for name in names for year in _years(scenarios, name) or _years(scenarios, BASELINE)}
    return sorted(years)


def _years(scenarios: Mapping[str, Scenario], name: str) -> list[int]:
    """Return the years that a scenario names, or those that it has from what it extends."""
    if name not in scenarios:
        return []
    scenario = scenarios[name]
    return scenario.target_years or [year for parent in scenario.extends for year in _years(scenarios, parent)]


def load_scenario(path: Path, label: str) -> tuple[Scenario, Source]:
    """Read a scenario file; :func:`check_scenario` looks at what it refers to.

    Raises
    ------
    InputError
        With every problem of form.
    """
    document = read_yaml(path, label)
    return validate(Scenario, document), document


def check_scenario(
    scenario: Scenario,
    document: Source,
    path: Path,
    levers: Mapping[str, Lever],
    regions: Mapping[str, Region],
    documents: set[str],
    scenarios: set[str],
    indicators: Set[str] = frozenset(),
    unread: frozenset[str] = frozenset(),
) -> Iterator[Problem]:
    """Give everything wrong with what a scenario refers to.

    Parameters
    ----------
    scenario
        What is checked.
    document, path
        Its file.
    levers, regions
        By id.
    documents, scenarios, indicators
        Ids that it may name.
    unread
        Ids of regions whose files cannot be read: they have problems of their own.
    """
    if scenario.name != path.stem:
        yield document.problem(
            "file-name", ("name",), f"name {scenario.name!r} is not the name of the file", f"call it {path.stem}"
        )
    for index, parent in enumerate(scenario.extends):
        if parent not in scenarios:
            message = f"extends an unknown scenario {parent!r}"
            yield document.problem(
                "unknown-name", ("extends", index), message, nearest(parent, scenarios - {scenario.name})
            )
    for index, clause in enumerate(scenario.references):
        if clause.document not in documents:
            at = ("references", index, "document")
            yield document.problem(
                "unknown-name", at, f"unknown document {clause.document!r}", nearest(clause.document, documents)
            )
    everywhere = scenario.regions == [ALL]
    for index, region in enumerate(scenario.regions):
        if region not in regions and region not in unread and not everywhere:
            yield document.problem(
                "unknown-name", ("regions", index), f"unknown region {region!r}", nearest(region, regions)
            )
    if not scenario.regions:
        yield document.problem(
            "nothing-there", ("regions",), "names no region", f"name regions, or [{ALL}] for every one"
        )
    start = max(
        (regions[r].base_year for r in (regions if everywhere else scenario.regions) if r in regions), default=0
    )
    yield from _years_to_come(scenario, document, start)
    for name, setting in scenario.levers.items():
        yield from _setting(scenario, document, name, setting, levers, start)
    if scenario.evaluation:
        years = start, scenario.horizon
        yield from check_evaluation(scenario.evaluation, document, levers, regions.keys(), indicators, years)


def _years_to_come(scenario: Scenario, document: Source, start: int) -> Iterator[Problem]:
    """Give a horizon and target years that do not come after the base year."""
    if scenario.horizon <= start:
        message = f"horizon {scenario.horizon} is not after the base year {start}"
        yield document.problem("out-of-bounds", ("horizon",), message)
    for index, year in enumerate(scenario.target_years):
        if year <= start:
            message = f"target year {year} is not after the base year {start}"
            yield document.problem("out-of-bounds", ("target_years", index), message)


def _setting(
    scenario: Scenario, document: Source, name: str, setting: Setting, levers: Mapping[str, Lever], start: int
) -> Iterator[Problem]:
    at = ("levers", name)
    if name not in levers:
        yield document.problem("unknown-name", at, f"unknown lever {name!r}", nearest(name, levers), key=True)
        return
    for year, value in setting.items():
        place = at if year == CONSTANT else (*at, year)
        try:
            finite(value)
        except ValueError as error:
            yield document.problem("wrong-value", place, f"{name} {error}")
            continue
        if reason := levers[name].check(value):
            yield document.problem("out-of-bounds", place, f"{name} {reason}")
        if year != CONSTANT and not start < year <= scenario.horizon:
            message = f"{name} is set for {year}, outside the years {start + 1} to {scenario.horizon} of the run"
            yield document.problem("base-year-lever", place, message, "the base year is as observed", key=True)


def settings(
    name: str, scenarios: Mapping[str, Scenario], trail: tuple[str, ...] = ()
) -> dict[str, tuple[Setting, str]]:
    """Return lever settings of a scenario with the scenario each comes from; its own win over those it extends.

    Raises
    ------
    InputError
        Where ``extends`` goes round in a circle, or two scenarios it extends set levers differently.
    """
    if name in trail:
        raise InputError(_circle(trail[trail.index(name) :]))
    scenario = scenarios[name]
    own = {lever: (setting, name) for lever, setting in scenario.levers.items()}
    parent_settings: dict[str, tuple[Setting, str]] = {}
    problems = []
    for parent in scenario.extends:
        for lever, pair in settings(parent, scenarios, (*trail, name)).items():
            if lever not in own and lever in parent_settings and parent_settings[lever][0] != pair[0]:
                sides = " and ".join(
                    f"{origin} ({_setting_text(setting)})" for setting, origin in (parent_settings[lever], pair)
                )
                message = f"{lever} is set differently by {sides}"
                problems.append(
                    Problem("lever-conflict", Place(f"scenario {name}"), message, f"set {lever} in {name} itself", name)
                )
            parent_settings[lever] = pair
    if problems:
        raise InputError(problems)
    return parent_settings | own


def _circle(names: tuple[str, ...]) -> Problem:
    """Return the same problem for a circle, wherever one comes into it."""
    first = names.index(min(names))
    around = [*names[first:], *names[: first + 1]]
    message = f"extends goes in a circle: {' -> '.join(around)}"
    return Problem(
        "extends-itself", Place(f"scenario {around[0]}"), message, "take one of them out of extends", around[0]
    )


def _setting_text(setting: Setting) -> str:
    return ", ".join(f"{year}: {value:g}" if year else f"{value:g}" for year, value in sorted(setting.items()))


EVALUATION_RULES = frozenset({"evaluation-zones", "evaluation-levers", "evaluation-chain"})  # what the next may break


def evaluation(name: str, scenarios: Mapping[str, Scenario]) -> Evaluation | None:
    """Return the evaluation of a scenario, or None where it has none in force; own keys win over those it extends.

    Raises
    ------
    InputError
        Where two scenarios it extends differ, fewer than two zones are left, or levers of the model's own evaluation
        are set as well.
    """
    block = _evaluation(name, scenarios)
    if block is None or not block.active:
        return None
    where = f"scenario {name}"
    zones = block.zones if block.zones is not None else list(dict.fromkeys(scenarios[name].regions))
    if len(zones) < 2:
        message = "an evaluation needs two zones or more to rank"
        raise InputError(Problem("evaluation-zones", Place(where), message, "name them under evaluation.zones", name))
    twice = [
        lever
        for lever, (setting, _) in settings(name, scenarios).items()
        if lever in ABSOLUTE and any(setting.values())
    ]
    if twice:
        message = f"evaluates zones and sets {' and '.join(twice)}, the model's own evaluation"
        raise InputError(
            Problem("evaluation-levers", Place(where), message, "keep one of the two, or funds move twice", name)
        )
    return block.model_copy(update={"zones": zones})


def _evaluation(name: str, scenarios: Mapping[str, Scenario]) -> Evaluation | None:
    scenario = scenarios[name]
    parents = [(parent, block) for parent in scenario.extends if (block := _evaluation(parent, scenarios))]
    try:
        return merged(parents, scenario.evaluation)
    except ValueError as error:
        hint = "say it in the scenario itself"
        raise InputError(Problem("evaluation-chain", Place(f"scenario {name}"), str(error), hint, name)) from error
