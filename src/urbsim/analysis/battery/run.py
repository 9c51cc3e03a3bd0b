"""All tests of the battery, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from urbsim.analysis.battery import laws, loops, numerics
from urbsim.analysis.battery.bench import Bench, Verdict
from urbsim.analysis.battery.reality import Constraint, reality
from urbsim.analysis.expectations import Expectation, examine, told
from urbsim.analysis.loopfile import Loops
from urbsim.engine.faults import structure
from urbsim.model.checks import documentation, equations


def battery(
    on: Bench, expectations: Sequence[Expectation], constraints: Sequence[Constraint], named: Loops
) -> Iterator[Verdict]:
    """Run every test and give its verdict."""
    yield from _written(on)
    yield from laws.laws(on)
    yield laws.coflow(on)
    yield laws.cohorts(on)
    yield numerics.time_step(on)
    yield _levers(on, expectations)
    yield reality(on, constraints)
    yield from loops.verdicts(on, named)


def _written(on: Bench) -> Iterator[Verdict]:
    """Check what can be read off the text: structure, units, documentation."""
    model = on.library.model
    count = len(model.variables)
    found = structure(model)
    yield Verdict("equations", count, "variables", len(found), "0 faults", not found, _first(found))
    clashes = equations(model)
    yield Verdict("units", count, "variables", len(clashes), "0 clashes", not clashes, _first(clashes))
    bare = list(documentation(model))
    yield Verdict("documentation", count, "variables", len(bare), "0 missing", not bare, _first(bare))


def _first(found: Sequence[object]) -> str:
    return str(found[0]) if found else ""


def _levers(on: Bench, expectations: Sequence[Expectation]) -> Verdict:
    """Run the behaviour checks: no lever may be dead or move the wrong way."""
    found = examine(on, expectations)
    broken = [one for one in found if not one.held]
    notes = [
        f"{told(one.expectation, on.indicators.indicators[one.expectation.indicator])}: "
        + ", ".join(f"{region} {change:+.3g}" for region, change in one.changes.items())
        for one in broken
    ]
    covered = len(found) * len(on.members)
    return Verdict("live levers", covered, "checks", len(broken), "0 broken", bool(found) and not broken, _first(notes))
