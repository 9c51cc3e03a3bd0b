"""Levers over time, and the order in which values win."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbsim.engine.contract import Clock
from urbsim.errors import InputError
from urbsim.experiment import plan
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.scenarios.resolve import lever_points
from urbsim.project.scenarios.scenario import settings
from urbsim.project.workspace import Workspace

CLOCK = Clock(2020, 2035, 0.0625)


def value(points: tuple[tuple[float, float], ...], time: float) -> float:
    return float(np.interp(time, [t for t, _ in points], [v for _, v in points]))


def test_a_step_acts_through_the_year_it_names() -> None:
    points = lever_points({0: 0.5}, {2023: 1.0}, "step", CLOCK)
    assert points == ((2020, 0.5), (2022, 0.5), (2022, 1.0))
    assert value(points, 2022 - CLOCK.step) == 0.5
    assert value(points, 2022) == 1.0
    assert value(points, 2035) == 1.0


def test_a_linear_setting_is_reached_at_the_end_of_its_year() -> None:
    points = lever_points({0: 0.5}, {2022: 0.5, 2025: 0.8}, "linear", CLOCK)
    assert [value(points, t) for t in (2022, 2023.5, 2025, 2030)] == pytest.approx([0.5, 0.65, 0.8, 0.8])


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["step", "linear"]))
def test_the_base_year_is_as_observed(past: float, policy: float, how: str) -> None:
    points = lever_points({0: past}, {2021: policy}, how, CLOCK)
    assert value(points, CLOCK.start) == past
    assert value(points, 2021) == policy
    assert how == "linear" or value(points, CLOCK.start + CLOCK.step) == policy


def test_a_baseline_path_runs_with_the_calendar() -> None:
    path = {2010: 1.0, 2021: 0.5}
    assert lever_points(path, {}, "step", CLOCK) == ((2020.0, 0.5),)
    long = lever_points(path, {}, "step", Clock(2010, 2035, 0.0625))
    assert [value(long, t) for t in (2010, 2019.9375, 2020)] == [1.0, 1.0, 0.5]


def test_two_jumps_at_once_are_one() -> None:
    assert lever_points({0: 1.0, 2023: 0.5}, {2023: 2.0}, "step", CLOCK) == ((2020, 1.0), (2022, 1.0), (2022, 2.0))


def test_later_origins_win(workspace: Workspace) -> None:
    path = workspace.data / "regions/toytown.yaml"
    path.write_text(
        path.read_text(encoding="utf-8") + "levers:\n  settlement_openness: 0.4\n  elderly_beds: 0.04\n",
        encoding="utf-8",
    )
    project = Project.open(workspace)
    made = plan.plan(project, ["settlement-open"], ["toytown"], None, None, {"training_rate": {2023: 0.2}})
    fitted = {"toytown": Calibration("calibration", {"move_adjustment": 1.3})}
    one = plan.members(project, made, fitted)[0]
    assert one.origins["settlement_openness"] == "scenario settlement-open"
    assert one.member.series["settlement_openness"][0] == (2020.0, 0.4), "the region's baseline holds before"
    assert one.origins["elderly_bed_standard"] == "region toytown"
    assert one.origins["training_rate"] == "command line"
    assert one.origins["land_supply_factor"] == "model default"
    assert one.origins["move_adjustment"] == "calibration"
    assert one.member.constants["move_adjustment"] == 1.3


def test_integrated_is_the_three_levers_and_nothing_else(project: Project) -> None:
    merged = {name: setting for name, (setting, _) in settings("integrated", project.scenarios).items()}
    single = [settings(name, project.scenarios) for name in ("settlement-open", "training-up", "land-up")]
    assert merged == {name: setting for part in single for name, (setting, _) in part.items()}


def test_two_parents_that_disagree_are_refused(workspace: Workspace) -> None:
    folder = workspace.scenarios
    text = (folder / "land-up.yaml").read_text(encoding="utf-8")
    (folder / "land-down.yaml").write_text(
        text.replace("land-up", "land-down").replace("1.5}", "0.5}"), encoding="utf-8"
    )
    both = text.replace("name: land-up", "name: both").replace("[baseline]", "[land-up, land-down]").split("levers:")[0]
    (folder / "both.yaml").write_text(both, encoding="utf-8")
    with pytest.raises(InputError, match=r"land_supply is set differently by land-up \(2023: 1.5\) and land-down"):
        Project.open(workspace)


def test_a_circle_of_extends_is_refused(workspace: Workspace) -> None:
    path = workspace.scenarios / "baseline.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "extends: [land-up]\n", encoding="utf-8")
    with pytest.raises(InputError, match="extends goes in a circle: baseline -> land-up -> baseline"):
        Project.open(workspace)
