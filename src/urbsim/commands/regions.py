"""``urbsim regions``: counties out of census tables, and what a region is made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import options as shared
from urbsim.commands.progress import bar
from urbsim.errors import command_line

if TYPE_CHECKING:
    from urbsim.project.regions.census.county import Rejection
    from urbsim.project.regions.census.importing import CensusImport
    from urbsim.project.workspace import Workspace

SHOWN = 20  # counties that could not be imported and are listed without --json


@click.group()
def regions() -> None:
    """Make regions of the public county census tables, and look at what a region is made of."""


@regions.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--code", "codes", multiple=True, help="County by code; may be given more than once.")
@click.option("--name", "names", multiple=True, help="County by Chinese name; may be given more than once.")
@click.option("--province", default="", help="All counties of a province, into one file; or where to look for --name.")
@click.option("--all", "everything", is_flag=True, help="All counties, into one file.")
@click.option("--id", "identity", help="Id of the region, and the name of its file.  [default: the code]")
@click.option("--english", help="English name of the region.  [default: the Chinese one]")
@click.option("--out", type=click.Path(path_type=Path), help="Folder, or a .csv file.  [default: data/regions]")
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@shared.JSON
@shared.QUIET
def import_regions(files: tuple[Path, ...], **options: Any) -> None:
    """Make region files of counties from census tables: workbooks (.xlsx) or CSV extracts, FILE of 2020 and of 2010.

    A county in both tables starts in 2020; its differences from the mean county are taken from 2010. One or a few
    become region files in YAML; --all and --province write one CSV that a spreadsheet opens. Either way
    `urbsim run --region` takes the id, the code or the Chinese name. What a census lacks follows
    data/estimates/rules.yaml, as assumptions with range and reason.

    A county with a fault (a blank that nothing stands in for, a number that no county can have) is refused with row,
    column, value and what would help; the others go on and the exit code is 0. --json lists all of them. The exit code
    is 2 where a file as a whole cannot be read, no county comes in, or one that --code or --name asks for is refused.

    \b
    Examples:
      urbsim regions import census_county_2020_v1.xlsx census_county_2010_v1.xlsx --code 371424
      urbsim regions import 2020.csv 2010.csv --name 临邑县 --id linyi --english "Linyi County"
      urbsim regions import 2020.csv 2010.csv --all
    """
    from urbsim.project.project import Project
    from urbsim.project.regions.census import importing
    from urbsim.project.regions.census.changes import load_changes
    from urbsim.project.regions.census.columns import load_columns
    from urbsim.project.regions.census.county import pair
    from urbsim.project.workspace import find

    start, workspace = monotonic(), find()
    words = (*options["codes"], *options["names"])
    _check_options(words, options)
    folder = _folder(workspace, options["out"])
    path = workspace.data / "estimates" / "census-columns.yaml"
    changes = load_changes(changed := workspace.data / "county-changes.yaml", workspace.label(changed))
    tables = importing.read_tables(files, load_columns(path, workspace.label(path)))
    project = Project.open(workspace)
    rules = project.counties.rules
    choice = importing.Choice(words, options["province"], options["identity"], options["english"])
    counties, rejections = importing.select(*pair(tables, changes), choice, project.areas)
    with bar("Counties", len(counties), options["quiet"]) as progress:
        census = importing.usable(counties, rejections, rules, project, progress)
    paths = importing.write(census, choice, folder, options["overwrite"])
    seconds = monotonic() - start
    if options["as_json"]:
        click.echo(json.dumps(_record(census, paths, seconds), ensure_ascii=False, indent=2))
    else:
        _report(census, paths, seconds, single=bool(words))


def _check_options(words: Sequence[str], options: dict[str, Any]) -> None:
    """Refuse an import that does not say what, or says it twice."""
    if not words and not options["everything"] and not options["province"]:
        raise command_line("option-missing", "which counties?", "give --code, --name, --province or --all")
    if options["everything"] and (words or options["province"]):
        raise command_line(
            "option-conflict", "--all is every county already", "leave --code, --name and --province out"
        )
    if (options["identity"] or options["english"]) and len(words) != 1:
        raise command_line(
            "option-conflict", "--id and --english are for one county", "give one --code or --name with them"
        )
    identity = options["identity"] or "x"
    if not identity.replace("-", "").replace("_", "").isalnum() or not identity.isascii():
        raise command_line(
            "option-value", f"--id {identity!r} must be ASCII letters, digits and hyphens", "for example --id linyi"
        )


def _folder(workspace: Workspace, out: Path | None) -> Path:
    """Return where to write: what is asked for, else data/regions of the folder one works in."""
    if out is not None:
        return out
    if workspace.data.parent.resolve() != Path.cwd().resolve():
        hint = "make a workspace with `urbsim init DIR` and work in it, or give --out"
        raise command_line("nothing-there", "there is no data/ in this folder to write to", hint)
    return workspace.data / "regions"


def _record(census: CensusImport, paths: Sequence[Path], seconds: float) -> dict[str, Any]:
    """Return what was imported, and what was not, for a program."""
    regions = [
        {"id": c.id, "code": c.code, "name": c.name, "base_year": r.base_year, "note": c.note}
        for c, r in census.regions
    ]
    rejections = [asdict(rejection) for rejection in census.rejections]
    written = [path.name for path in paths]
    return {"written": written, "regions": regions, "refused": rejections, "seconds": round(seconds, 1)}


def _report(census: CensusImport, paths: Sequence[Path], seconds: float, *, single: bool) -> None:
    """Print what was imported, and what was not."""
    from urbsim.project.regions.census.changes import LAND

    pairs, rejections = census.regions, census.rejections
    if single:
        for (county, region), path in zip(pairs, paths, strict=True):
            facts = [fact for entries in region.facts.values() for fact in entries]
            count = sum(fact.range is not None for fact in facts)
            click.echo(f"{path.name}: {county.name} ({county.code}), {len(facts)} facts, {count} of them assumptions")
            if county.note:
                click.echo(f"  note: {county.note}")
            click.echo(f"  urbsim run baseline --region {region.id}")
        return
    years = [region.base_year for _, region in pairs]
    starts = ", ".join(f"{years.count(year)} start in {year}" for year in sorted(set(years), reverse=True))
    click.echo(f"{paths[0].name}: {len(pairs)} counties, {starts}")
    if mean := sum(bool(region.parameters) for _, region in pairs):
        click.echo(f"{mean} without figures of 2010: they move and die like the mean county")
    if land := sum(LAND in county.note for county, _ in pairs):
        click.echo(f"{land} exchanged land since 2010 (column note): their replay mixes people and territory")
    for rejection in rejections[:SHOWN]:
        click.echo(f"not imported: {_line(rejection)}")
    if len(rejections) > SHOWN:
        click.echo(f"not imported: {len(rejections) - SHOWN} more; --json lists them")
    only = "; only single counties are at fault, the files are sound" if rejections else ""
    click.echo(f"{len(pairs)} counties imported, {len(rejections)} refused with reasons, {seconds:.0f} s{only}")


def _line(rejection: Rejection) -> str:
    """Return a county that was refused, as one line: why, which cells, what would help."""
    name = f"{rejection.code} {rejection.province}{rejection.name}".strip()
    cells = f" ({', '.join(rejection.cells)})" if rejection.cells else ""
    hint = f"; {rejection.hint}" if rejection.hint else ""
    return f"{name}: {rejection.reason}{cells}{hint}"


@regions.command("show")
@click.argument("word", metavar="REGION")
@shared.LANGUAGE
@shared.JSON
def show_region(word: str, lang: str, as_json: bool) -> None:
    """Show the facts of REGION (id, code or Chinese name): value, unit, year, source, and range and reason if assumed.

    Facts that the region does not have and takes from data/typical.yaml are marked "typical". Below stand the constants
    that its runs take from its calibration, or from the mean county where it has none.

    \b
    Examples:
      urbsim regions show lijin
      urbsim regions show 371424 --json
    """
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.report import region_facts, tables

    project = Project.open(find())
    [name] = project.find_regions([word])
    region, rows = project.regions[name], region_facts.fact_rows(project, name)
    fitted = region_facts.fit(project, name)
    if as_json:
        click.echo(json.dumps(region_facts.record(region, rows, fitted), ensure_ascii=False, indent=2))
        return
    tables.show([region_facts.table(region, rows, lang)], region_facts.reasons(region, rows, fitted))
