"""The treasury: the account of the base year closes, grants are spent, and shortage is answered in the stated order."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.engine.contract import Member
from urbsim.names import identifier
from urbsim.project.project import Project
from urbsim.studies.battery.context import Bench, open_bench

REGIONS = ("guangrao", "lijin", "inner-mongolia-counties")


@pytest.fixture(scope="module")
def on(project: Project) -> Bench:
    return open_bench(project, REGIONS)


def told(on: Bench, member: Member, *names: str) -> dict[str, np.ndarray]:
    found = on.run([member], names)
    return {name: found.values[identifier(name)][0] for name in names}


@pytest.mark.parametrize("region", REGIONS)
def test_the_account_of_the_base_year_closes(on: Bench, region: str) -> None:
    means = ("own revenue", "net transfers")
    uses = ("line spending", "interest due", "further spending", "contingency", "fiscal stress")
    found, member = told(on, on.members[region], *means, *uses), on.members[region]
    spending = float(on.constant(member, "initial spending"))
    assert found["own revenue"][0] + found["net transfers"][0] == pytest.approx(spending)
    lines, capital = found["line spending"][0].sum(), float(on.constant(member, "capital share")) * spending
    assert lines + found["interest due"][0] + capital == pytest.approx(spending)
    assert found["further spending"][0] <= found["contingency"][0]
    assert found["fiscal stress"][:3] == pytest.approx(0, abs=1e-3)


def test_grants_are_spent_and_do_not_replace_bonds(on: Bench) -> None:
    base = on.members["guangrao"]
    names = ("public spending", "borrowing", "grants")
    before, after = told(on, base, *names), told(on, on.with_lever(base, "grants", 1000), *names)
    year = on.policy_year + 2 - int(on.clock.start)
    spent = (after["public spending"] - before["public spending"])[year] / after["grants"][year]
    assert 0.8 < spent < 1.1
    assert after["borrowing"][year] > 0.9 * before["borrowing"][year]


def test_shortage_stops_new_works_then_hiring_then_payment(on: Bench) -> None:
    names = ("capital funding ratio", "Arrears To Builders", "hiring in force", "Unpaid Bills Since Base Year")
    mild, hard = (told(on, _with_less(on, pace), *names) for pace in (0.001, 0.03))
    assert mild["capital funding ratio"][-1] < 0.9
    assert mild["Unpaid Bills Since Base Year"][-1] == 0
    first = int(np.argmax(hard["capital funding ratio"] < 1))
    assert hard["Arrears To Builders"][first + 1] > 0
    assert hard["hiring in force"].min() < 0.7
    assert int(np.argmax(hard["Unpaid Bills Since Base Year"] > 0)) > first


def _with_less(on: Bench, pace: float) -> Member:
    """Return banners whose transfers fall towards a fifth of what they were."""
    member = on.changed(on.members["inner-mongolia-counties"], "catch up", np.asarray(pace))
    return on.changed(member, "relative spending elsewhere", np.asarray(0.2))
