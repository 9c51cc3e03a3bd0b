"""``urbsim model effects``: what each lever alone does to each headline indicator."""

from __future__ import annotations

import json

import click

from urbsim.commands import options
from urbsim.commands.progress import bar


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
    from urbsim.report import effects_table, tables
    from urbsim.studies import effects as study
    from urbsim.studies.battery.context import open_bench

    on = open_bench(Project.open(find()), regions, calibrated=True)
    total = len(on.members) * (1 + len(on.project.levers)) * (1 + draws)
    with bar("Running", total, quiet or as_csv) as progress:
        effects = list(study.effects(on, progress, draws, seed))
    if as_json:
        click.echo(json.dumps([effect.as_dict() for effect in effects], indent=2))
    elif as_csv:
        click.echo(to_csv([effect.as_dict() for effect in effects]), nl=False)
    else:
        unit = "in percent, in points where the unit is %; below, 90 % of the draws."
        note = f"Differences in {on.effect_year} {unit}"
        tables.show(list(effects_table.tables(on, effects, lang)), [note])
