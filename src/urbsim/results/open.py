"""Stored batches by name, with what gives their numbers a meaning, and messages about names that a batch lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.experiment.storage.read import StoredBatch, open_batch
from urbsim.language.calendar import with_years
from urbsim.language.model import Model
from urbsim.language.parse import parse_model
from urbsim.project.indicators import Indicators, load_indicators, summed
from urbsim.project.levers import Lever, load_levers
from urbsim.project.project import Project
from urbsim.project.records import DocumentRecord, load_documents
from urbsim.project.workspace import Workspace
from urbsim.results.values import kept, values

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Catalogue:
    """The files of a workspace that give stored numbers their names; a mistake in a scenario does not hide them."""

    workspace: Workspace

    @cached_property
    def model(self) -> Model:
        """Return the model, for units and subscripts, with its sums over the year."""
        path = self.workspace.indicators
        model = parse_model(self.workspace.model, self.workspace.label(self.workspace.model))
        return with_years(model, summed(path, self.workspace.label(path)))

    @cached_property
    def indicators(self) -> Indicators:
        """Return the indicators by id."""
        path = self.workspace.indicators
        return load_indicators(path, self.workspace.label(path), self.model).indicators

    @cached_property
    def documents(self) -> Mapping[str, DocumentRecord]:
        """Return the policy documents by id."""
        path = self.workspace.data / "documents.yaml"
        return load_documents(path, self.workspace.label(path))

    @cached_property
    def levers(self) -> Mapping[str, Lever]:
        """Return the levers by id."""
        path = self.workspace.models / "levers.yaml"
        return load_levers(path, self.workspace.label(path), self.model, set(self.documents))


Names = Catalogue | Project  # what gives stored numbers their names


def open_batches(workspace: Workspace, names: Sequence[str]) -> list[StoredBatch]:
    """Return stored batches by name.

    Raises
    ------
    InputError
        For each that is not there, damaged, or of another version.
    """
    batches: list[StoredBatch] = []
    problems: list[Problem] = []
    for name in names:
        try:
            batches.append(open_batch(workspace.outputs, name))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return batches


def head(batch: StoredBatch) -> xr.Dataset:
    """Return the coordinates of a batch, without its numbers."""
    with batch.opened() as data:
        return data.drop_vars([*data.data_vars]).load()


def indicator_values(data: xr.Dataset, names: Names) -> Mapping[str, xr.DataArray]:
    """Return the indicators that the results of a batch hold; one of an older model may lack some."""
    return values(data, kept(data, names.indicators), names.model)


def region_ids(data: xr.Dataset, words: Sequence[str]) -> list[str]:
    """Return the ids of regions of a batch by id or name; a word that means none, or several, stays as it is."""
    ids = [str(name) for name in data.region.values]
    labels = [[str(name) for name in data[key].values] for key in ("region_name", "region_name_zh")]
    regions = []
    for word in words:
        same = {i for i, pair in zip(ids, zip(*labels, strict=True), strict=True) if word in pair}
        regions.append(same.pop() if word not in ids and len(same) == 1 else word)
    return list(dict.fromkeys(regions))


def check_names(
    batch: str, data: xr.Dataset, scenarios: Sequence[str], regions: Sequence[str], years: Sequence[int]
) -> None:
    """Refuse names and years that a batch does not have.

    Parameters
    ----------
    batch
        Its name, for the message.
    data
        Its coordinates.
    scenarios, regions, years
        What is asked of it.

    Raises
    ------
    InputError
        With every name that is unknown.
    """
    problems = list(_unknown(batch, "scenario", scenarios, [str(n) for n in data.scenario.values]))
    problems += _unknown(batch, "region", regions, [str(n) for n in data.region.values])
    span = f"its years are {int(data.time[0])} to {int(data.time[-1])}"
    problems += [
        Problem(
            "unknown-name", Place("command line"), f"batch {batch} has no year {year}", f"{span}; give one as --year"
        )
        for year in years
        if year not in data.time.values
    ]
    if problems:
        raise InputError(problems)


def _unknown(batch: str, kind: str, words: Sequence[str], names: Sequence[str]) -> Iterator[Problem]:
    for word in words:
        if word not in names:
            message = f"batch {batch} has no {kind} {word!r}"
            yield Problem("unknown-name", Place("command line"), message, nearest(word, names))
