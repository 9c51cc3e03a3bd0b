"""Counties as text: a region file in YAML, or many counties in one CSV with a row of units under the names.

CSV was chosen for many counties because a person can read and mend it in a spreadsheet and 2 800 of them load in a
fraction of a second; as YAML they take minutes. It holds what the census says. Assumptions are made by rule when a
county is loaded, so that there is one place for them; `urbsim regions show` lists both.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence

from urbsim.files import write_rows
from urbsim.project.regions.census.county import CENSUS_UNITS, County
from urbsim.project.regions.census.figures import AGE_FIELDS
from urbsim.project.regions.facts import Fact
from urbsim.project.regions.region import Region
from urbsim.yaml12 import plain_or_quoted

PLACE = ("id", "code", "name", "english", "province", "note")


def region_yaml(region: Region, note: str = "") -> str:
    """Return a region file as text."""
    lines = [
        "# yaml-language-server: $schema=../schema/region.json",
        "# Written by `urbsim regions import`; assumptions follow data/estimates/rules.yaml.",
        *([f"# Note: {note}."] if note else []),
        "# Census tables give persons on 1 November; the model takes them as the end of the year.",
        f"id: {plain_or_quoted(region.id)}",
        f"name: {{en: {plain_or_quoted(region.name.en)}, zh: {plain_or_quoted(region.name.zh)}}}",
        f"kind: {region.kind}",
        f"parent: {region.parent}",
        f'code: "{region.code}"',
        f"base_year: {region.base_year}",
        "age_structure:",
    ]
    for ages in region.age_structure:
        lines += [
            f"  - {{year: {ages.year}, unit: {ages.unit}, source: {ages.source},",
            "     # 0, 1-4, 5-9, ... 80-84, 85+",
            f"     groups: [{', '.join(f'{count:.15g}' for count in ages.groups)}]}}",
        ]
    lines.append("facts:")
    for name, facts in region.facts.items():
        lines.append(f"  {name}:")
        for fact in facts:
            lines += _fact(fact)
    if region.parameters:
        lines.append("parameters:")
        for name, item in region.parameters.items():
            lines += [
                f"  {name}:",
                f"    {{value: {item.value:g}, source: {item.source},",
                f"     reason: {plain_or_quoted(item.reason)}}}",
            ]
    return "\n".join(lines) + "\n"


def _fact(fact: Fact) -> list[str]:
    start = f"    - {{value: {fact.value:.15g}, unit: {fact.unit}, year: {fact.year}, source: {fact.source}"
    if fact.range is None:
        note = f", note: {json.dumps(fact.note, ensure_ascii=False)}" if fact.note else ""
        return [f"{start}{note}}}"]
    low, high = fact.range
    return [f"{start},", f"       range: [{low:.15g}, {high:.15g}], reason: {plain_or_quoted(fact.reason)}}}"]


def counties_csv(counties: Iterable[County]) -> str:
    """Return many counties as CSV: names of columns, their units, then a line per county."""
    rows = list(counties)
    years = sorted({year for county in rows for year in county.ages}, reverse=True)
    keys = list(dict.fromkeys(key for year in years for county in rows for key in county.figures if key[1] == year))
    columns = [f"{fact}@{year}" for fact, year in keys] + [f"{age}@{year}" for year in years for age in AGE_FIELDS]
    buffer = io.StringIO()
    write_rows(buffer, [[*PLACE, *columns], [unit_of(column) for column in (*PLACE, *columns)]])
    for county in rows:
        figures = [_number(county.figures.get(key)) for key in keys]
        ages = [
            _number(county.ages[year][place]) if year in county.ages else ""
            for year in years
            for place in range(len(AGE_FIELDS))
        ]
        write_rows(buffer, [[*_place(county), *figures, *ages]])
    return buffer.getvalue()


def unit_of(column: str) -> str:
    """Return the unit of a column of :func:`counties_csv`."""
    return "text" if column in PLACE else CENSUS_UNITS.get(column.partition("@")[0], "person")


def _place(county: County) -> Sequence[str]:
    return [county.id, county.code, county.name, county.english, county.province, county.note]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def county_of(row: Mapping[str, str]) -> County:
    """Return the county of a line of :func:`counties_csv`.

    Raises
    ------
    ValueError
        For text where a number belongs, or ages that are not there.
    """
    figures: dict[tuple[str, int], float] = {}
    groups: dict[int, dict[str, float]] = {}
    for column, cell in row.items():
        name, sign, year = column.partition("@")
        if not sign or not cell:
            continue
        try:
            value = float(cell)
        except ValueError:
            raise ValueError(f"column {column} holds {cell!r}, not a number") from None
        if name in AGE_FIELDS:
            groups.setdefault(int(year), {})[name] = value
        else:
            figures[name, int(year)] = value
    if not groups or any(len(group) != len(AGE_FIELDS) for group in groups.values()):
        raise ValueError("an age group is blank or its column is missing")
    ages = {year: tuple(group[age] for age in AGE_FIELDS) for year, group in groups.items()}
    return County(row["id"], row["code"], row["name"], row["english"], row["province"], figures, ages, row["note"])
