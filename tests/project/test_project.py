"""The project: every file once, imported counties when they are asked for, indicators beside what batches hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from urbsim.errors import InputError
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace


def test_a_part_is_read_once(project: Project) -> None:
    assert project.indicators is project.indicators
    assert project.targets is project.targets


def test_a_project_with_another_part_reads_the_rest_anew(project: Project) -> None:
    other = replace(project, model=project.model)
    assert type(other) is Project
    assert other.indicators is not project.indicators


def test_a_file_that_no_command_needs_stops_none_that_does_not_read_it(workspace: Workspace) -> None:
    (workspace.models / "behaviour.yaml").write_text("expectations: [\n", encoding="utf-8")
    project = Project.open(workspace)
    assert project.indicators
    with pytest.raises(InputError, match=r"models/behaviour.yaml:2"):
        _ = project.behaviour


def test_an_unknown_variable_that_batches_should_hold_is_refused(workspace: Workspace) -> None:
    path = workspace.models / "indicators.yaml"
    text = path.read_text(encoding="utf-8").replace("besides: [Population]", "besides: [Populatio]")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"the model has no variable 'Populatio'; did you mean Population"):
        _ = Project.open(workspace).besides


def test_a_region_that_nobody_has_is_no_key(project: Project) -> None:
    assert "nowhere" not in project.regions
    with pytest.raises(KeyError):
        project.regions["nowhere"]
    assert len(project.regions) == len(list(project.regions))
