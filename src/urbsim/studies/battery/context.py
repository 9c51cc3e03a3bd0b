"""What the tests of the battery stand on: the model, regions as members, random members, verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from urbsim.engine.contract import Clock, Engine, Member, Trajectories, expand
from urbsim.engine.oracles.choose import choose
from urbsim.experiment import plan
from urbsim.experiment.draws import applied, draw
from urbsim.language import ir
from urbsim.language.calendar import SECTOR, with_years
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.battery import BatteryFile
from urbsim.project.calibrations import Calibration
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.scenarios.resolve import lever_points

BASELINE = "baseline"  # the scenario that is tested
_CHUNK = 64  # members whose every variable is kept at a time


@dataclass(frozen=True, slots=True)
class BatteryVerdict:
    """What one test found: how many things it covered, the worst of them, and whether that passes.

    ``details`` has a line for each thing that fails, ``rows`` what a test judged one by one, where it keeps that.
    """

    test: str
    covered: int
    unit: str
    worst: float
    limit: str
    passed: bool
    note: str = ""
    details: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Bench:
    """The baseline of some regions, and the engine that runs it."""

    project: Project
    indicators: Indicators
    engine: Engine
    members: Mapping[str, Member]
    clock: Clock
    settings: BatteryFile = field(default_factory=BatteryFile)

    @property
    def policy_year(self) -> int:
        """Return the year from whose start on levers are moved."""
        return self.settings.policy_year or int(self.clock.start) + 1

    @property
    def effect_year(self) -> int:
        """Return the year in which effects of levers are read."""
        return self.settings.effect_year or int(self.clock.stop)

    @property
    def stocks(self) -> list[ir.Variable]:
        """Return the stocks of the model, each once, but for sums over the year: these may be of either sign."""
        return [v for v in self.project.model.variables if v.role == "stock" and v.group != SECTOR]

    @property
    def constants(self) -> list[str]:
        """Return the identifiers of all constants and tables of the model but the clock."""
        variables = self.project.model.variables
        return [v.name for v in variables if v.role in {"constant", "lookup"} and v.name not in ir.CLOCK]

    def of(self, model: Model) -> Bench:
        """Return the bench with another text of the model, with the sums over the year that the indicators need."""
        years = [item.variable for item in self.indicators.values() if item.over]
        return replace(self, project=replace(self.project, model=with_years(model, years)))

    def run(self, members: Sequence[Member], outputs: Sequence[str], clock: Clock | None = None) -> Trajectories:
        """Run members; variables come by identifier."""
        names = list(dict.fromkeys(identifier(name) for name in outputs))
        return self.engine.run(self.project.model, members, names, clock or self.clock, lambda _: None)

    def constant(self, member: Member, name: str) -> np.ndarray:
        """Return the value of a constant, or the y of a table, in a member; the model's where the member has none."""
        value, model = member.constants.get(identifier(name)), self.project.model
        if value is None:
            value = model.table(name)[:, 1] if model.variable(name).role == "lookup" else model.constant(name)
        return np.asarray(value, dtype=float)

    def every(self, member: Member) -> Member:
        """Return a member that gives every constant and table, so that one compiled model serves for all changes."""
        constants = {name: self.constant(member, name) for name in self.constants if name not in member.series}
        return Member({**constants, **member.constants}, member.series)

    def sweep(self, members: Sequence[Member]) -> Iterator[tuple[int, Trajectories]]:
        """Run members and keep all their variables; give a few at a time, with the number of the first.

        Rows are a year and a step apart: what swings from step to step, or within a year, is seen on both sides.
        """
        model, clock = self.project.model, replace(self.clock, save=1 + self.clock.step)
        variables = [v.name for v in model.variables if v.role not in {"constant", "lookup"}]
        names = [name for name in variables if name not in ir.CLOCK]
        for first in range(0, len(members), _CHUNK):
            yield first, self.run(members[first : first + _CHUNK], names, clock)

    def changed(self, member: Member, name: str, value: np.ndarray) -> Member:
        """Return a member with another value of a constant, from the start of the run."""
        key = identifier(name)
        series = {other: points for other, points in member.series.items() if other != key}
        return Member({**member.constants, key: value}, series)

    def with_lever(self, member: Member, lever: str, value: float, year: int | None = None) -> Member:
        """Return a member whose lever is at a value from the start of a year on.

        Parameters
        ----------
        member
            What the lever is added to.
        lever
            Id.
        value
            In the unit of the lever.
        year
            At whose start it changes; None is the year in which policy begins.
        """
        key = identifier(self.project.levers[lever].variable)
        past = member.series.get(key) or ((self.clock.start, float(self.constant(member, key))),)
        points = lever_points({0: past[0][1]}, {year or self.policy_year: value}, "step", self.clock)
        constants = {name: v for name, v in member.constants.items() if name != key}
        return Member(constants, {**member.series, key: points})

    def random(self, region: str, count: int, seed: int = 0) -> list[Member]:
        """Return members with all levers and all uncertain constants and tables drawn over their whole ranges."""
        project, base = self.project, self.members[region]
        sample = draw(project.parameters, project.model, count, seed)
        levers = np.random.default_rng(seed).random((count, len(project.levers)))
        members = []
        for row, draw_member in enumerate(expand([base], applied(sample, project.model, base))):
            member = draw_member
            for share, (lever, item) in zip(levers[row], project.levers.items(), strict=True):
                low, high = item.bounds
                member = self.with_lever(member, lever, low + share * (high - low))
            members.append(member)
        return members


def open_bench(project: Project, regions: Sequence[str] = (), *, calibrated: bool = False) -> Bench:
    """Return the bench of a project, by default for the regions that models/battery.yaml names.

    Raises
    ------
    InputError
        For words that mean no region, and problems of the files that the bench needs.
    """
    ids = project.find_regions(regions)
    indicators = project.indicators
    ids = ids or project.battery.regions or project.ready()
    return bench(project, indicators, choose(), ids, project.calibrations(ids) if calibrated else {})


def bench(
    project: Project,
    indicators: Indicators,
    engine: Engine,
    regions: Sequence[str],
    calibrations: Mapping[str, Calibration] | None = None,
) -> Bench:
    """Return the bench for some regions, from their own base years to the end of the baseline.

    Parameters
    ----------
    project
        Model, regions and baseline.
    indicators
        By id.
    engine
        What runs them.
    regions
        Ids.
    calibrations
        By region id; none is the model as it is.
    """
    members_plan = plan.plan(project, [BASELINE], regions, None, None, {})
    members = [item.member for item in plan.members(project, members_plan, calibrations or {})]
    clock = plan.clock(project, members_plan, members_plan.pairs[0][0], BASELINE)
    members_by_region = {region: member for (region, _), member in zip(members_plan.pairs, members, strict=True)}
    return Bench(project, indicators, engine, members_by_region, clock, project.battery)
