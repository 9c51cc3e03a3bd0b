"""Laws that hold whatever the numbers: ledgers, stocks above zero, co-flows, cohorts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from urbsim.names import identifier
from urbsim.project.battery import BatteryFile
from urbsim.studies.battery.context import BatteryVerdict, Bench

DRAWS = 200
TOLERANCE = 1e-9


def laws(on: Bench, settings: BatteryFile) -> Iterator[BatteryVerdict]:
    """Run each region with random levers and parameters and give what the ledgers and stocks say."""
    ledgers = [identifier(name) for name in on.project.ledgers.variables]
    free_signs = {identifier(name) for name in settings.signed}
    stocks = [identifier(e.name) for e in on.stocks if identifier(e.name) not in free_signs]
    share, least, scale, failures, count = 0.0, 0.0, 1.0, 0, 0
    for number, region in enumerate(on.members):
        members = [on.members[region], *on.random(region, DRAWS, seed=number)]
        trajectories = on.run(members, [*ledgers, *stocks])
        failures += len(trajectories.failed)
        count += len(members)
        good = [i for i in range(len(members)) if i not in trajectories.failed]
        share = max(share, *(float(np.abs(trajectories.values[name][good]).max()) for name in ledgers))
        for name in stocks:
            values = trajectories.values[name][good]
            if values.min() / max(1.0, np.abs(values).max()) < least:
                least, scale = float(values.min()), max(1.0, float(np.abs(values).max()))
                least /= scale
    runs = f"{count} runs"
    yield BatteryVerdict("finite", count, "runs", failures, "0 failed", failures == 0)
    yield BatteryVerdict(
        "conservation", count * len(ledgers), "ledgers", share, f"< {TOLERANCE:g}", share < TOLERANCE, runs
    )
    yield BatteryVerdict(
        "non-negative stocks", count * len(stocks), "stocks", least, f">= -{TOLERANCE:g}", least >= -TOLERANCE, runs
    )


def coflow(on: Bench, settings: BatteryFile) -> Iterator[BatteryVerdict]:
    """Compare the parts of a co-flow, such as the labour force by skill, with what they must add up to."""
    if settings.coflow is None:
        return
    run = on.run(list(on.members.values()), [*settings.coflow.parts, settings.coflow.whole])
    whole = run.values[identifier(settings.coflow.whole)]
    arrays = [run.values[identifier(name)] for name in settings.coflow.parts]
    parts = sum(array.sum(axis=tuple(range(whole.ndim, array.ndim))) for array in arrays)
    error = float(np.abs(parts / whole - 1).max())
    yield BatteryVerdict("co-flow of workers", whole.size, "values", error, f"< {TOLERANCE:g}", error < TOLERANCE)


def cohorts(on: Bench, settings: BatteryFile) -> Iterator[BatteryVerdict]:
    """Follow birth years with nobody dying or moving: the yearly shift must carry each on without loss or mixture."""
    if settings.cohorts is None:
        return
    members = []
    for member in on.members.values():
        still = member
        for name in settings.cohorts.still:
            still = on.changed(still, name, np.zeros_like(on.constant(member, name)))
        members.append(still)
    people = on.run(members, [settings.cohorts.people]).values[identifier(settings.cohorts.people)]
    total = people.sum(axis=tuple(range(2, people.ndim - 1)))  # (member, time, age)
    years = total.shape[1] - 1
    oldest = total.shape[2] - 1 - years  # the last age is open: who is there stays there
    first, last = total[:, 0, 1:oldest], total[:, -1, 1 + years : oldest + years]
    error = float(np.abs(last / first - 1).max())
    yield BatteryVerdict("cohorts pass unmixed", first.size, "cohorts", error, f"< {TOLERANCE:g}", error < TOLERANCE)
