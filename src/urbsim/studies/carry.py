"""What a replay leaves behind for the runs that start at its end, so that migration passes the census without a jump.

Besides the fitted constants these are states: pull; the extra moves to towns that make up for returns, which would jump
with the newcomers of another year; people away, by age; and how the residents of towns are registered. The replay knows
the last two by their flows, the facts by counts and rules, so each has half a say: people away are scaled half-way, in
logs, to what the facts say where these count registered people, and shares of town residents are means of both.

Arrivals are those of the replay's end, in persons a year. What the states of facts and replay leave of a gap in net
migration beyond a tenth of a point is closed by arrivals, within twice the standard deviation that the fit gives them.
Both are told: the gap without it, and with it. Half of the log of pull was tried and turned down: over 35 regions the
gap was .45 points in the mean, against .15 with all of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from urbsim.engine.contract import Clock, Member
from urbsim.names import identifier
from urbsim.project.calibrations import ARRIVALS, POPULATION, Calibration, Carryover, FittedConstant, Seam, TownShares
from urbsim.project.regions.facts import ASSUMPTION, figure
from urbsim.studies.replay import END, START, Subject

SOURCE_OF_ARRIVALS = "leavers elsewhere relative to base"
FACTS_SHARE = 0.5  # of what the facts say of people away and of registration
LEFT = 0.1  # points of net migration: years differ by as much
LARGEST_LOG = 0.28  # of arrivals: two standard deviations, .14 each, of their fit


def carry(place: Subject, replay: Member, constants: Mapping[str, FittedConstant]) -> tuple[Carryover, Seam]:
    """Return what a fitted replay leaves behind, and net migration on both sides of its end.

    Raises
    ------
    MemberError
        Where a run fails.
    """
    values = {identifier(name): constant.value for name, constant in constants.items()}
    clock = Clock(END, END + 1)

    def after(carried: Carryover) -> float:
        member = place.member(clock, Calibration("", values, carried, END))
        return place.net_migration(member, clock, END + 1)

    left = states(place, replay)
    before, alone = place.net_migration(replay, Clock(START, END), END), after(left)
    more = with_arrivals(left, LARGEST_LOG)
    slope = (after(more) - alone) / (np.exp(LARGEST_LOG) - 1)
    gap = before - alone
    wanted = np.sign(gap) * max(0.0, abs(gap) - LEFT) / slope if slope > 0 else 0.0
    log = float(np.clip(np.log(max(1 + wanted, 1e-9)), -LARGEST_LOG, LARGEST_LOG))
    carried = with_arrivals(left, log)
    return carried, Seam(replay=round(before, 3), states=round(alone, 3), projection=round(after(carried), 3))


def with_arrivals(carried: Carryover, log: float) -> Carryover:
    """Return what is carried with other arrivals, by the log of a factor."""
    arrivals = carried.constants[ARRIVALS] * np.exp(log)
    return carried.model_copy(update={"constants": {**carried.constants, ARRIVALS: float(f"{arrivals:.5g}")}})


def states(place: Subject, replay: Member) -> Carryover:
    """Return the states at the end of a replay, reconciled with the facts of that year."""
    values = place.run([replay], ["Population", "pull", SOURCE_OF_ARRIVALS], Clock(START, END))
    population = values["population"][0, -1]
    facts = place.inputs(END)[POPULATION].value
    count = figure(place.region.facts, "registered_population", END)
    is_counted = count is not None and count.source != ASSUMPTION
    away = population[4] * ((facts[4].sum() / population[4].sum()) ** FACTS_SHARE if is_counted else 1.0)
    shares = FACTS_SHARE * town_shares(facts) + (1 - FACTS_SHARE) * town_shares(population)
    arrivals = replay.constants[identifier(ARRIVALS)] * values[identifier(SOURCE_OF_ARRIVALS)][0, -1]
    constants = {
        ARRIVALS: arrivals,
        "initial pull": values["pull"][0, -1],
        "return offset": replay.constants["return_offset"],
    }
    return Carryover(
        constants={name: float(f"{value:.5g}") for name, value in constants.items()},
        away=_rounded(away),
        towns=TownShares(migrant=_rounded(shares[0]), outsider=_rounded(shares[1])),
    )


def town_shares(population: np.ndarray) -> np.ndarray:
    """Return the shares of migrants, outsiders and registered among residents of towns, (state, age).

    At an age that has nobody in towns they are those of all ages.
    """
    people = population[1:4]
    total = people.sum(axis=0)
    whole = people.sum(axis=1) / max(people.sum(), 1e-9)
    shares = np.repeat(whole[:, None], len(total), axis=1)
    np.divide(people, total, out=shares, where=total > 0)
    return shares


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
