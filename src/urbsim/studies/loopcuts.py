"""What changes when a loop is cut: the weight of a loop in a reading, and claims about which loop weighs most.

The variable that is cut keeps, for the next one on the path, its value of the start. All cuts and regions are
members of one ensemble of one compiled model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from urbsim.engine.compiler import compile_for
from urbsim.engine.contract import Member, Trajectories
from urbsim.errors import InputError, Place, Problem
from urbsim.experiment.forms import outputs
from urbsim.project.loops import Claim, Loop, Loops
from urbsim.results.values import values
from urbsim.studies.battery.context import Bench
from urbsim.studies.expectations import change, dataset
from urbsim.studies.loopmodel import severed, switch
from urbsim.studies.loops import TINY, LoopCase, case_of, cases_of


@dataclass(frozen=True, slots=True)
class Cut:
    """What the cut of a loop changes in the reading of a region: percent, or points of a percentage.

    It is NaN where the cut breaks the run.
    """

    loop: Loop
    region: str
    change: float


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """A claim in one region: the loop whose cut changes the indicator most (none: ""), and by how much each does."""

    claim: Claim
    region: str
    largest: str
    changes: Mapping[str, float]

    @property
    def held(self) -> bool:
        """Tell whether it is one of the loops claimed."""
        return self.largest in self.claim.loops


def cuts(on: Bench, loops: Loops) -> tuple[list[Cut], list[ClaimVerdict]]:
    """Cut every loop that has a cut in every region, all in one ensemble, and judge the claims by the same runs.

    Raises
    ------
    InputError
        For a year that is no end of a year of the run, and where a run without a cut fails.
    """
    mine = [loop for loop in loops.loops if loop.entry.reading]
    if not mine:
        return [], []
    places = [(loop, loop.entry.when) for loop in mine]
    places += [(loop, claim.when) for claim in loops.claims for loop in mine if claim.holds(loop.entry)]
    cases = cases_of(on, [when for _, when in places])
    keys = [(case, "") for case in cases]
    keys += dict.fromkeys((case_of(region, when), loop.entry.id) for loop, when in places for region in on.members)
    on_off = {loop.entry.id: {switch(loop): np.array(1.0)} for loop in mine} | {"": {}}
    members = [Member({**cases[case].constants, **on_off[cut]}, cases[case].series) for case, cut in keys]
    read = _readings(on, loops, mine, members, keys)

    def effect(loop: Loop, case: LoopCase, indicator: str, year: int) -> float:
        after, before = (read(indicator, year)[keys.index((case, cut))] for cut in (loop.entry.id, ""))
        return change(after, before, on.indicators[indicator].unit)

    all_cuts = [
        Cut(loop, region, effect(loop, case_of(region, loop.entry.when), reading.indicator, reading.year))
        for loop in mine
        if (reading := loop.entry.reading)
        for region in on.members
    ]
    judgements = []
    for claim in loops.claims:
        for region in [r for r in on.members if r in (claim.regions or on.members)]:
            case, there = case_of(region, claim.when), [loop for loop in mine if claim.holds(loop.entry)]
            changes = {loop.entry.id: effect(loop, case, claim.indicator, claim.year) for loop in there}
            sizes = {name: abs(float(np.nan_to_num(value))) for name, value in changes.items()}
            largest = max(sizes, key=lambda name: sizes[name])
            largest = largest if sizes[largest] > TINY else ""
            judgements.append(ClaimVerdict(claim, region, largest, changes))
    return all_cuts, judgements


Read = Callable[[str, int], np.ndarray]


def _readings(
    on: Bench, loops: Loops, mine: Sequence[Loop], members: Sequence[Member], keys: Sequence[tuple[LoopCase, str]]
) -> Read:
    """Run members and return how to look up an indicator at the end of a year, one number for each member."""
    readings = [(item.indicator, item.year) for item in (*(loop.entry.reading for loop in mine), *loops.claims) if item]
    for indicator, year in readings:
        if year not in on.clock.times:
            message = f"{indicator} is read in {year}, and runs go from {on.clock.start:g} to {on.clock.stop:g}"
            raise InputError(Problem("failed-run", Place("loops"), message))
    items = {indicator: on.indicators[indicator] for indicator, _ in readings}
    code = compile_for(severed(loops), members, outputs(items), [switch(loop) for loop in mine])
    run = code.run(members, on.clock)
    for number, (name, time) in run.broken.items():
        case, cut = keys[number]
        if not cut:
            message = f"{case.region}: {name} is not a finite number from {time:g} on"
            raise InputError(Problem("no-effect", Place("loops"), message))
    data = values(dataset(on, Trajectories(run.times, run.values)), items, on.project.model)
    return lambda indicator, year: np.asarray(data[indicator].sel(time=year).values)
