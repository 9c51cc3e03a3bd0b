"""The command line: a table of commands that load when they run.

``urbsim --help`` imports click and nothing else; a test measures it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from urbsim import __version__
from urbsim.errors import EngineError, InputError, MemberError

COMMANDS = {
    "run": ("urbsim.commands.run:run", "Run scenarios for regions and write a batch."),
    "list": ("urbsim.commands.show:show", "List scenarios, regions, levers, indicators, targets or batches."),
    "check": ("urbsim.commands.check:check", "Check model, levers, regions, scenarios and targets."),
    "compare": ("urbsim.commands.compare:compare", "Put scenarios side by side, or tell what differs between two."),
    "export": ("urbsim.commands.export:export", "Write a batch in a format that other tools read."),
    "targets": ("urbsim.commands.targets:targets", "Score a batch against the targets of policy documents."),
    "calibrate": ("urbsim.commands.calibrate:calibrate", "Fit a region's migration to two censuses."),
    "reference": ("urbsim.commands.reference:reference", "Run the mean county that others are compared with."),
    "regions": ("urbsim.commands.regions:regions", "Make regions of county census tables, and look at one."),
    "model": ("urbsim.commands.model:model", "Look into the model, test it, run any other, or export it for Vensim."),
    "init": ("urbsim.commands.init:init", "Make a workspace with copies to edit."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="urbsim")
def cli() -> None:
    """A policy laboratory for county towns.

    Write a policy as a scenario file, run it for real counties, and read for 2025 and 2035 how many people live,
    work, study and are cared for, and where places fall short.

    \b
    Examples:
      urbsim run                              every scenario for every region it names
      urbsim run settlement-open --region guangrao
      urbsim compare BATCH --year 2030
      urbsim check
    """


def main() -> Any:
    """Run the command line; errors of users end with exit code 2, failed members with 1."""
    try:
        return cli.main(standalone_mode=True)
    except InputError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        if len(error.problems) > 1:
            click.echo(f"{len(error.problems)} problems", err=True)
        sys.exit(2)
    except EngineError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except MemberError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
