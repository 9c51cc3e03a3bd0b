"""Named loops as tests: their polarity, what their cuts do, what is claimed of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from urbsim.project.loops import Loops
from urbsim.studies.battery.context import BatteryVerdict, Bench
from urbsim.studies.loopcuts import ClaimVerdict, Cut, cuts
from urbsim.studies.loops import TINY, Polarity, polarities


def verdicts(on: Bench, loops: Loops) -> Iterator[BatteryVerdict]:
    """Follow and cut every loop in every region, and give what does not come out as declared."""
    yield polarity(polarities(on, loops))
    yield from effects(*cuts(on, loops))


def polarity(results: Sequence[Polarity]) -> BatteryVerdict:
    """Judge signs: each loop must act, with its polarity, in every region for which it is declared."""
    mine = [item for item in results if item.counts]
    wrong = [item for item in mine if item.faults]
    notes = [f"{item.loop.entry.id} in {item.region}: {'; '.join(item.faults)}" for item in wrong]
    return BatteryVerdict(
        "loop polarity", len(mine), "loops", len(wrong), "0 wrong", bool(mine) and not wrong, _first(notes)
    )


def effects(results: Sequence[Cut], judgements: Sequence[ClaimVerdict]) -> Iterator[BatteryVerdict]:
    """Judge cuts: one that changes nothing anywhere is a loop without effect, or a reading that does not show it."""
    sizes: dict[str, list[float]] = {}
    for item in results:
        sizes.setdefault(item.loop.entry.id, []).append(abs(item.change))
    dead = [name for name, changes in sizes.items() if max(changes) <= TINY]
    failing = [name for name, changes in sizes.items() if not all(map(math.isfinite, changes))]
    notes = [f"the cut of {name} changes its reading nowhere" for name in dead]
    notes += [f"the cut of {name} breaks the run: cut another variable" for name in failing]
    ok = bool(results) and not notes
    yield BatteryVerdict("loop cuts", len(results), "cuts", len(notes), "0 dead or broken", ok, _first(notes))
    if judgements:
        wrong = [item for item in judgements if not item.held]
        notes = [
            f"{item.claim.indicator} in {item.region}: the cut of {item.largest or 'no loop'} changes it most, "
            f"not of {' or '.join(item.claim.loops)}"
            for item in wrong
        ]
        yield BatteryVerdict(
            "loop dominance", len(judgements), "claims", len(wrong), "0 refuted", not wrong, _first(notes)
        )


def _first(notes: Sequence[str]) -> str:
    return "; ".join(notes[:3])
