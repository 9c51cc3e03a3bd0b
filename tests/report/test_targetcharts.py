"""The chart of a scoreboard: a panel per region, a dot per target and scenario, in both languages."""

from __future__ import annotations

import logging
from importlib import resources
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.project.target_checks import load_targets
from urbsim.project.targets import Target
from urbsim.project.workspace import Workspace
from urbsim.report import style, targetcharts, words
from urbsim.results.scores import Score, Verdict


def score(name: str, region: str, scenario: str, projected: float, **fields: float) -> Score:
    label = Label(en=f"Target {name}", zh="一个名称很长的目标，长得需要截短才能放进图里的那种目标名称")
    row = Target(id=name, clause="(1)", label=label, kind="target", region=region, deadline=2025)
    verdict = Verdict.MET if projected >= 10 else Verdict.MISSED
    return Score(row, "d", region, scenario, verdict, ">=", 10.0, "person", projected, **fields)


SCORES = [
    score("a", "lijin", "one", 9.0, low=8.0, high=12.0),
    score("a", "lijin", "two", 11.0, low=10.0, high=12.0),
    score("b", "lijin", "one", 50.0),
    score("a", "guangrao", "one", 10.0),
]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_dots_stand_at_projected_over_wanted(lang: str, caplog: pytest.LogCaptureFixture) -> None:
    names = {"lijin": "利津县"}
    with caplog.at_level(logging.WARNING), style.style():
        figure = targetcharts.target_figure(SCORES, "T", {"one": "One", "two": "Two"}, names, "note", lang)
        figure.canvas.draw()
    assert not caplog.records, "matplotlib also logs missing glyphs"
    first, second = figure.axes
    dots = [line for line in first.lines if len(line.get_xdata()) == 1]
    assert [float(dot.get_xdata()[0]) for dot in dots] == [0.9, 1.1, targetcharts.END]
    assert [dot.get_color() for dot in dots] == [targetcharts.MISSED_COLOUR, *([targetcharts.MET_COLOUR] * 2)]
    assert dots[2].get_marker() == ">", "what lies beyond the axis is an arrow"
    spans = [line.get_xdata().tolist() for line in first.lines if line.get_alpha() == 0.5]
    assert spans == [[0.8, 1.2], [1.0, 1.2]]
    assert [ax.get_title("left") for ax in (first, second)] == ["利津县", "guangrao"]
    assert all(len(label.get_text()) <= targetcharts.WIDTH + 6 for label in first.get_yticklabels())


def test_a_row_without_a_ratio_is_not_drawn(tmp_path: Path) -> None:
    zero = Score(SCORES[0].target, "d", "lijin", "one", Verdict.MET, "<=", 0.0, "person", 0.0)
    assert targetcharts.drawable([zero]) == []
    assert targetcharts.write_target_charts(tmp_path, [zero], {"d": "D"}, {"one": "One"}, {}, "n") == []
    assert not list(tmp_path.iterdir())


def test_files_are_the_same_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        targetcharts.write_target_charts(tmp_path / name, SCORES, {"d": "D"}, {"one": "One", "two": "Two"}, {}, "n")
    for suffix in ("png", "svg"):
        first, second = ((tmp_path / name / f"targets-d.{suffix}").read_bytes() for name in ("one", "two"))
        assert first == second


def test_every_label_is_in_the_font(shipped: Workspace, project: Project, indicators: Indicators) -> None:
    found = load_targets(shipped.data / "targets", "data/targets", project, indicators)
    labels = [text for _, row in found.rows for text in (row.label.en, row.label.zh)]
    labels += [text for place in found.places.values() for text in (place.name.en, place.name.zh)]
    tables = (*words.SCORES.values(), *words.TARGET_CHARTS.values())
    labels += [word for table in tables for word in table.values()]
    with resources.as_file(resources.files("urbsim.report") / "fonts" / style.FONT) as path:
        known = set(TTFont(str(path)).getBestCmap())
    assert not {character for label in labels for character in label if ord(character) not in known}
