"""``urbsim model effects``: what each lever alone does to each headline indicator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from urbsim.commands import options
from urbsim.commands.progress import bar

if TYPE_CHECKING:
    from rich.table import Table

    from urbsim.project.indicators import Indicators
    from urbsim.studies.effects import Effect

ABREAST = 6  # indicators side by side


@click.command("effects")
@click.option("--region", "regions", multiple=True, help="Only this region; may be given more than once.")
@click.option("--draws", default=60, show_default=True, help="Draws of the uncertain parameters for the intervals.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draws.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a row for each cell.")
@options.JSON
@options.LANGUAGE
@options.QUIET
def show_effects(
    regions: tuple[str, ...], draws: int, seed: int, as_csv: bool, as_json: bool, lang: str, quiet: bool
) -> None:
    """Show what each lever alone does to each headline indicator.

    Each lever is moved by a fifth of its range from the policy year of models/battery.yaml on, down where there is no
    room above. Effects are differences from the baseline in the effect year of that file, in percent, for indicators in
    percent in points; below stands the interval that holds 90 % of the draws.

    \b
    Examples:
      urbsim model effects --region lijin
      urbsim model effects --csv > effects.csv
    """
    from urbsim.files import to_csv
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.report import tables
    from urbsim.studies.battery.context import open_bench
    from urbsim.studies.effects import effects

    on = open_bench(Project.open(find()), regions, calibrated=True)
    total = len(on.members) * (1 + len(on.project.levers)) * (1 + draws)
    with bar("Running", total, quiet or as_csv) as progress:
        found = list(effects(on, progress, draws, seed))
    if as_json:
        click.echo(json.dumps([one.as_dict() for one in found], indent=2))
    elif as_csv:
        click.echo(to_csv([one.as_dict() for one in found]), nl=False)
    else:
        items = on.indicators
        headline = list(dict.fromkeys(one.indicator for one in found))
        shown = [
            _table(on.project.regions[region].name.in_(lang), cells, items, lang)
            for region in on.members
            for first in range(0, len(headline), ABREAST)
            if (cells := [c for c in found if c.region == region and c.indicator in headline[first : first + ABREAST]])
        ]
        unit = "in percent, in points where the unit is %; below, 90 % of the draws."
        tables.show(shown, [f"Differences in {on.effect_year} {unit}"])


def _table(title: str, mine: Sequence[Effect], items: Indicators, lang: str) -> Table:
    """Return a table of a region: a row for each lever, a column for each indicator."""
    from urbsim.report.tables import new_table

    table = new_table(title)
    table.add_column("Lever", no_wrap=True)
    for name in dict.fromkeys(one.indicator for one in mine):
        label = items[name].label.in_(lang)
        table.add_column(f"{label}, %" if items[name].unit == "percent" else label, justify="right")
    for lever in dict.fromkeys(one.lever for one in mine):
        cells = [one for one in mine if one.lever == lever]
        table.add_row(f"{lever} = {cells[0].value:.3g}", *(_cell(one) for one in cells))
    return table


def _cell(one: Effect) -> str:
    if not (round(one.effect, 2) or round(one.low, 2) or round(one.high, 2)):
        return "·"
    return f"{one.effect:+.2f}\n{one.low:+.2f}..{one.high:+.2f}"
