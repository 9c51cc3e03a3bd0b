"""Verdicts on targets, by region and together, and laws of scoring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_rows import PENSION, THREE, YEARS, one_row, scored

from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.project.targets import Allocation, Check, TargetArea, Targets
from urbsim.results import scores as scoring
from urbsim.results.score_places import score_places, share
from urbsim.results.score_series import BatchSeries, added, worst
from urbsim.results.scores import Verdict


def test_conditions_must_all_hold_and_say_which_did(batch_of, project: Project) -> None:
    both = [
        {"lever": "settlement_quota", "operator": ">=", "value": 1.0},
        {"indicator": "pension_coverage", "operator": ">=", "value": 96.0},
    ]
    [one] = scored(one_row(condition=both), batch_of({"pension_coverage": PENSION}, {"settlement_quota": 1}), project)
    assert (one.verdict, one.projected, one.value, one.met_in) == ("missed", 1, 2, 2026)
    assert [(part["what"], part["met"]) for part in one.parts] == [
        ("settlement_quota", True),
        ("pension_coverage", False),
    ]


def test_what_gets_no_verdict(batch_of, project: Project) -> None:
    batch = batch_of({"pension_coverage": PENSION})
    own = {"indicator": "pension_coverage", "unit": "percent"}
    cases_of = {
        Verdict.BLANK: one_row(**own),
        Verdict.NO_RUN: one_row(**own, value=96.0, region="guangrao"),
        Verdict.NO_REGION: one_row(**own, value=96.0, region="atlantis"),
        Verdict.BEYOND: one_row(**own, value=96.0, deadline=2030),
        Verdict.EVIDENCE: one_row(**own, value=96.0, kind="reported outcome", evidence=True),
        Verdict.NOT_MODELLED: one_row(**own, value=95.0, wider="It counts more."),
    }
    for verdict, row in cases_of.items():
        [one] = scored(row, batch, project)
        assert one.verdict == verdict
        assert one.probability is None
    [evidence] = scored(cases_of[Verdict.EVIDENCE], batch, project)
    assert (evidence.projected, evidence.gap) == (95.5, None)
    [wider] = scored(one_row(**own, value=96.0, wider="It counts more."), batch, project)
    assert wider.verdict == Verdict.MISSED, "a figure that counts more can still show a miss"
    few = [scored(one_row(**own, value=value, narrower="It counts less."), batch, project)[0] for value in (95.0, 96.0)]
    assert [one.verdict for one in few] == [Verdict.MET, Verdict.NOT_MODELLED], "it can show that a target is met only"
    assert (few[1].gap, few[1].met_in, few[1].why) == (None, None, "It counts less.")


def test_a_blank_is_filled_by_the_user(batch_of, project: Project) -> None:
    row = one_row(indicator="pension_coverage", unit="percent")
    [one] = scored(scoring.with_values(row, {"t": 95.0}), batch_of({"pension_coverage": PENSION}), project)
    assert (one.verdict, one.value) == ("met", 95)
    rule = one_row(condition=[{"lever": "land_premium_villages", "operator": ">="}])
    batch = batch_of({"workers": [1] * 7}, {"land_premium_villages": 0.1})
    assert scored(rule, batch, project)[0].verdict == Verdict.BLANK
    assert scored(scoring.with_values(rule, {"t": 0.3}), batch, project)[0].verdict == Verdict.MISSED


def test_failed_draws_are_counted_apart(batch_of, project: Project) -> None:
    draws = np.array([[95.0] * 7, [97.0] * 7, [98.0] * 7, [np.nan] * 7])
    row = one_row(indicator="pension_coverage", value=96.0, unit="percent")
    [one] = scored(row, batch_of({"pension_coverage": draws}), project)
    assert (one.verdict, one.draws, one.failed) == ("met", 3, 1)
    assert one.probability == pytest.approx(2 / 3)
    assert one.projected == 97
    [gone] = scored(row, batch_of({"pension_coverage": np.full((2, 7), np.nan)}), project)
    assert gone.verdict == Verdict.FAILED


def test_a_total_is_split_over_counties_and_adds_up(batch_of, project: Project) -> None:
    places = {"both": TargetArea(name=Label(en="Both", zh="两县"), regions=["guangrao", "lijin"])}
    allocation = Allocation(by=["urban_residents"], reason="towns")
    row = one_row(region="both", indicator="renovated", value=900.0, unit="dwelling", allocation=allocation)
    targets = Targets(row.rows, places)
    batch = batch_of({"renovated": [0, 1, 2, 3, 4, 500, 6]}, regions=("guangrao", "lijin"))
    guangrao, lijin, jointly = scored(targets, batch, project)
    assert guangrao.value + lijin.value == pytest.approx(900)
    assert (jointly.region, jointly.value, jointly.projected, jointly.verdict) == (
        "both",
        pytest.approx(900),
        1000,
        "met",
    )
    towns = project.regions["lijin"].facts["urban_residents"][0].value
    others = project.regions["guangrao"].facts["urban_residents"][0].value
    assert lijin.value == pytest.approx(900 * towns / (towns + others))


def test_a_city_total_reaches_its_counties_with_their_share(project: Project) -> None:
    row = one_row(region="dongying", allocation=Allocation(by=["residents"], reason="people")).rows[0][1]
    names = [
        (case.name, case.parts[0][1]) for case in score_places(row, Targets((), {}), project, ["lijin", "dongying"])
    ]
    assert names == [("dongying", 1.0), ("lijin", pytest.approx(238189 / 2193518))]
    rate = one_row(region="dongying", allocation=Allocation(by="rate", reason="same")).rows[0][1]
    assert share(rate, "lijin", ["dongying"], project) == 1
    assert [
        case.name for case in score_places(one_row(region="dongying").rows[0][1], Targets((), {}), project, ["lijin"])
    ] == []


def test_jointly_without_a_total_the_worse_county_counts() -> None:
    check = Check("x", None, ">=", 5.0, None)
    low, high = (track_of(value) for value in (4.0, 6.0))
    both = worst(check, [low, high])
    assert both.figure.tolist() == [[4.0]]
    assert not both.met[0, 0]
    assert worst(check, [high, high]).met[0, 0]
    assert added(check, [low, high], [0.5, 0.5], YEARS[:1]).figure.tolist() == [[10.0]]


def track_of(value: float):
    from urbsim.results.score_series import Track  # noqa: PLC0415

    figure = np.array([[value]])
    return Track(figure, np.array([[5.0]]), figure >= 5.0)


finite = st.floats(-1e6, 1e6, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(finite, min_size=1, max_size=30), first=finite, second=finite)
def test_probability_lies_in_0_1_and_falls_as_the_target_rises(
    project: Project, indicators: Indicators, values: list[float], first: float, second: float
) -> None:
    draws = np.repeat(np.array(values)[:, None], 7, axis=1)[None, None]
    setting = {("lijin", "baseline"): {}}
    batch = BatchSeries(("lijin",), ("baseline",), YEARS, {"workers": draws}, indicators, setting, project.levers)
    low, high = sorted((first, second))
    met = {}
    for value in (low, high):
        [one] = scored(one_row(indicator="workers", value=value, unit="person"), batch, project)
        met[value] = one.probability if one.probability is not None else float(one.verdict == "met")
        assert 0 <= met[value] <= 1
        assert one.verdict == ("met" if met[value] >= 0.5 else "missed")
    assert met[low] >= met[high]


@settings(max_examples=60, deadline=None)
@given(value=st.floats(1, 1e6), margin=st.floats(1e-6, 0.5), operator=st.sampled_from([">=", "<="]))
def test_a_target_moved_past_the_figure_flips_the_verdict(
    project: Project, indicators: Indicators, value: float, margin: float, operator: str
) -> None:
    batch = BatchSeries(
        ("lijin",), ("baseline",), YEARS, {"workers": np.full((1, 1, 1, 7), value)}, indicators,
        {("lijin", "baseline"): {}}, project.levers,
    )  # fmt: skip
    verdicts = [
        scored(one_row(indicator="workers", operator=operator, value=value * side, unit="person"), batch, project)[
            0
        ].verdict
        for side in (1 - margin, 1, 1 + margin)
    ]
    assert verdicts == (["met", "met", "missed"] if operator == ">=" else ["missed", "met", "met"])


def test_a_place_that_is_not_here_is_no_error(targets_of, batch_of, project: Project) -> None:
    text = THREE.replace("region: lijin", "region: atlantis")
    found = targets_of(text, places="places:\n  atlantis: {name: {en: Atlantis, zh: 亚特兰蒂斯}}\n")
    verdicts = [one.verdict for one in scored(found, batch_of({"pension_coverage": PENSION}), project)]
    assert verdicts == [Verdict.NO_REGION, Verdict.NO_REGION, Verdict.NOT_MODELLED]
