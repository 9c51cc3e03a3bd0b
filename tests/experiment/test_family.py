"""Family members: the same equations run counties of the five types of the 2022 opinion on county seats."""

from __future__ import annotations

import pytest

from urbsim.engine.contract import Engine
from urbsim.experiment import plan
from urbsim.experiment.forms import outputs
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.results.values import values

FAMILY = ["minhou", "deqing", "huaxian", "chunan", "lishu"]
PLAUSIBLE = {"unemployment_rate": (1, 15), "vacancy_rate": (0, 40), "urbanization_rate": (30, 90)}  # percent


@pytest.fixture(scope="module")
def found(project: Project, indicators: Indicators, engine: Engine):
    made = plan.plan(project, ["baseline"], FAMILY, None, 2035, {})
    members = plan.members(project, made, {})
    results = plan.run(project, made, members, engine, outputs(indicators), lambda _: None)
    assert not results.failed
    return values(results.data, indicators, project.model)


@pytest.mark.parametrize(("indicator", "limits"), PLAUSIBLE.items())
def test_a_county_of_each_type_stays_plausible(found, indicator: str, limits: tuple[float, float]) -> None:
    low, high = limits
    data = found[indicator].sel(time=slice(2020, 2035))
    wrong = {str(region): data.sel(region=region).values.ravel().round(1).tolist() for region in data.region.values
             if not ((data.sel(region=region) >= low) & (data.sel(region=region) <= high)).all()}  # fmt: skip
    assert not wrong


def test_types_keep_their_order(found) -> None:
    """Around a city people gather, a county that lost most goes on losing, and towns grow everywhere."""
    residents = found["residents"].sel(scenario="baseline")
    change = {str(r): float(residents.sel(region=r, time=2035) / residents.sel(region=r, time=2020)) for r in FAMILY}
    assert max(change, key=change.get) == "minhou"  # type: ignore[arg-type]
    assert change["minhou"] > 1 > change["lishu"] > 0.7
    rate = found["urbanization_rate"].sel(scenario="baseline")
    assert (rate.sel(time=2035) > rate.sel(time=2020)).all()
