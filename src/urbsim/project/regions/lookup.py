"""Regions by id, code or Chinese name, among the region files and the imported counties.

A code or a name in full goes before a name without the word for its rank (临邑 for 临邑县).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence

from urbsim.errors import InputError, Place, Problem, listed, nearest
from urbsim.project.records import Area
from urbsim.project.regions.census.county import stem
from urbsim.project.regions.counties import Counties, CountyRow
from urbsim.project.regions.region import Region

SHOWN = 8  # matches that a message lists


def area_of(text: str, areas: Mapping[str, Area]) -> str:
    """Return the id of a province by id, code, English name, or Chinese name in full or at the beginning.

    Raises
    ------
    InputError
        Where the word means no province, or several.
    """
    provinces = {name: area for name, area in areas.items() if area.code}
    word = text.strip().lower()
    ids = [name for name, area in provinces.items() if word in {name, area.code, area.name.en.lower(), area.name.zh}]
    ids = ids or [name for name, area in provinces.items() if word and area.name.zh.startswith(word)]
    if len(ids) != 1:
        message = f"province {text!r} means {', '.join(ids)}" if ids else f"no province is called {text!r}"
        hint = "give one of them" if ids else nearest(text, provinces)
        raise InputError(Problem("nothing-there", Place("command line"), message, hint))
    return ids[0]


def matches(text: str, places: Iterable[CountyRow]) -> list[CountyRow]:
    """Return the places that a word means: by id, else code, else name in full, else name without its rank."""
    candidates, word = list(places), text.strip()
    tests = (
        lambda place: word == place.id,
        lambda place: word == place.code,
        lambda place: word in {place.name, place.province + place.name} or word.lower() == place.english.lower(),
        lambda place: word == stem(place.name),
    )
    return next((rows for test in tests if word and (rows := [p for p in candidates if test(p)])), [])


def find_regions(
    words: Sequence[str], regions: Mapping[str, Region], areas: Mapping[str, Area], counties: Counties
) -> list[str]:
    """Return the ids of the regions that words mean, each once.

    Parameters
    ----------
    words
        Ids, codes of six digits or Chinese names.
    regions
        Regions by id; those that are listed go before imported counties.
    areas
        Areas above the regions by id, whose names go before those of regions.
    counties
        The imported counties. They are read only where a word means no listed region.

    Raises
    ------
    InputError
        For every word that means no region or several, with the matches or the nearest names; and for an imported
        county whose numbers cannot be read.
    """
    own = [_row(region, areas) for region in regions.values()]
    rows = {word: here[0] for word in dict.fromkeys(words) if len(here := matches(word, own)) == 1}
    if unclear := [word for word in dict.fromkeys(words) if word not in rows]:
        many = list(counties.rows.values())
        problems = []
        for word in unclear:
            here = matches(word, own) or [row for row in [counties.rows.get(word)] if row] or matches(word, many)
            if len(here) == 1:
                rows[word] = here[0]
            else:
                problems.append(_unclear(word, here, [*own, *many]))
        if problems:
            raise InputError(problems)
    ids = {word: _own(regions).get(row.code, row.id) if row.cells is not None else row.id for word, row in rows.items()}
    counties.check([ids[word] for word in unclear if ids[word] not in {*regions}])
    return list(dict.fromkeys(ids[word] for word in words))


def find_imported(
    provinces: Sequence[str], regions: Mapping[str, Region], areas: Mapping[str, Area], counties: Counties
) -> list[str]:
    """Return the ids of all imported counties, or of those of some provinces.

    A region file goes before the imported county of the same code.

    Parameters
    ----------
    provinces
        Names or ids; none is all.
    regions
        Region files by id.
    areas
        Provinces and cities by id.
    counties
        All that were imported.

    Raises
    ------
    InputError
        For a word that means no province, where no county was imported, and for numbers that cannot be read.
    """
    above = {area_of(word, areas) for word in provinces}
    ids = imported_ids(above, regions, counties)
    if not ids:
        where = f" of {', '.join(sorted(above))}" if above else ""
        hint = "`urbsim regions import FILE --all` makes regions of a census table"
        raise InputError(Problem("nothing-there", Place("command line"), f"no county{where} was imported", hint))
    return ids


def imported_ids(above: Collection[str], regions: Mapping[str, Region], counties: Counties) -> list[str]:
    """Return the ids of the imported counties of some areas, of all where none is named.

    Raises
    ------
    InputError
        For numbers that cannot be read.
    """
    rows, own = counties.within(above), _own(regions)
    counties.check([row.id for row in rows if row.code not in own])
    return [own.get(row.code, row.id) for row in rows]


def _own(regions: Mapping[str, Region]) -> dict[str, str]:
    """Return the ids of listed regions by code."""
    return {region.code: region.id for region in regions.values() if region.code}


def _row(region: Region, areas: Mapping[str, Area]) -> CountyRow:
    area = areas.get(region.parent)
    return CountyRow(region.id, region.code, region.name.zh, region.name.en, area.name.zh if area else "")


def _unclear(word: str, here: Sequence[CountyRow], places: Sequence[CountyRow]) -> Problem:
    if here:
        names = ", ".join(str(place) for place in here[:SHOWN])
        more = f" and {len(here) - SHOWN} more" if len(here) > SHOWN else ""
        message = f"region {word!r} means {len(here)}: {names}{more}"
        return Problem("ambiguous-name", Place("command line"), message, "give the code")
    return Problem("unknown-name", Place("command line"), f"unknown region {word!r}", near(word, places))


def near(word: str, places: Sequence[CountyRow]) -> str:
    """Return a hint with the nearest ids and names."""
    names = {name: place for place in places for name in (place.english, place.name, place.id) if name}
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    if close:
        labels = dict.fromkeys(names[name].id if names[name].cells is None else str(names[name]) for name in close)
        return f"did you mean {' or '.join(labels)}?"
    files = [place.id for place in places if place.cells is None]
    if not files:
        return f"the tables hold {len(places)} counties, by Chinese name and code of six digits, as {places[0]}"
    more = f", and {len(places) - len(files)} imported counties" if len(places) > len(files) else ""
    return f"known regions: {listed(files)}{more}; `urbsim regions import` makes one of a census table"
