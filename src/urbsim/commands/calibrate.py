"""``urbsim calibrate``: a region's own part of migration, from two censuses."""

from __future__ import annotations

import json

import click

from urbsim.commands import options
from urbsim.commands.progress import bar


@click.command()
@click.argument("regions", nargs=-1, required=True)
@options.ENGINE
@options.JSON
@options.QUIET
def calibrate(regions: tuple[str, ...], engine: str, as_json: bool, quiet: bool) -> None:
    """Replay REGIONS from 2010 to 2020 and fit exits, moves to towns and arrivals to what the census of 2020 counted.

    The fit goes to data/calibrations/REGION.yaml, which `urbsim run` uses from then on.

    \b
    Examples:
      urbsim calibrate guangrao
      urbsim calibrate guangrao lijin --json
    """
    from urbsim.engine.oracles.choose import choose
    from urbsim.files import write_text
    from urbsim.project.calibrations import to_yaml
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.studies.calibration import calibrate as fit

    workspace = find()
    project = Project.open(workspace)
    names = project.find_regions(regions)
    solver = choose(engine)
    files = {}
    with bar("Fitting", len(names), quiet) as progress:
        for name in names:
            files[name] = fit(project, name, solver)
            write_text(workspace.data / "calibrations" / f"{name}.yaml", to_yaml(files[name]))
            progress(1)
    if as_json:
        click.echo(json.dumps({name: file.model_dump() for name, file in files.items()}, ensure_ascii=False, indent=2))
        return
    for name, file in files.items():
        click.echo(f"{name}: data/calibrations/{name}.yaml")
        for constant, value in file.constants.items():
            click.echo(f"  {constant}: {value.prior:g} -> {value.value:g}")
        for number, entry in file.fit.items():
            before, after = entry.before / entry.observed - 1, entry.after / entry.observed - 1
            click.echo(f"  {number}: {entry.observed:,.0f} counted; {before:+.1%} before the fit, {after:+.1%} after")
