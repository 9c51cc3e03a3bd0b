"""From a region, a scenario and the command line to one member's values, each with its origin.

Order: model default < class of city < calibration < region < scenario < command line. The base year is as observed:
whatever a scenario sets takes effect after it, so that effects relative to the base year (:code:`INITIAL` in the model)
keep their meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from urbsim.engine.contract import Clock, Member, Points
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.levers import Lever
from urbsim.project.regions.initial import Value
from urbsim.project.regions.region import Region
from urbsim.project.regions.settlement import CityClass, class_of
from urbsim.project.setting import CONSTANT, Setting, value_of

EARLIER = 2.0  # years in which a new rule is applied, people apply, and are registered


@dataclass(frozen=True, slots=True)
class MemberValues:
    """A member and where each of its values comes from, by variable identifier.

    ``paths`` are levers that differ between draws, (draw, point, 2): what an evaluation decided in each of them.
    """

    member: Member
    origins: Mapping[str, str]
    paths: Mapping[str, np.ndarray] = field(default_factory=dict)


def resolve(
    model: Model,
    region: Region,
    inputs: Mapping[str, Value],
    policy: Mapping[str, tuple[Setting, str]],
    levers: Mapping[str, Lever],
    clock: Clock,
    calibration: Calibration | None = None,
    typed: Mapping[str, Setting] | None = None,
    classes: Sequence[CityClass] = (),
) -> MemberValues:
    """Return the values of one member.

    Parameters
    ----------
    inputs
        Region inputs by identifier, from :func:`urbsim.project.regions.initial.derive`.
    policy
        Lever settings of a scenario with the scenario each comes from, by lever id, each value with a year.
    calibration
        Of the region; what the replay leaves behind is taken where the run starts at its end.
    typed
        Lever settings of the command line, by lever id, each value with a year.
    classes
        Rules of settlement by size of city, which stand in for a region's own.
    """
    constants = {name: value.value for name, value in inputs.items()}
    origins = {name: value.origin for name, value in inputs.items()}
    if calibration:
        fitted = calibration.constants(int(clock.start), constants)
        constants, origins = {**constants, **fitted}, {**origins, **dict.fromkeys(fitted, calibration.origin)}
    for name, parameter in region.parameters.items():
        constants[identifier(name)] = np.array(parameter.value)
        origins[identifier(name)] = f"region {region.id} ({parameter.source})"
    lever_settings: dict[str, tuple[Setting, str]] = {
        name: (setting, f"scenario {origin}") for name, (setting, origin) in policy.items()
    }
    lever_settings |= {name: (setting, "command line") for name, setting in (typed or {}).items()}
    city = class_of(inputs, classes)
    series: dict[str, Points] = {}
    for name, lever in levers.items():
        variable = identifier(lever.variable)
        past, origin = _baseline(model, region, name, lever, city)
        if lever.earlier:
            constants[identifier(lever.earlier)] = np.array(value_of(past, clock.start - EARLIER))
            origins[identifier(lever.earlier)] = origin
        setting, origin = lever_settings.get(name, ({}, origin))
        points = lever_points(past, setting, lever.interpolation, clock)
        if len(points) > 1:
            series[variable] = points
        else:
            constants[variable] = np.array(points[0][1])
        origins[variable] = origin
    return MemberValues(Member(constants, series), origins)


def compared(values: MemberValues, elsewhere: Mapping[str, Points]) -> MemberValues:
    """Return a member with the paths of the mean county, by identifier; see :mod:`urbsim.project.reference`."""
    member = Member(values.member.constants, {**values.member.series, **elsewhere})
    return MemberValues(member, {**values.origins, **dict.fromkeys(elsewhere, "mean county")}, values.paths)


def _baseline(model: Model, region: Region, name: str, lever: Lever, city: CityClass | None) -> tuple[Setting, str]:
    if name in region.levers:
        return region.levers[name], f"region {region.id}"
    if city and name in city.levers:
        return city.settings()[name], city.label.en
    if lever.baseline:
        return dict(lever.baseline), "lever catalogue"
    return {CONSTANT: float(model.constant(lever.variable))}, "model default"


def lever_points(past: Setting, setting: Setting, interpolation: str, clock: Clock) -> Points:
    """Return a lever over time as (time, value) points, linear between.

    A step for year y is a jump at time y - 1, its start; a linear setting reaches its value at time y. At the start of
    the run the baseline holds.

    Parameters
    ----------
    past
        The baseline: value by year.
    setting
        The policy: value by year; empty for none.
    interpolation
        step or linear: how the policy goes from year to year.
    clock
        Start, stop and step in years.

    Examples
    --------
    >>> lever_points({0: 0.5}, {2023: 1.0}, "step", Clock(2020, 2035, 0.5))
    ((2020.0, 0.5), (2022.0, 0.5), (2022.0, 1.0))
    """
    steps = sorted((year - 1.0 if year else -np.inf, value) for year, value in past.items())
    before = [value for time, value in steps if time <= clock.start]
    points: list[tuple[float, float]] = [(float(clock.start), before[-1] if before else steps[0][1])]
    for time, value in steps:
        if time > clock.start:
            _step(points, time, value, clock)
    if not setting:
        return tuple(points)
    begin = max(min(setting) - 1.0, clock.start)
    level = _at(points, begin)
    points = [point for point in points if point[0] <= begin]
    if interpolation == "step":
        for year, value in sorted(setting.items()):
            _step(points, year - 1.0, value, clock)
    else:
        if points[-1][0] < begin:
            points.append((begin, level))
        points += [(float(year), value) for year, value in sorted(setting.items())]
    return tuple(points)


def _step(points: list[tuple[float, float]], time: float, value: float, clock: Clock) -> None:
    """Append a jump at ``time``, or one step after the start of the run: what begins there is of the base year."""
    time = max(time, clock.start + clock.step)
    if points[-1][0] == time:  # two jumps at once
        points[-1] = time, value
    else:
        points += [(time, points[-1][1]), (time, value)]


def _at(points: list[tuple[float, float]], time: float) -> float:
    return float(np.interp(time, [t for t, _ in points], [v for _, v in points]))
