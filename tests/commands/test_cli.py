"""The command line as a planner uses it, in a folder of their own."""

from __future__ import annotations

import csv
import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import simlin
import xarray as xr

from urbsim.commands import evaluating
from urbsim.engine.oracles.choose import choose
from urbsim.experiment import draws
from urbsim.experiment import plan as plans
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace

RUN = ["run", "baseline", "land-up", "--region", "toytown", "--no-charts"]
BAD_NAMES = ("", ".", "..", "../x", "/x", "a/b", "a\\b", ".x", "x.", "con:", "x" * 151, "县" * 51)


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


def test_compare_tells_what_differs_between_two(workspace: Workspace, call) -> None:
    call(*RUN, "--out", "mine")
    two = ("--scenario", "baseline", "--scenario", "land-up")
    code, out, err = call("compare", "mine", *two, "--json")
    assert (code, err) == (0, "")
    [one] = json.loads(out)["comparisons"]
    sizes = [abs(row["relative"]) for row in one["rows"] if row["relative"] is not None]
    assert sizes == sorted(sizes, reverse=True)
    assert len(one["rows"]) > 50
    land = next(lever for lever in one["levers"] if lever["lever"] == "land_supply")
    assert (land["a"], land["b"], land["regions"]) == ({"0": 1.0}, {"2020": 1.0, "2023": 1.5}, ["toytown"])
    assert land["clauses"][0]["title"]
    assert one["others"] == []
    code, out, _ = call("compare", "mine", *two, "--top", "3", "--year", "2030")
    assert code == 0
    assert "mine land-up against mine baseline" in out
    assert "2023: 1.5" in out
    code, out, _ = call("compare", "mine", *two, "--csv")
    assert len(list(csv.DictReader(out.splitlines()))) == len(one["rows"])
    call("run", "baseline", "--region", "toytown", "--no-charts", "--draws", "3", "--seed", "4", "--out", "drawn")
    code, out, _ = call("compare", "mine", "drawn", "--json")
    [one] = json.loads(out)["comparisons"]
    assert (one["a"]["scenario"], one["paired"], one["draws"]) == ("baseline", False, True)
    assert {"what": "draws.seed", "a": None, "b": 4} in one["others"]
    code, out, _ = call("compare", "drawn", "drawn")
    assert "No lever differs." in out
    assert "differences within each draw" in out


def test_compare_side_by_side_as_csv(workspace: Workspace, call) -> None:
    call(*RUN, "--out", "mine")
    code, out, _ = call("compare", "mine", "--csv", "--year", "2030")
    rows = list(csv.DictReader(out.splitlines()))
    assert code == 0
    assert {row["scenario"] for row in rows} == {"baseline", "land-up"}
    assert {row["year"] for row in rows} == {"2030"}


def test_export_writes_the_iamc_format(workspace: Workspace, call) -> None:
    call(*RUN, "--out", "mine")
    code, out, err = call("export", "mine", "--iamc", "iamc.csv")
    assert (code, err) == (0, "")
    with open("iamc.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert out == f"iamc.csv: {len(rows)} rows written\n"
    assert list(rows[0])[:6] == ["Model", "Scenario", "Region", "Variable", "Unit", "2020"]
    first = rows[0]
    assert (first["Region"], first["Variable"], first["2020"]) == ("Toytown", "Population|Residents", "100000")
    keys = [tuple(row[key] for key in list(row)[:5]) for row in rows]
    assert len(set(keys)) == len(keys)
    code, *_ = call("compare", "mine", "--iamc", "same.csv")
    assert code == 0
    assert Path("same.csv").read_bytes() == Path("iamc.csv").read_bytes()


PROGRAMME = """name: programme
title: {en: Programme, zh: 试点}
question: {en: What if?, zh: 会怎样？}
extends: [baseline]
references: []
regions: [toytown, lijin]
horizon: 2026
evaluation:
  first_year: 2022
  grants: 300
  land_quota: 0.1
  reward: {zones: 1, share: 0.5}
  penalty: {zones: 1, share: 0.5}
  exit: {lowest: 1, after: 3}
"""


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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compare", "a", "b", "c"), "two batches and two scenarios are the most"),
        (("compare", "a", "--csv", "--json"), "--csv and --json cannot be printed at once"),
        (("compare", "mine", "--scenario", "baseline"), "--scenario needs two of them, or two batches"),
        (("compare", "mine", "mine", "--all"), "--against, --all and --iamc are for the scenarios of one batch"),
        (
            ("compare", "mine", "mine", "--scenario", "basline"),
            "batch mine has no scenario 'basline'; did you mean baseline?",
        ),
        (
            ("compare", "mine", "mine", "--year", "1990"),
            "batch mine has no year 1990; its years are 2020 to 2035; give one as --year",
        ),
        (("compare", "mine", "--region", "x"), "batch mine has no region 'x'"),
        (("export", "mine", "--iamc", "x.pdf"), "x.pdf: must end in .csv or .xlsx, not '.pdf'"),
        (
            ("export", "mine", "--iamc", "x.csv", "--region", "toytwon"),
            "has no region 'toytwon'; did you mean toytown?",
        ),
    ],
)
def test_wrong_questions_about_batches(workspace: Workspace, call, words: tuple[str, ...], message: str) -> None:
    if "mine" in words:
        call(*RUN, "--out", "mine")
    code, out, err = call(*words)
    assert code == 2
    assert message in err
    assert out == ""


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
        (
            ("run", "baseline", "--region", "toytown", "--base-year", "2015"),
            "data/regions/toytown.yaml: there is no census of 2015 to start from, only of 2010 and 2020",
        ),
        (("run", "baseline", "--draws", "1"), "--draws must be 2 or more, not 1"),
        (("run", "baseline", "--parameter", "x"), "--parameter says what to draw and needs --draws"),
        (("run", "baseline", "--draws", "4", "--parameter", "income"), "unknown parameter 'income'"),
        (("run", "--draws", "900000"), "the results would take"),
        (("run", "baseline", "--draws", "0"), "--draws must be 2 or more, not 0; for example --draws 200"),
        (("run", "baseline", "--draws", "-1"), "--draws must be 2 or more, not -1; for example --draws 200"),
        (("run", "baseline", "--draws", "1e9"), "Invalid value for '--draws': '1e9' is not a valid integer"),
        (("run", "baseline", "--draws", "4", "--seed", "-1"), "--seed must not be negative, not -1"),
        (("run", "baseline", "--jobs", "0"), "Invalid value for '--jobs': 0 is not in the range x>=1"),
        (("run", "baseline", "--keep", "quantiles"), "--keep quantiles is for draws; for example --draws 200"),
        (
            ("run", "baseline", "--region", "toytown", "--horizon", "1900"),
            "horizon 1900 is not after the base year 2020 of toytown",
        ),
        (
            ("run", "baseline", "--region", "toytown", "--horizon", "9999"),
            "horizon 9999 lies more than 100 years after the base year 2020 of toytown; give 2120 or less",
        ),
        *((("run", "baseline", "--out", name), f"--out {name!r} is no name for a batch") for name in BAD_NAMES),
        (("targets", "nothing"), "no batch 'nothing' in outputs/; run `urbsim run` first"),
        (("targets", ""), "no batch '' in outputs/; run `urbsim run` first"),
        (("compare", "nothing", "never"), "no batch 'never' in outputs/; run `urbsim run` first"),
        (("compare", "nothing", "never"), "2 problems"),
        (("compare", "nothing"), "no batch 'nothing' in outputs/; run `urbsim run` first"),
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


def test_a_damaged_batch_is_told_and_hides_no_other(workspace: Workspace, call) -> None:
    call(*RUN, "--out", "mine")
    whole, outputs = workspace.outputs / "mine", workspace.outputs
    results, manifest = (whole / "results.nc").read_bytes(), (whole / "manifest.json").read_bytes()
    half = len(results) // 2
    for name, content in [
        ("results.nc", results[:3000]),
        ("results.nc", results[:half] + bytes(byte ^ 90 for byte in results[half:])),
        ("results.nc", None),
        ("manifest.json", manifest[:300]),
        ("manifest.json", b"[]"),
        ("manifest.json", b"{}"),
        ("manifest.json", b"\xff\xfe"),
    ]:
        shutil.copytree(whole, outputs / "bad")
        (outputs / "bad" / name).unlink() if content is None else (outputs / "bad" / name).write_bytes(content)
        told = f"outputs/bad/{name}: is missing, damaged or cut short; delete outputs/bad and run again\n"
        for words in (
            ("targets", "bad"),
            ("compare", "mine", "bad"),
            ("export", "bad", "--iamc", "x.csv"),
            (*RUN, "--out", "bad"),
        ):
            assert call(*words) == (2, "", told)
        assert not Path("x.csv").exists()
        code, out, _ = call("list", "batches", "--json")
        states = {row["name"]: row["state"] for row in json.loads(out)}
        assert (code, states) == (0, {"mine": "complete", "bad": "complete" if name == "results.nc" else "damaged"})
        shutil.rmtree(outputs / "bad")


def test_evaluations_before_the_batch_keep_to_jobs(workspace: Workspace, call, monkeypatch) -> None:
    taken = []
    decide = evaluating.decide

    def watched(*words, **more):
        taken.append(words[4].threads)
        return decide(*words, **more)

    monkeypatch.setattr(evaluating, "decide", watched)
    assert call(*RUN, "--horizon", "2022", "--jobs", "1")[0] == 0
    assert taken == [1]


def test_nothing_to_resume_is_said(workspace: Workspace, call) -> None:
    code, _, err = call(*(word for word in RUN if word != "--quiet"), "--out", "mine", "--resume")
    assert (code, "note: outputs/mine has nothing to resume; it begins anew" in err) == (0, True)


def test_an_existing_folder_is_left_alone(workspace: Workspace, call) -> None:
    (workspace.outputs / "mine").mkdir(parents=True)
    (workspace.outputs / "mine/notes.txt").write_text("keep", encoding="utf-8")
    code, _, err = call(*RUN, "--out", "mine")
    assert code == 2
    assert "outputs/mine exists already; choose another name with --out" in err
    assert [path.name for path in (workspace.outputs / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "free some space"), (errno.EACCES, "check the rights")])
@pytest.mark.parametrize("where", ["storage.unfinished.Work.put", "storage.netcdf.write"])
def test_a_disk_that_refuses_leaves_whole_blocks_or_nothing(
    workspace: Workspace, call, monkeypatch: pytest.MonkeyPatch, number: int, words: str, where: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "No space left on device" if number == errno.ENOSPC else "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(f"urbsim.experiment.{where}", full)
        code, _, err = call(*RUN, "--out", "mine")
    assert code == 2
    assert words in err
    if where == "storage.unfinished.Work.put":
        assert "nothing was left behind" in err
        assert list(workspace.outputs.iterdir()) == []
        return
    assert "1 finished block kept" in err
    assert sorted(path.name for path in (workspace.outputs / ".mine.unfinished").iterdir()) == ["blocks", "plan.json"]
    code, _, err = call(*RUN, "--out", "mine")
    assert (code, err.count("\n")) == (2, 1)
    assert "outputs/mine: is unfinished: 1 of 1 blocks are done; `urbsim run baseline land-up" in err
    assert call(*RUN, "--out", "mine", "--resume")[0] == 0
    assert [path.name for path in workspace.outputs.iterdir()] == ["mine"]


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
    assert "43 regions, 56 scenarios" in out


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
        text.replace("dormitory residents)/Household Size", "dormitory residents)*Household Size"), encoding="utf-8"
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
    assert "1 of 1 members failed:\ntoytown, baseline: urbanization rate is not a finite number from 2020 on" in err
    batch = only_batch(workspace)
    told = (batch / "failed.csv").read_text(encoding="utf-8")
    reason = "urbanization rate is not a finite number from 2020 on"
    assert told == f"region,scenario,draw,reason\ntoytown,baseline,,{reason}\n"
    [row] = json.loads((batch / "manifest.json").read_text(encoding="utf-8"))["failed"]
    assert row == {"region": "toytown", "scenario": "baseline", "draw": None, "reason": reason}


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


def test_zones_by_draw_are_stored_as_they_run_in_memory(workspace: Workspace, call) -> None:
    """Draws of a coupled batch come through blocks with the levers that were decided in each."""
    (workspace.scenarios / "programme.yaml").write_text(PROGRAMME, encoding="utf-8")
    words = ("run", "programme", "--no-charts", "--no-calibration", "--draws", "40", "--out", "zones")
    code, _, err = call(*words)
    assert (code, err) == (0, "")
    project = Project.open(workspace)
    indicators = project.indicators
    made = plans.plan(project, ["programme"], [], None, None, {})
    resolved, engine = plans.members(project, made, {}), choose()
    sample = draws.draw(project.parameters, project.model, 40, 0)
    coupled = evaluating.decide(project, made, resolved, {}, engine, indicators, sample, quiet=True)
    assert all(one.paths for one in coupled.resolved)
    found = plans.run(project, made, coupled.resolved, engine, ["county_residents"], lambda _: None, sample)
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
    assert "settlement_openness = 0.97" in out
    code, out, _ = call(*words, "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert {row["region"] for row in rows} == {"toytown"}
    assert rows[0]["indicator"] == "residents"
    assert all(float(row["low"]) <= float(row["high"]) for row in rows)
    code, out, _ = call(*words, "--json")
    assert [one["lever"] for one in json.loads(out)] == [row["lever"] for row in rows]
