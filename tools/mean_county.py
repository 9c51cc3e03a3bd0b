"""Write the mean county, data/reference/mean-county.csv, out of two census tables.

    python tools/mean_county.py 2020.csv 2010.csv

The tables are those that `urbsim regions import` reads. The counties are those that it can use in both under one code,
without the districts of cities: numbers 21 to 69 within a prefecture, and county-level cities and others from 81 on.
Counts are added up and divided by the number of counties; sizes, shares and rates are weighted by what they are per.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from compose_regions import PER, total

from urbsim.files import write_text
from urbsim.project.reference import MEAN_COUNTY
from urbsim.project.regions.census import importing
from urbsim.project.regions.census.columns import load_columns
from urbsim.project.regions.census.county import County, pair
from urbsim.project.regions.census.table import Row, Table, counties
from urbsim.project.regions.census.text import counties_csv
from urbsim.project.workspace import find

RATES = {*PER, "household_size"}  # not divided: they are means already


def matched(tables: Mapping[int, Table]) -> list[str]:
    """Return the codes of the counties that both tables tell all of."""
    codes = [{row.code for row in counties(table)} for table in tables.values()]
    usable = {county.code for county in pair(list(tables.values()))[0] if len(county.ages) == len(tables)}
    return sorted(code for code in usable.intersection(*codes) if is_county(code))


def is_county(code: str) -> bool:
    """Tell a county, or a county-level city, from a district.

    Examples
    --------
    >>> is_county("370523"), is_county("370502"), is_county("370681")
    (True, False, True)
    """
    number = int(code[-2:])
    return 21 <= number <= 69 or number >= 81


def mean(tables: Mapping[int, Table]) -> County:
    """Return the mean of the counties of two tables."""
    codes = matched(tables)
    means = []
    for year, table in tables.items():
        rows = {row.code: row for row in counties(table)}
        values = total([rows[code] for code in codes])
        means.append(Table(table.label, year, (Row(0, "999921", "平均县", "", divided(values, len(codes))),)))
    [county], _ = pair(means)
    note = f"mean of {len(codes)} counties and county-level cities that have one code in both censuses"
    return replace(county, id="mean-county", code="", english="Mean county", note=note)


def divided(values: Mapping[str, float], count: int) -> dict[str, float]:
    """Return sums over counties as means, with six digits; rates are means already."""
    return {name: float(f"{value if name in RATES else value / count:.7g}") for name, value in values.items()}


def main(arguments: list[str]) -> None:
    """Write the file."""
    workspace = find(Path(__file__).parents[1])
    columns = workspace.data / "estimates" / "census-columns.yaml"
    read = importing.read_tables([Path(word) for word in arguments], load_columns(columns, columns.name))
    county = mean({table.year: table for table in read})
    write_text(workspace.data / MEAN_COUNTY, counties_csv([county]))
    print(f"{MEAN_COUNTY}: {county.note}")


if __name__ == "__main__":
    main(sys.argv[1:])
