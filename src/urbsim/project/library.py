"""Everything a workspace holds, read and checked once: model, levers, regions, scenarios, estimates.

All problems of all files are collected before they are raised, so that a user mends them in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.language.checks.ledger_file import LedgerFile, load_ledgers
from urbsim.language.text import ModelText, load
from urbsim.project.levers import Lever, load_levers, region_problems
from urbsim.project.parameters import Uncertain, load_parameters
from urbsim.project.regions.estimates import Estimates, load_estimates
from urbsim.project.regions.facts import Fact
from urbsim.project.regions.region import Label, Region, load_region, load_typical
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

T = TypeVar("T")


class SourceRecord(Strict):
    """Where figures come from."""

    title: str
    publisher: str
    note: str = ""


class SourceFile(Strict):
    """The file data/sources.yaml."""

    sources: dict[str, SourceRecord]


class DocumentRecord(Strict):
    """A policy document."""

    title: Label


class DocumentFile(Strict):
    """The file data/documents.yaml."""

    documents: dict[str, DocumentRecord]


class Area(Strict):
    """An area above the regions."""

    name: Label
    parent: str | None = None
    code: str = ""


class AreaFile(Strict):
    """The file data/areas.yaml."""

    areas: dict[str, Area]


@dataclass(frozen=True)
class Library:
    """What a workspace holds; every file in it has been checked."""

    model: ModelText
    levers: Mapping[str, Lever]
    parameters: Mapping[str, Uncertain]
    ledgers: LedgerFile
    regions: Mapping[str, Region]
    scenarios: Mapping[str, Scenario]
    typical: Mapping[str, list[Fact]]
    estimates: Estimates
    sources: Mapping[str, SourceRecord]
    documents: Mapping[str, DocumentRecord]
    areas: Mapping[str, Area]
    files: Mapping[str, Path] = field(default_factory=dict)  # label -> path, for hashes in manifests
    folders: Mapping[str, str] = field(default_factory=dict)  # scenario -> its folder below scenarios/, "" at the top

    def place(self, area: str) -> Label:
        """Return the name of a region or of an area above."""
        return self.regions[area].name if area in self.regions else self.areas[area].name

    def file(self, region: str) -> str:
        """Return the file of a region as messages name it; a county of a CSV file has only its id."""
        label = f"data/regions/{region}.yaml"
        return label if label in self.files else f"region {region}"

    def ready(self) -> list[str]:
        """Return the regions that can run: all but templates with blanks."""
        return [name for name, region in self.regions.items() if not region.blanks]

    def regions_of(self, scenario: str) -> list[str]:
        """Return the regions that a scenario is for."""
        named = self.scenarios[scenario].regions
        return self.ready() if named == [ALL] else named

    def within(self, area: str | None, above: str) -> bool:
        """Return whether a region lies in an area."""
        while area is not None and area != above:
            area = self.parent(area)
        return area == above

    def parent(self, area: str) -> str | None:
        """Return the region or area above, or None."""
        return self.regions[area].parent if area in self.regions else self.areas[area].parent


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


def open_library(workspace: Workspace) -> Library:
    """Read a workspace.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    library, _, problems = survey(workspace)
    if library is None or problems:
        raise InputError(problems)
    return library


def survey(
    workspace: Workspace, model: ModelText | None = None
) -> tuple[Library | None, Mapping[str, Lever], list[Problem]]:
    """Read what can be read of a workspace: the library if there is one, the levers, and every problem.

    ``model`` is the model where that was read already, however much of it could be.
    """
    reader = _Reader(workspace)
    data, models, none = workspace.data, workspace.models, _nothing
    sources = reader.read(data / "sources.yaml", _file(SourceFile), SourceFile(sources={})).sources
    documents = reader.read(data / "documents.yaml", _file(DocumentFile), DocumentFile(documents={})).documents
    areas = reader.read(data / "areas.yaml", _file(AreaFile), AreaFile(areas={})).areas
    known = set(sources)
    given = model or reader.read(workspace.model, load, ModelText("", "", (), cut=True))
    reader.files[workspace.label(workspace.model)] = workspace.model
    levers = reader.read(models / "levers.yaml", lambda p, n: load_levers(p, n, given, set(documents)), none())
    typical = reader.read(data / "typical.yaml", lambda p, n: load_typical(p, n, known), none())
    blocked = any(p.place.file != given.label for p in reader.problems)  # what follows would only repeat those
    parameters = reader.read(models / "parameters.yaml", lambda p, n: load_parameters(p, n, given, known), none())
    no_ledgers = LedgerFile(tolerance=0.0, goods={})
    ledgers = reader.read(models / "ledgers.yaml", lambda p, n: load_ledgers(p, n, given), no_ledgers)
    if blocked:
        return None, levers, reader.problems
    estimates = load_estimates(data / "estimates", workspace.label(data / "estimates"))
    for name in ("people.yaml", "births.csv"):
        reader.files[workspace.label(data / "estimates" / name)] = data / "estimates" / name
    regions = _regions(reader, known, areas, levers, given)
    regions, scenarios = _scenarios(reader, levers, regions, areas, set(documents))
    files = dict(reader.files)
    library = Library(
        given, levers, parameters, ledgers, regions, scenarios, typical, estimates, sources, documents, areas, files,
        _folders(workspace, files),
    )  # fmt: skip
    return library, levers, reader.problems


def _nothing() -> Mapping[str, Any]:
    return {}


def _folders(workspace: Workspace, files: Mapping[str, Path]) -> dict[str, str]:
    """Return the folder of each scenario below scenarios/; a scenario is called like its file."""
    root = workspace.scenarios
    inside = [path for path in files.values() if path.is_relative_to(root)]
    return {path.stem: "" if path.parent == root else path.parent.relative_to(root).as_posix() for path in inside}


def _file(kind: type[T]) -> Callable[[Path, str], T]:
    def read(path: Path, label: str) -> T:
        return validate(kind, read_yaml(path, label))  # type: ignore[type-var]

    return read


def _regions(
    reader: _Reader, known: set[str], areas: Mapping[str, Area], levers: Mapping[str, Lever], model: ModelText
) -> dict[str, Region]:
    found: dict[str, Region] = {}
    documents: dict[str, Source] = {}
    for path in sorted((reader.workspace.data / "regions").glob("*.yaml")):
        pair = reader.read(path, lambda p, n: load_region(p, n, known), None)
        if pair:
            found[path.stem], documents[path.stem] = pair
    for name, region in found.items():
        reader.problems += region_problems(region, documents[name], levers, model)
        if region.parent not in found and region.parent not in areas:
            message = f"parent {region.parent!r} is neither a region nor in data/areas.yaml"
            hint = nearest(region.parent, {*found, *areas})
            reader.problems.append(documents[name].problem("unknown-name", ("parent",), message, hint))
    return found


def _scenarios(
    reader: _Reader,
    levers: Mapping[str, Lever],
    regions: dict[str, Region],
    areas: Mapping[str, Area],
    documents: set[str],
) -> tuple[dict[str, Region], dict[str, Scenario]]:
    """Return the scenarios, and the regions with the imported counties that they name."""
    loaded: list[tuple[Path, Scenario, Source]] = []
    folder = reader.workspace.scenarios
    paths = sorted(p for p in folder.rglob("*.yaml") if "schema" not in p.parts)
    for path in paths:
        pair = reader.read(path, load_scenario, None)
        if pair:
            loaded.append((path, *pair))
    names: dict[str, Path] = {}
    for path, _, source in loaded:
        if path.stem in names:
            message = f"{reader.workspace.label(names[path.stem])} is called {path.stem!r} too"
            reader.problems.append(
                source.problem("defined-twice", ("name",), message, "names are unique over all folders")
            )
        names[path.stem] = path
    indicators = _indicators(reader) if any(scenario.evaluation for _, scenario, _ in loaded) else set()
    asked = [name for _, scenario, _ in loaded for name in (*scenario.regions, *_zones(scenario))]
    regions = _imported(reader, regions, areas, asked)
    files = (reader.workspace.data / "regions").glob("*.yaml")
    unread = frozenset(path.stem for path in files) - set(regions)
    known = {path.stem for path in paths}  # one that cannot be read is told itself
    for path, scenario, source in loaded:
        reader.problems += check_scenario(scenario, source, path, levers, regions, documents, known, indicators, unread)
    found = {scenario.name: scenario for _, scenario, _ in loaded}
    if not reader.problems:
        reader.problems += _chains(found, {scenario.name: source for _, scenario, source in loaded})
    return regions, found


def _imported(
    reader: _Reader, regions: dict[str, Region], areas: Mapping[str, Area], asked: list[str]
) -> dict[str, Region]:
    """Add the counties of data/regions/*.csv that scenarios name by id; the files are not read where none does."""
    from urbsim.project.regions import counties  # noqa: PLC0415  needs this module's types

    wanted = set(asked) - set(regions) - {ALL}
    if not wanted or not (paths := counties.county_files(reader.workspace)):
        return regions
    try:
        rules = counties.rules_of(reader.workspace)
        places = [place for place in counties.all_places(reader.workspace) if place.id in wanted]
        added = {place.id: counties.region_of(place, rules, areas) for place in places}
    except InputError as error:
        reader.problems += error.problems
        return regions
    reader.files |= {reader.workspace.label(path): path for path in paths}
    return {**regions, **added}


def _zones(scenario: Scenario) -> list[str]:
    return (scenario.evaluation.zones if scenario.evaluation else None) or []


def indicator_names(workspace: Workspace) -> set[str]:
    """Return the names of the indicators; the layer above reads what they mean.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    path = workspace.models / "indicators.yaml"
    return {str(name) for name in read_yaml(path, workspace.label(path)).data.get("indicators") or {}}


def _indicators(reader: _Reader) -> set[str]:
    path = reader.workspace.models / "indicators.yaml"
    none: set[str] = set()
    return reader.read(path, lambda *_: indicator_names(reader.workspace), none)


def _chains(scenarios: Mapping[str, Scenario], sources: Mapping[str, Source]) -> set[Problem]:
    """Return what is wrong with chains of scenarios, each once, at the place in the file that must be mended."""
    found = set()
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
                found.add(sources[problem.about].problem(problem.rule, (at,), problem.message, problem.hint))
    return found
