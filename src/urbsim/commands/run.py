"""``urbsim run``: scenarios x regions, written as a batch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import evaluating, options
from urbsim.commands.progress import bar

if TYPE_CHECKING:
    from urbsim.analysis.indicators import IndicatorFile
    from urbsim.analysis.targetfile import Targets
    from urbsim.experiment.batch import Plan, Results
    from urbsim.experiment.draws import Sample
    from urbsim.scenario.calibration import Calibration
    from urbsim.scenario.library import Library
    from urbsim.scenario.resolve import Resolved


@click.command()
@click.argument("scenarios", nargs=-1)
@click.option("--region", "regions", multiple=True, help="Only this region, by id, code or Chinese name.")
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
@click.option("--no-charts", is_flag=True, help="Write numbers only.")
@click.option("--out", metavar="NAME", help="Name of the batch.  [default: from its contents]")
@options.LANGUAGE
@options.JSON
@options.QUIET
def run(scenarios: tuple[str, ...], regions: tuple[str, ...], pairs: tuple[str, ...], **chosen: Any) -> None:
    """Run SCENARIOs for the regions they name and write outputs/BATCH/.

    A SCENARIO may also be a folder: all scenarios in it run, and those outside that they extend. Without a scenario,
    every scenario in scenarios/ runs. A batch holds manifest.json, results.nc, indicators.csv, charts/, and targets.csv
    where a policy document names one of its regions. The same inputs give the same batch; it is not computed twice.

    \b
    Examples:
      urbsim run
      urbsim run scenarios/dongying
      urbsim run baseline land-up --region guangrao --set training_rate=0.1
      urbsim run baseline integrated --region lijin --draws 500 --seed 1
      urbsim run baseline --base-year 2010 --horizon 2020 --no-calibration
    """
    from urbsim.analysis.indicators import load_indicators, outputs  # noqa: PLC0415
    from urbsim.commands import targets as scoring  # noqa: PLC0415
    from urbsim.commands.summary import print_summary  # noqa: PLC0415
    from urbsim.engine.choose import choose  # noqa: PLC0415
    from urbsim.experiment import batch, store  # noqa: PLC0415
    from urbsim.experiment.zones import involved  # noqa: PLC0415
    from urbsim.scenario.calibration import load_calibrations  # noqa: PLC0415
    from urbsim.scenario.counties import with_regions  # noqa: PLC0415
    from urbsim.scenario.library import open_library  # noqa: PLC0415
    from urbsim.workspace import find  # noqa: PLC0415

    workspace = find()
    library, names = with_regions(workspace, open_library(workspace), regions)
    path = workspace.models / "indicators.yaml"
    indicators = load_indicators(path, workspace.label(path), library.model)
    typed = options.settings(pairs)
    made = batch.plan(library, scenarios, names, chosen["base_year"], chosen["horizon"], typed)
    for region in made.left_out:
        message = f"note: {region} is a template with {library.regions[region].missing} blanks and was left out"
        click.echo(message, err=True)
    folder = workspace.data / "calibrations"
    fitted = (
        {}
        if chosen["no_calibration"]
        else load_calibrations(folder, workspace.label(folder), library.model, involved(library, made))
    )
    for region in (name for name, one in fitted.items() if not one.current):
        message = f"note: {region} was calibrated with other equations; run `urbsim calibrate {region}`"
        click.echo(message, err=True)
    engine = choose(chosen["engine"], fast=chosen["fast"])
    resolved = batch.members(library, made, fitted)
    sample = _sample(library, chosen)
    wanted = scoring.read(workspace, library, indicators)
    files = {**library.files, workspace.label(path): path, **scoring.files(workspace)}
    manifest = _manifest(library, made, resolved, engine.name, files, fitted, _drawn(sample, chosen))
    name = chosen["out"] or f"{'-'.join(made.scenarios) if len(made.scenarios) == 1 else 'batch'}-{manifest['id'][:8]}"
    if (
        name in store.names(workspace.outputs)
        and store.open_batch(workspace.outputs, name).manifest["id"] == manifest["id"]
    ):
        print_summary(workspace, library, indicators, name, chosen["lang"], chosen["as_json"], already=True)
        return
    with store.new_batch(workspace.outputs, name) as part:
        quiet, drawn = chosen["quiet"], sample is not None
        coupled = evaluating.decide(library, made, resolved, fitted, engine, indicators, sample, quiet=quiet)
        with bar("Running", len(made.pairs) * (sample.count if sample else 1), quiet) as progress:
            names = outputs(indicators, library.ledgers, population=not drawn)
            results = batch.run(library, made, coupled.resolved, engine, names, progress, sample)
        evaluating.record(part, coupled, manifest, library, draws=drawn)
        _write(part, results, indicators, library, wanted, manifest, name, chosen)
    print_summary(workspace, library, indicators, name, chosen["lang"], chosen["as_json"])


def _sample(library: Library, chosen: Mapping[str, Any]) -> Sample | None:
    """Return the draws that are asked for, or None."""
    from urbsim.errors import command_line  # noqa: PLC0415
    from urbsim.experiment import draws  # noqa: PLC0415  scipy.stats

    if chosen["draws"] is None:
        if chosen["parameters"]:
            raise command_line("--parameter says what to draw and needs --draws", "for example --draws 200")
        return None
    only = chosen["parameters"]
    return draws.draw(library.parameters, library.model, chosen["draws"], chosen["seed"], chosen["sampling"], only)


def _drawn(sample: Sample | None, chosen: Mapping[str, Any]) -> dict[str, Any] | None:
    if sample is None:
        return None
    return {
        "count": sample.count,
        "seed": sample.seed,
        "sampling": chosen["sampling"],
        "parameters": list(sample.names),
    }


def _manifest(
    library: Library,
    made: Plan,
    resolved: list[Resolved],
    engine: str,
    files: Mapping[str, Path],
    fitted: Mapping[str, Calibration],
    drawn: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the manifest without results; its id covers everything that shapes them."""
    from urbsim.experiment import store  # noqa: PLC0415
    from urbsim.names import identifier  # noqa: PLC0415

    levers = {identifier(lever.variable): name for name, lever in library.levers.items()}
    members = []
    for (region, scenario), one in zip(made.pairs, resolved, strict=True):
        settings = {
            lever: {"value": _plain(one, variable), "origin": one.origins[variable]}
            for variable, lever in levers.items()
        }
        values = store.member_digest(one)
        members.append({"region": region, "scenario": scenario, "values": values, "levers": settings})
    content = {
        "engine": engine,
        "base_year": made.base_year,
        "horizon": made.horizon,
        "time_step": made.step,
        "set": dict(made.typed),
        "calibrated": sorted(fitted),
        "draws": drawn,
        "model": library.model.digest,
        "members": members,
        "files": {label: store.file_digest(path) for label, path in sorted(files.items())},
        "versions": store.versions(),
        **evaluating.inputs(library, made, fitted),
    }
    return {"id": store.digest(content), **content}


def _plain(one: Resolved, variable: str) -> object:
    if variable in one.member.series:
        return [list(point) for point in one.member.series[variable]]
    return float(one.member.constants[variable])


def _write(
    part: Path,
    results: Results,
    indicators: IndicatorFile,
    library: Library,
    wanted: Targets,
    manifest: dict[str, Any],
    name: str,
    chosen: Mapping[str, Any],
) -> None:
    from urbsim.analysis.indicators import ledger_errors, values  # noqa: PLC0415
    from urbsim.analysis.spread import quantiles  # noqa: PLC0415
    from urbsim.commands.targets import write_scores  # noqa: PLC0415
    from urbsim.experiment import store  # noqa: PLC0415

    errors = ledger_errors(results.data, library.ledgers)
    manifest["ledgers"] = {key: float(f"{error:.3g}") for key, error in errors.items()}
    manifest["failed"] = [
        {"region": region, "scenario": scenario, "draw": draw, "reason": reason}
        for (region, scenario, draw), reason in results.failed.items()
    ]
    results.data.attrs = {"title": "urbsim batch", "id": manifest["id"], "model": library.model.digest}
    found = values(results.data, indicators, library.model)
    store.write_results(part, results.data)
    store.write_indicators(part, {name: quantiles(v) if "draw" in v.dims else v for name, v in found.items()})
    if not chosen["no_charts"]:
        from urbsim.report.charts import write_charts  # noqa: PLC0415  a second

        with bar("Charts", len(found), chosen["quiet"]) as progress:
            charts = write_charts(
                part / "charts", found, indicators.indicators, name, library.model.digest, chosen["lang"]
            )
            for _ in charts:
                progress(1)
    lang = None if chosen["no_charts"] else chosen["lang"]
    write_scores(part, results.data, library, indicators, wanted, manifest, name, lang)
    store.write_manifest(part, manifest)
