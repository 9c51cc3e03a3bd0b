"""Batches in Python: what `urbsim run` writes, numbers with labels, comparisons, scores, charts."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import urbsim
from urbsim.project.workspace import Workspace

Call = Callable[..., tuple[int, str, str]]
DRAWS = 8


@pytest.fixture(scope="module")
def project() -> urbsim.Project:
    return urbsim.open(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def batch(project: urbsim.Project) -> urbsim.Batch:
    return project.run(["baseline", "integrated"], ["lijin", "guangrao"], draws=DRAWS, seed=1)


def test_an_indicator_has_axes_a_unit_and_a_label(batch: urbsim.Batch) -> None:
    residents = batch["town_residents"]
    assert residents.dims == ("region", "scenario", "draw", "time")
    assert residents.shape[:3] == (2, 2, DRAWS)
    assert (residents.attrs["units"], residents.attrs["long_name"]) == ("person", "Town residents")
    assert residents.name == "town_residents"
    assert set(batch.indicators) == set(batch.project.indicators)
    assert (batch.regions, batch.scenarios) == (["lijin", "guangrao"], ["baseline", "integrated"])


def test_a_comparison_is_of_draws(batch: urbsim.Batch) -> None:
    frame = batch.compare("baseline", "integrated", year=2035, regions=["lijin"])
    row = frame[frame.indicator == "town_residents"].iloc[0]
    change = batch["town_residents"].sel(region="lijin", time=2035)
    gain = change.sel(scenario="integrated") - change.sel(scenario="baseline")
    assert row.difference == pytest.approx(float(np.median(gain)))
    assert set(frame.year) == {2035}
    assert len(batch.compare("baseline", "integrated", year=[2030, 2035])) > len(frame)


def test_scores_have_a_row_for_each_target(batch: urbsim.Batch) -> None:
    frame = batch.score(regions=["lijin"], scenarios=["baseline"])
    assert {"label", "verdict", "value", "projected", "probability"} <= set(frame.columns)
    assert set(frame.scenario) <= {"baseline", None, ""}
    assert "met" in set(frame.verdict)


def test_a_chart_is_a_figure_in_either_language(batch: urbsim.Batch) -> None:
    assert batch.chart("town_residents").get_suptitle() == "Town residents"
    assert batch.chart("town_residents", lang="zh").get_suptitle() == "城镇常住人口"


def test_the_same_batch_by_call_and_by_command(workspace: Workspace, call: Call) -> None:
    words = ("run", "baseline", "--region", "toytown", "--draws", "4", "--seed", "2", "-q", "--no-charts")
    assert call(*words, "--out", "typed")[0] == 0
    project = urbsim.open()
    batch = project.run("baseline", "toytown", draws=4, seed=2)
    assert batch.path.parent != workspace.outputs
    by_call = project.run("baseline", "toytown", draws=4, seed=2, name="called", charts=False)
    typed = content(workspace.outputs / "typed")
    assert {"manifest.json", "results.nc", "indicators.csv"} <= typed.keys()
    for same in (batch.save("saved", charts=False), by_call):
        assert content(same.path) == typed
    again = urbsim.open_batch("typed")
    np.testing.assert_array_equal(again["town_residents"].values, batch["town_residents"].values)
    assert again.score().equals(batch.score())
    assert batch.save("saved").path == workspace.outputs / "saved"
    assert "called" in repr(project.open_batch("called"))


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_batch_without_a_name_takes_its_folder_with_it(project: urbsim.Project) -> None:
    batch = project.run("baseline", "lijin", horizon=2022)
    folder = batch.path
    assert folder.exists()
    del batch
    gc.collect()
    assert not folder.exists()
    assert not folder.parent.exists()


def test_notebooks_see_tables(project: urbsim.Project, batch: urbsim.Batch) -> None:
    page = batch._repr_html_()
    assert "Lijin County · 2035" in page
    assert page.count("<tr>") > 5
    assert f"Medians of {DRAWS} draws" in page
    assert '<td style="text-align:left">integrated</td>' in project._repr_html_()
    assert repr(batch) == f"<batch batch-{batch.manifest.id[:8]}: 2 scenarios, 2 regions, {DRAWS} draws>"
