"""``urbsim model check``: the validation battery as a table."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from urbsim.commands import options
from urbsim.commands.progress import bar

if TYPE_CHECKING:
    from urbsim.analysis.battery.bench import Verdict

TESTS = 14  # for the progress bar


@click.command("check")
@click.option("--region", "regions", multiple=True, help="Only this region; may be given more than once.")
@options.JSON
@options.QUIET
@click.pass_context
def check_model(context: click.Context, regions: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Test the model: structure, units, laws under random levers and parameters, time step, levers.

    Each test says what it covered, the worst it found and whether that passes; the exit code is 1 where one fails.
    Checks of levers stand in models/behaviour.yaml, reality checks in models/reality-checks.mdl, in Vensim's own form,
    feedback loops in models/loops.yaml; a modeller may add to all of them.

    \b
    Examples:
      urbsim model check
      urbsim model check --region lijin --json
    """
    from urbsim.analysis.battery.bench import bench  # noqa: PLC0415
    from urbsim.analysis.battery.reality import load_checks  # noqa: PLC0415
    from urbsim.analysis.battery.run import battery  # noqa: PLC0415
    from urbsim.analysis.expectations import load_expectations  # noqa: PLC0415
    from urbsim.analysis.indicators import load_indicators  # noqa: PLC0415
    from urbsim.analysis.loopfile import Known, load_loops  # noqa: PLC0415
    from urbsim.engine.choose import choose  # noqa: PLC0415
    from urbsim.scenario.counties import with_regions  # noqa: PLC0415
    from urbsim.scenario.library import open_library  # noqa: PLC0415
    from urbsim.workspace import find  # noqa: PLC0415

    workspace = find()
    library, names = with_regions(workspace, open_library(workspace), regions)
    path = workspace.models / "indicators.yaml"
    indicators = load_indicators(path, workspace.label(path), library.model)
    path = workspace.models / "behaviour.yaml"
    expectations = load_expectations(path, workspace.label(path), library.levers, indicators)
    path = workspace.models / "reality-checks.mdl"
    constraints = load_checks(path, workspace.label(path), library.model)
    path = workspace.models / "loops.yaml"
    known = Known(indicators, library.levers, library.regions)
    loops = load_loops(path, workspace.label(path), library.model, known)
    on = bench(library, indicators, choose(), names or library.ready())
    verdicts: list[Verdict] = []
    with bar("Testing", TESTS, quiet) as progress:
        for verdict in battery(on, expectations, constraints, loops):
            verdicts.append(verdict)
            progress(1)
    if as_json:
        click.echo(json.dumps([asdict(verdict) for verdict in verdicts], indent=2, ensure_ascii=False))
    else:
        _print(verdicts)
    if not all(verdict.passed for verdict in verdicts):
        context.exit(1)


def _print(verdicts: list[Verdict]) -> None:
    from rich.table import Table  # noqa: PLC0415

    from urbsim.report import tables  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Test", "Covered", "Worst", "Limit", ""):
        table.add_column(heading, justify="right" if heading in {"Covered", "Worst"} else "left")
    for v in verdicts:
        table.add_row(v.test, f"{v.covered:,} {v.unit}", f"{v.worst:.2g}", v.limit, "passes" if v.passed else "FAILS")
    failed = [f"{v.test}: {v.note}" for v in verdicts if not v.passed]
    tables.show([table], failed or [f"All {len(verdicts)} tests pass."])
