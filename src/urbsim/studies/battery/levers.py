"""Tests of levers: each moves something by enough, and reaches indicators of another group than its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from urbsim.studies.battery.context import BatteryVerdict, Bench
from urbsim.studies.reach import Reach, reaches

LEAST = 0.01  # by which a lever must move some indicator
BEYOND = 0.005  # by which it must move one of another group


def live_levers(on: Bench, local: Mapping[str, str]) -> Iterator[BatteryVerdict]:
    """Move each lever by a fifth of its range, or to its ends: indicators of two groups must follow in every region.

    Parameters
    ----------
    on
        Model and regions.
    local
        Levers that need not move another group than their own, each with the reason.
    """
    all_reaches = reaches(on, LEAST)
    weakest = _weakest(all_reaches, "change")
    dead = [reach for reach in weakest if not reach.change > LEAST]
    lines = [f"{_at(r)} moves nothing by more than {100 * r.change:.2g} % in {r.region}" for r in dead]
    moves = ", ".join(f"{r.lever}: {r.indicator} {100 * r.change:.3g} %" for r in weakest if r not in dead)
    note = f"indicators moved most, in the region where that is least: {moves}"
    worst = min((r.change for r in weakest), default=0.0)
    yield _verdict("live levers", on, worst, LEAST, note, lines)
    weakest = [reach for reach in _weakest(all_reaches, "other_change") if reach.lever not in local]
    alone = [reach for reach in weakest if not reach.other_change > BEYOND]
    lines = [f"{_at(r)} moves {r.indicator}, and of other groups {_other(r)}, in {r.region}" for r in alone]
    moves = ", ".join(f"{r.lever}: {_other(r)}" for r in weakest if r not in alone)
    kept = "; ".join(f"{lever}, {reason}" for lever, reason in local.items())
    note = f"moved most of another group, in the region where that is least: {moves}" + (
        f"; local: {kept}" if kept else ""
    )
    worst = min((r.other_change for r in weakest), default=0.0)
    yield _verdict("reach of levers", on, worst, BEYOND, note, lines)


def _verdict(test: str, on: Bench, worst: float, limit: float, note: str, lines: Sequence[str]) -> BatteryVerdict:
    count = len(on.project.levers) * len(on.members)
    ok = count > 0 and not lines
    return BatteryVerdict(test, count, "levers", worst, f"> {100 * limit:g} %", ok, note, tuple(lines))


def _weakest(all_reaches: Sequence[Reach], field: str) -> list[Reach]:
    """Return of each lever the region in which it moves least."""
    weakest: dict[str, Reach] = {}
    for reach in all_reaches:
        if reach.lever not in weakest or getattr(reach, field) < getattr(weakest[reach.lever], field):
            weakest[reach.lever] = reach
    return list(weakest.values())


def _at(reach: Reach) -> str:
    return f"{reach.lever} at {reach.value:g}"


def _other(reach: Reach) -> str:
    return f"{reach.other} {100 * reach.other_change:.2g} %" if reach.other else "none"
