"""Golden headline results; `make golden` rewrites them, and the difference is looked at before it is committed."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from urbsim.engine.contract import Engine
from urbsim.experiment.plan import Results
from urbsim.experiment.storage.read import indicator_rows
from urbsim.files import to_csv, write_text
from urbsim.project.calibrations import load_calibrations
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace
from urbsim.results.values import values
from urbsim.studies.battery.context import bench
from urbsim.studies.effects import effects

POLICY = Path(__file__).with_name("golden") / "policy.csv"
GOLDEN = Path(__file__).with_name("golden") / "headline.csv"
YEARS = (2025, 2030, 2035)


def test_headline_results(
    everything: Results, indicators: Indicators, project: Project, request: pytest.FixtureRequest
) -> None:
    found = values(everything.data, indicators, project.model)
    headline = {name: found[name] for name, item in indicators.items() if item.headline}
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


@pytest.mark.slow
def test_policy_table(
    shipped: Workspace, project: Project, indicators: Indicators, engine: Engine, request: pytest.FixtureRequest
) -> None:
    """What each lever does may change only where that is meant: the difference of the file is what to look at."""
    regions = ["guangrao", "lijin", "dongying", "inner-mongolia-counties"]
    fitted = load_calibrations(shipped.data / "calibrations", "data/calibrations", project.model, regions)
    found = list(effects(bench(project, indicators, engine, regions, fitted), lambda _: None))
    numbers = ("value", "effect", "low", "high")
    rows = [{k: float(f"{v:.5g}") if k in numbers else v for k, v in one.as_dict().items()} for one in found]
    if request.config.getoption("--golden-rewrite"):
        write_text(POLICY, to_csv(rows))
    with POLICY.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert len(expected) == len(rows)
    for want, row in zip(expected, rows, strict=True):
        key = tuple(row[name] for name in ("region", "lever", "indicator", "unit"))
        assert tuple(want[name] for name in ("region", "lever", "indicator", "unit")) == key
        for name in numbers:  # a thousandth of the effect, or of a point
            near = pytest.approx(float(want[name]), rel=1e-3, abs=1e-3, nan_ok=True)
            assert row[name] == near, (*key, name)
    assert any(math.isfinite(row["effect"]) and abs(row["effect"]) > 1 for row in rows)
