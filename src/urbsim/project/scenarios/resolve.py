"""From a region, a scenario and the command line to one member's values, each with its origin.

Order: model default < calibration < region < scenario < command line. The base year is as observed: whatever a scenario
sets takes effect after it, so that effects relative to the base year (:code:`INITIAL` in the model) keep their meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from urbsim.engine.contract import Clock, Member, Points
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.levers import Lever
from urbsim.project.regions.initial import Value
from urbsim.project.regions.region import Region
from urbsim.project.scenarios.scenario import CONSTANT, Scenario, Setting, settings


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
    scenario: str,
    scenarios: Mapping[str, Scenario],
    levers: Mapping[str, Lever],
    clock: Clock,
    calibration: Calibration | None = None,
    typed: Mapping[str, float] | None = None,
) -> MemberValues:
    """Return the values of one member.

    Parameters
    ----------
    inputs
        Region inputs by identifier, from :func:`urbsim.project.regions.initial.derive`.
    typed
        Lever settings of the command line, by lever id.
    """
    constants = {name: value.value for name, value in inputs.items()}
    origins = {name: value.origin for name, value in inputs.items()}
    if calibration:
        for name, number in calibration.values.items():
            constants[name], origins[name] = np.array(number), calibration.origin
    for name, parameter in region.parameters.items():
        constants[identifier(name)] = np.array(parameter.value)
        origins[identifier(name)] = f"region {region.id} ({parameter.source})"
    lever_settings: dict[str, tuple[Setting, str]] = {
        name: (setting, f"scenario {origin}") for name, (setting, origin) in settings(scenario, scenarios).items()
    }
    lever_settings |= {name: ({CONSTANT: value}, "command line") for name, value in (typed or {}).items()}
    series: dict[str, Points] = {}
    for name, lever in levers.items():
        variable = identifier(lever.variable)
        past, origin = _baseline(model, region, name, lever)
        setting, origin = lever_settings.get(name, ({}, origin))
        points = lever_points(past, setting, lever.interpolation, clock)
        if len(points) > 1:
            series[variable] = points
        else:
            constants[variable] = np.array(points[0][1])
        origins[variable] = origin
    return MemberValues(Member(constants, series), origins)


def _baseline(model: Model, region: Region, name: str, lever: Lever) -> tuple[Setting, str]:
    if name in region.levers:
        return {CONSTANT: region.levers[name]}, f"region {region.id}"
    if lever.baseline:
        return dict(lever.baseline), "lever catalogue"
    return {CONSTANT: float(model.constant(lever.variable))}, "model default"


def lever_points(past: Setting, setting: Setting, interpolation: str, clock: Clock) -> Points:
    """Return a lever over time as (time, value) points, linear between.

    A step for year y acts from time y - 1, its start; a linear
    setting reaches its value at time y. At the start of the run the baseline holds.

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
    ((2020.0, 0.5), (2021.5, 0.5), (2022.0, 1.0))
    """
    steps = sorted((year - 1.0 if year else -np.inf, value) for year, value in past.items())
    before = [value for time, value in steps if time <= clock.start]
    points: list[tuple[float, float]] = [(float(clock.start), before[-1] if before else steps[0][1])]
    for time, value in steps:
        if time > clock.start:
            _step(points, time, value, clock)
    if not setting:
        return tuple(points)
    first = min(setting)
    begin = clock.start if first == CONSTANT else max(first - 1.0, clock.start)
    level = _at(points, begin)
    points = [point for point in points if point[0] <= begin]
    if interpolation == "step" or first == CONSTANT:
        for year, value in sorted(setting.items()):
            _step(points, year - 1.0 if year else clock.start, value, clock)
    else:
        if points[-1][0] < begin:
            points.append((begin, level))
        points += [(float(year), value) for year, value in sorted(setting.items())]
    return tuple(points)


def _step(points: list[tuple[float, float]], time: float, value: float, clock: Clock) -> None:
    """Append a jump that is complete at ``time``, or one step after the start of the run."""
    time = max(time, clock.start + clock.step)
    level = points[-1][1]
    if time - clock.step > points[-1][0]:
        points.append((time - clock.step, level))
    points.append((time, value))


def _at(points: list[tuple[float, float]], time: float) -> float:
    return float(np.interp(time, [t for t, _ in points], [v for _, v in points]))
