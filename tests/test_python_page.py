"""The examples of docs/python.md run as they are written, and are as short as they promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
SNIPPETS = [block.split("```", 1)[0].strip() for block in PAGE.split("```python\n")[1:]]
LINES = (6, 4, 3)  # shares of variance, a sweep, two counties


@pytest.mark.parametrize(("number", "most"), list(enumerate(LINES)))
def test_an_example_runs_as_written(
    number: int, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    snippet = SNIPPETS[number]
    assert len([line for line in snippet.splitlines() if line]) <= most
    names: dict[str, Any] = {}
    exec(compile(snippet, f"docs/python.md, example {number + 1}", "exec"), names)
    printed = capsys.readouterr().out
    if number == 0:
        assert names["leading"].index[0] in names["project"].parameters
        assert (tmp_path / "shares.png").stat().st_size > 10_000
    elif number == 1:
        assert printed.splitlines()[0].split() == ["training_rate", "0.05", "0.15", "0.25"]
    else:
        assert printed.splitlines()[0].split() == ["region", "lijin", "guangrao"]


def test_all_examples_of_the_page_are_run() -> None:
    assert len(SNIPPETS) == len(LINES)
