"""Imported counties: the rows of data/regions/*.csv, each of which becomes a region when it is asked for.

The files hold thousands of counties and are read only when a name is asked for that no region file has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from urbsim.errors import InputError, Place, Problem
from urbsim.files import read_csv
from urbsim.project.records import Area
from urbsim.project.regions.census.build import build
from urbsim.project.regions.census.rules import RuleFile, load_rules
from urbsim.project.regions.census.text import PLACE, county_of, unit_of
from urbsim.project.regions.region import Region
from urbsim.project.workspace import Workspace

TOLD = 8  # problems that are listed


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


def rules_path(workspace: Workspace) -> Path:
    """Return the file of the rules for what a census lacks."""
    return workspace.data / "estimates" / "rules.yaml"


def rules_of(workspace: Workspace) -> RuleFile:
    """Return the rules for what a census lacks."""
    path = rules_path(workspace)
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
    places: dict[str, CountyRow] = {}
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
        if place.id in places:
            problems.append(
                Problem(
                    "defined-twice", Place(label, line, 1), f"{place} stands in line {places[place.id].line} already"
                )
            )
        places[place.id] = place
    if problems:
        raise InputError(problems)
    return list(places.values())


def all_places(workspace: Workspace) -> list[CountyRow]:
    """Return the counties of every CSV file.

    Raises
    ------
    InputError
        For problems of the files, and a county that two of them hold.
    """
    places: dict[str, CountyRow] = {}
    problems: list[Problem] = []
    for path in county_files(workspace):
        for place in read_places(path, workspace.label(path)):
            if place.id in places:
                message = f"{place} stands in {places[place.id].label} too"
                problems.append(
                    Problem("defined-twice", Place(place.label, place.line, 1), message, "delete one of the two files")
                )
            places[place.id] = place
    if problems:
        more = len(problems) - TOLD
        rest = [replace(problems[TOLD], message=f"and {more} more")] if more > 0 else []
        raise InputError([*problems[:TOLD], *rest])
    return list(places.values())


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
    by_name = (name for name, area in areas.items() if area.code and area.name.zh == province)
    by_code = (name for name, area in areas.items() if area.code and code.startswith(area.code))
    return next(by_name, None) or next(by_code, None) or "china"


@dataclass(frozen=True, eq=False)
class Counties:
    """The counties of a workspace's CSV files: nothing is read before it is asked for, and nothing twice."""

    workspace: Workspace
    areas: Mapping[str, Area]
    _regions: dict[str, Region] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def paths(self) -> list[Path]:
        """Return the files."""
        return county_files(self.workspace)

    @cached_property
    def rules(self) -> RuleFile:
        """Return the rules for what a census lacks."""
        return rules_of(self.workspace)

    @cached_property
    def rows(self) -> Mapping[str, CountyRow]:
        """Return the rows of all files by id."""
        return {row.id: row for row in all_places(self.workspace)}

    def region(self, name: str) -> Region:
        """Return a county as a region.

        Raises
        ------
        KeyError
            Where no file holds the county.
        InputError
            For numbers that cannot be read.
        """
        if name not in self._regions:
            self._regions[name] = region_of(self.rows[name], self.rules, self.areas)
        return self._regions[name]

    def within(self, areas: Collection[str]) -> list[CountyRow]:
        """Return the rows of some areas; of all where none is named."""
        rows = self.rows.values()
        return [row for row in rows if not areas or parent_of(row.province, row.code, self.areas) in areas]

    def check(self, names: Sequence[str]) -> None:
        """Read counties.

        Raises
        ------
        InputError
            For numbers that cannot be read, of every county.
        """
        problems: list[Problem] = []
        for name in names:
            try:
                self.region(name)
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)

    def files(self, names: Sequence[str]) -> Mapping[str, Path]:
        """Return the files that some counties come from, by label: those that hold them, and the rules."""
        if not names:
            return {}
        labels = {self.rows[name].label for name in names}
        files = {label: path for path in self.paths if (label := self.workspace.label(path)) in labels}
        return {**files, self.workspace.label(rules_path(self.workspace)): rules_path(self.workspace)}


class Regions(Mapping[str, Region]):
    """Regions by id. Iteration gives those of region files and those that scenarios name; others are found when asked.

    An imported county is in it by its id like any other, and is read when its value is asked for. Thousands of them are
    not what "every region" means, so they are not listed.
    """

    def __init__(self, files: Mapping[str, Region], counties: Counties) -> None:
        self._listed = files
        self._counties = counties

    def __getitem__(self, name: str) -> Region:
        """Return a region by id."""
        return self._listed[name] if name in self._listed else self._counties.region(name)

    def __contains__(self, name: object) -> bool:
        """Tell whether a region file, a scenario or a CSV file of counties has it."""
        return name in self._listed or name in self._counties.rows

    def __iter__(self) -> Iterator[str]:
        """Give the ids that are listed."""
        return iter(self._listed)

    def __len__(self) -> int:
        """Return how many are listed."""
        return len(self._listed)
