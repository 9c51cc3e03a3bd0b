"""Stored batches as commands read them: indicators by name, and messages about names that a batch does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbsim.errors import InputError, Place, Problem, nearest

if TYPE_CHECKING:
    import xarray as xr

    from urbsim.experiment.manifest import Manifest
    from urbsim.experiment.storage.read import StoredBatch
    from urbsim.language.model import Model
    from urbsim.project.indicators import Indicators
    from urbsim.project.levers import Lever
    from urbsim.project.regions.region import Label
    from urbsim.project.workspace import Workspace


@dataclass(frozen=True)
class Reader:
    """What gives stored numbers their names."""

    workspace: Workspace
    model: Model
    indicators: Indicators

    def values(self, data: xr.Dataset) -> Mapping[str, xr.DataArray]:
        """Return the indicators that a batch holds; one of an older model may lack some."""
        from urbsim.results.values import kept, values

        return values(data, kept(data, self.indicators), self.model)

    def levers(self) -> tuple[Mapping[str, Lever], Mapping[str, Label]]:
        """Return the lever catalogue, and titles of documents."""
        from urbsim.project.levers import load_levers
        from urbsim.project.records import load_documents

        path = self.workspace.data / "documents.yaml"
        documents = load_documents(path, self.workspace.label(path))
        path = self.workspace.models / "levers.yaml"
        levers = load_levers(path, self.workspace.label(path), self.model, set(documents))
        return levers, {name: document.title for name, document in documents.items()}


def reader(workspace: Workspace) -> Reader:
    """Return a reader of the batches of a workspace."""
    from urbsim.language.parse import parse_model
    from urbsim.project.indicators import load_indicators

    model = parse_model(workspace.model, workspace.label(workspace.model))
    path = workspace.indicators
    return Reader(workspace, model, load_indicators(path, workspace.label(path), model).indicators)


def opened(workspace: Workspace, names: Sequence[str]) -> list[StoredBatch]:
    """Return stored batches by name.

    Raises
    ------
    InputError
        For each that is not there or damaged.
    """
    from urbsim.experiment.storage.read import open_batch

    found: list[StoredBatch] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found.append(open_batch(workspace.outputs, name))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def head(batch: StoredBatch) -> xr.Dataset:
    """Return the coordinates of a batch, without its numbers."""
    with batch.opened() as data:
        return data.drop_vars([*data.data_vars]).load()


def region_ids(data: xr.Dataset, words: Sequence[str]) -> list[str]:
    """Return the ids of regions of a batch by id or name; a word that means none, or several, stays as it is."""
    ids = [str(name) for name in data.region.values]
    names = [[str(name) for name in data[key].values] for key in ("region_name", "region_name_zh")]
    found = []
    for word in words:
        mine = {i for i, labels in zip(ids, zip(*names, strict=True), strict=True) if word in labels}
        found.append(mine.pop() if word not in ids and len(mine) == 1 else word)
    return list(dict.fromkeys(found))


def notes(manifest: Manifest) -> list[str]:
    """Say what a large batch does not hold."""
    if manifest.kept.what != "quantiles":
        return []
    return ["The batch holds quantiles, not draws: differences are those of medians, without an interval."]


def check_names(
    batch: StoredBatch, data: xr.Dataset, scenarios: Sequence[str], regions: Sequence[str], years: Sequence[int]
) -> None:
    """Refuse what a batch does not have.

    Raises
    ------
    InputError
        With every name that is unknown.
    """
    problems = list(_unknown(batch.name, "scenario", scenarios, [str(n) for n in data.scenario.values]))
    problems += _unknown(batch.name, "region", regions, [str(n) for n in data.region.values])
    span = f"its years are {int(data.time[0])} to {int(data.time[-1])}"
    for year in years:
        if year not in data.time.values:
            problems.append(
                Problem(
                    "unknown-name",
                    Place("command line"),
                    f"batch {batch.name} has no year {year}",
                    f"{span}; give one as --year",
                )
            )
    if problems:
        raise InputError(problems)


def _unknown(batch: str, kind: str, names: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield Problem(
                "unknown-name", Place("command line"), f"batch {batch} has no {kind} {name!r}", nearest(name, known)
            )
