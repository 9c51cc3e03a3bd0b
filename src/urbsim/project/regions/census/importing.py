"""An import step by step: tables read, counties chosen, each tried in the model's own terms, files written together."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from urbsim.errors import InputError, Place, Problem, command_line
from urbsim.files import whole_file
from urbsim.project.records import Area
from urbsim.project.regions.census.build import build
from urbsim.project.regions.census.columns import ColumnFile
from urbsim.project.regions.census.county import County, Rejection
from urbsim.project.regions.census.rules import RuleFile
from urbsim.project.regions.census.table import Table, read_table
from urbsim.project.regions.census.text import counties_csv, region_yaml
from urbsim.project.regions.counties import CountyRow, parent_of, read_places
from urbsim.project.regions.initial import derive
from urbsim.project.regions.lookup import area_of, matches, near
from urbsim.project.regions.region import Region

if TYPE_CHECKING:
    from urbsim.project.contents import Contents

MEND = "correct the cell, or leave the county out"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which counties are asked for: words (codes or names), a province, or everything; and what a single one is called.

    Without an ``identity`` the id of a county is its code, without an ``english`` name that is the Chinese one.
    """

    words: tuple[str, ...] = ()
    province: str = ""
    identity: str | None = None
    english: str | None = None


@dataclass(frozen=True, slots=True)
class CensusImport:
    """Counties with the regions that they become, and the counties that cannot be used, with the reason."""

    regions: list[tuple[County, Region]]
    rejections: list[Rejection]


def read_tables(paths: Sequence[Path], columns: ColumnFile) -> list[Table]:
    """Read the tables, one per year.

    Raises
    ------
    InputError
        With the problems of all files, and where two files are of one year.
    """
    tables: list[Table] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            table = read_table(path, columns)
        except InputError as error:
            problems += error.problems
            continue
        if twin := next((other for other in tables if other.year == table.year), None):
            message = f"is a table of {table.year}, as {twin.label} is"
            problems.append(
                Problem("table", Place(table.label), message, "put the year in the name of the file, or leave one out")
            )
        tables.append(table)
    if problems:
        raise InputError(problems)
    return tables


def select(
    counties: Sequence[County], rejections: Sequence[Rejection], choice: Choice, areas: Mapping[str, Area]
) -> tuple[list[County], list[Rejection]]:
    """Return the counties that are asked for, and those of them that cannot be used.

    Parameters
    ----------
    counties
        The counties of the tables.
    rejections
        The places that cannot become a region.
    choice
        The words and the province of the command line.
    areas
        Provinces by id.

    Raises
    ------
    InputError
        For a word or a province that means nothing, or a word that means several counties.
    """
    inside, out = list(counties), list(rejections)
    if choice.province:
        area = area_of(choice.province, areas)
        inside = [c for c in inside if parent_of(c.province, c.code, areas) == area]
        out = [r for r in out if parent_of(r.province, r.code, areas) == area]
    if not choice.words:
        return inside, out
    rows: list[County | Rejection] = [*inside, *out]
    places = [CountyRow(row.code, row.code, row.name, row.name, row.province, cells={}) for row in rows]
    chosen: list[tuple[str, str]] = []  # some rows of the tables have no code
    problems = []
    for word in dict.fromkeys(choice.words):
        here = matches(word, places)
        if len(here) == 1:
            chosen.append((here[0].code, here[0].name))
        elif here:
            candidates = ", ".join(f"{place.code} {place.province}{place.name}" for place in here)
            hint = "give the code, or --province too"
            problems.append(
                Problem(
                    "ambiguous-name", Place("command line"), f"{word!r} means {len(here)} counties: {candidates}", hint
                )
            )
        else:
            problems.append(
                Problem("unknown-name", Place("command line"), f"no county is called {word!r}", near(word, places))
            )
    if problems:
        raise InputError(problems)
    by_code = {c.code: c for c in inside}
    selection = [by_code[code] for code, _ in dict.fromkeys(chosen) if code in by_code]
    selection = [replace(c, id=choice.identity or c.id, english=choice.english or c.english) for c in selection]
    return selection, [rejection for rejection in out if (rejection.code, rejection.name) in chosen]


def usable(
    counties: Sequence[County],
    rejections: Sequence[Rejection],
    rules: RuleFile,
    project: Contents,
    progress: Callable[[int], None],
) -> CensusImport:
    """Return counties as regions as far as the model can start from them.

    Parameters
    ----------
    counties
        The counties that are tried.
    rejections
        Counties that were refused before, which are listed with those that are refused here, by code.
    rules
        The rules for what a census lacks.
    project
        Whose model the regions must start.
    progress
        Told after each county.
    """
    regions: list[tuple[County, Region]] = []
    refusals = list(rejections)
    for county in counties:
        made = _start(county, rules, project)
        if isinstance(made, InputError) and len(county.ages) > 1:
            reason = _words(made)
            later = _start(county.without(2010, f"2010 is left out: {reason}"), rules, project)
            made = made if isinstance(later, InputError) else later
        if isinstance(made, InputError):
            hints = dict.fromkeys(problem.hint for problem in made.problems if problem.hint)
            refusals.append(
                Rejection(
                    county.code, county.name, county.province, _words(made), county.rows, "; ".join(hints) or MEND
                )
            )
        else:
            regions.append(made)
        progress(1)
    return CensusImport(regions, sorted(refusals, key=lambda rejection: (not rejection.code, rejection.code)))


def _start(county: County, rules: RuleFile, project: Contents) -> tuple[County, Region] | InputError:
    """Return a county with the region that the model can start from, or what is wrong with it."""
    try:
        region = build(county, rules, parent_of(county.province, county.code, project.areas))
        derive(region, county.name, project.typical, project.estimates, project.model, region.base_year)
    except InputError as error:
        return error
    return county, region


def _words(error: InputError) -> str:
    return "; ".join(dict.fromkeys(problem.message for problem in error.problems))


def write(census: CensusImport, choice: Choice, out: Path, overwrite: bool) -> list[Path]:
    """Write regions, those that words name as YAML and many as one CSV file, and return the files.

    Parameters
    ----------
    census
        What is written. A county that was asked for by a word may not be refused.
    choice
        What was asked for.
    out
        The folder, or the CSV file for many.
    overwrite
        Whether files that exist are replaced.

    Raises
    ------
    InputError
        For counties that are refused, where there is none, and where a file cannot be written or another holds the
        same counties.
    """
    if (choice.words and census.rejections) or not census.regions:
        problems = [Problem("refused-county", Place(f"{r.name} ({r.code})"), r.reason) for r in census.rejections]
        nothing = Problem("nothing-there", Place("command line"), "the tables hold no county of this kind")
        raise InputError(problems or [nothing])
    if choice.words:
        if out.suffix == ".csv":
            raise command_line("option-value", "a few counties become YAML files, not a .csv", "give a folder as --out")
        files = {out / f"{region.id}.yaml": region_yaml(region, county.note) for county, region in census.regions}
    else:
        name = f"counties-{census.regions[0][1].parent}.csv" if choice.province else "counties.csv"
        path = out if out.suffix == ".csv" else out / name
        _no_twins(path, {county.id for county, _ in census.regions})
        files = {path: counties_csv(county for county, _ in census.regions)}
    write_together(files, overwrite)
    return list(files)


def _no_twins(path: Path, ids: set[str]) -> None:
    """Refuse a file beside another that holds the same counties: their names would mean two."""
    for other in sorted(path.parent.glob("*.csv")):
        if other.name != path.name and (common := ids & {row.id for row in read_places(other, other.name)}):
            hint = f"delete {other.name} or choose another --out"
            raise command_line("exists-already", f"{other.name} holds {len(common)} of these counties already", hint)


def write_together(files: Mapping[Path, str], overwrite: bool) -> None:
    """Write text files, all of them or none.

    Raises
    ------
    InputError
        Where one exists already and may not be overwritten, or the disk is full or closed.
    """
    if names := [path.name for path in files if path.exists()] if not overwrite else []:
        raise command_line(
            "exists-already", f"{', '.join(names)} exists already", "add --overwrite, or choose another --out or --id"
        )
    try:
        with ExitStack() as stack:
            for path, content in files.items():
                stack.enter_context(whole_file(path)).write_bytes(content.encode("utf-8"))
    except OSError as error:
        hint = "free some space" if error.errno == errno.ENOSPC else "check the rights"
        first = next(iter(files))
        raise command_line(
            "unwritable", f"{first.name} cannot be written: {error.strerror}; nothing was left behind", hint
        ) from error
