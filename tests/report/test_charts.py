"""Charts: one panel per region, every glyph in the bundled font, the same bytes again."""

from __future__ import annotations

import logging
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fontTools.ttLib import TTFont

from urbsim.experiment.plan import Results
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.report import charts, fans, style, words
from urbsim.results.values import values


@pytest.fixture(scope="module")
def cmap() -> set[int]:
    with resources.as_file(resources.files("urbsim.report") / "fonts" / style.FONT) as path:
        return set(TTFont(str(path)).getBestCmap())


def test_every_label_is_in_the_font(project: Project, indicators: Indicators, cmap: set[int]) -> None:
    labels = [text for item in indicators.values() for text in (item.label.en, item.label.zh)]
    labels += [text for region in project.regions.values() for text in (region.name.en, region.name.zh)]
    labels += [text for scenario in project.scenarios.values() for text in (scenario.title.en, scenario.title.zh)]
    labels += [unit for units in words.UNITS.values() for unit in units.values()]
    labels += [word for table in (*words.CHARTS.values(), *words.FANS.values()) for word in table.values()]
    labels.append("埇桥区瀍河回族区浉河区硚口区猇亭区鄠邑区")  # counties of the census with characters beyond GB 2312
    missing = {character for label in labels for character in label if ord(character) not in cmap}
    assert not missing


def test_every_unit_has_a_chinese_name(indicators: Indicators) -> None:
    assert {item.unit for item in indicators.values()} <= set(words.UNITS["zh"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_figure_has_a_panel_per_region_and_a_line_per_scenario(
    everything: Results, indicators: Indicators, project: Project, lang: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = values(everything.data, indicators, project.model)["town_residents"]
    with caplog.at_level(logging.WARNING), style.style():
        figure = charts.indicator_figure(data, indicators["town_residents"], "b", "abcdefgh", lang, 2025)
        figure.canvas.draw()
    assert not caplog.records, "matplotlib also logs missing glyphs"
    panels = [ax for ax in figure.axes if ax.lines]
    assert len(panels) == 4
    for ax in panels:
        drawn = [line for line in ax.lines if len(line.get_xdata()) > 2]
        assert len(drawn) == 5
        assert ax.get_ylabel()
        assert any(np.all(np.asarray(line.get_xdata()) == 2025) for line in ax.lines), "2025 is marked"


@pytest.mark.parametrize("drawn", [False, True])
def test_each_of_many_scenarios_has_its_own_look_and_stands_in_the_legend(indicators: Indicators, drawn: bool) -> None:
    """The last one runs in the second region only."""
    names = [f"s{number}" for number in range(20)]
    shape = {"region": ["a", "b"], "scenario": names, "time": [2020, 2025]} | ({"draw": [0, 1]} if drawn else {})
    data = xr.DataArray(np.ones([len(part) for part in shape.values()]), shape, [*shape])
    data[0, -1] = np.nan
    for key, dim in (("region_name", "region"), ("scenario_title", "scenario")):
        data.coords[key] = dim, [name.upper() for name in data[dim].values]
    item = indicators["residents"]
    with style.style():
        figure = (
            fans.fan_figure(data, item, "note", "person")
            if drawn
            else charts.indicator_figure(data, item, "b", "abcdefgh")
        )
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    if drawn:
        assert legend == ["90 % of draws", "50 % of draws", "median", "median of S0"]
        return
    assert legend == [name.upper() for name in names]
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle(), str(line._dash_pattern))
             for line in figure.axes[1].lines if line.get_label() in legend}  # fmt: skip
    assert len(looks) == 20


def test_files_are_the_same_again(
    everything: Results, indicators: Indicators, project: Project, tmp_path: Path
) -> None:
    found = {"settled": values(everything.data, indicators, project.model)["settled"]}
    for name in ("one", "two"):
        list(charts.write_charts(tmp_path / name, found, indicators, "b", "abcdefgh"))
    for suffix in ("png", "svg"):
        first, second = ((tmp_path / name / f"settled.{suffix}").read_bytes() for name in ("one", "two"))
        assert first == second
        assert len(first) > 10_000
