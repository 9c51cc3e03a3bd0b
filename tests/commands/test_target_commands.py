"""Targets on the command line, in a folder of a user's own with targets of an invented county."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from urbsim.api.contents import write_contents
from urbsim.experiment.storage.read import open_batch
from urbsim.names import identifier
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace
from urbsim.results.batch_scores import score_batch

OWN = """document: pilot-zones
targets:
  - id: own-urbanization
    clause: para 1
    label: {en: Urbanization rate, zh: 城镇化率}
    kind: target
    region: toytown
    indicator: urbanization_rate
    operator: ">="
    unit: percent
    deadline: 2025
  - id: own-residents
    clause: para 2
    label: {en: Residents, zh: 常住人口}
    kind: target
    region: toytown
    indicator: residents
    operator: ">="
    value: 1
    unit: person
    deadline: 2025
"""
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ran(workspace: Workspace, call: Call) -> Path:
    """A batch of Toytown, whose targets stand in place of those of the pilot zones."""
    (workspace.data / "targets/pilot-zones.yaml").write_text(OWN, encoding="utf-8")
    code, _, err = call("run", "baseline", "land-up", "--region", "toytown", "--no-charts", "--out", "toy", "-q")
    assert (code, err) == (0, "")
    return workspace.outputs / "toy"


def test_a_batch_whose_region_has_targets_holds_their_scores(ran: Path, call: Call, tmp_path: Path) -> None:
    with (ran / "targets.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["target"], row["scenario"], row["verdict"]) for row in rows] == [
        ("own-urbanization", "", "user-supplied"),
        ("own-residents", "baseline", "met"),
        ("own-residents", "land-up", "met"),
    ]
    assert "data/targets/pilot-zones.yaml" in json.loads((ran / "manifest.json").read_text(encoding="utf-8"))["files"]
    code, out, _ = call("targets", "--document", "pilot-zones", "--region", "toytown")
    assert code == 0
    assert "para 1 Urbanization rate, %: --target own-urbanization=VALUE" in out
    assert "Baseline: 1 met; 0 missed; 0 without a verdict" in out
    blank = ("targets", "toy", "--target", "own-urbanization=99", "--scenario", "baseline", "--region", "toytown")
    code, out, _ = call(*blank, "--json", "--csv", str(tmp_path / "board.csv"))
    found = {one["target"]: one for one in json.loads(out)["scores"]}
    assert found["own-urbanization"]["verdict"] == "missed"
    assert found["own-urbanization"]["gap"] == pytest.approx(found["own-urbanization"]["projected"] - 99)
    assert "own-urbanization" in (tmp_path / "board.csv").read_text(encoding="utf-8")
    for words, message in (
        (("--document", "pilot-zone"), "has no document 'pilot-zone'; did you mean pilot-zones?"),
        (("--region", "toytwn", "--scenario", "base"), "has no region 'toytwn'; did you mean toytown?"),
        (("--target", "own-resident=3"), "unknown target 'own-resident'; did you mean own-residents?"),
        (
            ("--target", "im-08-one-county-one-park=2"),
            "im-08-one-county-one-park is not scored by one value; The model has",
        ),
        (("--target", "own-residents=many"), "--target 'own-residents=many' is not NAME=NUMBER"),
    ):
        code, _, err = call("targets", "toy", *words)
        assert code == 2
        assert message in err


@pytest.mark.parametrize("keep", ["indicators", "quantiles"])
def test_a_batch_that_keeps_less_is_scored_from_that(workspace: Workspace, call: Call, keep: str) -> None:
    (workspace.data / "targets/pilot-zones.yaml").write_text(OWN, encoding="utf-8")
    words = ("run", "baseline", "--region", "toytown", "--no-charts", "--draws", "5", "-q")
    rows = {}
    for kept in ("variables", keep):
        code, _, err = call(*words, "--keep", kept, "--out", kept)
        assert (code, err) == (0, "")
        with (workspace.outputs / kept / "targets.csv").open(encoding="utf-8") as file:
            rows[kept] = next(row for row in csv.DictReader(file) if row["target"] == "own-residents")
    whole, found = rows["variables"], rows[keep]
    assert (whole["verdict"], found["verdict"]) == ("met", "met")
    assert float(found["projected"]) == pytest.approx(float(whole["projected"]), rel=1e-6)
    assert whole["probability"] == "1"
    assert found["probability"] == ("1" if keep == "indicators" else "")
    code, out, _ = call("targets", keep)
    assert code == 0
    assert ("medians are scored, without probabilities" in out) == (keep == "quantiles")


def test_a_target_that_reads_what_a_batch_does_not_keep_says_so(ran: Path, workspace: Workspace) -> None:
    project = Project.open(workspace)
    indicators = project.indicators
    stored, known = open_batch(workspace.outputs, "toy"), project.targets
    variable = identifier(indicators["residents"].variable)
    data = stored.data().drop_vars(variable)
    scores = score_batch(project, known, stored.manifest, data, ["toytown"], ["baseline"])
    [one] = [one for one in scores if one.target.id == "own-residents"]
    assert (one.verdict, one.as_dict()["why"]) == ("not kept", "the batch does not keep residents")


def test_charts_of_targets_are_written_with_those_of_a_batch(ran: Path, workspace: Workspace) -> None:
    stored, part = open_batch(workspace.outputs, "toy"), workspace.outputs / "part"
    part.mkdir()
    shutil.copyfile(stored.path / "results.nc", part / "results.nc")
    write_contents(Project.open(workspace), replace(stored, path=part), "zh")
    assert sorted(path.name for path in part.rglob("*targets*.*")) == [
        "targets-pilot-zones.png",
        "targets-pilot-zones.svg",
        "targets.csv",
    ]
    assert (part / "targets.csv").read_bytes() == (ran / "targets.csv").read_bytes()


def test_documents_that_name_no_region_of_the_batch_wait_for_their_name(ran: Path, call: Call) -> None:
    code, out, _ = call("targets", "toy", "--lang", "zh")
    assert code == 0
    assert out.splitlines()[-1].startswith("未涉及本批次地区的文件，可用 --document 查看：city-urbanization-template, ")
    assert "pilot-zones" not in out.splitlines()[-1]
    assert "玩具县" in out, "the table of the region"
    words = ("targets", "toy", "--region", "toytown", "--document", "dongying-2023-17")
    assert call(*words)[:2] == (0, "No row names these regions.\n")
    code, out, _ = call(*words, "--document", "pilot-zones")
    assert (code, out.splitlines()[1]) == (0, "No row names these regions.")


def test_without_a_batch_the_way_out_is_told(workspace: Workspace, call: Call) -> None:
    code, _, err = call("targets")
    assert code == 2
    assert "no batch in outputs/; run `urbsim run` first" in err


def test_targets_are_listed_and_checked(workspace: Workspace, call: Call) -> None:
    code, out, _ = call("list", "targets", "--document", "pilot-zones", "--json")
    assert code == 0
    assert [row["id"] for row in json.loads(out)] == ["zones-p23-annual-evaluation", "zones-p23-reward-exit"]
    code, _, err = call("list", "targets", "--document", "pilot-zone")
    assert (code, "did you mean pilot-zones?" in err) == (2, True)
    path = workspace.data / "targets/pilot-zones.yaml"
    assert call("check", "data/targets/pilot-zones.yaml", "data/targets/places.yaml")[0] == 0
    path.write_text(OWN.replace("indicator: residents", "indicator: resident"), encoding="utf-8")
    for words in (("check",), ("check", "data/targets/pilot-zones.yaml")):
        code, _, err = call(*words)
        assert code == 2
        assert "data/targets/pilot-zones.yaml:17:16: own-residents: unknown indicator 'resident'" in err
