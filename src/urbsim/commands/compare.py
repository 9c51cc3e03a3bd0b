"""``urbsim compare``: scenarios of a batch side by side, or what differs between two."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import export, options
from urbsim.errors import command_line

if TYPE_CHECKING:
    from urbsim.experiment.storage.read import StoredBatch
    from urbsim.results.open import Names

TOP = 20  # rows of a table


@click.command()
@click.argument("batches", nargs=-1, required=True, metavar="BATCH [BATCH]")
@click.option("--scenario", "scenarios", multiple=True, help="One for both batches, or two: the first, the second.")
@click.option(
    "--year",
    "years",
    type=int,
    multiple=True,
    help="Year to compare; may be repeated.  [default: the first target year]",
)
@click.option("--region", "regions", multiple=True, help="Only this region; may be repeated.")
@click.option("--against", metavar="SCENARIO", help="Scenario that the others are compared with.  [default: the first]")
@click.option("--all", "everything", is_flag=True, help="Side by side: every indicator, not only the headline ones.")
@click.option(
    "--top", type=click.IntRange(1), metavar="N", help="Of two: only the N largest.  [default: 20 in a table]"
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--iamc", type=click.Path(path_type=Path), metavar="FILE", help="Write as `urbsim export` does.")
@options.LANGUAGE
@options.JSON
def compare(batches: tuple[str, ...], **chosen: Any) -> None:
    """Put the scenarios of BATCH side by side, or tell what differs between two scenarios or two batches.

    Two are compared where two batches or two scenarios are named: differences at the year, largest first, with draws
    their median, 90 % interval and the share of draws that agree on the sign; levers that differ; and all else that
    differs, as model, files and seed.

    \b
    Examples:
      urbsim compare batch-1a2b3c4d --year 2030 --region guangrao --all
      urbsim compare batch-1a2b3c4d --scenario baseline --scenario land-up --top 10
      urbsim compare batch-1a2b3c4d batch-5e6f7a8b --year 2035 --json
    """
    from urbsim.project.workspace import find
    from urbsim.results.open import Catalogue, head, open_batches, region_ids

    _check(len(batches), chosen)
    names = Catalogue(find())
    batch_list = open_batches(names.workspace, batches)
    coordinates = head(batch_list[0])
    years = list(chosen["years"]) or batch_list[0].manifest.years_shown(int(coordinates.time[-1]))[:1]
    regions = region_ids(coordinates, chosen["regions"]) if chosen["regions"] else []
    if len(batches) == 2 or len(chosen["scenarios"]) == 2:
        _differences(names, batch_list, regions, years, chosen)
    elif chosen["iamc"]:
        click.echo(export.write(names, batch_list[0], chosen["iamc"], regions))
    else:
        _side_by_side(names, batch_list[0], regions, years, chosen)


def _check(batches: int, options: Mapping[str, Any]) -> None:
    """Refuse options that contradict each other."""
    scenarios = len(options["scenarios"])
    if batches > 2 or scenarios > 2:
        message = "two batches and two scenarios are the most that can be compared"
        raise command_line("option-conflict", message, "name two, or one batch")
    if options["as_csv"] and options["as_json"]:
        raise command_line("option-conflict", "--csv and --json cannot be printed at once", "take one of them")
    two = batches == 2 or scenarios == 2
    if two and (options["against"] or options["iamc"] or options["everything"]):
        message = "--against, --all and --iamc are for the scenarios of one batch"
        raise command_line("option-conflict", message, "leave them out")
    if scenarios and not two:
        hint = "for example --scenario baseline --scenario X"
        raise command_line("option-missing", "--scenario needs two of them, or two batches", hint)


def _differences(
    names: Names, batches: Sequence[StoredBatch], regions: list[str], years: list[int], options: Mapping[str, Any]
) -> None:
    """Print what differs between each pair of scenarios."""
    from urbsim.files import to_csv
    from urbsim.report import differences, tables
    from urbsim.results.compare import comparison, sides

    pairs = sides(names, batches, options["scenarios"], regions, years)
    comparisons = [comparison(names, pair, regions, years, options["top"]) for pair in pairs]
    if options["as_json"]:
        click.echo(json.dumps({"comparisons": comparisons}, ensure_ascii=False, indent=2))
    elif options["as_csv"]:
        click.echo(to_csv(differences.csv_rows(comparisons)), nl=False)
    else:
        most, lang = options["top"] or TOP, options["lang"]
        for result in comparisons:
            output = differences.difference_tables(result, names.indicators, lang, most)
            tables.show(output, differences.difference_notes(result, most, lang))


def _side_by_side(
    names: Names, batch: StoredBatch, regions: list[str], years: list[int], options: Mapping[str, Any]
) -> None:
    """Print the scenarios of a batch beside each other."""
    from urbsim.commands.summary import REGIONS, headline, quantile_notes
    from urbsim.files import to_csv
    from urbsim.report import tables
    from urbsim.results.open import check_names, head, indicator_values

    against, machine = options["against"], options["as_json"] or options["as_csv"]
    coordinates = head(batch)
    check_names(batch.name, coordinates, [against] if against else [], regions, years)
    ids = [str(name) for name in coordinates.region.values]
    others = [] if regions or machine else ids[REGIONS:]
    data = batch.data(ids[:REGIONS] if others else regions or None)
    if against:
        scenarios = [str(name) for name in data.scenario.values if name != against]
        data = data.sel(scenario=[against, *scenarios])
    values, items = indicator_values(data, names), names.indicators
    indicator_ids = [name for name in (items if options["everything"] else headline(items)) if name in values]
    rows = [row for year in years for row in tables.comparison_rows(values, items, indicator_ids, year)]
    if options["as_json"]:
        click.echo(json.dumps({"batch": batch.name, "rows": rows}, ensure_ascii=False, indent=2))
    elif options["as_csv"]:
        click.echo(to_csv(_flat(rows)), nl=False)
    else:
        blocks = [
            table
            for region in data.region.values
            for year in years
            for table in tables.comparison(rows, data, items, str(region), year, options["lang"])
        ]
        notes = [f"{len(others)} more regions: --region {others[0]}, or --csv for all."] if others else []
        notes.append("First scenario in numbers, the others as differences from it.")
        tables.show(blocks, [*notes, *quantile_notes(batch.manifest)])


def _flat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per scenario."""
    head = ("region", "indicator", "unit", "year", "base_year", "base")
    return [
        {**{key: row[key] for key in head}, "scenario": scenario, **cell}
        for row in rows
        for scenario, cell in row["scenarios"].items()
    ]
