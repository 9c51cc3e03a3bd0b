"""``urbsim list``: what a workspace holds."""

from __future__ import annotations

import json
from typing import Any

import click

from urbsim.commands import options
from urbsim.errors import command_line

KINDS = ("scenarios", "regions", "levers", "indicators", "parameters", "targets", "batches")


@click.command(name="list")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--province", help="Regions of this province only, imported counties too; by id, code or name.")
@click.option("--document", "documents", multiple=True, help="Only targets of this document; may be repeated.")
@options.LANGUAGE
@options.JSON
def show(kind: str, province: str | None, documents: tuple[str, ...], lang: str, as_json: bool) -> None:
    """List scenarios, regions, levers, indicators, parameters, targets or batches.

    \b
    Examples:
      urbsim list levers
      urbsim list scenarios --lang zh
      urbsim list regions --json
      urbsim list batches
      urbsim list regions --province 山东省
      urbsim list targets --document dongying-2023-17
    """
    from urbsim.report.tables import new_table
    from urbsim.report.tables import show as print_tables

    if province and kind != "regions":
        raise command_line("option-conflict", "--province is for regions", "urbsim list regions --province ...")
    rows, notes = _rows(kind, lang, province, documents)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(f"no {kind} here")
        return
    table = new_table()
    columns = [column for column in rows[0] if column != "resume"]
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    print_tables([table], [*notes, *(row["resume"] for row in rows if row.get("resume"))])


def _rows(
    kind: str, lang: str, province: str | None, documents: tuple[str, ...]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a list, and the lines below it."""
    from urbsim.project.workspace import find

    if kind == "batches":
        from urbsim.report.batch_list import batch_rows

        return list(batch_rows(find().outputs)), []
    from urbsim.project.project import Project
    from urbsim.report import listing

    project = Project.open(find())
    rows = list(listing.rows(kind, project, lang, province, documents))
    return rows, [listing.region_count(project, len(rows), province)] if kind == "regions" else []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
