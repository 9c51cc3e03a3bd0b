"""Every problem of every file of a workspace at once: `urbsim check`, and ``project.check()`` in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from urbsim.errors import InputError, Problem
from urbsim.language.model import Model
from urbsim.project.bands import BehaviourNames
from urbsim.project.battery import load_settings
from urbsim.project.behaviour import load_behaviour
from urbsim.project.indicators import load_indicators
from urbsim.project.project import Project
from urbsim.project.reality_checks import load_checks
from urbsim.project.regions.census.changes import load_changes
from urbsim.project.regions.census.columns import load_columns
from urbsim.project.regions.counties import Counties
from urbsim.project.regions.initial import derive
from urbsim.project.survey import region_files, survey
from urbsim.project.workspace import Workspace
from urbsim.studies.soundness import examine, load_books

T = TypeVar("T")


@dataclass(slots=True)
class Findings:
    """Problems, and notes on what is right but worth a look, in the order of the checks."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def attempt(self, read: Callable[[], T]) -> T | None:
        """Return the result of a function, or note its problems and return None."""
        try:
            return read()
        except InputError as error:
            self.problems += error.problems
            return None

    def sorted(self) -> Findings:
        """Return the findings with each problem once, in the order of files and lines."""
        return Findings(sorted(set(self.problems)), self.notes)


def check_workspace(workspace: Workspace) -> Findings:
    """Return the findings on a workspace: what can be read is checked, whatever else is broken."""
    findings = Findings()
    label = workspace.label(workspace.model)
    model = findings.attempt(lambda: check_model(workspace, workspace.model, label, findings))
    project, levers, problems = survey(workspace, Project, model)
    findings.problems += problems
    if model is None:
        return findings.sorted()
    file = findings.attempt(lambda: load_indicators(*_at(workspace, workspace.indicators), model))
    known = ({*project.regions, *region_files(workspace)}, project.sources) if project is not None else (None, None)
    if file is not None:
        _tests(workspace, model, BehaviourNames(levers, file.indicators, *known), findings)
    sound = not (model.unread or model.cut or problems)
    targets = None
    if project is not None and file is not None and sound:
        _data(project, findings)
        targets = findings.attempt(lambda: project.targets)
        _counties(project.counties, findings)
    if project is not None and not findings.problems:
        counts = [(len(project.regions), "regions"), (len(project.scenarios), "scenarios"), (len(levers), "levers")]
        counts += [(len(targets.rows), "targets")] if targets is not None else []
        words = ", ".join(f"{count} {kind}" for count, kind in counts)
        findings.notes.append(f"{words}, {len(project.parameters)} uncertain parameters: nothing wrong")
    return findings.sorted()


def check_model(workspace: Workspace, path: Path, label: str, findings: Findings) -> Model:
    """Note the findings on a model file and return the model as far as it can be read.

    It is checked by the ledgers.yaml beside it, else by that of the workspace.

    Parameters
    ----------
    workspace
        Whose ledgers serve a model without its own.
    path, label
        The file, and its name in messages.
    findings
        Where problems and notes go.

    Raises
    ------
    InputError
        Where the file cannot be opened.
    """
    own = path.resolve() == workspace.model.resolve()
    beside = path.with_name("ledgers.yaml")
    ledgers = beside if beside.is_file() else workspace.models / "ledgers.yaml"
    ledgers_label = workspace.label(ledgers) if own or ledgers != beside else beside.as_posix()
    books = findings.attempt(lambda: load_books(ledgers, ledgers_label, own=ledgers == beside))
    soundness = examine(path, label, books, workspace.models if own else None)
    findings.problems += soundness.problems
    findings.notes += soundness.notes
    if not soundness.problems:
        count = len(soundness.model.variables)
        words = "variables documented, equations and units consistent, every flow labelled"
        findings.notes.append(f"{label}: {count} {words}")
    return soundness.model


def _at(workspace: Workspace, path: Path) -> tuple[Path, str]:
    return path, workspace.label(path)


def _tests(workspace: Workspace, model: Model, names: BehaviourNames, findings: Findings) -> None:
    """Note problems of the files that `urbsim model check` reads."""
    models, settings = workspace.models, None
    if not model.cut:  # what follows the cut is not known to be missing
        settings = findings.attempt(lambda: load_settings(*_at(workspace, models / "battery.yaml"), model))
    if names.levers:
        names = replace(names, policy_year=settings.policy_year if settings else None)
        findings.attempt(lambda: load_behaviour(*_at(workspace, models / "behaviour.yaml"), names))
    findings.attempt(lambda: load_checks(*_at(workspace, models / "reality-checks.mdl"), model))


def _data(project: Project, findings: Findings) -> None:
    """Note problems of what is known of the regions, against a model that is sound."""
    findings.attempt(lambda: project.observations)
    findings.attempt(lambda: project.loops)
    names = sorted(project.regions)
    findings.attempt(lambda: project.calibrations(names))
    for name in names:
        region = project.regions[name]
        if region.blanks:
            findings.notes.append(f"{name}: template, {region.missing} facts missing")
            continue
        for year in {region.base_year, *(ages.year for ages in region.age_structure)}:
            findings.attempt(lambda name=name, year=year: _start(project, name, year))  # type: ignore[misc]


def _start(project: Project, name: str, year: int) -> None:
    """Derive the values that a region starts from in a census year."""
    region, file = project.regions[name], project.file(name)
    derive(region, file, project.typical, project.estimates, project.model, year)


def _counties(counties: Counties, findings: Findings) -> None:
    """Note problems of the rules and files of imported counties; each county is tried when it is imported."""
    findings.attempt(lambda: counties.rules)
    columns = counties.workspace.data / "estimates" / "census-columns.yaml"
    findings.attempt(lambda: load_columns(*_at(counties.workspace, columns)))
    findings.attempt(lambda: load_changes(*_at(counties.workspace, counties.workspace.data / "county-changes.yaml")))
    rows = findings.attempt(lambda: counties.rows)
    if rows:
        findings.notes.append(f"{len(rows)} imported counties")
