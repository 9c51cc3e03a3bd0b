"""What differs between two scenarios on the terminal: tables, lines below them, and rows of CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from urbsim.project.indicators import Indicators
from urbsim.report.tables import new_table, number
from urbsim.report.words import unit_label

if TYPE_CHECKING:
    from rich.table import Table

Comparison = Mapping[str, Any]  # of two sides, as :func:`urbsim.results.compare.comparison` returns it
_NUMBERS = ("a", "b", "difference", "difference_low", "difference_high", "relative", "relative_low", "relative_high")
_COLUMNS = ("region", "year", "indicator", "unit", *_NUMBERS, "same_sign")


def csv_rows(comparisons: Sequence[Comparison]) -> Iterator[dict[str, Any]]:
    """Give one row for each indicator, region and year of each comparison; what is not known is empty."""
    for comparison in comparisons:
        head = {f"{part}_{key}": comparison[key][part] for key in "ab" for part in ("batch", "scenario")}
        for row in comparison["rows"]:
            cells = {key: row.get(key) for key in _COLUMNS}
            yield {**head, **{key: "" if value is None else value for key, value in cells.items()}}


def difference_tables(comparison: Comparison, indicators: Indicators, lang: str, most: int) -> list[Table]:
    """Return the tables of a comparison: indicators, levers, all else.

    Parameters
    ----------
    comparison
        As :mod:`urbsim.results.compare` gives it.
    indicators
        By id.
    lang
        en or zh.
    most
        Number of indicators to show.
    """
    same = comparison["a"]["batch"] == comparison["b"]["batch"]
    names = [comparison[key]["scenario" if same else "batch"] for key in "ab"]
    tables = [_rows(comparison, indicators, names, lang, most)]
    if comparison["levers"]:
        tables.append(_levers(comparison, names, lang))
    if comparison["others"]:
        others = _table("What else differs", ["What", *names])
        for row in comparison["others"]:
            others.add_row(row["what"], _short(row["a"]), _short(row["b"]))
        tables.append(others)
    return tables


def _table(title: str, headings: Sequence[str]) -> Table:
    """Return an empty table whose cells fold."""
    table = new_table(title)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _rows(comparison: Comparison, indicators: Indicators, names: Sequence[str], lang: str, most: int) -> Table:
    """Return the table of indicators."""
    first, second = (f"{comparison[key]['batch']} {comparison[key]['scenario']}" for key in "ab")
    title = f"{second} against {first}"
    table = new_table(title)
    for heading in ("Region", "Year", "Indicator"):
        table.add_column(heading)
    for heading in (*names, "Difference", "Relative", *(["Same sign"] if comparison["paired"] else [])):
        table.add_column(heading, justify="right")
    for row in comparison["rows"][:most]:
        label, unit = indicators[row["indicator"]].label.in_(lang), unit_label(row["unit"], lang)
        cells = [number(row["a"]), number(row["b"]), _signed(row, "difference"), _signed(row, "relative", " %")]
        share = row.get("same_sign")
        cells += ["" if share is None else f"{share:.0%}"] if comparison["paired"] else []
        table.add_row(row["region"], str(row["year"]), f"{label}, {unit}" if unit else label, *cells)
    return table


def _levers(comparison: Comparison, names: Sequence[str], lang: str) -> Table:
    """Return the table of levers; a lever that differs between regions is named once."""
    table = _table("Levers that differ", ["Lever", *names, "Regions", "Clauses"])
    last = ""
    for row in comparison["levers"]:
        label = row.get("label_zh", row["label"]) if lang == "zh" else row["label"]
        label, clauses = ("", "") if row["lever"] == last else (label, _clauses(row["clauses"]))
        table.add_row(label, _dated(row["a"]), _dated(row["b"]), "\n".join(row["regions"]), clauses)
        last = row["lever"]
    return table


def _clauses(clauses: Sequence[Mapping[str, str]]) -> str:
    """Return clauses by document; the notes give the titles."""
    by_document: dict[str, list[str]] = {}
    for clause in clauses:
        by_document.setdefault(clause["document"], []).append(clause["clause"])
    return "\n".join(f"{document}: {', '.join(places)}" for document, places in by_document.items())


def _signed(row: Mapping[str, Any], key: str, unit: str = "") -> str:
    """Return a difference with its sign, and below it its interval."""

    def text(value: float) -> str:
        return ("+" if value > 0 else "") + number(value)

    if row[key] is None:
        return "n/a"
    middle = f"{text(row[key])}{unit}"
    if row.get(f"{key}_low") is None:
        return middle
    return f"{middle}\n{text(row[f'{key}_low'])} … {text(row[f'{key}_high'])}"


def _dated(value: Mapping[int, float] | None) -> str:
    """Return the values of a lever by year."""
    if value is None:
        return "not there"
    return "\n".join(f"{level:g}" if not year else f"{year}: {level:g}" for year, level in value.items())


def _short(value: Any) -> str:
    """Return a value; of a hash its beginning."""
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:8] if len(text) == 64 and " " not in text else text


def difference_notes(comparison: Comparison, most: int, lang: str) -> list[str]:
    """Return the lines below the tables: titles of documents, how to read the numbers, and what is left out."""
    key = "title_zh" if lang == "zh" else "title"
    titles = {clause["document"]: clause[key] for row in comparison["levers"] for clause in row["clauses"]}
    notes = [f"{document}: {title}" for document, title in titles.items()]
    notes += ["Difference in the unit of the indicator (points where it is %), relative in percent of the first."]
    if comparison["paired"]:
        notes.append(
            "Of draws the median, below it the interval that holds 90 % of them; differences within each draw."
        )
    elif comparison["quantiles"]:
        notes.append("A batch holds quantiles, not draws: differences are those of medians, without an interval.")
    elif comparison["draws"]:
        notes.append("The two do not hold the same draws: differences of medians, without an interval.")
    if len(comparison["rows"]) > most:
        notes.append(f"The {most} largest of {len(comparison['rows'])}; more with --top, all with --json or --csv.")
    if not comparison["levers"]:
        notes.append("No lever differs.")
    return notes
