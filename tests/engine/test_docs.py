"""docs/engine.md names every function that the engine knows, and its example runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from urbsim.language.catalogue import ROWS

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
UNNAMED = {"A FUNCTION OF", "INTEG", "TIME BASE"}  # told as constructs, or say nothing


def test_every_vensim_function_is_named() -> None:
    for row in ROWS:
        if row.vensim and not row.refusal and row.vensim not in UNNAMED:
            for word in row.vensim.split(" "):
                assert word.rstrip("0123456789I") in DOCS, row.vensim


@pytest.mark.slow
def test_the_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = DOCS.split("```python\n", 1)[1].split("```", 1)[0]
    names: dict[str, object] = {}
    exec(compile(code, "docs/engine.md", "exec"), names)
    assert names["data"]["house_price"].sizes == {"member": 3, "time": 6}
    assert names["slope"]["house_price"].dims == ("parameter", "time")
