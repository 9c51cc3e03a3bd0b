"""The mean county is like itself: its pull stays near 1 under the paths that are made of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Engine
from urbsim.files import read_yaml, validate
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.reference import ReferenceFile, reference_names
from urbsim.project.workspace import Workspace
from urbsim.studies.calibration import PRIOR_SD, fitted
from urbsim.studies.carry import carry
from urbsim.studies.reference import HELD, LAST, SOURCES, reference
from urbsim.studies.replay import END, START, Subject

Call = Callable[..., tuple[int, str, str]]


def test_every_reference_of_the_model_has_a_source(project: Project) -> None:
    assert {identifier(name) for name in SOURCES} == set(reference_names(project.model))
    assert {identifier(name) for name in SOURCES.values()} <= set(project.model.by_name)


@pytest.mark.slow
def test_the_stored_reference_is_reproduced(shipped: Workspace, project: Project, engine: Engine) -> None:
    stored = validate(ReferenceFile, read_yaml(shipped.reference, "reference.yaml"))
    again = reference(project, engine)
    assert again.model == stored.model, "the model has changed since: run `urbsim reference`"
    assert set(stored.paths) == {START, END}
    for year, path in stored.paths.items():
        assert path.years == list(range(year, LAST + 1))
        for name, values in path.values.items():
            assert values[0] == 1
            assert values == pytest.approx(again.paths[year].values[name], rel=0.01)
    assert set(stored.constants) == set(PRIOR_SD)


@pytest.mark.slow
def test_pull_of_the_mean_county_stays_near_one(project: Project, engine: Engine) -> None:
    held = Subject(project, engine, project.mean_county, "mean county", {}, HELD)
    replay = fitted(held)
    left, seam = carry(held, replay.member, replay.constants)
    values = {identifier(name): constant.value for name, constant in replay.constants.items()}
    calibration = Calibration("", values, left, END)
    assert left.constants["initial pull"] == 1
    assert abs(seam.replay - seam.projection) < 0.15
    free = Subject(project, engine, project.mean_county, "", {year: project.elsewhere(year) for year in (START, END)})
    for year in (START, END):
        clock = Clock(year, 2035)
        pull = free.run([free.member(clock, calibration)], ["pull"], clock)["pull"]
        assert np.abs(pull - 1).max() < 0.03, year


def test_the_command_writes_the_file_whole_or_not_at_all(workspace: Workspace, call: Call) -> None:
    before = workspace.reference.read_bytes()
    text = workspace.model.read_text(encoding="utf-8")
    workspace.model.write_text(text.replace("pull = MIN(", "pull = MAN("), encoding="utf-8")
    code, _, err = call("reference")
    assert code == 2
    assert "MAN" in err.upper()
    assert workspace.reference.read_bytes() == before


@pytest.mark.slow
def test_the_command_tells_what_it_wrote(workspace: Workspace, call: Call) -> None:
    workspace.reference.unlink()
    code, out, _ = call("reference", "--json")
    assert code == 0
    told = json.loads(out)
    kept = validate(ReferenceFile, read_yaml(workspace.reference, "reference.yaml"))
    assert told["model"] == kept.model
    assert call("reference")[1].splitlines()[0] == "data/reference.yaml"
