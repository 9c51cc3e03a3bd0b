"""The exceptions of urbsim, drawn as a tree, and the form of their messages.

::

    UrbsimError
    ├── InputError      the user can mend it: a list of Problems (exit code 2)
    ├── EngineError     an engine is missing or refuses the model (exit code 2)
    └── MemberError     one member of a batch failed; the others go on (exit code 1)

Anything else is a fault of ours and shows a traceback. A Problem says where, which rule, what was found and what to
do; all problems of a file are collected before the first one is raised.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file, or another thing that a person gave, with line and column.

    Lines and columns count from 1; 0 means that the place is not known.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file:line:column``, without what is not known."""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a person must mend.

    ``rule`` names what was broken, in words joined by hyphens: code asks it, never the message. ``about`` is the name
    that the problem is about, where code asks for it. Problems are in the order of their places.
    """

    rule: str
    place: Place
    message: str
    hint: str = ""
    about: str = ""

    def __lt__(self, other: Problem) -> bool:
        """Tell whether this problem stands before another one."""
        return (self.place, self.message, self.hint) < (other.place, other.message, other.hint)

    def __str__(self) -> str:
        """Return ``file:line:column: message; hint``."""
        return f"{self.place}: {self.message}" + (f"; {self.hint}" if self.hint else "")

    def as_dict(self) -> dict[str, str | int]:
        """Return the fields by name, those of the place among them, for ``--json``."""
        return {"rule": self.rule, **asdict(self.place), "message": self.message, "hint": self.hint}


class UrbsimError(Exception):
    """Base of every error that urbsim raises on purpose."""


class InputError(UrbsimError):
    """Something in the user's files or on the command line is wrong."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class EngineError(UrbsimError):
    """An engine is not installed, or cannot run this model."""


class MemberError(UrbsimError):
    """A member of a batch failed."""


def command_line(rule: str, message: str, hint: str = "") -> InputError:
    """Return an error about something typed on the command line."""
    return InputError(Problem(rule, Place("command line"), message, hint))


def nearest(name: str, valid_names: Sequence[str] | Iterable[str]) -> str:
    """Return a hint with the nearest valid names, or the list of all where none is near.

    Examples
    --------
    >>> nearest("guangro", ["guangrao", "lijin"])
    'did you mean guangrao?'
    """
    names = sorted(valid_names)
    likeness = {n: difflib.SequenceMatcher(None, name.lower(), n.lower()).ratio() for n in names}
    best = max(likeness.values(), default=0.0)
    if best >= 0.6:
        best_names = [n for n in names if likeness[n] >= best - 0.05][:3]
        return f"did you mean {' or '.join(best_names)}?"
    return f"known names: {listed(names)}" if names else "nothing of this kind is defined"


def listed(names: Sequence[str], most: int = 24) -> str:
    """Return names as a message lists them: no more of them than a person reads.

    Examples
    --------
    >>> listed(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
