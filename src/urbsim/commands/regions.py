"""``urbsim regions``: counties out of census tables, and what a region is made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import options
from urbsim.commands.progress import bar
from urbsim.errors import InputError, Place, Problem, command_line

if TYPE_CHECKING:
    from urbsim.project.project import Project
    from urbsim.project.regions.census.county import County, Rejection
    from urbsim.project.regions.region import Region
    from urbsim.project.workspace import Workspace

TOLD = 20  # counties that could not be imported and are listed without --json


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
@options.JSON
@options.QUIET
def import_regions(files: tuple[Path, ...], **chosen: Any) -> None:
    """Make region files of counties from census tables: workbooks (.xlsx) or CSV extracts, FILE of 2020 and of 2010.

    A county in both tables starts in 2020; its differences from the mean county are taken from 2010. One or a few
    become region files in YAML; --all and --province write one CSV that a spreadsheet opens. Either way
    `urbsim run --region` takes the id, the code or the Chinese name. What a census lacks follows
    data/estimates/rules.yaml, as assumptions with range and reason.

    \b
    Examples:
      urbsim regions import census_county_2020_v1.xlsx census_county_2010_v1.xlsx --code 371424
      urbsim regions import 2020.csv 2010.csv --name 临邑县 --id linyi --english "Linyi County"
      urbsim regions import 2020.csv 2010.csv --all
    """
    from urbsim.project.project import Project
    from urbsim.project.regions.census import importing
    from urbsim.project.regions.census.columns import load_columns
    from urbsim.project.regions.census.county import pair
    from urbsim.project.workspace import find

    workspace = find()
    words = (*chosen["codes"], *chosen["names"])
    _asked(words, chosen)
    folder = _folder(workspace, chosen["out"])
    path = workspace.data / "estimates" / "census-columns.yaml"
    tables = importing.read_tables(files, load_columns(path, workspace.label(path)))
    project = Project.open(workspace)
    rules = project.counties.rules
    choice = importing.Choice(words, chosen["province"])
    counties, lost = importing.select(*pair(tables), choice, project.areas)
    counties = [_renamed(county, chosen) for county in counties]
    with bar("Counties", len(counties), chosen["quiet"]) as progress:
        made, refused = importing.usable(counties, rules, project, progress)
    refused = sorted([*lost, *refused], key=lambda one: one.code)
    if (words and refused) or not made:
        problems = [Problem("refused-county", Place(f"{one.name} ({one.code})"), one.reason) for one in refused]
        raise InputError(
            problems or [Problem("nothing-there", Place("command line"), "the tables hold no county of this kind")]
        )
    written = _write(made, folder, bool(words), chosen, project)
    _report(made, refused, written, bool(words), chosen)


def _asked(words: Sequence[str], chosen: dict[str, Any]) -> None:
    """Refuse an import that does not say what, or says it twice."""
    if not words and not chosen["everything"] and not chosen["province"]:
        raise command_line("option-missing", "which counties?", "give --code, --name, --province or --all")
    if chosen["everything"] and (words or chosen["province"]):
        raise command_line(
            "option-conflict", "--all is every county already", "leave --code, --name and --province out"
        )
    if (chosen["identity"] or chosen["english"]) and len(words) != 1:
        raise command_line(
            "option-conflict", "--id and --english are for one county", "give one --code or --name with them"
        )
    identity = chosen["identity"] or "x"
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


def _renamed(county: County, chosen: dict[str, Any]) -> County:
    return replace(
        county, id=chosen["identity"] or county.id, english=chosen["english"] or county.english, note=county.note
    )


def _write(
    made: Sequence[tuple[County, Region]], out: Path, single: bool, chosen: dict[str, Any], project: Project
) -> list[Path]:
    from urbsim.project.regions.census.importing import write_together
    from urbsim.project.regions.census.text import counties_csv, region_yaml

    if single:
        if out.suffix == ".csv":
            raise command_line("option-value", "a few counties become YAML files, not a .csv", "give a folder as --out")
        files = {out / f"{region.id}.yaml": region_yaml(region, county.note) for county, region in made}
    else:
        name = f"counties-{made[0][1].parent}.csv" if chosen["province"] else "counties.csv"
        path = out if out.suffix == ".csv" else out / name
        _no_twins(path, {county.id for county, _ in made})
        files = {path: counties_csv(county for county, _ in made)}
    write_together(files, chosen["overwrite"])
    return list(files)


def _no_twins(path: Path, ids: set[str]) -> None:
    """Refuse a file beside another that holds the same counties: their names would mean two."""
    from urbsim.project.regions.counties import read_places

    for other in sorted(path.parent.glob("*.csv")):
        if other.name != path.name and (shared := ids & {place.id for place in read_places(other, other.name)}):
            hint = f"delete {other.name} or choose another --out"
            raise command_line("exists-already", f"{other.name} holds {len(shared)} of these counties already", hint)


def _report(
    made: Sequence[tuple[County, Region]],
    refused: Sequence[Rejection],
    written: Sequence[Path],
    single: bool,
    chosen: dict[str, Any],
) -> None:
    if chosen["as_json"]:
        listed = [{"id": c.id, "code": c.code, "name": c.name, "base_year": r.base_year} for c, r in made]
        found = {"written": [path.name for path in written], "regions": listed, "refused": [asdict(r) for r in refused]}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    if single:
        for (county, region), path in zip(made, written, strict=True):
            used = [fact for facts in region.facts.values() for fact in facts]
            assumed = sum(fact.range is not None for fact in used)
            click.echo(f"{path.name}: {county.name} ({county.code}), {len(used)} facts, {assumed} of them assumptions")
            click.echo(f"  urbsim run baseline --region {region.id}")
    else:
        years = [region.base_year for _, region in made]
        starts = ", ".join(f"{years.count(year)} start in {year}" for year in sorted(set(years), reverse=True))
        click.echo(f"{written[0].name}: {len(made)} counties, {starts}")
    mean = sum(bool(region.parameters) for _, region in made)
    if mean:
        click.echo(f"{mean} without figures of 2010: they move and die like the mean county")
    for one in refused[:TOLD]:
        click.echo(f"not imported: {one.code} {one.province}{one.name}: {one.reason}")
    if len(refused) > TOLD:
        click.echo(f"not imported: {len(refused) - TOLD} more; --json lists them")


@regions.command("show")
@click.argument("region")
@options.LANGUAGE
@options.JSON
def show_region(region: str, lang: str, as_json: bool) -> None:
    """Show the facts of REGION (id, code or Chinese name): value, unit, year, source, and range and reason if assumed.

    Facts that the region does not have and takes from data/typical.yaml are marked "typical".

    \b
    Examples:
      urbsim regions show lijin
      urbsim regions show 371424 --json
    """
    from urbsim.project.project import Project
    from urbsim.project.workspace import find

    project = Project.open(find())
    [name] = project.find_regions([region])
    rows = _facts(project, name)
    found = project.regions[name]
    if as_json:
        head = found.model_dump(include={"id", "code", "name", "kind", "parent", "base_year", "parameters", "levers"})
        ages = [item.model_dump() for item in found.age_structure]
        click.echo(json.dumps({**head, "facts": rows, "age_structure": ages}, ensure_ascii=False, indent=2))
        return
    _print(project, name, rows, lang)


def _facts(project: Project, name: str) -> list[dict[str, Any]]:
    """Return the facts of a region and those that the model borrows for it, as plain rows."""
    from urbsim.project.regions.facts import ASSUMPTION, describe
    from urbsim.project.regions.initial import figures

    region = project.regions[name]
    rows = [
        {"fact": fact, **describe(entry), "assumed": entry.source == ASSUMPTION, "typical": False}
        for fact, entries in region.facts.items()
        for entry in entries
    ]
    used = figures(region, project.file(name), project.typical, region.base_year)
    rows += [
        {"fact": fact, **describe(used.used[fact]), "assumed": used.used[fact].source == ASSUMPTION, "typical": True}
        for fact in used.typical
    ]
    return rows


def _print(project: Project, name: str, rows: list[dict[str, Any]], lang: str) -> None:
    from urbsim.report import tables
    from urbsim.report.tables import new_table

    region = project.regions[name]
    code = f" · {region.code}" if region.code not in {"", name} else ""
    title = f"{region.name.in_(lang)} · {name}{code} · {region.kind} of {region.parent} · {region.base_year}"
    table = new_table(title)
    for heading in ("Fact", "Year", "Value", "Unit", "Source", "Range"):
        table.add_column(heading, justify="right" if heading in {"Year", "Value"} else "left", no_wrap=True)
    last = ""
    for row in rows:
        low, high = row.get("range") or (0, 0)
        span = f"{low:,.6g} to {high:,.6g}" if row.get("range") else ""
        source = f"{row['source']} (typical)" if row["typical"] else row["source"]
        shown = row["fact"] if row["fact"] != last else ""
        table.add_row(shown, str(row["year"]), f"{row['value']:,.10g}", row["unit"], source, span)
        last = row["fact"]
    tables.show([table], _reasons(region, rows))


def _reasons(region: Region, rows: list[dict[str, Any]]) -> list[str]:
    """Return the notes under the facts: each reason once, with the facts that it is for."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row["assumed"]:
            reasons.setdefault(row["reason"], []).append(f"{row['fact']} {row['year']}")
    for key, item in region.parameters.items():
        reasons.setdefault(item.reason, []).append(f"{key} = {item.value:g}")
    assumed = sum(row["assumed"] for row in rows)
    head = f"{len(rows)} facts, {assumed} of them assumptions; typical: from data/typical.yaml"
    return [head, *(f"{', '.join(facts)}: {reason}." for reason, facts in reasons.items())]
