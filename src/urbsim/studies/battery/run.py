"""All tests of the battery by name: a tuple that the command runs from first to last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from urbsim.engine.lower.faults import faults
from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.language.checks.documentation import documentation
from urbsim.language.checks.units import clashes
from urbsim.project.battery import BatteryFile
from urbsim.project.behaviour import Expectation
from urbsim.project.loops import Loops
from urbsim.project.reality_checks import Constraint
from urbsim.studies.battery import equilibrium, extremes, initial, laws, loops, numerics, parameters, tables
from urbsim.studies.battery.context import Bench, Verdict
from urbsim.studies.battery.reality import reality
from urbsim.studies.expectations import SHARE, examine, most_moved, told

LEAST = 0.001  # by which a lever must move some indicator


@dataclass(frozen=True, slots=True)
class Case:
    """What is tested, and what the files of the model say about its tests."""

    on: Bench
    expectations: Sequence[Expectation]
    constraints: Sequence[Constraint]
    settings: BatteryFile
    loops: Loops


@dataclass(frozen=True, slots=True)
class Check:
    """A test by name: what it covers, and what gives its verdicts."""

    name: str
    covers: str
    run: Callable[[Case], Iterator[Verdict]]


def case(on: Bench) -> Case:
    """Read what the tests need beside the model.

    Raises
    ------
    InputError
        With every problem of models/behaviour.yaml, reality-checks.mdl, battery.yaml or loops.yaml.
    """
    project = on.project
    return Case(on, project.behaviour, project.reality_checks, project.battery, project.loops)


def _equations(given: Case) -> Iterator[Verdict]:
    count, found = len(given.on.project.model.variables), faults(given.on.project.model)
    yield Verdict("equations", count, "variables", len(found), "0 faults", not found, "", _lines(found))


def _units(given: Case) -> Iterator[Verdict]:
    count, found = len(given.on.project.model.variables), clashes(given.on.project.model)
    yield Verdict("units", count, "variables", len(found), "0 clashes", not found, "", _lines(found))


def _documentation(given: Case) -> Iterator[Verdict]:
    bare, count = list(documentation(given.on.project.model)), len(given.on.project.model.variables)
    yield Verdict("documentation", count, "variables", len(bare), "0 missing", not bare, "", _lines(bare))


def _lines(found: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(one) for one in found)


def _behaviour(given: Case) -> Iterator[Verdict]:
    """Run the behaviour checks: no lever may move the wrong way."""
    on, found = given.on, examine(given.on, given.expectations)
    broken = [one for one in found if not one.held]
    notes = [
        f"{told(one.expectation, on.indicators[one.expectation.indicator])}: "
        + ", ".join(f"{region} {change:+.3g}" for region, change in one.changes.items())
        for one in broken
    ]
    covered, passed = len(found) * len(on.members), bool(found) and not broken
    yield Verdict("behaviour", covered, "checks", len(broken), "0 broken", passed, "", tuple(notes))


def live_levers(on: Bench) -> Verdict:
    """Move each lever by a fifth of its range, or to its ends: some indicator must follow in every region."""
    found = most_moved(on, LEAST)
    dead = [one for one in found if not one.change > LEAST]
    details = tuple(
        f"{one.lever} at {one.value:g} moves nothing by more than {100 * one.change:.2g} % in {one.region}"
        for one in dead
    )
    moved = ", ".join(f"{one.lever}: {one.indicator} {100 * one.change:.3g} %" for one in found if one not in dead)
    note = f"indicators moved most, in the region where that is least: {moved}"
    worst = min((one.change for one in found), default=0.0)
    covered, passed = len(found) * len(on.members), bool(found) and not dead
    return Verdict("live levers", covered, "levers", worst, f"> {100 * LEAST:g} %", passed, note, details)


BATTERY: tuple[Check, ...] = (
    Check("equations", "syntax, names, functions, loops and subscripts of every equation", _equations),
    Check("units", "units on both sides of every equation", _units),
    Check("documentation", "unit and comment of every variable", _documentation),
    Check(
        "laws",
        f"finite numbers, ledgers and stocks in {laws.DRAWS} runs per region with random levers and parameters",
        lambda given: laws.laws(given.on, given.settings),
    ),
    Check(
        "co-flow",
        "workers, jobseekers and trainees against adults",
        lambda given: laws.coflow(given.on, given.settings),
    ),
    Check(
        "cohorts",
        "birth years through all ages, nobody dying or moving",
        lambda given: laws.cohorts(given.on, given.settings),
    ),
    Check(
        "time-step",
        "headline outcomes with steps of 1/8, 1/16, 1/32 against 1/64 year",
        lambda given: iter([numerics.time_step(given.on)]),
    ),
    Check(
        "start",
        "initial stocks against the data; flows and indicators of the first two years",
        lambda given: initial.start(given.on, given.settings),
    ),
    Check(
        "equilibrium",
        f"drift of every stock and indicator over {equilibrium.WATCH} years with frozen drivers",
        lambda given: iter([equilibrium.equilibrium(given.on, given.settings)]),
    ),
    Check(
        "tables",
        "shape of effects; arguments off their tables in base runs and random runs",
        lambda given: iter([tables.shapes(given.on), *tables.ranges(given.on)]),
    ),
    Check(
        "extremes",
        "every constant, lever and table at 0, a thousandth and a thousand times",
        lambda given: iter([extremes.extremes(given.on, given.settings)]),
    ),
    Check(
        "parameters",
        "values and draws within ranges; each parameter at both ends changes something",
        lambda given: parameters.meaning(given.on),
    ),
    Check(
        "levers",
        f"each lever moved by {100 * SHARE:g} % of its range when policy begins, or to an end of it, moves an "
        "indicator by the effect year",
        lambda given: iter([live_levers(given.on)]),
    ),
    Check("behaviour", "what models/behaviour.yaml expects of levers", _behaviour),
    Check(
        "reality",
        "the reality checks of models/reality-checks.mdl",
        lambda given: iter([reality(given.on, given.constraints)]),
    ),
    Check(
        "loops",
        "the feedback loops of models/loops.yaml: polarity, cuts and what is claimed of them",
        lambda given: loops.verdicts(given.on, given.loops),
    ),
)


def chosen(names: Sequence[str], tests: Sequence[Check] = BATTERY) -> list[Check]:
    """Return tests by name, all of them without names, in the order of the battery.

    Raises
    ------
    InputError
        For unknown names, with the nearest ones.
    """
    known = [test.name for test in tests]
    unknown = [
        Problem("unknown-name", Place("command line"), f"unknown test {n!r}", nearest(n, known))
        for n in names
        if n not in known
    ]
    if unknown:
        raise InputError(unknown)
    return [test for test in tests if not names or test.name in names]
