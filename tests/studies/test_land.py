"""Land and dwellings: what is unsold is counted once, a downturn is data, and land binds where it is short."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.project.project import Project
from urbsim.studies.battery.context import Bench, open_bench

TIGHT, GLUT = "nanjing", "inner-mongolia-counties"


@pytest.fixture(scope="module")
def on(project: Project) -> Bench:
    return open_bench(project, ["guangrao", TIGHT, GLUT], calibrated=True)


def price(on: Bench, region: str, lever: str, value: float) -> float:
    """Return by how many percent a lever moves the price of dwellings at the end of 2032."""
    base = on.members[region]
    moved = on.with_lever(base, lever, value)
    found = on.run([base, moved], ["house price"])
    year = int(np.flatnonzero(found.times == 2032)[0])
    return 100 * float(found.values["house_price"][1, year] / found.values["house_price"][0, year] - 1)


def test_vacancy_of_the_base_year_counts_unsold_dwellings(on: Bench) -> None:
    names = ["Unsold Dwellings", "owned dwellings", "dwellings in use", "initial vacancy"]
    found = on.run([on.members["guangrao"]], names).values
    stock = found["unsold_dwellings"][0, 0] + found["owned_dwellings"][0, 0]
    assert found["unsold_dwellings"][0, 0] > 0
    assert 1 - found["dwellings_in_use"][0, 0] / stock == pytest.approx(found["initial_vacancy"].ravel()[0], abs=1e-12)


def test_what_is_sold_was_finished(on: Bench) -> None:
    """Over all levers and uncertain constants nothing is sold or built on that is not there, and ledgers close."""
    members = [member for region in on.members for member in on.random(region, 12)]
    land = ["land development", "industrial land on offer", "land conversion", "Convertible Land"]
    found = on.run(members, ["Unsold Dwellings", "dwelling sales", "check dwellings", "check land", *land]).values
    assert min(found["unsold_dwellings"].min(), found["dwelling_sales"].min()) >= 0
    assert max(abs(found[check]).max() for check in ("check_dwellings", "check_land")) < 1e-9
    industrial = found["land_development"][..., 1]
    assert (industrial <= found["industrial_land_on_offer"] * (1 + 1e-12)).all()
    assert found["convertible_land"].min() >= 0


def test_the_downturn_is_the_published_one(on: Bench) -> None:
    """Sales follow the figures of the country, +1.1 and -26.8 %; that starts fall more and unsold rise is the model's."""
    names = ["dwelling_sales_in_year", "Unsold Dwellings", "housing starts"]
    found = on.run([on.members["guangrao"]], names).values
    sold, unsold, starts = (found[name.lower().replace(" ", "_")][0] for name in names)
    assert sold[1] / sold[0] == pytest.approx(1.011, abs=0.03)
    assert sold[2] / sold[1] == pytest.approx(0.732, abs=0.05)
    assert unsold[2] > 1.15 * unsold[1]
    assert starts[2] / starts[0] < sold[2] / sold[0]


def test_without_the_downturn_nothing_is_put_off(on: Bench) -> None:
    calm = on.changed(on.members["guangrao"], "sales shortfall", np.array(0.0))
    put_off = on.run([calm], ["Postponed Dwellings"]).values["postponed_dwellings"]
    assert abs(put_off).max() == 0


def test_land_binds_where_it_is_short(on: Bench) -> None:
    assert -6 < price(on, TIGHT, "land_supply", 1.5) < -0.2
    assert abs(price(on, GLUT, "land_supply", 1.5)) < 1
    assert price(on, TIGHT, "land_supply", 0.0) > 5 > abs(price(on, GLUT, "land_supply", 0.0))


def test_half_of_more_industrial_land_finds_a_firm_at_the_most(on: Bench) -> None:
    base = on.members["guangrao"]
    more = on.with_lever(on.with_lever(base, "land_supply", 3.0), "land_quota", 3.0)
    names = ["land supply", "land development", "firms looking for land"]
    found = {name: on.run([base, more], [name]).values[name.replace(" ", "_")] for name in names}
    supplied, built = (found[name][1, 5:, 1].sum() / found[name][0, 5:, 1].sum() - 1 for name in names[:2])
    assert supplied > 0.5
    assert 0 < built < 0.5 * supplied
    assert (found["land development"][1, :, 1] <= 1.5 * found["firms looking for land"][1]).all()


def test_reclaimed_and_collective_land_end_at_their_market(on: Bench) -> None:
    base = on.members["guangrao"]
    members = [on.with_lever(base, "reclaim_rate", value) for value in (0.0015, 0.004, 0.02)]
    found = on.run(members, ["reclaimed land", "quota price effect"]).values
    assert (found["reclaimed_land"][1] == found["reclaimed_land"][2]).all()
    assert found["quota_price_effect"][:, -1] == pytest.approx([1, (0.0015 / 0.004) ** 0.5, (0.0015 / 0.004) ** 0.5])
    offered = on.run([on.with_lever(base, "collective_land", 0.05)], ["collective land", "normal land supply"]).values
    assert offered["collective_land"][0, -1].sum() == pytest.approx(0.3 * offered["normal_land_supply"].ravel()[0])
