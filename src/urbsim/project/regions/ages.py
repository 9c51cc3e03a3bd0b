"""People by residence state and single year of age at the end of a base year.

Method, with the alternative turned down:

1. Census groups are split into single years in proportion to births of the year of birth times survival, so that the
   cohorts of 1961 and 1963 or of 2016 keep their size. A smooth split (spline) was turned down: it hides those waves,
   and schools and care follow single cohorts.
2. Residents are divided among villages, villagers in towns, outsiders and registered townspeople by the registration
   rule, and over ages by iterative proportional fitting of seed profiles to both margins, which keeps residents by age
   and residents by state exactly as counted.
3. People away get the ages that yearly exits and returns leave behind in one lifetime.

Arrays have axes named in the docstrings: ``group`` (19 census groups), ``age`` (0 ... 84, 85 and over), ``state``
(rural, migrant, outsider, registered).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from urbsim.project.regions.estimates import Estimates, interpolate
from urbsim.project.regions.groups import GROUP_STARTS

AGE_COUNT = 86
GROUP_EDGES = np.array([*GROUP_STARTS, AGE_COUNT])  # first age of each census group, and the end


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by single year of age from the model's own tables, each of shape (age,)."""

    death: np.ndarray
    leave: np.ndarray
    come_back: np.ndarray


@dataclass(frozen=True, slots=True)
class States:
    """Persons by residence state."""

    rural: float
    migrant: float
    outsider: float
    registered: float
    away: float

    def residents(self) -> np.ndarray:
        """Return those who live in the county, shape (state,)."""
        return np.array([self.rural, self.migrant, self.outsider, self.registered])


def split_groups(groups: np.ndarray, year: int, estimates: Estimates, rates: Rates) -> np.ndarray:
    """Split persons by census group into single years of age at the end of ``year``.

    Parameters
    ----------
    groups
        Persons, shape (group,).
    year
        Census year; a person aged x at its end was born in ``year - x``.

    Returns
    -------
    Persons, shape (age,); groups keep their totals.
    """
    births = np.array([estimates.cohort(year - age) for age in range(AGE_COUNT)])
    weight = births * survival(rates.death)
    ages = np.empty(AGE_COUNT)
    for value, start, stop in zip(groups, GROUP_EDGES[:-1], GROUP_EDGES[1:], strict=True):
        ages[start:stop] = value * weight[start:stop] / weight[start:stop].sum()
    return ages


def survival(death: np.ndarray) -> np.ndarray:
    """Return the share of births alive at each age, shape (age,)."""
    return np.asarray(np.exp(-np.concatenate([[0.0], np.cumsum(death[:-1])])))


def states(
    residents: float, towns: float, registrants: float, inside: float, outside: float, estimates: Estimates
) -> States:
    """Divide people by the registration rule.

    Parameters
    ----------
    residents, towns
        Residents of the county and of its towns.
    registrants
        Population registered in the county, wherever it lives.
    inside, outside
        Residents registered in another township of the county, and in another county.

    Raises
    ------
    ValueError
        Where fewer people are registered in the county than live there with local registration.
    """
    rule = estimates.people.registration
    local, foreign = rule.inside * inside, rule.outside * outside
    scale = min(1.0, rule.most * towns / (local + foreign)) if local + foreign > 0 else 0.0
    migrant, outsider = local * scale, foreign * scale
    away = registrants - (residents - outside)
    if away < 0:
        raise ValueError(
            f"{registrants:g} registered people are fewer than the {residents - outside:g} of them who live there"
            " (residents less those from other counties)"
        )
    return States(residents - towns, migrant, outsider, towns - migrant - outsider, away)


def population(ages: np.ndarray, people: States, year: int, estimates: Estimates, rates: Rates) -> np.ndarray:
    """Return persons by state and age, shape (5, age): rural, migrant, outsider, registered, away.

    Parameters
    ----------
    ages
        Residents by single year of age, (age).
    people
        Residents by state, and people away.
    year
        Census year, at whose end the ages are counted.
    estimates, rates
        National estimates, and the rates of the model by age.
    """
    persons = fit(_seed(ages, people, estimates), ages, people.residents())
    away = _away_profile(year, estimates, rates)
    return np.vstack([persons, people.away * away / away.sum()])


def _seed(ages: np.ndarray, people: States, estimates: Estimates) -> np.ndarray:
    """Return seed persons, shape (state, age); only relations between states at an age matter."""
    mid = np.arange(AGE_COUNT) + 0.5
    towns = people.residents()[1:].sum() / people.residents().sum()
    odds = (
        np.exp(interpolate(estimates.people.town_odds.points, mid)) * towns / (1 - towns)
        if towns < 1
        else np.ones(AGE_COUNT)
    )
    share = odds / (1 + odds) if towns < 1 else np.ones(AGE_COUNT)
    profile = np.repeat(np.array(estimates.people.outsider_profile) / np.diff(GROUP_EDGES), np.diff(GROUP_EDGES))
    young = np.sqrt(profile / profile.sum() / (ages / ages.sum() + 1e-12) + 1e-12)  # half-way to outsiders, in logs
    return np.vstack([ages * (1 - share), ages * share * young, profile * ages.sum(), ages * share]) + 1e-9


def fit(seed: np.ndarray, ages: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Scale a seed until rows add up to ``totals`` and columns to ``ages`` (iterative proportional fitting).

    Deming and Stephan 1940. ``seed`` has shape (state, age), positive; the last scaling is by rows, and iteration goes
    on until the columns agree to 1e-12 as well.

    Raises
    ------
    ValueError
        Where the margins cannot be met, as with residents of a state whose ages nobody has.
    """
    table = seed * (totals > 0)[:, None]  # a district without villages has nobody in one state
    for _ in range(10_000):
        table *= ages / table.sum(axis=0)
        sums = table.sum(axis=1)
        table *= np.divide(totals, sums, out=np.zeros_like(sums), where=sums > 0)[:, None]
        if np.abs(table.sum(axis=0) - ages).max() <= 1e-12 * ages.sum():
            return table
    raise ValueError("ages and residence states cannot be brought together")


def _away_profile(year: int, estimates: Estimates, rates: Rates) -> np.ndarray:
    """Return relative numbers of people away, shape (age,), from a lifetime of exits and returns."""
    home, away = 1.0, 0.0
    profile = np.empty(AGE_COUNT)
    for age in range(AGE_COUNT):
        profile[age] = away * estimates.cohort(year - age)
        leaving, returning = home * rates.leave[age], away * rates.come_back[age]
        alive = 1 - rates.death[age]
        home, away = (home - leaving + returning) * alive, (away + leaving - returning) * alive
    profile[-1] /= max(rates.death[-1], 0.05)  # the open group holds more than one year
    return profile
