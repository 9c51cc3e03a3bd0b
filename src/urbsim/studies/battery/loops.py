"""Named loops as tests: their polarity, what their cuts do, what is claimed of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from urbsim.project.loops import Loops
from urbsim.studies.battery.context import Bench, Verdict
from urbsim.studies.loopcuts import Cut, Judged, cuts
from urbsim.studies.loops import TINY, Polarity, polarities


def verdicts(on: Bench, loops: Loops) -> Iterator[Verdict]:
    """Follow and cut every loop in every region, and give what does not come out as declared."""
    yield polarity(polarities(on, loops))
    yield from effects(*cuts(on, loops))


def polarity(found: Sequence[Polarity]) -> Verdict:
    """Judge signs: each loop must act, with its polarity, in every region for which it is declared."""
    mine = [one for one in found if one.counts]
    wrong = [one for one in mine if one.faults]
    notes = [f"{one.loop.entry.id} in {one.region}: {'; '.join(one.faults)}" for one in wrong]
    return Verdict("loop polarity", len(mine), "loops", len(wrong), "0 wrong", bool(mine) and not wrong, _first(notes))


def effects(found: Sequence[Cut], judged: Sequence[Judged]) -> Iterator[Verdict]:
    """Judge cuts: one that changes nothing anywhere is a loop without effect, or a reading that does not show it."""
    sizes: dict[str, list[float]] = {}
    for one in found:
        sizes.setdefault(one.loop.entry.id, []).append(abs(one.change))
    dead = [name for name, changes in sizes.items() if max(changes) <= TINY]
    broken = [name for name, changes in sizes.items() if not all(map(math.isfinite, changes))]
    notes = [f"the cut of {name} changes its reading nowhere" for name in dead]
    notes += [f"the cut of {name} breaks the run: cut another variable" for name in broken]
    passed = bool(found) and not notes
    yield Verdict("loop cuts", len(found), "cuts", len(notes), "0 dead or broken", passed, _first(notes))
    if judged:
        wrong = [one for one in judged if not one.held]
        notes = [
            f"{one.claim.indicator} in {one.region}: the cut of {one.largest or 'no loop'} changes it most, "
            f"not of {' or '.join(one.claim.loops)}"
            for one in wrong
        ]
        yield Verdict("loop dominance", len(judged), "claims", len(wrong), "0 refuted", not wrong, _first(notes))


def _first(notes: Sequence[str]) -> str:
    return "; ".join(notes[:3])
