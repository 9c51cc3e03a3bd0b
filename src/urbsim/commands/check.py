"""``urbsim check``: every problem of every file, at once."""

from __future__ import annotations

import json
from pathlib import Path

import click

from urbsim.commands import options
from urbsim.errors import InputError


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.JSON
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check the workspace, or only the files at PATHS against it.

    Checked are forms, names, units, bounds, sources, clauses, facts that regions need, and the model: syntax, undefined
    names, unknown functions, loops and subscripts; the unit of every equation, and numbers that hide one;
    documentation; what nothing uses; tables out of order; and with models/ledgers.yaml that every flow of every stock
    has a label. Another model is checked by the ledgers.yaml beside it, else by that of the workspace.

    Everything is found in one run: checking goes on after what it cannot understand. Problems come as file:line:column
    with variable and equation; the exit code is 2 where there are any. Notes say what is no fault but worth a look,
    such as equations with more than 8 inputs.

    \b
    Examples:
      urbsim check
      urbsim check scenarios/my-plan.yaml data/regions/my-county.yaml
      urbsim check models/urbsim.mdl --json
    """
    from urbsim.project.workspace import find
    from urbsim.studies.check import check_workspace
    from urbsim.studies.check_files import check_files

    findings = check_files(find(), paths) if paths else check_workspace(find())
    if as_json:
        problems = [problem.as_dict() for problem in findings.problems]
        click.echo(json.dumps({"problems": problems, "notes": findings.notes}, ensure_ascii=False, indent=2))
    elif not findings.problems:
        for note in findings.notes:
            click.echo(note)
    if findings.problems:
        raise InputError(findings.problems)
