"""Reading a workspace: each file as far as it can be read, with every problem of every file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source
from urbsim.language.calendar import with_years
from urbsim.language.checks.ledger_file import LedgerFile, load_ledgers
from urbsim.language.model import Model
from urbsim.language.parse import parse_model
from urbsim.project.indicators import indicator_names, summed
from urbsim.project.levers import Lever, load_levers, region_problems
from urbsim.project.parameters import load_parameters
from urbsim.project.records import Area, load_areas, load_documents, load_sources
from urbsim.project.regions.counties import Counties, Regions
from urbsim.project.regions.estimates import load_estimates
from urbsim.project.regions.region import Region, load_region, load_typical
from urbsim.project.regions.settlement import CityClass, load_classes
from urbsim.project.scenarios.scenario import (
    ALL,
    EVALUATION_RULES,
    Scenario,
    check_scenario,
    evaluation,
    load_scenario,
    settings,
)
from urbsim.project.workspace import Workspace

NO_MODEL = Model("", "", (), (), cut=True)  # nothing can be said about its variables
T = TypeVar("T")


class _Reader:
    """Collects problems and the files that were read."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.problems: list[Problem] = []
        self.files: dict[str, Path] = {}

    def read(self, path: Path, how: Callable[[Path, str], T], empty: T) -> T:
        label = self.workspace.label(path)
        self.files[label] = path
        try:
            return how(path, label)
        except InputError as error:
            self.problems += error.problems
            return empty


def survey(
    workspace: Workspace, build: Callable[..., T], model: Model | None = None
) -> tuple[T | None, Mapping[str, Lever], list[Problem]]:
    """Read what can be read of a workspace.

    Parameters
    ----------
    workspace
        Where the files are.
    build
        What the contents are made into: :class:`urbsim.project.contents.Contents` or a class below it.
    model
        The model where that was read already, however much of it could be.

    Returns
    -------
    The project, or None where files that the others need cannot be read; the levers; and every problem.
    """
    reader = _Reader(workspace)
    data, models, none = workspace.data, workspace.models, _nothing
    sources = reader.read(data / "sources.yaml", load_sources, none())
    documents = reader.read(data / "documents.yaml", load_documents, none())
    areas = reader.read(data / "areas.yaml", load_areas, none())
    ids, titles = set(sources), set(documents)
    text = model or reader.read(workspace.model, parse_model, NO_MODEL)
    reader.files[workspace.label(workspace.model)] = workspace.model
    levers = reader.read(models / "levers.yaml", lambda p, n: load_levers(p, n, text, titles), none())
    typical = reader.read(data / "typical.yaml", lambda p, n: load_typical(p, n, ids), none())
    is_blocked = any(p.place.file != text.label for p in reader.problems)  # what follows would only repeat those
    parameters = reader.read(models / "parameters.yaml", lambda p, n: load_parameters(p, n, text, ids), none())
    no_ledgers = LedgerFile(tolerance=0.0, goods={})
    ledgers = reader.read(models / "ledgers.yaml", lambda p, n: load_ledgers(p, n, text), no_ledgers)
    if is_blocked:
        return None, levers, reader.problems
    no_classes: Sequence[CityClass] = ()
    classes = reader.read(data / "settlement.yaml", lambda p, n: load_classes(p, n, levers, ids), no_classes)
    estimates = load_estimates(data / "estimates", workspace.label(data / "estimates"))
    for name in ("people.yaml", "births.csv"):
        reader.files[workspace.label(data / "estimates" / name)] = data / "estimates" / name
    counties = Counties(workspace, areas)
    regions = _regions(reader, ids, areas, levers, text)
    regions, scenarios = _scenarios(reader, levers, regions, counties, titles)
    project = build(
        workspace=workspace,
        model=with_years(text, summed(workspace.indicators, workspace.label(workspace.indicators))),
        levers=levers,
        parameters=parameters,
        ledgers=ledgers,
        regions=Regions(regions, counties),
        scenarios=scenarios,
        typical=typical,
        classes=classes,
        estimates=estimates,
        sources=sources,
        documents=documents,
        areas=areas,
        counties=counties,
        files=dict(reader.files),
        folders=_folders(workspace, reader.files.values()),
    )
    return project, levers, reader.problems


def region_files(workspace: Workspace) -> dict[str, Path]:
    """Return the files of regions by id; one that cannot be read is told itself, and what names it is not at fault."""
    return {path.stem: path for path in sorted((workspace.data / "regions").glob("*.yaml"))}


def _nothing() -> Mapping[str, Any]:
    return {}


def _folders(workspace: Workspace, paths: Collection[Path]) -> dict[str, str]:
    """Return the folder of each scenario below scenarios/; a scenario is called like its file."""
    root = workspace.scenarios
    inside = [path for path in paths if path.is_relative_to(root)]
    return {path.stem: "" if path.parent == root else path.parent.relative_to(root).as_posix() for path in inside}


def _regions(
    reader: _Reader, sources: set[str], areas: Mapping[str, Area], levers: Mapping[str, Lever], model: Model
) -> dict[str, Region]:
    """Return the regions that have files of their own."""
    regions: dict[str, Region] = {}
    documents: dict[str, Source] = {}
    files = region_files(reader.workspace)
    for name, path in files.items():
        pair = reader.read(path, lambda p, n: load_region(p, n, sources), None)
        if pair:
            regions[name], documents[name] = pair
    for name, region in regions.items():
        reader.problems += region_problems(region, documents[name], levers, model)
        if region.parent not in files and region.parent not in areas:
            message = f"parent {region.parent!r} is neither a region nor in data/areas.yaml"
            hint = nearest(region.parent, {*files, *areas})
            reader.problems.append(documents[name].problem("unknown-name", ("parent",), message, hint))
    return regions


def _scenarios(
    reader: _Reader,
    levers: Mapping[str, Lever],
    regions: dict[str, Region],
    counties: Counties,
    documents: set[str],
) -> tuple[dict[str, Region], dict[str, Scenario]]:
    """Return the regions with the imported counties that scenarios name, and the scenarios."""
    folder = reader.workspace.scenarios
    paths = sorted(p for p in folder.rglob("*.yaml") if "schema" not in p.parts)
    scenario_files: list[tuple[Path, Scenario, Source]] = []
    for path in paths:
        pair = reader.read(path, load_scenario, None)
        if pair:
            scenario_files.append((path, *pair))
    reader.problems += _twins(reader.workspace, [(path, source) for path, _, source in scenario_files])
    indicators = _indicators(reader) if any(scenario.evaluation for _, scenario, _ in scenario_files) else set()
    region_names = [name for _, scenario, _ in scenario_files for name in (*scenario.regions, *_zones(scenario))]
    regions = _imported(reader, regions, counties, region_names)
    unread = frozenset(region_files(reader.workspace)) - set(regions)
    stems = {path.stem for path in paths}  # one that cannot be read is told itself
    for path, scenario, source in scenario_files:
        reader.problems += check_scenario(scenario, source, path, levers, regions, documents, stems, indicators, unread)
    scenarios = {scenario.name: scenario for _, scenario, _ in scenario_files}
    if not reader.problems:
        reader.problems += _chains(scenarios, {scenario.name: source for _, scenario, source in scenario_files})
    return regions, scenarios


def _twins(workspace: Workspace, files: list[tuple[Path, Source]]) -> list[Problem]:
    """Return a problem for each scenario that is called like one before it."""
    paths: dict[str, Path] = {}
    problems = []
    for path, source in files:
        if path.stem in paths:
            message = f"{workspace.label(paths[path.stem])} is called {path.stem!r} too"
            problems.append(source.problem("defined-twice", ("name",), message, "names are unique over all folders"))
        paths[path.stem] = path
    return problems


def _imported(reader: _Reader, regions: dict[str, Region], counties: Counties, names: list[str]) -> dict[str, Region]:
    """Return the regions with the imported counties that are named; the files are not read where none is."""
    ids = set(names) - set(regions) - {ALL}
    if not ids or not counties.paths:
        return regions
    try:
        counties.rules  # noqa: B018  its problems come before those of the counties
        additions = {name: counties.region(name) for name in counties.rows if name in ids}
    except InputError as error:
        reader.problems += error.problems
        return regions
    reader.files |= {reader.workspace.label(path): path for path in counties.paths}
    return {**regions, **additions}


def _zones(scenario: Scenario) -> list[str]:
    return (scenario.evaluation.zones if scenario.evaluation else None) or []


def _indicators(reader: _Reader) -> set[str]:
    none: set[str] = set()
    return reader.read(reader.workspace.indicators, indicator_names, none)


def _chains(scenarios: Mapping[str, Scenario], sources: Mapping[str, Source]) -> set[Problem]:
    """Return the problems of chains of scenarios, each once, at the place in the file that must be mended."""
    problems = set()
    for name in scenarios:
        try:
            settings(name, scenarios)
            evaluation(name, scenarios)
        except InputError as error:
            for problem in error.problems:
                at = (
                    "evaluation"
                    if scenarios[problem.about].evaluation and problem.rule in EVALUATION_RULES
                    else "extends"
                )
                problems.add(sources[problem.about].problem(problem.rule, (at,), problem.message, problem.hint))
    return problems
