"""Zones that compete, with the model between the evaluations: the coupled run is one run, exact and causal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from urbsim.engine.contract import Draws, Engine
from urbsim.engine.oracles.choose import choose
from urbsim.errors import InputError
from urbsim.experiment import draws, plan
from urbsim.experiment.competition import CompetitionResult, Decisions, couple, involved
from urbsim.experiment.draws import Sample
from urbsim.experiment.forms import measure
from urbsim.experiment.storage.form import StoredArray
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.scenarios.evaluation import Evaluation, Exit, Stake
from urbsim.project.scenarios.scenario import evaluation

ZONES = ["guangrao", "lijin", "dongying", "inner-mongolia-counties"]
LAST = 2027
SHOWN = ["county_residents", "evaluation_score", "land_quota", "grants", "dwelling_stock"]
RULE = Evaluation(
    zones=ZONES,
    first_year=2022,
    grants=400.0,
    land_quota=0.2,
    reward=Stake(zones=1, share=0.5),
    penalty=Stake(zones=1, share=0.5),
    exit=Exit(lowest=1, after=2),
)


def changed(rule: Evaluation, **keys: object) -> Evaluation:
    return rule.model_copy(update=keys)


@pytest.fixture(scope="module")
def measures(project: Project, indicators: Indicators) -> Mapping[str, StoredArray]:
    return {name: measure(name, item, project.model) for name, item in indicators.items()}


@pytest.fixture(scope="module")
def run(project: Project, engine: Engine, measures: Mapping[str, StoredArray]):
    """Run zones under a rule, or under levers; return trajectories and what was decisions."""

    def go(
        rule: Evaluation | None,
        levers: Mapping[str, Mapping[int, float]] | None = None,
        regions: list[str] = ZONES,
        sample: Sample | None = None,
    ) -> tuple[dict[str, np.ndarray], CompetitionResult]:
        scenario = project.scenarios["baseline"].model_copy(
            update={"name": "zones", "evaluation": rule, "levers": dict(levers or {})}
        )
        mine = replace(project, scenarios={**project.scenarios, "zones": scenario})
        made = plan.plan(mine, ["zones"], regions, None, LAST, {})
        result = couple(mine, made, plan.members(mine, made, {}), {}, engine, measures, sample)
        found = plan.run(mine, made, result.members, engine, SHOWN, lambda _: None, sample)
        assert not found.failed
        return {name: found.data[name].values[:, 0] for name in SHOWN}, result

    return go


@pytest.fixture(scope="module")
def judged(run) -> tuple[dict[str, np.ndarray], Decisions]:
    values, result = run(RULE)
    return values, result.decisions[0]


def same(left: Mapping[str, np.ndarray], right: Mapping[str, np.ndarray], upto: int | None = None) -> None:
    for name in SHOWN:
        np.testing.assert_array_equal(left[name][..., :upto], right[name][..., :upto], err_msg=name)


@pytest.mark.parametrize(
    "idle",
    [
        {"score": {"evaluation_score": 0.0}},
        {"reward": Stake(share=0.0), "penalty": Stake(share=0.0), "exit": None},
    ],
)
def test_without_weight_it_is_the_run_without_evaluation_to_the_bit(run, idle: dict[str, object]) -> None:
    values, result = run(changed(RULE, **idle))
    plain, _ = run(None, {"grants": {2022: 400.0}, "land_quota": {2022: 1.2}})
    same(values, plain)
    assert result.decisions[0].inside.all()


def test_a_programme_without_money_and_quota_changes_nothing(run) -> None:
    values, result = run(changed(RULE, grants=0.0, land_quota=0.0))
    same(values, run(None)[0])
    assert not result.decisions[0].inside.all(), "zones are still ranked"


def test_what_was_read_is_what_the_final_run_holds(judged: tuple[dict[str, np.ndarray], Decisions]) -> None:
    """Levers of next year change nothing before it, so one run with all decisions is the coupled system."""
    values, decisions = judged
    at = [year - 2020 for year in decisions.years]
    np.testing.assert_array_equal(values["county_residents"][:, at].T, decisions.sizes["grants"][..., 0])
    scores = values["evaluation_score"]
    np.testing.assert_array_equal((scores[:, at] / scores[:, [t - 1 for t in at]]).T, decisions.score[..., 0])


def test_each_year_spends_the_pot(judged: tuple[dict[str, np.ndarray], Decisions]) -> None:
    _, decisions = judged
    for lever, each in (("grants", 400.0), ("land_quota", 0.2)):
        pot = each * decisions.sizes[lever].sum(axis=1)
        np.testing.assert_allclose((decisions.parts[lever] * decisions.sizes[lever]).sum(axis=1), pot, rtol=1e-12)


def test_decisions_reach_the_model_in_the_year_after_and_not_before(judged) -> None:
    values, decisions = judged
    quota = values["land_quota"] / values["land_quota"][:, [0]]
    for number, year in enumerate(decisions.years):
        part = decisions.parts["land_quota"][number, :, 0]
        np.testing.assert_allclose(quota[:, year + 1 - 2020], 1 + part, rtol=1e-12)
    assert (quota[:, 0] == 1).all()
    left = ~decisions.inside[..., 0]
    assert left.any(), "somebody leaves"
    assert not (left[:-1] & ~left[1:]).any(), "and never comes back"


def test_a_later_decision_changes_nothing_earlier(run, judged) -> None:
    values, _ = judged
    patient, _ = run(changed(RULE, exit=Exit(lowest=1, after=4)))
    same(values, patient, upto=2024 - 2020)  # the first exit is decided at the end of 2023 and acts in 2024
    assert (values["grants"][..., 2024 - 2020 :] != patient["grants"][..., 2024 - 2020 :]).any()


def test_the_order_of_zones_and_what_is_asked_for_change_nothing(run, judged) -> None:
    values, _ = judged
    back, result = run(changed(RULE, zones=ZONES[::-1]), regions=ZONES[::-1])
    same({name: value[::-1] for name, value in back.items()}, values)
    assert result.decisions[0].zones == tuple(ZONES[::-1])
    same(run(RULE, regions=["lijin"])[0], {name: value[[1]] for name, value in values.items()})
    same(run(RULE)[0], values)  # and the same again


def test_a_region_that_is_no_zone_stays_as_it_is(run) -> None:
    values, _ = run(changed(RULE, zones=["guangrao", "lijin"]))
    plain, _ = run(None)
    same({name: value[2:] for name, value in values.items()}, {name: value[2:] for name, value in plain.items()})
    assert (values["grants"][:2] != plain["grants"][:2]).any()


def test_each_draw_is_evaluated_on_its_own(run, project: Project) -> None:
    sample = draws.draw(project.parameters, project.model, 6, 2)
    values, result = run(RULE, sample=sample)
    decisions = result.decisions[0]
    assert (decisions.rank != decisions.rank[..., :1])[np.isfinite(decisions.rank)].any(), "draws differ in who is best"
    at = [year - 2020 for year in decisions.years]
    np.testing.assert_array_equal(np.moveaxis(values["county_residents"][..., at], 2, 0), decisions.sizes["grants"])
    some = replace(sample, values=sample.values[[1, 4]])
    fewer, alone = run(RULE, sample=some)
    same(fewer, {name: value[:, [1, 4]] for name, value in values.items()})
    np.testing.assert_array_equal(alone.decisions[0].rank, decisions.rank[..., [1, 4]])
    rows = list(decisions.rows(draws=True))
    assert len(rows) == len(decisions.years) * len(ZONES) * 6
    assert list(rows[0])[:4] == ["scenario", "year", "zone", "draw"]


def test_levers_that_differ_by_draw_agree_with_pysimlin(project: Project) -> None:
    made = plan.plan(project, ["baseline"], ["lijin"], None, 2023, {})
    members = [one.member for one in plan.members(project, made, {})]
    clock = plan.clock(project, made, "lijin", "baseline")
    paths = np.array([[[2020, 0], [2020.9375, 0], [2021, high]] for high in (0.0, 500.0, 1000.0)], dtype=float)
    given = Draws(count=3, series={"earmarked grants": paths})
    ours, oracle = (
        choose(name).run(project.model, members, ["grants", "county_residents"], clock, lambda _: None, given)
        for name in ("compiled", "simlin")
    )
    for name, values in oracle.values.items():
        np.testing.assert_allclose(ours.values[name], values, rtol=1e-9)
    assert (np.diff(ours.values["grants"][:, -1]) > 0).all()


def scenarios(project: Project, **blocks: Evaluation | None):
    base = project.scenarios["baseline"].model_copy(update={"regions": list(ZONES)})
    made = {"baseline": base}
    for name, block in blocks.items():
        parents = name.split("__")[1:]
        made[name] = base.model_copy(update={"name": name, "extends": parents, "evaluation": block})
    return made


def test_a_block_is_inherited_key_by_key(project: Project) -> None:
    found = scenarios(
        project,
        parent=Evaluation(grants=300.0, exit=Exit(lowest=1)),
        stays__parent=Evaluation(exit=None),
        off__parent=Evaluation(active=False),
        plain__parent=None,
    )
    assert evaluation("stays__parent", found).grants == 300.0
    assert evaluation("stays__parent", found).exit is None
    assert evaluation("off__parent", found) is None
    assert evaluation("plain__parent", found) == evaluation("parent", found)
    assert evaluation("parent", found).zones == ZONES
    assert evaluation("baseline", found) is None


def test_blocks_that_contradict_each_other_are_refused(project: Project) -> None:
    found = scenarios(project, a=Evaluation(grants=1.0), b=Evaluation(grants=2.0), c__a__b=None)
    with pytest.raises(InputError, match=r"scenario c__a__b: evaluation.grants is set differently by a and b"):
        evaluation("c__a__b", found)
    with pytest.raises(InputError, match="needs two zones or more to rank"):
        evaluation("d", scenarios(project, d=Evaluation(zones=["lijin"])))
    both = scenarios(project, e=RULE)
    both["e"] = both["e"].model_copy(update={"levers": {"evaluation": {2022: 1.0}}})
    with pytest.raises(InputError, match="sets evaluation, the model's own evaluation; keep one of the two"):
        evaluation("e", both)


def test_a_lever_of_the_command_line_is_not_moved(project: Project, engine: Engine, measures) -> None:
    mine = replace(project, scenarios=scenarios(project, zones=RULE))
    made = plan.plan(mine, ["zones"], ["lijin"], None, LAST, {"grants": 100.0})
    assert involved(mine, made) == ["lijin", "guangrao", "dongying", "inner-mongolia-counties"]
    with pytest.raises(InputError, match="--set grants: the evaluation of zones sets it"):
        couple(mine, made, plan.members(mine, made, {}), {}, engine, measures)
