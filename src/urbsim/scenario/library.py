"""Everything a workspace holds, read and checked once: model, levers, regions, scenarios, estimates.

All problems of all files are collected before they are raised, so that a user mends them in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from urbsim.errors import InputError, Problem
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.model.text import ModelText, load
from urbsim.scenario.estimates import Estimates, load_estimates
from urbsim.scenario.facts import Fact
from urbsim.scenario.levers import Lever, load_levers
from urbsim.scenario.parameters import Uncertain, load_parameters
from urbsim.scenario.region import Label, Region, load_region, load_typical
from urbsim.scenario.scenario import Scenario, check_scenario, evaluation, load_scenario, settings
from urbsim.workspace import Workspace

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


class AreaFile(Strict):
    """The file data/areas.yaml."""

    areas: dict[str, Area]


@dataclass(frozen=True)
class Library:
    """What a workspace holds; every file in it has been checked."""

    model: ModelText
    levers: Mapping[str, Lever]
    parameters: Mapping[str, Uncertain]
    regions: Mapping[str, Region]
    scenarios: Mapping[str, Scenario]
    typical: Mapping[str, list[Fact]]
    estimates: Estimates
    sources: Mapping[str, SourceRecord]
    documents: Mapping[str, DocumentRecord]
    areas: Mapping[str, Area]
    files: Mapping[str, Path] = field(default_factory=dict)  # label -> path, for hashes in manifests

    def place(self, area: str) -> Label:
        """Return the name of a region or of an area above."""
        return self.regions[area].name if area in self.regions else self.areas[area].name

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
    reader = _Reader(workspace)
    data, models = workspace.data, workspace.models
    sources = reader.read(data / "sources.yaml", _file(SourceFile), SourceFile(sources={})).sources
    documents = reader.read(data / "documents.yaml", _file(DocumentFile), DocumentFile(documents={})).documents
    areas = reader.read(data / "areas.yaml", _file(AreaFile), AreaFile(areas={})).areas
    model = reader.read(workspace.model, load, ModelText("", "", ()))
    known = set(sources)
    none: Mapping[str, Any] = {}
    levers: Mapping[str, Lever] = reader.read(
        models / "levers.yaml", lambda p, n: load_levers(p, n, model, set(documents)), none
    )
    parameters: Mapping[str, Uncertain] = reader.read(
        models / "parameters.yaml", lambda p, n: load_parameters(p, n, model, known), none
    )
    typical: Mapping[str, list[Fact]] = reader.read(data / "typical.yaml", lambda p, n: load_typical(p, n, known), none)
    if reader.problems:
        raise InputError(reader.problems)  # what follows would only repeat them
    estimates = load_estimates(data / "estimates", workspace.label(data / "estimates"))
    for name in ("people.yaml", "births.csv"):
        reader.files[workspace.label(data / "estimates" / name)] = data / "estimates" / name
    regions = _regions(reader, known, areas)
    scenarios = _scenarios(reader, levers, regions, set(documents))
    if reader.problems:
        raise InputError(reader.problems)
    return Library(
        model, levers, parameters, regions, scenarios, typical, estimates, sources, documents, areas, dict(reader.files)
    )


def _file(kind: type[T]) -> Callable[[Path, str], T]:
    def read(path: Path, label: str) -> T:
        return validate(kind, read_yaml(path, label))  # type: ignore[type-var]

    return read


def _regions(reader: _Reader, known: set[str], areas: Mapping[str, Area]) -> dict[str, Region]:
    found: dict[str, Region] = {}
    documents: dict[str, Source] = {}
    for path in sorted((reader.workspace.data / "regions").glob("*.yaml")):
        pair = reader.read(path, lambda p, n: load_region(p, n, known), None)
        if pair:
            found[path.stem], documents[path.stem] = pair
    for name, region in found.items():
        if region.parent not in found and region.parent not in areas:
            message = f"parent {region.parent!r} is neither a region nor in data/areas.yaml"
            reader.problems.append(documents[name].problem(("parent",), message))
    return found


def _scenarios(
    reader: _Reader, levers: Mapping[str, Lever], regions: Mapping[str, Region], documents: set[str]
) -> dict[str, Scenario]:
    loaded: list[tuple[Path, Scenario, Source]] = []
    folder = reader.workspace.scenarios
    for path in sorted(p for p in folder.rglob("*.yaml") if "schema" not in p.parts):
        pair = reader.read(path, load_scenario, None)
        if pair:
            loaded.append((path, *pair))
    names = {path.stem for path, _, _ in loaded}
    indicators = _indicators(reader) if any(scenario.evaluation for _, scenario, _ in loaded) else set()
    for path, scenario, source in loaded:
        reader.problems += check_scenario(scenario, source, path, levers, regions, documents, names, indicators)
    found = {scenario.name: scenario for _, scenario, _ in loaded}
    if not reader.problems:
        reader.problems += _chains(found)
    return found


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


def _chains(scenarios: Mapping[str, Scenario]) -> Iterator[Problem]:
    for name in scenarios:
        try:
            settings(name, scenarios)
            evaluation(name, scenarios)
        except InputError as error:
            yield from error.problems
