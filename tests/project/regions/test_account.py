"""The published account: it must close, and the model starts on its level."""

from __future__ import annotations

import re

import pytest

from urbsim.engine.contract import Draws, Engine
from urbsim.errors import InputError
from urbsim.experiment import plan
from urbsim.names import identifier
from urbsim.project.project import Project
from urbsim.project.regions.account import levels, own_revenue_rate
from urbsim.project.regions.initial import derive, figures
from urbsim.project.workspace import Workspace

ACCOUNT = """
  budget_spending:
    - {value: 12, unit: 亿元/year, year: 2020, source: county-yearbook-2020}
  budget_revenue:
    - {value: 30000, unit: 万元/year, year: 2020, source: county-yearbook-2020}
  value_added_primary:
    - {value: 6.0e8, unit: yuan/year, year: 2020, source: county-yearbook-2020}
  value_added_secondary:
    - {value: 2.0e9, unit: yuan/year, year: 2020, source: county-yearbook-2020}
  value_added_tertiary:
    - {value: 1.4e9, unit: yuan/year, year: 2020, source: county-yearbook-2020}
"""


def given(workspace: Workspace, account: str) -> Project:
    """Return the project with an account in toytown's file instead of its assumptions of 2020."""
    path = workspace.data / "regions/toytown.yaml"
    text = path.read_text(encoding="utf-8").rstrip("\n")
    for name in ("budget_spending_per_resident", "farm_output_per_worker"):
        text = re.sub(rf"(  {name}:\n)    - .*year: 2020.*\n", r"\1", text)
    path.write_text(text + account, encoding="utf-8")
    return Project.open(workspace)


def extra(name: str, value: str, unit: str = "yuan/year") -> str:
    return f"  {name}:\n    - {{value: {value}, unit: {unit}, year: 2020, source: county-yearbook-2020}}\n"


def told(workspace: Workspace, account: str) -> list[str]:
    with pytest.raises(InputError) as error:
        _ = given(workspace, account).regions
    return [re.sub(r"^data/regions/toytown\.yaml:\d+:\d+: ", "", line) for line in str(error.value).splitlines()]


def test_levels_follow_from_the_account(workspace: Workspace) -> None:
    project = given(workspace, ACCOUNT)
    have = figures(project.regions["toytown"], "toytown", project.typical, 2020)
    assert have["budget_spending_per_resident"] == pytest.approx(12_000)
    assert have["output_per_worker"] == pytest.approx(3.4e9 / 34_000)
    assert have["farm_output_per_worker"] == pytest.approx(40_000)
    assert have["own_revenue_rate"] == pytest.approx(3e8 / 3.4e9)
    assert not {"output_per_worker", "own_revenue_rate"} & set(have.typical)
    assert own_revenue_rate(have.values) == pytest.approx(3e8 / 3.4e9)


def test_revenue_is_met_where_output_is_typical() -> None:
    have = {"residents": 100.0, "employed_primary": 0.0, "employed_secondary": 20.0, "employed_tertiary": 30.0,
            "output_per_worker": 1e5, "budget_revenue": 4e5, "budget_spending": 3e5}  # fmt: skip
    found = have | levels(have)
    assert found["own_revenue_rate"] == pytest.approx(0.08)
    assert own_revenue_rate(found) == pytest.approx(0.06)  # no more than is spent


@pytest.mark.parametrize(
    ("name", "output", "share"), [("guangrao", 62.08e9, 0.849), ("lijin", 24.03e9, 0.607), ("dongying", 298.1e9, None)]
)
def test_the_base_year_stands_on_the_published_level(
    project: Project, name: str, output: float, share: float | None
) -> None:
    """Output per worker times the workers of the start is value added; own revenue is the published part of spending."""
    inputs = derive(project.regions[name], name, project.typical, project.estimates, project.model, 2020)
    values = {key: item.value for key, item in inputs.items()}
    made = values["output_per_worker"] * values["initial_workers"]
    made += values["farm_output_per_worker"] * values["initial_farm_workers"]
    assert made == pytest.approx(output, rel=1e-3)
    if share is not None:
        have = figures(project.regions[name], name, project.typical, 2020)
        own = values["own_revenue_rate"] * values["output_per_worker"] * values["initial_workers"]
        assert own / have["budget_spending"] == pytest.approx(share, abs=1e-3)
        assert values["initial_spending"] == pytest.approx(have["budget_spending"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            extra("net_transfers", "8.0e8"),
            "the account of 2020 does not close: budget_revenue and net_transfers are 1.1e+09 yuan, budget_spending is "
            "1.2e+09; net transfers are all that is not own revenue: transfers, bonds and balances; give two of three",
        ),
        (
            extra("gross_product", "5.0e9"),
            "gross_product of 2020 is 5e+09 yuan, its sectors add up to 4e+09; check value_added_primary, "
            "value_added_secondary, value_added_tertiary; half a percent is allowed for rounding",
        ),
        (
            extra("spending_education", "8.0e8") + extra("spending_towns", "5.0e8"),
            "spending by function of 2020 is 1.3e+09 yuan, above budget_spending of 1.2e+09; check spending_education, "
            "spending_health, spending_security, spending_villages, spending_towns, spending_administration: "
            "they are parts of the total",
        ),
        (
            extra("output_per_worker", "100000", "yuan/(person*year)"),
            "output_per_worker of 2020 is given twice: value_added_secondary and value_added_tertiary tell it too; "
            "keep the published amounts",
        ),
    ],
)
def test_an_account_that_contradicts_itself_is_refused(workspace: Workspace, more: str, message: str) -> None:
    assert told(workspace, ACCOUNT + more) == [message]


@pytest.mark.parametrize("more", [extra("net_transfers", "9.01e8"), extra("gross_product", "4.01e9")])
def test_rounding_is_allowed(workspace: Workspace, more: str) -> None:
    assert "toytown" in given(workspace, ACCOUNT + more).regions


def test_a_sector_alone_and_levels_of_nothing_are_refused(workspace: Workspace) -> None:
    account = extra("value_added_secondary", "2.0e9") + extra("budget_revenue", "0") + extra("budget_spending", "-5")
    assert told(workspace, "\n" + account) == [
        "value_added_secondary of 2020 is given without value_added_tertiary; "
        "add value_added_tertiary in yuan/year, or leave both out",
        "budget_revenue must be at least 1 yuan/year, not 0",
        "budget_spending must be at least 1 yuan/year, not -5",
    ]


def test_what_could_fill_an_account_is_told(workspace: Workspace) -> None:
    project = given(workspace, "\n")
    with pytest.raises(InputError) as error:
        figures(project.regions["toytown"], "toytown.yaml", project.typical, 2020)
    assert str(error.value).splitlines() == [
        "toytown.yaml: fact 'budget_spending_per_resident' of 2020 is missing; add a fact in yuan/(person*year), or "
        "budget_spending in yuan/year; it is needed for county budget; `urbsim regions import` estimates it "
        "(data/estimates/rules.yaml)",
        "toytown.yaml: fact 'farm_output_per_worker' of 2020 is missing; add a fact in yuan/(person*year), or "
        "value_added_primary in yuan/year; it is needed for output of the county; `urbsim regions import` estimates it "
        "(data/estimates/rules.yaml)",
    ]


@pytest.mark.parametrize("name", ["guangrao", "inner-mongolia-counties"])
def test_the_model_starts_on_the_published_level(project: Project, engine: Engine, name: str) -> None:
    """Gross product, own revenue and spending of the first moment are those of the yearbook."""
    planned = plan.plan(project, ["baseline"], [name], None, None, {})
    clock = plan.span_of(project, planned)[0][0]
    members = [values.member for values in plan.members(project, planned, {})]
    outputs = ["county output", "own revenue", "initial spending"]
    found = engine.run(project.model, members, outputs, clock, lambda _: None, Draws())
    start = {output: float(found.values[identifier(output)].ravel()[0]) for output in outputs}
    have = figures(project.regions[name], name, project.typical, 2020)
    sectors = sum(have[f"value_added_{sector}"] for sector in ("primary", "secondary", "tertiary"))
    assert start["county output"] == pytest.approx(sectors, rel=0.005)
    assert start["own revenue"] == pytest.approx(have["budget_revenue"], rel=0.005)
    assert start["initial spending"] == pytest.approx(have["budget_spending"])
