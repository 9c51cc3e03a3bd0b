"""Settlement by pools: what an opening does over the years, and that nobody waits who is not there."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.project.project import Project
from urbsim.studies.battery.context import Bench, open_bench

POOLS = ("Barred Willing", "Eligible Willing", "In Process")
# bands of settlements a year, % of the unregistered, after a high bar falls on 1 January 2023: highest in the second
# or third year, half of that from the sixth on (Nanjing: 1.2 in 2015, 4.6 to 5.6 in 2018 to 2021, 2.5 in 2022)
BANDS = {2022: (0.3, 1.2), 2023: (3, 7), 2025: (3, 6), 2028: (1.5, 3.5), 2032: (1.5, 3.5)}


@pytest.fixture(scope="module")
def on(project: Project) -> Bench:
    return open_bench(project, ["nanjing", "guangrao"], calibrated=True)


def test_an_opening_settles_many_and_then_fades(on: Bench) -> None:
    closed = on.members["nanjing"]
    for name, value in (("openness", 0.3), ("renter admission", 0.0)):  # owners only
        for constant in (f"settlement {name}" if name == "openness" else name, f"earlier {name}"):
            closed = on.changed(closed, constant, np.array(value))
    opened = on.with_lever(on.with_lever(closed, "settlement_openness", 0.77), "renter_admission", 0.65)
    found = on.run([opened], ["settling_in_year", "unregistered residents"])
    percent = 100 * found.values["settling_in_year"][0].sum(-1) / found.values["unregistered_residents"][0].sum(-1)
    flow = dict(zip(found.times.round().astype(int), percent, strict=True))
    assert {year: low <= flow[year] <= high for year, (low, high) in BANDS.items()} == dict.fromkeys(BANDS, True)
    assert max(flow, key=flow.__getitem__) in {2024, 2025}
    assert flow[2027] < 0.65 * flow[2024]


def test_registration_time_delays_and_does_not_multiply(on: Bench) -> None:
    base = on.members["guangrao"]
    members = [base, on.with_lever(base, "settlement_processing_time", 0.125)]
    settled = on.run(members, ["settling_in_year"]).values["settling_in_year"].sum(-1)
    years = slice(3, 8)  # 2023 to 2027
    assert 1 < settled[1, years].sum() / settled[0, years].sum() < 1.15


def test_nobody_waits_who_is_not_there(on: Bench) -> None:
    """Over all levers and uncertain constants: pools are at least 0, and together no more than the people of origin."""
    members = [member for region in on.members for member in on.random(region, 12)]
    found = on.run(members, [*POOLS, "unregistered residents"]).values
    pools = [found[name.lower().replace(" ", "_")] for name in POOLS]
    assert min(pool.min() for pool in pools) >= 0
    people = found["unregistered_residents"]
    assert (sum(pools) - people * (1 + 1e-9)).max() <= 0


def test_the_pools_of_a_steady_rule_stand_still(on: Bench) -> None:
    """Where the rule of two years before still holds, settlement starts as it goes on."""
    settled = on.run([on.members["nanjing"]], ["settling people", "people without town registration"]).values
    rate = settled["settling_people"][0] / settled["people_without_town_registration"][0]
    np.testing.assert_allclose(rate[:4], rate[0], rtol=0.06)
