"""``urbsim check``: every problem of every file, at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import options
from urbsim.errors import InputError, Problem

if TYPE_CHECKING:
    from urbsim.scenario.library import Library
    from urbsim.workspace import Workspace


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.JSON
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check the workspace, or only the files at PATHS against it.

    Checked are forms, names, units, bounds, sources, clauses, facts that regions need, and the model: documentation,
    undefined names, unknown functions, loops, subscripts, and with pysimlin units. Problems come as file:line:column;
    the exit code is 2 where there are any.

    \b
    Examples:
      urbsim check
      urbsim check scenarios/my-plan.yaml data/regions/my-county.yaml
      urbsim check models/urbsim.mdl --json
    """
    from urbsim.workspace import find  # noqa: PLC0415

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
    from urbsim.analysis.indicators import load_indicators  # noqa: PLC0415
    from urbsim.analysis.observations import load_observations  # noqa: PLC0415
    from urbsim.model.text import load  # noqa: PLC0415
    from urbsim.scenario.calibration import load_calibrations  # noqa: PLC0415
    from urbsim.scenario.library import open_library  # noqa: PLC0415

    problems: list[Problem] = []
    notes: list[str] = []
    model = _gather(lambda: load(workspace.model, workspace.label(workspace.model)), problems)
    if model is not None:
        problems += _model(model, notes)
        problems = [p for p in problems if p is not None]
    library: Library | None = _gather(lambda: open_library(workspace), problems)
    if library is not None:
        path = workspace.models / "indicators.yaml"
        indicators = _gather(lambda: load_indicators(path, workspace.label(path), library.model), problems)
        if indicators is not None:
            _tests(workspace, library, indicators, problems)
            folder = workspace.data / "observations"
            label = workspace.label(folder)
            _gather(lambda: load_observations(folder, label, library, indicators.indicators), problems)
        folder = workspace.data / "calibrations"
        names = sorted(library.regions)
        _gather(lambda: load_calibrations(folder, workspace.label(folder), library.model, names), problems)
        for region in names:
            if library.regions[region].blanks:
                notes.append(f"{region}: template, {library.regions[region].missing} facts missing")
                continue
            _gather(lambda region=region: _facts(library, region), problems)  # type: ignore[misc]
        _counties(workspace, problems, notes)
        counts = {"regions": library.regions, "scenarios": library.scenarios, "levers": library.levers}
        told = ", ".join(f"{len(items)} {kind}" for kind, items in counts.items())
        notes.append(f"{told}, {len(library.parameters)} uncertain parameters: nothing wrong")
    return sorted(set(problems)), notes


def _tests(workspace: Workspace, library: Library, indicators: Any, problems: list[Problem]) -> None:
    """Read the tests of the model, which `urbsim model check` runs."""
    from urbsim.analysis.battery.reality import load_checks  # noqa: PLC0415
    from urbsim.analysis.expectations import load_expectations  # noqa: PLC0415
    from urbsim.analysis.loopfile import Known, load_loops  # noqa: PLC0415

    behaviour, reality = workspace.models / "behaviour.yaml", workspace.models / "reality-checks.mdl"
    label = workspace.label(behaviour)
    _gather(lambda: load_expectations(behaviour, label, library.levers, indicators), problems)
    _gather(lambda: load_checks(reality, workspace.label(reality), library.model), problems)
    loops, known = workspace.models / "loops.yaml", Known(indicators, library.levers, library.regions)
    _gather(lambda: load_loops(loops, workspace.label(loops), library.model, known), problems)


def _counties(workspace: Workspace, problems: list[Problem], notes: list[str]) -> None:
    """Read the rules for imported counties and the files that hold them; each county is tried when it is imported."""
    from urbsim.scenario import counties  # noqa: PLC0415
    from urbsim.scenario.census.columns import load_columns  # noqa: PLC0415

    _gather(lambda: counties.rules_of(workspace), problems)
    path = workspace.data / "estimates" / "census-columns.yaml"
    _gather(lambda: load_columns(path, workspace.label(path)), problems)
    places = _gather(lambda: counties.all_places(workspace), problems)
    if places:
        notes.append(f"{len(places)} imported counties")


def _facts(library: Library, region: str) -> None:
    """Try every census year for which the region has an age structure."""
    from urbsim.scenario.initial import derive  # noqa: PLC0415

    file = library.regions[region]
    years = {file.base_year, *(ages.year for ages in file.age_structure)}
    for year in sorted(years):
        derive(file, f"data/regions/{region}.yaml", library.typical, library.estimates, library.model, year)


def _model(model: Any, notes: list[str]) -> list[Problem]:
    from urbsim.engine.compiled import structure  # noqa: PLC0415
    from urbsim.model.checks import documentation, equations  # noqa: PLC0415

    problems = list(structure(model))
    found = None if problems else equations(model)  # units of equations that cannot be read say nothing
    count = len(model.variables)
    if problems:
        return [*documentation(model), *problems]
    if found is None:
        notes.append(
            f"{model.label}: {count} variables documented; equations sound; units not checked, pysimlin is missing"
        )
    else:
        notes.append(f"{model.label}: {count} variables documented, equations and units consistent")
    return [*documentation(model), *(found or ())]


def _files(workspace: Workspace, paths: tuple[Path, ...]) -> tuple[list[Problem], list[str]]:
    problems: list[Problem] = []
    notes: list[str] = []
    for path in paths:
        before = len(problems)
        _gather(lambda path=path: problems.extend(_one(workspace, path, notes)), problems)  # type: ignore[misc]
        if len(problems) == before and path.suffix != ".mdl":
            notes.append(f"{path.as_posix()}: nothing wrong")
    return sorted(set(problems)), notes


def _one(workspace: Workspace, path: Path, notes: list[str]) -> list[Problem]:
    from urbsim.files import read_yaml  # noqa: PLC0415
    from urbsim.model.text import load  # noqa: PLC0415
    from urbsim.scenario.library import open_library  # noqa: PLC0415
    from urbsim.scenario.region import load_region  # noqa: PLC0415
    from urbsim.scenario.scenario import check_scenario, load_scenario  # noqa: PLC0415

    label = path.as_posix()
    if path.name == "reality-checks.mdl":
        from urbsim.analysis.battery.reality import load_checks  # noqa: PLC0415

        load_checks(path, label, open_library(workspace).model)
        return []
    if path.suffix == ".mdl":
        return _model(load(path, label), notes)
    document = read_yaml(path, label)
    library = open_library(workspace)
    if "facts" in document.data or "age_structure" in document.data:
        load_region(path, label, set(library.sources))
        return []
    if "horizon" in document.data or "question" in document.data or "title" in document.data:
        scenario, source = load_scenario(path, label)
        known = {*library.scenarios, scenario.name}
        documents = set(library.documents)
        return list(check_scenario(scenario, source, path, library.levers, library.regions, documents, known))
    return [Problem(label, 1, 1, "is neither a scenario nor a region", "a scenario has a title, a region has facts")]
