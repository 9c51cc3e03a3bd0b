"""What named loops do: the sign of every link, what comes back of a push, and what changes when a link is cut.

**Links.** The sign of a link is that of the derivative of the target's equation by the source, with all else as in
the undisturbed run, at every end of a year; of a stock it is its net flow that answers. Elements move together, each
by its own size. A loop's polarity is the product of its signs (Richardson, System Dynamics Review 2(2), 1986).

**Open loop.** The loop is opened at its first variable, that is pushed from the start on, and the push is followed
along the path alone, stocks and delays included. What comes back, relative to the push, must have the declared sign
whenever it is not zero. The linear answer is exact and cheap; a push of one percent in the whole model would answer
for all loops at once.

**Cut.** The variable that is cut keeps, for the next one on the path, its value of the start. All cuts and regions are
members of one ensemble of one compiled model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from urbsim.analysis.battery.bench import Bench
from urbsim.analysis.expectations import change, dataset
from urbsim.analysis.indicators import outputs
from urbsim.analysis.indicators import values as indicator_values
from urbsim.analysis.loopfile import Claim, Loop, Loops
from urbsim.analysis.loopmodel import TEST, Shadowed, severed, shadowed, switch
from urbsim.engine.compiled import run_structure
from urbsim.engine.contract import Clock, Member, Trajectories
from urbsim.engine.run import Result
from urbsim.errors import InputError, Problem

TINY = 1e-9  # relative to the size of the variable: below it there is no effect
_SIGN = {(False, False): "0", (True, False): "+", (False, True): "-", (True, True): "±"}
_WORD = {"+": "reinforcing", "-": "balancing", "0": "nothing", "±": "both ways"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link in one region: its sign, the share of years without effect, whether its elements differ in sign.

    ``sign`` is +, -, 0 where it never acts, or ± where it has both.
    """

    source: str
    target: str
    sign: str
    idle: float
    mixed: bool


@dataclass(frozen=True, slots=True)
class Polarity:
    """A loop in one region: its links, and the sign of what comes back (+, -, 0 or ±).

    ``faults`` say what is not as declared; they count where ``counts``, that is where the loop is declared to act.
    """

    loop: Loop
    region: str
    links: tuple[Link, ...]
    found: str
    faults: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Tell whether the loop is declared for this region."""
        return not self.loop.entry.regions or self.region in self.loop.entry.regions


@dataclass(frozen=True, slots=True)
class Followed:
    """The run with shadows: derivatives and sizes, by variable, of each region and setting of levers."""

    made: Shadowed
    cases: Sequence[Case]
    run: Result

    def slopes(self, name: str, case: Case, last: float) -> np.ndarray:
        """Return the derivative of a shadow in the years after the first, (year, element)."""
        kept = (self.run.times > self.run.times[0]) & (self.run.times <= last + TINY)
        found = self.run.values[f"{name}/0"][self.cases.index(case), kept]
        return np.asarray(np.nan_to_num(found.reshape(len(found), -1)))  # an element that does not exist is NaN

    def size(self, variable: str, case: Case) -> float:
        """Return the largest value of a variable, or 1 where it is 0 throughout."""
        return float(np.nanmax(np.abs(self.run.values[variable][self.cases.index(case)]))) or 1.0


def polarities(on: Bench, loops: Loops) -> list[Polarity]:
    """Follow every loop in every region of the bench, at every end of a year after the base year.

    Raises
    ------
    InputError
        Where a loop asks for no year after the first one, or a run fails.
    EngineError
        Where a link goes through a function without a derivative.
    """
    seen = _follow(on, loops)
    return [_polarity(seen, on, loop, region) for loop in loops.loops for region in on.members]


def _follow(on: Bench, loops: Loops) -> Followed:
    made, cases = shadowed(loops), _cases(on, loops.loops)
    early = [
        f"{loop.entry.id} until {_last(on, loop):g}" for loop in loops.loops if _last(on, loop) < on.clock.start + 1
    ]
    if early:
        raise InputError(Problem("loops", 0, 0, f"no year is left after {on.clock.start:g}: {', '.join(early)}"))
    stop = max(on.clock.stop, *(_last(on, loop) for loop in loops.loops))
    shadows = [*(n for row in made.links.values() for n in row), *made.back.values(), *made.starts.values()]
    names = dict.fromkeys([*shadows, *(part.variable for loop in loops.loops for part in loop.path)])
    clock = Clock(on.clock.start, stop, on.clock.step, 1.0)
    run = run_structure(made.model, list(cases.values()), list(names), clock, free=[TEST], by=TEST)
    for number, (name, time) in run.broken.items():
        message = f"{list(cases)[number].region}: {name} is not a finite number from {time:g} on"
        raise InputError(Problem("loops", 0, 0, message))
    return Followed(made, list(cases), run)


def _last(on: Bench, loop: Loop) -> float:
    return float(loop.entry.until or on.clock.stop)


def _polarity(seen: Followed, on: Bench, loop: Loop, region: str) -> Polarity:
    case, last = _case(region, loop), _last(on, loop)
    signs: list[np.ndarray] = []  # for each link, of each year: whether elements rise, whether some fall
    links: list[Link] = []
    for name, (source, target) in zip(seen.made.links[loop.entry.id], loop.links, strict=True):
        slopes, least = seen.slopes(name, case, last), TINY * seen.size(target.variable, case)
        both = np.stack([(slopes > least).any(axis=1), (slopes < -least).any(axis=1)], axis=1)
        idle = float((~both.any(axis=1)).mean())
        signs.append(both)
        links.append(Link(source.spelled, target.spelled, _sign(both), idle, bool(both.all(axis=1).any())))
    push, back = (
        seen.slopes(kind[loop.entry.id], case, last).sum(axis=1) for kind in (seen.made.starts, seen.made.back)
    )
    gains = back / push
    found = _sign(np.stack([gains > TINY, gains < -TINY], axis=1))
    years = seen.run.times[1 : 1 + len(gains)]
    faults = (*_link_faults(loop, links, np.stack(signs), years), *_way_faults(loop, links, found, last))
    return Polarity(loop, region, tuple(links), found, faults)


def _sign(both: np.ndarray) -> str:
    return _SIGN[bool(both[:, 0].any()), bool(both[:, 1].any())]


def _link_faults(loop: Loop, links: Sequence[Link], signs: np.ndarray, years: np.ndarray) -> Iterator[str]:
    """Give links that never act or have no one sign, and the first year in which their product is the wrong one."""
    for link in links:
        if link.sign == "0":
            yield f"{link.source} → {link.target} never acts"
        elif link.mixed:
            yield f"{link.source} → {link.target} has both signs among its elements: name those that are meant"
    clear = (signs.sum(axis=2) == 1).all(axis=0)  # years in which every link has one sign
    falls = signs[:, :, 1].sum(axis=0) % 2 == 1
    wrong = clear & (falls != (loop.sign == "-"))
    if wrong.any():
        other = _WORD["-" if loop.sign == "+" else "+"]
        yield f"the signs of its links make it {other} in {years[wrong.argmax()]:g}"


def _way_faults(loop: Loop, links: Sequence[Link], found: str, last: float) -> Iterator[str]:
    if found == "0" and all(link.sign != "0" for link in links):
        yield f"nothing comes back by {last:g}"
    elif found not in {loop.sign, "0"}:
        yield f"a push comes back {_WORD[found]}"


@dataclass(frozen=True, slots=True)
class Cut:
    """What the cut of a loop changes in the reading of a region: percent, or points of a percentage."""

    loop: Loop
    region: str
    change: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim in one region: the loop whose cut changes the indicator most (none: ""), and by how much each does."""

    claim: Claim
    region: str
    largest: str
    changes: Mapping[str, float]

    @property
    def held(self) -> bool:
        """Tell whether it is one of the loops claimed."""
        return self.largest in self.claim.loops


def cuts(on: Bench, loops: Loops) -> tuple[list[Cut], list[Judged]]:
    """Cut every loop that has a cut in every region, all in one ensemble, and judge the claims by the same runs.

    Raises
    ------
    InputError
        For a year that is no end of a year of the run, and where a run fails.
    """
    mine = [loop for loop in loops.loops if loop.entry.reading]
    if not mine:
        return [], []
    cases = _cases(on, mine)
    keys = [(case, "") for case in cases]
    keys += [(_case(region, loop), loop.entry.id) for loop in mine for region in on.members]
    on_off = {loop.entry.id: {switch(loop): np.array(1.0)} for loop in mine} | {"": {}}
    members = [Member({**cases[case].constants, **on_off[cut]}, cases[case].series) for case, cut in keys]
    read = _readings(on, loops, mine, members, keys)

    def effect(loop: Loop, region: str, indicator: str, year: int) -> float:
        case = _case(region, loop)
        after, before = (read(indicator, year)[keys.index((case, cut))] for cut in (loop.entry.id, ""))
        return change(after, before, on.indicators.indicators[indicator].unit)

    found = [
        Cut(loop, region, effect(loop, region, reading.indicator, reading.year))
        for loop in mine
        if (reading := loop.entry.reading)
        for region in on.members
    ]
    judged = []
    for claim in loops.claims:
        for region in [r for r in on.members if r in (claim.regions or on.members)]:
            plain = [loop for loop in mine if not loop.entry.when]  # the others are cut in other circumstances
            changes = {loop.entry.id: effect(loop, region, claim.indicator, claim.year) for loop in plain}
            largest = max(changes, key=lambda name: abs(changes[name]))
            largest = largest if abs(changes[largest]) > TINY else ""
            judged.append(Judged(claim, region, largest, changes))
    return found, judged


Read = Callable[[str, int], np.ndarray]


def _readings(
    on: Bench, loops: Loops, mine: Sequence[Loop], members: Sequence[Member], keys: Sequence[tuple[Case, str]]
) -> Read:
    """Run members and return how to look up an indicator at the end of a year, one number for each member."""
    asked = [(one.indicator, one.year) for one in (*(loop.entry.reading for loop in mine), *loops.claims) if one]
    for indicator, year in asked:
        if year not in on.clock.times:
            message = f"{indicator} is read in {year}, and runs go from {on.clock.start:g} to {on.clock.stop:g}"
            raise InputError(Problem("loops", 0, 0, message))
    chosen = {indicator: on.indicators.indicators[indicator] for indicator, _ in asked}
    file = on.indicators.model_copy(update={"indicators": chosen})
    run = run_structure(
        severed(loops), members, outputs(file, population=False), on.clock, free=[switch(loop) for loop in mine]
    )
    for number, (name, time) in run.broken.items():
        case, cut = keys[number]
        message = f"{case.region}, {cut} cut: {name} is not a finite number from {time:g} on"
        raise InputError(Problem("loops", 0, 0, message, "cut the loop at another variable"))
    data = indicator_values(dataset(on, Trajectories(run.times, run.values)), file, on.library.model)
    return lambda indicator, year: np.asarray(data[indicator].sel(time=year).values)


@dataclass(frozen=True, slots=True)
class Case:
    """A region with levers set as a loop needs them to act."""

    region: str
    when: tuple[tuple[str, float], ...]


def _case(region: str, loop: Loop) -> Case:
    return Case(region, tuple(sorted(loop.entry.when.items())))


def _cases(on: Bench, loops: Sequence[Loop]) -> dict[Case, Member]:
    """Return a member for each region and setting of levers that a loop asks for."""
    found: dict[Case, Member] = {}
    for case in dict.fromkeys(_case(region, loop) for loop in loops for region in on.members):
        member = on.members[case.region]
        for lever, value in case.when:
            member = on.with_lever(member, lever, value)
        found[case] = member
    return found
