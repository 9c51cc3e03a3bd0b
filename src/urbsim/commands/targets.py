"""``urbsim targets``: the scoreboard of the policy documents' targets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from urbsim.commands import options
from urbsim.errors import InputError, Place, Problem, command_line, nearest

if TYPE_CHECKING:
    import xarray as xr

    from urbsim.experiment.storage.read import StoredBatch
    from urbsim.project.project import Project
    from urbsim.project.targets import Targets
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
    from urbsim.experiment.storage.read import newest
    from urbsim.files import to_csv, write_text
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.report import scoreboard
    from urbsim.results.batch_scores import score_batch
    from urbsim.results.open import open_batches, region_ids
    from urbsim.results.scores import with_values

    project = Project.open(find())
    outputs = project.workspace.outputs
    [stored_batch] = open_batches(project.workspace, [newest(outputs) if batch is None else batch])
    project.find_regions(stored_batch.manifest.regions)
    data = stored_batch.data()
    regions = tuple(region_ids(data, regions))
    _check(project, stored_batch, documents, regions, scenarios)
    targets = with_values(project.targets, _values(pairs, project.targets))
    names = list(scenarios) or [str(name) for name in data.scenario.values]
    scores = score_batch(project, targets, stored_batch.manifest, data, regions, names)
    scores = [score for score in scores if not documents or score.document in documents]
    if path is not None:
        write_text(path, to_csv(scoreboard.rows(scores), scoreboard.COLUMNS))
    if as_json:
        rows = [{"label": score.target.label.in_(lang), **score.as_dict()} for score in scores]
        click.echo(json.dumps({"batch": stored_batch.name, "scores": rows}, ensure_ascii=False, indent=2))
        return
    _print(scores, project, data, names, documents, regions, lang)
    if "quantile" in data.dims and scores:
        click.echo("The batch holds quantiles, not draws: medians are scored, without probabilities.")


def _values(pairs: tuple[str, ...], targets: Targets) -> dict[str, float]:
    """Return values of the command line by target id.

    Raises
    ------
    InputError
        With every id that no file has, or whose row one value cannot change.
    """
    from urbsim.project.targets import said
    from urbsim.results.scores import takes_value

    values = options.settings(pairs, "--target", "xxcity-2c-urbanisation=60")
    by_id = {row.id: row for _, row in targets.rows}
    problems = [
        Problem("unknown-name", Place("command line"), f"--target: unknown target {name!r}", nearest(name, by_id))
        for name in values
        if name not in by_id
    ]
    problems += [
        Problem(
            "not-scored",
            Place("command line"),
            f"--target: {name} is not scored by one value",
            said(by_id[name].why_not, "en"),
        )
        for name in values
        if name in by_id and not takes_value(by_id[name])
    ]
    if problems:
        raise InputError(problems)
    return values


def _check(
    project: Project,
    batch: StoredBatch,
    documents: tuple[str, ...],
    regions: tuple[str, ...],
    scenarios: tuple[str, ...],
) -> None:
    """Refuse names that the batch or the project does not have."""
    if not project.targets.rows:
        raise command_line("nothing-there", "there are no targets here", "add data/targets/<document>.yaml")
    kinds = (
        ("document", documents, list(project.documents)),
        ("region", regions, batch.manifest.regions),
        ("scenario", scenarios, batch.manifest.scenarios),
    )
    problems = [
        Problem(
            "unknown-name", Place("command line"), f"batch {batch.name} has no {kind} {word!r}", nearest(word, names)
        )
        for kind, words, names in kinds
        for word in words
        if word not in names
    ]
    if problems:
        raise InputError(problems)


def _print(
    scores: list[Score],
    project: Project,
    data: xr.Dataset,
    scenarios: Sequence[str],
    documents: Sequence[str],
    regions: Sequence[str],
    lang: str,
) -> None:
    """Print the scoreboard of each document named, by default of those that name a region of the batch."""
    from urbsim.api.contents import place_names, scenario_titles
    from urbsim.report import scoreboard, tables
    from urbsim.report.words import SCOREBOARD
    from urbsim.results.score_places import concerns
    from urbsim.results.scores import concerning

    targets = project.targets
    if regions:
        scores = [score for score in scores if score.scenario or concerns(score.target, targets, project, regions)]
    if not scores:
        click.echo(SCOREBOARD[lang]["none"])
        return
    labels = {
        name: item.label.in_(lang) for items in (project.levers, project.indicators) for name, item in items.items()
    }
    names = place_names(project, [str(name) for name in data.region.values], lang)
    titles = {name: scenario_titles(data, lang)[name] for name in scenarios}
    order = {str(name): names[str(name)] for name in data.region.values if str(name) in names}
    board = scoreboard.Board(titles, order | names, labels, lang, tables.width())
    every = list(dict.fromkeys(score.document for score in scores))
    verdicts = [score for score in concerning(scores, targets) or scores if score.scenario]
    document_ids = list(documents) or list(dict.fromkeys(score.document for score in verdicts)) or every
    for document in document_ids:
        mine = [score for score in scores if score.document == document]
        for table, lines in scoreboard.scoreboard(mine, project.documents[document].title.in_(lang), board):
            tables.show([] if table is None else [table], lines)
    others = [name for name in every if name not in document_ids]
    if others and not documents:
        click.echo(SCOREBOARD[lang]["others"].format(", ".join(others)))
