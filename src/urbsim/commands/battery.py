"""``urbsim model check``: the validation battery as a table."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from urbsim.commands import options
from urbsim.commands.progress import bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urbsim.studies.battery.context import BatteryVerdict
    from urbsim.studies.battery.run import BatteryTest


@click.command("check")
@click.option("--region", "regions", multiple=True, help="Only this region; may be given more than once.")
@click.option("--test", "names", multiple=True, help="Only this test, with all that it finds; may be given again.")
@click.option("--list", "only_list", is_flag=True, help="List the tests and what each covers.")
@options.JSON
@options.QUIET
@click.pass_context
def check_model(
    context: click.Context,
    regions: tuple[str, ...],
    names: tuple[str, ...],
    only_list: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Test the model: structure, units, laws, start, equilibrium, tables, extremes, parameters, levers, time step.

    Each test says what it covered, the worst it found and whether that passes; the exit code is 1 where one fails.
    How much levers do by the evidence stands in models/behaviour.yaml, reality checks in models/reality-checks.mdl, in
    Vensim's own form, feedback loops in models/loops.yaml; a modeller may add to all of them. What tests leave out or
    hold fixed stands in models/battery.yaml, with reasons.

    \b
    Examples:
      urbsim model check
      urbsim model check --region lijin --json
      urbsim model check --test extremes
      urbsim model check --test bands
    """
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.report import tables
    from urbsim.report.verdicts import band_table, notes, table
    from urbsim.studies.battery.context import open_bench
    from urbsim.studies.battery.run import chosen, subject_of

    tests = chosen(names)
    if only_list:
        _list(tests, as_json)
        return
    on = open_bench(Project.open(find()), regions)
    subject = subject_of(on, list(on.members) if regions else ())
    verdicts: list[BatteryVerdict] = []
    with bar("Testing", len(tests), quiet) as progress:
        for test in tests:
            verdicts += test.run(subject)
            progress(1)
    if as_json:
        click.echo(json.dumps([asdict(verdict) for verdict in verdicts], indent=2, ensure_ascii=False))
    else:
        bands = [band_table(verdict.rows) for verdict in verdicts if verdict.rows and names]
        tables.show([*bands, table(verdicts)], notes(verdicts, whole=bool(names)))
    if not all(verdict.passed for verdict in verdicts):
        context.exit(1)


def _list(tests: Sequence[BatteryTest], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({test.name: test.covers for test in tests}, indent=2))
        return
    width = max(len(test.name) for test in tests)
    for test in tests:
        click.echo(f"{test.name:<{width}}  {test.covers}")
