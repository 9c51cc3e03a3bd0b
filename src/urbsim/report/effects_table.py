"""What each lever alone does to each headline indicator, as tables of a region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from urbsim.project.indicators import Indicators
from urbsim.report.tables import new_table
from urbsim.studies.battery.context import Bench
from urbsim.studies.effects import Effect

if TYPE_CHECKING:
    from rich.table import Table

ABREAST = 6  # indicators side by side


def tables(on: Bench, effects: Sequence[Effect], lang: str) -> Iterator[Table]:
    """Give the tables of each region, a few indicators in each."""
    names = list(dict.fromkeys(effect.indicator for effect in effects))
    for region in on.members:
        for first in range(0, len(names), ABREAST):
            abreast = names[first : first + ABREAST]
            cells = [effect for effect in effects if effect.region == region and effect.indicator in abreast]
            if cells:
                yield _table(on.project.regions[region].name.in_(lang), cells, on.indicators, lang)


def _table(title: str, effects: Sequence[Effect], indicators: Indicators, lang: str) -> Table:
    """Return a table of a region: a row for each lever, a column for each indicator."""
    table = new_table(title)
    table.add_column("Lever", no_wrap=True)
    for name in dict.fromkeys(effect.indicator for effect in effects):
        label = indicators[name].label.in_(lang)
        table.add_column(f"{label}, %" if indicators[name].unit == "percent" else label, justify="right")
    for lever in dict.fromkeys(effect.lever for effect in effects):
        row = [effect for effect in effects if effect.lever == lever]
        table.add_row(f"{lever} = {row[0].value:.3g}", *(_cell(effect) for effect in row))
    return table


def _cell(effect: Effect) -> str:
    if not (round(effect.effect, 2) or round(effect.low, 2) or round(effect.high, 2)):
        return "·"
    return f"{effect.effect:+.2f}\n{effect.low:+.2f}..{effect.high:+.2f}"
