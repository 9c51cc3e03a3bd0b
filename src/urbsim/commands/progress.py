"""Progress on standard error: a bar where it is a terminal, silence elsewhere or with --quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import click


@dataclass(frozen=True)
class Terminal:
    """Progress on standard error; ``quiet`` leaves out bars and notes, but no warnings."""

    quiet: bool = False

    def note(self, text: str) -> None:
        """Print something that is good to know."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Print something that changes what the results mean."""
        click.echo(f"note: {text}", err=True)

    def steps(self, text: str, total: int, unit: str = "") -> AbstractContextManager[Callable[[int], None]]:
        """Give a function that moves a bar."""
        return bar(text, total, self.quiet, unit)


@contextmanager
def bar(text: str, total: int, quiet: bool, unit: str = "") -> Iterator[Callable[[int], None]]:
    """Give a function that takes the number of steps done since its last call.

    The bar shows the time that is left.

    Parameters
    ----------
    text
        What is being done.
    total
        Number of steps.
    quiet
        True for no bar.
    unit
        What a step is; with it the bar shows how many are done in a second.
    """
    if quiet or not sys.stderr.isatty():
        from urbsim.engine.contract import silent

        yield silent
        return
    from rich import progress as rich
    from rich.console import Console  # not needed where there is no terminal

    columns = [rich.TextColumn("{task.description}"), rich.BarColumn(), rich.MofNCompleteColumn()]
    columns += [rich.TextColumn("{task.fields[rate]}")] if unit else []
    columns += [rich.TimeElapsedColumn(), rich.TextColumn("left"), rich.TimeRemainingColumn(elapsed_when_finished=True)]
    with rich.Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(text, total=total, rate="")

        def advance(count: int) -> None:
            progress.advance(task, count)
            speed = progress.tasks[0].speed
            progress.update(task, rate=f"{speed:.1f} {unit}/s" if speed else "")

        yield advance
