"""`urbsim check`: what it checked, the problems of one file, a clash of units."""

from __future__ import annotations

import json

from urbsim.project.workspace import Workspace


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
