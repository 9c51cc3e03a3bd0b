"""Blocks: how a batch is cut, what a block holds, and that neither cut nor company changes a bit."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Draws, Engine, Member
from urbsim.engine.oracles.choose import choose
from urbsim.errors import EngineError
from urbsim.experiment.draws import Sample
from urbsim.experiment.forms import forms
from urbsim.experiment.storage import blocks, form
from urbsim.experiment.storage.blocks import Block, Common, Job, compute, decoded, encoded, lost
from urbsim.experiment.storage.form import Form, StoredArray
from urbsim.experiment.storage.netcdf import Grid, _slabs
from urbsim.language.checks.ledger_file import LedgerFile
from urbsim.language.vensim.reader import read
from urbsim.project.indicators import Indicator
from urbsim.project.regions.region import Label

TEXT = """
x = INTEG(rate * x, start) ~ thing ~ |
start = 1 ~ thing ~ |
rate = 0.5 ~ 1/year ~ |
luck = RANDOM UNIFORM(0, 1, 0) ~ dmnl ~ |
share = x / start / 10 ~ dmnl [0, 1] ~ |
"""
MODEL = read(TEXT)
YEARS = Clock(2020, 2022, 0.5)
NAMES = ("x", "luck", "share")
FORM = Form("variables", tuple(StoredArray(name, name) for name in NAMES), ("share",))
TIMES = np.arange(2020, 2023)


def job(members: list[Member], draws: int = 0, form: Form = FORM, clock: Clock = YEARS) -> Job:
    common = Common(MODEL, form, TIMES, "compiled")
    rates = np.linspace(0.1, 0.9, draws)[:, None] if draws else None
    sample = Sample(("rate",), (False,), rates, 0) if rates is not None else None
    return Job(common, members, [clock] * len(members), [str(m.constants) for m in members], sample)


def run(this: Job, engine: Engine | None = None) -> dict[int, Block]:
    engine = engine or choose(threads=1)
    return {task.number: compute(this.common, task, engine) for task in this.tasks(range(this.blocks))}


def whole(found: dict[int, Block], name: str) -> np.ndarray:
    return np.concatenate([found[number].values[name] for number in sorted(found)])


def started(*values: float) -> list[Member]:
    return [Member({"start": np.array(value)}) for value in values]


def test_blocks_hold_every_member_once_in_order() -> None:
    this = job(started(1, 2, 3), draws=50)
    parts = [list(this.parts(number)) for number in range(this.blocks)]
    assert parts == [[(0, 0, 50), (1, 0, 14)], [(1, 14, 36), (2, 0, 28)], [(2, 28, 22)]]
    assert [this.size(number) for number in range(this.blocks)] == [64, 64, 22]


def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    this = job(started(1, 2, 3), draws=50)
    plain = run(this)
    monkeypatch.setattr(blocks, "SIZE", 7)
    small = run(this)
    assert (len(plain), len(small)) == (3, 22)
    for name in NAMES:
        np.testing.assert_array_equal(whole(small, name), whole(plain, name))


def test_a_member_is_the_same_in_other_company_and_luck_goes_by_draws() -> None:
    alone = whole(run(job(started(2), draws=20)), "luck")
    beside = whole(
        run(job([Member({"start": np.array(5.0)}, {"rate": ((2020, 0), (2021, 1))}), *started(2)], draws=20)), "luck"
    )
    np.testing.assert_array_equal(beside[20:], alone)
    np.testing.assert_array_equal(beside[:20], alone)
    assert len(np.unique(alone[:, 1])) == 20
    single = run(job(started(2)))[0].values["luck"]
    np.testing.assert_array_equal(single[0], alone[0])


def test_clocks_may_differ_within_a_block() -> None:
    this = replace(job(started(1, 1)), clocks=[YEARS, Clock(2021, 2022, 0.5)])
    x = whole(run(this), "x")
    assert x[:, :, ...].tolist() == [[1, 1.5625, 2.44140625], [pytest.approx(np.nan, nan_ok=True), 1, 1.5625]]


def test_an_id_names_all_that_shapes_a_block() -> None:
    base = job(started(1, 2), draws=4)
    [plain] = base.ids({})
    others = [
        job(started(1, 3), draws=4),
        job(started(1, 2), draws=5),
        job(started(1, 2)),
        job(started(1, 2), draws=4, clock=Clock(2020, 2022, 0.25)),
        job(started(1, 2), draws=4, form=replace(FORM, what="indicators")),
        replace(base, common=replace(base.common, engine="compiled-fast")),
        replace(base, common=replace(base.common, model=read(TEXT + " "))),
    ]
    ids = [plain, *(other.ids({})[0] for other in others), base.ids({"versions": "x"})[0]]
    assert len(set(ids)) == len(ids)
    assert job(started(1, 2), draws=4).ids({}) == [plain]


def by_draw(draws: int) -> np.ndarray:
    """Return a rate that goes from 0.1 to a value of each draw, (draw, point, 2)."""
    return np.array([[[2020, 0.1], [2022, 0.1 + 0.02 * draw]] for draw in range(draws)])


def test_levers_that_differ_by_draw_are_the_same_in_any_cut_and_as_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    draws, members = 50, [Member({"start": np.array(v), "rate": np.array(0.1)}) for v in (1.0, 2.0)]
    paths: list[dict[str, np.ndarray]] = [{"rate": by_draw(draws)}, {}]
    this = replace(job(members, draws), paths=paths)
    plain = run(this)
    monkeypatch.setattr(blocks, "SIZE", 7)
    small = run(this)
    one = choose(threads=1).run(
        MODEL, members[:1], NAMES, YEARS, lambda _: None, Draws(count=draws, seed=0, series=paths[0])
    )
    for name in NAMES:
        np.testing.assert_array_equal(whole(small, name), whole(plain, name))
        np.testing.assert_array_equal(whole(plain, name)[:draws], one.values[name])
    x = whole(plain, "x")[:, -1]
    assert (np.diff(x[:draws]) > 0).all()
    assert (x[draws:] == x[draws]).all()
    other = [{"rate": np.concatenate([by_draw(draws)[:-1], by_draw(1)])}, {}]
    changed = [a != b for a, b in zip(this.ids({}), replace(this, paths=other).ids({}), strict=True)]
    assert changed == [number == 49 // 7 for number in range(this.blocks)]


def test_a_block_comes_back_from_bytes_and_a_damaged_one_does_not() -> None:
    this = job(started(1, 0), draws=3)
    block = run(this)[0]
    content = encoded(this.common, block)
    again = decoded(this.common, 6, content)
    assert again is not None
    assert (again.failed, again.ledgers) == (block.failed, block.ledgers)
    for name in NAMES:
        np.testing.assert_array_equal(again.values[name], block.values[name])
    assert decoded(this.common, 6, content[:-1]) is None
    assert decoded(this.common, 6, content[:-1] + b"?") is None
    assert decoded(this.common, 6, b"") is None


def test_members_fail_alone_with_the_first_variable_and_year() -> None:
    this = job([*started(1, 0, 2), Member({"start": np.array(np.nan)})])
    block = run(this)[0]
    assert block.failed == {
        1: "share is not a finite number from 2020 on",
        3: "start is set to a number that is not finite",
    }
    assert np.isnan(block.values["x"][[1, 3]]).all()
    np.testing.assert_array_equal(block.values["x"][[0, 2]], whole(run(job(started(1, 2))), "x"))
    assert block.ledgers["share"] == block.values["share"][[0, 2]].max()


def test_a_range_of_the_model_is_kept() -> None:
    this = job([Member({"rate": np.array(rate)}) for rate in (0.5, 9.0)], form=replace(FORM, limits={"share": (0, 1)}))
    assert run(this)[0].failed == {1: "share is 3.025 in 2021, outside its range 0 to 1"}


class Broken:
    """An engine that raises."""

    name = "compiled"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, *_: object) -> None:
        raise self.error


def test_an_exception_costs_a_block_and_a_mistake_of_the_user_stops_all() -> None:
    this = job(started(1, 2))
    block = run(this, Broken(MemoryError("no room")))[0]
    assert block.failed == {0: "MemoryError: no room", 1: "MemoryError: no room"}
    assert np.isnan(block.values["x"]).all()
    with pytest.raises(EngineError, match="not for this model"):
        run(this, Broken(EngineError("not for this model")))


def test_slabs_put_members_where_they_belong(monkeypatch: pytest.MonkeyPatch) -> None:
    this = job(started(1, 2, 3), draws=5)
    grid = Grid(((1, 0), (0, 0), (1, 1)), 2, 2)  # (region 0, scenario 1) is not in the plan
    monkeypatch.setattr(blocks, "SIZE", 4)
    monkeypatch.setattr("urbsim.experiment.storage.netcdf.SIZE", 4)
    found = run(this)
    x = whole(found, "x").reshape(3, 5, 3)
    for chunk in ((2, 1, 5), (1, 1, 4)):
        room = np.full((2, 2, 5, 3), np.nan)
        for (region, scenario, draw), slab in _slabs(this, grid, chunk, found.__getitem__):
            regions = min(chunk[0], 2 - region)
            room[region : region + regions, scenario, draw : draw + chunk[2]] = slab["x"][:regions]
        np.testing.assert_array_equal(room[1, 0], x[0])
        np.testing.assert_array_equal(room[0, 0], x[1])
        np.testing.assert_array_equal(room[1, 1], x[2])
        assert np.isnan(room[0, 1]).all()


def test_a_lost_block_has_failed() -> None:
    this = job(started(1, 2))
    block = lost(this.common, 2, "KilledWorker: gone")
    assert block.failed == {0: "KilledWorker: gone", 1: "KilledWorker: gone"}


@pytest.mark.parametrize("shape", [(1, 3), (2, 4), (9, 2), (40, 5)])
def test_quantiles_are_those_of_numpy(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(3).normal(size=shape)
    values[0, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = np.nanquantile(values, form.SHARES, axis=0)
    np.testing.assert_allclose(form.quantiles(values), expected, rtol=1e-13)


def test_only_what_is_computed_is_held_against_its_range() -> None:
    model = read(
        "share = limit * 2 ~ dmnl [0, 1] ~ |\nlimit = 0.7 ~ dmnl [0, 0.5] ~ |\nlag = 1 + share ~ year [0.0625, ?] ~ |\n"
    )
    items = {
        name: Indicator(group="x", label=Label(en=name, zh=name), variable=name, unit=model.variable(name).unit)
        for name in ("share", "limit", "lag")
    }
    found = forms(items, LedgerFile(tolerance=1, goods={}, memories={}), model)
    for variety in found.values():
        assert variety.limits == {"share": (0, 1), "lag": (0.0625, np.inf)}


def test_what_is_kept_depends_on_size() -> None:
    possible = {what: Form(what, (StoredArray("x", "x"),)) for what in form.WHATS}

    def chosen(pairs: int, draws: int | None, asked: form.What | None = None) -> str:
        return form.choose(possible, pairs, draws, 16, asked).what

    assert chosen(4, 4000) == "variables"
    assert chosen(3000, 1000) == "indicators"
    assert chosen(100, 1_000_000) == "quantiles"
    assert chosen(10, None, "indicators") == "indicators"


@pytest.mark.parametrize(
    ("pairs", "draws", "asked", "words"),
    [
        (10, None, "quantiles", "--keep quantiles is for draws"),
        (1, 10**8, None, "6.0 GiB for each region and scenario, more than 1"),
        (10**4, 10**6, None, "the results would take 596.0 GiB, more than 32"),
        (10**4, 10**6, "variables", "the results would take 1192.1 GiB, more than 32"),
    ],
)
def test_too_much_is_refused(pairs: int, draws: int | None, asked: form.What | None, words: str) -> None:
    possible = {what: Form(what, (StoredArray("x", "x"),)) for what in form.WHATS}
    with pytest.raises(Exception, match=words):
        form.choose(possible, pairs, draws, 16, asked)
