"""Observations are compared at their own place or as changes of the nearest area above."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from urbsim.errors import InputError
from urbsim.project.indicators import IndicatorFile
from urbsim.project.library import Library
from urbsim.project.workspace import Workspace
from urbsim.results import observed as seen


def path(values: list[float], unit: str) -> xr.DataArray:
    return xr.DataArray(
        np.array(values).reshape(1, 1, -1),
        dims=("region", "scenario", "time"),
        coords={"region": ["lijin"], "scenario": ["baseline"], "time": [2020.0, 2021.0, 2022.0]},
        attrs={"units": unit},
    )


def test_the_shipped_observations_can_be_read(shipped: Workspace, library: Library, indicators: IndicatorFile) -> None:
    found = seen.load_observations(shipped.data / "observations", "data/observations", library, indicators.indicators)
    mongolia = next(o for o in found if (o.region, o.indicator, o.year) == ("inner-mongolia", "residents", 2021))
    assert mongolia.value == pytest.approx(24_000_000)


def test_a_region_without_figures_is_compared_with_the_area_above(library: Library) -> None:
    known = [
        seen.Observation("shandong", "urbanization_rate", 2020, 63.05, "s", "high"),
        seen.Observation("shandong", "urbanization_rate", 2021, 63.94, "s", "high"),
    ]
    data = {"urbanization_rate": path([40.0, 40.8, 41.5], "percent")}
    [row] = seen.compare(data, known, library, "baseline")
    assert (row.area, row.kind, row.year) == ("shandong", "change", 2021)
    assert row.observed == pytest.approx(0.89)
    assert row.projected == pytest.approx(0.8)


def test_its_own_figure_comes_first(library: Library) -> None:
    known = [seen.Observation("lijin", "residents", 2022, 99.0, "s", "high")]
    [row] = seen.compare({"residents": path([100.0, 101.0, 102.0], "person")}, known, library, "baseline")
    assert (row.kind, row.observed, row.projected) == ("level", 99.0, 102.0)


def test_every_problem_of_a_file_is_listed(workspace: Workspace, library: Library, indicators: IndicatorFile) -> None:
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
        seen.load_observations(file.parent, "data/observations", library, indicators.indicators)
    lines = str(error.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["2", "3", "4", "5"]
    assert "did you mean residents?" in lines[1]
