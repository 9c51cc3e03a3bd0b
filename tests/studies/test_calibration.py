"""The fit brings the replay nearer to the census, and migration passes from the replay to runs without a jump."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Engine
from urbsim.errors import InputError
from urbsim.experiment import plan
from urbsim.files import read_yaml, validate
from urbsim.names import identifier
from urbsim.project.calibrations import (
    POPULATION,
    Calibration,
    CalibrationFile,
    Carryover,
    TownShares,
    load_calibrations,
    to_yaml,
    with_carried,
)
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace
from urbsim.studies.calibration import OBSERVED_SD, PRIOR_SD, calibrate, summary
from urbsim.studies.carry import ARRIVALS, LARGEST_LOG, town_shares, with_arrivals
from urbsim.studies.replay import END, START, subject

Call = Callable[..., tuple[int, str, str]]
SEAM = 0.15  # points of net migration


def carried(**constants: float) -> Carryover:
    return Carryover(constants=constants, away=[7.0, 8.0], towns=TownShares(migrant=[0.25, 0.5], outsider=[0.25, 0.0]))


def test_the_summary_counts_residents_only() -> None:
    population = np.ones((5, 86))
    numbers = dict(zip(OBSERVED_SD, summary(population), strict=True))
    assert numbers["residents"] == 4 * 86
    assert numbers["town residents"] == 3 * 86
    assert numbers["residents aged 60 and over"] == 4 * 26


def test_residents_stay_as_counted_where_registration_is_carried() -> None:
    facts = np.array([[10.0, 20], [1, 2], [2, 2], [5, 4], [3, 3]])
    assert with_carried(facts, carried()).tolist() == [[10, 20], [2, 4], [2, 0], [4, 4], [7, 8]]


def test_shares_of_an_age_without_townspeople_are_those_of_all() -> None:
    people = np.array([[9.0, 9], [1, 0], [1, 0], [2, 0], [5, 5]])
    assert town_shares(people).tolist() == [[0.25, 0.25], [0.25, 0.25], [0.5, 0.5]]


def test_states_are_carried_to_runs_from_the_end_of_the_window_only() -> None:
    left = carried(**{"initial pull": 0.9, "normal outside arrivals": 80.0})
    calibration = Calibration("fit", {"normal_outside_arrivals": 100.0}, left, 2020)
    facts = {POPULATION: np.ones((5, 2))}
    assert calibration.constants(2010, facts) == {"normal_outside_arrivals": np.array(100.0)}
    values = calibration.constants(2020, facts)
    assert (float(values["normal_outside_arrivals"]), float(values["initial_pull"])) == (80, 0.9)
    assert values[POPULATION][4].tolist() == [7, 8]


def test_arrivals_move_within_the_uncertainty_of_their_fit() -> None:
    left = carried(**{ARRIVALS: 100.0})
    assert with_arrivals(left, LARGEST_LOG).constants[ARRIVALS] == pytest.approx(132.3, abs=0.1)
    assert left.constants[ARRIVALS] == 100


@pytest.mark.slow
def test_the_stored_calibration_of_lijin_is_reproduced(shipped: Workspace, project: Project, engine: Engine) -> None:
    path = shipped.data / "calibrations/lijin.yaml"
    stored = validate(CalibrationFile, read_yaml(path, "lijin.yaml"))
    again = calibrate(project, "lijin", engine)
    for name, fitted in stored.constants.items():
        assert again.constants[name].value == pytest.approx(fitted.value, rel=0.01)
    for name, value in stored.carried.constants.items():
        assert again.carried.constants[name] == pytest.approx(value, rel=0.01)
    for name, entry in again.fit.items():
        assert abs(np.log(entry.after / entry.observed)) <= 3 * entry.sd_log, name
    assert stored.model == project.model.equations_digest, "the model has changed since: run `urbsim calibrate --all`"


def test_net_migration_passes_the_census_without_a_jump(shipped: Workspace, project: Project, engine: Engine) -> None:
    """Runs of every calibrated region: the last replayed year beside the first projected one."""
    names = sorted(path.stem for path in (shipped.data / "calibrations").glob("*.yaml"))
    calibrations = project.calibrations(names)
    replay, projection = Clock(START, END), Clock(END, END + 1)
    jumps = {}
    for name, calibration in calibrations.items():
        place = subject(project, name, engine)
        before = place.net_migration(place.member(replay, calibration), replay, END)
        after = place.net_migration(place.member(projection, calibration), projection, END + 1)
        jumps[name] = round(after - before, 3)
    assert len(jumps) >= 30
    assert {name: jump for name, jump in jumps.items() if abs(jump) >= SEAM} == {}


def test_what_is_fitted_is_what_runs(project: Project) -> None:
    stored = project.calibrations(["guangrao"])
    for year, arrivals in (
        (START, stored["guangrao"].values["normal_outside_arrivals"]),
        (END, stored["guangrao"].carried.constants[ARRIVALS]),  # type: ignore[union-attr]
    ):
        planned = plan.plan(project, ["baseline"], ["guangrao"], year, 2035, {})
        [values] = plan.members(project, planned, stored)
        assert float(values.member.constants["normal_outside_arrivals"]) == arrivals
        assert values.origins["normal_outside_arrivals"] == "calibration to 2010-2020"
        assert (values.origins[POPULATION] == "calibration to 2010-2020") == (year == END)


def test_a_file_reads_back_as_it_was_written(shipped: Workspace) -> None:
    path = shipped.data / "calibrations/guangrao.yaml"
    stored = validate(CalibrationFile, read_yaml(path, "guangrao.yaml"))
    assert to_yaml(stored) == path.read_text(encoding="utf-8")
    assert set(stored.constants) == set(PRIOR_SD)
    assert {identifier(name) for name in stored.carried.constants} == {
        "normal_outside_arrivals",
        "initial_pull",
        "return_offset",
    }


def test_an_unknown_constant_is_refused(workspace: Workspace, project: Project) -> None:
    path = workspace.data / "calibrations/lijin.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("  move adjustment", "  move ajustment"), encoding="utf-8")
    with pytest.raises(InputError, match="no constant 'move ajustment'; did you mean move adjustment"):
        load_calibrations(path.parent, "data/calibrations", project.model, ["lijin"])


def test_fits_from_before_are_refused(workspace: Workspace, project: Project) -> None:
    folder = workspace.data / "calibrations"
    for name in ("lijin", "guangrao"):
        text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
        start, end = text.index("carried:"), text.index("fit:")
        (folder / f"{name}.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_calibrations(folder, "data/calibrations", project.model, ["lijin"])
    assert str(caught.value) == (
        "data/calibrations: calibrations of lijin were made before fits were carried to the projection; "
        "fit again with `urbsim calibrate lijin`"
    )
    with pytest.raises(InputError, match=r"calibrations of guangrao, lijin .*fit again with `urbsim calibrate --all`"):
        load_calibrations(folder, "data/calibrations", project.model, ["guangrao", "jinan", "lijin"])


def test_calibrate_asks_which_regions(call: Call) -> None:
    assert call("calibrate")[::2] == (2, "command line: which regions?; name regions, or give --all\n")
    assert call("calibrate", "lijin", "--all")[0] == 2


def test_a_region_shows_what_its_runs_take_from_the_fit(project: Project, call: Call) -> None:
    shown = json.loads(call("regions", "show", "guangrao", "--json")[1])["fit"]
    stored = project.calibrations(["guangrao"])["guangrao"]
    assert shown["origin"] == "calibration to 2010-2020"
    assert shown["people"]
    assert stored.carried is not None
    assert shown["values"]["initial pull"] == stored.carried.constants["initial pull"]
    assert call("regions", "show", "kunming")[1].splitlines()[-1].startswith("Runs from 2010, mean county: exit adj")


@pytest.mark.slow
def test_errors_of_observed_years_are_listed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "tools"))
    tool = importlib.import_module("observed_errors")
    rows = {(row.region, row.indicator, row.year): row for row in tool.comparisons(project)}
    for name in ("residents", "town_residents", "infants", "deaths"):
        for year in (2021, 2022):
            row = rows["inner-mongolia", name, year]
            assert (row.kind, row.since) == ("level", 2020)
            assert row.projected == pytest.approx(row.observed, rel=0.2)
