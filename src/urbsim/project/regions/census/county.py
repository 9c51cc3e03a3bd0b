"""From rows of two censuses to counties: the figures of one place for both years, as far as they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from urbsim.project.regions.census.table import Row, Table, counties
from urbsim.project.regions.region import SECTORS

AGE_FIELDS = (
    "age_0", "age_1_4", "age_5_9", "age_10_14", "age_15_19", "age_20_24", "age_25_29", "age_30_34", "age_35_39",
    "age_40_44", "age_45_49", "age_50_54", "age_55_59", "age_60_64", "age_65_69", "age_70_74", "age_75_79", "age_80_84",
    "age_85_plus",
)  # fmt: skip
DIRECT = {  # fact -> field of the tables, where nothing is to be worked out
    "residents": "residents",
    "urban_residents": "urban",
    "household_size": "household_size",
    "floor_area_per_head": "floor_area",
    "moved_same_county": "moved_same_county",
    "from_same_province": "from_same_province",
    "from_other_province": "from_other_province",
    "registered_population": "registered",
    "nonagricultural_share": "nonagricultural_share",
    "birth_rate": "birth_rate",
    "death_rate": "death_rate",
}
CENSUS_UNITS = {
    "household_size": "person/household",
    "floor_area_per_head": "m2/person",
    "nonagricultural_share": "dmnl",
    "birth_rate": "1/year",
    "death_rate": "1/year",
}  # the others are persons
ONLY_2010 = {"registered_population", "nonagricultural_share", "birth_rate", "death_rate"}
LARGEST_GAP = 0.1  # share of residents with local registration that the registered population may fall short of
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
    """A place that cannot become a region, and why."""

    code: str
    name: str
    province: str
    reason: str


def stem(name: str) -> str:
    """Return a name without the word for its rank.

    Examples
    --------
    >>> stem("临邑县"), stem("垦利区")
    ('临邑', '垦利')
    """
    return STEM.sub("", name) or name


def pair(tables: Sequence[Table]) -> tuple[list[County], list[Rejection]]:
    """Bring the rows of a place together over the years.

    Codes are matched; a county whose code changed with its rank or its prefecture (垦利县 370521, 垦利区 370505) is
    matched by its name, where that occurs once among those left over and residents did not halve or double.
    """
    by_year = {table.year: {row.code: row for row in counties(table)} for table in tables}
    old, new = by_year.get(2010, {}), by_year.get(2020, {})
    old_codes = _old_codes(old, new)
    matches: list[County] = []
    rejections: list[Rejection] = []
    provinces = {row.code[:2]: row.name for table in tables for row in table.rows if row.code.endswith("0000")}
    for code in sorted({*old, *new} - set(old_codes.values())):
        rows = {2020: new.get(code), 2010: old.get(code) or old.get(old_codes.get(code, ""))}
        here = {year: row for year, row in rows.items() if row}
        first = here[max(here)]
        province = first.province or provinces.get(code[:2], "")
        figures = {year: dict(_figures(row, year)) for year, row in here.items()}
        wrong = {year: reason for year, row in here.items() if (reason := _unusable(row, figures[year], year))}
        if max(here) in wrong:
            rejections.append(Rejection(code, first.name, province, wrong[max(here)]))
            continue
        note = (
            f"figures of 2010 are those of {old[old_codes[code]].name} ({old_codes[code]})" if code in old_codes else ""
        )
        note = f"2010 is left out: {wrong[2010]}" if 2010 in wrong else note
        years = [year for year in here if year not in wrong]
        together = {(fact, year): value for year in years for fact, value in figures[year].items()}
        ages = {year: tuple(here[year].values[age] for age in AGE_FIELDS) for year in years}
        matches.append(County(code, code, first.name, first.name, province, together, ages, note))
    return matches, rejections


def _old_codes(old: Mapping[str, Row], new: Mapping[str, Row]) -> dict[str, str]:
    """Return the code of 2010 for each code of 2020 that only its name ties to the older table."""
    old_codes: dict[str, str] = {}
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


def _unusable(row: Row, figures: Mapping[str, float], year: int) -> str:
    """Return all that keeps a row from use, or nothing."""
    return "; ".join(_reasons(row, figures, year))


def _reasons(row: Row, figures: Mapping[str, float], year: int) -> Iterator[str]:
    values = row.values
    for name, value in values.items():
        if value < 0:
            yield f"{name} of {year} is negative: {value:g}"
    if blanks := [name for name in (*AGE_FIELDS, "residents") if name not in values]:
        yield f"{', '.join(blanks)} of {year} {'is' if len(blanks) == 1 else 'are'} blank"
        return
    if values["residents"] < 1:
        yield f"nobody lives there in {year}"
        return
    total = sum(values[name] for name in AGE_FIELDS)
    if abs(total - values["residents"]) > 0.005 * values["residents"]:
        yield f"age groups of {year} add up to {total:.0f}, residents are {values['residents']:.0f}"
    facts = [name for name in (*DIRECT, *SECTORS) if year == 2010 or name not in ONLY_2010]
    if missing_facts := [name for name in facts if name not in figures]:
        yield f"{', '.join(missing_facts)} of {year} cannot be told; a cell is blank"
        return
    local = figures["residents"] - figures["from_same_province"] - figures["from_other_province"]
    population = figures.get("registered_population", local)
    if population < local * (1 - LARGEST_GAP):
        yield f"{population:.0f} registered people of {year} are fewer than {local:.0f} residents not from elsewhere"


def _figures(row: Row, year: int) -> Iterator[tuple[str, float]]:
    """Give a row's facts; the long form of the census is one household in ten, scaled by persons aged 15 and over."""
    for fact, field in DIRECT.items():
        if field in row.values and (year == 2010 or fact not in ONLY_2010):
            yield fact, row.values[field]
    sample, working = row.values.get("aged_15_plus_long_form", 0), row.values.get("employed_long_form")
    if not sample or working is None:
        return
    scale = sum(row.values[name] for name in AGE_FIELDS[4:]) / sample
    shares = [_share(row, name, working) for name in SECTORS[:2]]
    if None in shares:
        return
    first, second = (share or 0.0 for share in shares)
    for sector, share in zip(SECTORS, (first, second, max(1 - first - second, 0.0)), strict=True):
        yield sector, float(round(working * share * scale))


def _share(row: Row, name: str, working: float) -> float | None:
    if name in row.values:
        return row.values[name] / working if working else 0.0
    return row.values.get(f"{name}_share")
