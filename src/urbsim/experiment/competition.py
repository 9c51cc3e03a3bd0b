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
from urbsim.experiment.ranking import Ranking, judge, opening, parts, score
from urbsim.experiment.storage.form import StoredArray
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.scenarios.evaluation import MOVED, Evaluation
from urbsim.project.scenarios.resolve import MemberValues
from urbsim.project.scenarios.scenario import evaluation


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions in a scenario.

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
class CompetitionResult:
    """Members with the levers that evaluations set, in the order of the plan, and what was decided."""

    members: Sequence[MemberValues]
    decisions: tuple[Decisions, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ground:
    """One scenario's zones: members as they are without the programme, and how to run and read them."""

    project: Project
    rule: Evaluation
    zones: tuple[str, ...]
    members: Sequence[MemberValues]
    clocks: Sequence[Clock]
    engine: Engine
    measures: Mapping[str, StoredArray]
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
        levers = self.project.levers
        return {name: identifier(levers[name].variable) for name in MOVED if self.rule.part(name) > 0}


def zones_of(project: Project, scenario: str) -> tuple[str, ...]:
    """Return the zones that a scenario evaluates, or nothing."""
    rule = evaluation(scenario, project.scenarios)
    return tuple(rule.zones or ()) if rule else ()


def involved(project: Project, plan: Plan) -> list[str]:
    """Return the regions that a plan needs: its own, and zones that compete with them."""
    return list(dict.fromkeys([*plan.regions, *(z for name in plan.scenarios for z in zones_of(project, name))]))


def alone(plan: Plan, scenario: str, rule: Evaluation) -> Plan:
    """Return the plan of a scenario's zones."""
    return replace(plan, pairs=tuple((zone, scenario) for zone in rule.zones or ()))


def runs(project: Project, run_plan: Plan) -> int:
    """Return how many members run before all is decided, each draw apart."""
    count = 0
    for name in run_plan.scenarios:
        rule = evaluation(name, project.scenarios)
        if rule:
            zones = alone(run_plan, name, rule)
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
    plan: Plan,
    member_values: Sequence[MemberValues],
    calibrations: Mapping[str, Calibration],
    engine: Engine,
    measures: Mapping[str, StoredArray],
    sample: Sample | None = None,
    progress: Progress = lambda _: None,
) -> CompetitionResult:
    """Return the members of a plan with the levers that evaluations set; without evaluations they are unchanged.

    All zones compete, whichever of them the plan holds; a region that is no zone stays as it is.

    Parameters
    ----------
    project, plan
        What runs.
    member_values
        Members as their files say, in the order of the plan.
    calibrations
        By region id, for zones outside the plan.
    engine
        What runs the zones year by year.
    measures
        How each indicator is taken from the model's variables, by indicator id.
    sample
        Draws of parameters; zones compete within each draw.
    progress
        Is called with the number of members that have ended since the last call.

    Raises
    ------
    InputError
        Where the command line sets a lever that an evaluation sets.
    """
    members, decisions = list(member_values), []
    for name in plan.scenarios:
        rule = evaluation(name, project.scenarios)
        if rule is None:
            continue
        for lever in (lever for lever in MOVED if lever in plan.typed and rule.part(lever) > 0):
            raise command_line(
                "option-conflict", f"--set {lever}: the evaluation of {name} sets it", f"leave {name} out"
            )
        ground = _ground(project, plan, name, rule, calibrations, engine, measures, sample, progress)
        paths, decision = _play(ground, name)
        decisions.append(decision)
        for index, (region, scenario) in enumerate(plan.pairs):
            if scenario == name and region in ground.zones:
                mine = {variable: by_zone[ground.zones.index(region)] for variable, by_zone in paths.items()}
                members[index] = _moved(member_values[index], mine, name, by_draw=sample is not None)
    return CompetitionResult(members, tuple(decisions))


def _ground(
    project: Project,
    run_plan: Plan,
    scenario: str,
    rule: Evaluation,
    calibrations: Mapping[str, Calibration],
    *how: Any,
) -> _Ground:
    zones = alone(run_plan, scenario, rule)
    clocks = [plan.clock(project, zones, zone, scenario) for zone in zones.regions]
    return _Ground(project, rule, tuple(zones.regions), plan.members(project, zones, calibrations), clocks, *how)


def _moved(member: MemberValues, paths: Mapping[str, np.ndarray], scenario: str, *, by_draw: bool) -> MemberValues:
    origins = {**member.origins, **dict.fromkeys(paths, f"evaluation of scenario {scenario}")}
    if by_draw:
        return MemberValues(member.member, origins, paths)
    return MemberValues(with_paths(member.member, {name: path[0] for name, path in paths.items()}), origins)


def _play(ground: _Ground, scenario: str) -> tuple[dict[str, list[np.ndarray]], Decisions]:
    """Return each zone's levers over time, (draw, point, 2) by variable, and what was decided."""
    rule, first, last = ground.rule, ground.first, _last(ground.clocks)
    shape = len(ground.zones), ground.draws
    amounts = {lever: [np.full(shape, rule.part(lever))] for lever in ground.levers}
    start = _read(ground, _paths(ground, {}), first - 1)
    base, before, state = start.base, start.now, opening(*shape)
    room = {lever: _room(ground, lever) for lever in ground.levers}
    scores: list[np.ndarray] = []
    rankings: list[Ranking] = []
    sizes: dict[str, list[np.ndarray]] = {lever: [] for lever in MOVED}
    for year in range(first, last):
        reading = _read(ground, _paths(ground, amounts), year)
        count = len(rule.score)
        points = score(rule, reading.now[..., :count], before[..., :count], base[..., :count])
        ranking = judge(rule, points, state)
        for lever in ground.levers:
            amounts[lever].append(parts(rule, rule.part(lever), ranking, reading.sizes[lever], room[lever]))
        for lever in MOVED:
            sizes[lever].append(reading.sizes[lever])
        scores.append(points)
        rankings.append(ranking)
        before, state = reading.now, ranking.state

    def stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.array(arrays).reshape(len(scores), *shape)

    none = [np.zeros(shape)] * (1 + len(scores))
    decision = Decisions(
        scenario,
        ground.zones,
        tuple(range(first, last)),
        base[..., -1],
        stacked(scores),
        stacked([ranking.rank for ranking in rankings]),
        stacked([ranking.state.inside for ranking in rankings]).astype(bool),
        {lever: stacked(arrays) for lever, arrays in sizes.items()},
        {lever: stacked(amounts.get(lever, none)[1:]) for lever in MOVED},
    )
    return _paths(ground, amounts), decision


def _room(ground: _Ground, lever: str) -> np.ndarray:
    """Return how much each zone's lever can take on top of the largest value of its own, (zone,)."""
    lever_item, since = ground.project.levers[lever], ground.first - 1.0
    pairs = zip(ground.members, ground.clocks, strict=True)
    levels = [highest(own(member.member, identifier(lever_item.variable), clock), since) for member, clock in pairs]
    return lever_item.bounds[1] - np.array(levels)


def _paths(ground: _Ground, amounts: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[np.ndarray]]:
    paths_by_variable: dict[str, list[np.ndarray]] = {}
    for lever, variable in ground.levers.items():
        parts = amounts.get(lever, ())
        paths_by_variable[variable] = [
            path(own(member.member, variable, clock), clock, ground.first, [part[zone] for part in parts], ground.draws)
            for zone, (member, clock) in enumerate(zip(ground.members, ground.clocks, strict=True))
        ]
    return paths_by_variable


@dataclass(frozen=True, slots=True)
class _Reading:
    """Indicators (zone, draw, indicator) in the base year and now, and sizes of zones (zone, draw) by lever."""

    base: np.ndarray
    now: np.ndarray
    sizes: Mapping[str, np.ndarray]


def _read(ground: _Ground, paths: Mapping[str, Sequence[np.ndarray]], year: int) -> _Reading:
    """Run all zones to the end of a year and read them; a member that fails is NaN."""
    measures = [ground.measures[name] for name in [*ground.rule.score, ground.rule.strength]]
    sizes = [StoredArray(name, identifier(name), elements=(0,)) for name in MOVED.values()]
    shape = len(ground.zones), ground.draws, len(measures) + len(sizes)
    base, now = np.full(shape, np.nan), np.full(shape, np.nan)
    names = list(dict.fromkeys(measure.variable for measure in (*measures, *sizes)))
    for zones, values in _runs(ground, paths, names, year):
        for column, measure in enumerate((*measures, *sizes)):
            series = measure.of(values[measure.variable]).reshape(len(zones), ground.draws, -1)
            base[zones, :, column] = series[..., 0]
            now[zones, :, column] = series[..., year - int(ground.clocks[zones[0]].start)]
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
    for zones in calls(ground.clocks, apart):
        clock = ground.clocks[zones[0]]
        span = replace(clock, stop=max(float(year), clock.start + 1))
        mine = [{variable: by_zone[zone] for variable, by_zone in paths.items()} for zone in zones]
        if ground.sample:
            members = [ground.members[zones[0]].member]
            draws = applied(ground.sample, model, members[0], mine[0])
        else:
            draws = Draws()  # the same luck as the run that follows
            members = [
                with_paths(ground.members[zone].member, {name: part[0] for name, part in zone_paths.items()})
                for zone, zone_paths in zip(zones, mine, strict=True)
            ]
        part = ground.engine.run(model, members, names, span, ground.progress, draws)
        values = {name: part.values[name].copy() for name in names}
        for array in values.values():
            array[list(part.failed)] = np.nan
        yield zones, values
