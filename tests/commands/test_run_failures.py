"""`urbsim run` where a member, a scenario, a folder or the disk fails."""

from __future__ import annotations

import errno
import json

import pytest
from toytown_runs import RUN, only_batch

from urbsim.project.workspace import Workspace


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


def test_a_failed_member_ends_with_code_1_and_its_reason(workspace: Workspace, call, own_reference) -> None:
    text = workspace.model.read_text(encoding="utf-8")
    broken = text.replace(
        "urbanization rate = ZIDZ(town residents, county residents)",
        "urbanization rate = town residents/(land supply factor - 1)",
    )
    workspace.model.write_text(broken, encoding="utf-8")
    own_reference()
    code, _, err = call("run", "baseline", "--region", "toytown", "--no-charts")
    assert code == 1
    assert "1 of 1 members failed:\ntoytown, baseline: urbanization rate is not a finite number from 2020 on" in err
    batch = only_batch(workspace)
    told = (batch / "failed.csv").read_text(encoding="utf-8")
    reason = "urbanization rate is not a finite number from 2020 on"
    assert told == f"region,scenario,draw,reason\ntoytown,baseline,,{reason}\n"
    [row] = json.loads((batch / "manifest.json").read_text(encoding="utf-8"))["failed"]
    assert row == {"region": "toytown", "scenario": "baseline", "draw": None, "reason": reason}
