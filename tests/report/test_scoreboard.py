"""The scoreboard: three rows in, the exact table out, in both languages; every row of the shipped documents is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from rich.table import Table
from target_rows import PENSION, THREE, one_row, scored

from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.target_checks import load_targets
from urbsim.project.workspace import Workspace
from urbsim.report.scoreboard import Board, rows, scoreboard
from urbsim.report.scorewords import figure, outcome, projected, wanted
from urbsim.report.tables import show
from urbsim.report.words import verdict_label
from urbsim.results.scores import SCORED, Score, Verdict


def printed(found: list[Score], capsys: pytest.CaptureFixture[str], lang: str = "en", width: int = 118, **more) -> str:
    """Return the scoreboard of one document as it is printed; ``more`` replaces parts of the board."""
    own = {"scenarios": {"baseline": "Baseline"}, "regions": {"lijin": "Lijin"}, "labels": {}}
    board = Board(**{**own, **more}, lang=lang, width=width)
    for table, lines in scoreboard(found, "Plan", board):
        show([] if table is None else [table], lines)
    return capsys.readouterr().out


def test_three_rows_give_this_table(targets_of, batch_of, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    levers = {"permit_service_access": [[2020, 0.8], [2022, 0.8], [2024, 1.0]]}
    found = scored(targets_of(THREE), batch_of({"pension_coverage": PENSION}, levers), project)
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


def test_a_chinese_table_is_chinese(targets_of, batch_of, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    batch = batch_of({"pension_coverage": PENSION}, {"permit_service_access": 1.0})
    text = THREE.replace("why_not: The model has no clusters.", "why_not: {en: No clusters., zh: 模型没有集聚区。}")
    lines = printed(scored(targets_of(text), batch, project), capsys, "zh").splitlines()
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


def test_what_a_row_wants_and_how_far_it_is_stands_in_words(batch_of, project: Project) -> None:
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
    batch = batch_of(series, {"roads": 1.0, "large_city_size": 2.5e6})
    for row, *words in cases_of:
        one = next(one for one in scored(row, batch, project) if one.region == "lijin")
        assert [wanted(one, "en"), projected(one, "en"), outcome(one, "en")] == words


def test_draws_tell_how_certain_a_verdict_is(batch_of, project: Project) -> None:
    draws = np.array([[90.0] * 7, [95.0] * 7, [97.0] * 7, [98.0] * 7, [np.nan] * 7])
    row = one_row(indicator="pension_coverage", value=96.0, unit="percent")
    [one] = scored(row, batch_of({"pension_coverage": draws}), project)
    assert projected(one, "en") == "96 %\n90.8 … 97.8"
    assert outcome(one, "en") == "met; 50 % of draws meet it; draws that failed: 1"


def test_each_of_several_conditions_has_a_line(batch_of, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    both = [
        {"lever": "settlement_quota", "operator": ">=", "value": 1.0},
        {"indicator": "pension_coverage", "operator": ">=", "value": 96.0},
    ]
    found = scored(one_row(condition=both), batch_of({"pension_coverage": PENSION}, {"settlement_quota": 1}), project)
    out = printed(found, capsys, labels={"pension_coverage": "Coverage"}).splitlines()
    assert [line.split() for line in out[7:9]] == [
        ["settlement_quota", "≥", "1", "set", "to", "1", "holds"],
        ["Coverage", "≥", "96", "%", "95.5", "%", "does", "not", "hold"],
    ]


def test_many_scenarios_or_regions_show_verdicts_only(batch_of, project: Project, capsys) -> None:
    found = scored(
        one_row(indicator="pension_coverage", value=95.0, unit="percent"),
        batch_of({"pension_coverage": PENSION}),
        project,
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


def test_rows_of_the_csv_hold_every_column(targets_of, batch_of, project: Project) -> None:
    found = list(
        rows(scored(targets_of(THREE), batch_of({"pension_coverage": PENSION}, {"permit_service_access": 1}), project))
    )
    assert [row["verdict"] for row in found] == ["missed", "met", "not modelled"]
    first = found[0]
    assert (first["value"], first["projected"], first["gap"], first["met_in"]) == (96, 95.5, -0.5, 2026)
    assert (first["probability"], first["draws"]) == ("", "")
    assert found[2]["why"] == "The model has no clusters."
    assert (found[1]["deadline"], found[1]["assumed"]) == (2023, True)


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
    batch_of,
    document: str,
    regions: tuple[str, ...],
    lang: str,
) -> None:
    known = load_targets(shipped.data / "targets", "data/targets", project, indicators)
    mine = replace(known, rows=tuple((name, row) for name, row in known.rows if name == document))
    series = {name: [1.0] * 7 for name in indicators}
    found = scored(mine, batch_of(series, dict.fromkeys(project.levers, 1.0), regions=regions), project)
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
