"""The reference belongs to one model: a file that is missing, of other equations or incomplete is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from urbsim.engine.export import patch
from urbsim.errors import InputError
from urbsim.experiment import plan
from urbsim.files import read_yaml, validate
from urbsim.language.vensim.reader import read
from urbsim.project.project import Project
from urbsim.project.reference import MEAN_COUNTY, Reference, ReferenceFile, load_reference, reference_names, to_yaml
from urbsim.project.workspace import Workspace

Call = Callable[..., tuple[int, str, str]]
MODEL = "elsewhere = 1~Dmnl~REFERENCE: of the mean county.|here = elsewhere*2~Dmnl~Here.|"
FILE = """\
region: mean-county
model: {digest}
constants:
  exits: {{value: 0.9, prior: 1, prior_sd_log: 0.2}}
  normal outside arrivals: {{value: 5000, prior: 2500, prior_sd_log: 0.6}}
fit: {{}}
seam: {{replay: -0.6, states: -0.6, projection: -0.6}}
paths:
  2010:
    arrivals: 2
    years: [2010, 2011, 2012]
    values:
      elsewhere: [1, 1.1, 1.3]
"""


def stored(folder: Path, change: Callable[[str], str] = str) -> Reference:
    model = read(MODEL, "m.mdl")
    path = folder / "reference.yaml"
    path.write_text(change(FILE.format(digest=model.equations_digest)), encoding="utf-8")
    return load_reference(path, "data/reference.yaml", model)


def refused(folder: Path, old: str, new: str) -> str:
    with pytest.raises(InputError) as caught:
        stored(folder, lambda text: text.replace(old, new))
    return str(caught.value)


def test_a_path_starts_at_one_in_the_base_year_of_the_run(tmp_path: Path) -> None:
    reference = stored(tmp_path)
    assert reference.since(2010) == {"elsewhere": ((2010.0, 1.0), (2011.0, 1.1), (2012.0, 1.3))}
    assert reference.since(2011) == {"elsewhere": ((2011.0, 1.0), (2012.0, 1.3 / 1.1))}
    assert reference.since(2030) == {"elsewhere": ((2030.0, 1.0),)}


def test_a_region_without_a_fit_takes_that_of_the_mean_county(tmp_path: Path) -> None:
    calibration = stored(tmp_path).calibration(2015)
    assert calibration.origin == "mean county"
    values = calibration.constants(2015, {"normal_outside_arrivals": np.array(30.0)})
    assert values == {"exits": 0.9, "normal_outside_arrivals": 60}


def test_a_fit_of_its_own_goes_before_that_of_the_mean_county(project: Project) -> None:
    planned = plan.plan(project, ["baseline"], ["lijin"], 2020, 2035, {})
    own = project.calibrations(["lijin"])
    [bare], [fitted] = plan.members(project, planned, {}), plan.members(project, planned, own)
    name = "exit_adjustment_of_others"
    assert bare.origins[name] == "mean county"
    assert bare.member.constants[name] == project.reference.calibration(2020).values[name]
    assert fitted.member.constants[name] == own["lijin"].values[name]


def test_a_run_before_the_first_base_year_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the reference county starts in 2010, after the base year 2009"):
        stored(tmp_path).since(2009)


def test_paths_of_other_equations_are_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "model: ", "model: 0")
    assert said == (
        "data/reference.yaml:2:8: the reference county was run with other equations; run `urbsim reference`"
    )


def test_what_a_path_lacks_is_told(tmp_path: Path) -> None:
    end = "; run `urbsim reference`"
    assert refused(tmp_path, "1.1, 1.3", "1.1").endswith(f"elsewhere has 2 values for 3 years{end}")
    assert refused(tmp_path, "years: [2010", "years: [2009").endswith(
        f"years of 2010 must begin with it and go on in order{end}"
    )
    said = refused(tmp_path, "elsewhere:", "nowhere:").splitlines()
    assert [line.split(": ", 1)[1] for line in said] == [
        f"'elsewhere' is missing{end}",
        f"'nowhere' is no reference of the model{end}",
    ]
    assert "must be" in refused(tmp_path, "1.1", "0") or "greater than" in refused(tmp_path, "1.1", "0")


def test_a_model_without_such_variables_needs_no_reference(project: Project) -> None:
    bare = read("here = 2~Dmnl~Here.|", "m.mdl")
    assert reference_names(bare) == []
    assert replace(project, model=bare).elsewhere(2020) == {}


def test_a_run_without_a_reference_is_refused(workspace: Workspace, call: Call) -> None:
    workspace.reference.unlink()
    code, _, err = call("run", "baseline", "--region", "guangrao")
    assert code == 2
    assert err == ("data/reference.yaml: there is no reference county for this model; run `urbsim reference`\n")


def test_a_run_with_other_equations_is_refused(workspace: Workspace, call: Call) -> None:
    text = workspace.model.read_text(encoding="utf-8")
    assert "income elasticity = 2\n" in text
    workspace.model.write_text(text.replace("income elasticity = 2\n", "income elasticity = 1.9\n"), encoding="utf-8")
    code, _, err = call("run", "baseline", "--region", "guangrao")
    assert code == 2
    assert "the reference county was run with other equations; run `urbsim reference`" in err


def test_comments_and_layout_of_the_model_do_not_matter(workspace: Workspace, project: Project) -> None:
    text = workspace.model.read_text(encoding="utf-8")
    workspace.model.write_text(text.replace("What people know of the towns.", "What is known."), encoding="utf-8")
    assert Project.open(workspace).elsewhere(2020) == project.elsewhere(2020)


def test_the_stored_file_reads_back_as_it_was_written(shipped: Workspace) -> None:
    kept = validate(ReferenceFile, read_yaml(shipped.reference, "reference.yaml"))
    assert to_yaml(kept) == shipped.reference.read_text(encoding="utf-8")


def test_every_run_takes_the_paths_of_its_base_year(project: Project) -> None:
    names = reference_names(project.model)
    assert names
    for year in (2010, 2020):
        planned = plan.plan(project, ["baseline"], ["guangrao"], year, 2035, {})
        [values] = plan.members(project, planned, {})
        for name in names:
            assert values.member.series[name] == project.reference.paths[year][name]
            assert values.origins[name] == "mean county"


def test_an_exported_model_holds_the_paths(project: Project) -> None:
    planned = plan.plan(project, ["baseline"], ["guangrao"], 2020, 2035, {})
    [values] = plan.members(project, planned, {})
    text = patch(project.model, values.member, plan.clock(project, planned, "guangrao", "baseline"))
    second = project.reference.paths[2020]["elsewhere_attractiveness"][1][1]
    assert f"elsewhere attractiveness = WITH LOOKUP(Time, ((2020.0,1.0),(2021.0,{second})" in text


def test_the_mean_county_is_no_region_to_run(project: Project) -> None:
    assert project.mean_county.id == "mean-county"
    assert "mean-county" not in list(project.regions)
    assert (project.workspace.data / MEAN_COUNTY).exists()
