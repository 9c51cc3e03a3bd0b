"""What stands in the folder of a batch beside results.nc: indicators.csv, targets.csv and charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from urbsim.experiment.progress import SILENCE, Progress
from urbsim.experiment.storage.read import StoredBatch, write_indicators
from urbsim.files import to_csv, write_text
from urbsim.project.project import Project
from urbsim.report.scoreboard import COLUMNS, rows
from urbsim.results.batch_scores import score_batch
from urbsim.results.intervals import has_draws, quantiles
from urbsim.results.scores import Score, concerned, concerning
from urbsim.results.values import value

if TYPE_CHECKING:
    import xarray as xr

CHARTED = 12  # regions: more panels in one figure cannot be read


def write_contents(project: Project, batch: StoredBatch, lang: str | None, progress: Progress = SILENCE) -> None:
    """Write what a batch says, one indicator at a time.

    Parameters
    ----------
    project
        Indicators, targets and names.
    batch
        The batch, whose results.nc is whole.
    lang
        Language of the charts, or None for no charts.
    progress
        Hears of each chart, and that there are none of many regions.
    """
    if lang is not None and (count := len(batch.manifest.regions)) > CHARTED:
        progress.note(f"no charts, for {count} regions are more than {CHARTED}")
        lang = None
    with batch.opened() as data:
        values = dict(_indicators(project, data))
        write_indicators(batch.path, values)
        if lang is not None:
            _write_charts(project, batch, values, lang, progress)
        _write_scores(project, batch, data, lang)


def _indicators(project: Project, data: xr.Dataset) -> Iterator[tuple[str, xr.DataArray]]:
    """Give each indicator; of draws their quantiles."""
    for name, item in project.indicators.items():
        array = value(data, name, item, project.model).load()
        yield name, quantiles(array) if has_draws(array) else array


def _write_charts(
    project: Project, batch: StoredBatch, values: Mapping[str, xr.DataArray], lang: str, progress: Progress
) -> None:
    """Write a chart of each indicator."""
    from urbsim.report.charts import write_charts  # noqa: PLC0415  a second

    folder, digest = batch.path / "charts", project.model.digest
    target = next(iter(batch.manifest.target_years), None)
    with progress.steps("Charts", len(values)) as steps:
        for _ in write_charts(folder, values, project.indicators, batch.name, digest, lang, target):
            steps(1)


def _write_scores(project: Project, batch: StoredBatch, data: xr.Dataset, lang: str | None) -> None:
    """Write targets.csv, and a chart per document, where a document names a region of the batch."""
    scenarios, regions = ([str(name) for name in data[dim].values] for dim in ("scenario", "region"))
    if not concerned(project.targets, project, regions):
        return
    scores = score_batch(project, project.targets, batch.manifest, data, [], scenarios)
    scores = concerning(scores, project.targets)
    if not scores:
        return
    write_text(batch.path / "targets.csv", to_csv(rows(scores), COLUMNS))
    if lang is not None:
        _write_target_charts(project, batch, data, scores, lang)


def _write_target_charts(
    project: Project, batch: StoredBatch, data: xr.Dataset, scores: list[Score], lang: str
) -> None:
    """Write a chart of the scores of each document."""
    from urbsim.report.targetcharts import write_target_charts  # noqa: PLC0415  a second

    titles = {name: item.title.in_(lang) for name, item in project.documents.items()}
    note = f"urbsim {batch.name} · {project.model.digest[:8]}"
    scenarios = scenario_titles(data, lang)
    write_target_charts(
        batch.path / "charts", scores, titles, scenarios, place_names(project, batch.manifest.regions, lang), note, lang
    )


def scenario_titles(data: xr.Dataset, lang: str) -> dict[str, str]:
    """Return the titles of the scenarios of a batch by id."""
    titles = data["scenario_title_zh" if lang == "zh" else "scenario_title"].values
    return {str(name): str(title) for name, title in zip(data.scenario.values, titles, strict=True)}


def place_names(project: Project, regions: Sequence[str], lang: str) -> dict[str, str]:
    """Return the names by id of places that targets name, of the listed regions, and of ``regions``."""
    names = {name: place.name.in_(lang) for name, place in project.targets.places.items()}
    return names | {name: project.regions[name].name.in_(lang) for name in dict.fromkeys([*project.regions, *regions])}
