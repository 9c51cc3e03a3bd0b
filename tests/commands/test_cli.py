"""The command line as a planner uses it, in a folder of their own."""

from __future__ import annotations

import csv
import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
import simlin
import xarray as xr

from urbsim import cli
from urbsim.workspace import Workspace

RUN = ["run", "baseline", "land-up", "--region", "toytown", "--no-charts"]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Run a command; return exit code, standard output and standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["urbsim", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def only_batch(workspace: Workspace) -> Path:
    [batch] = [path for path in workspace.outputs.iterdir() if path.is_dir()]
    return batch


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


def test_compare_puts_scenarios_side_by_side(workspace: Workspace, call) -> None:
    call(*RUN, "--out", "mine")
    code, out, _ = call("compare", "mine", "--year", "2030", "--json")
    assert code == 0
    rows = json.loads(out)["rows"]
    land = next(row for row in rows if row["indicator"] == "workers")
    assert land["base"] == pytest.approx(34_000)
    assert land["scenarios"]["land-up"]["difference"] > 0
    code, out, _ = call("compare", "mine", "--against", "land-up", "--lang", "zh")
    assert code == 0
    assert "玩具县 · 2025" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "basline"), "unknown scenario 'basline'; did you mean baseline?"),
        (("run", "--region", "toytwon"), "unknown region 'toytwon'; did you mean toytown?"),
        (("run", "--set", "land_supply=9"), "--set: land_supply must lie from 0 to 3 dmnl, not 9"),
        (("run", "--set", "land_supply=nan"), "--set: land_supply must lie from 0 to 3 dmnl, not nan"),
        (("run", "--set", "land_supply"), "--set 'land_supply' is not NAME=NUMBER"),
        (("run", "--set", "land_supply=1", "--set", "land_supply=2"), "--set gives land_supply twice"),
        (("run", "--set", "land_suply=1"), "--set: unknown lever 'land_suply'; did you mean land_supply?"),
        (
            ("run", "baseline", "--region", "toytown", "--horizon", "2019"),
            "horizon 2019 is not after the base year 2020",
        ),
        (("run", "baseline", "--region", "toytown", "--base-year", "2015"), "fact 'residents' of 2015 is missing"),
        (("run", "baseline", "--draws", "1"), "--draws must be 2 or more, not 1"),
        (("run", "baseline", "--parameter", "x"), "--parameter says what to draw and needs --draws"),
        (("run", "baseline", "--draws", "4", "--parameter", "income"), "unknown parameter 'income'"),
        (("run", "--draws", "900000"), "the results would take"),
        (("compare", "nothing"), "no readable batch 'nothing' in outputs/"),
        (("calibrate", "toytwon"), "unknown region 'toytwon'; did you mean toytown?"),
        (("model", "export", "toytown", "--scenario", "x", "--out", "x.mdl"), "unknown scenario 'x'"),
        (("init", "."), "already holds models, scenarios, data"),
    ],
)
def test_wrong_words_end_with_one_message_and_code_2(
    workspace: Workspace, call, words: tuple[str, ...], message: str
) -> None:
    code, out, err = call(*words)
    assert code == 2
    assert message in err
    assert out == ""
    assert not workspace.outputs.exists() or not any(workspace.outputs.iterdir())


def test_an_existing_folder_is_left_alone(workspace: Workspace, call) -> None:
    (workspace.outputs / "mine").mkdir(parents=True)
    (workspace.outputs / "mine/notes.txt").write_text("keep", encoding="utf-8")
    code, _, err = call(*RUN, "--out", "mine")
    assert code == 2
    assert "outputs/mine exists already; choose another name with --out" in err
    assert [path.name for path in (workspace.outputs / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "free some space"), (errno.EACCES, "check the rights")])
def test_a_full_disk_leaves_nothing_behind(
    workspace: Workspace, call, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "No space left on device" if number == errno.ENOSPC else "Permission denied")

    monkeypatch.setattr("urbsim.experiment.store.write_results", full)
    code, _, err = call(*RUN, "--out", "mine")
    assert code == 2
    assert "nothing was left behind" in err
    assert words in err
    assert list(workspace.outputs.iterdir()) == []


def test_a_broken_scenario_stops_a_run_before_it_starts(workspace: Workspace, call) -> None:
    (workspace.scenarios / "plan.yaml").write_text("name: plan\n", encoding="utf-8")
    code, _, err = call(*RUN)
    assert code == 2
    assert "scenarios/plan.yaml:1:1: 'title' is missing" in err
    assert not workspace.outputs.exists()


def test_check_says_what_it_checked(workspace: Workspace, call) -> None:
    code, out, err = call("check")
    assert (code, err) == (0, "")
    assert "variables documented, equations and units consistent" in out
    assert "43 regions, 54 scenarios" in out


def test_check_lists_problems_of_one_file(workspace: Workspace, call) -> None:
    path = workspace.outputs.parent / "draft.yaml"
    text = (workspace.scenarios / "land-up.yaml").read_text(encoding="utf-8").replace("land-up", "draft")
    path.write_text(text.replace("1.5", "15"), encoding="utf-8")
    code, _, err = call("check", "draft.yaml")
    assert code == 2
    assert "draft.yaml:15:23: land_supply must lie from 0 to 3 dmnl, not 15" in err
    path.write_text(text, encoding="utf-8")
    assert call("check", "draft.yaml")[0] == 0
    code, out, _ = call("check", "draft.yaml", "--json")
    assert json.loads(out)["problems"] == []


def test_check_finds_a_unit_clash_in_the_model(workspace: Workspace, call) -> None:
    text = workspace.model.read_text(encoding="utf-8")
    workspace.model.write_text(
        text.replace("town residents/Household Size", "town residents*Household Size"), encoding="utf-8"
    )
    code, _, err = call("check")
    assert code == 2
    assert "town households" in err
    assert "models/urbsim.mdl:" in err


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
    assert first["change"] < 0


@pytest.mark.slow
def test_a_loop_of_the_wrong_polarity_or_path_is_told(workspace: Workspace, call) -> None:
    path = workspace.models / "loops.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("id: R1\n", "id: B99\n").replace("polarity: reinforcing", "polarity: balancing", 1))
    path.write_text(path.read_text(encoding="utf-8").replace("[R1, B1]", "[B1]"), encoding="utf-8")
    code, out, _ = call("model", "loops", "--region", "lijin")
    assert code == 1
    assert "loop polarity: B99 in lijin: the signs of its links make it reinforcing in 2021" in out
    path.write_text(text.replace("town residents, service jobs", "town residents, Jobs", 1), encoding="utf-8")
    for words in (("model", "loops"), ("check",)):
        code, _, err = call(*words)
        assert code == 2
        assert "models/loops.yaml:" in err
        assert "'Jobs' does not use 'town residents'; its inputs are Jobs, desired jobs" in err
    code, _, err = call("model", "loops", "--region", "nowhere")
    assert code == 2


@pytest.mark.parametrize("kind", ["scenarios", "regions", "levers", "indicators", "parameters", "batches"])
def test_lists(workspace: Workspace, call, kind: str) -> None:
    call(*RUN)
    for words in ((), ("--json",), ("--lang", "zh")):
        code, out, err = call("list", kind, *words)
        assert (code, err) == (0, "")
        assert out.strip()
    rows = json.loads(call("list", kind, "--json")[1])
    assert isinstance(rows, list)
    assert rows


def test_an_exported_model_runs_to_the_same_result(workspace: Workspace, call) -> None:
    call(*RUN, "--out", "mine")
    code, out, _ = call("model", "export", "toytown", "--scenario", "land-up", "--out", "toytown.mdl")
    assert code == 0
    assert "toytown.mdl written" in out
    frame = simlin.load("toytown.mdl").run(analyze_loops=False).results
    with xr.open_dataset(workspace.outputs / "mine/results.nc", engine="h5netcdf") as data:
        expected = float(data.county_residents.sel(scenario="land-up")[0, -1])
    assert frame["county_residents"].iloc[-1] == pytest.approx(expected, rel=1e-12)


def test_init_makes_a_workspace(workspace: Workspace, call) -> None:
    code, out, _ = call("init", "mine")
    assert code == 0
    assert "cd mine && urbsim run" in out
    assert (Path("mine") / "models/urbsim.mdl").exists()
    assert call("init", "mine")[0] == 2


def test_a_failed_member_ends_with_code_1_and_its_reason(workspace: Workspace, call) -> None:
    text = workspace.model.read_text(encoding="utf-8")
    broken = text.replace(
        "urbanization rate = ZIDZ(town residents, county residents)",
        "urbanization rate = town residents/(land supply factor - 1)",
    )
    workspace.model.write_text(broken, encoding="utf-8")
    code, _, err = call("run", "baseline", "--region", "toytown", "--no-charts")
    assert code == 1
    assert "toytown, baseline: urbanization rate is not a finite number from 2020 on" in err


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


def test_fast_is_recorded_and_belongs_to_the_compiled_engine(workspace: Workspace, call) -> None:
    assert call(*RUN, "--fast")[0] == 0
    manifest = json.loads((only_batch(workspace) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["engine"] == "compiled-fast"
    code, _, err = call(*RUN, "--fast", "--engine", "simlin")
    assert (code, err) == (2, "--fast is for the compiled engine, not for simlin\n")


@pytest.mark.slow
def test_the_command_is_installed() -> None:
    done = subprocess.run([sys.executable, "-m", "urbsim", "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("urbsim, version ")
