"""The fit brings the replay nearer to the census, and the stored files are what it gives."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.engine.contract import Engine
from urbsim.errors import InputError
from urbsim.files import read_yaml, validate
from urbsim.project.calibrations import CalibrationFile, load_calibrations, to_yaml
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace
from urbsim.studies.calibration import OBSERVED_SD, PRIOR_SD, calibrate, summary


def test_the_summary_counts_residents_only() -> None:
    population = np.ones((5, 86))
    numbers = dict(zip(OBSERVED_SD, summary(population), strict=True))
    assert numbers["residents"] == 4 * 86
    assert numbers["town residents"] == 3 * 86
    assert numbers["residents aged 60 and over"] == 4 * 26


@pytest.mark.slow
def test_the_stored_calibration_of_lijin_is_reproduced(shipped: Workspace, project: Project, engine: Engine) -> None:
    path = shipped.data / "calibrations/lijin.yaml"
    stored = validate(CalibrationFile, read_yaml(path, "lijin.yaml"))
    again = calibrate(project, "lijin", engine)
    for name, fitted in stored.constants.items():
        assert again.constants[name].value == pytest.approx(fitted.value, rel=0.01)
    for name, entry in again.fit.items():
        assert abs(np.log(entry.after / entry.observed)) <= 3 * entry.sd_log, name
    assert stored.model == project.model.equations_digest, (
        "the model has changed since: run `urbsim calibrate` for all regions"
    )


def test_a_file_reads_back_as_it_was_written(shipped: Workspace, tmp_path: object) -> None:
    path = shipped.data / "calibrations/guangrao.yaml"
    stored = validate(CalibrationFile, read_yaml(path, "guangrao.yaml"))
    assert to_yaml(stored) == path.read_text(encoding="utf-8")
    assert set(stored.constants) | set(stored.nuisance) == set(PRIOR_SD)


def test_an_unknown_constant_is_refused(workspace: Workspace, project: Project) -> None:
    path = workspace.data / "calibrations/lijin.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("  move adjustment", "  move ajustment"), encoding="utf-8")
    with pytest.raises(InputError, match="no constant 'move ajustment'; did you mean move adjustment"):
        load_calibrations(path.parent, "data/calibrations", project.model, ["lijin"])
