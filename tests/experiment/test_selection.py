"""Names, folders and files of scenarios become pairs of region and scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from urbsim.errors import InputError
from urbsim.experiment.plan import members, plan
from urbsim.experiment.selection import select
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace


def names(project: Project, *words: str, regions: tuple[str, ...] = ()) -> list[str]:
    return list(dict.fromkeys(name for _, name in select(project, words, regions).pairs))


def refused(project: Project, *words: str, regions: tuple[str, ...] = ()) -> str:
    with pytest.raises(InputError) as error:
        select(project, words, regions)
    return str(error.value)


@pytest.mark.parametrize("word", ["scenarios/dongying", "scenarios/dongying/", "./scenarios/dongying", "dongying"])
def test_a_folder_runs_with_what_its_scenarios_extend(project: Project, word: str) -> None:
    found = names(project, word)
    assert found[:2] == ["baseline", "dongying-plan"]
    assert set(found[1:]) == {name for name, folder in project.folders.items() if folder == "dongying"}
    chosen = select(project, [word], []).pairs
    assert {region for region, _ in chosen} == {"dongying", "guangrao", "lijin"}
    assert [pair for pair in chosen if pair[1] == "dongying-demonstration"] == [
        ("guangrao", "dongying-demonstration"), ("lijin", "dongying-demonstration"),
    ]  # fmt: skip


def test_a_folder_for_one_region(project: Project) -> None:
    chosen = select(project, ["scenarios/dongying"], ["lijin"]).pairs
    assert {region for region, _ in chosen} == {"lijin"}
    assert "no scenario names jinan" in refused(project, "scenarios/dongying", regions=("jinan",))


def test_a_file_is_the_scenario_in_it(project: Project) -> None:
    assert names(project, "scenarios/dongying/dongying-plan.yaml") == ["dongying-plan"]
    assert names(project, "scenarios/baseline.yaml", regions=("lijin",)) == ["baseline"]


def test_nothing_means_everything_that_can_run(project: Project) -> None:
    chosen = select(project, [], [])
    assert {name for _, name in chosen.pairs} == set(project.scenarios)
    assert {region for region, name in chosen.pairs if name == "baseline"} == set(project.ready())
    assert chosen.left_out == ("xx-city",)
    assert chosen.pairs[0][1] == "baseline"
    assert names(project, "scenarios") == names(project)


def test_all_means_every_region_and_a_named_one_stays_alone(project: Project) -> None:
    assert {region for region, _ in select(project, ["baseline"], []).pairs} == set(project.ready())
    assert select(project, ["baseline"], ["lijin"]).pairs == (("lijin", "baseline"),)


def test_words_that_mean_nothing(workspace: Workspace) -> None:
    (workspace.scenarios / "empty").mkdir()
    Path("notes.txt").write_text("no scenario", encoding="utf-8")
    project = Project.open(workspace)
    place = "a scenario is a .yaml file in"
    assert refused(project, "scenarios/empty") == (
        f"command line: folder scenarios/empty holds no scenario; {place} a folder of scenarios/"
    )
    assert refused(project, "notes.txt") == f"command line: notes.txt is no scenario; {place} scenarios/"
    assert refused(project, "scenarios/dongyin") == (
        "command line: unknown scenario 'scenarios/dongyin'; did you mean dongying?"
    )
    both = refused(project, "baselin", regions=("lijing",))
    assert both.splitlines() == [
        "command line: unknown region 'lijing'; did you mean lijin?",
        "command line: unknown scenario 'baselin'; did you mean baseline?",
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": "extends: [a]"}, "scenarios/a.yaml:7:10: extends goes in a circle: a -> a; take one of them out"),
        ({"b": "extends: [a]", "a": "extends: [b]"}, "scenarios/a.yaml:7:10: extends goes in a circle: a -> b -> a; "),
        (
            {"d": "extends: [a]", "a": "extends: [b]", "b": "extends: [c]", "c": "extends: [a]"},
            "scenarios/a.yaml:7:10: extends goes in a circle: a -> b -> c -> a; take one of them out of extends",
        ),
        (
            {
                "a": "levers: {land_supply: 2, grants: 0}",
                "b": "levers: {land_supply: {2023: 1.5}, grants: 1}",
                "c": "extends: [a, b]",
                "d": "extends: [c]",
            },
            "scenarios/c.yaml:7:10: grants is set differently by a (0) and b (1); set grants in c itself\n"
            "scenarios/c.yaml:7:10: land_supply is set differently by a (2) and b (2023: 1.5); set land_supply in c itself",
        ),
        (
            {"a": "evaluation: {grants: 1}", "b": "evaluation: {grants: 2}", "c": "extends: [a, b]\nevaluation: {}"},
            "scenarios/c.yaml:8:13: evaluation.grants is set differently by a and b; say it in the scenario itself",
        ),
        ({"a": "levers: {land_supply: 2, land_supply: 1}"}, "key 'land_supply' is given twice, in line"),
        ({"a": "levers: {land_supply: {2023: 2, 2023: 1}}"}, "key '2023' is given twice, in line"),
        ({"sub/baseline": ""}, "scenarios/baseline.yaml is called 'baseline' too; names are unique over all folders"),
    ],
)
def test_chains_that_cannot_be_followed(workspace: Workspace, files: dict[str, str], message: str) -> None:
    for name, more in files.items():
        path = workspace.scenarios / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        head = f"name: {path.stem}\ntitle: {{en: A, zh: 甲}}\nquestion: {{en: What?, zh: 什么？}}\nreferences: []\n"
        path.write_text(f"{head}regions: [toytown]\nhorizon: 2035\n{more}\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        Project.open(workspace)
    assert message in str(error.value)
    assert "circle" not in message or "\n" not in str(error.value), "a circle is told once"


def test_the_order_of_years_changes_nothing(workspace: Workspace) -> None:
    path = workspace.scenarios / "land-up.yaml"
    text = path.read_text(encoding="utf-8")
    found = []
    for years in ("{2023: 1.5, 2030: 2}", "{2030: 2, 2023: 1.5}"):
        path.write_text(text.replace("land_supply: {2023: 1.5}", f"land_supply: {years}"), encoding="utf-8")
        project = Project.open(workspace)
        [one] = members(project, plan(project, ["land-up"], ["lijin"], None, None, {}), {})
        found.append(one.member.series["land_supply_factor"])
    assert found[0] == found[1]
    assert [value for _, value in found[0]][-1] == 2


def test_a_scenario_names_regions_or_all(workspace: Workspace) -> None:
    path = workspace.scenarios / "baseline.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("regions: [all]", "regions: []"), encoding="utf-8")
    with pytest.raises(InputError, match=r"names no region; name regions, or \[all\] for every one"):
        Project.open(workspace)
    path.write_text(text.replace("regions: [all]", "regions: [all, lijin]"), encoding="utf-8")
    with pytest.raises(InputError, match="unknown region 'all'"):
        Project.open(workspace)
