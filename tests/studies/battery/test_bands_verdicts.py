"""The test of bands: what fails, what has a reason, which regions are judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from urbsim.engine.contract import Engine
from urbsim.project.bands import Band
from urbsim.project.behaviour import Behaviour, Limits
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.studies.battery.bands import bands
from urbsim.studies.battery.context import Bench, bench


@pytest.fixture
def on(project: Project, indicators: Indicators, engine: Engine) -> Bench:
    return bench(project, indicators, engine, ["lijin"])


def band(pair: str, low: float, high: float, **more: object) -> Band:
    """Return a band of the share of trained workers, which rises by about one point where twice as many are trained."""
    parts = {
        "pair": pair,
        "levers": {"training_rate": 0.1},
        "regions": ["lijin"],
        "indicator": "skilled_share",
        "bands": {2024: [low, (low + high) / 2, high]},
        "sources": ["card-2018"],
        "because": "a test",
    }
    return Band.model_validate({**parts, **more})


def test_what_is_outside_needs_a_reason_and_counts_among_pairs(on: Bench) -> None:
    wide, narrow = band("wide", 0.0, 9.0), band("narrow", 8.0, 9.0)
    known = band("known", 8.0, 9.0, misses={2024: "courses are few"})
    effects, pairs = bands(on, Behaviour(bands=[wide, narrow, known], limits=Limits(draws=4)))
    assert (effects.passed, effects.covered, effects.worst) == (False, 3, 1)
    assert effects.details[0].startswith("narrow, lijin, 2024: +")
    assert effects.details[0].endswith(", band 8 to 9, 0 % of draws inside")
    assert [(row["pair"], row["verdict"], row["reason"]) for row in effects.rows] == [
        ("wide", "inside", ""),
        ("narrow", "outside", ""),
        ("known", "outside", "courses are few"),
    ]
    assert (pairs.passed, pairs.covered, pairs.details) == (False, 3, ("narrow, lijin", "known, lijin"))
    assert pairs.note.startswith("1 by their values, 1 by enough of the draws too; not inside in every year: narrow")


def test_all_inside_passes(on: Bench) -> None:
    verdicts = list(bands(on, Behaviour(bands=[band("wide", 0.0, 9.0)], limits=Limits(draws=4))))
    assert [(v.test, v.passed, v.details) for v in verdicts] == [("bands", True, ()), ("bands, pairs inside", True, ())]


def test_regions_are_those_of_the_pairs_and_of_the_user(on: Bench) -> None:
    two = band("two", 0.0, 9.0, regions=["guangrao", "lijin"])
    file = Behaviour(bands=[two], limits=Limits(draws=4))
    covered = {asked: [v.covered for v in bands(on, file, asked)] for asked in ((), ("lijin",), ("nanjing",))}
    assert covered == {(): [2, 2], ("lijin",): [1, 1], ("nanjing",): []}
    assert list(bands(replace(on, members={}), Behaviour())) == []
