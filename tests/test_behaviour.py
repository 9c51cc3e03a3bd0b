"""Runs tests/behaviour/levers.yaml: every lever moves an outcome the way a modeller expects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from urbsim.analysis.indicators import IndicatorFile, outputs, values
from urbsim.engine.contract import Engine, Member
from urbsim.experiment import batch
from urbsim.names import identifier
from urbsim.scenario.library import Library
from urbsim.scenario.resolve import lever_points
from urbsim.units import factor

CHECKS: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("behaviour") / "levers.yaml")
REGIONS = ["lijin", "guangrao"]


@pytest.fixture(scope="module")
def base(library: Library, indicators: IndicatorFile, engine: Engine) -> tuple[Any, list[Member]]:
    made = batch.plan(library, ["baseline"], REGIONS, None, None, {})
    resolved = batch.members(library, made, {})
    results = batch.run(library, made, resolved, engine, outputs(indicators), lambda _: None)
    return values(results.data, indicators, library.model), [one.member for one in resolved]


def test_every_lever_is_checked(library: Library) -> None:
    assert {check["lever"] for check in CHECKS} == set(library.levers)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: f"{c['lever']}={c['value']}-{c['indicator']}")
def test_levers(check: dict[str, Any], base: Any, library: Library, indicators: IndicatorFile, engine: Engine) -> None:
    before, members = base
    lever = library.levers[check["lever"]]
    name = identifier(lever.variable)
    item = indicators.indicators[check["indicator"]]
    clock = batch.clock(library, batch.plan(library, ["baseline"], REGIONS, None, None, {}), "lijin", "baseline")
    for position, region in enumerate(REGIONS):
        old = members[position]
        past = {0: float(old.constants[name])}
        points = lever_points(past, {2023: check["value"]}, "step", clock)
        member = Member({k: v for k, v in old.constants.items() if k != name}, {**old.series, name: points})
        wanted = identifier(item.variable)
        result = engine.run(library.model, [member], [wanted], clock, lambda _: None)
        assert not result.failed
        after = _indicator(result.values[wanted][0], item, library, check["year"] - 2020)
        first = float(before[check["indicator"]].sel(region=region, time=check["year"])[0])
        change = after - first if item.unit == "percent" else 100 * (after / first - 1) if first else after
        assert np.sign(change) == (1 if check["moves"] == "up" else -1), (region, change)
        assert abs(change) >= check["least"], (region, change)


def _indicator(array: np.ndarray, item: Any, library: Library, row: int) -> float:
    dims = library.model.dims(item.variable)
    at = array[row]
    for dim in reversed(dims):
        axis = dims.index(dim)
        at = at.sum(axis) if dim in item.sum else at.take(library.model.ranges[dim].index(item.where[dim]), axis)
    return float(at) * factor(library.model.entry(item.variable).unit, item.unit)
