"""The README's example prints what the README shows."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from urbsim import cli

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
def test_the_example_is_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    block = README.read_text(encoding="utf-8").split("```\n$ ", 1)[1].split("\n```", 1)[0]
    command, *shown = block.splitlines()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    printed = capsys.readouterr().out.splitlines()
    assert printed[:-1] == shown[:-1], "the last line names the batch, whose id depends on package versions"
