"""What the catalogue says of a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

UnitRule: TypeAlias = Literal[
    "number",  # takes and gives numbers without unit
    "count",  # gives a number without unit, whatever it takes
    "first",  # gives the unit of its first argument
    "alike",  # gives the unit that some arguments, or all, share
    "choice",  # gives the unit that the second and the third share; the first is a condition
    "root",
    "power",
    "quotient",  # a third argument stands in for the quotient
    "inverse",
    "time",  # gives the unit of time
    "times time",  # gives the unit of its first argument times that of time
    "per time",
    "table",  # gives the unit of the table that its first argument names
    "inverse table",
    "unknown",  # nothing is known of what it gives
    "state",  # becomes a construct with memory, which has the rule
    "parts",  # is written with other functions, which have rules
]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of Vensim, of XMILE or of both; one that means something else in XMILE has two rows.

    ``name`` is the identifier in our structure. ``alike`` are arguments that share a unit, ``times`` those in the unit
    of time; ``initial`` is the one that acts only at the start. A function with ``memory`` looks at steps before, one
    that reads the ``clock`` at the time of the step, a ``random`` one draws, and its last argument is a seed that may
    be missing. ``refusal`` says what to write in place of a function that is not supported.
    """

    name: str
    least: int
    most: int
    unit: UnitRule
    vensim: str = ""
    xmile: tuple[str, ...] = ()
    alike: tuple[int, ...] = ()
    times: tuple[int, ...] = ()
    initial: int | None = None
    memory: bool = False
    clock: bool = False
    random: bool = False
    refusal: str = ""

    @property
    def title(self) -> str:
        """Return the function as an author writes it."""
        return self.vensim or (self.xmile[0] if self.xmile else self.name.upper().replace("_", " "))

    @property
    def is_call(self) -> bool:
        """Tell whether it stays a call in our structure, where tables and macros may have the names of others."""
        return self.unit not in {"state", "parts"}
