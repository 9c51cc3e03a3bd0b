"""Tables for the terminal: the baseline in numbers, other scenarios as differences from it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from urbsim.project.indicators import Indicators
from urbsim.report.words import unit_label
from urbsim.results.intervals import change, columns, has_draws, medians

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

WIDTH = 118  # of a table that is not shown on a terminal
BESIDE, BESIDE_DRAWN = 4, 2  # scenarios beside the first one in a table, without and with intervals

Rows = list[dict[str, Any]]


def comparison_rows(
    values: Mapping[str, xr.DataArray], indicators: Indicators, names: Sequence[str], year: int
) -> Rows:
    """Return one row per region and indicator: base year, and each scenario at ``year``.

    A scenario's ``difference`` is against the first one: points for percentages, percent for everything else.

    Parameters
    ----------
    values
        Dims (region, scenario, time), also draw or quantile, by indicator id.
    indicators
        By id.
    names
        Ids of indicators, in order.
    year
        At whose end scenarios are compared.
    """
    rows: Rows = []
    for name in names:
        data = values[name]
        for region in data.region.values:
            local = data.sel(region=region)
            start = medians({name: local})[name].isel(scenario=0).dropna("time")
            row: dict[str, Any] = {
                "region": str(region),
                "indicator": name,
                "unit": indicators[name].unit,
                "year": year,
                "base_year": int(start.time[0]) if start.size else None,
                "base": float(start[0]) if start.size else None,
                "scenarios": {},
            }
            at = local.sel(time=year)
            first = at.isel(scenario=0).values
            cell = _of_quantiles if "quantile" in at.dims else _of_draws
            for scenario in data.scenario.values:
                value = at.sel(scenario=scenario).values
                if np.isfinite(value).any():
                    row["scenarios"][str(scenario)] = cell(first, value, row["unit"])
            rows.append(row)
    return rows


def _of_draws(first: np.ndarray, value: np.ndarray, unit: str) -> dict[str, float | None]:
    """Return the cell of a number, or of the draws of one."""
    return {**columns("value", value), **columns("difference", change(first, value, unit))}


def _of_quantiles(first: np.ndarray, value: np.ndarray, unit: str) -> dict[str, float | None]:
    """Return the cell of quantiles; differences within a draw are not known, so that of the medians stands alone."""
    middle = len(value) // 2
    ends = {"value_low": float(value[0]), "value_high": float(value[-1])}
    return {
        **columns("value", value[middle]),
        **ends,
        **columns("difference", change(first[middle], value[middle], unit)),
    }


def number(value: float | None) -> str:
    """Return a number with about four digits."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def difference(value: float | None, unit: str) -> str:
    """Return a difference with its sign; a dot where there is none to speak of."""
    if value is None:
        return "n/a"
    if abs(value) < 0.005:
        return "·"
    return f"{value:+.2f}" if unit == "percent" else f"{value:+.2f} %"


def comparison(rows: Rows, data: xr.Dataset, indicators: Indicators, region: str, year: int, lang: str) -> list[Table]:
    """Return the table of one region and year; many scenarios go on in tables below it, each with the first one.

    Parameters
    ----------
    rows
        Of :func:`comparison_rows`.
    data
        Results of the batch, for the order and titles of scenarios.
    indicators
        By id.
    region
        Id.
    year
        At whose end scenarios are compared.
    lang
        en or zh.
    """
    mine = [row for row in rows if row["region"] == region and row["year"] == year]
    names = [str(s) for s in data.scenario.values if any(str(s) in row["scenarios"] for row in mine)]
    beside = BESIDE_DRAWN if has_draws(data) else BESIDE
    starts = range(1, max(2, len(names)), beside)
    return [_comparison(mine, data, indicators, [*names[:1], *names[at : at + beside]], lang) for at in starts]


def _comparison(rows: Rows, data: xr.Dataset, indicators: Indicators, scenarios: Sequence[str], lang: str) -> Table:
    suffix = "_zh" if lang == "zh" else ""
    title = f"{data[f'region_name{suffix}'].sel(region=rows[0]['region']).item()} · {rows[0]['year']}"
    table = new_table(title)
    table.add_column("" if lang == "zh" else "Indicator", no_wrap=False, max_width=50)
    table.add_column(str(rows[0]["base_year"] or ""), justify="right")
    wide = 24 if has_draws(data) else 14
    for scenario in scenarios:
        name = str(data[f"scenario_title{suffix}"].sel(scenario=scenario).item())
        table.add_column(name, justify="right", max_width=wide, overflow="fold")
    for row in rows:
        item = indicators[row["indicator"]]
        label = item.label.in_(lang)
        unit = unit_label(row["unit"], lang)
        entries = [row["scenarios"].get(scenario) for scenario in scenarios]
        cells = ["" if entry is None else _cell(entry, row["unit"], first=not n) for n, entry in enumerate(entries)]
        table.add_row(f"{label}, {unit}" if unit else label, number(row["base"]), *cells)
    return table


def _cell(entries: Mapping[str, float | None], unit: str, *, first: bool) -> str:
    """Return a value, or a difference; of draws with the 90 % interval below it."""
    key = "value" if first else "difference"
    names = number if first else partial(difference, unit=unit)
    if f"{key}_low" not in entries:
        return names(entries[key])
    return f"{names(entries[key])}\n{names(entries[f'{key}_low'])} … {names(entries[f'{key}_high'])}"


def new_table(title: str | None = None) -> Table:
    """Return a table without columns, as every command prints one: no lines, bold headings, the title on the left."""
    from rich.table import Table  # noqa: PLC0415

    return Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")


def width() -> int:
    """Return the characters of a line: those of the terminal, or a fixed number where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH


def show(tables: Sequence[Table], notes: Sequence[str] = ()) -> None:
    """Print tables and notes on standard output."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(width=width(), highlight=False)
    with console.capture() as capture:
        for table in tables:
            console.print(table)
            console.print()
        for note in notes:
            console.print(note, soft_wrap=True, markup=False)
    for line in capture.get().splitlines():
        print(line.rstrip())
