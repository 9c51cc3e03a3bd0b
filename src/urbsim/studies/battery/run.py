"""All tests of the battery by name: a tuple that the command runs from first to last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from urbsim.engine.lower.faults import faults
from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.language.checks.documentation import documentation
from urbsim.language.checks.units import clashes
from urbsim.project.battery import BatteryFile
from urbsim.project.behaviour import Behaviour
from urbsim.project.loops import Loops
from urbsim.project.reality_checks import Constraint
from urbsim.studies.battery import (
    bands,
    equilibrium,
    extremes,
    initial,
    laws,
    levers,
    loops,
    numerics,
    parameters,
    tables,
)
from urbsim.studies.battery.context import BatteryVerdict, Bench
from urbsim.studies.battery.reality import reality
from urbsim.studies.expectations import SHARE, examine, told


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested, and what the files of the model say about its tests; ``asked`` are regions that a user named."""

    on: Bench
    behaviour: Behaviour
    constraints: Sequence[Constraint]
    settings: BatteryFile
    loops: Loops
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatteryTest:
    """A test by name: what it covers, and what gives its verdicts."""

    name: str
    covers: str
    run: Callable[[Subject], Iterator[BatteryVerdict]]


def subject_of(on: Bench, asked: Sequence[str] = ()) -> Subject:
    """Read what the tests need beside the model; ``asked`` are the regions that a user named.

    Raises
    ------
    InputError
        With every problem of models/behaviour.yaml, reality-checks.mdl, battery.yaml or loops.yaml.
    """
    project = on.project
    return Subject(on, project.behaviour, project.reality_checks, project.battery, project.loops, tuple(asked))


def _equations(subject: Subject) -> Iterator[BatteryVerdict]:
    count, problems = len(subject.on.project.model.variables), faults(subject.on.project.model)
    yield BatteryVerdict("equations", count, "variables", len(problems), "0 faults", not problems, "", _lines(problems))


def _units(subject: Subject) -> Iterator[BatteryVerdict]:
    count, problems = len(subject.on.project.model.variables), clashes(subject.on.project.model)
    yield BatteryVerdict("units", count, "variables", len(problems), "0 clashes", not problems, "", _lines(problems))


def _documentation(subject: Subject) -> Iterator[BatteryVerdict]:
    bare, count = list(documentation(subject.on.project.model)), len(subject.on.project.model.variables)
    yield BatteryVerdict("documentation", count, "variables", len(bare), "0 missing", not bare, "", _lines(bare))


def _lines(problems: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(item) for item in problems)


def _behaviour(subject: Subject) -> Iterator[BatteryVerdict]:
    """Run the checks of directions: no lever may move the wrong way."""
    on, results = subject.on, examine(subject.on, subject.behaviour.directions)
    failures = [result for result in results if not result.held]
    notes = [
        f"{told(result.direction, on.indicators[result.direction.indicator])}: "
        + ", ".join(f"{region} {change:+.3g}" for region, change in result.changes.items())
        for result in failures
    ]
    count, ok = len(results) * len(on.members), bool(results) and not failures
    yield BatteryVerdict("behaviour", count, "checks", len(failures), "0 broken", ok, "", tuple(notes))


BATTERY: tuple[BatteryTest, ...] = (
    BatteryTest("equations", "syntax, names, functions, loops and subscripts of every equation", _equations),
    BatteryTest("units", "units on both sides of every equation", _units),
    BatteryTest("documentation", "unit and comment of every variable", _documentation),
    BatteryTest(
        "laws",
        f"finite numbers, ledgers and stocks in {laws.DRAWS} runs per region with random levers and parameters",
        lambda subject: laws.laws(subject.on, subject.settings),
    ),
    BatteryTest(
        "co-flow",
        "workers, jobseekers and trainees against adults",
        lambda subject: laws.coflow(subject.on, subject.settings),
    ),
    BatteryTest(
        "cohorts",
        "birth years through all ages, nobody dying or moving",
        lambda subject: laws.cohorts(subject.on, subject.settings),
    ),
    BatteryTest(
        "time-step",
        "headline outcomes with steps of 1/8, 1/16, 1/32 against 1/64 year",
        lambda subject: iter([numerics.time_step(subject.on)]),
    ),
    BatteryTest(
        "start",
        "initial stocks against the data; flows and indicators of the first two years",
        lambda subject: initial.start(subject.on, subject.settings),
    ),
    BatteryTest(
        "equilibrium",
        f"drift of every stock and indicator over {equilibrium.WATCH} years with frozen drivers",
        lambda subject: iter([equilibrium.equilibrium(subject.on, subject.settings)]),
    ),
    BatteryTest(
        "tables",
        "shape of effects; arguments off their tables in base runs and random runs",
        lambda subject: iter([tables.shapes(subject.on), *tables.ranges(subject.on)]),
    ),
    BatteryTest(
        "extremes",
        "every constant, lever and table at 0, a thousandth and a thousand times",
        lambda subject: iter([extremes.extremes(subject.on, subject.settings)]),
    ),
    BatteryTest(
        "parameters",
        "values and draws within ranges; each parameter at both ends changes something",
        lambda subject: parameters.meaning(subject.on),
    ),
    BatteryTest(
        "levers",
        f"each lever moved by {100 * SHARE:g} % of its range when policy begins, or to an end of it, moves an "
        f"indicator by {100 * levers.LEAST:g} % and one of another group by {100 * levers.BEYOND:g} %",
        lambda subject: levers.live_levers(subject.on, subject.behaviour.local),
    ),
    BatteryTest("behaviour", "the directions of models/behaviour.yaml: what levers themselves put out", _behaviour),
    BatteryTest(
        "bands",
        "the bands of models/behaviour.yaml: how much levers do, by the evidence, and over draws of all parameters",
        lambda subject: bands.bands(subject.on, subject.behaviour, subject.asked),
    ),
    BatteryTest(
        "reality",
        "the reality checks of models/reality-checks.mdl",
        lambda subject: iter([reality(subject.on, subject.constraints)]),
    ),
    BatteryTest(
        "loops",
        "the feedback loops of models/loops.yaml: polarity, cuts and what is claimed of them",
        lambda subject: loops.verdicts(subject.on, subject.loops),
    ),
)


def chosen(names: Sequence[str], tests: Sequence[BatteryTest] = BATTERY) -> list[BatteryTest]:
    """Return tests by name, all of them without names, in the order of the battery.

    Raises
    ------
    InputError
        For unknown names, with the nearest ones.
    """
    names_of_tests = [test.name for test in tests]
    problems = [
        Problem("unknown-name", Place("command line"), f"unknown test {n!r}", nearest(n, names_of_tests))
        for n in names
        if n not in names_of_tests
    ]
    if problems:
        raise InputError(problems)
    return [test for test in tests if not names or test.name in names]
