"""Differences of two sides: size, order, pairs of draws, levers over time, and what else differs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from urbsim.engine.contract import Clock
from urbsim.experiment.manifest import DrawsRecord, Manifest, MemberRecord, Setting
from urbsim.project.indicators import Indicator
from urbsim.project.levers import Lever
from urbsim.project.regions.region import Label
from urbsim.project.scenarios.resolve import lever_points
from urbsim.results import differences
from urbsim.results.differences import Side, by_year

LABEL = Label(en="x", zh="x")
ITEMS = {
    name: Indicator(group="people", label=LABEL, variable=name, unit=unit)
    for name, unit in (("people", "person"), ("rate", "percent"), ("none", "mu"))
}


def manifest(**fields: object) -> Manifest:
    empty = {"id": "", "engine": "", "base_year": None, "horizon": None, "time_step": 0.0625, "set": {}, "model": ""}
    more = {"calibrated": [], "draws": None, "kept": {"what": "variables", "type": "float64"}, "members": []}
    return Manifest(**{**empty, **more, "files": {}, "versions": {}, **fields})


def setting(value: float) -> Setting:
    return Setting(value=value, origin="")


def side(sample: np.ndarray | None = None, **values: object) -> Side:
    dims = ("region", "time") if sample is None else ("region", "draw", "time")
    shape = (1, 1) if sample is None else (1, len(sample), 1)
    coords = {"region": ["a"], "time": [2025]}
    arrays = {n: xr.DataArray(np.reshape(np.array(v, dtype=float), shape), coords, dims) for n, v in values.items()}
    draws = None if sample is None else DrawsRecord(count=len(sample), seed=0, sampling="lhs", parameters=["p"])
    return Side("batch", "plan", manifest(draws=draws), arrays, sample)


def test_rows_are_sorted_by_the_relative_difference() -> None:
    found = differences.rows(side(people=200, rate=50, none=0), side(people=190, rate=60, none=3), ITEMS, ["a"], [2025])
    assert [(row["indicator"], row["difference"], row["relative"]) for row in found] == [
        ("none", 3, None),
        ("rate", 10, 20),
        ("people", -10, -5),
    ]
    assert "same_sign" not in found[0]


def test_draws_are_paired_where_they_are_the_same() -> None:
    sample = np.arange(5.0)[:, None]
    base = [100.0, 200, 300, 400, np.nan]
    more = [101.0, 202, 303, 399, 9]
    [row] = differences.rows(side(sample, people=base), side(sample, people=more), ITEMS, ["a"], [2025])
    assert row["difference"] == pytest.approx(1.5)  # of 1, 2, 3, -1
    assert row["difference_low"] == pytest.approx(np.quantile([-1, 1, 2, 3], 0.05))
    assert row["relative"] == pytest.approx(1.0)
    assert row["same_sign"] == 0.75
    [row] = differences.rows(side(sample, people=base), side(sample + 1, people=more), ITEMS, ["a"], [2025])
    assert "same_sign" not in row
    assert row["difference"] == pytest.approx(202 - 250)


@pytest.mark.parametrize(
    ("kind", "setting", "shown"),
    [
        ("step", {2023: 1.5}, {2020: 1.0, 2023: 1.5}),
        ("step", {2021: 2.0, 2024: 0.5}, {2020: 1.0, 2021: 2.0, 2024: 0.5}),
        ("linear", {2022: 1.0, 2024: 2.0}, {2020: 1.0, 2023: 1.5, 2024: 2.0}),
        ("step", {0: 3.0}, {2020: 1.0, 2021: 3.0}),
    ],
)
def test_a_lever_is_told_by_the_years_in_which_it_changes(kind: str, setting, shown: dict[int, float]) -> None:
    lever = Lever(
        label=LABEL,
        variable="v",
        unit="dmnl",
        bounds=[0, 3],
        low="",
        high="",
        cost="none because it is a test",
        interpolation=kind,
        clauses=[],
    )
    points = lever_points({0: 1.0}, setting, kind, Clock(2020, 2030))
    assert by_year(points, lever) == shown
    assert by_year(0.25, lever) == {0: 0.25}


def test_levers_that_differ_are_told_once_for_regions_where_they_are_the_same() -> None:
    def told(scenario: str, **land: float) -> Side:
        members = [
            MemberRecord(
                region=region, scenario=scenario, values="", levers={"land": setting(value), "same": setting(1)}
            )
            for region, value in land.items()
        ]
        return Side("batch", scenario, manifest(members=members), {})

    found = differences.levers(told("x", a=1, b=1, c=1), told("y", a=2, b=2, c=1), {}, ["a", "b", "c"])
    assert found == [{"lever": "land", "regions": ["a", "b"], "a": {0: 1.0}, "b": {0: 2.0}}]


def test_what_else_differs() -> None:
    def about(**keys: object) -> Side:
        return Side("batch", "plan", manifest(id=str(keys), **keys), {})

    rule = {"rule": {"grants": 5, "exit": None}, "zones": {}}
    draws = {"count": 9, "sampling": "lhs", "parameters": ["p"]}
    left = about(model="m1", draws={"seed": 1, **draws}, files={"data/x.yaml": "h"}, evaluations={"plan": rule})
    right = about(model="m2", draws={"seed": 2, **draws}, files={"data/x.yaml": "h"})
    assert differences.others(left, right) == [
        {"what": "draws.seed", "a": 1, "b": 2},
        {"what": "model", "a": "m1", "b": "m2"},
        {"what": "evaluation.grants", "a": 5, "b": None},
    ]
