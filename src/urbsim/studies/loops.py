"""Named loops in runs: the sign of every link, and the way in which a push comes back to where it began.

**Links.** The sign of a link is that of the derivative of the target's equation by the source, with all else as in
the undisturbed run, at every end of a year; of a stock it is its net flow that answers. Elements move together, each
by its own size. A loop's polarity is the product of its signs (Richardson, System Dynamics Review 2(2), 1986).

**Open loop.** The loop is opened at its first variable, that is pushed from the start on, and the push is followed
along the path alone, stocks and delays included. What comes back, relative to the push, must have the declared sign
whenever it is not zero. The linear answer is exact and cheap; a push of one percent in the whole model would answer
for all loops at once. Derivatives are the compiled engine's, whichever engine the bench has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from urbsim.engine.compiler import compile_for
from urbsim.engine.contract import Clock, Member
from urbsim.engine.run.runner import Result
from urbsim.errors import InputError, Place, Problem
from urbsim.project.loops import Loop, Loops
from urbsim.studies.battery.context import Bench
from urbsim.studies.loopmodel import TEST, ShadowModel, shadowed

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
class ShadowRun:
    """The run with shadows: derivatives and sizes, by variable, of each region and setting of levers."""

    model: ShadowModel
    cases: Sequence[LoopCase]
    run: Result

    def slopes(self, name: str, case: LoopCase, last: float) -> np.ndarray:
        """Return the derivative of a shadow in the years after the first, (year, element)."""
        rows = (self.run.times > self.run.times[0]) & (self.run.times <= last + TINY)
        slopes = self.run.slopes[name][0][self.cases.index(case), rows]
        return np.asarray(np.nan_to_num(slopes.reshape(len(slopes), -1)))  # an element that does not exist is NaN

    def size(self, variable: str, case: LoopCase) -> float:
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
    runs = _follow(on, loops)
    return [_polarity(runs, on, loop, region) for loop in loops.loops for region in on.members]


def _follow(on: Bench, loops: Loops) -> ShadowRun:
    shadow_model, cases = shadowed(loops), cases_of(on, [loop.entry.when for loop in loops.loops])
    early = [
        f"{loop.entry.id} until {_last(on, loop):g}" for loop in loops.loops if _last(on, loop) < on.clock.start + 1
    ]
    if early:
        raise InputError(
            Problem("no-year-left", Place("loops"), f"no year is left after {on.clock.start:g}: {', '.join(early)}")
        )
    stop = max(on.clock.stop, *(_last(on, loop) for loop in loops.loops))
    shadows = [
        *(n for row in shadow_model.links.values() for n in row),
        *shadow_model.back.values(),
        *shadow_model.starts.values(),
    ]
    names = dict.fromkeys([*shadows, *(part.variable for loop in loops.loops for part in loop.path)])
    clock = Clock(on.clock.start, stop, on.clock.step, 1.0)
    members = list(cases.values())
    code = compile_for(shadow_model.model, members, list(names), [TEST], by=[(TEST, 0)])
    run = code.run(members, clock)
    for number, (name, time) in run.broken.items():
        message = f"{list(cases)[number].region}: {name} is not a finite number from {time:g} on"
        raise InputError(Problem("failed-run", Place("loops"), message))
    return ShadowRun(shadow_model, list(cases), run)


def _last(on: Bench, loop: Loop) -> float:
    return float(loop.entry.until or on.clock.stop)


def _polarity(runs: ShadowRun, on: Bench, loop: Loop, region: str) -> Polarity:
    case, last = case_of(region, loop.entry.when), _last(on, loop)
    signs: list[np.ndarray] = []  # for each link, of each year: whether elements rise, whether some fall
    links: list[Link] = []
    for name, (source, target) in zip(runs.model.links[loop.entry.id], loop.links, strict=True):
        slopes, least = runs.slopes(name, case, last), TINY * runs.size(target.variable, case)
        both = np.stack([(slopes > least).any(axis=1), (slopes < -least).any(axis=1)], axis=1)
        idle = float((~both.any(axis=1)).mean())
        signs.append(both)
        links.append(Link(source.spelled, target.spelled, _sign(both), idle, bool(both.all(axis=1).any())))
    push, back = (
        runs.slopes(kind[loop.entry.id], case, last).sum(axis=1) for kind in (runs.model.starts, runs.model.back)
    )
    gains = back / push
    way = _sign(np.stack([gains > TINY, gains < -TINY], axis=1))
    years = runs.run.times[1 : 1 + len(gains)]
    faults = (*_link_faults(loop, links, np.stack(signs), years), *_way_faults(loop, links, way, last))
    return Polarity(loop, region, tuple(links), way, faults)


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


def _way_faults(loop: Loop, links: Sequence[Link], way: str, last: float) -> Iterator[str]:
    if way == "0" and all(link.sign != "0" for link in links):
        yield f"nothing comes back by {last:g}"
    elif way not in {loop.sign, "0"}:
        yield f"a push comes back {_WORD[way]}"


@dataclass(frozen=True, slots=True)
class LoopCase:
    """A region with levers set as a loop needs them to act."""

    region: str
    when: tuple[tuple[str, float], ...]


def case_of(region: str, when: Mapping[str, float]) -> LoopCase:
    """Return the case of a region with some levers."""
    return LoopCase(region, tuple(sorted(when.items())))


def cases_of(on: Bench, settings: Sequence[Mapping[str, float]]) -> dict[LoopCase, Member]:
    """Return a member for each region and setting of levers."""
    members: dict[LoopCase, Member] = {}
    for case in dict.fromkeys(case_of(region, when) for when in settings for region in on.members):
        member = on.members[case.region]
        for lever, value in case.when:
            member = on.with_lever(member, lever, value)
        members[case] = member
    return members
