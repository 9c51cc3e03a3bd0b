"""What differs between two scenarios of stored batches, as tables, JSON or CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import reading
from urbsim.errors import command_line

if TYPE_CHECKING:
    from rich.table import Table

    from urbsim.experiment.storage.read import StoredBatch
    from urbsim.project.levers import Lever
    from urbsim.project.regions.region import Label
    from urbsim.results.differences import Side

TOP = 20  # rows of a table


def show(
    source: reading.Reader,
    batches: Sequence[StoredBatch],
    scenarios: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
    chosen: Mapping[str, Any],
) -> None:
    """Print what differs between each pair of sides."""
    from urbsim.files import to_csv
    from urbsim.report import tables

    catalogue, titles = source.levers()
    compared = [
        _compared(source, pair, regions, years, chosen["top"], catalogue, titles)
        for pair in _sides(source, batches, scenarios, regions, years)
    ]
    if chosen["as_json"]:
        click.echo(json.dumps({"comparisons": compared}, ensure_ascii=False, indent=2))
    elif chosen["as_csv"]:
        click.echo(to_csv(_csv(compared)), nl=False)
    else:
        for one in compared:
            top, lang = chosen["top"] or TOP, chosen["lang"]
            tables.show(_tables(source, one, lang, top), _notes(one, top, lang))


def _sides(
    source: reading.Reader,
    batches: Sequence[StoredBatch],
    scenarios: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
) -> list[tuple[Side, Side]]:
    """Return what to compare: the scenarios named, or those of one name in both batches."""
    from urbsim.results.differences import Side

    both = [batches[0], batches[-1]]
    heads = [reading.head(batch) for batch in both]
    known = [[str(name) for name in one.scenario.values] for one in heads]
    pairs = [(scenarios[0], scenarios[-1])] if scenarios else [(name, name) for name in known[0] if name in known[1]]
    if not scenarios and len(known[0]) == len(known[1]) == 1:
        pairs = [(known[0][0], known[1][0])]
    if not pairs:
        raise command_line(
            "nothing-there", "the batches have no scenario of one name", "name two with --scenario A --scenario B"
        )
    for number in (0, 1):
        reading.check_names(both[number], heads[number], [pair[number] for pair in pairs], regions, years)
    data = [batch.data(list(regions) or None) for batch in both]
    found = [source.values(one) for one in data]
    samples = [one["parameter_value"].values if "parameter_value" in one else None for one in data]

    def side(number: int, name: str) -> Side:
        values = {key: array.sel(scenario=name) for key, array in found[number].items()}
        return Side(both[number].name, name, both[number].manifest, values, samples[number])

    return [(side(0, a), side(1, b)) for a, b in pairs]


def _compared(
    source: reading.Reader,
    pair: tuple[Side, Side],
    regions: Sequence[str],
    years: Sequence[int],
    top: int | None,
    catalogue: Mapping[str, Lever],
    titles: Mapping[str, Label],
) -> dict[str, Any]:
    """Return everything that differs between two sides."""
    from urbsim.results import differences

    a, b = pair
    here = [[str(name) for name in next(iter(side.values.values())).region.values] for side in pair]
    where = list(regions) or [name for name in here[0] if name in here[1]]
    if not where:
        raise command_line(
            "nothing-there", f"{a.batch} and {b.batch} have no region in common", "compare batches of the same regions"
        )
    return {
        **{key: {"batch": side.batch, "scenario": side.scenario} for key, side in zip("ab", pair, strict=True)},
        "years": list(years),
        "paired": differences.paired(a, b),
        "draws": any(side.manifest.draws for side in pair),
        "quantiles": any(reading.notes(side.manifest) for side in pair),
        "rows": differences.rows(a, b, source.indicators, where, years)[:top],
        "levers": [_lever(row, catalogue, titles) for row in differences.levers(a, b, catalogue, where)],
        "others": differences.others(a, b),
    }


def _lever(row: Mapping[str, Any], catalogue: Mapping[str, Lever], titles: Mapping[str, Label]) -> dict[str, Any]:
    lever = catalogue.get(row["lever"])
    if lever is None:
        return {**row, "label": row["lever"], "unit": "", "clauses": []}
    clauses = [
        {
            "document": clause.document,
            "title": titles[clause.document].en,
            "title_zh": titles[clause.document].zh,
            "clause": clause.clause,
        }
        for clause in lever.clauses
    ]
    return {**row, "label": lever.label.en, "label_zh": lever.label.zh, "unit": lever.unit, "clauses": clauses}


_NUMBERS = ("a", "b", "difference", "difference_low", "difference_high", "relative", "relative_low", "relative_high")


def _csv(compared: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for one in compared:
        head = {f"{part}_{key}": one[key][part] for key in "ab" for part in ("batch", "scenario")}
        for row in one["rows"]:
            told = {key: row.get(key) for key in ("region", "year", "indicator", "unit", *_NUMBERS, "same_sign")}
            found.append({**head, **{key: "" if value is None else value for key, value in told.items()}})
    return found


def _tables(source: reading.Reader, one: Mapping[str, Any], lang: str, top: int) -> list[Table]:
    from rich.table import Table

    from urbsim.report.tables import number
    from urbsim.report.words import unit_label

    names = [one[key]["scenario"] if one["a"]["batch"] == one["b"]["batch"] else one[key]["batch"] for key in "ab"]
    rows = Table(title=_title(one), title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in ("Region", "Year", "Indicator"):
        rows.add_column(heading)
    for heading in (*names, "Difference", "Relative", *(["Same sign"] if one["paired"] else [])):
        rows.add_column(heading, justify="right")
    for row in one["rows"][:top]:
        item = source.indicators[row["indicator"]]
        unit = unit_label(row["unit"], lang)
        label = item.label.in_(lang)
        cells = [number(row["a"]), number(row["b"]), _signed(row, "difference"), _signed(row, "relative", " %")]
        share = row.get("same_sign")
        cells += ["" if share is None else f"{share:.0%}"] if one["paired"] else []
        rows.add_row(row["region"], str(row["year"]), f"{label}, {unit}" if unit else label, *cells)
    levers = Table(title="Levers that differ", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in ("Lever", *names, "Regions", "Clauses"):
        levers.add_column(heading, overflow="fold")
    last = ""
    for row in one["levers"]:
        label = row.get("label_zh", row["label"]) if lang == "zh" else row["label"]
        told = ("", "") if row["lever"] == last else (label, _clauses(row["clauses"]))
        levers.add_row(told[0], _dated(row["a"]), _dated(row["b"]), "\n".join(row["regions"]), told[1])
        last = row["lever"]
    others = Table(title="What else differs", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in ("What", *names):
        others.add_column(heading, overflow="fold")
    for row in one["others"]:
        others.add_row(row["what"], _short(row["a"]), _short(row["b"]))
    return [rows, *(table for table, key in ((levers, "levers"), (others, "others")) if one[key])]


def _clauses(clauses: Sequence[Mapping[str, str]]) -> str:
    """Return clauses by document; the notes give the titles."""
    found: dict[str, list[str]] = {}
    for clause in clauses:
        found.setdefault(clause["document"], []).append(clause["clause"])
    return "\n".join(f"{document}: {', '.join(places)}" for document, places in found.items())


def _title(one: Mapping[str, Any]) -> str:
    a, b = (f"{one[key]['batch']} {one[key]['scenario']}" for key in "ab")
    return f"{b} against {a}"


def _signed(row: Mapping[str, Any], key: str, unit: str = "") -> str:
    from urbsim.report.tables import number

    def shown(value: float) -> str:
        return ("+" if value > 0 else "") + number(value)

    if row[key] is None:
        return "n/a"
    told = f"{shown(row[key])}{unit}"
    if row.get(f"{key}_low") is None:
        return told
    return f"{told}\n{shown(row[f'{key}_low'])} … {shown(row[f'{key}_high'])}"


def _dated(value: Mapping[int, float] | None) -> str:
    if value is None:
        return "not there"
    return "\n".join(f"{level:g}" if not year else f"{year}: {level:g}" for year, level in value.items())


def _short(value: Any) -> str:
    """Return a value; of a hash its beginning."""
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:8] if len(text) == 64 and " " not in text else text


def _notes(one: Mapping[str, Any], top: int, lang: str) -> list[str]:
    key = "title_zh" if lang == "zh" else "title"
    titles = {clause["document"]: clause[key] for row in one["levers"] for clause in row["clauses"]}
    found = [f"{document}: {title}" for document, title in titles.items()]
    found += ["Difference in the unit of the indicator (points where it is %), relative in percent of the first."]
    if one["paired"]:
        found.append(
            "Of draws the median, below it the interval that holds 90 % of them; differences within each draw."
        )
    elif one["quantiles"]:
        found.append("A batch holds quantiles, not draws: differences are those of medians, without an interval.")
    elif one["draws"]:
        found.append("The two do not hold the same draws: differences of medians, without an interval.")
    if len(one["rows"]) > top:
        found.append(f"The {top} largest of {len(one['rows'])}; more with --top, all with --json or --csv.")
    if not one["levers"]:
        found.append("No lever differs.")
    return found
