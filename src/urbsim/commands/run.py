"""``urbsim run``: scenarios x regions, written as a batch."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click

from urbsim.commands import options as shared
from urbsim.commands.options import lever_settings
from urbsim.commands.progress import Terminal
from urbsim.commands.summary import print_summary


@click.command()
@click.argument("scenarios", nargs=-1)
@click.option("--region", "regions", multiple=True, help="Only this region, by id, code or Chinese name.")
@click.option("--province", "provinces", multiple=True, help="The imported counties of this province too.")
@click.option("--imported", is_flag=True, help="All counties of `urbsim regions import --all`.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="LEVER=VALUE[@YEAR]",
    help="Set a lever in every scenario, from 1 January of YEAR.  [default: the first year that nobody has observed]",
)
@click.option("--base-year", type=int, help="Census year to start from, 2010 or 2020.  [default: of the region]")
@click.option("--horizon", type=int, help="Last year.  [default: of the scenario]")
@click.option("--draws", type=int, metavar="N", help="Run each member with N draws of models/parameters.yaml.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws.")
@click.option("--sampling", type=click.Choice(["lhs", "sobol"]), default="lhs", show_default=True, help="How to draw.")
@click.option("--parameter", "parameters", multiple=True, help="Draw only this one; may be given more than once.")
@shared.ENGINE
@click.option("--fast", is_flag=True, help="Relaxed floating point; recorded in the manifest.")
@click.option("--no-calibration", is_flag=True, help="Leave data/calibrations/ out, as for an honest replay.")
@click.option(
    "--keep",
    "form",
    type=click.Choice(["variables", "indicators", "quantiles"]),
    help="What results.nc holds.  [default: by size]",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Threads.  [default: one per processor]")
@click.option("--scheduler", metavar="ADDRESS", help="Dask cluster: tcp://HOST:PORT, or local:N for N processes here.")
@click.option("--resume", is_flag=True, help="Finish a batch that was interrupted.")
@click.option("--no-charts", is_flag=True, help="Write numbers only.")
@click.option("--out", metavar="NAME", help="Name of the batch.  [default: from its contents]")
@shared.LANGUAGE
@shared.JSON
@shared.QUIET
def run(
    scenarios: tuple[str, ...],
    regions: tuple[str, ...],
    pairs: tuple[str, ...],
    out: str | None,
    no_calibration: bool,
    no_charts: bool,
    lang: str,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Run SCENARIOs for the regions they name and write outputs/BATCH/.

    A SCENARIO may also be a folder: all scenarios in it run, and those outside that they extend. Without a scenario,
    every scenario in scenarios/ runs. A batch holds manifest.json, results.nc, indicators.csv, charts/, targets.csv
    where a policy document names one of its regions, and failed.csv where members failed. The same inputs give the same
    batch; it is not computed twice. Blocks of a run that was interrupted stay, and --resume goes on from them.

    \b
    Examples:
      urbsim run
      urbsim run scenarios/dongying
      urbsim run baseline land-up --region guangrao --set training_rate=0.1
      urbsim run baseline --region guangrao --set land_supply=1.5@2025 --set land_supply=1@2030
      urbsim run baseline integrated --region lijin --draws 500 --seed 1
      urbsim run baseline --province shandong --draws 100 --horizon 2025
      urbsim run baseline --base-year 2010 --horizon 2020 --no-calibration
      urbsim run baseline --draws 4000 --resume --scheduler local:4
    """
    from urbsim.api.project import Project
    from urbsim.experiment.request import Request
    from urbsim.experiment.run import RunInterrupt
    from urbsim.experiment.storage.read import check_name
    from urbsim.project.workspace import find

    if out is not None:
        check_name(out)
    project = Project.open(find())
    request = Request(
        scenarios=scenarios,
        regions=regions,
        levers=lever_settings(pairs),
        calibrated=not no_calibration,
        name=out,
        command=command(),
        **options,
    )
    try:
        batch = project.execute(request, Terminal(quiet), None if no_charts else lang)
    except RunInterrupt as stop:
        click.echo(f"\n{stop}", err=True)
        sys.exit(1)
    print_summary(batch, lang, as_json)


def command() -> str:
    """Return the command as it was typed, without --resume."""
    return shlex.join(["urbsim", *(word for word in sys.argv[1:] if word != "--resume")])
