"""``urbsim targets``: the scoreboard of the policy documents' targets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from urbsim.commands import options, reading
from urbsim.errors import InputError, Place, Problem, command_line, nearest

if TYPE_CHECKING:
    import xarray as xr

    from urbsim.experiment.manifest import Manifest
    from urbsim.experiment.storage.read import StoredBatch
    from urbsim.project.indicators import Indicator, Indicators
    from urbsim.project.project import Project
    from urbsim.project.targets import Targets
    from urbsim.project.workspace import Workspace
    from urbsim.results.scores import Score


@click.command()
@click.argument("batch", required=False)
@click.option("--document", "documents", multiple=True, help="Only this document; may be repeated.")
@click.option("--region", "regions", multiple=True, help="Only this region; may be repeated.")
@click.option("--scenario", "scenarios", multiple=True, help="Only this scenario; may be repeated.  [default: all]")
@click.option("--target", "pairs", multiple=True, metavar="ID=VALUE", help="Fill a blank, or try another value.")
@click.option("--csv", "path", type=click.Path(path_type=Path, dir_okay=False), help="Write every row to this file.")
@options.LANGUAGE
@options.JSON
def targets(
    batch: str | None,
    documents: tuple[str, ...],
    regions: tuple[str, ...],
    scenarios: tuple[str, ...],
    pairs: tuple[str, ...],
    path: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Score BATCH, by default the newest one, against the targets of the policy documents in data/targets/.

    Each row is scored at its own deadline: met or missed, by how much, with draws how probable, and when it is met
    later. Counties that a row names together are scored each and jointly: a total adds up, else the worse one counts.
    Blanks are named for you to fill; rows that the model cannot say anything about get no verdict, and say why.

    Shown are documents that name a region of the batch, or those of --document, region by region in the order of
    their clauses; figures of one scenario, of several where they fit, else verdicts. --csv and --json have all rows.

    \b
    Examples:
      urbsim targets
      urbsim targets batch-1a2b3c4d --document dongying-2023-17 --region lijin
      urbsim targets --scenario baseline --csv scoreboard.csv
      urbsim targets --document city-urbanization-template --target xxcity-2c-urbanisation=60
    """
    from urbsim.project.workspace import find
    from urbsim.results import scores as scoring

    workspace = find()
    project, indicators, known, stored = _open(workspace, batch)
    data = stored.data()
    regions = tuple(reading.region_ids(data, regions))
    _check(project, known, data, stored.name, documents, regions, scenarios)
    wanted = scoring.given(known, _values(pairs, known))
    chosen = list(scenarios) or [str(name) for name in data.scenario.values]
    scores = score_batch(project, indicators, wanted, stored.manifest, data, regions, chosen)
    scores = [one for one in scores if not documents or one.document in documents]
    if path is not None:
        from urbsim.files import to_csv, write_text
        from urbsim.report.scoreboard import COLUMNS, rows

        write_text(path, to_csv(rows(scores), COLUMNS))
    if as_json:
        found = [{"label": one.target.label.in_(lang), **one.as_dict()} for one in scores]
        click.echo(json.dumps({"batch": stored.name, "scores": found}, ensure_ascii=False, indent=2))
        return
    _print(scores, project, indicators, known, data, chosen, documents, regions, lang)
    if "quantile" in data.dims and scores:
        click.echo("The batch holds quantiles, not draws: medians are scored, without probabilities.")


def _open(workspace: Workspace, name: str | None) -> tuple[Project, Indicators, Targets, StoredBatch]:
    """Read the workspace and a batch, by default the one that was written last."""
    from urbsim.experiment.storage.read import newest, open_batch
    from urbsim.project.project import Project

    project = Project.open(workspace)
    indicators = project.indicators
    stored = open_batch(workspace.outputs, newest(workspace.outputs) if name is None else name)
    project.find_regions(stored.manifest.regions)
    return project, indicators, project.targets, stored


def score_batch(
    project: Project,
    indicators: Indicators,
    known: Targets,
    manifest: Manifest,
    data: xr.Dataset,
    regions: Sequence[str],
    scenarios: Sequence[str],
) -> list[Score]:
    """Return the scores of a batch; with regions named, only rows that concern them.

    A large batch holds quantiles over draws: its medians are scored, without a probability.
    """
    from urbsim.results import scores as scoring
    from urbsim.results.intervals import medians
    from urbsim.results.score_series import stored as held
    from urbsim.results.values import kept, values

    found = kept(data, _read_by(known, indicators))
    numbers = values(data, found, project.model)
    numbers = medians(numbers) if "quantile" in data.dims else numbers
    series = held(data, numbers, indicators, project.levers, manifest)
    chosen = list(regions) or list(series.regions)
    scores = scoring.score(known, series, project, scenarios, chosen)
    if not regions:
        return scores
    absent = {scoring.Verdict.NO_RUN, scoring.Verdict.NO_REGION}
    mine = {one.document for one in scoring.concerning(scores, known)}
    return [one for one in scores if one.scenario or (one.document in mine and one.verdict not in absent)]


def _read_by(known: Targets, indicators: Indicators) -> dict[str, Indicator]:
    """Return the indicators that targets read."""
    from urbsim.project.targets import checks

    used = {name for _, row in known.rows for check in checks(row) for name in check.reads}
    return {name: item for name, item in indicators.items() if name in used}


def files(workspace: Workspace) -> dict[str, Path]:
    """Return the target files by label, for the hashes in a manifest: targets.csv depends on them."""
    return {workspace.label(path): path for path in sorted((workspace.data / "targets").glob("*.yaml"))}


def write_scores(
    part: Path,
    data: xr.Dataset,
    project: Project,
    indicators: Indicators,
    known: Targets,
    manifest: Manifest,
    batch: str,
    lang: str | None,
) -> None:
    """Write targets.csv and a chart per document, if a document names a region of the batch; no chart without lang."""
    from urbsim.files import to_csv, write_text
    from urbsim.report.scoreboard import COLUMNS, rows
    from urbsim.results.scores import concerned, concerning

    scenarios, regions = ([str(name) for name in data[dim].values] for dim in ("scenario", "region"))
    if not concerned(known, project, regions):
        return
    scores = concerning(score_batch(project, indicators, known, manifest, data, [], scenarios), known)
    if not scores:
        return
    write_text(part / "targets.csv", to_csv(rows(scores), COLUMNS))
    if lang is not None:
        from urbsim.report.targetcharts import write_target_charts  # a second

        titles = {name: item.title.in_(lang) for name, item in project.documents.items()}
        note = f"urbsim {batch} · {project.model.digest[:8]}"
        shown = _titles(data, scenarios, lang)
        write_target_charts(part / "charts", scores, titles, shown, _names(project, known, regions, lang), note, lang)


def _titles(data: xr.Dataset, scenarios: Sequence[str], lang: str) -> dict[str, str]:
    suffix = "_zh" if lang == "zh" else ""
    return {name: str(data[f"scenario_title{suffix}"].sel(scenario=name).item()) for name in scenarios}


def _names(project: Project, known: Targets, regions: Sequence[str], lang: str) -> dict[str, str]:
    """Return the names of places and regions, of those that are listed and of those of a batch."""
    names = {name: place.name.in_(lang) for name, place in known.places.items()}
    every = dict.fromkeys([*project.regions, *regions])
    return names | {name: project.regions[name].name.in_(lang) for name in every}


def _values(pairs: tuple[str, ...], known: Targets) -> dict[str, float]:
    """Return values of the command line by target id.

    Raises
    ------
    InputError
        With every id that no file has, or whose row one value cannot change.
    """
    from urbsim.project.targets import said
    from urbsim.results.scores import takes_value

    found = options.settings(pairs, "--target", "xxcity-2c-urbanisation=60")
    by_id = {row.id: row for _, row in known.rows}
    problems = [
        Problem("unknown-name", Place("command line"), f"--target: unknown target {name!r}", nearest(name, by_id))
        for name in found
        if name not in by_id
    ]
    problems += [
        Problem(
            "not-scored",
            Place("command line"),
            f"--target: {name} is not scored by one value",
            said(by_id[name].why_not, "en"),
        )
        for name in found
        if name in by_id and not takes_value(by_id[name])
    ]
    if problems:
        raise InputError(problems)
    return found


def _check(
    project: Project,
    known: Targets,
    data: xr.Dataset,
    batch: str,
    documents: tuple[str, ...],
    regions: tuple[str, ...],
    scenarios: tuple[str, ...],
) -> None:
    if not known.rows:
        raise command_line("nothing-there", "there are no targets here", "add data/targets/<document>.yaml")
    kinds = (
        ("document", documents, list(project.documents)),
        ("region", regions, [str(name) for name in data.region.values]),
        ("scenario", scenarios, [str(name) for name in data.scenario.values]),
    )
    problems = [
        Problem("unknown-name", Place("command line"), f"batch {batch} has no {kind} {name!r}", nearest(name, names))
        for kind, given, names in kinds
        for name in given
        if name not in names
    ]
    if problems:
        raise InputError(problems)


def _print(
    scores: list[Score],
    project: Project,
    indicators: Indicators,
    known: Targets,
    data: xr.Dataset,
    scenarios: Sequence[str],
    documents: Sequence[str],
    regions: Sequence[str],
    lang: str,
) -> None:
    """Print the scoreboard of each document named, by default of those that name a region of the batch."""
    from urbsim.report import scoreboard, tables
    from urbsim.report.words import SCOREBOARD
    from urbsim.results.score_places import concerns
    from urbsim.results.scores import concerning

    if regions:
        scores = [one for one in scores if one.scenario or concerns(one.target, known, project, regions)]
    if not scores:
        click.echo(SCOREBOARD[lang]["none"])
        return
    named = (project.levers, indicators)
    labels = {name: item.label.in_(lang) for items in named for name, item in items.items()}
    names = _names(project, known, [str(name) for name in data.region.values], lang)
    order = {str(name): names[str(name)] for name in data.region.values if str(name) in names}
    board = scoreboard.Board(_titles(data, scenarios, lang), order | names, labels, lang, tables.width())
    every = list(dict.fromkeys(one.document for one in scores))
    scored = [one for one in concerning(scores, known) or scores if one.scenario]
    chosen = list(documents) or list(dict.fromkeys(one.document for one in scored)) or every
    for document in chosen:
        mine = [one for one in scores if one.document == document]
        for table, lines in scoreboard.scoreboard(mine, project.documents[document].title.in_(lang), board):
            tables.show([] if table is None else [table], lines)
    rest = [name for name in every if name not in chosen]
    if rest and not documents:
        click.echo(SCOREBOARD[lang]["others"].format(", ".join(rest)))
