"""Calibration files: values of model constants fitted for a region, data/calibrations/<region>.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from urbsim.errors import InputError, nearest
from urbsim.files import Strict, read_yaml, validate
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


class CalibrationFile(Strict):
    """A calibration file. It is written by ``urbsim calibrate`` and says how."""

    region: str
    method: str
    window: list[int]
    model: str
    constants: dict[str, FittedConstant]
    nuisance: dict[str, FittedConstant]
    fit: dict[str, Fit]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Values of model constants for a region, by identifier."""

    origin: str
    values: Mapping[str, float]
    current: bool = True  # False where the equations of the model have changed since the fit


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
        For a constant that the model does not have.
    """
    calibrations: dict[str, Calibration] = {}
    for region in regions:
        path = folder / f"{region}.yaml"
        if not path.exists():
            continue
        document = read_yaml(path, f"{label}/{region}.yaml")
        file = validate(CalibrationFile, document)
        constants = [v.spelled for v in model.variables if v.role == "constant"]
        problems = [
            document.problem(
                "unknown-name",
                ("constants", name),
                f"the model has no constant {name!r}",
                nearest(name, constants),
                key=True,
            )
            for name in file.constants
            if identifier(name) not in {identifier(k) for k in constants}
        ]
        if problems:
            raise InputError(problems)
        values = {identifier(name): constant.value for name, constant in file.constants.items()}
        origin = f"calibration to {file.window[0]}-{file.window[-1]}"
        calibrations[region] = Calibration(origin, values, file.model == model.equations_digest)
    return calibrations


def to_yaml(file: CalibrationFile) -> str:
    """Return a calibration file as text."""
    lines = [
        "# Written by `urbsim calibrate`; constants of the model, with the value before the fit.",
        f"region: {file.region}",
        f"method: {file.method}",
        f"window: [{', '.join(str(year) for year in file.window)}]",
        f"model: {file.model}",
    ]
    for section, entries in (("constants", file.constants), ("nuisance", file.nuisance), ("fit", file.fit)):
        lines.append(f"{section}:")
        for name, entry in entries.items():
            fields = ", ".join(f"{key}: {value!r}" for key, value in entry.model_dump().items())
            lines.append(f"  {plain_or_quoted(name)}: {{{fields}}}")
    return "\n".join(lines) + "\n"
