"""The judge of bands, on models of a few lines: every measure, the draws, what is known to miss, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Engine, Member
from urbsim.errors import InputError
from urbsim.language.vensim.reader import read
from urbsim.project.bands import Band
from urbsim.project.battery import BatteryFile
from urbsim.project.behaviour import Limits
from urbsim.project.indicators import Indicator
from urbsim.project.levers import Lever
from urbsim.project.parameters import Uncertain
from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.report.verdicts import band_table
from urbsim.studies.bandruns import member_with
from urbsim.studies.bands import failures, judge, regions_of
from urbsim.studies.battery.context import Bench

TEXT = "Water = INTEG(inflow, 10)~~|inflow = push*(1 + extra)~~|extra = 0.5~~|share = 0.2*push~~|push = 1~~|idle = 3~~|"
UNITS = {"share": "percent"}
Build = Callable[..., Bench]


@pytest.fixture
def on(project: Project, engine: Engine) -> Bench:
    """Water that flows in at 1.5 a year and twice that with the lever: 16 or 19 at the end of 2024."""
    label = Label(en="x", zh="x")
    names = ("Water", "inflow", "share", "push", "idle")
    indicators = {n: Indicator(group="x", label=label, variable=n, unit=UNITS.get(n, "dmnl")) for n in names}
    levers = {
        name: Lever(
            label=label,
            variable=name,
            unit="dmnl",
            bounds=[0, 9],
            low="",
            high="",
            interpolation=how,
            clauses=[],
            cost="none: a test",
        )
        for name, how in (("push", "linear"), ("idle", "step"))
    }
    extra = Uncertain(range=[0, 1], spread="uniform", source="assumption", reason="a test")
    empty = replace(project, model=read("{UTF-8}\n" + TEXT), levers=levers, parameters={"extra": extra})
    years = BatteryFile(policy_year=2023, effect_year=2030)
    return Bench(empty, indicators, engine, {"here": Member(), "there": Member()}, Clock(2020, 2030), years)


def band(**parts: object) -> Band:
    given = {
        "pair": "water",
        "levers": {"push": 2},
        "regions": ["here"],
        "indicator": "Water",
        "bands": {2024: [10.0, 15.0, 20.0]},
        "sources": ["assumption"],
        "reason": "a test",
        "because": "it flows",
    }
    return Band.model_validate({**given, **parts})


LIMITS = Limits(draws=50, seed=1)


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ({}, 100 * 3 / 16),  # percent
        ({"indicator": "share"}, 20),  # points of a percentage
        ({"measure": "difference"}, 3),
        ({"measure": "difference", "of": "push"}, 300),  # percent of another one, without the lever
        ({"measure": "level"}, 19),
        ({"measure": "level", "of": "push"}, 950),  # percent of another one, with the lever
        ({"measure": "drift"}, 6),  # since the end of 2022, when it was 13
        ({"measure": "drift", "levers": {}}, 3),
        ({"measure": "difference", "total": True}, 1.5 + 3),  # of 2023 and 2024
        ({"total": True}, 100 * 4.5 / (14.5 + 16)),
        ({"per": {"indicator": "push"}}, 18.75 / 100),  # percent for each percent
        ({"per": {"indicator": "share"}}, 18.75 / 20),  # percent for each point
        ({"measure": "difference", "per": {"indicator": "push", "measure": "difference"}}, 3),
        ({"per": {"indicator": "Water", "measure": "difference", "year": 2023}}, 18.75 / 1.5),
        ({"given": {"idle": 5}, "levers": {"push": {2020: 2}}}, 100 * 6 / 16),  # from the very start
        ({"levers": {"push": {2023: 1, 2024: 2}}}, 100 * 0.703 / 16),  # linear, as in a scenario
        ({"given": {"push": {2020: 2}}, "levers": {"push": 4}}, 100 * 6 / 22),
    ],
)
def test_every_measure(on: Bench, parts: dict[str, object], value: float) -> None:
    [effect] = judge(on, [band(**parts)], LIMITS)
    assert effect.value == pytest.approx(value, rel=0.02)  # the lever steps within one time step
    assert (effect.region, effect.year) == ("here", 2024)


def test_the_value_and_enough_draws_must_be_inside(on: Bench) -> None:
    # the effect is 2 (1 + extra) of 10 + 4 (1 + extra), from 14.3 to 22.2 % over the draws, 18.75 at .5
    verdicts = {}
    for low, high in ((10.0, 30.0), (18.0, 19.5), (20.0, 30.0)):
        middle = (low + high) / 2
        [effect] = judge(on, [band(bands={2024: [low, middle, high]})], LIMITS)
        verdicts[low] = (effect.as_dict()["verdict"], round(effect.share, 1))
    assert verdicts == {10.0: ("inside", 1.0), 18.0: ("too few draws", 0.2), 20.0: ("outside", 0.3)}


def test_draws_are_the_same_for_the_same_seed(on: Bench) -> None:
    narrow = [band(bands={2024: [18.0, 18.7, 19.5]})]
    assert judge(on, narrow, LIMITS) == judge(on, narrow, LIMITS)
    assert judge(on, narrow, LIMITS)[0].share != judge(on, narrow, Limits(draws=7, seed=2))[0].share


def test_a_pair_is_judged_in_its_regions_in_the_order_of_the_file(on: Bench) -> None:
    pairs = [band(pair="b", regions=["there", "here"]), band(pair="a")]
    pairs_in_regions = [(effect.band.pair, effect.region) for effect in judge(on, pairs, LIMITS)]
    assert pairs_in_regions == [("b", "here"), ("b", "there"), ("a", "here")]
    assert regions_of(pairs) == ["there", "here"]


def test_a_miss_with_a_reason_is_no_failure_and_one_that_is_gone_is(on: Bench) -> None:
    known = band(bands={2024: [0.0, 1.0, 2.0]}, misses={2024: "too much flows in"})
    gone = band(bands={2024: [0.0, 20.0, 40.0]}, misses={2024: "too much flows in"})
    unknown = band(bands={2024: [0.0, 1.0, 2.0]})
    told = [[effect.band for effect in failures(judge(on, [item], LIMITS))] for item in (known, gone, unknown)]
    assert told == [[], [gone], [unknown]]


def test_a_number_divided_by_nothing_is_outside(on: Bench) -> None:
    [effect] = judge(on, [band(per={"indicator": "idle"})], LIMITS)
    assert np.isnan(effect.value)
    assert (effect.inside, effect.share) == (False, 0.0)


def test_a_year_after_the_runs_is_refused(on: Bench) -> None:
    with pytest.raises(InputError, match="water is read in 2031, and runs end in 2030"):
        judge(on, [band(bands={2031: [0.0, 1.0, 2.0]})], LIMITS)


def test_the_past_of_a_lever_stays(on: Bench) -> None:
    past = Member(series={"push": ((2020.0, 0.5), (2020.9, 0.5), (2021.0, 1.0))})
    points = dict(member_with(on, past, "push", {0: 2.0}).series["push"])
    assert points[2020.0] == 0.5
    assert points[2021.0] == 1.0
    assert points[2022.0] == 2.0


def test_the_table_shows_a_row_for_each_effect(on: Bench) -> None:
    known = band(bands={2023: [0.0, 10.0, 20.0], 2024: [0.0, 1.0, 2.0]}, misses={2024: "too much flows in"})
    table = band_table([effect.as_dict() for effect in judge(on, [known], LIMITS)])
    cells = [list(column.cells) for column in table.columns]
    assert list(zip(*cells, strict=True)) == [
        ("water", "here", "2023", "10.3", "0", "10", "20", "100 %", "inside"),
        ("water", "here", "2024", "18.8", "0", "1", "2", "0 %", "outside, as known"),
    ]
