"""Uncertain constants and tables of the model: range, spread and source of each, from models/parameters.yaml.

Values stand in the model. What is not uncertain is a region input, a lever, a calibration, or marked ``[definition]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import model_validator

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.regions.facts import ASSUMPTION, Pair, source_problems

NOT_UNCERTAIN = ("REGION INPUT", "LEVER", "CALIBRATION", "REFERENCE")
TAG = re.compile(r"\[([a-z0-9-]+)\]$")


class Uncertain(Strict):
    """One parameter: a range of its value, or of a factor on all its elements."""

    range: Pair | None = None
    scale: Pair | None = None
    spread: Literal["uniform", "triangular"]
    source: str
    reason: str

    @model_validator(mode="after")
    def _one_range(self) -> Uncertain:
        limits = self.range or self.scale
        if (self.range is None) == (self.scale is None) or limits is None:
            raise ValueError("give either range or scale")
        if limits[0] > limits[1]:
            raise ValueError(f"range runs from {limits[0]:g} down to {limits[1]:g}")
        return self


class ParameterFile(Strict):
    """The file models/parameters.yaml."""

    parameters: dict[str, Uncertain]


def load_parameters(path: Path, label: str, model: Model, sources: set[str]) -> Mapping[str, Uncertain]:
    """Read and check the parameters.

    Parameters
    ----------
    path
        The file.
    label
        Its name in messages.
    model
        Whose constants and tables are uncertain.
    sources
        Ids of sources that may be cited.

    Raises
    ------
    InputError
        For unknown names, values outside their range, sources that differ from the model's, and uncertain constants
        of the model that the file leaves out.
    """
    document = read_yaml(path, label)
    parameters = validate(ParameterFile, document).parameters
    entries = {identifier(entry.name): entry for entry in uncertain(model)}
    problems = [
        p for name, item in parameters.items() for p in _problems(document, name, item, entries, model, sources)
    ]
    names = {identifier(name) for name in parameters}
    for name, entry in entries.items():
        if name not in names and not model.excused(entry.name):
            message = f"{entry.name!r} is uncertain but has no range in {label}"
            problems.append(
                Problem("missing-range", Place(model.label, entry.line, 1), message, "add it, or mark it [definition]")
            )
    problems += [
        p for entry in _sourced(model) if not model.excused(entry.name) for p in _tag_problem(model, entry, sources)
    ]
    if problems:
        raise InputError(problems)
    return parameters


def _sourced(model: Model) -> Iterator[ir.Entry]:
    """Give constants and tables that need a source: not the clock, region inputs, levers, calibrations, reference."""
    for variable in model.variables:
        if variable.role in {"constant", "lookup"} and variable.name not in ir.CLOCK:
            entries = (definition.entry for definition in variable.definitions)
            yield from (e for e in entries if e and not e.comment.startswith(NOT_UNCERTAIN))


def uncertain(model: Model) -> Iterator[ir.Entry]:
    """Give the model's uncertain constants and tables."""
    yield from (entry for entry in _sourced(model) if not entry.comment.endswith("[definition]"))


def _tag_problem(model: Model, entry: ir.Entry, sources: set[str]) -> Iterator[Problem]:
    tag = TAG.search(entry.comment)
    tags = {*sources, ASSUMPTION, "definition"}
    if tag is None or tag.group(1) not in tags:
        hint = "end the comment with [source-id], [assumption] or [definition]"
        yield Problem(
            "unknown-source", Place(model.label, entry.line, 1), f"constant {entry.name!r} names no known source", hint
        )


def _problems(
    document: Source, name: str, item: Uncertain, entries: Mapping[str, ir.Entry], model: Model, sources: set[str]
) -> Iterator[Problem]:
    at = ("parameters", name)
    entry = entries.get(identifier(name))
    if model.excused(name):
        return
    if entry is None:
        hint = nearest(name, [e.name for e in entries.values()])
        yield document.problem("unknown-name", at, f"the model has no uncertain constant {name!r}", hint, key=True)
        return
    yield from source_problems(document, (*at, "source"), item.source, sources)
    tag = TAG.search(entry.comment)
    if tag and tag.group(1) != item.source:
        yield document.problem(
            "unknown-source", (*at, "source"), f"the model gives [{tag.group(1)}] as source of {name!r}"
        )
    many = entry.kind == "lookup" or bool(entry.subs)
    if many == (item.scale is None):
        key = "scale" if many else "range"
        yield document.problem(
            "table", at, f"{name!r} needs {key}", f"it is a {'table or list' if many else 'single number'}"
        )
    elif item.range:
        value = float(np.asarray(model.constant(entry.name)))
        if not item.range[0] <= value <= item.range[1]:
            limits = f"{item.range[0]:g} to {item.range[1]:g}"
            yield document.problem(
                "out-of-bounds", (*at, "range"), f"value {value:g} of {name!r} lies outside its range {limits}"
            )
    elif item.scale and not item.scale[0] <= 1 <= item.scale[1]:
        yield document.problem("out-of-bounds", (*at, "scale"), "a factor range must hold 1")
