"""`urbsim run` as a planner uses it: a whole batch, the same bytes again, an evaluation of zones."""

from __future__ import annotations

import csv
import json

import pytest
import xarray as xr
from toytown_runs import PROGRAMME, RUN, only_batch

from urbsim.experiment import run as runs
from urbsim.project.workspace import Workspace


def test_a_run_leaves_a_whole_batch(workspace: Workspace, call) -> None:
    code, out, err = call("run", "baseline", "land-up", "--region", "toytown")
    assert (code, err) == (0, "")
    assert "Toytown · 2025" in out
    assert "Toytown · 2035" in out
    assert "Ledgers closed" in out
    batch = only_batch(workspace)
    assert sorted(path.name for path in batch.iterdir()) == ["charts", "indicators.csv", "manifest.json", "results.nc"]
    charts = {path.suffix for path in (batch / "charts").iterdir()}
    assert charts == {".png", ".svg"}
    with xr.open_dataset(batch / "results.nc", engine="h5netcdf") as data:
        assert data.population.dims == ("region", "scenario", "time", "status", "age")
        assert data.population.attrs["units"] == "Person"
        assert data.region_name_zh.values.tolist() == ["玩具县"]
    manifest = json.loads((batch / "manifest.json").read_text(encoding="utf-8"))
    assert [m["scenario"] for m in manifest["members"]] == ["baseline", "land-up"]
    assert manifest["members"][1]["levers"]["land_supply"]["origin"] == "scenario land-up"
    assert str(workspace.outputs.parent) not in json.dumps(manifest), "a manifest holds no path of a machine"
    with (batch / "indicators.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = next(r for r in rows if r["indicator"] == "residents" and r["year"] == "2020")
    assert (first["value"], first["unit"]) == ("100000", "person")


def test_the_same_inputs_are_not_computed_twice_and_give_the_same_bytes(workspace: Workspace, call) -> None:
    call(*RUN)
    batch = only_batch(workspace)
    first = {path.name: path.read_bytes() for path in batch.iterdir() if path.is_file()}
    code, out, _ = call(*RUN)
    assert code == 0
    assert "was there already" in out
    batch.rename(batch.with_name("aside"))
    call(*RUN)
    assert {path.name: path.read_bytes() for path in batch.iterdir() if path.is_file()} == first


def test_what_a_command_sets_is_told_with_its_year(workspace: Workspace, call) -> None:
    words = (*RUN, "--set", "land_supply=1.5", "--set", "training_rate=0.1@2024", "--set", "training_rate=0.2@2026")
    given = {"land_supply": {"2023": 1.5}, "training_rate": {"2024": 0.1, "2026": 0.2}}
    _, out, _ = call(*words)
    assert "--set: Land supply = 1.5 from 2023 on." in out
    _, out, _ = call(*words, "--lang", "zh")
    assert "--set：自 2023 年起，建设用地供应 = 1.5。" in out
    _, out, _ = call(*words, "--json")
    assert json.loads(out)["set"] == given
    manifest = json.loads((only_batch(workspace) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["set"] == given
    setting = manifest["members"][0]["levers"]["land_supply"]
    assert setting == {"value": [[2020.0, 1.0], [2022.0, 1.0], [2022.0, 1.5]], "origin": "command line"}


def test_a_run_with_an_evaluation_stores_and_tells_what_was_decided(workspace: Workspace, call) -> None:
    (workspace.scenarios / "programme.yaml").write_text(PROGRAMME, encoding="utf-8")
    words = ("run", "programme", "--no-charts", "--no-calibration")
    code, out, err = call(*words, "--out", "mine")
    assert (code, err) == (0, "")
    assert "Evaluation · programme" in out
    assert "rank correlation" in out
    mine = workspace.outputs / "mine"
    with (mine / "evaluation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["year"] for row in rows] == ["2022", "2022", "2023", "2023", "2024", "2024", "2025", "2025"]
    for year in ("2022", "2023", "2024", "2025"):
        pairs = [(float(row["next_grants"]), float(row["residents"])) for row in rows if row["year"] == year]
        assert sum(each * people for each, people in pairs) == pytest.approx(300 * sum(people for _, people in pairs))
    manifest = json.loads((mine / "manifest.json").read_text(encoding="utf-8"))
    grants = manifest["members"][0]["levers"]["grants"]
    assert grants["origin"] == "evaluation of scenario programme"
    decided = [float(row["next_grants"]) for row in rows if row["zone"] == "toytown"]
    assert grants["value"][-1][1] == pytest.approx(decided[2] if decided[2] == decided[3] else decided[3])
    assert manifest["evaluations"]["programme"]["rule"]["grants"] == 300
    code, out, _ = call(*words, "--out", "mine", "--json")
    assert json.loads(out)["evaluations"][0]["years"][0]["inside"] == 2
    call(*words, "--out", "drawn", "--draws", "3", "--seed", "1")
    with (workspace.outputs / "drawn/evaluation.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 3 * len(rows)
    drawn = json.loads((workspace.outputs / "drawn/manifest.json").read_text(encoding="utf-8"))["members"][0]["levers"]
    assert drawn["grants"]["origin"] == "evaluation of scenario programme, median; by draw in evaluation.csv"
    assert [time for time, _ in drawn["grants"]["value"]] == [time for time, _ in grants["value"]]
    code, out, _ = call("compare", "mine", "drawn", "--top", "2")
    assert code == 0
    assert "draws.count" in out


def test_evaluations_before_the_batch_keep_to_jobs(workspace: Workspace, call, monkeypatch) -> None:
    threads = []
    compete = runs.compete

    def watched(experiment, progress):
        threads.append(experiment.engine.threads)
        return compete(experiment, progress)

    monkeypatch.setattr(runs, "compete", watched)
    assert call(*RUN, "--horizon", "2022", "--jobs", "1")[0] == 0
    assert threads == [1]


def test_what_is_kept_may_be_less(workspace: Workspace, call) -> None:
    """Indicators alone, or their quantiles, tell the same as variables do, in single precision."""
    words = ("run", "baseline", "land-up", "--region", "toytown", "--draws", "30", "--horizon", "2025")
    rows = {}
    for keep in ("variables", "indicators", "quantiles"):
        code, out, err = call(*words, "--keep", keep, "--out", keep, *(() if keep == "quantiles" else ("--no-charts",)))
        assert (code, err) == (0, "")
        manifest = json.loads((workspace.outputs / keep / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["kept"]["what"] == keep
        with (workspace.outputs / keep / "indicators.csv").open(encoding="utf-8") as file:
            rows[keep] = list(csv.DictReader(file))
        code, out, err = call("compare", keep, "--json")
        rows[f"{keep} compared"] = json.loads(out)["rows"]
    assert len(list((workspace.outputs / "quantiles/charts").glob("*.png"))) == len(
        {r["indicator"] for r in rows["quantiles"]}
    )
    for keep in ("indicators", "quantiles"):
        for row, full in zip(rows[keep], rows["variables"], strict=True):
            assert [row[k] for k in ("region", "scenario", "indicator", "year", "unit")] == [
                full[k] for k in ("region", "scenario", "indicator", "year", "unit")
            ]
            for key in ("value", "p5", "p25", "p75", "p95"):
                assert float(row[key]) == pytest.approx(float(full[key]), rel=1e-6, abs=1e-9)
        for row, full in zip(rows[f"{keep} compared"], rows["variables compared"], strict=True):
            mine, whole = row["scenarios"]["land-up"], full["scenarios"]["land-up"]
            assert mine["value_low"] == pytest.approx(whole["value_low"], rel=1e-6)
            assert ("difference_low" in mine) == (keep == "indicators")
    with xr.open_dataset(workspace.outputs / "quantiles/results.nc", engine="h5netcdf") as data:
        assert data["residents"].dims == ("region", "scenario", "quantile", "time")
        assert data["good_draws"].values.tolist() == [[30, 30]]
    code, out, _ = call("compare", "quantiles")
    assert "The batch holds quantiles, not draws" in out
    code, out, _ = call("compare", "quantiles", "--scenario", "baseline", "--scenario", "land-up")
    assert code == 0
    assert "A batch holds quantiles, not draws: differences are those of medians, without an interval." in out
    for keep in ("variables", "indicators", "quantiles"):
        path = workspace.outputs / f"{keep}.csv"
        call("export", keep, "--iamc", str(path))
        with path.open(encoding="utf-8") as file:
            rows[f"{keep} exported"] = list(csv.DictReader(file))
    for keep in ("indicators", "quantiles"):
        for row, full in zip(rows[f"{keep} exported"], rows["variables exported"], strict=True):
            assert row["Variable"] == full["Variable"]
            assert float(row["2025"]) == pytest.approx(float(full["2025"]), rel=1e-6, abs=1e-9)


def test_fast_is_recorded_and_belongs_to_the_compiled_engine(workspace: Workspace, call) -> None:
    assert call(*RUN, "--fast")[0] == 0
    manifest = json.loads((only_batch(workspace) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["engine"] == "compiled-fast"
    code, _, err = call(*RUN, "--fast", "--engine", "simlin")
    assert (code, err) == (2, "--fast is for the compiled engine, not for simlin\n")
