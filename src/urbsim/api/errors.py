"""Errors as a person at a Python prompt reads them: the place is the call, and options are its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from urbsim.errors import InputError, Place, Problem

ARGUMENTS = {
    "set": "levers",
    "region": "regions",
    "province": "provinces",
    "parameter": "parameters",
    "no-calibration": "calibrated=False",
    "keep": "form",
    "out": "name",
    "resume": "resume=True",
}
_OPTION = re.compile(r"`[^`]*`|--([a-z][a-z-]*)")


@contextmanager
def called(call: str) -> Iterator[None]:
    """Raise what is wrong with a call as problems of that call, such as ``project.run``, not of a command line."""
    try:
        yield
    except InputError as error:
        raise InputError([_of_call(problem, call) for problem in error.problems]) from None


def _of_call(problem: Problem, call: str) -> Problem:
    """Return a problem in the words of a call: its place, where it was the command line, and its arguments."""
    place = Place(call) if problem.place.file == "command line" else problem.place
    message, hint = (_OPTION.sub(_argument, text) for text in (problem.message, problem.hint))
    return replace(problem, place=place, message=message, hint=hint)


def _argument(words: re.Match[str]) -> str:
    """Return the argument that an option stands for; a command in backquotes stays."""
    name = words.group(1)
    return ARGUMENTS.get(name, name.replace("-", "_")) if name else words.group(0)
