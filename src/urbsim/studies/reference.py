"""The mean county run for data/reference.yaml: fitted to its two censuses, then run from each with attraction held."""

from __future__ import annotations

import numpy as np

from urbsim.engine.contract import Clock, Engine
from urbsim.names import identifier
from urbsim.project.calibrations import ARRIVALS, Calibration
from urbsim.project.project import Project
from urbsim.project.reference import MEAN_COUNTY, ReferenceFile, ReferencePath
from urbsim.studies.calibration import fitted
from urbsim.studies.carry import carry
from urbsim.studies.replay import END, START, Subject

LAST = 2060  # year; later ones have its values
SOURCES = {  # variable of the model: what it is in the mean county
    "elsewhere attractiveness": "relative attractiveness",
    "labour force elsewhere": "labour supply",
    "tightness elsewhere": "tightness",
    "fill elsewhere": "perceived fill rate",
    "leavers elsewhere": "leavers",
}
HELD = {"attraction response": 0.0}  # pull of the mean county stays 1


def reference(project: Project, engine: Engine) -> ReferenceFile:
    """Fit and run the mean county.

    Raises
    ------
    InputError
        Where its file or the rules for what a census lacks cannot be read.
    MemberError
        Where a run fails.
    """
    county = project.mean_county
    place = Subject(project, engine, county, project.workspace.label(project.workspace.data / MEAN_COUNTY), {}, HELD)
    replay = fitted(place)
    values = {identifier(name): constant.value for name, constant in replay.constants.items()}
    left, seam = carry(place, replay.member, replay.constants)
    calibration = Calibration("", values, left, END)
    return ReferenceFile(
        region=county.id,
        model=project.model.equations_digest,
        constants=replay.constants,
        fit=replay.fit,
        seam=seam,
        paths={year: _path(place, year, calibration) for year in (START, END)},
    )


def _path(place: Subject, year: int, calibration: Calibration) -> ReferencePath:
    """Run the mean county from a base year."""
    clock = Clock(year, LAST)
    member = place.member(clock, calibration)
    values = place.run([member], list(SOURCES.values()), clock)
    arrivals = identifier(ARRIVALS)
    ratio = float(member.constants[arrivals] / place.inputs(year)[arrivals].value)
    return ReferencePath(
        arrivals=float(f"{ratio:.5g}"),
        years=[int(time) for time in clock.times],
        values={name: _relative(values[identifier(source)][0]) for name, source in SOURCES.items()},
    )


def _relative(values: np.ndarray) -> list[float]:
    """Return a variable over time, (time), relative to its start."""
    return [float(f"{value:.5g}") for value in values / values[0]]
