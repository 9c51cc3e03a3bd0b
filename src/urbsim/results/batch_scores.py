"""Scores of a stored batch: its numbers and lever settings against the targets of policy documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from urbsim.experiment.manifest import Manifest
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.targets import Targets, checks
from urbsim.results import scores as scoring
from urbsim.results.intervals import medians
from urbsim.results.score_series import batch_series
from urbsim.results.scores import Score, Verdict
from urbsim.results.values import kept, values

if TYPE_CHECKING:
    import xarray as xr


def score_batch(
    project: Project,
    targets: Targets,
    manifest: Manifest,
    data: xr.Dataset,
    regions: Sequence[str],
    scenarios: Sequence[str],
) -> list[Score]:
    """Return the scores of a batch.

    A large batch holds quantiles over draws: its medians are scored, without a probability.

    Parameters
    ----------
    project
        Regions, levers and indicators.
    targets
        What to score against, with values that a person gave.
    manifest, data
        Of the batch; ``data`` are its results.
    regions
        Only rows that concern these; none is every row.
    scenarios
        Those that are scored.
    """
    items = kept(data, _read_by(targets, project.indicators))
    numbers = values(data, items, project.model)
    numbers = medians(numbers) if "quantile" in data.dims else numbers
    series = batch_series(data, numbers, project.indicators, project.levers, manifest)
    scores = scoring.score(targets, series, project, scenarios, list(regions) or list(series.regions))
    if not regions:
        return scores
    absent = {Verdict.NO_RUN, Verdict.NO_REGION}
    documents = {score.document for score in scoring.concerning(scores, targets)}
    return [s for s in scores if s.scenario or (s.document in documents and s.verdict not in absent)]


def _read_by(targets: Targets, indicators: Indicators) -> Indicators:
    """Return the indicators that targets read."""
    names = {name for _, row in targets.rows for check in checks(row) for name in check.reads}
    return {name: item for name, item in indicators.items() if name in names}
