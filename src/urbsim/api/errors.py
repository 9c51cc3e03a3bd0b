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
_OPTION = re.compile(r"--([a-z][a-z-]*)")


@contextmanager
def called(call: str) -> Iterator[None]:
    """Raise what is wrong with a call as problems of that call, such as ``project.run``, not of a command line."""
    try:
        yield
    except InputError as error:
        raise InputError([_of_call(problem, call) for problem in error.problems]) from None


def _of_call(problem: Problem, call: str) -> Problem:
    """Return a problem with the call as its place, where it was that of the command line."""
    if problem.place.file != "command line":
        return problem
    message, hint = (_OPTION.sub(_argument, text) for text in (problem.message, problem.hint))
    return replace(problem, place=Place(call), message=message, hint=hint)


def _argument(option: re.Match[str]) -> str:
    """Return the argument that an option stands for."""
    name = option.group(1)
    return ARGUMENTS.get(name, name.replace("-", "_"))
