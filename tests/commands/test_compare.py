"""`urbsim compare` and `urbsim export`: scenarios side by side, differences between two, the IAMC format."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from toytown_runs import RUN

from urbsim.project.workspace import Workspace


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
