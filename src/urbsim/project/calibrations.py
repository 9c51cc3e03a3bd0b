"""Calibration files, data/calibrations/<region>.yaml: constants fitted in a replay, and what it leaves behind.

What is fitted is what runs. A run that starts where the replay ended begins with the pull, the people away and the
registration of newcomers that the replay had there, so that migration passes from one to the other without a jump.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from urbsim.errors import InputError, Place, Problem, listed, nearest
from urbsim.files import Number, Source, Strict, read_yaml, validate
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.yaml12 import plain_or_quoted


class FittedConstant(Strict):
    """One fitted constant: its value, the value before the fit, and the standard deviation of its log around that."""

    value: float
    prior: float
    prior_sd_log: float


class Fit(Strict):
    """An observed number and the model's, before and after the fit."""

    observed: float
    before: float
    after: float
    sd_log: float


class TownShares(Strict):
    """Of the residents of towns of an age: registered in villages of the county, and in other counties."""

    migrant: list[Annotated[Number, Field(ge=0, le=1)]]
    outsider: list[Annotated[Number, Field(ge=0, le=1)]]


class Carryover(Strict):
    """What a replay leaves behind for runs that start at its end: constants, and people by single year of age."""

    constants: dict[str, Number]
    away: list[Annotated[Number, Field(ge=0)]]
    towns: TownShares


class Seam(Strict):
    """Net migration in percent of residents: of the last year of the replay, and of the first year after it.

    ``states`` is that first year with nothing carried but states, ``projection`` with the arrivals that close the gap.
    """

    replay: float
    states: float
    projection: float


class CalibrationFile(Strict):
    """A calibration file. It is written by ``urbsim calibrate`` and says how."""

    region: str
    method: str
    window: list[int]
    model: str
    constants: dict[str, FittedConstant]
    carried: Carryover
    seam: Seam
    fit: dict[str, Fit]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Values of model constants for a region, by identifier, and what is carried to runs from the year ``end`` on.

    ``factors`` are on values that the facts give.
    """

    origin: str
    values: Mapping[str, float]
    carried: Carryover | None = None
    end: int = 0
    current: bool = True  # False where the equations of the model have changed since the fit
    factors: Mapping[str, float] = field(default_factory=dict)

    def constants(self, year: int, facts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the values for runs from the end of a year; ``facts`` are those of the region by identifier."""
        values = {name: np.array(value) for name, value in self.values.items()}
        values |= {name: factor * facts[name] for name, factor in self.factors.items()}
        if self.carried is None or year != self.end:
            return values
        values |= {identifier(name): np.array(value) for name, value in self.carried.constants.items()}
        return values | {POPULATION: with_carried(facts[POPULATION], self.carried)}


POPULATION = "initial_population"
ARRIVALS = "normal outside arrivals"  # constant of the model


def with_carried(population: np.ndarray, carried: Carryover) -> np.ndarray:
    """Return persons (rural, migrant, outsider, registered, away; age) with the registration and absence of a replay.

    Residents of villages and of towns stay as counted, at every age.
    """
    towns = population[1:4].sum(axis=0)
    migrant, outsider = towns * np.array(carried.towns.migrant), towns * np.array(carried.towns.outsider)
    return np.stack([population[0], migrant, outsider, towns - migrant - outsider, np.array(carried.away)])


def load_calibrations(folder: Path, label: str, model: Model, regions: list[str]) -> dict[str, Calibration]:
    """Read the calibrations of some regions; a region without a file has none.

    Parameters
    ----------
    folder
        Holds <region>.yaml.
    label
        Name of the folder in messages.
    model
        Whose constants are calibrated.
    regions
        Ids.

    Raises
    ------
    InputError
        For files of an older form, and for a constant that the model does not have.
    """
    documents = {
        region: read_yaml(folder / f"{region}.yaml", f"{label}/{region}.yaml")
        for region in regions
        if (folder / f"{region}.yaml").exists()
    }
    if old := [region for region, document in documents.items() if "carried" not in document.data]:
        message = f"calibrations of {listed(old, 4)} were made before fits were carried to the projection"
        command = f"urbsim calibrate {old[0]}" if len(old) == 1 else "urbsim calibrate --all"
        raise InputError(Problem("old-calibration", Place(label), message, f"fit again with `{command}`"))
    return {region: _calibration(document, model) for region, document in documents.items()}


def _calibration(document: Source, model: Model) -> Calibration:
    file = validate(CalibrationFile, document)
    constants = [v.spelled for v in model.variables if v.role == "constant"]
    known = {identifier(name) for name in constants}
    sections = ((("constants",), file.constants), (("carried", "constants"), file.carried.constants))
    problems = [
        document.problem(
            "unknown-name", (*at, name), f"the model has no constant {name!r}", nearest(name, constants), key=True
        )
        for at, names in sections
        for name in names
        if identifier(name) not in known
    ]
    if problems:
        raise InputError(problems)
    values = {identifier(name): constant.value for name, constant in file.constants.items()}
    origin = f"calibration to {file.window[0]}-{file.window[-1]}"
    return Calibration(origin, values, file.carried, file.window[-1], file.model == model.equations_digest)


def to_yaml(file: CalibrationFile) -> str:
    """Return a calibration file as text."""
    lines = [
        "# yaml-language-server: $schema=../schema/calibration.json",
        "# Written by `urbsim calibrate`; constants of the model, with the value before the fit.",
        f"region: {file.region}",
        f"method: {file.method}",
        f"window: [{', '.join(str(year) for year in file.window)}]",
        f"model: {file.model}",
    ]
    lines += ["constants:", *entry_lines(file.constants), "carried:", "  constants:"]
    lines += [f"    {plain_or_quoted(name)}: {value!r}" for name, value in file.carried.constants.items()]
    lines += [f"  away: {_row(file.carried.away)}", "  towns:"]
    lines += [f"    {name}: {_row(shares)}" for name, shares in file.carried.towns.model_dump().items()]
    lines += ["seam:", *(f"  {name}: {value!r}" for name, value in file.seam.model_dump().items())]
    return "\n".join([*lines, "fit:", *entry_lines(file.fit)]) + "\n"


def _row(numbers: Iterable[float]) -> str:
    return f"[{', '.join(f'{number:g}' for number in numbers)}]"


def entry_lines(entries: Mapping[str, Strict]) -> list[str]:
    """Return named entries as lines of YAML, one each."""
    lines = []
    for name, entry in entries.items():
        fields = ", ".join(f"{key}: {value!r}" for key, value in entry.model_dump().items())
        lines.append(f"  {plain_or_quoted(name)}: {{{fields}}}")
    return lines
