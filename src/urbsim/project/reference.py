"""The reference: what the same model says of a mean county, data/reference.yaml, written by ``urbsim reference``.

People compare a county with what else there is. The mean county is run with its attraction held at 1; its paths stand
for elsewhere in the runs of every region. A variable of the model that takes such a path is a constant, 1, whose
comment starts with ``REFERENCE``; a run sets it over time, relative to the base year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from urbsim.engine.contract import Points
from urbsim.errors import InputError, Place, Problem
from urbsim.files import Number, Source, Strict, read_yaml, validate
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.calibrations import ARRIVALS, Calibration, Fit, FittedConstant, Seam, entry_lines

MARK = "REFERENCE"
MEAN_COUNTY = "reference/mean-county.csv"  # below data/; tools/mean_county.py writes it
COMMAND = "run `urbsim reference`"
MEANING = """\
# yaml-language-server: $schema=schema/reference.json
# Written by `urbsim reference`: a mean county, run by the model with its attraction held at 1 (attraction response 0).
# `constants` were fitted to its two censuses; `paths` give by base year what the model compares a county with, year by
# year and relative to that base year. Pull of 1 means "as attractive as the mean county", which loses people to cities.
# `model` is the hash of the equations: other equations have other paths, and a run refuses those of an older model.
"""


class ReferencePath(Strict):
    """What runs from one base year take: values relative to that year, by name of the model's variable.

    ``arrivals`` from other counties are those of the mean county relative to what its facts say.
    """

    arrivals: Annotated[Number, Field(gt=0)]
    years: Annotated[list[int], Field(min_length=2)]
    values: dict[str, list[Annotated[Number, Field(gt=0)]]]


class ReferenceFile(Strict):
    """The file data/reference.yaml."""

    region: str
    model: str
    constants: dict[str, FittedConstant]
    fit: dict[str, Fit]
    seam: Seam
    paths: Annotated[dict[int, ReferencePath], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Reference:
    """Paths of the mean county by base year and identifier of the variable that takes them.

    ``calibrations`` are what a region without one of its own takes: it differs from the mean county by its facts alone.
    """

    paths: Mapping[int, Mapping[str, Points]]
    calibrations: Mapping[int, Calibration] = field(default_factory=dict)

    def since(self, year: int) -> Mapping[str, Points]:
        """Return the paths for runs that start at the end of a year, relative to that year.

        They are those of the last base year up to then. A year before the first one has none.

        Raises
        ------
        InputError
            Where the year lies before the first base year.

        Examples
        --------
        >>> Reference({2010: {"elsewhere": ((2010.0, 1.0), (2020.0, 2.0))}}).since(2015)
        {'elsewhere': ((2015.0, 1.0), (2020.0, 1.3333333333333333))}
        """
        return {name: _relative(points, year) for name, points in self.paths[self._base(year)].items()}

    def calibration(self, year: int) -> Calibration:
        """Return what a region without a calibration of its own takes in runs from a year on.

        Raises
        ------
        InputError
            As :meth:`since`.
        """
        return self.calibrations[self._base(year)]

    def _base(self, year: int) -> int:
        base = max((start for start in self.paths if start <= year), default=None)
        if base is None:
            message = f"the reference county starts in {min(self.paths)}, after the base year {year}"
            raise InputError(Problem("out-of-bounds", Place("command line"), message, "take a later base year"))
        return base


def _relative(points: Points, year: int) -> Points:
    """Return a path from a year on, relative to it; past its end the last value stays."""
    times, values = np.array(points).T
    level = float(np.interp(year, times, values))
    later = [(float(t), float(v) / level) for t, v in points if t > year]
    return ((float(year), 1.0), *later)


def reference_names(model: Model) -> list[str]:
    """Return the identifiers of the constants that take a path of the mean county; other models have none."""
    return [v.name for v in model.variables if v.role == "constant" and v.comment.startswith(MARK)]


def load_reference(path: Path, label: str, model: Model) -> Reference:
    """Read the reference.

    Parameters
    ----------
    path, label
        The file, and its name in messages.
    model
        Which constants take paths, and whose equations the file must be of.

    Raises
    ------
    InputError
        Where the file is missing, of other equations, or lacks a path.
    """
    if not path.exists():
        raise InputError(Problem("no-reference", Place(label), "there is no reference county for this model", COMMAND))
    document = read_yaml(path, label)
    file = validate(ReferenceFile, document)
    if file.model != model.equations_digest:
        message = "the reference county was run with other equations"
        raise InputError(document.problem("stale-reference", ("model",), message, COMMAND))
    if problems := list(_gaps(document, file, reference_names(model))):
        raise InputError(problems)
    values = {identifier(name): constant.value for name, constant in file.constants.items()}
    arrivals = identifier(ARRIVALS)
    values.pop(arrivals, None)
    return Reference(
        {year: _by_identifier(path) for year, path in file.paths.items()},
        {year: Calibration("mean county", values, factors={arrivals: p.arrivals}) for year, p in file.paths.items()},
    )


def _by_identifier(path: ReferencePath) -> Mapping[str, Points]:
    return {
        identifier(name): tuple((float(year), value) for year, value in zip(path.years, values, strict=True))
        for name, values in path.values.items()
    }


def _gaps(document: Source, file: ReferenceFile, names: Sequence[str]) -> Iterator[Problem]:
    """Give what the paths lack."""
    for year, path in file.paths.items():
        at = ("paths", year, "values")
        own = {identifier(name) for name in path.values}
        for name in sorted({*names} ^ own):
            message = f"{name!r} {'is missing' if name in names else 'is no reference of the model'}"
            yield document.problem("wrong-reference", at, message, COMMAND)
        if path.years[0] != year or path.years != sorted(set(path.years)):
            message = f"years of {year} must begin with it and go on in order"
            yield document.problem("wrong-reference", ("paths", year, "years"), message, COMMAND)
        for name, values in path.values.items():
            if len(values) != len(path.years):
                message = f"{name} has {len(values)} values for {len(path.years)} years"
                yield document.problem("wrong-reference", (*at, name), message, COMMAND)


def to_yaml(file: ReferenceFile) -> str:
    """Return the file as text."""
    lines = [f"region: {file.region}", f"model: {file.model}"]
    lines += ["constants:", *entry_lines(file.constants), "fit:", *entry_lines(file.fit)]
    lines += ["seam:", *(f"  {name}: {value!r}" for name, value in file.seam.model_dump().items()), "paths:"]
    for year, path in file.paths.items():
        lines += [
            f"  {year}:",
            f"    arrivals: {path.arrivals:.5g}",
            f"    years: [{', '.join(map(str, path.years))}]",
            "    values:",
        ]
        for name, values in path.values.items():
            lines.append(f"      {name}: [{', '.join(f'{value:.5g}' for value in values)}]")
    return MEANING + "\n".join(lines) + "\n"
