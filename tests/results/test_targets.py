"""Targets: three-row files in, verdicts and the exact table out; laws of scoring; bad input; the catalogue."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table

from urbsim.errors import InputError
from urbsim.experiment.manifest import Setting
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.project.target_checks import load_targets
from urbsim.project.targets import Allocation, Check, Over, Reading, Target, TargetArea, Targets, said
from urbsim.project.workspace import Workspace
from urbsim.report.scoreboard import Board, rows, scoreboard
from urbsim.report.scorewords import figure, outcome, projected, wanted
from urbsim.report.tables import show
from urbsim.report.words import verdict_label
from urbsim.results import scores as scoring
from urbsim.results.score_places import cases, share
from urbsim.results.score_series import Stored, added, track, worst
from urbsim.results.scores import SCORED, Score, Verdict

PLACES = [Path(__file__).parents[up] / "shared/policy/targets.csv" for up in (3, 4)]  # beside a checkout or a worktree
CATALOGUE = next((path for path in PLACES if path.exists()), PLACES[0])
YEARS = np.array([2020, 2021, 2022, 2023, 2024, 2025, 2026])
DOCUMENT = "dongying-2023-17"

THREE = """
document: dongying-2023-17
targets:
  - id: pension
    clause: (26)
    label: {en: Pension coverage, zh: 参保率}
    kind: target
    region: lijin
    indicator: pension_coverage
    operator: ">="
    value: 96
    unit: percent
    deadline: 2025
  - id: permits
    clause: (16)
    label: {en: Schools for permit holders, zh: 凭居住证入学}
    kind: rule
    region: lijin
    assumed_deadline: {year: 2023, reason: no date}
    condition:
      - {lever: permit_service_access, operator: ">=", value: 1}
  - id: clusters
    clause: (8)
    label: {en: Night clusters, zh: 夜经济集聚区}
    kind: target
    region: lijin
    operator: ">="
    value: 1
    why_not: The model has no clusters.
"""

PENSION = [91.0, 92.0, 93.0, 94.0, 95.0, 95.5, 96.5]


@pytest.fixture
def held(project: Project, indicators: Indicators):
    """Make a stored batch of given series of indicators: {name: path or draws of paths}, for regions alike."""

    def make(series: dict[str, object], levers: dict[str, object] | None = None, regions=("lijin",)) -> Stored:
        arrays = {
            name: np.broadcast_to(np.atleast_2d(np.asarray(path, float)), (len(regions), 1, *np.atleast_2d(path).shape))
            for name, path in series.items()
        }
        setting = {name: Setting(value=value, origin="") for name, value in (levers or {}).items()}
        members = {(region, "baseline"): setting for region in regions}
        times = YEARS[: next(iter(arrays.values())).shape[-1]] if arrays else YEARS
        return Stored(tuple(regions), ("baseline",), times, arrays, indicators, members, project.levers)

    return make


@pytest.fixture
def load(tmp_path: Path, project: Project, indicators: Indicators):
    """Load target files from text."""

    def read(text: str, name: str = DOCUMENT, places: str = "") -> Targets:
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        if places:
            (tmp_path / "places.yaml").write_text(places, encoding="utf-8")
        return load_targets(tmp_path, "data/targets", project, indicators)

    return read


def one_row(**fields: object) -> Targets:
    given_fields = {
        "id": "t",
        "clause": "(1)",
        "label": Label(en="T", zh="目标"),
        "kind": "target",
        "region": "lijin",
        "deadline": 2025,
        "operator": ">=",
    }
    return Targets(((DOCUMENT, Target.model_validate({**given_fields, **fields})),), {})


def scored(targets: Targets, batch: Stored, project: Project) -> list[Score]:
    return scoring.score(targets, batch, project, batch.scenarios, batch.regions)


def printed(found: list[Score], capsys: pytest.CaptureFixture[str], lang: str = "en", width: int = 118, **more) -> str:
    """Return the scoreboard of one document as it is printed; ``more`` replaces parts of the board."""
    own = {"scenarios": {"baseline": "Baseline"}, "regions": {"lijin": "Lijin"}, "labels": {}}
    board = Board(**{**own, **more}, lang=lang, width=width)
    for table, lines in scoreboard(found, "Plan", board):
        show([] if table is None else [table], lines)
    return capsys.readouterr().out


def test_three_rows_give_this_table(load, held, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    levers = {"permit_service_access": [[2020, 0.8], [2022, 0.8], [2024, 1.0]]}
    found = scored(load(THREE), held({"pension_coverage": PENSION}, levers), project)
    assert printed(found, capsys).splitlines() == [
        "Plan",
        "3 rows: 2 scored below; 1 not modelled",
        "",
        "Lijin",
        "Baseline: 0 met; 2 missed; 0 without a verdict",
        "Clause  Target                      Due         Wanted    Projected  Verdict",
        "(26)    Pension coverage            2025        ≥ 96 %       95.5 %  missed by 0.50 points; met in 2026",
        "(16)    Schools for permit holders  2023*  set in full  set to 90 %  missed (set); met in 2024",
        "",
        "not modelled:",
        "  (8) Night clusters: The model has no clusters",
        "* The document gives no year; the deadline is assumed.",
        "(set): the scenario itself decides it; what follows from it is not projected.",
        "One run without draws: it says nothing about certainty; `urbsim run --draws 100` does.",
        "",
    ]


def test_a_chinese_table_is_chinese(load, held, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    batch = held({"pension_coverage": PENSION}, {"permit_service_access": 1.0})
    text = THREE.replace("why_not: The model has no clusters.", "why_not: {en: No clusters., zh: 模型没有集聚区。}")
    lines = printed(scored(load(text), batch, project), capsys, "zh").splitlines()
    assert lines[1] == "共3条：2条评分如下；未建模1条"
    assert "Baseline：1项达标，其中1项为（设定）；1项未达标；0项无结论" in lines
    assert lines[6].split() == ["(26)", "参保率", "2025", "≥96%", "95.5%", "未达标，差0.50个百分点；", "2026年达标"]
    assert "  (8) 夜经济集聚区：模型没有集聚区" in lines


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (23100.0, "person", "23,100 people", "2.31万人"), (770000.0, "dwelling", "770,000 dwellings", "77万套"),
        (679400.0, "mu", "679,400 mu", "67.94万亩"), (12000.0, "亿元/year", "1.2 trillion yuan a year", "1.2万亿元/年"),
        (85.0, "亿元", "8.5 billion yuan", "85亿元"), (1.0, "centre", "1 centre", "1个"), (0.95, "dmnl", "0.95", "0.95"),
        (599.9, "person", "600 people", "600人"), (4.5, "place/(thousand*person)", "4.5 places per 1,000 people", "4.5个/千人"),
    ],
)  # fmt: skip
def test_numbers_have_their_natural_size(value: float, unit: str, en: str, zh: str) -> None:
    assert (figure(value, unit, "en"), figure(value, unit, "zh")) == (en, zh)


def test_what_a_row_wants_and_how_far_it_is_stands_in_words(held, project: Project) -> None:
    allocation = {"by": ["residents"], "reason": "people"}
    road = {"indicator": "coverage_roads", "reading": {"how": "programme", "plan": "roads"}, "unit": "kilometre"}
    cases_of = [
        (one_row(**road, value=300.0), "all built (300 km)", "50.0 % built", "missed by 50.0 points; met in 2026"),
        (one_row(**road, value=300.0, region="dongying", allocation=allocation), "all built (32.6 of 300 km)",
         "50.0 % built", "missed by 50.0 points; met in 2026"),
        (one_row(indicator="welfare_posts", operator="~", scored_as=">=", tolerance=0.05, value=100.0, unit="person"),
         "≥ 100 people", "96 people", "met within 5 %"),
        (one_row(indicator="workers", operator="rises", reading={"since": 2022}, unit="person"),
         "more than 30 people (2022)", "25 people", "missed by 5 people (16.7 %)"),
        (one_row(indicator="pension_coverage", value=95.0, unit="percent"), "≥ 95 %", "95.5 %", "met by 0.50 points"),
        (one_row(condition=[{"lever": "large_city_size", "operator": "=", "value": 3e6}]), "set = 3,000,000",
         "set to 2,500,000", "missed (set)"),
    ]  # fmt: skip
    series = {
        "coverage_roads": [70, 73, 76, 79, 82, 85, 100], "welfare_posts": [96] * 7, "pension_coverage": PENSION,
        "workers": [50, 40, 30, 28, 26, 25, 24],
    }  # fmt: skip
    batch = held(series, {"roads": 1.0, "large_city_size": 2.5e6})
    for row, *words in cases_of:
        one = next(one for one in scored(row, batch, project) if one.region == "lijin")
        assert [wanted(one, "en"), projected(one, "en"), outcome(one, "en")] == words


def test_draws_tell_how_certain_a_verdict_is(held, project: Project) -> None:
    draws = np.array([[90.0] * 7, [95.0] * 7, [97.0] * 7, [98.0] * 7, [np.nan] * 7])
    row = one_row(indicator="pension_coverage", value=96.0, unit="percent")
    [one] = scored(row, held({"pension_coverage": draws}), project)
    assert projected(one, "en") == "96 %\n90.8 … 97.8"
    assert outcome(one, "en") == "met; 50 % of draws meet it; draws that failed: 1"


def test_each_of_several_conditions_has_a_line(held, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    both = [
        {"lever": "settlement_quota", "operator": ">=", "value": 1.0},
        {"indicator": "pension_coverage", "operator": ">=", "value": 96.0},
    ]
    found = scored(one_row(condition=both), held({"pension_coverage": PENSION}, {"settlement_quota": 1}), project)
    out = printed(found, capsys, labels={"pension_coverage": "Coverage"}).splitlines()
    assert [line.split() for line in out[7:9]] == [
        ["settlement_quota", "≥", "1", "set", "to", "1", "holds"],
        ["Coverage", "≥", "96", "%", "95.5", "%", "does", "not", "hold"],
    ]


def test_many_scenarios_or_regions_show_verdicts_only(held, project: Project, capsys) -> None:
    found = scored(
        one_row(indicator="pension_coverage", value=95.0, unit="percent"), held({"pension_coverage": PENSION}), project
    )
    five = [
        replace(one, scenario=f"s{n}", verdict=verdict)
        for one in found
        for n, verdict in enumerate(["met", "missed", "not kept", "met", "met"])
    ]
    titles = {f"s{n}": f"Scenario {n}" for n in range(5)}
    out = printed(five, capsys, scenarios=titles, width=80).splitlines()
    assert "D Scenario 3: 1 met; 0 missed; 0 without a verdict" in out
    assert ["(1)", "T", "2025", "met", "missed", "–", "met", "met"] in [line.split() for line in out]
    places = [replace(one, region=name) for one in found for name in "abcde"]
    out = printed(places, capsys).splitlines()
    assert "5 regions, targets met of those scored" in out
    assert [line.split() for line in out if line.startswith("(1)")] == [["(1)", "T", "2025", "5", "of", "5"]]


def test_rows_of_the_csv_hold_every_column(load, held, project: Project) -> None:
    found = list(rows(scored(load(THREE), held({"pension_coverage": PENSION}, {"permit_service_access": 1}), project)))
    assert [row["verdict"] for row in found] == ["missed", "met", "not modelled"]
    first = found[0]
    assert (first["value"], first["projected"], first["gap"], first["met_in"]) == (96, 95.5, -0.5, 2026)
    assert (first["probability"], first["draws"]) == ("", "")
    assert found[2]["why"] == "The model has no clusters."
    assert (found[1]["deadline"], found[1]["assumed"]) == (2023, True)


def reading(held, **fields: object) -> list[float]:
    """Return the figures of a check over the years."""
    check = Check("town_residents", None, ">=", 0.0, None, 0.0, Reading(**fields))
    path = [100.0, 110.0, 121.0, 133.1, 146.41, 161.051, 177.1561]
    return track(check, held({"town_residents": path}), "lijin", "baseline").figure[0].tolist()


def test_readings(held) -> None:
    assert reading(held, how="gain", since=2022)[-1] == pytest.approx(177.1561 - 121)
    assert reading(held, how="change", since=2020)[5] == pytest.approx(61.051)
    growth = reading(held, how="growth", since=2020)
    assert np.isnan(growth[0])
    assert growth[1:] == pytest.approx([10.0] * 6)
    assert reading(held, how="mean", since=2020)[2] == pytest.approx((110 + 121) / 2)
    assert np.isnan(reading(held, how="gain", since=1990)).all()


def test_a_programme_is_the_share_of_what_was_missing(held, project: Project) -> None:
    row = one_row(
        indicator="coverage_roads", reading={"how": "programme", "plan": "roads"}, value=300.0, unit="kilometre"
    )
    coverage = {"coverage_roads": [70, 73, 76, 79, 82, 85, 100]}
    [one] = scored(row, held(coverage, {"roads": 1.0}), project)
    assert (one.verdict, one.projected, one.value, one.unit) == ("missed", 50, 100, "percent of the programme")
    assert one.amount == pytest.approx(150)
    assert one.met_in == 2026
    [part] = scored(row, held(coverage, {"roads": 0.3}), project)
    assert part.verdict == Verdict.NOT_MODELLED
    assert "plans 0.3" in said(part.why, "en")
    assert "0.3" in said(part.why, "zh")
    assert part.projected is None


def test_a_ratio_takes_another_region_or_a_published_figure(held, project: Project) -> None:
    otherwise = {"value": 20.0, "unit": "万人", "year": 2022, "source": "inner-mongolia-2022"}
    over = {"indicator": "town_residents", "region": "dongying", "otherwise": otherwise}
    row = one_row(indicator="seat_residents", reading={"over": over}, value=30.0, unit="percent")
    series = {"seat_residents": [50000] * 7, "town_residents": [100000] * 7}
    [alone] = scored(row, held(series), project)
    assert alone.projected == pytest.approx(25)
    [other] = scored(row, held(series, regions=("dongying", "lijin")), project)
    assert other.projected == pytest.approx(50)
    del over["otherwise"]
    bare = one_row(indicator="seat_residents", reading={"over": over}, value=30.0, unit="percent")
    [none] = scored(bare, held(series), project)
    assert (none.verdict, said(none.why, "en")) == (Verdict.NO_RUN, "compared with dongying, which was not run")


def test_over_a_year_of_its_own(held) -> None:
    check = Check("renovated", None, ">=", 100.0, "percent", 0.0, Reading(over=Over(indicator="aged_left", year=2020)))
    batch = held({"renovated": [0, 10, 20, 30, 40, 50, 60], "aged_left": [200, 190, 180, 170, 160, 150, 140]})
    assert track(check, batch, "lijin", "baseline").figure[0, 5] == pytest.approx(25)


@pytest.mark.parametrize(
    ("path", "every_year", "met"),
    [([5, 6, 7, 8, 9, 10, 11], True, True), ([5, 6, 7, 6.5, 9, 10, 11], True, False), ([5, 6, 7, 6.5, 9, 10, 11], False, True),
     ([5, 6, 7, 7, 7, 7, 7], False, False)],
)  # fmt: skip
def test_rises(held, project: Project, path: list[float], every_year: bool, met: bool) -> None:
    rise = {"indicator": "workers", "operator": "rises", "since": 2022, "every_year": every_year}
    [one] = scored(one_row(condition=[rise]), held({"workers": path}), project)
    assert (one.verdict == Verdict.MET) is met


def test_a_rule_that_holds_throughout_fails_on_one_bad_year(held, project: Project) -> None:
    rule = {"lever": "boundary_expansion", "operator": "<=", "value": 0.0, "every_year": True}
    path = [[2020, 0], [2022, 0], [2023, 0.05], [2024, 0], [2026, 0]]
    [one] = scored(one_row(condition=[rule]), held({"workers": [1] * 7}, {"boundary_expansion": path}), project)
    assert one.verdict == Verdict.MISSED
    [good] = scored(one_row(condition=[rule]), held({"workers": [1] * 7}, {"boundary_expansion": 0}), project)
    assert good.verdict == Verdict.MET


def test_conditions_must_all_hold_and_say_which_did(held, project: Project) -> None:
    both = [
        {"lever": "settlement_quota", "operator": ">=", "value": 1.0},
        {"indicator": "pension_coverage", "operator": ">=", "value": 96.0},
    ]
    [one] = scored(one_row(condition=both), held({"pension_coverage": PENSION}, {"settlement_quota": 1}), project)
    assert (one.verdict, one.projected, one.value, one.met_in) == ("missed", 1, 2, 2026)
    assert [(part["what"], part["met"]) for part in one.parts] == [
        ("settlement_quota", True),
        ("pension_coverage", False),
    ]


def test_what_gets_no_verdict(held, project: Project) -> None:
    batch = held({"pension_coverage": PENSION})
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


def test_a_blank_is_filled_by_the_user(held, project: Project) -> None:
    row = one_row(indicator="pension_coverage", unit="percent")
    [one] = scored(scoring.given(row, {"t": 95.0}), held({"pension_coverage": PENSION}), project)
    assert (one.verdict, one.value) == ("met", 95)
    rule = one_row(condition=[{"lever": "land_premium_villages", "operator": ">="}])
    batch = held({"workers": [1] * 7}, {"land_premium_villages": 0.1})
    assert scored(rule, batch, project)[0].verdict == Verdict.BLANK
    assert scored(scoring.given(rule, {"t": 0.3}), batch, project)[0].verdict == Verdict.MISSED


def test_failed_draws_are_counted_apart(held, project: Project) -> None:
    draws = np.array([[95.0] * 7, [97.0] * 7, [98.0] * 7, [np.nan] * 7])
    row = one_row(indicator="pension_coverage", value=96.0, unit="percent")
    [one] = scored(row, held({"pension_coverage": draws}), project)
    assert (one.verdict, one.draws, one.failed) == ("met", 3, 1)
    assert one.probability == pytest.approx(2 / 3)
    assert one.projected == 97
    [gone] = scored(row, held({"pension_coverage": np.full((2, 7), np.nan)}), project)
    assert gone.verdict == Verdict.FAILED


def test_a_total_is_split_over_counties_and_adds_up(held, project: Project) -> None:
    places = {"both": TargetArea(name=Label(en="Both", zh="两县"), regions=["guangrao", "lijin"])}
    allocation = Allocation(by=["urban_residents"], reason="towns")
    row = one_row(region="both", indicator="renovated", value=900.0, unit="dwelling", allocation=allocation)
    targets = Targets(row.rows, places)
    batch = held({"renovated": [0, 1, 2, 3, 4, 500, 6]}, regions=("guangrao", "lijin"))
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
    names = [(case.name, case.parts[0][1]) for case in cases(row, Targets((), {}), project, ["lijin", "dongying"])]
    assert names == [("dongying", 1.0), ("lijin", pytest.approx(238189 / 2193518))]
    rate = one_row(region="dongying", allocation=Allocation(by="rate", reason="same")).rows[0][1]
    assert share(rate, "lijin", ["dongying"], project) == 1
    assert [
        case.name for case in cases(one_row(region="dongying").rows[0][1], Targets((), {}), project, ["lijin"])
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
    batch = Stored(("lijin",), ("baseline",), YEARS, {"workers": draws}, indicators, setting, project.levers)
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
    batch = Stored(
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


BAD = """
document: dongying-2023-17
targets:
  - id: a
    clause: " "
    label: {en: A, zh: 甲}
    kind: target
    region: guangroa
    indicator: pension_coverag
    operator: ">="
    value: 1
    deadline: 2025
  - id: a
    clause: (2)
    label: {en: A, zh: 甲}
    kind: target
    region: lijin
    indicator: pension_coverage
    operator: ">="
    value: 1
    unit: mu
    deadline: 2050
  - id: b
    clause: (3)
    label: {en: B, zh: 乙}
    kind: rule
    region: lijin
    condition: [{lever: permit_service_acces, operator: ">=", value: 1}, {indicator: workers, operator: rises}]
  - id: c
    clause: (4)
    label: {en: C, zh: 丙}
    kind: reported outcome
    region: lijin
    indicator: workers
    value: 3
    deadline: 2025
    scored_as: ">="
    allocation: {by: [resident], reason: none}
  - id: d
    clause: (5)
    label: {en: D, zh: 丁}
    kind: target
    region: lijin
  - id: e
    clause: (6)
    label: {en: E, zh: 戊}
    kind: target
    region: lijin
    indicator: coverage_roads
    reading: {how: programme, plan: road}
    operator: "~"
    value: 3
    deadline: 2025
"""


def test_every_problem_of_a_file_is_told_at_once(load) -> None:
    with pytest.raises(InputError) as caught:
        load(BAD)
    told = "\n".join(str(problem) for problem in caught.value.problems)
    for words in (
        "a: clause is missing",
        "a: unknown region 'guangroa'; did you mean guangrao?",
        "a: unknown indicator 'pension_coverag'; did you mean pension_coverage?",
        "target 'a' is given twice, first in data/targets/dongying-2023-17.yaml",
        "a: unit 'mu' cannot be converted to 'percent'",
        "a: deadline 2050 lies outside the years 2011 to 2035 of the runs",
        "b: unknown lever 'permit_service_acces'; did you mean permit_service_access?",
        "b: rises needs since",
        "b: has no deadline",
        "c: evidence: true and kind: reported outcome go together",
        "c: has an indicator and no operator",
        "c: scored_as says how to read = or ~, not None",
        "c: unknown fact 'resident'; did you mean residents?",
        "d: needs exactly one of indicator, condition and why_not",
        "e: a programme needs plan: a lever, not 'road'; did you mean roads?",
        "e: ~ needs a tolerance",
    ):
        assert words in told, words
    assert all(problem.place.line > 1 for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (
            "document: dongying\ntargets: []\n",
            "dongying",
            "unknown document 'dongying'; did you mean dongying-2023-17?",
        ),
        ("document: pilot-zones\ntargets: []\n", DOCUMENT, "document 'pilot-zones' is not the name of the file"),
        ("document: pilot-zones\ntargets: [{id: x, kind: aim}]\n", "pilot-zones", "'clause' is missing"),
        ("document: pilot-zones\ntargets: [{id: x, value: .nan}]\n", "pilot-zones", "must be a finite number"),
        ("document: pilot-zones\ntarget: []\n", "pilot-zones", "did you mean targets?"),
        (
            "document: pilot-zones\ntargets: [{operator: '=>'}]\n",
            "pilot-zones",
            "operator must be '>=', '<=', .* not '=>'",
        ),
        (
            "document: pilot-zones\ntargets: [{value: 60%}]\n",
            "pilot-zones",
            "2:19: .*value must be a number, not '60%'",
        ),
        (
            "document: pilot-zones\ntargets: [{deadline: 2025-12-31}]\n",
            "pilot-zones",
            "2:22: targets.0.deadline must be a whole number, not '2025-12-31'",
        ),
    ],
)
def test_bad_heads_and_forms(load, text: str, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        load(text, name)


def test_a_place_must_be_made_of_known_parts(load) -> None:
    places = "places:\n  both: {name: {en: Both, zh: 两县}, regions: [guangrao, lijni]}\n"
    with pytest.raises(InputError, match=r"unknown region 'lijni'; did you mean lijin\?"):
        load(THREE, places=places)


def test_a_place_that_is_not_here_is_no_error(load, held, project: Project) -> None:
    text = THREE.replace("region: lijin", "region: atlantis")
    found = load(text, places="places:\n  atlantis: {name: {en: Atlantis, zh: 亚特兰蒂斯}}\n")
    verdicts = [one.verdict for one in scored(found, held({"pension_coverage": PENSION}), project)]
    assert verdicts == [Verdict.NO_REGION, Verdict.NO_REGION, Verdict.NOT_MODELLED]


def test_the_shipped_targets_load(shipped: Workspace, project: Project, indicators: Indicators) -> None:
    found = load_targets(shipped.data / "targets", "data/targets", project, indicators)
    assert {document for document, _ in found.rows} == set(project.documents)
    for _, row in found.rows:
        assert row.why_not or row.indicator or row.condition
        assert any(ord(character) > 0x2E7F for character in row.label.zh), row.id


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("document", "regions"),
    [
        ("dongying-2023-17", ("dongying", "guangrao", "lijin")),
        ("inner-mongolia-2023-2025", ("inner-mongolia", "inner-mongolia-counties")),
        ("ndrc-2021-668", ("chenzhou", "nanjing")),
    ],
)
def test_every_row_of_a_document_is_printed_with_a_verdict_that_it_may_have(
    shipped: Workspace,
    project: Project,
    indicators: Indicators,
    held,
    document: str,
    regions: tuple[str, ...],
    lang: str,
) -> None:
    known = load_targets(shipped.data / "targets", "data/targets", project, indicators)
    mine = replace(known, rows=tuple((name, row) for name, row in known.rows if name == document))
    series = {name: [1.0] * 7 for name in indicators}
    found = scored(mine, held(series, dict.fromkeys(project.levers, 1.0), regions=regions), project)
    board = Board({"baseline": "Baseline"}, {name: name for name in regions}, {}, lang)
    told = [one for table, lines in scoreboard(found, "Plan", board) for one in said_in(table, lines)]
    words = tuple(verdict_label(verdict, lang) for verdict in Verdict)
    scored_words = tuple(verdict_label(verdict, lang) for verdict in SCORED)
    for _, row in mine.rows:
        mine_told = [word for label, word in told if row.label.in_(lang) in label]
        assert mine_told, f"{row.id} is not printed"
        assert all(word.startswith(words) for word in mine_told), row.id
        if row.why_not or row.evidence:
            assert not any(word.startswith(scored_words) for word in mine_told), row.id


def said_in(table: Table | None, lines: list[str]) -> Iterator[tuple[str, str]]:
    """Give labels with the verdict in their row, or over the list that they stand in."""
    if table is not None:
        rows_of = zip(*(table.columns[at].cells for at in (1, -1)), strict=True)
        yield from ((str(label), str(word)) for label, word in rows_of if not str(label).startswith("  "))
    heading = ""
    for line in lines:
        heading = heading if line.startswith("  ") else line
        if line.startswith("  ") and not heading.startswith(("How", "各条")):
            yield line, heading


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue is not part of the repository")
def test_every_row_of_the_catalogue_is_here_and_no_other(
    shipped: Workspace, project: Project, indicators: Indicators
) -> None:
    found = load_targets(shipped.data / "targets", "data/targets", project, indicators)
    have = {row.id: row for _, row in found.rows}
    with CATALOGUE.open(encoding="utf-8") as file:
        wanted = {row["id"]: row for row in csv.DictReader(file) if row["in_model"] in {"core", "capacity"}}
    assert set(have) == set(wanted)
    for name, row in wanted.items():
        mine = have[name]
        assert mine.clause == row["clause"], name
        assert mine.kind == row["kind"].replace("-", " "), name
        directions = {">=": {">=", "rises"}, "<=": {"<=", "falls"}}  # without a number a direction can be checked
        assert mine.operator in directions.get(row["operator"], {row["operator"]}), name
        assert mine.deadline == (int(row["deadline"]) if row["deadline"] else None), name
        if name != "im-03-county-gdp":  # 1.2 trillion yuan there, 12 000 of 100 million here
            assert mine.value == (float(row["value"]) if row["value"] else None), name
