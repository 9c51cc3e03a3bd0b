"""The series of a target: what a reading takes from an indicator, and where it is as the target asks."""

from __future__ import annotations

import numpy as np
import pytest
from target_rows import one_row, scored

from urbsim.project.project import Project
from urbsim.project.targets import Check, Over, Reading, said
from urbsim.results.score_series import track
from urbsim.results.scores import Verdict


def reading(batch_of, **fields: object) -> list[float]:
    """Return the figures of a check over the years."""
    check = Check("town_residents", None, ">=", 0.0, None, 0.0, Reading(**fields))
    path = [100.0, 110.0, 121.0, 133.1, 146.41, 161.051, 177.1561]
    return track(check, batch_of({"town_residents": path}), "lijin", "baseline").figure[0].tolist()


def test_readings(batch_of) -> None:
    assert reading(batch_of, how="gain", since=2022)[-1] == pytest.approx(177.1561 - 121)
    assert reading(batch_of, how="change", since=2020)[5] == pytest.approx(61.051)
    growth = reading(batch_of, how="growth", since=2020)
    assert np.isnan(growth[0])
    assert growth[1:] == pytest.approx([10.0] * 6)
    assert reading(batch_of, how="mean", since=2020)[2] == pytest.approx((110 + 121) / 2)
    assert np.isnan(reading(batch_of, how="gain", since=1990)).all()


def test_a_programme_is_the_share_of_what_was_missing(batch_of, project: Project) -> None:
    row = one_row(
        indicator="coverage_roads", reading={"how": "programme", "plan": "roads"}, value=300.0, unit="kilometre"
    )
    coverage = {"coverage_roads": [70, 73, 76, 79, 82, 85, 100]}
    [one] = scored(row, batch_of(coverage, {"roads": 1.0}), project)
    assert (one.verdict, one.projected, one.value, one.unit) == ("missed", 50, 100, "percent of the programme")
    assert one.amount == pytest.approx(150)
    assert one.met_in == 2026
    [part] = scored(row, batch_of(coverage, {"roads": 0.3}), project)
    assert part.verdict == Verdict.NOT_MODELLED
    assert "plans 0.3" in said(part.why, "en")
    assert "0.3" in said(part.why, "zh")
    assert part.projected is None


def test_a_ratio_takes_another_region_or_a_published_figure(batch_of, project: Project) -> None:
    otherwise = {"value": 20.0, "unit": "万人", "year": 2022, "source": "inner-mongolia-2022"}
    over = {"indicator": "town_residents", "region": "dongying", "otherwise": otherwise}
    row = one_row(indicator="seat_residents", reading={"over": over}, value=30.0, unit="percent")
    series = {"seat_residents": [50000] * 7, "town_residents": [100000] * 7}
    [alone] = scored(row, batch_of(series), project)
    assert alone.projected == pytest.approx(25)
    [other] = scored(row, batch_of(series, regions=("dongying", "lijin")), project)
    assert other.projected == pytest.approx(50)
    del over["otherwise"]
    bare = one_row(indicator="seat_residents", reading={"over": over}, value=30.0, unit="percent")
    [none] = scored(bare, batch_of(series), project)
    assert (none.verdict, said(none.why, "en")) == (Verdict.NO_RUN, "compared with dongying, which was not run")


def test_over_a_year_of_its_own(batch_of) -> None:
    check = Check("renovated", None, ">=", 100.0, "percent", 0.0, Reading(over=Over(indicator="aged_left", year=2020)))
    batch = batch_of({"renovated": [0, 10, 20, 30, 40, 50, 60], "aged_left": [200, 190, 180, 170, 160, 150, 140]})
    assert track(check, batch, "lijin", "baseline").figure[0, 5] == pytest.approx(25)


@pytest.mark.parametrize(
    ("path", "every_year", "met"),
    [([5, 6, 7, 8, 9, 10, 11], True, True), ([5, 6, 7, 6.5, 9, 10, 11], True, False), ([5, 6, 7, 6.5, 9, 10, 11], False, True),
     ([5, 6, 7, 7, 7, 7, 7], False, False)],
)  # fmt: skip
def test_rises(batch_of, project: Project, path: list[float], every_year: bool, met: bool) -> None:
    rise = {"indicator": "workers", "operator": "rises", "since": 2022, "every_year": every_year}
    [one] = scored(one_row(condition=[rise]), batch_of({"workers": path}), project)
    assert (one.verdict == Verdict.MET) is met


def test_a_rule_that_holds_throughout_fails_on_one_bad_year(batch_of, project: Project) -> None:
    rule = {"lever": "boundary_expansion", "operator": "<=", "value": 0.0, "every_year": True}
    path = [[2020, 0], [2022, 0], [2023, 0.05], [2024, 0], [2026, 0]]
    [one] = scored(one_row(condition=[rule]), batch_of({"workers": [1] * 7}, {"boundary_expansion": path}), project)
    assert one.verdict == Verdict.MISSED
    [good] = scored(one_row(condition=[rule]), batch_of({"workers": [1] * 7}, {"boundary_expansion": 0}), project)
    assert good.verdict == Verdict.MET
