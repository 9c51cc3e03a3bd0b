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

from urbsim.engine.contract import Clock, Draws, Engine, Progress
from urbsim.errors import command_line
from urbsim.experiment import plan
from urbsim.experiment.calls import calls
from urbsim.experiment.draws import Sample, applied
from urbsim.experiment.lever_paths import highest, own, path, with_paths
from urbsim.experiment.plan import Plan
from urbsim.experiment.ranking import Verdict, judge, opening, parts, score
from urbsim.experiment.storage.kept import Kept
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.scenarios.evaluation import MOVED, Evaluation
from urbsim.project.scenarios.resolve import Resolved
from urbsim.project.scenarios.scenario import evaluation


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
                "score": _told(float(self.score[y, z, d])),
                "rank": _told(float(self.rank[y, z, d])),
                "inside": int(self.inside[y, z, d]),
                "residents": _told(float(self.sizes["grants"][y, z, d])),
                **{f"next_{lever}": float(self.parts[lever][y, z, d]) for lever in MOVED},
            }


def _told(value: float) -> float | str:
    return value if np.isfinite(value) else ""


@dataclass(frozen=True, slots=True)
class Coupled:
    """Members with the levers that evaluations set, in the order of the plan, and what was decided."""

    resolved: Sequence[Resolved]
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ground:
    """One scenario's zones: members as they are without the programme, and how to run and read them."""

    project: Project
    rule: Evaluation
    zones: tuple[str, ...]
    resolved: Sequence[Resolved]
    clocks: Sequence[Clock]
    engine: Engine
    measures: Mapping[str, Kept]
    sample: Sample | None
    progress: Progress

    @property
    def draws(self) -> int:
        return self.sample.count if self.sample else 1

    @property
    def first(self) -> int:
        return _first(self.rule, self.clocks)

    @property
    def levers(self) -> dict[str, str]:
        """Return the levers that money or quota moves, with their variables."""
        found = self.project.levers
        return {name: identifier(found[name].variable) for name in MOVED if self.rule.part(name) > 0}


def zones_of(project: Project, scenario: str) -> tuple[str, ...]:
    """Return the zones that a scenario evaluates, or nothing."""
    rule = evaluation(scenario, project.scenarios)
    return tuple(rule.zones or ()) if rule else ()


def involved(project: Project, made: Plan) -> list[str]:
    """Return the regions that a plan needs: its own, and zones that compete with them."""
    return list(dict.fromkeys([*made.regions, *(z for name in made.scenarios for z in zones_of(project, name))]))


def alone(made: Plan, scenario: str, rule: Evaluation) -> Plan:
    """Return the plan of a scenario's zones."""
    return replace(made, pairs=tuple((zone, scenario) for zone in rule.zones or ()))


def runs(project: Project, made: Plan) -> int:
    """Return how many members run before all is decided, each draw apart."""
    count = 0
    for name in made.scenarios:
        rule = evaluation(name, project.scenarios)
        if rule:
            zones = alone(made, name, rule)
            clocks = [plan.clock(project, zones, zone, name) for zone in rule.zones or ()]
            count += len(clocks) * (1 + _last(clocks) - _first(rule, clocks))
    return count


def _first(rule: Evaluation, clocks: Sequence[Clock]) -> int:
    """Return the first year that is evaluated; the programme begins with it."""
    start = int(max(clock.start for clock in clocks))
    if rule.first_year is not None and rule.first_year <= start:
        raise command_line(
            "out-of-bounds", f"first_year {rule.first_year} of the evaluation is not after the base year {start}"
        )
    return rule.first_year or start + 1


def _last(clocks: Sequence[Clock]) -> int:
    return int(min(clock.stop for clock in clocks))


def couple(
    project: Project,
    made: Plan,
    resolved: Sequence[Resolved],
    calibrations: Mapping[str, Calibration],
    engine: Engine,
    measures: Mapping[str, Kept],
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
        rule = evaluation(name, project.scenarios)
        if rule is None:
            continue
        for lever in (lever for lever in MOVED if lever in made.typed and rule.part(lever) > 0):
            raise command_line(
                "option-conflict", f"--set {lever}: the evaluation of {name} sets it", f"leave {name} out"
            )
        ground = _ground(project, made, name, rule, calibrations, engine, measures, sample, progress)
        paths, found = _play(ground, name)
        decided.append(found)
        for index, (region, scenario) in enumerate(made.pairs):
            if scenario == name and region in ground.zones:
                mine = {variable: by_zone[ground.zones.index(region)] for variable, by_zone in paths.items()}
                changed[index] = _moved(resolved[index], mine, name, drawn=sample is not None)
    return Coupled(changed, tuple(decided))


def _ground(
    project: Project,
    made: Plan,
    scenario: str,
    rule: Evaluation,
    calibrations: Mapping[str, Calibration],
    *how: Any,
) -> _Ground:
    zones = alone(made, scenario, rule)
    clocks = [plan.clock(project, zones, zone, scenario) for zone in zones.regions]
    return _Ground(project, rule, tuple(zones.regions), plan.members(project, zones, calibrations), clocks, *how)


def _moved(one: Resolved, paths: Mapping[str, np.ndarray], scenario: str, *, drawn: bool) -> Resolved:
    origins = {**one.origins, **dict.fromkeys(paths, f"evaluation of scenario {scenario}")}
    if drawn:
        return Resolved(one.member, origins, paths)
    return Resolved(with_paths(one.member, {name: path[0] for name, path in paths.items()}), origins)


def _play(ground: _Ground, scenario: str) -> tuple[dict[str, list[np.ndarray]], Decided]:
    """Return each zone's levers over time, (draw, point, 2) by variable, and what was decided."""
    rule, first, last = ground.rule, ground.first, _last(ground.clocks)
    shape = len(ground.zones), ground.draws
    amounts = {lever: [np.full(shape, rule.part(lever))] for lever in ground.levers}
    start = _read(ground, _paths(ground, {}), first - 1)
    base, before, state = start.base, start.now, opening(*shape)
    room = {lever: _room(ground, lever) for lever in ground.levers}
    scores: list[np.ndarray] = []
    verdicts: list[Verdict] = []
    sizes: dict[str, list[np.ndarray]] = {lever: [] for lever in MOVED}
    for year in range(first, last):
        seen = _read(ground, _paths(ground, amounts), year)
        count = len(rule.score)
        points = score(rule, seen.now[..., :count], before[..., :count], base[..., :count])
        verdict = judge(rule, points, state)
        for lever in ground.levers:
            amounts[lever].append(parts(rule, rule.part(lever), verdict, seen.sizes[lever], room[lever]))
        for lever in MOVED:
            sizes[lever].append(seen.sizes[lever])
        scores.append(points)
        verdicts.append(verdict)
        before, state = seen.now, verdict.state

    def stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.array(arrays).reshape(len(scores), *shape)

    none = [np.zeros(shape)] * (1 + len(scores))
    decided = Decided(
        scenario,
        ground.zones,
        tuple(range(first, last)),
        base[..., -1],
        stacked(scores),
        stacked([verdict.rank for verdict in verdicts]),
        stacked([verdict.state.inside for verdict in verdicts]).astype(bool),
        {lever: stacked(found) for lever, found in sizes.items()},
        {lever: stacked(amounts.get(lever, none)[1:]) for lever in MOVED},
    )
    return _paths(ground, amounts), decided


def _room(ground: _Ground, lever: str) -> np.ndarray:
    """Return how much each zone's lever can take on top of the largest value of its own, (zone,)."""
    found, since = ground.project.levers[lever], ground.first - 1.0
    pairs = zip(ground.resolved, ground.clocks, strict=True)
    taken = [highest(own(one.member, identifier(found.variable), clock), since) for one, clock in pairs]
    return found.bounds[1] - np.array(taken)


def _paths(ground: _Ground, amounts: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[np.ndarray]]:
    found: dict[str, list[np.ndarray]] = {}
    for lever, variable in ground.levers.items():
        given = amounts.get(lever, ())
        found[variable] = [
            path(own(one.member, variable, clock), clock, ground.first, [part[zone] for part in given], ground.draws)
            for zone, (one, clock) in enumerate(zip(ground.resolved, ground.clocks, strict=True))
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """Indicators (zone, draw, indicator) in the base year and now, and sizes of zones (zone, draw) by lever."""

    base: np.ndarray
    now: np.ndarray
    sizes: Mapping[str, np.ndarray]


def _read(ground: _Ground, paths: Mapping[str, Sequence[np.ndarray]], year: int) -> _Reading:
    """Run all zones to the end of a year and read them; a member that fails is NaN."""
    measures = [ground.measures[name] for name in [*ground.rule.score, ground.rule.strength]]
    sizes = [Kept(name, identifier(name), picked=(0,)) for name in MOVED.values()]
    shape = len(ground.zones), ground.draws, len(measures) + len(sizes)
    base, now = np.full(shape, np.nan), np.full(shape, np.nan)
    names = list(dict.fromkeys(measure.variable for measure in (*measures, *sizes)))
    for chosen, values in _runs(ground, paths, names, year):
        for column, measure in enumerate((*measures, *sizes)):
            found = measure.of(values[measure.variable]).reshape(len(chosen), ground.draws, -1)
            base[chosen, :, column] = found[..., 0]
            now[chosen, :, column] = found[..., year - int(ground.clocks[chosen[0]].start)]
    count = len(measures)
    return _Reading(
        base[..., :count], now[..., :count], dict(zip(MOVED, np.moveaxis(now[..., count:], 2, 0), strict=True))
    )


def _runs(
    ground: _Ground, paths: Mapping[str, Sequence[np.ndarray]], names: Sequence[str], year: int
) -> Iterator[tuple[list[int], dict[str, np.ndarray]]]:
    """Give zones that ran in one call, and their outputs: all of one clock, with draws one by one."""
    model = ground.project.model
    apart = [zone if ground.sample else None for zone in range(len(ground.clocks))]
    for chosen in calls(ground.clocks, apart):
        clock = ground.clocks[chosen[0]]
        span = replace(clock, stop=max(float(year), clock.start + 1))
        mine = [{variable: by_zone[zone] for variable, by_zone in paths.items()} for zone in chosen]
        if ground.sample:
            members = [ground.resolved[chosen[0]].member]
            drawn = applied(ground.sample, model, members[0], mine[0])
        else:
            drawn = Draws()  # the same luck as the run that follows
            members = [
                with_paths(ground.resolved[zone].member, {name: found[0] for name, found in one.items()})
                for zone, one in zip(chosen, mine, strict=True)
            ]
        part = ground.engine.run(model, members, names, span, ground.progress, drawn)
        values = {name: part.values[name].copy() for name in names}
        for array in values.values():
            array[list(part.failed)] = np.nan
        yield chosen, values
