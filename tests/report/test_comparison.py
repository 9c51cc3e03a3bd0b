"""Tables of scenarios side by side."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from urbsim.project.indicators import Indicators
from urbsim.report.tables import BESIDE, BESIDE_DRAWN, comparison, comparison_rows


@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("count", [1, 2, 5, 6, 11])
def test_every_scenario_stands_once_beside_the_first(indicators: Indicators, count: int, drawn: bool) -> None:
    names = [f"s{number}" for number in range(count)]
    shape = {"region": ["x"], "scenario": names, "time": [2020, 2025]} | ({"draw": [0, 1]} if drawn else {})
    data = xr.DataArray(np.ones([len(values) for values in shape.values()]), shape, [*shape]).to_dataset(
        name="residents"
    )
    data["region_name"] = "region", ["X County"]
    data["scenario_title"] = "scenario", [name.upper() for name in names]
    rows = comparison_rows(data, indicators, ["residents"], 2025)
    found = comparison(rows, data, indicators, "x", 2025, "en")
    heads = [[str(column.header) for column in table.columns] for table in found]
    assert all(head[:3] == ["Indicator", "2020", "S0"] for head in heads)
    assert [name for head in heads for name in head[3:]] == [name.upper() for name in names[1:]]
    assert max(len(head) - 3 for head in heads) <= (BESIDE_DRAWN if drawn else BESIDE)


def test_a_region_without_results_is_an_empty_table(indicators: Indicators) -> None:
    data = xr.Dataset({"residents": (("region", "scenario", "time"), np.full((1, 1, 2), np.nan))})
    data = data.assign_coords(region=["x"], scenario=["s0"], time=[2020, 2025])
    data["region_name"], data["scenario_title"] = ("region", ["X County"]), ("scenario", ["S0"])
    rows = comparison_rows(data, indicators, ["residents"], 2025)
    [table] = comparison(rows, data, indicators, "x", 2025, "en")
    assert [str(column.header) for column in table.columns] == ["Indicator", ""]
