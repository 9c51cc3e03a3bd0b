"""``urbsim check``: every problem of every file, at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import options
from urbsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from urbsim.files import Source
    from urbsim.language.text import ModelText
    from urbsim.project.indicators import Indicators
    from urbsim.project.levers import Lever
    from urbsim.project.project import Project
    from urbsim.project.workspace import Workspace


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.JSON
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check the workspace, or only the files at PATHS against it.

    Checked are forms, names, units, bounds, sources, clauses, facts that regions need, and the model: syntax, undefined
    names, unknown functions, loops and subscripts; the unit of every equation, and numbers that hide one;
    documentation; what nothing uses; tables out of order; and with models/ledgers.yaml that every flow of every stock
    has a label. Another model is checked by the ledgers.yaml beside it, else by that of the workspace.

    Everything is found in one run: checking goes on after what it cannot understand. Problems come as file:line:column
    with variable and equation; the exit code is 2 where there are any. Notes say what is no fault but worth a look,
    such as equations with more than 8 inputs.

    \b
    Examples:
      urbsim check
      urbsim check scenarios/my-plan.yaml data/regions/my-county.yaml
      urbsim check models/urbsim.mdl --json
    """
    from urbsim.project.workspace import find

    workspace = find()
    problems, notes = _files(workspace, paths) if paths else _workspace(workspace)
    if as_json:
        click.echo(
            json.dumps({"problems": [p.as_dict() for p in problems], "notes": notes}, ensure_ascii=False, indent=2)
        )
    elif not problems:
        for note in notes:
            click.echo(note)
    if problems:
        raise InputError(problems)


def _gather(action: Callable[[], Any], problems: list[Problem]) -> Any:
    try:
        return action()
    except InputError as error:
        problems.extend(error.problems)
        return None


def _workspace(workspace: Workspace) -> tuple[list[Problem], list[str]]:
    from urbsim.project.indicators import load_indicators
    from urbsim.project.project import Project
    from urbsim.project.survey import survey

    problems: list[Problem] = []
    notes: list[str] = []
    targets = None
    path = workspace.model
    text = _gather(lambda: _model(workspace, path, workspace.label(path), problems, notes), problems)
    project, levers, found = survey(workspace, Project, text)
    problems += found
    path = workspace.indicators
    indicators = text and _gather(lambda: load_indicators(path, workspace.label(path), text), problems)
    if indicators is not None:
        _tests(workspace, text, levers, indicators, problems)
    clear = text is not None and not text.unread and not text.cut and not found
    if project is not None and indicators is not None and clear:
        _data(workspace, project, indicators, problems, notes)
        targets = _gather(lambda: _targets(workspace, project, indicators), problems)
        _counties(workspace, problems, notes)
    if project is not None and not problems:
        counts = {"regions": project.regions, "scenarios": project.scenarios, "levers": project.levers}
        counts |= {"targets": targets.rows} if targets is not None else {}
        told = ", ".join(f"{len(items)} {kind}" for kind, items in counts.items())
        notes.append(f"{told}, {len(project.parameters)} uncertain parameters: nothing wrong")
    return sorted(set(problems)), notes


def _data(
    workspace: Workspace, project: Project, indicators: Indicators, problems: list[Problem], notes: list[str]
) -> None:
    """Check what is known of the regions against a model that is sound."""
    from urbsim.project.calibrations import load_calibrations
    from urbsim.project.loops import Known, load_loops
    from urbsim.project.observations import load_observations

    folder = workspace.data / "observations"
    _gather(lambda: load_observations(folder, workspace.label(folder), project, indicators), problems)
    loops, known = workspace.models / "loops.yaml", Known(indicators, project.levers, project.regions)
    _gather(lambda: load_loops(loops, workspace.label(loops), project.model, known), problems)
    fitted = workspace.data / "calibrations"
    names = sorted(project.regions)
    _gather(lambda: load_calibrations(fitted, workspace.label(fitted), project.model, names), problems)
    for region in names:
        if project.regions[region].blanks:
            notes.append(f"{region}: template, {project.regions[region].missing} facts missing")
            continue
        file = project.regions[region]
        for year in {file.base_year, *(ages.year for ages in file.age_structure)}:
            _gather(lambda region=region, year=year: _facts(project, region, year), problems)  # type: ignore[misc]


def _tests(
    workspace: Workspace,
    model: ModelText,
    levers: Mapping[str, Lever],
    indicators: Indicators,
    problems: list[Problem],
) -> None:
    """Read the tests of the model, which `urbsim model check` runs."""
    from urbsim.project.battery import load_settings
    from urbsim.project.behaviour import load_expectations
    from urbsim.studies.battery.reality import load_checks

    behaviour, reality = workspace.models / "behaviour.yaml", workspace.models / "reality-checks.mdl"
    told = workspace.models / "battery.yaml"
    label = workspace.label(behaviour)
    if levers:
        _gather(lambda: load_expectations(behaviour, label, levers, indicators), problems)
    _gather(lambda: load_checks(reality, workspace.label(reality), model), problems)
    if not model.cut:  # what follows the cut is not known to be missing
        _gather(lambda: load_settings(told, workspace.label(told), model), problems)


def _counties(workspace: Workspace, problems: list[Problem], notes: list[str]) -> None:
    """Read the rules for imported counties and the files that hold them; each county is tried when it is imported."""
    from urbsim.project.regions import counties
    from urbsim.project.regions.census.columns import load_columns

    _gather(lambda: counties.rules_of(workspace), problems)
    path = workspace.data / "estimates" / "census-columns.yaml"
    _gather(lambda: load_columns(path, workspace.label(path)), problems)
    places = _gather(lambda: counties.all_places(workspace), problems)
    if places:
        notes.append(f"{len(places)} imported counties")


def _targets(workspace: Workspace, project: Project, indicators: Any) -> Any:
    from urbsim.project.target_checks import load_targets

    folder = workspace.data / "targets"
    return load_targets(folder, workspace.label(folder), project, indicators)


def _facts(project: Project, region: str, year: int) -> None:
    """Try a census year of a region."""
    from urbsim.project.regions.initial import derive

    file = project.regions[region]
    derive(file, project.file(region), project.typical, project.estimates, project.model, year)


def _model(workspace: Workspace, path: Path, label: str, problems: list[Problem], notes: list[str]) -> ModelText:
    """Check a model file and return it as far as it can be read."""
    from urbsim.studies.soundness import examine, load_books

    own = path.resolve() == workspace.model.resolve()
    beside = path.with_name("ledgers.yaml")
    ledgers = beside if beside.is_file() else workspace.models / "ledgers.yaml"
    shown = workspace.label(ledgers) if own or ledgers != beside else beside.as_posix()
    books = _gather(lambda: load_books(ledgers, shown, own=ledgers == beside), problems)
    found = examine(path, label, books, workspace.models if own else None)
    problems += found.problems
    notes += found.notes
    if not found.problems:
        count = len(found.text.variables)
        notes.append(f"{label}: {count} variables documented, equations and units consistent, every flow labelled")
    return found.text


def _files(workspace: Workspace, paths: tuple[Path, ...]) -> tuple[list[Problem], list[str]]:
    problems: list[Problem] = []
    notes: list[str] = []
    for path in paths:
        before = len(problems)
        _gather(lambda path=path: problems.extend(_one(workspace, path, notes)), problems)  # type: ignore[misc]
        if len(problems) == before and path.suffix != ".mdl":
            notes.append(f"{path.as_posix()}: nothing wrong")
    return sorted(set(problems)), notes


def _ledgers(workspace: Workspace, path: Path, label: str) -> list[Problem]:
    """Check ledgers against the model of the workspace."""
    from urbsim.studies.soundness import examine, load_books

    books = load_books(path, label, own=True)
    found = examine(workspace.model, workspace.label(workspace.model), books)
    return list(found.problems)


def _one(workspace: Workspace, path: Path, notes: list[str]) -> list[Problem]:
    label = path.as_posix()
    if path.name == "reality-checks.mdl":
        from urbsim.project.project import Project
        from urbsim.studies.battery.reality import load_checks

        load_checks(path, label, Project.open(workspace).model)
        return []
    if path.suffix == ".mdl":
        problems: list[Problem] = []
        _model(workspace, path, label, problems, notes)
        return problems
    return _document(workspace, path, label)


def _document(workspace: Workspace, path: Path, label: str) -> list[Problem]:
    """Check a YAML file by what it holds."""
    from urbsim.files import read_yaml
    from urbsim.project.project import Project
    from urbsim.project.regions.region import load_region
    from urbsim.project.scenarios.scenario import check_scenario, load_scenario

    document = read_yaml(path, label)
    project = Project.open(workspace)
    if "goods" in document.data:
        return _ledgers(workspace, path, label)
    if "targets" in document.data or "places" in document.data:
        return _target_file(workspace, path, label, project, document)
    if "facts" in document.data or "age_structure" in document.data:
        load_region(path, label, set(project.sources))
        return []
    if "horizon" in document.data or "question" in document.data or "title" in document.data:
        scenario, source = load_scenario(path, label)
        known = {*project.scenarios, scenario.name}
        documents, names = set(project.documents), project.indicator_names
        return list(check_scenario(scenario, source, path, project.levers, project.regions, documents, known, names))
    return [
        Problem(
            "unknown-file-kind",
            Place(label, 1, 1),
            "is neither a scenario nor a region",
            "a scenario has a title, a region has facts",
        )
    ]


def _target_file(workspace: Workspace, path: Path, label: str, project: Project, document: Source) -> list[Problem]:
    from urbsim.project import target_checks

    if "places" in document.data:
        target_checks.load_places(path, label, project)
        return []
    place = workspace.data / "targets" / target_checks.PLACES
    places = target_checks.load_places(place, workspace.label(place), project) if place.exists() else {}
    indicators = project.indicators
    file, source = target_checks.read_targets(path, label)
    known = target_checks.Known(project, indicators, places)
    return list(target_checks.file_problems(file, source, path, known, {}))
