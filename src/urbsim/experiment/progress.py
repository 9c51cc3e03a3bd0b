"""What a run tells while it lasts: notes, warnings and steps. The command line prints them, others may ignore them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from urbsim.engine.contract import silent

Steps = Callable[[int], None]  # called with the number of steps since the last call


class Progress(Protocol):
    """Hears what a run does."""

    def note(self, text: str) -> None:
        """Hear something that is good to know."""
        ...

    def warn(self, text: str) -> None:
        """Hear something that changes what the results mean."""
        ...

    def steps(self, text: str, total: int, unit: str = "") -> AbstractContextManager[Steps]:
        """Give a function that hears how many of ``total`` steps were done; ``unit`` names what a step does."""
        ...


class Silence:
    """Progress that nobody hears."""

    def note(self, text: str) -> None:
        """Ignore a note."""

    def warn(self, text: str) -> None:
        """Ignore a warning."""

    def steps(self, text: str, total: int, unit: str = "") -> AbstractContextManager[Steps]:
        """Give a function that ignores steps."""
        return nullcontext(silent)


SILENCE = Silence()
