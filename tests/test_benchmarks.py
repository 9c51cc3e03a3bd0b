"""The benchmark runs, its engines agree, and its figures have the form that readers of the JSON expect; no times."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="measures memory as Unix does")
def test_the_benchmark_runs_and_its_engines_agree(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    command = [sys.executable, "benchmarks/engine.py", "--quick", "--no-pysd", "--json", str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "us a run" in done.stdout
    found = json.loads(target.read_text(encoding="utf-8"))
    assert {"processor", "cores", "lanes", "versions"} <= set(found["machine"])
    assert set(found["cases"]) == {"trial", "urbsim"}
    for case in found["cases"].values():
        assert {"ours", "simlin", "pysd", "c", "compile", "start", "memory", "linearity"} == set(case)
        assert {(row["fast"], row["members"]) for row in case["ours"]} == {
            (f, n) for f in (False, True) for n in (1, 64)
        }
        assert all(row["us"] > 0 for row in case["ours"])
        assert {"parse", "lower", "emit", "compile", "load", "after_parsing"} <= set(case["compile"])
        assert {"imports", "ready"} == set(case["start"])
        assert case["memory"]["result"] > 0
        for other in (case["simlin"], case["c"]):
            assert other is None or other["difference"] < 1e-9
    assert 700 <= found["cases"]["trial"]["compile"]["operations_a_step"] <= 900
