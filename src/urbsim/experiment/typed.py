"""Levers that a call sets in every scenario: ``--set`` of a command line, ``levers`` in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from urbsim.engine.contract import Clock
from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.project.levers import Lever
from urbsim.project.project import Project
from urbsim.project.scenarios.scenario import settings
from urbsim.project.setting import CONSTANT, Given, Setting, dated, setting_of

_PLACE = Place("command line")


def typed_settings(given: Mapping[str, Given], levers: Mapping[str, Lever]) -> dict[str, Setting]:
    """Return settings of levers as they are given.

    Raises
    ------
    InputError
        For unknown levers, values out of bounds, and what is neither a number nor numbers by year.
    """
    problems: list[Problem] = []
    found: dict[str, Setting] = {}
    for name, value in given.items():
        if name not in levers:
            message = f"--set: unknown lever {name!r}"
            problems.append(Problem("unknown-name", _PLACE, message, nearest(name, levers)))
            continue
        try:
            found[name] = setting_of(value)
        except ValueError as error:
            problems.append(Problem("wrong-value", _PLACE, f"--set: {name} {error}"))
            continue
        reasons = [levers[name].check(number) for number in found[name].values()]
        problems += [Problem("out-of-bounds", _PLACE, f"--set: {name} {reason}") for reason in reasons if reason]
    if problems:
        raise InputError(problems)
    return found


def with_years(typed: Mapping[str, Setting], project: Project, clocks: Sequence[Clock]) -> dict[str, Setting]:
    """Return settings with a year for every value: without one it begins in the first that nobody has observed.

    Parameters
    ----------
    typed
        By lever id.
    project
        What was observed.
    clocks
        Of all runs; a year must lie in each of them.

    Raises
    ------
    InputError
        For years outside the runs, the base year among them.
    """
    if not typed or not clocks:
        return dict(typed)
    start, stop = int(max(clock.start for clock in clocks)), int(min(clock.stop for clock in clocks))
    bare = [name for name, setting in typed.items() if CONSTANT in setting]
    year = project.policy_year(start) if bare else 0
    years = {name: dated(setting, year) for name, setting in typed.items()}
    problems = [p for name, setting in years.items() for p in _outside(name, setting, start, stop, bare=name in bare)]
    if problems:
        raise InputError(problems)
    return years


def too_late(project: Project, scenario: str, clock: Clock) -> Iterator[Problem]:
    """Give the levers that a scenario sets without a year and that would begin after the end of a run."""
    start, stop = int(clock.start), int(clock.stop)
    bare = [name for name, (setting, _) in settings(scenario, project.scenarios).items() if CONSTANT in setting]
    year = project.policy_year(start) if bare else 0
    for name in bare if year > stop else ():
        message = (
            f"{name} is set without a year, so from {year} on, which nobody has observed; the run ends with {stop}"
        )
        yield Problem(
            "base-year-lever", Place(f"scenario {scenario}"), message, f"for example {{{start + 1}: ...}}", name
        )


def _outside(name: str, setting: Setting, start: int, stop: int, *, bare: bool) -> Iterator[Problem]:
    for year, value in setting.items():
        if not start < year <= stop:
            message = f"--set: {name} is set for {year}, outside the years {start + 1} to {stop} of the run"
            hint = "the base year is as observed"
            if bare:
                message += "; without a year it begins in the first that nobody has observed"
                hint = f"for example --set {name}={value:g}@{start + 1}"
            yield Problem("base-year-lever", _PLACE, message, hint)
