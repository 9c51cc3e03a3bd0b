"""From a county's figures to a region: rules, files that read back, and the regions that were made by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbsim.engine.contract import Draws, Engine
from urbsim.errors import InputError
from urbsim.experiment import plan
from urbsim.experiment.draws import applied, draw
from urbsim.project.project import Project
from urbsim.project.regions import counties
from urbsim.project.regions.census.build import build
from urbsim.project.regions.census.county import County, pair
from urbsim.project.regions.census.importing import usable
from urbsim.project.regions.census.rules import Rule, RuleFile, assume, basis_of, load_rules, persons_aged
from urbsim.project.regions.census.table import read_table
from urbsim.project.regions.census.text import counties_csv, county_of, region_yaml
from urbsim.project.regions.facts import ASSUMPTION, NEEDS, figure
from urbsim.project.regions.initial import EFFECTS, derive
from urbsim.project.regions.region import load_region

HERE = Path(__file__)
SHARED = next((up / "shared" / "data" for up in HERE.parents if (up / "shared" / "data").is_dir()), HERE)
EXTRACTS = [SHARED / f"census_county_{year}.csv" for year in (2020, 2010)]
shared = pytest.mark.skipif(not all(p.exists() for p in EXTRACTS), reason="the census extracts are not here")


@pytest.fixture
def found(tables, save, columns) -> dict[str, County]:
    return {county.code: county for county in pair([read_table(path, columns) for path in save(tables)])[0]}


@given(groups=st.lists(st.integers(0, 10**6), min_size=19, max_size=19), cut=st.integers(1, 89))
def test_ages_cut_anywhere_add_up(groups: list[int], cut: int) -> None:
    whole = persons_aged(groups, 0, None)
    assert whole == pytest.approx(sum(groups))
    assert persons_aged(groups, 0, cut - 1) + persons_aged(groups, cut, None) == pytest.approx(whole)


def test_the_first_rule_whose_basis_and_place_fit_counts() -> None:
    def rule(value: float, **more) -> Rule:
        return Rule(fact="hospital_beds", year=2020, value=value, range=[0, 9e9], unit="bed", reason="r", **more)

    basis = basis_of({("residents", 2020): 2000.0}, {})
    rules = [rule(7, codes=["3705"]), rule(1, per="urban_residents"), rule(4.65, per="residents", each=1000), rule(8)]
    assert assume(rules, "hospital_beds", 2020, "370522", basis).value == 7  # type: ignore[union-attr]
    assert assume(rules, "hospital_beds", 2020, "110101", basis).value == 9  # type: ignore[union-attr]
    assert assume(rules, "hospital_beds", 2010, "110101", basis) is None


def test_a_floor_lifts_value_and_range() -> None:
    rule = Rule(
        fact="registered_population", year=2020, value=0.5, range=[0.4, 2], per="residents", at_least="local residents",
        unit="person", reason="r",
    )  # fmt: skip
    seen = {("residents", 2020): 100.0, ("from_same_province", 2020): 10.0, ("from_other_province", 2020): 5.0}
    fact = assume([rule], "registered_population", 2020, "1", basis_of(seen, {}))
    assert fact is not None
    assert (fact.value, fact.range) == (85, [85, 200])


def spending(within: list[float]) -> Rule:
    formula = {"constant": 1.0, "ln": {"residents/land_area": -0.5}, "shares": {"employed_primary/employed": 2.0}}
    return Rule(
        fact="budget_spending_per_resident", year=2020, value=1, range=[0.5, 2], unit="yuan/(person*year)", reason="r",
        round=0, formula={**formula, "within": within},
    )  # fmt: skip


def test_a_formula_takes_logs_and_shares_of_facts_and_stays_within_its_sample() -> None:
    seen = {("residents", 2020): 400.0, ("land_area", 2020): 4.0, ("employed_primary", 2020): 1.0,
            ("employed_secondary", 2020): 2.0, ("employed_tertiary", 2020): 1.0}  # fmt: skip
    fact = assume([spending([0.1, 9])], "budget_spending_per_resident", 2020, "1", basis_of(seen, {}))
    assert fact is not None
    assert fact.value == pytest.approx(math.exp(1 - 0.5 * math.log(100) + 2 * 0.25))
    assert fact.range == pytest.approx([fact.value / 2, fact.value * 2])
    held = assume([spending([3, 9])], "budget_spending_per_resident", 2020, "1", basis_of(seen, {}))
    assert held is not None
    assert held.value == 3


@pytest.mark.parametrize("change", [{"land_area": None}, {"land_area": 0.0}, {"employed_tertiary": None}])
def test_a_formula_without_its_facts_gives_nothing(change: dict[str, float | None]) -> None:
    seen = {"residents": 400.0, "land_area": 4.0, "employed_primary": 1.0, "employed_secondary": 2.0,
            "employed_tertiary": 1.0, **change}  # fmt: skip
    basis = basis_of({(name, 2020): value for name, value in seen.items() if value is not None}, {})
    assert assume([spending([0.1, 9])], "budget_spending_per_resident", 2020, "1", basis) is None


def test_every_fact_that_is_said_to_follow_a_rule_has_one(rules: RuleFile) -> None:
    ruled = {rule.fact for rule in rules.rules if rule.year == 2020 and rule.fact in NEEDS}
    assert ruled == {name for name, need in NEEDS.items() if need.ruled}


def test_published_figures_go_before_rules(found, rules: RuleFile) -> None:
    """Spending that is known is not estimated, and the rules count on what is known."""
    known = {("budget_spending", 2020): 5e9, ("household_savings", 2020): 4e10, ("land_area", 2020): 1000.0}
    made = build(found["370121"], rules, "shandong", known)
    estimate = build(found["370121"], rules, "shandong")
    assert not figure(made.facts, "budget_spending_per_resident", 2020)
    assert figure(estimate.facts, "budget_spending_per_resident", 2020)
    assert figure(made.facts, "budget_spending_per_resident", 2010)
    assert not {"household_savings", "land_area"} & made.facts.keys()
    price, other = (figure(region.facts, "house_price", 2020) for region in (made, estimate))
    assert price is not None
    assert other is not None
    assert price.value != other.value


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("fact: pupils_primary", "fact: pupils_primry", "unknown fact 'pupils_primry'; did you mean pupils_primary?"),
        ("value: 0.885", "value: 8.85", "pupils_kindergarten: value lies outside its range"),
        ("per: age 6-11", "per: age six", "'age six' is neither a fact"),
        ("per: residents", "per: residnts", "'residnts' is neither a fact"),
        ("each: 1000", "every: 1000", "unknown key 'every'"),
        ("residents/residents@2010: 0.275", "residents/resident@2010: 0.275", "'resident@2010' is neither a fact"),
        ("from_other_province/residents: -1.6", "__import__('os')/residents: -1.6", "\"__import__('os')\" is neither"),
        ("constant: 1.354", "constant: exp(1)", "formula.constant"),
    ],
)
def test_a_broken_rule_is_told_with_its_place(shipped, tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "rules.yaml"
    text = (shipped.data / "estimates" / "rules.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_rules(path, "rules.yaml")
    assert message in str(caught.value)
    assert caught.value.problems[0].place.line > 1


def test_a_region_holds_the_census_and_says_what_it_assumes(found, rules: RuleFile, project: Project) -> None:
    region = build(found["370121"], rules, "shandong")
    assert (region.base_year, region.kind, region.code) == (2020, "county", "370121")
    residents, beds = figure(region.facts, "residents", 2020), figure(region.facts, "hospital_beds", 2020)
    assert residents is not None
    assert beds is not None
    assert residents.source == "census-2020"
    assert beds.source == ASSUMPTION
    old = sum(found["370121"].ages[2020][13:]) / residents.value
    level = math.exp(1.354 + 0.32 * 0.4 - 1.6 / 50 + 1.1 * old)
    assert beds.value == pytest.approx(residents.value * level / 1000, rel=2e-3)
    assert beds.range == pytest.approx([beds.value * 0.64, beds.value * 1.58], abs=1)
    working = sum(figure(region.facts, f"employed_{s}", 2020).value for s in ("primary", "secondary", "tertiary"))  # type: ignore[union-attr]
    assert working == pytest.approx(0.6 * sum(found["370121"].ages[2020][4:]), rel=1e-3)
    values = derive(region, "x", project.typical, project.estimates, project.model, 2020)
    assert values["initial_population"].value[:4].sum() == pytest.approx(residents.value)


def test_a_county_without_2010_is_like_the_mean_one(tables, save, columns, rules: RuleFile, project: Project) -> None:
    [county, *_], _ = pair([read_table(path, columns) for path in save({2020: tables[2020]})])
    region = build(county, rules, "shandong")
    assert {name: item.value for name, item in region.parameters.items()} == dict.fromkeys(EFFECTS, 1.0)
    assert all(item.source == ASSUMPTION and item.reason for item in region.parameters.values())
    values = derive(region, "x", project.typical, project.estimates, project.model, 2020)
    assert values["county_repulsion"].value == 1
    with pytest.raises(InputError, match="no census of 2010 to start from, only of 2020"):
        derive(region, "x", project.typical, project.estimates, project.model, 2010)


def test_a_county_only_in_2010_starts_there(tables, save, columns, rules: RuleFile, project: Project) -> None:
    [county, *_], _ = pair([read_table(path, columns) for path in save({2010: tables[2010]})])
    region = build(county, rules, "shandong")
    assert (region.base_year, region.parameters) == (2010, {})
    assert derive(region, "x", project.typical, project.estimates, project.model, 2010)["county_repulsion"].value != 1


def test_a_district_without_villages_starts_too(tables, save, columns, rules: RuleFile, project: Project) -> None:
    for year in (2010, 2020):
        tables[year][-1]["urban"] = tables[year][-1]["residents"]
    [county] = [c for c in pair([read_table(p, columns) for p in save(tables)])[0] if c.kind == "district"]
    values = derive(
        build(county, rules, "shandong"), "x", project.typical, project.estimates, project.model, 2020
    )["initial_population"].value  # fmt: skip
    assert values[0].sum() == 0
    assert values[:4].sum() == pytest.approx(county.figures["residents", 2020])


def test_a_region_file_reads_back(found, rules: RuleFile, project: Project, tmp_path: Path) -> None:
    region = build(found["370181"], rules, "shandong").model_copy(update={"id": "nanshan"})
    path = tmp_path / "nanshan.yaml"
    path.write_text(region_yaml(region, "a note"), encoding="utf-8")
    assert load_region(path, "nanshan.yaml", set(project.sources))[0] == region


def test_many_counties_read_back(found) -> None:
    lines = counties_csv(found.values()).splitlines()
    header = lines[0].split(",")
    assert lines[1].split(",")[header.index("floor_area_per_head@2010")] == "m2/person"
    again = [county_of(dict(zip(header, line.split(","), strict=True))) for line in lines[2:]]
    assert again == list(found.values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[0].replace("name,", "nom,", 1), "1:1: columns name are missing"),
        (lambda rows: rows[1].replace("person", "households", 1), "is in 'households'; the import writes person"),
        (lambda rows: rows[3] + ",1", "4: has "),
    ],
)
def test_a_mended_file_of_counties_is_checked(found, tmp_path: Path, change, message: str) -> None:
    rows = counties_csv(found.values()).splitlines()
    mended = change(rows)
    at = next(
        i for i, row in enumerate(rows) if row.split(",")[1:3] == mended.split(",")[1:3] or (i == 0 and "nom" in mended)
    )
    path = tmp_path / "counties.csv"
    path.write_text("\n".join([*rows[:at], mended, *rows[at + 1 :]]), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        counties.read_places(path, "counties.csv")


def test_a_county_given_twice_and_text_among_numbers_are_told(found, project, rules, tmp_path: Path) -> None:
    rows = counties_csv(found.values()).splitlines()
    path = tmp_path / "counties.csv"
    path.write_text("\n".join([*rows, rows[2]]), encoding="utf-8")
    with pytest.raises(InputError, match="stands in line 3 already"):
        counties.read_places(path, "counties.csv")
    path.write_text("\n".join([*rows[:2], rows[2].replace("40,", "forty,", 1)]), encoding="utf-8")
    [place] = counties.read_places(path, "counties.csv")
    with pytest.raises(InputError, match=r"counties\.csv:3: column .* holds 'forty', not a number"):
        counties.region_of(place, rules, project.areas)


@shared
@pytest.mark.parametrize(("code", "name"), [("370522", "lijin"), ("370523", "guangrao")])
def test_the_rules_give_the_regions_that_were_made_by_hand(code, name, columns, rules, project: Project) -> None:
    """All facts that are not published otherwise; the price is a judgement."""
    found, _ = pair([read_table(path, columns) for path in EXTRACTS])
    made = build(next(county for county in found if county.code == code), rules, "dongying")
    own = project.regions[name]
    assert made.age_structure == own.age_structure
    compared = 0
    for fact, entries in own.facts.items():
        for entry in entries:
            again = figure(made.facts, fact, entry.year)
            if again is None:
                continue  # a fact that no census and no rule has, as of a later document
            if fact == "house_price" or entry.source not in {ASSUMPTION, "census-2010", "census-2020"}:
                assert again.range is not None
                assert 0.65 * again.range[0] <= entry.value <= 1.5 * again.range[1], (fact, entry.year)
                continue
            assert again.value == pytest.approx(entry.value, rel=2e-4, abs=1), (fact, entry.year)
            assert (again.unit, again.source) == (entry.unit, entry.source)
            compared += 1
    assert compared >= 36


@shared
@pytest.mark.slow
def test_every_county_of_the_census_starts_or_says_why_not(columns, rules: RuleFile, project: Project) -> None:
    old = read_table(EXTRACTS[1], columns)
    counted, lost = pair([old])
    imported = usable(counted, lost, rules, project, lambda _: None)
    made, refused = imported.regions, imported.rejections
    assert len(made) + len(refused) == len(counted) + len(lost)
    assert len(made) > 2700
    assert len(refused) < 60
    assert all(one.reason for one in refused)


@shared
@pytest.mark.slow
def test_every_third_county_runs_and_counts_nobody_below_zero(
    columns, rules: RuleFile, project: Project, engine: Engine
) -> None:
    """Districts without villages, banners without jobs, towns of ten thousand: every twentieth of these with draws."""
    counted, _ = pair([read_table(path, columns) for path in EXTRACTS])
    made = usable(counted[::3], [], rules, project, lambda _: None).regions
    regions = {region.id: region for _, region in made}
    many = replace(project, regions=regions)
    planned = plan.plan(many, ["baseline"], list(regions), None, None, {})
    clocks, _ = plan.span_of(many, planned)
    members = [one.member for one in plan.members(many, planned, {})]
    sample = draw(project.parameters, project.model, 10, 1)
    for clock in dict.fromkeys(clocks):
        mine = [member for member, own in zip(members, clocks, strict=True) if own == clock]
        drawn = [([member], applied(sample, project.model, member, {})) for member in mine[::20]]
        plain = [(mine[at : at + 100], Draws()) for at in range(0, len(mine), 100)]
        for some, draws in [*plain, *drawn]:
            found = engine.run(project.model, some, ["population"], clock, lambda _: None, draws)
            assert not found.failed
            assert found.values["population"].min() >= 0
