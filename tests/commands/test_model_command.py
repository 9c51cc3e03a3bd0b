"""`urbsim model`: loops, tests, effects and the export of the model."""

from __future__ import annotations

import csv
import json

import pytest
import simlin
import xarray as xr
from toytown_runs import RUN

from urbsim.project.workspace import Workspace


def test_loops_are_shown_and_told(workspace: Workspace, call) -> None:
    code, out, err = call("model", "loops", "--region", "lijin")
    assert (code, err) == (0, "")
    assert "R1 Urban growth" in out
    assert "→+ arriving[migrant, age] →+ Population[migrant, age] →+ town residents" in out
    assert "All 3 tests pass." in out
    code, out, _ = call("model", "loops", "--region", "lijin", "--lang", "zh")
    assert (code, "R1 城镇增长" in out, "利津县" in out) == (0, True, True)
    code, out, _ = call("model", "loops", "--region", "lijin", "--json")
    first = json.loads(out)[0]
    assert (code, first["id"], first["found"], first["cut"]) == (0, "R1", "reinforcing", "service jobs")
    assert first["change"] > 0.1  # Lijin loses people; jobs of the base year would keep some


@pytest.mark.slow
def test_a_loop_of_the_wrong_polarity_or_path_is_told(workspace: Workspace, call) -> None:
    path = workspace.models / "loops.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("id: R1\n", "id: B99\n").replace("polarity: reinforcing", "polarity: balancing", 1))
    path.write_text(path.read_text(encoding="utf-8").replace("[R1, B1]", "[B1]"), encoding="utf-8")
    code, out, _ = call("model", "loops", "--region", "lijin")
    assert code == 1
    assert "loop polarity: B99 in lijin: the signs of its links make it reinforcing in 2021" in out
    path.write_text(text.replace("town residents, people demand", "town residents, Jobs", 1), encoding="utf-8")
    for words in (("model", "loops"), ("check",)):
        code, _, err = call(*words)
        assert code == 2
        assert "models/loops.yaml:" in err
        assert "'Jobs' does not use 'town residents'; its inputs are Jobs, desired jobs" in err
    code, _, err = call("model", "loops", "--region", "nowhere")
    assert code == 2


def test_an_exported_model_runs_to_the_same_result(workspace: Workspace, call) -> None:
    call(*RUN, "--out", "mine")
    code, out, _ = call("model", "export", "toytown", "--scenario", "land-up", "--out", "toytown.mdl")
    assert code == 0
    assert "toytown.mdl written" in out
    frame = simlin.load("toytown.mdl").run(analyze_loops=False).results
    with xr.open_dataset(workspace.outputs / "mine/results.nc", engine="h5netcdf") as data:
        expected = float(data.county_residents.sel(scenario="land-up")[0, -1])
    assert frame["county_residents"].iloc[-1] == pytest.approx(expected, rel=1e-12)


def test_the_battery_lists_its_tests_and_runs_some(workspace: Workspace, call) -> None:
    code, out, _ = call("model", "check", "--list")
    assert code == 0
    assert "extremes       every constant, lever and table at 0" in out
    code, out, _ = call("model", "check", "--test", "documentation", "--test", "equations", "--json")
    assert code == 0
    assert [verdict["test"] for verdict in json.loads(out)] == ["equations", "documentation"]
    code, _, err = call("model", "check", "--test", "extreme")
    assert (code, "did you mean extremes" in err) == (2, True)


def test_a_failing_test_tells_what_fails(workspace: Workspace, call) -> None:
    path = workspace.models / "battery.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("births per adult: ", "birth level: "), encoding="utf-8")
    code, _, err = call("check")
    assert (code, "'birth level'" in err) == (2, True)
    path.write_text("initial: {initial births: births per adult}\n", encoding="utf-8")
    code, out, _ = call("model", "check", "--test", "start", "--region", "toytown")
    assert code == 1
    assert "initial births: off by 1 of itself" in out


def test_effects_are_a_table_or_rows(workspace: Workspace, call) -> None:
    words = ("model", "effects", "--region", "toytown", "--draws", "2", "-q")
    code, out, _ = call(*words)
    assert code == 0
    assert "Toytown" in out
    assert "settlement_openness = 0.7" in out
    code, out, _ = call(*words, "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert {row["region"] for row in rows} == {"toytown"}
    assert rows[0]["indicator"] == "residents"
    assert all(float(row["low"]) <= float(row["high"]) for row in rows)
    code, out, _ = call(*words, "--json")
    assert [one["lever"] for one in json.loads(out)] == [row["lever"] for row in rows]
