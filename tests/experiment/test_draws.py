"""Draws: the sample, how it reaches members, what a batch with draws says."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import xarray as xr

from urbsim.engine.contract import Engine, Member
from urbsim.engine.oracles.choose import choose
from urbsim.errors import InputError
from urbsim.experiment import draws, plan
from urbsim.experiment.forms import outputs
from urbsim.experiment.storage import read
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.report import tables
from urbsim.results.intervals import QUANTILES, medians, quantiles
from urbsim.results.values import values


@pytest.mark.parametrize("method", get_args(draws.Method))
def test_a_sample_fills_each_range_evenly(project: Project, method: draws.Method) -> None:
    sample = draws.draw(project.parameters, project.model, 64, 3, method)
    assert sample.values.shape == (64, len(project.parameters))
    for name, column in zip(project.parameters, sample.values.T, strict=True):
        item = project.parameters[name]
        low, high = item.range or item.scale or (0, 0)
        assert low <= column.min() <= column.max() <= high
        if item.spread == "uniform" and high > low:  # one draw in each of 64 equal shares
            assert sorted(((column - low) / (high - low) * 64).astype(int)) == list(range(64)), name


def test_the_mode_of_a_triangle_is_the_models_value(project: Project) -> None:
    item = project.parameters["settlement willingness"]
    assert item.spread == "triangular"
    low, high = item.range or (0, 0)
    mode = float(project.model.constant("settlement willingness"))
    share = (mode - low) / (high - low)
    found = draws.quantile(item, project.model, "settlement willingness", np.array([0.0, share, 1.0]))
    np.testing.assert_allclose(found, [low, mode, high], rtol=1e-12)


def test_the_same_seed_gives_the_same_draws_and_another_others(project: Project) -> None:
    one, same, other = (draws.draw(project.parameters, project.model, 16, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.values, same.values)
    assert not np.array_equal(one.values, other.values)


def test_a_value_that_a_member_sets_is_not_drawn(project: Project) -> None:
    sample = draws.draw(project.parameters, project.model, 4, 0)
    free = draws.applied(sample, project.model, Member())
    held = draws.applied(sample, project.model, Member({"settlement willingness": np.array(0.3)}))
    assert set(free.values) - set(held.values) == {"settlement_willingness"}
    points = project.model.table("death rate by age")
    factor = sample.values[:, sample.names.index("death_rate_by_age")]
    np.testing.assert_array_equal(free.values["death_rate_by_age"], factor[:, None] * points[:, 1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": 1, "seed": 0}, "2 or more"),
        ({"count": 4, "seed": -1}, "negative"),
        ({"count": 4, "seed": 0, "only": ("settlement willing",)}, "did you mean settlement willingness"),
    ],
)
def test_bad_requests_are_refused(project: Project, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        draws.draw(project.parameters, project.model, **arguments)


@pytest.fixture(scope="module")
def drawn(project: Project, indicators: Indicators) -> plan.Results:
    made = plan.plan(project, ["baseline", "integrated"], ["lijin", "guangrao"], None, 2026, {})
    sample = draws.draw(project.parameters, project.model, 30, 0)
    names = outputs(indicators)
    return plan.run(project, made, plan.members(project, made, {}), choose(), names, lambda _: None, sample)


def test_draws_are_a_dimension_and_their_values_come_along(drawn: plan.Results, project: Project) -> None:
    assert not drawn.failed
    assert drawn.data["town_residents"].dims == ("region", "scenario", "draw", "time")
    assert drawn.data["parameter_value"].shape == (30, len(project.parameters))
    start = drawn.data["county_residents"].isel(time=0)
    np.testing.assert_allclose(start, start.isel(draw=0).broadcast_like(start), rtol=1e-12)  # facts do not vary
    assert float(drawn.data["county_residents"].isel(time=-1).std("draw").min()) > 0


def test_draws_agree_with_pysimlin(project: Project) -> None:
    """Tables and constants of a draw mean the same to an engine that runs members one by one."""
    made = plan.plan(project, ["integrated"], ["lijin"], None, 2022, {})
    members = [one.member for one in plan.members(project, made, {})]
    clock = plan.clock(project, made, "lijin", "integrated")
    given = draws.applied(draws.draw(project.parameters, project.model, 3, 5), project.model, members[0])
    names = ["county_residents", "house_price", "unemployment_rate"]

    def run(engine: Engine) -> dict[str, np.ndarray]:
        return dict(engine.run(project.model, members, names, clock, lambda _: None, given).values)

    ours, oracle = run(choose()), run(choose("simlin"))
    for name in names:
        np.testing.assert_allclose(ours[name], oracle[name], rtol=1e-9)


def test_quantiles_and_paired_differences(drawn: plan.Results, project: Project, indicators: Indicators) -> None:
    found = values(drawn.data, indicators, project.model)
    spread = quantiles(found["town_residents"])
    assert list(spread.coords["quantile"].values) == list(QUANTILES)
    assert (np.diff(spread.isel(time=-1), axis=0) > 0).all()
    rows = tables.comparison_rows(found, indicators, ["town_residents"], 2026)
    row = next(r for r in rows if r["region"] == "lijin")["scenarios"]["integrated"]
    local = found["town_residents"].sel(region="lijin", time=2026)
    change = 100 * (local.sel(scenario="integrated") / local.sel(scenario="baseline") - 1)
    assert row["difference"] == pytest.approx(float(change.median()))
    assert row["difference_low"] == pytest.approx(float(change.quantile(0.05)))
    assert row["value_high"] == pytest.approx(float(local.sel(scenario="integrated").quantile(0.95)))


def test_indicator_rows_carry_quantiles(drawn: plan.Results, project: Project, indicators: Indicators) -> None:
    found = values(drawn.data, indicators, project.model)
    row = next(read.indicator_rows({"residents": quantiles(found["residents"])}))
    assert list(row) == ["region", "scenario", "indicator", "year", "value", "p5", "p25", "p75", "p95", "unit"]
    assert medians(found)["residents"].dims == ("region", "scenario", "time")


def test_values_without_draws_stay() -> None:
    array = xr.DataArray(np.zeros(3), dims="time")
    assert medians({"a": array})["a"] is array
