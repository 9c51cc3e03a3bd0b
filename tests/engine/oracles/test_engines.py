"""Small models through both engines, and the shipped model through PySD as oracle."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Draws, Engine, Member, Trajectories
from urbsim.engine.export import patch
from urbsim.engine.oracles.choose import choose
from urbsim.errors import EngineError
from urbsim.experiment import plan
from urbsim.language.model import Model
from urbsim.language.vensim.reader import read
from urbsim.project.project import Project

CLOCK = "".join(
    f"{n} = {v} ~ Year ~ Clock. |\n"
    for n, v in {"INITIAL TIME": 0, "FINAL TIME": 4, "TIME STEP": 1, "SAVEPER": 1}.items()
)
SMALL = (
    "{UTF-8}\nregion: north, south ~ ~ |\n"
    "Stock[region] = INTEG(growth[region]*Stock[region]*push, start[region]) ~ Person ~ S. |\n"
    "start[region] = 100, 200 ~ Person ~ Start. |\n"
    "growth[region] = 0.1 ~ 1/Year ~ Growth. |\n"
    "push = 1 ~ Dmnl ~ A lever. |\n" + CLOCK
)
ENGINES = [choose(), choose("simlin"), choose("pysd")]


@pytest.fixture
def small() -> Model:
    return read(SMALL)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda e: e.name)
def test_a_member_sets_constants_and_series(engine: Engine, small: Model) -> None:
    members = [
        Member(),
        Member({"start": np.array([10.0, 20.0]), "growth": np.array([0.0, 1.0])}),
        Member({}, {"push": ((0, 1), (1, 1), (2, 0))}),
    ]
    result = engine.run(small, members, ["stock", "push"], Clock(0, 3, 1), lambda _: None)
    assert not result.failed
    np.testing.assert_allclose(result.times, [0, 1, 2, 3])
    np.testing.assert_allclose(result.values["stock"][0, :, 0], [100, 110, 121, 133.1])
    np.testing.assert_allclose(result.values["stock"][1], [[10, 20], [10, 40], [10, 80], [10, 160]])
    np.testing.assert_allclose(result.values["push"][2], [1, 1, 0, 0])
    np.testing.assert_allclose(result.values["stock"][2, :, 0], [100, 110, 121, 121])


@pytest.mark.parametrize("engine", ENGINES, ids=lambda e: e.name)
def test_what_is_kept_at_a_jump_is_of_before_it(engine: Engine, small: Model) -> None:
    """A path without a jump at that time, and another member of the same call, are as they were."""
    jump, turn = ((0, 1), (2, 1), (2, 3)), ((0, 1), (1, 1), (2, 3))
    result = engine.run(
        small,
        [Member({}, {"push": jump}), Member({}, {"push": turn})],
        ["stock", "push"],
        Clock(0, 4, 0.5),
        lambda _: None,
    )
    np.testing.assert_allclose(result.values["push"], [[1, 1, 1, 3, 3], [1, 1, 3, 3, 3]])
    np.testing.assert_allclose(
        result.values["stock"][0, :, 0] / 100, [1, 1.05**2, 1.05**4, 1.05**4 * 1.15**2, 1.05**4 * 1.15**4]
    )


def test_draws_jump_too(small: Model) -> None:
    paths = np.array([[(0, 1), (2, 1), (2, 3)], [(0, 1), (1, 1), (1, 5)]], dtype=float)
    result = ENGINES[0].run(
        small, [Member()], ["push"], Clock(0, 3, 0.5), lambda _: None, Draws(count=2, series={"push": paths})
    )
    np.testing.assert_allclose(result.values["push"], [[1, 1, 1, 3], [1, 1, 5, 5]])


@pytest.mark.parametrize("engine", ENGINES, ids=lambda e: e.name)
def test_a_member_that_leaves_the_numbers_is_reported_and_the_others_go_on(engine: Engine) -> None:
    model = read(SMALL.replace("growth[region]*Stock[region]*push", "growth[region]*Stock[region]/push"))
    members = [Member({"push": np.array(0.0)}), Member()]
    result = engine.run(model, members, ["stock"], Clock(0, 2, 1), lambda _: None)
    assert list(result.failed) == [0]
    assert np.isfinite(result.values["stock"][1]).all()


def test_progress_counts_members(small: Model) -> None:
    counts: list[int] = []
    ENGINES[0].run(small, [Member(), Member()], ["stock"], Clock(0, 1, 1), counts.append)
    assert sum(counts) == 2


def test_patch_writes_a_readable_file(small: Model) -> None:
    text = patch(small, Member({"start": np.array([1.5, 2.0])}, {"push": ((0, 1), (2, 0.5))}), Clock(2020, 2035))
    again = read(text)
    np.testing.assert_array_equal(again.constant("start"), [1.5, 2.0])
    assert next(e.right for e in again.entries if e.name == "push") == "WITH LOOKUP(Time, ((0.0,1.0),(2.0,0.5)))"
    assert again.constant("FINAL TIME") == 2035
    assert again.variable("start").comment == "Start."


def test_patch_keeps_every_digit(small: Model) -> None:
    values = np.array([1 / 3, 2.0**-40])
    np.testing.assert_array_equal(read(patch(small, Member({"start": values}), Clock(0, 1))).constant("start"), values)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (Member({"stock": np.array([1.0, 2.0])}), "not a constant"),
        (Member({"start": np.array([1.0])}), r"shape \(2,\)"),
        (Member({"push": np.array(np.nan)}), "not a finite number"),
    ],
)
def test_patch_refuses_what_cannot_be_set(member: Member, words: str, small: Model) -> None:
    with pytest.raises(EngineError, match=words):
        patch(small, member, Clock(0, 1))


REGIONS = ["guangrao", "lijin", "dongying", "inner-mongolia-counties"]


def variables(project: Project) -> list[str]:
    """Return everything that is computed; checks are rounding noise around 0."""
    computed = [v.name for v in project.model.variables if v.role in {"stock", "equation"}]
    return [name for name in computed if not name.startswith("check_")]


def assert_agree(ours: Trajectories, oracle: Trajectories) -> None:
    """Compare to 1e-9 of a variable's largest value: gaps are small differences of large numbers.

    What never exceeds a hundred-thousandth is rounding noise of such a gap: a yuan of billions that are shared out.
    """
    assert not ours.failed
    assert not oracle.failed
    for name, values in oracle.values.items():
        scale = max(np.abs(values).max(), np.abs(ours.values[name]).max())
        scale = scale if scale > 1e-5 else 1e4
        np.testing.assert_allclose(ours.values[name], values, rtol=1e-9, atol=1e-9 * scale, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["baseline", "settlement-open", "training-up", "land-up", "integrated"])
def test_compiled_code_agrees_with_pysimlin_on_every_variable(project: Project, scenario: str) -> None:
    made = plan.plan(project, [scenario], REGIONS, None, None, {})
    assert len(made.pairs) == 4
    members = [one.member for one in plan.members(project, made, {})]
    clock = plan.clock(project, made, *made.pairs[0])
    ours, oracle = (
        choose(name).run(project.model, members, variables(project), clock, lambda _: None)
        for name in ("compiled", "simlin")
    )
    assert_agree(ours, oracle)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["baseline", "integrated"])
def test_compiled_code_agrees_with_pysd_on_every_variable(project: Project, scenario: str) -> None:
    """Over the first years; the levers begin to move in 2021 or 2022. The others' levers are among those of integrated."""
    made = plan.plan(project, [scenario], ["lijin"], None, 2021 if scenario == "baseline" else 2023, {})
    members = [one.member for one in plan.members(project, made, {})]
    clock = plan.clock(project, made, "lijin", scenario)
    ours, oracle = (
        choose(name).run(project.model, members, variables(project), clock, lambda _: None)
        for name in ("compiled", "pysd")
    )
    assert_agree(ours, oracle)
