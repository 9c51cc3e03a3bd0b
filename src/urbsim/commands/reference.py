"""``urbsim reference``: what the model says of a mean county, which the runs of all regions are compared with."""

from __future__ import annotations

import json

import click

from urbsim.commands import options
from urbsim.commands.calibrate import seam_text
from urbsim.commands.progress import bar


@click.command()
@options.ENGINE
@options.JSON
@options.QUIET
def reference(engine: str, as_json: bool, quiet: bool) -> None:
    """Fit a mean county to its two censuses, run it from each, and write its paths to data/reference.yaml.

    People compare a county with what else there is, so runs take attractiveness, labour force, tightness and filled
    jobs relative to those of a mean county under the same national trends. They are paths of one model: where its
    equations have changed, `urbsim run` asks for this command. Refit regions afterwards with `urbsim calibrate`. The
    exit code is 2 where the model or its files are at fault, 1 where a run fails; then nothing is written.

    \b
    Examples:
      urbsim reference
      urbsim reference --json
    """
    from urbsim.engine.oracles.choose import choose
    from urbsim.files import write_text
    from urbsim.project.project import Project
    from urbsim.project.reference import to_yaml
    from urbsim.project.workspace import find
    from urbsim.studies.reference import reference as fit

    workspace = find()
    with bar("Mean county", 1, quiet) as progress:
        file = fit(Project.open(workspace), choose(engine))
        progress(1)
    write_text(workspace.reference, to_yaml(file))
    if as_json:
        click.echo(json.dumps(file.model_dump(), ensure_ascii=False, indent=2))
        return
    click.echo(workspace.label(workspace.reference))
    for name, value in file.constants.items():
        click.echo(f"  {name}: {value.prior:g} -> {value.value:g}")
    click.echo(f"  net migration: {seam_text(file.seam)}")
    for start, path in file.paths.items():
        for name, values in path.values.items():
            marks = [f"{year} {values[path.years.index(year)]:.3f}" for year in range(start, 2041, 5)]
            click.echo(f"  {name}: {', '.join(marks)}")
