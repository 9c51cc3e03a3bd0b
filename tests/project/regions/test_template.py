"""A template: blanks are told, never taken as zero; filled in, it runs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from urbsim.commands.check import check
from urbsim.commands.run import run
from urbsim.commands.show import show
from urbsim.errors import InputError
from urbsim.experiment.selection import select
from urbsim.project.project import Project
from urbsim.project.regions.initial import derive
from urbsim.project.workspace import Workspace

FILLED = {
    "residents": 494412, "urban_residents": 289269, "household_size": 2.6, "employed_primary": 53225,
    "employed_secondary": 110000, "employed_tertiary": 90000, "moved_same_county": 90000, "from_same_province": 8000,
    "from_other_province": 14000, "registered_population": 610000, "pupils_kindergarten": 13000,
    "pupils_primary": 28000, "pupils_junior": 14000, "pupils_senior": 13000, "hospital_beds": 2300,
    "elderly_beds": 3800, "childcare_places": 890, "built_up_land": 54700, "house_price": 9000,
    "budget_spending": 72, "budget_revenue": 21, "value_added_primary": 24, "value_added_secondary": 136,
    "value_added_tertiary": 152,
}  # fmt: skip
AGES = [3700, 17000, 24000, 23500, 19000, 17000, 24000, 37000, 32000, 31000, 40000, 47000, 45000, 35000, 36000, 27000,
        17000, 11000, 8212]  # fmt: skip


def fill(workspace: Workspace, but: str = "") -> None:
    path = workspace.data / "regions/xx-city.yaml"
    text = path.read_text(encoding="utf-8").replace("groups: null", f"groups: {AGES}")
    for fact, value in FILLED.items():
        if fact != but:
            text = text.replace(f"  {fact}: [{{value: null", f"  {fact}: [{{value: {value}")
    path.write_text(text, encoding="utf-8")


def test_the_template_says_what_is_missing_and_what_for(workspace: Workspace) -> None:
    project = Project.open(workspace)
    assert "xx-city" not in project.ready()
    with pytest.raises(InputError) as error:
        select(project, ["city-plan"], ["xx-city"])
    lines = str(error.value).splitlines()
    assert len(lines) == project.regions["xx-city"].missing == 25
    assert lines[0] == (
        "data/regions/xx-city.yaml: age structure of 2020 is left blank; "
        "add the nineteen census groups; they are needed for population by age"
    )
    assert (
        "data/regions/xx-city.yaml: fact 'budget_spending' of 2020 is left blank; "
        "write its value in yuan/year; it is needed for county budget"
    ) in lines
    assert (
        "data/regions/xx-city.yaml: fact 'residents' of 2020 is left blank; "
        "write its value in person; it is needed for population"
    ) in lines


def test_the_template_is_listed_and_checked_with_its_count(workspace: Workspace) -> None:
    assert "template: 25 facts missing" in CliRunner().invoke(show, ["regions", "--json"]).output
    told = CliRunner().invoke(check, [])
    assert "xx-city: template, 25 facts missing" in told.output


def test_a_command_refuses_the_template(workspace: Workspace) -> None:
    done = CliRunner().invoke(run, ["city-plan", "--region", "xx-city"])
    assert isinstance(done.exception, InputError)
    assert len(done.exception.problems) == 25


def test_one_blank_left_is_named_alone(workspace: Workspace) -> None:
    fill(workspace, but="house_price")
    with pytest.raises(InputError) as error:
        select(Project.open(workspace), ["city-plan"], ["xx-city"])
    assert str(error.value) == (
        "data/regions/xx-city.yaml: fact 'house_price' of 2020 is left blank; "
        "write its value in yuan/squaremeter; it is needed for housing burden"
    )


def test_filled_in_it_runs(workspace: Workspace) -> None:
    fill(workspace)
    project = Project.open(workspace)
    region = project.regions["xx-city"]
    assert "xx-city" in project.ready()
    inputs = derive(region, "xx-city", project.typical, project.estimates, project.model, 2020)
    assert float(inputs["initial_population"].value.sum()) > 494412  # those who are away are added
    assert ("xx-city", "city-plan") in select(project, ["scenarios/city-template"], []).pairs
    arguments = ["city-plan", "--region", "xx-city", "--no-charts", "--quiet", "--out", "filled"]
    done = CliRunner().invoke(run, arguments)
    assert done.exit_code == 0, done.output
    assert "XX City" in done.output


def test_a_blank_is_only_for_templates_and_must_say_so(workspace: Workspace) -> None:
    path = workspace.data / "regions/xx-city.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("kind: template", "kind: city"), encoding="utf-8")
    with pytest.raises(
        InputError,
        match=r"^data/regions/xx-city.yaml:8:7: only a template may leave figures blank: age_structure, .*template$",
    ):
        Project.open(workspace)
    blank = "residents: [{value: null, unit: person, year: 2020, source: user-supplied}]"
    path.write_text(text.replace(blank, blank.replace("user-supplied", "census-2020")), encoding="utf-8")
    with pytest.raises(InputError, match="must be a number, not None"):
        Project.open(workspace)
    path.write_text(text.replace("  residents: [", "  resident: ["), encoding="utf-8")
    with pytest.raises(InputError, match="unknown fact 'resident'; did you mean residents"):
        Project.open(workspace)
    path.write_text(text + "blanks: {residents: [2020]}\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown key 'blanks'; leave a figure blank with value: null"):
        Project.open(workspace)
