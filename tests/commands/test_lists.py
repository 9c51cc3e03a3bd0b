"""`urbsim list`, `urbsim init` and the installed command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from toytown_runs import RUN

from urbsim.project.workspace import Workspace


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


def test_init_makes_a_workspace(workspace: Workspace, call) -> None:
    code, out, _ = call("init", "mine")
    assert code == 0
    assert "cd mine && urbsim run" in out
    assert (Path("mine") / "models/urbsim.mdl").exists()
    assert call("init", "mine")[0] == 2


@pytest.mark.slow
def test_the_command_is_installed() -> None:
    done = subprocess.run([sys.executable, "-m", "urbsim", "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("urbsim, version ")
