"""One wrong input of each kind: file, line, column, rule, value, what to do; all problems of a file at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Call
from urbsim.errors import InputError
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace

GOOD = """name: plan
title: {en: Plan, zh: 计划}
question: {en: What if?, zh: 会怎样？}
references: []
regions: [toytown]
horizon: 2035
levers:
  land_supply: {2023: 1.5}
"""


def problems(workspace: Workspace) -> list[str]:
    with pytest.raises(InputError) as error:
        Project.open(workspace)
    return str(error.value).splitlines()


def scenario(workspace: Workspace, text: str) -> list[str]:
    (workspace.scenarios / "plan.yaml").write_text(text, encoding="utf-8")
    return problems(workspace)


def region(workspace: Workspace, old: str, new: str) -> list[str]:
    path = workspace.data / "regions/toytown.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return problems(workspace)


def test_the_good_file_is_good(workspace: Workspace) -> None:
    (workspace.scenarios / "plan.yaml").write_text(GOOD, encoding="utf-8")
    assert "plan" in Project.open(workspace).scenarios


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("horizon:", "horizont:", "plan.yaml:6:1: unknown key 'horizont'; did you mean horizon?"),
        (
            "regions:",
            "horizon: 2030\nregions:",
            "plan.yaml:7:1: key 'horizon' is given twice, in line 5 too; keep one of them",
        ),
        ("land_supply:", "land_suply:", "plan.yaml:8:3: unknown lever 'land_suply'; did you mean land_supply?"),
        ("[toytown]", "[toytwon]", "plan.yaml:5:11: unknown region 'toytwon'; did you mean toytown?"),
        ("1.5", "7", "plan.yaml:8:23: land_supply must lie from 0 to 3 dmnl, not 7"),
        ("1.5", ".nan", "plan.yaml:8:23: land_supply must be a finite number, not nan"),
        (
            "1.5",
            "much",
            "plan.yaml:8:16: levers.land_supply must be a number or a table of year: number, not {2023: 'much'}",
        ),
        (
            "2023",
            "2015",
            "plan.yaml:8:17: land_supply is set for 2015, outside the years 2021 to 2035 of the run; the base year is as observed",
        ),
        ("horizon: 2035", "horizon: 2019", "plan.yaml:6:10: horizon 2019 is not after the base year 2020"),
        (
            "horizon: 2035",
            "horizon: 2035\ntarget_years: [2019]",
            "plan.yaml:7:16: target year 2019 is not after the base year 2020",
        ),
        ("horizon: 2035", "horizon: soon", "plan.yaml:6:10: horizon must be a whole number, not 'soon'"),
        ("name: plan", "name: plot", "plan.yaml:1:7: name 'plot' is not the name of the file; call it plan"),
        (
            "references: []",
            "references: [{document: nowhere, clause: (1)}]",
            "plan.yaml:4:25: unknown document 'nowhere'",
        ),
        (
            "references: []",
            "extends: [basline]\nreferences: []",
            "plan.yaml:4:11: extends an unknown scenario 'basline'; did you mean baseline?",
        ),
        ("title: {en: Plan, zh: 计划}", "title: {en: Plan}", "plan.yaml:2:8: 'zh' is missing"),
        (
            "regions: [toytown]",
            "regions: toytown",
            "plan.yaml:5:10: regions must be a list, as [toytown], not 'toytown'",
        ),
        ("{2023: 1.5}", "{}", "plan.yaml:8:16: levers.land_supply must be a number or a table of year: number, not {}"),
        (
            "{2023: 1.5}",
            "{2022.5: 1.5}",
            "plan.yaml:8:16: levers.land_supply must be a number or a table of year: number, not {2022.5: 1.5}",
        ),
        ("levers:", "levers:\n\t", "plan.yaml:8:1: is not valid YAML"),
    ],
)
def test_scenarios(workspace: Workspace, old: str, new: str, message: str) -> None:
    found = scenario(workspace, GOOD.replace(old, new, 1))
    assert any(line.startswith(f"scenarios/{message}") for line in found), found


def test_a_scenario_that_cannot_be_read_is_told_once(workspace: Workspace) -> None:
    (workspace.scenarios / "more.yaml").write_text(GOOD.replace("name: plan", "name: more\nextends: [plan]"), "utf-8")
    found = scenario(workspace, GOOD.replace("horizon", "horizont"))
    assert {line.split(":")[0] for line in found} == {"scenarios/plan.yaml"}, "not also what extends it"


EVALUATION = (
    GOOD
    + """evaluation:
  zones: [toytown, lijin]
  first_year: 2023
  score: {residents: 1}
  grants: 100
  reward: {zones: 1, share: 0.5}
  exit: {lowest: 1}
"""
)


def test_a_good_evaluation_is_good(workspace: Workspace) -> None:
    (workspace.scenarios / "plan.yaml").write_text(EVALUATION, encoding="utf-8")
    assert Project.open(workspace).scenarios["plan"].evaluation is not None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lijin]", "lijing]", "plan.yaml:10:20: unknown region 'lijing'; did you mean lijin?"),
        ("lijin]", "toytown]", "plan.yaml:10:20: zone 'toytown' is named twice; keep one of them"),
        ("[toytown, lijin]", "[lijin]", "plan.yaml:10:10: an evaluation needs two zones or more to rank"),
        ("first_year: 2023", "first_year: 2035", "plan.yaml:11:15: first_year 2035 must lie from 2021 to 2034"),
        ("residents: 1", "residence: 1", "plan.yaml:12:11: unknown indicator 'residence'; did you mean residents?"),
        (
            "residents: 1",
            "residents: .inf",
            "plan.yaml:12:22: evaluation.score.residents must be a finite number, not inf",
        ),
        ("grants: 100", "grants: 9000", "plan.yaml:13:11: grants must lie from 0 to 3000 yuan/(person*year), not 9000"),
        ("share: 0.5", "share: 50", "plan.yaml:14:29: evaluation.reward.share must lie from 0 to 1, not 50"),
        ("zones: 1", "zones: 0", "plan.yaml:14:19: evaluation.reward.zones must be 1 or more, not 0"),
        ("lowest: 1", "lowest: 1, below: 0.9", "plan.yaml:15:9: evaluation.exit needs one of lowest"),
        ("lowest: 1", "lowest: 1, freed: burnt", "plan.yaml:15:28: evaluation.exit.freed must be 'others' or 'saved'"),
        ("score: {residents: 1}", "score: {}", "plan.yaml:12:10: score names no indicator; leave it out for the score"),
        ("zones: 1, share: 0.5", "zones: 1", "plan.yaml:14:11: 'share' is missing"),
        ("zones: [toytown, lijin]", "zones: lijin", "plan.yaml:10:10: evaluation.zones must be a list, as [lijin]"),
        (EVALUATION[EVALUATION.index("  zones:") :], "  {}", "plan.yaml:10:3: an evaluation needs two zones or more"),
        ("grants:", "strength: might\n  grants:", "plan.yaml:13:13: unknown indicator 'might'"),
        ("grants:", "grant:", "plan.yaml:13:3: unknown key 'grant'; did you mean grants?"),
    ],
)
def test_evaluations(workspace: Workspace, old: str, new: str, message: str) -> None:
    found = scenario(workspace, EVALUATION.replace(old, new, 1))
    assert any(line.startswith(f"scenarios/{message}") for line in found), found


def test_all_problems_of_all_files_come_at_once(workspace: Workspace) -> None:
    text = GOOD.replace("land_supply", "land_suply").replace("[toytown]", "[toytown, nowhere]").replace("2035", "2019")
    (workspace.scenarios / "other.yaml").write_text("name: other\n", encoding="utf-8")
    found = scenario(workspace, text)
    assert len([line for line in found if line.startswith("scenarios/plan.yaml")]) == 3
    assert len([line for line in found if line.startswith("scenarios/other.yaml")]) == 5, "five keys are missing"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "unit: person/household",
            "unit: yuan",
            "household_size: unit 'yuan' cannot be converted to 'person/dwelling'; give it in person/dwelling",
        ),
        ("unit: person/household", "unit: parsons", "household_size: unit 'parsons' is not known"),
        (
            "unit: person/household",
            "unit: __import__('os')",
            "household_size: unit \"__import__('os')\" cannot be read",
        ),
        ("value: 2.7", "value: .nan", "facts.household_size.0.value must be a finite number, not nan"),
        ("value: 2.7", "value: 0.2", "household_size must be at least 1 person/dwelling, not 0.2"),
        (
            "value: 100000, unit: person, year: 2020, source: census-2020",
            "value: 100000, unit: person, year: 2020",
            "'source' is missing",
        ),
        (
            "source: census-2020}\n    - {value: 100800",
            "source: census-2021}\n    - {value: 100800",
            "source 'census-2021' is not in data/sources.yaml; did you mean census-2010 or census-2020?",
        ),
        (
            "range: [4000, 6000], reason: invented",
            "range: [4000, 6000]",
            "facts.house_price.0 an assumption needs a reason and a range",
        ),
        (
            "range: [4000, 6000]",
            "range: [5500, 6000]",
            "facts.house_price.0 value 5000 lies outside its range 5500 to 6000",
        ),
        ("household_size:", "houshold_size:", "unknown fact 'houshold_size'; did you mean household_size?"),
        (
            "groups: [900,",
            "groups: [9000,",
            "age groups add up to 108100, residents of 2020 are 100000; check the nineteen groups",
        ),
        ("groups: [900, 4000,", "groups: [4900,", "age_structure.0.groups must have 19 or more items, not 18"),
        ("groups: [900,", "groups: [-900,", "age_structure.0.groups.0 must be 0 or more, not -900"),
        ("parent: china", "parent: mars", "parent 'mars' is neither a region nor in data/areas.yaml"),
        ("value: 100000,", "value: 0,", "residents must be at least 1 person, not 0"),
        ("value: 100000,", 'value: "100000",', "facts.residents.0.value must be a number, not '100000'"),
        ("value: 100000,", "value: 100,000,", "facts.residents.0.0 is no key; a comma ends a value: write 12345"),
        (
            "unit: 万人",
            "unit: 百万人",
            "urban_residents: unit '百万人' is not known; give it in person",
        ),
        (
            "value: 5.2, unit: 万人",
            "value: 15.2, unit: 万人",
            "residents of 2020 (100000) are fewer than urban_residents (152000); they are parts of the residents",
        ),
        (
            "from_same_province:\n    - {value: ",
            "from_same_province:\n    - {value: 9",
            "residents of 2020 (100000) are fewer than moved_same_county (",
        ),
        (
            "employed_primary:\n    - {value: ",
            "employed_primary:\n    - {value: 9",
            "residents aged 15 and over; check employed_primary, employed_secondary, employed_tertiary",
        ),
        ("value: 11, unit: per_mille/year", "value: 11, unit: 1/year", "birth_rate must lie from 0.0001 to 0.1 1/year"),
        ("year: 2020, unit: person", "year: 2020, unit: 万人", "unit '万人' is not person; give persons"),
        ("kind: county", "kind: county\nlevers: {land_supply: 9}", "land_supply must lie from 0 to 3 dmnl, not 9"),
        (
            "kind: county",
            "kind: county\nlevers: {land_suply: 1}",
            "unknown lever 'land_suply'; did you mean land_supply?",
        ),
        (
            "kind: county",
            "kind: county\nparameters: {county repulsoin: {value: 1, source: census-2020}}",
            "the model has no constant 'county repulsoin'; did you mean county repulsion?",
        ),
        ("id: toytown", "id: toytwon", "id 'toytwon' is not the name of the file; call it toytown"),
        (
            "kind: county",
            "kind: village",
            "kind must be 'county', 'district', 'city', 'region', 'zone' or 'template', not 'village'",
        ),
    ],
)
def test_regions(workspace: Workspace, old: str, new: str, message: str) -> None:
    found = region(workspace, old, new)
    assert any(line.startswith("data/regions/toytown.yaml:") and message in line for line in found), found
    assert all(":0:" not in line for line in found)


@pytest.mark.parametrize("name", ["guangrao", "dongying"])  # one that bands name, one that is a parent too
def test_a_broken_region_is_told_once_and_not_by_the_files_that_name_it(
    name: str, workspace: Workspace, call: Call
) -> None:
    path = workspace.data / f"regions/{name}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("\n  residents:", "\n  residentz:"), encoding="utf-8")
    code, _, err = call("check")
    assert code == 2
    [line] = [line for line in err.splitlines() if line[:6] in {"data/r", "models", "scenar"}]
    assert line.startswith(f"data/regions/{name}.yaml:"), line
    assert "did you mean residents?" in line


def test_facts_that_are_missing_are_told_with_their_purpose_at_once(workspace: Workspace, call) -> None:
    path = workspace.data / "regions/toytown.yaml"
    text = path.read_text(encoding="utf-8")
    for fact in ("house_price", "hospital_beds"):
        text, found = re.subn(rf"  {fact}:\n(    .*\n)+", "", text)
        assert found == 1
    path.write_text(text, encoding="utf-8")
    code, _, err = call("run", "baseline", "--region", "toytown")
    assert code == 2
    assert err.splitlines() == [
        "data/regions/toytown.yaml: fact 'hospital_beds' of 2020 is missing; add a fact in place; it is needed for "
        "health service; `urbsim regions import` estimates it (data/estimates/rules.yaml)",
        "data/regions/toytown.yaml: fact 'house_price' of 2020 is missing; add a fact in yuan/squaremeter; it is needed "
        "for housing burden; `urbsim regions import` estimates it (data/estimates/rules.yaml)",
        "2 problems",
    ]


def test_a_year_without_a_census_is_one_problem(workspace: Workspace, call) -> None:
    path = workspace.data / "regions/toytown.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("base_year: 2020", "base_year: 2015"), encoding="utf-8")
    told = (
        "data/regions/toytown.yaml: there is no census of 2015 to start from, only of 2010 and 2020; take one of them"
    )
    for words in (("check",), ("run", "baseline", "--region", "toytown")):
        code, _, err = call(*words)
        assert (code, err.startswith(told), err.count("\n")) == (2, True, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("year,births\n1949,many\n", "births.csv:2:1: '1949,many' does not give a year and a number of births"),
        ("year,births\n", "births.csv:1:1: holds no births"),
        ("years,births\n1949,1\n", "births.csv:1:1: columns year are missing"),
        ('year,births\n1949,"1\n', "births.csv:2: is not valid CSV: unexpected end of data; check the quotation marks"),
    ],
)
def test_births(workspace: Workspace, text: str, message: str) -> None:
    (workspace.data / "estimates/births.csv").write_text(text, encoding="utf-8")
    assert problems(workspace)[0].startswith(f"data/estimates/{message}")


def test_the_place_of_a_problem_is_exact(workspace: Workspace) -> None:
    [line] = region(workspace, "value: 2.7", "value: two")
    text = (workspace.data / "regions/toytown.yaml").read_text(encoding="utf-8").splitlines()
    number = next(i for i, t in enumerate(text, start=1) if "value: two" in t)
    column = text[number - 1].index("two") + 1
    assert (
        line == f"data/regions/toytown.yaml:{number}:{column}: facts.household_size.0.value must be a number, not 'two'"
    )


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe\x00bad"])
def test_empty_and_unreadable_files(workspace: Workspace, content: bytes) -> None:
    (workspace.data / "regions/toytown.yaml").write_bytes(content)
    [line] = problems(workspace)
    assert line.startswith("data/regions/toytown.yaml")
    assert "truncated" in line or "UTF-8" in line


def test_a_missing_file_is_named(workspace: Workspace) -> None:
    (workspace.models / "levers.yaml").unlink()
    assert problems(workspace)[0].startswith("models/levers.yaml: cannot be read: No such file")


def test_a_truncated_model_is_named(workspace: Workspace) -> None:
    text = workspace.model.read_text(encoding="utf-8")
    workspace.model.write_text(text[: len(text) // 2], encoding="utf-8")
    assert any("the file is cut short" in line for line in problems(workspace))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("levers.yaml", "variable: training rate", "variable: training rat", "no scalar constant of the model answers to lever variable 'training rat'; did you mean training rate?"),
        ("levers.yaml", "bounds: [0.1, 10]", "bounds: [5, 10]", "baseline 0.5 lies outside 5 to 10"),
        ("levers.yaml", "unit: 1/year", "unit: person", "unit 'person' cannot be converted to '1/Year'; the variable"),
        ("levers.yaml", "    cost: measure cost[newcomers]\n", "", "'cost' is missing"),
        ("levers.yaml", "cost: measure cost[newcomers]", "cost: none", "cost 'none' is neither a flow of money nor a reason; name a variable of the model in Yuan/Year, or write 'none because ' and the reason"),
        ("levers.yaml", "cost: measure cost[newcomers]", "cost: premium to village", "cost 'premium to village' names no variable of the model; did you mean premium to villages?"),
        ("levers.yaml", "cost: measure cost[newcomers]", "cost: town residents", "cost 'town residents' is in Person, not Yuan/Year; name a variable"),
        ("levers.yaml", "cost: measure cost[newcomers]", "cost: measure cost", "cost 'measure cost' is for each of several things; write measure cost[ELEMENT] with one of courses, "),
        ("levers.yaml", "cost: measure cost[newcomers]", "cost: land costs[schools]", "cost 'land costs' has no elements; write land costs"),
        ("parameters.yaml", "  separation rate: {range: [0.1, 0.35]", "  separation rate: {range: [0.2, 0.35]", "value 0.18 of 'separation rate' lies outside its range 0.2 to 0.35"),
        ("parameters.yaml", "  separation rate:", "  separation rat:", "the model has no uncertain constant 'separation rat'; did you mean separation rate?"),
        ("urbsim.mdl", "Normal end of jobs. [assumption]", "Normal end of jobs.", "constant 'separation rate' names no known source"),
        ("urbsim.mdl", "Normal end of jobs. [assumption]", "Normal end of jobs. [census-2020]", "the model gives [census-2020] as source of 'separation rate'"),
    ],
)  # fmt: skip
def test_models(workspace: Workspace, file: str, old: str, new: str, message: str) -> None:
    path: Path = workspace.models / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(message in line for line in problems(workspace)), problems(workspace)
