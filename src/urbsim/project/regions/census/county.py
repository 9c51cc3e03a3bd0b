"""From rows of two censuses to counties: the figures of one place for both years, as far as they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from urbsim.project.regions.census.changes import ChangeFile
from urbsim.project.regions.census.figures import Reason, ages_of, figures_of, reasons
from urbsim.project.regions.census.rows import Row
from urbsim.project.regions.census.table import Table, counties

CENSUS_UNITS = {
    "household_size": "person/household",
    "floor_area_per_head": "m2/person",
    "nonagricultural_share": "dmnl",
    "birth_rate": "1/year",
    "death_rate": "1/year",
}  # the others are persons
STEM = re.compile(r"(自治县|自治旗|林区|特区|县|区|市|旗)$")


@dataclass(frozen=True, slots=True)
class County:
    """A county's census figures by (fact, year) and its residents by age group and year."""

    id: str
    code: str
    name: str
    english: str
    province: str
    figures: Mapping[tuple[str, int], float]
    ages: Mapping[int, tuple[float, ...]]
    note: str = ""
    rows: tuple[str, ...] = field(default=(), compare=False)  # where its figures stand, for messages

    def without(self, year: int, why: str) -> County:
        """Return the county without the figures of a year."""
        figures = {key: value for key, value in self.figures.items() if key[1] != year}
        ages = {other: groups for other, groups in self.ages.items() if other != year}
        return replace(self, figures=figures, ages=ages, note=why)

    @property
    def base_year(self) -> int:
        """Return the last census year."""
        return max(self.ages)

    @property
    def kind(self) -> str:
        """Return its rank in the order of the state, read from its name."""
        if self.code.endswith("00"):
            return "city"
        return "county" if re.search(r"(县|旗|市|林区|特区|县级)$", self.name) else "district"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A place that cannot become a region, and why: the reason, the cells behind it, what would help."""

    code: str
    name: str
    province: str
    reason: str
    cells: tuple[str, ...] = ()
    hint: str = ""


def stem(name: str) -> str:
    """Return a name without the word for its rank.

    Examples
    --------
    >>> stem("临邑县"), stem("垦利区")
    ('临邑', '垦利')
    """
    return STEM.sub("", name) or name


def pair(tables: Sequence[Table], changes: ChangeFile | None = None) -> tuple[list[County], list[Rejection]]:
    """Bring the rows of a place together over the years.

    Codes are matched, then those that are known to have changed. Any other county of a new code (垦利区 370505, once
    垦利县 370521) is matched by its name, where that occurs once among those left over and residents did not halve or
    double.
    """
    known = changes or ChangeFile()
    by_year = {table.year: {row.code: row for row in counties(table)} for table in tables}
    old, new = by_year.get(2010, {}), by_year.get(2020, {})
    old_codes = _old_codes(old, new, known)
    provinces = {row.code[:2]: row.name for table in tables for row in table.rows if row.code.endswith("0000")}
    labels = {table.year: table.label for table in tables}
    matches: list[County] = []
    rejections = [one for table in tables for one in _strays(table)]
    for code in sorted({*old, *new} - set(old_codes.values())):
        rows = {2020: new.get(code), 2010: old.get(code) or old.get(old_codes.get(code, ""))}
        here = {year: row for year, row in rows.items() if row}
        province = here[max(here)].province or provinces.get(code[:2], "")
        notes = [known.land({code, row.code}) for year, row in here.items() if year == 2010 and 2020 in here]
        if code in old_codes:
            notes.insert(0, f"figures of 2010 are those of {old[old_codes[code]].name} ({old_codes[code]})")
        one = _county(code, here, province, labels, notes)
        (matches if isinstance(one, County) else rejections).append(one)  # type: ignore[arg-type]
    return matches, rejections


def _county(
    code: str, here: Mapping[int, Row], province: str, labels: Mapping[int, str], notes: Sequence[str]
) -> County | Rejection:
    """Return a county of the rows that can be used, or a rejection where that of its last year cannot.

    Parameters
    ----------
    code
        Its code in the last year.
    here
        Its rows by year, the last year first.
    province
        Its province.
    labels
        The tables by year, for messages.
    notes
        What is to be known of its figures.
    """
    name = here[max(here)].name
    figures = {year: figures_of(row, year) for year, row in here.items()}
    wrong = {year: found for year, row in here.items() if (found := list(reasons(row, figures[year], year)))}
    if max(here) in wrong:
        return _rejection((code, name, province), labels[max(here)], wrong[max(here)])
    if 2010 in wrong:
        notes = [f"2010 is left out: {'; '.join(reason.words for reason in wrong[2010])}"]
    years = [year for year in here if year not in wrong]
    together = {(fact, year): value for year in years for fact, value in figures[year].items()}
    ages = {year: groups for year in years if (groups := ages_of(here[year]))}
    note = "; ".join(note for note in notes if note)
    places = tuple(f"{labels[year]} row {here[year].line}" for year in years)
    return County(code, code, name, name, province, together, ages, note, places)


def _strays(table: Table) -> Iterator[Rejection]:
    """Give a rejection for each row that names a place and has no code."""
    for row in table.strays:
        found = [Reason(fault.message, (f"row {row.line}",), fault.hint) for fault in row.faults]
        yield _rejection(("", row.name, row.province), table.label, found)


def _rejection(place: tuple[str, str, str], label: str, found: Sequence[Reason]) -> Rejection:
    cells = list(dict.fromkeys(cell for reason in found for cell in reason.cells))
    hints = dict.fromkeys(reason.hint for reason in found if reason.hint)
    return Rejection(*place, "; ".join(reason.words for reason in found), (label, *cells), "; ".join(hints))


def _old_codes(old: Mapping[str, Row], new: Mapping[str, Row], changes: ChangeFile) -> dict[str, str]:
    """Return the code of 2010 for each code of 2020 that a known change or its name ties to the older table."""
    old_codes = {
        later: earlier
        for later, earlier in changes.old_codes.items()
        if later in new and later not in old and earlier in old and earlier not in new
    }
    for digits in (4, 2):  # within the prefecture, else within the province where a county changed its prefecture
        candidates = _by_stem([row for code, row in old.items() if code not in {*new, *old_codes.values()}], digits)
        newcomers = _by_stem([row for code, row in new.items() if code not in {*old, *old_codes}], digits)
        for key, rows in newcomers.items():
            before = candidates.get(key, [])
            if len(rows) == len(before) == 1:
                ratio = rows[0].values.get("residents", 0) / max(before[0].values.get("residents", 0), 1)
                if 0.5 <= ratio <= 2:
                    old_codes[rows[0].code] = before[0].code
    return old_codes


def _by_stem(rows: Sequence[Row], digits: int) -> dict[tuple[str, str], list[Row]]:
    rows_by_stem: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if len(stem(row.name)) > 1:  # 城区 and 郊区 name no place
            rows_by_stem.setdefault((row.code[:digits], stem(row.name)), []).append(row)
    return rows_by_stem
