"""An import step by step: tables read, counties chosen, each tried in the model's own terms, files written together."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
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
from urbsim.project.regions.counties import CountyRow, parent_of
from urbsim.project.regions.initial import derive
from urbsim.project.regions.lookup import area_of, matches, near
from urbsim.project.regions.region import Region

if TYPE_CHECKING:
    from urbsim.project.contents import Contents


@dataclass(frozen=True, slots=True)
class Choice:
    """Which counties are asked for: words (codes or names), a province, or everything."""

    words: tuple[str, ...] = ()
    province: str = ""


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
    codes: list[str] = []
    problems = []
    for word in dict.fromkeys(choice.words):
        here = matches(word, places)
        if len(here) == 1:
            codes.append(here[0].code)
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
    return [by_code[code] for code in dict.fromkeys(codes) if code in by_code], [r for r in out if r.code in codes]


def usable(
    counties: Sequence[County], rules: RuleFile, project: Contents, progress: Callable[[int], None]
) -> tuple[list[tuple[County, Region]], list[Rejection]]:
    """Return counties as regions as far as the model can start from them, and the others with the reason."""
    regions: list[tuple[County, Region]] = []
    rejections: list[Rejection] = []
    for county in counties:
        try:
            region = build(county, rules, parent_of(county.province, county.code, project.areas))
            derive(region, county.name, project.typical, project.estimates, project.model, region.base_year)
            regions.append((county, region))
        except InputError as error:
            reason = "; ".join(dict.fromkeys(problem.message for problem in error.problems))
            rejections.append(Rejection(county.code, county.name, county.province, reason))
        progress(1)
    return regions, rejections


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
