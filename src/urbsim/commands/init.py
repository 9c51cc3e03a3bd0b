"""``urbsim init``: a workspace with copies to edit."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from urbsim.errors import command_line


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make FOLDER with copies of models/, scenarios/ and data/ to edit.

    Commands that are started in it use its files instead of the ones that urbsim carries.

    \b
    Example:
      urbsim init my-county
    """
    from urbsim.project.workspace import FOLDERS, carried

    taken = [name for name in FOLDERS if (folder / name).exists()]
    if taken:
        raise command_line(
            "exists-already", f"{folder} already holds {', '.join(taken)}", "choose another folder; nothing was written"
        )
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for name in FOLDERS:
            shutil.copytree(carried() / name, part / name)
        folder.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (part / name).replace(folder / name)
    except OSError as error:
        raise command_line(
            "unwritable", f"{folder} cannot be written: {error.strerror}", "check space and rights"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    click.echo(f"{folder} is ready: cd {folder} && urbsim run")
