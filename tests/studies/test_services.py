"""Services: refused families leave, hospitals take years, coverage has no drift, and persons stay exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from urbsim.engine.contract import Member
from urbsim.names import identifier
from urbsim.project.project import Project
from urbsim.studies.battery.context import Bench, open_bench


@pytest.fixture(scope="module")
def on(project: Project) -> Bench:
    return open_bench(project, ["guangrao"])


def told(on: Bench, member: Member, *names: str) -> dict[str, np.ndarray]:
    found = on.run([member], names)
    return {name: found.values[identifier(name)][0] for name in names}


def test_pupils_whom_no_school_takes_leave_with_a_guardian_for_every_fourth(on: Bench) -> None:
    base, year = on.members["guangrao"], on.policy_year - int(on.clock.start)
    names = ("refused newcomers", "refused children who leave", "refused people who leave", "check persons")
    found = told(on, on.with_lever(base, "class_cap", 0.75), *names)
    assert found["refused newcomers"][year].sum() > 1000
    assert found["refused children who leave"][year] < 0.3 * found["refused newcomers"][year].sum() * 1.2
    assert found["refused people who leave"] == pytest.approx(1.25 * found["refused children who leave"], rel=1e-9)
    assert np.abs(found["check persons"]).max() < 1e-9


def test_refusals_leave_no_age_below_zero(on: Bench) -> None:
    found = told(on, on.with_lever(on.members["guangrao"], "class_cap", 0.7), "Population", "check persons")
    assert found["Population"].min() >= 0
    assert np.abs(found["check persons"]).max() < 1e-9


def test_small_classes_ask_for_teachers(on: Bench) -> None:
    base = on.members["guangrao"]
    before, after = told(on, base, "Teachers"), told(on, on.with_lever(base, "class_cap", 0.75), "Teachers")
    assert after["Teachers"][-1].sum() > 1.05 * before["Teachers"][-1].sum()


def test_a_better_hospital_takes_years_and_money(on: Bench) -> None:
    base, year = on.members["guangrao"], on.policy_year - 1 - int(on.clock.start)
    level = told(on, on.with_lever(base, "hospital_upgrade", 1), "Hospital Level")["Hospital Level"]
    assert level[year] == 0
    assert level[year + 1] < 0.3
    assert 0.6 < level[year + 5] < 1
    unpaid = on.changed(on.with_lever(base, "hospital_upgrade", 1), "hospital planning time", np.array(1e9))
    assert told(on, unpaid, "Hospital Level")["Hospital Level"].max() < 1e-6


def test_coverage_holds_its_level_and_a_drive_reaches_most_of_the_rest(on: Bench) -> None:
    base = on.members["guangrao"]
    still = told(on, base, "pension coverage")["pension coverage"]
    assert np.abs(still - still[0]).max() < 0.01
    drive = told(on, on.with_lever(base, "insurance", 0.27), "pension coverage", "contribution cost")
    assert still[-1] + 0.03 < drive["pension coverage"][-1] <= 1
    assert drive["contribution cost"][-1] > 1


def test_a_larger_plan_starts_an_eighth_of_the_gap_a_year(on: Bench) -> None:
    base, clock = on.members["guangrao"], replace(on.clock, save=on.clock.step)
    first = round((on.policy_year - 1 - clock.start) / clock.step) + 1  # the step after the turn of the year
    members = [base, on.with_lever(base, "hospital_beds", 0.0075)]
    found = on.run(members, ["capacity starts wanted", "county residents"], clock).values
    starts = found["capacity_starts_wanted"][:, first, 0]
    assert starts[1] - starts[0] == pytest.approx(0.001 * found["county_residents"][0, first] / 7.7, rel=0.02)
