"""Write the regions that are sums of census units: tools/regions.yaml and two census tables -> data/regions/.

    python tools/compose_regions.py 2020.csv 2010.csv [ID ...]

The tables are those that `urbsim regions import` reads. Counts are added up; sizes, shares and rates are weighted by
what they are per. What the tables lack follows data/estimates/rules.yaml, as for a county, unless regions.yaml has it.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from urbsim.files import Strict, read_yaml, validate, write_text
from urbsim.project.regions.census import importing
from urbsim.project.regions.census.build import build
from urbsim.project.regions.census.columns import load_columns
from urbsim.project.regions.census.county import County, pair
from urbsim.project.regions.census.figures import DIRECT
from urbsim.project.regions.census.rules import RuleFile
from urbsim.project.regions.census.table import Row, Table
from urbsim.project.regions.census.text import region_yaml
from urbsim.project.regions.counties import rules_of
from urbsim.project.regions.facts import ASSUMPTION, Fact, converted
from urbsim.project.regions.region import Label, Region
from urbsim.project.workspace import find

PER = {  # what a figure that is no count is per; it is weighted by that
    "floor_area": "residents",
    "nonagricultural_share": "residents",
    "birth_rate": "residents",
    "death_rate": "residents",
    "employed_primary_share": "employed_long_form",
    "employed_secondary_share": "employed_long_form",
}
INNER = "from_same_province"


class Outside(Strict):
    """A city is one place: the part of the moves between counties of its province that came from outside of it."""

    share: float
    range: list[float] = Field(min_length=2, max_length=2)
    reason: str


class Composition(Strict):
    """A region as a sum: its members by year, and the facts that it has beyond the census."""

    id: str
    name: Label
    kind: str
    parent: str
    members: dict[int, list[str]]
    note: str
    counties: int = 1
    outside: Outside | None = None
    levers_note: str = ""
    levers: dict[str, float | dict[int, float]] = Field(default_factory=dict)
    facts: dict[str, list[Fact]] = Field(default_factory=dict)


class File(Strict):
    """The file tools/regions.yaml."""

    regions: list[Composition]


def total(rows: Sequence[Row]) -> dict[str, float]:
    """Return the fields of a sum of places."""
    found: dict[str, float] = {}
    for name in rows[0].values:
        if any(name not in row.values for row in rows):
            continue
        if name == "household_size":  # households are residents over their size
            found[name] = sum(r.values["residents"] for r in rows) / sum(
                r.values["residents"] / r.values[name] for r in rows
            )
        elif name in PER:
            weights = [row.values[PER[name]] for row in rows]
            found[name] = sum(w * row.values[name] for w, row in zip(weights, rows, strict=True)) / sum(weights)
        else:
            found[name] = sum(row.values[name] for row in rows)
    return {name: value if value == round(value) else float(f"{value:.6g}") for name, value in found.items()}


def summed(made: Composition, tables: Mapping[int, Table]) -> tuple[County, dict[int, float]]:
    """Return the sum as a county of the importer, and the moves inside the province before the city was cut out."""
    code = next(iter(made.members.values()))[0][:4] + "99"  # rules go by its beginning
    moves: dict[int, float] = {}
    sums = []
    for year, codes in made.members.items():
        known = {row.code: row for row in tables[year].rows}
        if lost := [one for one in codes if one not in known]:
            raise SystemExit(f"{made.id}: {', '.join(lost)} is not in the table of {year}")
        values = total([known[one] for one in codes])
        moves[year] = values[INNER]
        if made.outside:
            inside = values[INNER] * (1 - made.outside.share)
            values[INNER] = float(round(values[INNER] - inside))
            values["moved_same_county"] = float(round(values["moved_same_county"] + inside))
        sums.append(Table(tables[year].label, year, (Row(0, code, made.name.zh, "", values),)))
    found, refused = pair(sums)
    if refused:
        raise SystemExit(f"{made.id}: {refused[0].reason}")
    given = {key: value for key, value in given_figures(made).items() if key[0] in DIRECT}
    figures = {**found[0].figures, **given}
    return replace(found[0], figures=figures, id=made.id, english=made.name.en, note=""), moves


def given_figures(made: Composition) -> dict[tuple[str, int], float]:
    """Return what regions.yaml tells beyond the census, in model units, and how many counties are summed."""
    figures = {(name, fact.year): converted(name, fact) for name, facts in made.facts.items() for fact in facts}
    return figures | {("counties_in_region", year): float(made.counties) for year in made.members}


def compose(made: Composition, tables: Mapping[int, Table], rules: RuleFile) -> Region:
    """Return a composition as a region."""
    county, moves = summed(made, tables)
    region = build(county, rules, made.parent, given_figures(made))
    unused = {"household_savings"} if "house_price" in made.facts else set()  # estimated for the price alone
    facts = {name: list(entries) for name, entries in region.facts.items() if name not in unused}
    if made.outside:
        for year, count in moves.items():
            _assume(facts, INNER, year, made.outside, count)
    for name, entries in made.facts.items():
        kept = [fact for fact in facts.get(name, []) if fact.year not in {entry.year for entry in entries}]
        facts[name] = sorted([*kept, *entries], key=lambda fact: -fact.year)
    if made.counties > 1:
        facts["counties_in_region"] = [
            Fact(value=float(made.counties), unit="dmnl", year=year, source=f"census-{year}")
            for year in sorted(made.members, reverse=True)
        ]
    single = [codes[0] for codes in made.members.values() if len(codes) == 1]
    change = {
        "kind": made.kind,
        "facts": facts,
        "members": made.members[max(made.members)],
        "note": made.note,
        "code": single[0] if single and made.counties == 1 else "",
    }
    return region.model_copy(update=change)


def _assume(facts: dict[str, list[Fact]], name: str, year: int, rule: Outside, count: float) -> None:
    """Mark both sides of a cut of moves as assumed: those from outside, and those inside that are the rest."""
    low, high = (float(round(count * share)) for share in rule.range)
    told = {name: (low, high), "moved_same_county": (count - high, count - low)}
    for fact, (least, most) in told.items():
        at = next(i for i, entry in enumerate(facts[fact]) if entry.year == year)
        value = facts[fact][at].value
        base = 0.0 if fact == name else value - count * (1 - rule.share)
        entry = {"value": value, "unit": "person", "year": year, "source": ASSUMPTION, "reason": rule.reason}
        facts[fact][at] = Fact(**entry, range=[float(round(base + least)), float(round(base + most))])


def text(region: Region, made: Composition) -> str:
    """Return a region file: that of the importer, with members, note and levers, and the tool that wrote it."""
    written = region_yaml(region).replace("`urbsim regions import`", "tools/compose_regions.py")
    codes = ", ".join(f'"{code}"' for code in region.members)
    head = f"base_year: {region.base_year}\nmembers: [{codes}]\nnote: >-\n  {region.note}\n"
    code = f'code: "{region.code}"\n' if region.code else ""
    written = written.replace(f'code: "{region.code}"\n', code).replace(f"base_year: {region.base_year}\n", head)
    if not made.levers:
        return written
    note = textwrap.fill(made.levers_note, 120, initial_indent="# ", subsequent_indent="# ")
    lines = [f"  {name}: {str(value).replace(chr(39), '')}" for name, value in made.levers.items()]
    return written + "\n".join([note, "levers:", *lines]) + "\n"


def main(arguments: list[str]) -> None:
    """Write the regions, all or those that are named."""
    workspace = find(Path(__file__).parents[1])
    paths = [Path(word) for word in arguments if word.endswith((".csv", ".xlsx"))]
    asked = [word for word in arguments if not word.endswith((".csv", ".xlsx"))]
    columns = workspace.data / "estimates" / "census-columns.yaml"
    tables = {table.year: table for table in importing.read_tables(paths, load_columns(columns, columns.name))}
    path = Path(__file__).with_name("regions.yaml")
    for made in validate(File, read_yaml(path, path.name)).regions:
        if not asked or made.id in asked:
            region = compose(made, tables, rules_of(workspace))
            write_text(workspace.data / "regions" / f"{made.id}.yaml", text(region, made))
            print(made.id)


if __name__ == "__main__":
    main(sys.argv[1:])
