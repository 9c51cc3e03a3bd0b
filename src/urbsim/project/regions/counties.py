"""Regions by id, code or Chinese name, among the region files and the counties in data/regions/*.csv.

The CSV files hold thousands of counties and are read only when a name is asked for that no region file has; a county
becomes a region then. A code or a name in full goes before a name without the word for its rank (临邑 for 临邑县).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from urbsim.errors import InputError, Place, Problem, listed, nearest
from urbsim.files import read_csv
from urbsim.project.regions.census.build import build
from urbsim.project.regions.census.county import stem
from urbsim.project.regions.census.rules import RuleFile, load_rules
from urbsim.project.regions.census.text import PLACE, county_of, unit_of
from urbsim.project.regions.region import Region
from urbsim.project.workspace import Workspace

if TYPE_CHECKING:
    from urbsim.project.library import Area, Library

TOLD = 8  # matches and near names that a message lists


@dataclass(frozen=True, slots=True)
class CountyRow:
    """What a region is called, and the line of a CSV file that holds it; a region file has none."""

    id: str
    code: str
    name: str
    english: str
    province: str
    label: str = ""
    line: int = 0
    cells: Mapping[str, str] | None = None

    def __str__(self) -> str:
        """Return it as a message lists it."""
        return f"{self.id} ({self.province}{self.name})"


def county_files(workspace: Workspace) -> list[Path]:
    """Return the files with many counties."""
    return sorted((workspace.data / "regions").glob("*.csv"))


def rules_of(workspace: Workspace) -> RuleFile:
    """Return the rules for what a census lacks."""
    path = workspace.data / "estimates" / "rules.yaml"
    return load_rules(path, workspace.label(path))


def read_places(path: Path, label: str) -> list[CountyRow]:
    """Return the counties of a CSV file; their numbers are read when one becomes a region.

    Raises
    ------
    InputError
        For missing columns, other units than those of the import, and an id given twice.
    """
    rows = iter(read_csv(path, label))
    header, units = next(rows, []), next(rows, [])
    if missing := [name for name in PLACE if name not in header]:
        hint = "write it with `urbsim regions import`"
        raise InputError(
            Problem("missing-column", Place(label, 1, 1), f"columns {', '.join(missing)} are missing", hint)
        )
    problems = [
        Problem("unit", Place(label, 2, column), f"{name} is in {unit!r}", f"the import writes {unit_of(name)}")
        for column, (name, unit) in enumerate(zip(header, [*units, *[""] * len(header)], strict=False), start=1)
        if unit != unit_of(name)
    ]
    found: dict[str, CountyRow] = {}
    for line, row in enumerate(rows, start=3):
        if not row:
            continue
        if len(row) != len(header):
            problems.append(
                Problem("row-length", Place(label, line), f"has {len(row)} cells, the header {len(header)}")
            )
            continue
        cells = dict(zip(header, row, strict=True))
        place = CountyRow(
            cells["id"], cells["code"], cells["name"], cells["english"], cells["province"], label, line, cells
        )
        if place.id in found:
            problems.append(
                Problem(
                    "defined-twice", Place(label, line, 1), f"{place} stands in line {found[place.id].line} already"
                )
            )
        found[place.id] = place
    if problems:
        raise InputError(problems)
    return list(found.values())


def all_places(workspace: Workspace) -> list[CountyRow]:
    """Return the counties of every CSV file.

    Raises
    ------
    InputError
        For problems of the files, and a county that two of them hold.
    """
    found: dict[str, CountyRow] = {}
    problems: list[Problem] = []
    for path in county_files(workspace):
        for place in read_places(path, workspace.label(path)):
            if place.id in found:
                message = f"{place} stands in {found[place.id].label} too"
                problems.append(
                    Problem("defined-twice", Place(place.label, place.line, 1), message, "delete one of the two files")
                )
            found[place.id] = place
    if problems:
        more = len(problems) - TOLD
        rest = [replace(problems[TOLD], message=f"and {more} more")] if more > 0 else []
        raise InputError([*problems[:TOLD], *rest])
    return list(found.values())


def region_of(place: CountyRow, rules: RuleFile, areas: Mapping[str, Area]) -> Region:
    """Return a county of a CSV file as a region.

    Raises
    ------
    InputError
        With file and line, for numbers that cannot be read or contradict each other.
    """
    try:
        return build(county_of(place.cells or {}), rules, parent_of(place.province, place.code, areas))
    except ValueError as error:
        raise InputError(Problem("contradiction", Place(place.label, place.line), str(error))) from error
    except InputError as error:
        raise InputError([replace(p, place=Place(place.label, place.line)) for p in error.problems]) from error


def parent_of(province: str, code: str, areas: Mapping[str, Area]) -> str:
    """Return the area above a county: its province by name, else by the beginning of its code, else the country."""
    named = (name for name, area in areas.items() if area.code and area.name.zh == province)
    coded = (name for name, area in areas.items() if area.code and code.startswith(area.code))
    return next(named, None) or next(coded, None) or "china"


def area_of(asked: str, areas: Mapping[str, Area]) -> str:
    """Return the id of a province by id, code, English name, or Chinese name in full or at the beginning.

    Raises
    ------
    InputError
        Where the word means no province, or several.
    """
    provinces = {name: area for name, area in areas.items() if area.code}
    word = asked.strip().lower()
    found = [name for name, area in provinces.items() if word in {name, area.code, area.name.en.lower(), area.name.zh}]
    found = found or [name for name, area in provinces.items() if word and area.name.zh.startswith(word)]
    if len(found) != 1:
        message = f"province {asked!r} means {', '.join(found)}" if found else f"no province is called {asked!r}"
        hint = "give one of them" if found else nearest(asked, provinces)
        raise InputError(Problem("nothing-there", Place("command line"), message, hint))
    return found[0]


def matches(asked: str, places: Iterable[CountyRow]) -> list[CountyRow]:
    """Return the places that a word means: by id, else code, else name in full, else name without its rank."""
    listed, word = list(places), asked.strip()
    tests = (
        lambda place: word == place.id,
        lambda place: word == place.code,
        lambda place: word in {place.name, place.province + place.name} or word.lower() == place.english.lower(),
        lambda place: word == stem(place.name),
    )
    return next((found for test in tests if word and (found := [p for p in listed if test(p)])), [])


def with_regions(workspace: Workspace, library: Library, asked: Sequence[str]) -> tuple[Library, list[str]]:
    """Return the ids of the regions that are asked for, and the library with those that it did not hold yet.

    Raises
    ------
    InputError
        For every word that means no region or several, with the matches or the nearest names.
    """
    own = [_place(region, library) for region in library.regions.values()]
    found: dict[str, CountyRow] = {}
    open_ = []
    for word in dict.fromkeys(asked):
        here = matches(word, own)
        if len(here) == 1:
            found[word] = here[0]
        else:
            open_.append(word)
    many = all_places(workspace) if open_ else []
    by_id = {place.id: [place] for place in many}
    problems = []
    for word in open_:
        here = matches(word, own) or by_id.get(word) or matches(word, many)
        if len(here) == 1:
            found[word] = here[0]
        else:
            problems.append(_unclear(word, here, [*own, *many]))
    if problems:
        raise InputError(problems)
    new = [place for place in found.values() if place.cells is not None]
    ids = {place.id: _own(library).get(place.code, place.id) for place in new}
    if new:
        library = extended(workspace, library, new)
    return library, list(dict.fromkeys(ids.get(found[word].id, found[word].id) for word in asked))


def with_imported(workspace: Workspace, library: Library, provinces: Sequence[str] = ()) -> tuple[Library, list[str]]:
    """Return the ids of all imported counties, or of those of some provinces, and the library with them.

    A region file goes before the imported county of the same code.

    Raises
    ------
    InputError
        For a word that means no province, where no county was imported, and for numbers that cannot be read.
    """
    asked = {area_of(word, library.areas) for word in provinces}
    places = imported(workspace, library, asked)
    if not places:
        where = f" of {', '.join(sorted(asked))}" if asked else ""
        hint = "`urbsim regions import FILE --all` makes regions of a census table"
        raise InputError(Problem("nothing-there", Place("command line"), f"no county{where} was imported", hint))
    own = _own(library)
    return extended(workspace, library, places), [own.get(place.code, place.id) for place in places]


def imported(workspace: Workspace, library: Library, areas: Collection[str]) -> list[CountyRow]:
    """Return the counties of the CSV files, all or those of some areas."""
    places = all_places(workspace)
    return [p for p in places if not areas or parent_of(p.province, p.code, library.areas) in areas]


def _own(library: Library) -> dict[str, str]:
    """Return the ids of region files by code."""
    return {region.code: region.id for region in library.regions.values() if region.code}


def _place(region: Region, library: Library) -> CountyRow:
    area = library.areas.get(region.parent)
    return CountyRow(region.id, region.code, region.name.zh, region.name.en, area.name.zh if area else "")


def extended(workspace: Workspace, library: Library, places: Sequence[CountyRow]) -> Library:
    """Return the library with counties of the CSV files; a region file of the same code stays instead.

    Raises
    ------
    InputError
        For numbers that cannot be read, of every county.
    """
    rules, regions, problems, own = rules_of(workspace), dict[str, Region](), list[Problem](), _own(library)
    for place in places:
        if place.code in own:
            continue
        try:
            regions[place.id] = region_of(place, rules, library.areas)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    used = {place.label for place in places}
    rules_path = workspace.data / "estimates" / "rules.yaml"
    files = {workspace.label(path): path for path in [*county_files(workspace), rules_path]}
    kept = {label: path for label, path in files.items() if label in used or path == rules_path}
    return replace(library, regions={**library.regions, **regions}, files={**library.files, **kept})


def _unclear(word: str, here: Sequence[CountyRow], known: Sequence[CountyRow]) -> Problem:
    if here:
        told = ", ".join(str(place) for place in here[:TOLD])
        more = f" and {len(here) - TOLD} more" if len(here) > TOLD else ""
        message = f"region {word!r} means {len(here)}: {told}{more}"
        return Problem("ambiguous-name", Place("command line"), message, "give the code")
    return Problem("unknown-name", Place("command line"), f"unknown region {word!r}", near(word, known))


def near(word: str, known: Sequence[CountyRow]) -> str:
    """Return a hint with the nearest ids and names."""
    names = {name: place for place in known for name in (place.english, place.name, place.id) if name}
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    if close:
        called = dict.fromkeys(names[name].id if names[name].cells is None else str(names[name]) for name in close)
        return f"did you mean {' or '.join(called)}?"
    files = [place.id for place in known if place.cells is None]
    if not files:
        return f"the tables hold {len(known)} counties, by Chinese name and code of six digits, as {known[0]}"
    more = f", and {len(known) - len(files)} imported counties" if len(known) > len(files) else ""
    return f"known regions: {listed(files)}{more}; `urbsim regions import` makes one of a census table"
