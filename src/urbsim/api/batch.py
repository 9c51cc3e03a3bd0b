"""A batch in Python: numbers with labels, comparisons, scores and charts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbsim.api.contents import write_contents
from urbsim.api.errors import called
from urbsim.api.html import table
from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.experiment.manifest import Manifest
from urbsim.experiment.storage import read, unfinished
from urbsim.experiment.storage.read import StoredBatch
from urbsim.project.project import Project
from urbsim.results.batch_scores import score_batch
from urbsim.results.compare import comparison, sides
from urbsim.results.intervals import medians
from urbsim.results.open import Names, head, indicator_values
from urbsim.results.values import kept, value

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure
    from pandas import DataFrame

COPIED = ("results.nc", "evaluation.csv", "failed.csv")  # what a run writes before anything is said of it


@dataclass(frozen=True, eq=False)
class Batch:
    """Scenarios that have run for regions; ``batch["town_residents"]`` is an indicator with its unit and label."""

    stored: StoredBatch
    names: Names

    @property
    def name(self) -> str:
        """Return the name of the batch."""
        return self.stored.name

    @property
    def path(self) -> Path:
        """Return the folder of the batch."""
        return self.stored.path

    @property
    def manifest(self) -> Manifest:
        """Return the manifest of the batch, with the members that failed."""
        return self.stored.manifest

    @property
    def regions(self) -> list[str]:
        """Return the regions by id."""
        return self.manifest.regions

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios by id."""
        return self.manifest.scenarios

    @cached_property
    def indicators(self) -> list[str]:
        """Return the ids of the indicators that the batch holds."""
        with self.stored.opened() as data:
            return list(kept(data, self.names.indicators))

    @cached_property
    def project(self) -> Project:
        """Return the project, which is opened where only the batch was."""
        project = self.names if isinstance(self.names, Project) else Project.open(self.names.workspace)
        project.find_regions(self.regions)
        return project

    @cached_property
    def coordinates(self) -> xr.Dataset:
        """Return the coordinates of the results, without numbers."""
        return head(self.stored)

    def __getitem__(self, indicator: str) -> xr.DataArray:
        """Return an indicator in its unit, dims (region, scenario, [draw,] time); t.0 is the end of year t.

        Raises
        ------
        InputError
            Where the batch does not hold it, with the nearest ids.
        """
        with self.stored.opened() as data:
            items = kept(data, self.names.indicators)
            if indicator not in items:
                raise _unknown("batch[...]", "indicator", indicator, items)
            array = value(data, indicator, items[indicator], self.names.model).load()
        return array.rename(indicator)

    def values(self, regions: Sequence[str] | None = None) -> Mapping[str, xr.DataArray]:
        """Return all indicators by id, of all regions or of some."""
        return indicator_values(self.stored.data(regions), self.names)

    def compare(
        self,
        first: str,
        second: str,
        *,
        year: int | Sequence[int],
        other: Batch | None = None,
        regions: Sequence[str] = (),
    ) -> DataFrame:
        """Return how a scenario differs from another one: a row for each region, year and indicator, largest first.

        With draws a difference is the median of the differences within each draw, with its 90 % interval and the share
        of draws that agree on the sign.

        Parameters
        ----------
        first, second
            Scenarios by id; differences are of the second from the first.
        year
            At whose end to compare; several years are compared each.
        other
            The batch of the second scenario, where it is another one.
        regions
            By id; none is all that both hold.

        Raises
        ------
        InputError
            For scenarios, regions and years that the batch does not have.
        """
        import pandas as pd  # noqa: PLC0415  heavy

        years = [year] if isinstance(year, int) else list(year)
        batches = [self.stored, (other or self).stored]
        with called("batch.compare"):
            [pair] = sides(self.names, batches, [first, second], regions, years)
            rows = comparison(self.names, pair, regions, years)["rows"]
        return pd.DataFrame(rows)

    def score(self, *, regions: Sequence[str] = (), scenarios: Sequence[str] = ()) -> DataFrame:
        """Return a row for each target, region and scenario: verdict, value, projected, probability and more.

        Parameters
        ----------
        regions, scenarios
            By id; none is all.

        Raises
        ------
        InputError
            For scenarios and regions that the batch does not have.
        """
        import pandas as pd  # noqa: PLC0415  heavy

        for kind, words, names in (("region", regions, self.regions), ("scenario", scenarios, self.scenarios)):
            for word in words:
                if word not in names:
                    raise _unknown("batch.score", kind, word, names)
        project, data = self.project, self.stored.data()
        scenario_ids = list(scenarios) or self.scenarios
        scores = score_batch(project, project.targets, self.manifest, data, list(regions), scenario_ids)
        return pd.DataFrame([{"label": score.target.label.en, **score.as_dict()} for score in scores])

    def chart(self, indicator: str, lang: str = "en") -> Figure:
        """Return the chart of an indicator: lines of scenarios, with draws fans, a panel for each region.

        Raises
        ------
        InputError
            Where the batch does not hold the indicator.
        """
        from urbsim.report.charts import chart  # noqa: PLC0415  heavy
        from urbsim.report.style import style  # noqa: PLC0415

        array = self[indicator]
        target = next(iter(self.manifest.target_years), None)
        with style():
            return chart(array, self.names.indicators[indicator], self.name, self.manifest.model, lang, target)

    def save(self, name: str, *, charts: bool = True, lang: str = "en") -> Batch:
        """Write outputs/NAME as `urbsim run --out NAME` does, and return the batch that stands there.

        Raises
        ------
        InputError
            Where the name is no name of a folder, is that of another batch, or cannot be written.
        """
        with called("batch.save"):
            read.check_name(name)
            outputs = self.project.workspace.outputs
            if not read.is_there(outputs, name, self.manifest.id):
                self._copy(outputs, name, lang if charts else None)
            return Batch(read.open_batch(outputs, name), self.project)

    def _copy(self, outputs: Path, name: str, lang: str | None) -> None:
        """Write the batch under a name, whole or not at all."""
        plan = {"id": self.manifest.id, "blocks": 0, "members": self.manifest.runs, "command": "batch.save"}
        with unfinished.begun(outputs, name, plan, (), resume=False) as work:
            for file in COPIED:
                if (self.path / file).exists():
                    shutil.copyfile(self.path / file, work.batch / file)
            batch = StoredBatch(name, work.batch, self.manifest)
            write_contents(self.project, batch, lang)
            read.write_manifest(work.batch, self.manifest)
            work.finish()

    def __repr__(self) -> str:
        """Return the content of the batch in one line."""
        draws = f", {self.manifest.draws.count} draws" if self.manifest.draws else ""
        failure_note = f", {len(self.manifest.failed)} members failed" if self.manifest.failed else ""
        return f"<batch {self.name}: {len(self.scenarios)} scenarios, {len(self.regions)} regions{draws}{failure_note}>"

    def _repr_html_(self) -> str:
        """Return the headline indicators of the first region in the last year."""
        from urbsim.report.tables import number  # noqa: PLC0415

        region, items = self.regions[0], self.names.indicators
        values = medians(self.values([region]))
        time = next(iter(values.values())).time.values[-1]
        headline = [name for name in values if items[name].headline]
        rows = [
            [
                f"{items[name].label.en}, {items[name].unit}",
                *(number(float(values[name].sel(region=region, scenario=s, time=time))) for s in self.scenarios),
            ]
            for name in headline
        ]
        place = str(self.coordinates.region_name.sel(region=region).item())
        draws = f" Medians of {self.manifest.draws.count} draws." if self.manifest.draws else ""
        note = f"{len(self.regions)} regions: {', '.join(self.regions[:8])}. Model {self.manifest.model[:8]}.{draws}"
        return table(f"Batch {self.name} · {place} · {time:.0f}", ["Indicator", *self.scenarios], rows, note)


def _unknown(call: str, kind: str, name: str, names: Mapping[str, Any] | Sequence[str]) -> InputError:
    """Return the error about a name that a batch does not have."""
    return InputError(Problem("unknown-name", Place(call), f"the batch has no {kind} {name!r}", nearest(name, names)))
