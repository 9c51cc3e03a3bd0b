"""Runs with levers set as bands ask for, each made once, and the indicators that they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from urbsim.engine.contract import Clock, Draws, Member
from urbsim.errors import InputError, Place, Problem
from urbsim.experiment.forms import outputs
from urbsim.names import identifier
from urbsim.project.bands import Band
from urbsim.project.indicators import Indicators
from urbsim.project.scenarios.resolve import lever_points
from urbsim.project.setting import CONSTANT, Setting
from urbsim.results.values import values
from urbsim.studies.battery.context import Bench
from urbsim.studies.expectations import dataset

Readings = Mapping[str, np.ndarray]  # (run, draw, time) by indicator


@dataclass(slots=True)
class Runs:
    """Members of an ensemble, each once; a run is known by its levers."""

    members: list[Member] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    def row(self, on: Bench, base: Member, *settings: Mapping[str, Setting]) -> int:
        """Return the row of the run of a base member with levers set, one group after the other."""
        key = repr([sorted((lever, sorted(s.items())) for lever, s in group.items()) for group in settings if group])
        if key not in self.rows:
            member = base
            for group in settings:
                for lever, setting in group.items():
                    member = member_with(on, member, lever, setting)
            self.rows[key] = len(self.members)
            self.members.append(member)
        return self.rows[key]


def member_with(on: Bench, member: Member, lever: str, setting: Setting) -> Member:
    """Return a member with a lever at its values; one from the start of the run on is there from long before it.

    Parameters
    ----------
    on
        Its clock, catalogue and policy year.
    member
        What the lever is added to.
    lever
        Id.
    setting
        Value by year, or one from the policy year on.
    """
    item, start = on.project.levers[lever], on.clock.start
    at_once = CONSTANT in setting
    years = {on.policy_year: setting[CONSTANT]} if at_once else dict(sorted(setting.items()))
    for year in [year for year in years if year <= start]:
        value = np.array(years.pop(year))
        for name in filter(None, (item.variable, item.earlier)):
            member = on.changed(member, name, value)
    if not years:
        return member
    key, begin = identifier(item.variable), min(years) - 1.0
    points_before = member.series.get(key) or ((start, float(on.constant(member, key))),)
    level = float(np.interp(begin, *np.transpose(points_before)))
    points = lever_points({0: level}, years, "step" if at_once else item.interpolation, on.clock)
    kept = tuple(point for point in points_before if point[0] < begin)
    later = tuple(point for point in points if not kept or point[0] > kept[-1][0])
    constants = {name: value for name, value in member.constants.items() if name != key}
    return Member(constants, {**member.series, key: kept + later})


def read(on: Bench, region: str, bands: Sequence[Band], runs: Runs, draws: Draws) -> Readings:
    """Run the members of a region and return the indicators that bands need.

    Parameters
    ----------
    on
        Model, engine and clock.
    region
        Id, for messages.
    bands
        Whose indicators are read, to the last of their years.
    runs
        The members.
    draws
        Values that replace those of the members.

    Raises
    ------
    InputError
        Where a run without draws fails.
    """
    model = on.project.model
    items: Indicators = {name: on.indicators[name] for band in bands for name in sorted(band.indicators)}
    clock = Clock(on.clock.start, max(year for band in bands for year in band.bands), on.clock.step)
    names = [identifier(name) for name in outputs(items)]
    trajectories = on.engine.run(model, runs.members, names, clock, lambda _: None, draws)
    if trajectories.failed and draws.count == 1:
        number, reason = next(iter(trajectories.failed.items()))
        message = f"{region}, run {number} of the bands failed: {reason}"
        raise InputError(Problem("failed-run", Place("behaviour"), message))
    data = values(dataset(on, trajectories), items, model)
    return {name: array.values.reshape(len(runs.members), draws.count, -1) for name, array in data.items()}
