"""``urbsim run``: scenarios x regions, written as a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import evaluating, options

if TYPE_CHECKING:
    from urbsim.experiment.draws import Sample
    from urbsim.experiment.manifest import DrawsRecord
    from urbsim.experiment.plan import Plan
    from urbsim.experiment.storage.kept import Form
    from urbsim.project.calibrations import Calibration
    from urbsim.project.indicators import Indicators
    from urbsim.project.project import Project


@click.command()
@click.argument("scenarios", nargs=-1)
@click.option("--region", "regions", multiple=True, help="Only this region, by id, code or Chinese name.")
@click.option("--province", "provinces", multiple=True, help="The imported counties of this province too.")
@click.option("--imported", is_flag=True, help="All counties of `urbsim regions import --all`.")
@click.option("--set", "pairs", multiple=True, metavar="LEVER=VALUE", help="Set a lever in every scenario.")
@click.option("--base-year", type=int, help="Census year to start from, 2010 or 2020.  [default: of the region]")
@click.option("--horizon", type=int, help="Last year.  [default: of the scenario]")
@click.option("--draws", type=int, metavar="N", help="Run each member with N draws of models/parameters.yaml.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws.")
@click.option("--sampling", type=click.Choice(["lhs", "sobol"]), default="lhs", show_default=True, help="How to draw.")
@click.option("--parameter", "parameters", multiple=True, help="Draw only this one; may be given more than once.")
@options.ENGINE
@click.option("--fast", is_flag=True, help="Relaxed floating point; recorded in the manifest.")
@click.option("--no-calibration", is_flag=True, help="Leave data/calibrations/ out, as for an honest replay.")
@click.option(
    "--keep",
    type=click.Choice(["variables", "indicators", "quantiles"]),
    help="What results.nc holds.  [default: by size]",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Threads.  [default: one per processor]")
@click.option("--scheduler", metavar="ADDRESS", help="Dask cluster: tcp://HOST:PORT, or local:N for N processes here.")
@click.option("--resume", is_flag=True, help="Finish a batch that was interrupted.")
@click.option("--no-charts", is_flag=True, help="Write numbers only.")
@click.option("--out", metavar="NAME", help="Name of the batch.  [default: from its contents]")
@options.LANGUAGE
@options.JSON
@options.QUIET
def run(scenarios: tuple[str, ...], regions: tuple[str, ...], pairs: tuple[str, ...], **chosen: Any) -> None:
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
      urbsim run baseline integrated --region lijin --draws 500 --seed 1
      urbsim run baseline --province shandong --draws 100 --horizon 2025
      urbsim run baseline --base-year 2010 --horizon 2020 --no-calibration
      urbsim run baseline --draws 4000 --resume --scheduler local:4
    """
    from urbsim.commands import targets as scoring
    from urbsim.commands.making import Told, make
    from urbsim.commands.summary import print_summary
    from urbsim.engine.oracles.choose import choose
    from urbsim.experiment import plan
    from urbsim.experiment.inputs import manifest_of_inputs
    from urbsim.experiment.storage import read, unfinished
    from urbsim.experiment.storage.write import order
    from urbsim.project.project import Project
    from urbsim.project.workspace import find

    if chosen["out"] is not None:
        read.check_name(chosen["out"])
    workspace = find()
    project = Project.open(workspace)
    names = _asked(project, regions, chosen)
    indicators = project.indicators
    typed = options.settings(pairs)
    made = plan.plan(project, scenarios, names, chosen["base_year"], chosen["horizon"], typed)
    for region in made.left_out:
        message = f"note: {region} is a template with {project.regions[region].missing} blanks and was left out"
        click.echo(message, err=True)
    form = _form(project, indicators, made, chosen)
    fitted = _fitted(project, made, chosen)
    engine = choose(chosen["engine"], fast=chosen["fast"], threads=chosen["jobs"])
    resolved = plan.members(project, made, fitted)
    sample = _sample(project, chosen)
    told = Told(indicators, project.targets)
    path = workspace.indicators
    files = {**project.files_of(made.regions), workspace.label(path): path, **scoring.files(workspace)}
    drawn = _drawn(sample, chosen)
    manifest = manifest_of_inputs(project, made, resolved, engine.name, files, fitted, drawn, form)
    head = made.scenarios[0] if len(made.scenarios) == 1 else "batch"
    name = chosen["out"] or f"{head}-{manifest.id[:8]}"
    already = read.is_there(workspace.outputs, name, manifest.id)
    if already:
        unfinished.clear(workspace.outputs, name)
    else:
        quiet = chosen["quiet"]
        coupled = evaluating.decide(project, made, resolved, fitted, engine, indicators, sample, quiet=quiet)
        this = order(project, made, coupled.resolved, engine.name, form, sample)
        make(workspace, this, coupled, told, manifest, name, chosen)
    print_summary(workspace, project, indicators, name, chosen["lang"], chosen["as_json"], already=already)


def _asked(project: Project, regions: tuple[str, ...], chosen: Mapping[str, Any]) -> list[str]:
    """Return the ids of the regions that are asked for."""
    from urbsim.errors import command_line

    provinces, every = chosen["provinces"], chosen["imported"]
    if every and provinces:
        raise command_line("option-conflict", "--imported is every province already", "leave --province out")
    names = project.find_regions(regions)
    if every or provinces:
        names = list(dict.fromkeys([*names, *project.find_imported(provinces)]))
    return names


def _fitted(project: Project, made: Plan, chosen: Mapping[str, Any]) -> Mapping[str, Calibration]:
    """Return calibrations of the regions and of zones that compete with them, with a note where one is out of date."""
    from urbsim.experiment.competition import involved

    if chosen["no_calibration"]:
        return {}
    fitted = project.calibrations(involved(project, made))
    for region in (name for name, one in fitted.items() if not one.current):
        message = f"note: {region} was calibrated with other equations; run `urbsim calibrate {region}`"
        click.echo(message, err=True)
    return fitted


def _form(project: Project, indicators: Indicators, made: Plan, chosen: Mapping[str, Any]) -> Form:
    """Return what is kept of the members."""
    from urbsim.experiment import plan
    from urbsim.experiment.forms import forms
    from urbsim.experiment.storage import kept

    draws = chosen["draws"]
    _, times = plan.span_of(project, made)
    possible = forms(indicators, project.ledgers, project.model, project.besides if draws is None else ())
    return kept.choose(possible, len(made.pairs), draws, len(times), chosen["keep"])


def _sample(project: Project, chosen: Mapping[str, Any]) -> Sample | None:
    """Return the draws that are asked for, or None."""
    from urbsim.errors import command_line
    from urbsim.experiment import draws  # scipy.stats

    if chosen["draws"] is None:
        if chosen["parameters"]:
            raise command_line(
                "option-missing", "--parameter says what to draw and needs --draws", "for example --draws 200"
            )
        return None
    only = chosen["parameters"]
    return draws.draw(project.parameters, project.model, chosen["draws"], chosen["seed"], chosen["sampling"], only)


def _drawn(sample: Sample | None, chosen: Mapping[str, Any]) -> DrawsRecord | None:
    from urbsim.experiment.manifest import DrawsRecord

    if sample is None:
        return None
    names = tuple(sample.names)
    return DrawsRecord(count=sample.count, seed=sample.seed, sampling=chosen["sampling"], parameters=names)
