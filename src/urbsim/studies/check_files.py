"""Every problem of single files, each checked against the workspace by what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from urbsim.errors import Place, Problem
from urbsim.files import Source, read_yaml
from urbsim.project import target_checks
from urbsim.project.project import Project
from urbsim.project.reality_checks import load_checks
from urbsim.project.regions.region import load_region
from urbsim.project.scenarios.scenario import check_scenario, load_scenario
from urbsim.project.workspace import Workspace
from urbsim.studies.check import Findings, check_model
from urbsim.studies.soundness import examine, load_books


def check_files(workspace: Workspace, paths: Sequence[Path]) -> Findings:
    """Return the findings on some files."""
    findings = Findings()
    for path in paths:
        count = len(findings.problems)
        findings.problems += findings.attempt(lambda path=path: _file(workspace, path, findings)) or []  # type: ignore[misc]
        if len(findings.problems) == count and path.suffix != ".mdl":
            findings.notes.append(f"{path.as_posix()}: nothing wrong")
    return findings.sorted()


def _file(workspace: Workspace, path: Path, findings: Findings) -> list[Problem]:
    label = path.as_posix()
    if path.name == "reality-checks.mdl":
        load_checks(path, label, Project.open(workspace).model)
        return []
    if path.suffix == ".mdl":
        check_model(workspace, path, label, findings)
        return []
    return _document(workspace, path, label)


def _document(workspace: Workspace, path: Path, label: str) -> list[Problem]:
    """Return the problems of a YAML file, by what it holds."""
    document = read_yaml(path, label)
    project = Project.open(workspace)
    keys = {*document.data}
    if "goods" in keys:
        books = load_books(path, label, own=True)
        return list(examine(workspace.model, workspace.label(workspace.model), books).problems)
    if keys & {"targets", "places"}:
        return _targets(project, path, label, document)
    if keys & {"facts", "age_structure"}:
        load_region(path, label, set(project.sources))
        return []
    if keys & {"horizon", "question", "title"}:
        scenario, source = load_scenario(path, label)
        names = {*project.scenarios, scenario.name}
        documents, indicators = set(project.documents), project.indicator_names
        regions, levers = project.regions, project.levers
        return list(check_scenario(scenario, source, path, levers, regions, documents, names, indicators))
    message, hint = "is neither a scenario nor a region", "a scenario has a title, a region has facts"
    return [Problem("unknown-file-kind", Place(label, 1, 1), message, hint)]


def _targets(project: Project, path: Path, label: str, document: Source) -> list[Problem]:
    """Return the problems of a file of targets or of places."""
    if "places" in document.data:
        target_checks.load_places(path, label, project)
        return []
    places_file = project.workspace.data / "targets" / target_checks.PLACES
    places = (
        target_checks.load_places(places_file, project.workspace.label(places_file), project)
        if places_file.exists()
        else {}
    )
    names = target_checks.TargetNames(project, project.indicators, places)
    file, source = target_checks.read_targets(path, label)
    return list(target_checks.file_problems(file, source, path, names, {}))
