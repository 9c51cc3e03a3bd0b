"""``urbsim list``: what a workspace holds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import options
from urbsim.errors import InputError, command_line, nearest

if TYPE_CHECKING:
    from urbsim.project.project import Project
    from urbsim.project.regions.region import Region
    from urbsim.project.workspace import Workspace

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
    from urbsim.project.workspace import find

    if province and kind != "regions":
        raise command_line("option-conflict", "--province is for regions", "urbsim list regions --province ...")
    workspace = find()
    rows = list(_rows(kind, workspace, lang, province, documents))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(f"no {kind} here")
        return
    from rich.table import Table

    from urbsim.report.tables import show as print_tables

    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = [column for column in rows[0] if column != "resume"]
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    counted = [_count(workspace, rows, province)] if kind == "regions" else []
    print_tables([table], [*counted, *(row["resume"] for row in rows if row.get("resume"))])


class Bytes(int):
    """A size: bytes in JSON, a larger unit on the screen."""

    def __str__(self) -> str:
        """Return the size with its unit."""
        power = min(4, max(0, (int(self).bit_length() - 1) // 10))
        return f"{int(self) / 1024**power:.{1 if power else 0}f} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


class Seconds(int):
    """A time that has passed: seconds in JSON, a larger unit on the screen."""

    def __str__(self) -> str:
        """Return the time with its unit."""
        for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
            if self >= 2 * length:
                return f"{int(self) // length} {unit}"
        return f"{int(self)} s"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _count(workspace: Workspace, rows: list[dict[str, Any]], province: str | None) -> str:
    """Say how many regions are listed, and how many counties are not."""
    from urbsim.files import read_text
    from urbsim.project.regions.counties import county_files

    lines = {path.name: len(read_text(path, path.name).splitlines()) - 2 for path in county_files(workspace)}
    told = f"{len(rows)} regions"
    if lines and not province:
        files = ", ".join(f"{count} imported counties in {name}" for name, count in lines.items())
        told += f"; {files}, listed with --province"
    return told


def _rows(
    kind: str, workspace: Workspace, lang: str, province: str | None, documents: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    if kind == "batches":
        yield from _batches(workspace)
        return
    from urbsim.project.project import Project

    project = Project.open(workspace)
    if kind == "indicators":
        yield from _indicators(project, lang)
    elif kind == "regions":
        yield from _regions(project.regions_in(province) if province else project.regions, lang)
    elif kind == "targets":
        yield from _targets(project, lang, documents)
    else:
        yield from {"scenarios": _scenarios, "levers": _levers, "parameters": _parameters}[kind](project, lang)


def _scenarios(project: Project, lang: str) -> Iterator[dict[str, Any]]:
    for name, scenario in project.scenarios.items():
        yield {
            "name": name,
            "folder": project.folders.get(name, ""),
            "title": scenario.title.in_(lang),
            "question": scenario.question.in_(lang),
            "regions": scenario.regions,
            "clauses": [f"{c.document} {c.clause}" for c in scenario.references],
        }


def _regions(regions: Mapping[str, Region], lang: str) -> Iterator[dict[str, Any]]:
    for name, region in regions.items():
        facts = {fact: entries for fact, entries in region.facts.items() if entries}
        assumed = sorted(fact for fact, entries in facts.items() if entries[0].source == "assumption")
        yield {
            "id": name,
            "name": region.name.in_(lang),
            "kind": f"template: {region.missing} facts missing" if region.blanks else region.kind,
            "code": region.code,
            "parent": region.parent,
            "base year": region.base_year,
            "facts": len(facts),
            "assumed": assumed,
        }


def _levers(project: Project, lang: str) -> Iterator[dict[str, Any]]:
    for name, lever in project.levers.items():
        default = project.model.constant(lever.variable)
        yield {
            "id": name,
            "label": lever.label.in_(lang),
            "unit": lever.unit,
            "default": float(default),
            "low": lever.bounds[0],
            "high": lever.bounds[1],
            "over time": lever.interpolation,
            "clauses": [f"{c.document} {c.clause}" for c in lever.clauses],
        }


def _parameters(project: Project, _lang: str) -> Iterator[dict[str, Any]]:
    for name, item in project.parameters.items():
        variable = project.model.variable(name)
        entry = variable.definitions[0].entry
        limits = item.range or item.scale or [0.0, 0.0]
        yield {
            "name": variable.spelled,
            "unit": variable.unit,
            "value": entry.right if entry and variable.role == "constant" else "table",
            "range": f"{limits[0]:g} to {limits[1]:g}" + ("" if item.range else " times"),
            "source": item.source,
            "reason": item.reason,
        }


def _indicators(project: Project, lang: str) -> Iterator[dict[str, Any]]:
    """Give each indicator with its definition, which is the model's comment, and the targets that read it."""
    from urbsim.project.targets import checks

    indicators = project.indicators
    serves: dict[str, list[str]] = {}
    for _, row in project.targets.rows:
        for name in dict.fromkeys(check.indicator for check in checks(row) if check.indicator):
            serves.setdefault(name, []).append(row.id)
    for name, item in indicators.items():
        part = "".join(f" [{element}]" for element in item.where.values())
        yield {
            "id": name,
            "label": item.label.in_(lang),
            "unit": item.unit,
            "variable": item.variable + part,
            "definition": project.model.variable(item.variable).comment,
            "headline": item.headline,
            "targets": serves.get(name, []),
        }


def _targets(project: Project, lang: str, documents: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    from urbsim.project.targets import said

    unknown = [name for name in documents if name not in project.documents]
    if unknown:
        hint = nearest(unknown[0], project.documents)
        raise command_line("unknown-name", f"unknown document {unknown[0]!r}", hint)
    for document, row in project.targets.rows:
        if not documents or document in documents:
            value = "" if row.value is None else f"{row.value:g}"
            reads = row.indicator or ", ".join(str(c.lever or c.indicator) for c in row.condition)
            yield {
                "document": document,
                "id": row.id,
                "clause": row.clause,
                "label": row.label.in_(lang),
                "region": row.region,
                "wanted": " ".join(part for part in (row.operator, value, row.unit) if part),
                "due": f"{row.due or ''}{'*' if row.assumed_deadline else ''}",
                "reads": reads or f"not modelled: {said(row.why_not, lang)}",
            }


def _batches(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Give stored batches, and those that were begun."""
    from urbsim.experiment.storage.read import names, open_batch, size
    from urbsim.experiment.storage.unfinished import unfinished

    for name in names(workspace.outputs):
        try:
            batch = open_batch(workspace.outputs, name)
        except InputError as error:
            state = "of another version" if error.problems[0].rule == "other-format" else "damaged"
            columns = ("id", "members", "failed", "size", "age", "engine", "model")
            yield {"name": name, "state": state, **dict.fromkeys(columns)}
            continue
        manifest = batch.manifest
        written = (batch.path / "manifest.json").stat().st_mtime
        yield {
            "name": name,
            "state": "complete",
            "id": manifest.id[:8],
            "members": manifest.runs,
            "failed": len(manifest.failed),
            "size": Bytes(size(batch.path)),
            "age": Seconds(time.time() - written),
            "engine": manifest.engine,
            "model": manifest.model[:8],
        }
    for one in unfinished(workspace.outputs):
        state = f"unfinished, {one.done} of {one.plan['blocks']} blocks"
        yield {
            "name": one.name,
            "state": f"running, {one.done} of {one.plan['blocks']} blocks, {one.running}" if one.running else state,
            "id": one.plan["id"][:8],
            "members": one.plan["members"],
            "failed": None,
            "size": Bytes(one.size),
            "age": Seconds(one.age),
            "engine": None,
            "model": None,
            "resume": f"{one.plan['command']} --resume",
        }
