"""``urbsim model``: what the model holds, and a copy with a region's values for Vensim."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from urbsim.commands import options
from urbsim.commands.anymodel import explain_variable, run_models
from urbsim.commands.battery import check_model
from urbsim.commands.diagram import draw_diagrams
from urbsim.commands.effects import show_effects
from urbsim.commands.loops import show_loops
from urbsim.errors import InputError, Place, Problem, command_line, nearest


@click.group()
def model() -> None:
    """Look into the model, draw it, test it, run any other, or export it for Vensim."""


model.add_command(check_model)
model.add_command(show_effects)
model.add_command(show_loops)
model.add_command(run_models)
model.add_command(explain_variable)
model.add_command(draw_diagrams)


@model.command()
@options.JSON
def info(as_json: bool) -> None:
    """Count what the model holds, by sector.

    \b
    Example:
      urbsim model info
    """
    from urbsim.language.parse import parse_model
    from urbsim.project.workspace import find

    workspace = find()
    text = parse_model(workspace.model, workspace.label(workspace.model))
    sectors = Counter(variable.group for variable in text.variables)
    stocks = Counter(variable.group for variable in text.variables if variable.role == "stock")
    if as_json:
        counts = {
            "variables": len(text.variables),
            "stocks": sum(stocks.values()),
            "sectors": dict(sectors),
            "digest": text.digest,
        }
        click.echo(json.dumps(counts, indent=2))
        return
    click.echo(
        f"{text.label}: {len(text.variables)} variables, {sum(stocks.values())} of them stocks; {text.digest[:8]}"
    )
    for sector, count in sectors.items():
        click.echo(f"  {sector}: {count} variables, {stocks[sector]} stocks")


@model.command()
@click.argument("region")
@click.option("--scenario", default="baseline", show_default=True)
@click.option("--base-year", type=int, help="Census year to start from.  [default: of the region]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
def export(region: str, scenario: str, base_year: int | None, out: Path) -> None:
    """Write the model with the values of REGION and a scenario, to open in Vensim.

    \b
    Example:
      urbsim model export guangrao --scenario land-up --out guangrao-land-up.mdl
    """
    from urbsim.engine.export import patch
    from urbsim.experiment import plan as plans
    from urbsim.files import write_text
    from urbsim.project.project import Project
    from urbsim.project.workspace import find

    if out.exists():
        raise command_line("exists-already", f"{out.name} exists already", "choose another name")
    project = Project.open(find())
    [region] = project.find_regions([region])
    scenarios = project.scenarios
    if scenario not in scenarios:
        raise InputError(
            Problem(
                "unknown-name", Place("command line"), f"unknown scenario {scenario!r}", nearest(scenario, scenarios)
            )
        )
    plan = plans.plan(project, [scenario], [region], base_year, None, {})
    values = plans.members(project, plan, project.calibrations(plan.regions))[0]
    write_text(out, patch(project.model, values.member, plans.clock(project, plan, region, scenario)))
    click.echo(f"{out.name} written: {region}, {scenario}, values of {len(values.origins)} constants")
