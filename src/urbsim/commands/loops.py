"""``urbsim model loops``: the named feedback loops, their signs, and what their cuts do."""

from __future__ import annotations

import json

import click

from urbsim.commands import options


@click.command("loops")
@click.option("--region", "regions", multiple=True, help="Only this region; may be given more than once.")
@options.LANGUAGE
@options.JSON
@click.pass_context
def show_loops(context: click.Context, regions: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Test the named feedback loops of models/loops.yaml: signs of links, what comes back, what a cut changes.

    A sign is that of the derivative along the baseline; +0 means that the link rests in some years. The cut of a loop
    holds one of its variables at its value of the base year; the change of the reading is in percent, or in points of
    a percentage. The exit code is 1 where a loop does not act as declared, or a cut changes nothing anywhere.

    \b
    Examples:
      urbsim model loops
      urbsim model loops --region lijin --lang zh
    """
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.report import loop_table, tables
    from urbsim.studies.battery.context import open_bench
    from urbsim.studies.battery.loops import effects, polarity
    from urbsim.studies.loopcuts import cuts
    from urbsim.studies.loops import polarities

    on = open_bench(Project.open(find()), regions)
    loops = on.project.loops
    signs = polarities(on, loops)
    changes, claims = cuts(on, loops)
    verdicts = [polarity(signs), *effects(changes, claims)]
    if as_json:
        click.echo(json.dumps(loop_table.records(signs, changes, lang), indent=2, ensure_ascii=False))
    else:
        tables.show([loop_table.table(on, signs, changes, lang)], loop_table.notes(signs, verdicts))
    if not all(verdict.passed for verdict in verdicts):
        context.exit(1)
