"""``urbsim init``: a workspace with copies to edit."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make FOLDER with copies of models/, scenarios/ and data/ to edit.

    Commands that are started in it use its files instead of the ones that urbsim carries.

    \b
    Example:
      urbsim init my-county
    """
    from urbsim.project.workspace import create

    create(folder)
    click.echo(f"{folder} is ready: cd {folder} && urbsim run")
