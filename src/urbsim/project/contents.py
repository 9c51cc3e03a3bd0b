"""What every command needs of a workspace: the model and what stands beside it, regions and scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from urbsim.language.checks.ledger_file import LedgerFile
from urbsim.language.model import Model
from urbsim.project.levers import Lever
from urbsim.project.parameters import Uncertain
from urbsim.project.records import Area, DocumentRecord, SourceRecord
from urbsim.project.regions.counties import Counties
from urbsim.project.regions.estimates import Estimates
from urbsim.project.regions.facts import Fact
from urbsim.project.regions.region import Label, Region
from urbsim.project.regions.settlement import CityClass
from urbsim.project.scenarios.scenario import ALL, Scenario
from urbsim.project.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Contents:
    """The files that every command needs, all of them checked.

    ``model`` has what its author wrote, and the sums over the year that indicators show.

    ``files`` are the paths of what was read by label, for the hashes in manifests; ``folders`` are those of scenarios
    below scenarios/, "" at the top.
    """

    workspace: Workspace
    model: Model
    levers: Mapping[str, Lever]
    parameters: Mapping[str, Uncertain]
    ledgers: LedgerFile
    regions: Mapping[str, Region]
    scenarios: Mapping[str, Scenario]
    typical: Mapping[str, list[Fact]]
    classes: Sequence[CityClass]
    estimates: Estimates
    sources: Mapping[str, SourceRecord]
    documents: Mapping[str, DocumentRecord]
    areas: Mapping[str, Area]
    counties: Counties
    files: Mapping[str, Path]
    folders: Mapping[str, str]

    def place(self, area: str) -> Label:
        """Return the name of a region or of an area above."""
        return self._record(area).name

    def parent(self, area: str) -> str | None:
        """Return the region or area above, or None."""
        return self._record(area).parent

    def _record(self, area: str) -> Region | Area:
        above = area in self.areas and area not in self._listed
        return self.areas[area] if above else self.regions[area]

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(self.regions)

    def within(self, area: str | None, above: str) -> bool:
        """Tell whether a region lies in an area."""
        while area is not None and area != above:
            area = self.parent(area)
        return area == above

    def file(self, region: str) -> str:
        """Return the file of a region as messages name it; a county of a CSV file has only its id."""
        label = f"data/regions/{region}.yaml"
        return label if label in self.files else f"region {region}"

    def files_of(self, regions: Sequence[str]) -> Mapping[str, Path]:
        """Return the files by label that shape what the project says of some regions, for the hashes in manifests."""
        return {**self.files, **self.counties.files([name for name in regions if name not in self._listed])}

    def ready(self) -> list[str]:
        """Return the regions that can run: all but templates with blanks."""
        return [name for name, region in self.regions.items() if not region.blanks]

    def regions_of(self, scenario: str, among: Sequence[str] = ()) -> list[str]:
        """Return the regions that a scenario is for, those of ``among`` only where that names any.

        A scenario for all regions is for imported counties too, where they are named.
        """
        regions = self.scenarios[scenario].regions
        if regions == [ALL]:
            regions = [*self.ready(), *(name for name in dict.fromkeys(among) if name not in self._listed)]
        return [name for name in regions if name in among] if among else regions
