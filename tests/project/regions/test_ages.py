"""Single years of age and residence states keep every total that was counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from urbsim.project.project import Project
from urbsim.project.regions import ages
from urbsim.project.regions.initial import model_rates

positive = st.floats(0.1, 10)


@pytest.fixture(scope="module")
def rates(project: Project) -> ages.Rates:
    return model_rates(project.model)


def test_groups_keep_their_totals(project: Project, rates: ages.Rates) -> None:
    groups = np.arange(1.0, 20.0) * 1000
    split = ages.split_groups(groups, 2020, project.estimates, rates)
    back = [split[a:b].sum() for a, b in zip(ages.GROUP_EDGES[:-1], ages.GROUP_EDGES[1:], strict=True)]
    np.testing.assert_allclose(back, groups, rtol=1e-12)


def test_waves_of_births_show_inside_a_group(project: Project, rates: ages.Rates) -> None:
    """The 55-59 of 2020 were born in 1961 to 1965: a third of the births of 1963 in the famine year 1961."""
    split = ages.split_groups(np.full(19, 100_000.0), 2020, project.estimates, rates)
    assert split[59] < 0.4 * split[57]
    assert split[4] > 1.1 * split[2]  # 2016 against 2018


@given(
    seed=hnp.arrays(float, (4, 7), elements=positive),
    cells=hnp.arrays(float, (4, 7), elements=positive),
)
def test_fitting_meets_both_margins(seed: np.ndarray, cells: np.ndarray) -> None:
    table = ages.fit(seed, cells.sum(axis=0), cells.sum(axis=1))
    np.testing.assert_allclose(table.sum(axis=1), cells.sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(table.sum(axis=0), cells.sum(axis=0), rtol=1e-9)
    assert (table >= 0).all()


def test_states_follow_the_registration_rule(project: Project) -> None:
    people = ages.states(100_000, 50_000, 110_000, 10_000, 8_000, project.estimates)
    assert people.migrant == pytest.approx(3_500)
    assert people.outsider == pytest.approx(6_800)
    assert people.registered == pytest.approx(39_700)
    assert people.away == pytest.approx(18_000)
    assert people.residents().sum() == pytest.approx(100_000)


def test_unregistered_people_are_at_most_seven_tenths_of_towns(project: Project) -> None:
    people = ages.states(100_000, 10_000, 100_000, 20_000, 30_000, project.estimates)
    assert people.migrant + people.outsider == pytest.approx(7_000)


def test_contradicting_counts_are_refused(project: Project) -> None:
    with pytest.raises(ValueError, match="90000 registered people are fewer than the 95000"):
        ages.states(100_000, 50_000, 90_000, 5_000, 5_000, project.estimates)


def test_population_meets_ages_and_states(project: Project, rates: ages.Rates) -> None:
    split = ages.split_groups(np.linspace(900, 7000, 19), 2020, project.estimates, rates)
    total = split.sum()
    people = ages.states(total, 0.5 * total, 1.1 * total, 0.1 * total, 0.08 * total, project.estimates)
    table = ages.population(split, people, 2020, project.estimates, rates)
    assert table.shape == (5, 86)
    np.testing.assert_allclose(table[:4].sum(axis=1), people.residents(), rtol=1e-12)
    np.testing.assert_allclose(table[:4].sum(axis=0), split, rtol=1e-9)
    assert table[4].sum() == pytest.approx(people.away)
    assert (table >= 0).all()
    old = table[:, 60:].sum(axis=1) / table.sum(axis=1)
    assert old[0] > old[3] > old[2], "villages are older than registered townspeople, outsiders are young"
