"""The calendar: a lever of a year moves nothing of the year before, and what counts per year is summed over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import urbsim
from urbsim.engine.contract import Clock, Member
from urbsim.errors import InputError
from urbsim.experiment import plan
from urbsim.experiment.forms import outputs
from urbsim.names import identifier
from urbsim.project.indicators import load_indicators
from urbsim.project.project import Project
from urbsim.project.scenarios.resolve import lever_points
from urbsim.project.targets import checks
from urbsim.project.workspace import Workspace
from urbsim.results.open import indicator_values
from urbsim.results.score_series import batch_series, track
from urbsim.results.values import values
from urbsim.studies.battery.context import Bench, open_bench
from urbsim.studies.expectations import dataset, ready

REGIONS = ["guangrao", "inner-mongolia-counties"]


@pytest.fixture(scope="module")
def bench(project: Project) -> Bench:
    return open_bench(project, REGIONS)


def moved(on: Bench, base: Member, lever: str, year: int, value: float) -> Member:
    """Return a member with a lever as a scenario sets it."""
    item, key = on.project.levers[lever], identifier(on.project.levers[lever].variable)
    past = base.series[key][0][1] if key in base.series else float(on.constant(base, key))
    points = lever_points({0: past}, {year: value}, item.interpolation, on.clock)
    return Member({n: v for n, v in base.constants.items() if n != key}, {**base.series, key: points})


@pytest.mark.parametrize("year", [2021, 2023, 2030])
def test_a_lever_of_a_year_moves_nothing_of_the_year_before(bench: Bench, year: int) -> None:
    """All levers, to both ends of their range, against all indicators, to the last bit."""
    names, members = [], []
    for region, member in bench.members.items():
        for lever, item in bench.project.levers.items():
            base = ready(bench, member, lever)
            key = identifier(item.variable)
            plain = Member(base.constants, {**base.series, key: moved_not(bench, base, key)})
            for value in item.bounds:
                names.append((region, lever, value))
                members += [plain, moved(bench, base, lever, year, value)]
    found = dataset(bench, bench.run(members, outputs(bench.indicators)))
    late = [
        (indicator, names[row])
        for indicator, array in values(found, bench.indicators, bench.project.model).items()
        for row in np.flatnonzero(differs(array.sel(time=slice(None, year - 1)).values))
    ]
    assert not late
    anything = values(found, bench.indicators, bench.project.model)["residents"].values
    assert differs(anything).any()


def moved_not(on: Bench, base: Member, key: str) -> tuple[tuple[float, float], ...]:
    """Return the path of a lever as it is, so that all members set the same names."""
    return base.series.get(key) or ((on.clock.start, float(on.constant(base, key))),)


def differs(array: np.ndarray) -> np.ndarray:
    """Tell for each pair of rows whether they differ anywhere."""
    first, second = array[0::2], array[1::2]
    return np.asarray((first.view(np.int64) != second.view(np.int64)).any(axis=tuple(range(1, array.ndim))))


def test_no_target_sees_a_lever_before_its_year(shipped: Workspace) -> None:
    """Every lever at once, against every comparison of every row: figures, and lever settings themselves."""
    project = urbsim.open(shipped.models.parent)
    middle = {name: {2023: sum(item.bounds) / 2} for name, item in project.levers.items()}
    pair = [project.run("baseline", REGIONS, levers=levers, charts=False) for levers in ({}, middle)]
    series = []
    for batch in pair:
        data = batch.stored.data()
        numbers = indicator_values(data, project)
        series.append(batch_series(data, numbers, project.indicators, project.levers, batch.manifest))
    upto = int(np.flatnonzero(series[0].times == 2022)[0]) + 1
    count = 0
    for _, row in project.targets.rows:
        for check in checks(row):
            for region in REGIONS:
                before, after = (track(check, batch, region, "baseline").figure for batch in series)
                np.testing.assert_array_equal(before[:, :upto], after[:, :upto], err_msg=f"{row.id} in {region}")
                count += not np.array_equal(before, after, equal_nan=True)
    assert count > 100, "the levers move most of them later"


def test_a_yearly_flow_is_the_sum_of_its_year(bench: Bench) -> None:
    """Against the flow at every step."""
    items = {
        name: item
        for name, item in bench.indicators.items()
        if item.over and not bench.project.model.dims(item.variable)
    }
    assert {"deaths", "revenue", "land_revenue", "investment", "net_migration"} <= items.keys()
    flows = [identifier(item.variable) for item in items.values()]
    members = [moved(bench, member, "land_supply", 2023, 2.0) for member in bench.members.values()]
    fine = Clock(2020, 2030, bench.clock.step, bench.clock.step)
    steps, sums = (
        bench.run(members, flows, fine),
        bench.run(members, outputs(items), Clock(2020, 2030, bench.clock.step)),
    )
    year = round(1 / bench.clock.step)
    # the path jumps at 2022.0, where the row kept is of before: the first step of 2023 is not among the rows
    for item, flow in zip(items.values(), flows, strict=True):
        by_year = steps.values[flow][:, :-1].reshape(len(members), -1, year)
        others = np.arange(10) != 2
        np.testing.assert_allclose(sums.values[item.read][:, 1:][:, others], by_year.mean(axis=2)[:, others], rtol=1e-9)
        np.testing.assert_allclose(sums.values[item.read][:, 0], steps.values[flow][:, 0], rtol=1e-12)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "variable: revenue, unit: yuan/year",
            "'revenue' counts per year, which has no value of 31 December; add over: year",
        ),
        (
            "variable: county residents, over: year, unit: person",
            "'county residents' does not count per year; leave over out",
        ),
        ("variable: revenue, over: year, unit: person", "cannot be converted to 'person'"),
        ("variable: revenue, over: month, unit: yuan", "year"),
    ],
)
def test_what_is_not_of_a_calendar_year_is_refused(project: Project, tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "indicators.yaml"
    path.write_text(f"indicators:\n  x: {{group: g, label: {{en: X, zh: X}}, {line}}}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_indicators(path, "indicators.yaml", project.model)


@pytest.mark.parametrize("unit", ["亿元", "亿元/year"])
def test_a_sum_over_a_year_and_its_mean_a_year_are_one_number(project: Project, unit: str) -> None:
    item = project.indicators["revenue"].model_copy(update={"unit": unit})
    assert item.factor(project.model) == 1e-8


def test_without_a_year_a_lever_begins_when_nobody_has_observed(project: Project) -> None:
    assert max(item.year for item in project.observations) == 2022
    made = plan.plan(
        project, ["baseline"], ["guangrao"], None, None, {"land_supply": 1.5, "grants": {2025: 9.0, 2027: 0.0}}
    )
    assert made.typed == {"land_supply": {2023: 1.5}, "grants": {2025: 9.0, 2027: 0.0}}
    member = plan.members(project, made, {})[0].member
    assert member.series["land_supply_factor"] == ((2020.0, 1.0), (2022.0, 1.0), (2022.0, 1.5))


def test_where_nothing_was_observed_it_begins_after_the_base_year(workspace: Workspace) -> None:
    for path in (workspace.data / "observations").glob("*.csv"):
        path.unlink()
    project = Project.open(workspace)
    assert plan.plan(project, ["baseline"], ["toytown"], None, None, {"land_supply": 1.5}).typed == {
        "land_supply": {2021: 1.5}
    }


def test_a_scenario_without_a_year_begins_in_the_same_one(workspace: Workspace) -> None:
    path = workspace.scenarios / "land-up.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{2023: 1.5}", "1.5"), encoding="utf-8")
    project = Project.open(workspace)
    made = plan.plan(project, ["land-up"], ["toytown"], None, None, {})
    assert plan.members(project, made, {})[0].member.series["land_supply_factor"][1:] == ((2022.0, 1.0), (2022.0, 1.5))
    with pytest.raises(
        InputError,
        match="land_supply is set without a year, so from 2023 on, which nobody has observed; the run ends with 2022",
    ):
        plan.plan(project, ["land-up"], ["toytown"], None, 2022, {})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"land_supply": {2020: 1.5}},
            "--set: land_supply is set for 2020, outside the years 2021 to 2035 of the run; the base year is as observed",
        ),
        ({"land_supply": {2036: 1.5}}, "--set: land_supply is set for 2036, outside the years 2021 to 2035"),
        ({"land_supply": {2023: 9}}, "--set: land_supply must lie from 0 to 3 dmnl, not 9"),
        ({"land_supply": "much"}, "--set: land_supply must be a number or a table of year: number, not 'much'"),
        ({"land_supply": {}}, "--set: land_supply must be a number or a table of year: number"),
    ],
)
def test_bad_years_and_values_are_refused(project: Project, given: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        plan.plan(project, ["baseline"], ["guangrao"], None, None, given)
    assert message in str(caught.value)


def test_a_run_that_ends_before_a_lever_begins_is_refused(project: Project) -> None:
    with pytest.raises(InputError) as caught:
        plan.plan(project, ["baseline"], ["guangrao"], 2010, 2020, {"land_supply": 1.5})
    assert (
        "without a year it begins in the first that nobody has observed; for example --set land_supply=1.5@2011"
        in str(caught.value)
    )
