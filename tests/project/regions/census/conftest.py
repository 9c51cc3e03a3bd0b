"""Invented census tables: three counties and a district of one prefecture, in both years, and the command line."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from urbsim.project.regions.census.columns import ColumnFile, load_columns
from urbsim.project.regions.census.figures import AGE_FIELDS
from urbsim.project.regions.census.rules import RuleFile, load_rules
from urbsim.project.workspace import Workspace

Table = list[dict[str, object]]
SHARES = (
    1.0,
    4.0,
    5.0,
    5.5,
    6.0,
    7.0,
    7.5,
    8.0,
    8.0,
    8.0,
    7.5,
    7.0,
    6.5,
    6.0,
    5.0,
    3.5,
    2.5,
    1.0,
    1.0,
)  # percent by age
PLACES = [("991000", "甲省", ""), ("370100", "某市", ""), ("370121", "东山县", "370121"), ("370122", "西山县", "370122"),
          ("370181", "南山市", "370181"), ("370102", "北山区", "370102")]  # fmt: skip


def row(year: int, code: str, name: str, residents: int) -> dict[str, object]:
    ages = dict(zip(AGE_FIELDS, (round(residents * share / 100) for share in SHARES), strict=True))
    total = sum(ages.values())
    aged = sum(list(ages.values())[4:])
    common: dict[str, object] = {
        "code": code, "province": "山东省", "residents": total, "urban": total * 4 // 10, "rural": total - total * 4 // 10,
        "family_households": total // 3, "household_size": 2.8, **ages, "floor_area_per_head_m2": 40.0,
        "aged_15_plus_long_form": aged // 10, "employed_long_form": aged * 6 // 100,
    }  # fmt: skip
    if year == 2020:
        working = aged * 6 // 100
        return common | {
            "city": "某市", "county": name, "registered_elsewhere_same_county": total // 10,
            "registered_other_county_same_province": total // 40, "registered_other_province": total // 50,
            "employed_primary": working * 3 // 10, "employed_secondary": working * 3 // 10,
            "employed_tertiary": working - 2 * (working * 3 // 10),
        }  # fmt: skip
    return common | {
        "name": f"  {name}", "registered": total * 11 // 10, "non_agricultural_registration_share": 0.2,
        "birth_rate": 0.011, "death_rate": 0.0065, "moved_in_same_county": total // 15,
        "moved_in_same_province": total // 50, "moved_in_other_province": total // 60,
        "employed_primary_share": 0.55, "employed_secondary_share": 0.2, "employed_tertiary_share": 0.25,
    }  # fmt: skip


def table(year: int) -> Table:
    sizes = {"370121": 300_000, "370122": 500_000, "370181": 800_000, "370102": 600_000}
    rows = [row(year, code, name, sizes.get(code, 2_200_000)) for code, name, _ in PLACES if code != "991000"]
    return [row(year, "370000", "山东省", 90_000_000), *rows]


@pytest.fixture
def tables() -> dict[int, Table]:
    return {year: table(year) for year in (2010, 2020)}


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., list[Path]]:
    """Write tables as CSV extracts; return their paths."""

    def write(tables: dict[int, Table], folder: Path | None = None) -> list[Path]:
        paths = []
        for year, rows in tables.items():
            path = (folder or tmp_path) / f"invented_{year}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
            paths.append(path)
        return paths

    return write


@pytest.fixture
def columns(shipped: Workspace) -> ColumnFile:
    return load_columns(shipped.data / "estimates" / "census-columns.yaml", "census-columns.yaml")


@pytest.fixture
def rules(shipped: Workspace) -> RuleFile:
    return load_rules(shipped.data / "estimates" / "rules.yaml", "rules.yaml")
