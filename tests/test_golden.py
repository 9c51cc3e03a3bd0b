"""Golden headline results; `make golden` rewrites them, and the difference is looked at before it is committed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from urbsim.analysis.indicators import IndicatorFile, values
from urbsim.experiment.batch import Results
from urbsim.experiment.store import indicator_rows, to_csv
from urbsim.files import write_text
from urbsim.scenario.library import Library

GOLDEN = Path(__file__).with_name("golden") / "headline.csv"
YEARS = (2025, 2030, 2035)


def test_headline_results(
    everything: Results, indicators: IndicatorFile, library: Library, request: pytest.FixtureRequest
) -> None:
    found = values(everything.data, indicators, library.model)
    headline = {name: found[name] for name, item in indicators.indicators.items() if item.headline}
    rows = [row for row in indicator_rows(headline) if row["year"] in YEARS]
    if request.config.getoption("--golden-rewrite"):
        write_text(GOLDEN, to_csv([{**row, "value": float(f"{row['value']:.8g}")} for row in rows]))
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert len(expected) == len(rows)
    for want, row in zip(expected, rows, strict=True):
        key = tuple(str(row[name]) for name in ("region", "scenario", "indicator", "year", "unit"))
        assert tuple(want[name] for name in ("region", "scenario", "indicator", "year", "unit")) == key
        assert row["value"] == pytest.approx(float(want["value"]), rel=1e-6), key
