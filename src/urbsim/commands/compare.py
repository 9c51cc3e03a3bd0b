"""``urbsim compare``: scenarios of a batch side by side, or what differs between two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from urbsim.commands import differing, export, options, reading
from urbsim.errors import command_line


@click.command()
@click.argument("batches", nargs=-1, required=True, metavar="BATCH [BATCH]")
@click.option("--scenario", "scenarios", multiple=True, help="One for both batches, or two: the first, the second.")
@click.option("--year", "years", type=int, multiple=True, help="Year to compare; may be repeated.  [default: 2025]")
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

    if len(batches) > 2 or len(chosen["scenarios"]) > 2:
        raise command_line(
            "option-conflict",
            "two batches and two scenarios are the most that can be compared",
            "name two, or one batch",
        )
    if chosen["as_csv"] and chosen["as_json"]:
        raise command_line("option-conflict", "--csv and --json cannot be printed at once", "take one of them")
    source = reading.reader(find())
    stored = reading.opened(source.workspace, batches)
    years, regions = list(chosen["years"]) or [2025], list(chosen["regions"])
    regions = reading.region_ids(reading.head(stored[0]), regions) if regions else regions
    two = len(batches) == 2 or len(chosen["scenarios"]) == 2
    if two and (chosen["against"] or chosen["iamc"] or chosen["everything"]):
        raise command_line(
            "option-conflict", "--against, --all and --iamc are for the scenarios of one batch", "leave them out"
        )
    if chosen["scenarios"] and not two:
        raise command_line(
            "option-missing",
            "--scenario needs two of them, or two batches",
            "for example --scenario baseline --scenario X",
        )
    if two:
        differing.show(source, stored, chosen["scenarios"], regions, years, chosen)
    elif chosen["iamc"]:
        click.echo(export.write(source, stored[0], chosen["iamc"], regions))
    else:
        _side_by_side(source, stored[0], regions, years, chosen)


def _side_by_side(
    source: reading.Reader, batch: Any, regions: list[str], years: list[int], chosen: dict[str, Any]
) -> None:
    from urbsim.commands.summary import REGIONS, headline
    from urbsim.files import to_csv
    from urbsim.report import tables

    against = chosen["against"]
    head = reading.head(batch)
    reading.check_names(batch, head, [against] if against else [], regions, years)
    there = [str(name) for name in head.region.values]
    left = [] if regions or chosen["as_json"] or chosen["as_csv"] else there[REGIONS:]
    data = batch.data(there[:REGIONS] if left else regions or None)
    if against:
        others = [str(name) for name in data.scenario.values if name != against]
        data = data.sel(scenario=[against, *others])
    found, items = source.values(data), source.indicators
    names = [name for name in (items if chosen["everything"] else headline(source.indicators)) if name in found]
    rows = [row for year in years for row in tables.comparison_rows(found, items, names, year)]
    if chosen["as_json"]:
        click.echo(json.dumps({"batch": batch.name, "rows": rows}, ensure_ascii=False, indent=2))
    elif chosen["as_csv"]:
        click.echo(to_csv(_flat(rows)), nl=False)
    else:
        shown = [
            table
            for region in data.region.values
            for year in years
            for table in tables.comparison(rows, data, items, str(region), year, chosen["lang"])
        ]
        told = ["First scenario in numbers, the others as differences from it.", *reading.notes(batch.manifest)]
        more = [f"{len(left)} more regions: --region {left[0]}, or --csv for all."] if left else []
        tables.show(shown, [*more, *told])


def _flat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per scenario."""
    head = ("region", "indicator", "unit", "year", "base_year", "base")
    return [
        {**{key: row[key] for key in head}, "scenario": scenario, **cell}
        for row in rows
        for scenario, cell in row["scenarios"].items()
    ]
