"""The JSON Schemas in the repository are those of the formats; tools/schemas.py writes them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import schemas


@pytest.mark.parametrize("path", schemas.SCHEMAS)
def test_schemas_do_not_drift(path: str) -> None:
    stored = (schemas.ROOT / path).read_text(encoding="utf-8")
    assert stored == schemas.text(schemas.SCHEMAS[path]), "run python tools/schemas.py"
