"""``urbsim calibrate``: a region's own part of migration, from two censuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from urbsim.commands import options
from urbsim.commands.progress import bar
from urbsim.errors import command_line

if TYPE_CHECKING:
    from urbsim.project.calibrations import Seam


@click.command()
@click.argument("regions", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every region that has facts of both censuses.")
@options.ENGINE
@options.JSON
@options.QUIET
def calibrate(regions: tuple[str, ...], everything: bool, engine: str, as_json: bool, quiet: bool) -> None:
    """Replay REGIONS from 2010 to 2020 and fit exits, moves to towns and arrivals to what the census of 2020 counted.

    The replay is compared with the mean county, as every run is (`urbsim reference`). The fit goes to
    data/calibrations/REGION.yaml, which `urbsim run` uses from then on; a run from 2020 starts with what the replay
    leaves behind: arrivals, pull, people away, registration of newcomers. The seam says how well the two fit together:
    net migration of the last replayed and of the first projected year. A region that cannot be fitted leaves its file
    as it was; the exit code is then 1 or 2.

    \b
    Examples:
      urbsim calibrate guangrao
      urbsim calibrate guangrao lijin --json
      urbsim calibrate --all
    """
    from urbsim.engine.oracles.choose import choose
    from urbsim.files import write_text
    from urbsim.project.calibrations import to_yaml
    from urbsim.project.project import Project
    from urbsim.project.workspace import find
    from urbsim.studies.calibration import calibrate as fit
    from urbsim.studies.replay import with_both_censuses

    workspace = find()
    project = Project.open(workspace)
    if bool(regions) == everything:
        raise command_line("option-missing", "which regions?", "name regions, or give --all")
    names = with_both_censuses(project) if everything else project.find_regions(regions)
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
        for constant, carried in file.carried.constants.items():
            click.echo(f"  carried to {file.window[-1]}: {constant} {carried:g}")
        click.echo(f"  net migration: {seam_text(file.seam)}")


def seam_text(seam: Seam) -> str:
    """Return net migration on both sides of the last census, as a line says it."""
    alone = "" if seam.states == seam.projection else f" ({seam.states:+.2f} % with the arrivals of the replay)"
    return f"{seam.replay:+.2f} % in the last replayed year, {seam.projection:+.2f} % in the first projected one{alone}"
