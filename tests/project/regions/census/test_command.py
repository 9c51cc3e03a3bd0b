"""``urbsim regions`` and regions by code or Chinese name, in a folder of one's own."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from urbsim.project.project import Project
from urbsim.project.workspace import Workspace


@pytest.fixture
def files(workspace: Workspace, tables, save, tmp_path: Path) -> list[Path]:
    (tmp_path / "tables").mkdir()
    return save(tables, tmp_path / "tables")


def regions(workspace: Workspace) -> list[str]:
    return sorted(path.name for path in (workspace.data / "regions").iterdir())


@pytest.mark.parametrize("word", ["370121", "东山县", "东山", "east-hill", "East Hill County"])
def test_a_county_becomes_a_file_and_runs_by_any_of_its_names(workspace, files, call, word: str) -> None:
    names = ("--name", "东山县", "--id", "east-hill", "--english", "East Hill County")
    code, out, err = call("regions", "import", *files, *names)
    assert (code, err) == (0, "")
    assert "east-hill.yaml: 东山县 (370121), " in out
    assert "east-hill.yaml" in regions(workspace)
    code, out, _ = call("run", "baseline", "--region", word, "--no-charts")
    assert code == 0
    assert "East Hill County · 2035" in out


def test_all_counties_go_into_one_file_and_run_by_code_or_name(workspace: Workspace, files, call) -> None:
    code, out, _ = call("regions", "import", *files, "--all")
    assert code == 0
    assert "counties.csv: 4 counties, 4 start in 2020" in out
    assert [name for name in regions(workspace) if name.endswith(".csv")] == ["counties.csv"]
    code, out, _ = call("run", "baseline", "--region", "370122", "--region", "南山", "--no-charts", "--lang", "zh")
    assert code == 0
    assert "西山县 · 2035" in out
    assert "南山市 · 2035" in out
    manifest = json.loads(next(workspace.outputs.glob("*/manifest.json")).read_text(encoding="utf-8"))
    assert {"data/regions/counties.csv", "data/estimates/rules.yaml"} <= set(manifest["files"])
    code, out, _ = call("list", "regions")
    assert "4 imported counties in counties.csv, listed with --province" in out
    code, out, _ = call("list", "regions", "--province", "山东", "--json")
    assert "370181" in [row["id"] for row in json.loads(out)]
    code, out, err = call("check")
    assert (code, err) == (0, "")
    assert "4 imported counties" in out


def test_an_imported_county_is_a_region_by_id_and_stays_out_of_the_list(workspace: Workspace, files, call) -> None:
    call("regions", "import", *files, "--all")
    project = Project.open(workspace)
    assert "370122" in project.regions
    assert project.regions["370122"].name.zh == "西山县"
    assert project.regions["370122"] is project.regions["370122"]
    assert project.find_regions(["西山", "370181"]) == ["370122", "370181"]
    assert project.place("370122").zh == "西山县"
    assert "370122" not in [*project.regions]
    assert "data/regions/counties.csv" in project.files_of(["370122"])
    assert "data/regions/counties.csv" not in project.files_of(["toytown"])


def test_all_imported_counties_run_in_one_command(workspace: Workspace, files, call) -> None:
    call("regions", "import", *files, "--all")
    path = workspace.data / "regions" / "toytown.yaml"
    text = path.read_text(encoding="utf-8").replace("kind: county", 'kind: county\ncode: "370122"')
    path.write_text(text, encoding="utf-8")
    code, _, err = call("run", "baseline", "--imported", "--horizon", 2025, "--no-charts", "--out", "every")
    assert (code, err) == (0, "")
    manifest = json.loads((workspace.outputs / "every" / "manifest.json").read_text(encoding="utf-8"))
    assert [member["region"] for member in manifest["members"]] == ["370102", "370121", "toytown", "370181"]
    code, out, _ = call("targets", "every", "--region", "南山市")
    assert code == 0
    assert "南山市\nBaseline: " in out
    assert out.count(" rows: ") == 1, "only the document that speaks of every region"
    code, out, _ = call("compare", "every", "--region", "南山市", "--region", "370181", "--json")
    assert {row["region"] for row in json.loads(out)["rows"]} == {"370181"}
    words = ("run", "baseline", "--region", "lijin", "--province", "山东", "--horizon", 2025, "--no-charts", "--json")
    code, out, _ = call(*words)
    assert code == 0
    assert list(dict.fromkeys(row["region"] for row in json.loads(out)["rows"])) == [
        "lijin", "370102", "370121", "toytown", "370181",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--imported"], "no county was imported; `urbsim regions import FILE --all`"),
        (["--province", "hebei"], "no county of hebei was imported; `urbsim regions import FILE --all`"),
        (["--province", "shandon"], "no province is called 'shandon'; did you mean shandong?"),
        (["--imported", "--province", "hebei"], "--imported is every province already; leave --province out"),
    ],
)
def test_counties_that_are_not_there_are_told(workspace: Workspace, call, words: list[str], message: str) -> None:
    code, _, err = call("run", "baseline", *words)
    assert code == 2
    assert message in err


def test_a_scenario_may_name_an_imported_county(workspace: Workspace, files, call) -> None:
    call("regions", "import", *files, "--province", "37")
    path = workspace.scenarios / "baseline.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("regions: [")
    path.write_text(text[:start] + 'regions: ["370121"]\n' + text[text.index("\n", start) + 1 :], encoding="utf-8")
    code, out, _ = call("run", "baseline", "--no-charts")
    assert code == 0
    assert "东山县 · 2035" in out


def test_a_region_that_no_scenario_names_runs_those_for_all(workspace: Workspace, files, call) -> None:
    call("regions", "import", *files, "--all")
    code, _, err = call("run", "scenarios/dongying", "--region", "东山县")
    assert code == 2
    assert "no scenario names 370121; say which to run" in err
    code, out, _ = call("run", "--region", "东山县", "--no-charts", "--out", "one")
    assert code == 0
    assert "东山县 · 2035" in out
    assert "Baseline" in out


def test_show_tells_census_assumption_and_typical_apart(workspace: Workspace, files, call) -> None:
    call("regions", "import", *files, "--all")
    code, out, _ = call("regions", "show", "东山县", "--json")
    facts = {(row["fact"], row["year"]): row for row in json.loads(out)["facts"]}
    assert code == 0
    assert not facts["residents", 2020]["assumed"]
    assert facts["pupils_primary", 2020]["assumed"]
    assert facts["pupils_primary", 2020]["range"]
    assert facts["housing_vacancy", 2020]["typical"]
    code, out, _ = call("regions", "show", "370121")
    assert "hospital_beds 2020: Beds of health institutions by what a county is like" in out


def test_names_that_mean_none_or_several_are_refused_with_the_list(
    workspace: Workspace, files, tables, save, call
) -> None:
    for year in (2010, 2020):
        tables[year][-1]["county" if year == 2020 else "name"] = "东山区"
    files = save(tables, files[0].parent)
    for words, message in [
        (("--name", "东山"), "'东山' means 2 counties: 370102 山东省东山区, 370121 山东省东山县; give the code"),
        (("--name", "东川县"), "no county is called '东川县'; did you mean 370121 (山东省东山县)?"),
        (("--code", "999999"), "no county is called '999999'; the tables hold 4 counties, by Chinese name and code"),
        (("--code", "370199", "--name", "火星县"), "2 problems"),
        (("--province", "火星"), "no province is called '火星'"),
        (("--province", "湖"), "province '湖' means hubei, hunan"),
        ((), "which counties?; give --code, --name, --province or --all"),
        (("--all", "--code", "370121"), "--all is every county already"),
        (("--code", "370121", "--code", "370122", "--id", "x"), "--id and --english are for one county"),
        (("--code", "370121", "--id", "../x"), "must be ASCII letters"),
        (("--code", "370121", "--out", "x.csv"), "a few counties become YAML files"),
    ]:
        code, _, err = call("regions", "import", *files, *words)
        assert code == 2
        assert message in err
    assert not [name for name in regions(workspace) if name.startswith("37")]
    call("regions", "import", *files, "--all")
    code, _, err = call("run", "baseline", "--region", "东山", "--region", "东川县")
    assert code == 2
    assert "region '东山' means 2: 370102 (山东省东山区), 370121 (山东省东山县); give the code" in err
    assert "unknown region '东川县'; did you mean 370121 (山东省东山县)" in err


def test_a_county_with_a_fault_is_refused_alone_and_listed_among_many(
    workspace: Workspace, files, tables, save, call
) -> None:
    tables[2020][2]["age_20_24"] = 1
    files = save(tables, files[0].parent)
    code, _, err = call("regions", "import", *files, "--code", "370121")
    assert code == 2
    assert "东山县 (370121): age groups of 2020 add up to 279001, residents are 300000" in err
    code, out, _ = call("regions", "import", *files, "--all", "--json")
    assert code == 0
    assert [one["code"] for one in json.loads(out)["refused"]] == ["370121"]
    assert len(json.loads(out)["regions"]) == 3


def test_existing_files_stay_unless_told_otherwise(workspace: Workspace, files, call) -> None:
    call("regions", "import", *files, "--code", "370121")
    place = workspace.data / "regions" / "370121.yaml"
    fresh = place.read_text(encoding="utf-8")
    place.write_text(fresh + "# mine\n", encoding="utf-8")
    code, _, err = call("regions", "import", *files, "--code", "370121", "--code", "370122")
    assert code == 2
    assert "370121.yaml exists already; add --overwrite" in err
    assert place.read_text(encoding="utf-8").endswith("# mine\n")
    assert "370122.yaml" not in regions(workspace)
    assert call("regions", "import", *files, "--code", "370121", "--overwrite")[0] == 0
    assert place.read_text(encoding="utf-8") == fresh


def test_the_same_counties_in_a_second_file_are_refused(workspace: Workspace, files, call) -> None:
    call("regions", "import", *files, "--all")
    code, _, err = call("regions", "import", *files, "--province", "山东省")
    assert code == 2
    assert "counties.csv holds 4 of these counties already" in err
    (workspace.data / "regions" / "again.csv").write_bytes((workspace.data / "regions" / "counties.csv").read_bytes())
    code, _, err = call("run", "baseline", "--region", "370121")
    assert code == 2
    assert "stands in data/regions/again.csv too; delete one of the two files" in err


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "free some space"), (errno.EACCES, "check the rights")])
def test_a_full_disk_leaves_nothing_behind(workspace, files, call, monkeypatch, number: int, words: str) -> None:
    before = regions(workspace)
    whole = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "370122" in path.name:  # the second of two
            raise OSError(number, "No space left on device")
        return whole(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    code, _, err = call("regions", "import", *files, "--code", "370121", "--code", "370122")
    assert code == 2
    assert "nothing was left behind" in err
    assert words in err
    assert regions(workspace) == before


def test_faults_of_all_files_are_told_at_once(workspace: Workspace, files, tables, save, call) -> None:
    tables[2020][2]["age_0"] = "x"
    tables[2010][3]["birth_rate"] = "y"
    files = save(tables, files[0].parent)
    code, _, err = call("regions", "import", *files, "--all")
    assert code == 2
    assert "invented_2020.csv:4:" in err
    assert "invented_2010.csv:5:" in err
    assert "2 problems" in err
    code, _, err = call("regions", "import", files[0], files[0], "--all")
    assert code == 2


def test_a_folder_without_data_is_not_written_to(tmp_path: Path, tables, save, call, monkeypatch) -> None:
    files = save(tables)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    code, _, err = call("regions", "import", *files, "--all")
    assert code == 2
    assert "make a workspace with `urbsim init DIR`" in err
    assert call("regions", "import", *files, "--all", "--out", "here")[0] == 0
    assert (tmp_path / "empty" / "here" / "counties.csv").exists()


def test_a_run_of_a_region_file_does_not_open_the_many(workspace: Workspace, files, call, monkeypatch) -> None:
    call("regions", "import", *files, "--all")
    monkeypatch.setattr("urbsim.project.regions.counties.read_places", None)  # would fail if called
    assert call("run", "baseline", "--region", "toytown", "--no-charts")[0] == 0
