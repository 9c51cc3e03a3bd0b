"""Zones that compete: the model and the yearly evaluation in turn, until every year is decided.

For each year all zones run to its end, are evaluated, and get their levers of the next year. A lever of next year
changes nothing before it, so the run with all decisions is the one coupled system, exactly. A score is read at the end
of a year, before next year's levers are in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from urbsim.engine.contract import Clock, Engine, Member, Points, Progress
from urbsim.errors import command_line
from urbsim.experiment import batch
from urbsim.experiment.batch import Plan
from urbsim.experiment.draws import Sample, applied
from urbsim.experiment.evaluation import judge, opening, parts, score
from urbsim.names import identifier
from urbsim.scenario.calibration import Calibration
from urbsim.scenario.evaluation import MOVED, Evaluation
from urbsim.scenario.library import Library
from urbsim.scenario.resolve import Resolved
from urbsim.scenario.scenario import evaluation


@dataclass(frozen=True, slots=True)
class Measure:
    """How an indicator is read: the sum of some elements of a variable, times a factor."""

    variable: str
    picked: tuple[int, ...] = (0,)
    factor: float = 1.0

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return the indicator, (member, time), of its variable (member, time, *subscripts)."""
        flat = values.reshape(*values.shape[:2], -1)
        found: np.ndarray = flat[:, :, list(self.picked)].sum(axis=2) * self.factor
        return found


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided in a scenario.

    ``strength`` (zone, draw) is of the base year; everything else is (year, zone, draw) for the years that were
    evaluated. ``parts`` are what the programme gives in the year after, by lever.
    """

    scenario: str
    zones: tuple[str, ...]
    years: tuple[int, ...]
    strength: np.ndarray
    score: np.ndarray
    rank: np.ndarray
    inside: np.ndarray
    sizes: Mapping[str, np.ndarray]
    parts: Mapping[str, np.ndarray]

    def rows(self, *, draws: bool) -> Iterator[dict[str, Any]]:
        """Give one row per year, zone and draw, as they stand in evaluation.csv."""
        for y, z, d in np.ndindex(self.score.shape):
            numbers = {"draw": d} if draws else {}
            yield {
                "scenario": self.scenario,
                "year": self.years[y],
                "zone": self.zones[z],
                **numbers,
                "strength": float(self.strength[z, d]),
                "score": _told(self.score[y, z, d]),
                "rank": _told(self.rank[y, z, d]),
                "inside": int(self.inside[y, z, d]),
                "residents": _told(self.sizes["grants"][y, z, d]),
                **{f"next_{lever}": float(self.parts[lever][y, z, d]) for lever in MOVED},
            }


def _told(value: float) -> float | str:
    return float(value) if np.isfinite(value) else ""


@dataclass(frozen=True, slots=True)
class Coupled:
    """Members with the levers that evaluations set, in the order of the plan, and what was decided."""

    resolved: Sequence[Resolved]
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ground:
    """One scenario's zones: members as they are without the programme, and how to run and read them."""

    library: Library
    rule: Evaluation
    zones: tuple[str, ...]
    resolved: Sequence[Resolved]
    clocks: Sequence[Clock]
    engine: Engine
    measures: Mapping[str, Measure]
    sample: Sample | None
    progress: Progress

    @property
    def draws(self) -> int:
        return self.sample.count if self.sample else 1

    @property
    def first(self) -> int:
        """Return the first year that is evaluated; the programme begins with it."""
        return self.rule.first_year or int(max(clock.start for clock in self.clocks)) + 1

    @property
    def levers(self) -> dict[str, str]:
        """Return the levers that money or quota moves, with their variables."""
        found = self.library.levers
        return {name: identifier(found[name].variable) for name in MOVED if self.rule.part(name) > 0}


def zones_of(library: Library, scenario: str) -> tuple[str, ...]:
    """Return the zones that a scenario evaluates, or nothing."""
    rule = evaluation(scenario, library.scenarios)
    return tuple(rule.zones or ()) if rule else ()


def involved(library: Library, made: Plan) -> list[str]:
    """Return the regions that a plan needs: its own, and zones that compete with them."""
    return list(dict.fromkeys([*made.regions, *(z for name in made.scenarios for z in zones_of(library, name))]))


def couple(
    library: Library,
    made: Plan,
    resolved: Sequence[Resolved],
    calibrations: Mapping[str, Calibration],
    engine: Engine,
    measures: Mapping[str, Measure],
    sample: Sample | None = None,
    progress: Progress = lambda _: None,
) -> Coupled:
    """Return the members of a plan with the levers that evaluations set; without evaluations they are unchanged.

    All zones compete, whichever of them the plan holds; a region that is no zone stays as it is.

    Raises
    ------
    InputError
        Where the command line sets a lever that an evaluation sets.
    """
    changed, decided = list(resolved), []
    for name in made.scenarios:
        rule = evaluation(name, library.scenarios)
        if rule is None:
            continue
        for lever in (lever for lever in MOVED if lever in made.typed and rule.part(lever) > 0):
            raise command_line(f"--set {lever}: the evaluation of {name} sets it", f"leave {name} out")
        ground = _ground(library, made, name, rule, calibrations, engine, measures, sample, progress)
        paths, found = _play(ground, name)
        decided.append(found)
        for index, (region, scenario) in enumerate(made.pairs):
            if scenario == name and region in ground.zones:
                own = {variable: by_zone[ground.zones.index(region)] for variable, by_zone in paths.items()}
                changed[index] = _moved(resolved[index], own, name, drawn=sample is not None)
    return Coupled(changed, tuple(decided))


def _ground(
    library: Library,
    made: Plan,
    scenario: str,
    rule: Evaluation,
    calibrations: Mapping[str, Calibration],
    *how: Any,
) -> _Ground:
    zones = tuple(rule.zones or ())
    alone = replace(made, pairs=tuple((zone, scenario) for zone in zones))
    clocks = [batch.clock(library, alone, zone, scenario) for zone in zones]
    return _Ground(library, rule, zones, batch.members(library, alone, calibrations), clocks, *how)


def _moved(one: Resolved, paths: Mapping[str, np.ndarray], scenario: str, *, drawn: bool) -> Resolved:
    origins = {**one.origins, **dict.fromkeys(paths, f"evaluation of scenario {scenario}")}
    if drawn:
        return Resolved(one.member, origins, paths)
    return Resolved(with_paths(one.member, {name: path[0] for name, path in paths.items()}), origins)


def with_paths(member: Member, paths: Mapping[str, np.ndarray]) -> Member:
    """Return a member with levers over time, each (point, 2) with time and value."""
    series: dict[str, Points] = {name: tuple((float(t), float(v)) for t, v in path) for name, path in paths.items()}
    constants = {name: value for name, value in member.constants.items() if name not in paths}
    return Member(constants, {**member.series, **series})


def _play(ground: _Ground, scenario: str) -> tuple[dict[str, list[np.ndarray]], Decided]:
    """Return each zone's levers over time, (draw, point, 2) by variable, and what was decided."""
    rule, first, last = ground.rule, ground.first, int(min(clock.stop for clock in ground.clocks))
    shape = len(ground.zones), ground.draws
    amounts = {lever: [np.full(shape, rule.part(lever))] for lever in ground.levers}
    start = _read(ground, _paths(ground, {}), first - 1)
    base, before, state = start.base, start.now, opening(*shape)
    room = {lever: _room(ground, lever, first) for lever in ground.levers}
    kept: list[tuple[np.ndarray, ...]] = []
    sizes: dict[str, list[np.ndarray]] = {lever: [] for lever in MOVED}
    for year in range(first, last):
        seen = _read(ground, _paths(ground, amounts), year)
        count = len(rule.score)
        points = score(rule, seen.now[..., :count], before[..., :count], base[..., :count])
        verdict = judge(rule, points, state)
        for lever in ground.levers:
            amounts[lever].append(parts(rule, rule.part(lever), verdict, seen.sizes[lever], room[lever]))
        kept.append((points, verdict.rank, verdict.state.inside))
        for lever in MOVED:
            sizes[lever].append(seen.sizes[lever])
        before, state = seen.now, verdict.state
    columns = [np.stack(column) for column in zip(*kept, strict=True)]
    none = np.zeros((last - first, *shape))
    decided = Decided(
        scenario,
        ground.zones,
        tuple(range(first, last)),
        base[..., -1],
        *columns,
        {lever: np.stack(found) for lever, found in sizes.items()},
        {lever: np.stack(amounts[lever][1:]) if lever in amounts else none for lever in MOVED},
    )
    return _paths(ground, amounts), decided


def _room(ground: _Ground, lever: str, first: int) -> np.ndarray:
    """Return how much each zone's lever can take on top of the largest own value from the first year on, (zone,)."""
    high, variable = ground.library.levers[lever].bounds[1], identifier(ground.library.levers[lever].variable)
    own = [[v for t, v in _own(one.member, variable, clock) if t >= first - 1.0] or [_own(one.member, variable, clock)[-1][1]]
           for one, clock in zip(ground.resolved, ground.clocks, strict=True)]  # fmt: skip
    return np.array([high - max(values) for values in own])


def _own(member: Member, variable: str, clock: Clock) -> Points:
    if variable in member.series:
        return member.series[variable]
    return ((clock.start, float(member.constants[variable])),)


def _paths(ground: _Ground, amounts: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[np.ndarray]]:
    found: dict[str, list[np.ndarray]] = {}
    for lever, variable in ground.levers.items():
        given = amounts.get(lever, ())
        found[variable] = [
            path(_own(one.member, variable, clock), clock, ground.first, [part[zone] for part in given], ground.draws)
            for zone, (one, clock) in enumerate(zip(ground.resolved, ground.clocks, strict=True))
        ]
    return found


def path(own: Points, clock: Clock, first: int, added: Sequence[np.ndarray], draws: int) -> np.ndarray:
    """Return a lever with the programme's part on top, (draw, point, 2).

    ``added`` gives the part (draw,) in force in each year from ``first`` on; like every step of a lever it is complete
    at the start of its year.
    """
    times, levels = [clock.start], [np.zeros(draws)]
    for number, level in enumerate(added):
        at = max(first + number - 1.0, clock.start + clock.step)
        times += [at - clock.step, at]
        levels += [levels[-1], level]
    every = np.unique([*times, *(time for time, _ in own)])
    plain = np.interp(every, [t for t, _ in own], [v for _, v in own])
    stacked = np.stack(levels)
    values = [plain + np.interp(every, times, stacked[:, draw]) for draw in range(draws)]
    return np.stack([np.broadcast_to(every, (draws, len(every))), np.stack(values)], axis=2)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Indicators (zone, draw, indicator) in the base year and now, and sizes of zones (zone, draw) by lever."""

    base: np.ndarray
    now: np.ndarray
    sizes: Mapping[str, np.ndarray]


def _read(ground: _Ground, paths: Mapping[str, Sequence[np.ndarray]], year: int) -> _Reading:
    """Run all zones to the end of a year and read them; a member that fails is NaN."""
    measures = [ground.measures[name] for name in [*ground.rule.score, ground.rule.strength]]
    sizes = [Measure(identifier(name)) for name in MOVED.values()]
    shape = len(ground.zones), ground.draws, len(measures) + len(sizes)
    base, now = np.full(shape, np.nan), np.full(shape, np.nan)
    names = list(dict.fromkeys(measure.variable for measure in (*measures, *sizes)))
    for chosen, values in _runs(ground, paths, names, year):
        for column, measure in enumerate((*measures, *sizes)):
            found = measure.of(values[measure.variable]).reshape(len(chosen), ground.draws, -1)
            base[chosen, :, column] = found[..., 0]
            now[chosen, :, column] = found[..., year - int(ground.clocks[chosen[0]].start)]
    count = len(measures)
    return _Reading(base[..., :count], now[..., :count], dict(zip(MOVED, np.moveaxis(now[..., count:], 2, 0), strict=True)))


def _runs(
    ground: _Ground, paths: Mapping[str, Sequence[np.ndarray]], names: Sequence[str], year: int
) -> Iterator[tuple[list[int], dict[str, np.ndarray]]]:
    """Give zones that ran in one call, and their outputs: all of one clock, with draws one by one."""
    groups: dict[object, list[int]] = {}
    for zone, clock in enumerate(ground.clocks):
        groups.setdefault((clock, zone if ground.sample else None), []).append(zone)
    model = ground.library.model
    for chosen in groups.values():
        clock = ground.clocks[chosen[0]]
        span = replace(clock, stop=max(float(year), clock.start + 1))
        own = [{variable: by_zone[zone] for variable, by_zone in paths.items()} for zone in chosen]
        if ground.sample:
            members, drawn = [ground.resolved[chosen[0]].member], None
            drawn = applied(ground.sample, model, members[0], own[0])
        else:
            drawn = None
            members = [
                with_paths(ground.resolved[zone].member, {name: found[0] for name, found in mine.items()})
                for zone, mine in zip(chosen, own, strict=True)
            ]
        part = ground.engine.run(model, members, names, span, ground.progress, drawn)
        values = {name: part.values[name].copy() for name in names}
        for array in values.values():
            array[list(part.failed)] = np.nan
        yield chosen, values
