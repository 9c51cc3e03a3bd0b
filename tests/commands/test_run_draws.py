"""`urbsim run --draws`: intervals, fans, and the same draws in any company."""

from __future__ import annotations

import csv
import json

import numpy as np
import xarray as xr
from toytown_runs import PROGRAMME, only_batch

from urbsim.engine.contract import silent
from urbsim.experiment import plan as plans
from urbsim.experiment import run as runs
from urbsim.experiment.design import design
from urbsim.experiment.progress import SILENCE
from urbsim.experiment.request import Request
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace


def test_draws_that_fail_are_left_out_and_counted(workspace: Workspace, call) -> None:
    """A range that the model gives to a variable is one that some draws leave; the others make the statistics."""
    text = workspace.model.read_text(encoding="utf-8")
    plain = text.index("urbanization rate = ZIDZ(town residents, county residents)")
    unit = text.index("Dmnl", plain)
    words = ("run", "baseline", "--region", "toytown", "--draws", "20", "--no-charts", "--horizon", "2025", "--out")
    call(*words, "free")
    with xr.open_dataset(workspace.outputs / "free/results.nc", engine="h5netcdf") as data:
        free = data["urbanization_rate"].load()
    limit = float(free.isel(time=-1).median())
    workspace.model.write_text(f"{text[:unit]}Dmnl [0, {limit}]{text[unit + 4 :]}", encoding="utf-8")
    code, out, err = call(*words, "held")
    good = (free <= limit * (1 + 1e-9)).all("time").values.ravel()
    assert 0 < good.sum() < 20
    assert code == 1
    assert f"{20 - good.sum()} of 20 members failed and are left out." in out
    assert f"toytown, baseline, draw {int(good.argmin())}: urbanization rate is " in err
    rows = list(csv.DictReader((workspace.outputs / "held/failed.csv").read_text(encoding="utf-8").splitlines()))
    assert [int(row["draw"]) for row in rows] == [draw for draw in range(20) if not good[draw]]
    with xr.open_dataset(workspace.outputs / "held/results.nc", engine="h5netcdf") as data:
        assert data["county_residents"].isnull().all(("region", "scenario", "time")).values.tolist() == (~good).tolist()
        xr.testing.assert_equal(data["urbanization_rate"][:, :, good].drop_attrs(), free[:, :, good].drop_attrs())


def test_zones_by_draw_are_stored_as_they_run_in_memory(workspace: Workspace, call) -> None:
    """Draws of a coupled batch come through blocks with the levers that were decided in each."""
    (workspace.scenarios / "programme.yaml").write_text(PROGRAMME, encoding="utf-8")
    words = ("run", "programme", "--no-charts", "--no-calibration", "--draws", "40", "--out", "zones")
    code, _, err = call(*words)
    assert (code, err) == (0, "")
    project = Project.open(workspace)
    experiment = design(project, Request(scenarios=("programme",), draws=40, calibrated=False), SILENCE)
    competition = runs.compete(experiment, SILENCE)
    assert all(one.paths for one in competition.members)
    found = plans.run(
        project,
        experiment.plan,
        competition.members,
        experiment.engine,
        ["county_residents"],
        silent,
        experiment.sample,
    )
    with xr.open_dataset(workspace.outputs / "zones/results.nc", engine="h5netcdf") as data:
        stored = data.county_residents.values
        np.testing.assert_array_equal(stored, found.data.county_residents.values)
    assert (np.ptp(stored[:, 0, :, -1], axis=1) > 0).all()


def test_draws_give_intervals_fans_and_a_draw_dimension(workspace: Workspace, call) -> None:
    code, out, err = call("run", "baseline", "land-up", "--region", "toytown", "--draws", "8", "--seed", "3")
    assert (code, err) == (0, "")
    assert "Median of 8 draws" in out
    batch = only_batch(workspace)
    with xr.open_dataset(batch / "results.nc", engine="h5netcdf") as data:
        assert data.county_residents.dims == ("region", "scenario", "draw", "time")
        assert data.sizes["draw"] == 8
    manifest = json.loads((batch / "manifest.json").read_text(encoding="utf-8"))
    assert {k: manifest["draws"][k] for k in ("count", "seed", "sampling")} == {
        "count": 8,
        "seed": 3,
        "sampling": "lhs",
    }
    assert (batch / "charts/urbanization_rate.png").stat().st_size > 10_000
    code, out, _ = call("compare", batch.name, "--json")
    row = json.loads(out)["rows"][0]["scenarios"]["land-up"]
    assert row["value_low"] <= row["value"] <= row["value_high"]


def test_draws_are_the_same_again_and_in_other_company(workspace: Workspace, call) -> None:
    """A scenario's draws do not depend on which others run beside it."""
    for name, scenarios in (("one", ["baseline"]), ("two", ["baseline", "land-up"])):
        call("run", *scenarios, "--region", "toytown", "--draws", "5", "--no-charts", "--out", name)
    with (
        xr.open_dataset(workspace.outputs / "one/results.nc", engine="h5netcdf") as one,
        xr.open_dataset(workspace.outputs / "two/results.nc", engine="h5netcdf") as two,
    ):
        assert one.county_residents.equals(two.county_residents.sel(scenario=["baseline"]))
