"""Observations are compared at their own place or as changes of the nearest area above."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from urbsim.errors import InputError
from urbsim.project.indicators import Indicators
from urbsim.project.observations import Observation, load_observations
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace
from urbsim.results import observations


def path(values: list[float], unit: str) -> xr.DataArray:
    return xr.DataArray(
        np.array(values).reshape(1, 1, -1),
        dims=("region", "scenario", "time"),
        coords={"region": ["lijin"], "scenario": ["baseline"], "time": [2020.0, 2021.0, 2022.0]},
        attrs={"units": unit},
    )


def test_the_shipped_observations_can_be_read(shipped: Workspace, project: Project, indicators: Indicators) -> None:
    found = load_observations(shipped.data / "observations", "data/observations", project, indicators)
    mongolia = next(o for o in found if (o.region, o.indicator, o.year) == ("inner-mongolia", "residents", 2021))
    assert mongolia.value == pytest.approx(24_000_000)


def test_a_region_without_figures_is_compared_with_the_area_above(project: Project) -> None:
    known = [
        Observation("shandong", "urbanization_rate", 2020, 63.05, "s", "high"),
        Observation("shandong", "urbanization_rate", 2021, 63.94, "s", "high"),
    ]
    data = {"urbanization_rate": path([40.0, 40.8, 41.5], "percent")}
    [row] = observations.compare(data, known, project, "baseline")
    assert (row.area, row.kind, row.year) == ("shandong", "change", 2021)
    assert row.observed == pytest.approx(0.89)
    assert row.projected == pytest.approx(0.8)


def test_its_own_figure_comes_first(project: Project) -> None:
    known = [Observation("lijin", "residents", 2022, 99.0, "s", "high")]
    [row] = observations.compare({"residents": path([100.0, 101.0, 102.0], "person")}, known, project, "baseline")
    assert (row.kind, row.observed, row.projected) == ("level", 99.0, 102.0)


def test_every_problem_of_a_file_is_listed(workspace: Workspace, project: Project, indicators: Indicators) -> None:
    file = workspace.data / "observations/more.csv"
    file.write_text(
        "region,indicator,year,value,unit,source,vintage,confidence\n"
        "atlantis,residents,2021,1,person,census-2020,v,high\n"
        "lijin,residentz,2021,1,person,census-2020,v,high\n"
        "lijin,residents,2021,many,person,census-2020,v,high\n"
        "lijin,residents,2021,1,yuan,census-2020,v,high\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        load_observations(file.parent, "data/observations", project, indicators)
    lines = str(error.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["2", "3", "4", "5"]
    assert "did you mean residents?" in lines[1]
