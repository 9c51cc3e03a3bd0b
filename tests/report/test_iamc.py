"""The IAMC format: columns, names, units, quantiles; and that pyam reads it, where it is installed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from urbsim.project.indicators import Indicator, Indicators
from urbsim.project.regions.region import Label
from urbsim.report import iamc
from urbsim.report.words import IAMC_GROUPS

ITEMS = {
    "residents": Indicator(group="people", label=Label(en="Residents", zh="人口"), variable="a", unit="person"),
    "output": Indicator(group="work", label=Label(en="Output | all", zh="产值"), variable="b", unit="亿元/year"),
}
REGIONS = {"a": "Region A", "b": "Region B"}


def array(*dims: str) -> xr.DataArray:
    sizes = {"region": 2, "scenario": 2, "draw": 101, "time": 3}
    shape = tuple(sizes[dim] for dim in dims)
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    coords = {"region": ["a", "b"], "scenario": ["one", "two"], "time": [2020.0, 2021.0, 2022.0]}
    return xr.DataArray(values, {key: coords[key] for key in dims if key in coords}, dims)


def test_rows_of_numbers() -> None:
    values = {"residents": array("region", "scenario", "time"), "output": array("region", "scenario", "time")}
    values["output"][0, 1, :] = np.nan  # the scenario does not run there
    values["output"][1, 0, 2] = np.nan  # or ends earlier
    found = list(iamc.rows(values, ITEMS, REGIONS, "urbsim 1"))
    assert len(found) == 7
    assert found[0] == {
        "Model": "urbsim 1",
        "Scenario": "one",
        "Region": "Region A",
        "Variable": "Population|Residents",
        "Unit": "person",
        2020: 0.0,
        2021: 1.0,
        2022: 2.0,
    }
    last = found[-2]
    assert (last["Scenario"], last["Variable"], last["Unit"]) == ("one", "Labour|Output / all", "100 million yuan/year")
    assert last[2022] == ""


def test_draws_become_quantiles_below_the_name_of_the_median() -> None:
    values = {"residents": array("region", "scenario", "draw", "time")}
    found = list(iamc.rows(values, ITEMS, {"a": "A", "b": "B"}, "urbsim 1"))
    names = [row["Variable"].removeprefix("Population|Residents") for row in found if row["Region"] == "A"]
    assert sorted(set(names)) == ["", "|25th Percentile", "|5th Percentile", "|75th Percentile", "|95th Percentile"]
    at = {
        row["Variable"].rpartition("|")[2]: row[2020]
        for row in found
        if (row["Region"], row["Scenario"]) == ("A", "one")
    }
    assert at == {"Residents": 150.0, "5th Percentile": 15.0, "25th Percentile": 75.0, "75th Percentile": 225.0,
                  "95th Percentile": 285.0}  # fmt: skip
    keys = [tuple(row[column] for column in iamc.HEAD) for row in found]
    assert len(keys) == len(set(keys))


def test_names_that_would_be_one_are_refused() -> None:
    values = {"residents": array("region", "scenario", "time")}
    with pytest.raises(ValueError, match="regions share the name 'A'"):
        list(iamc.rows(values, ITEMS, {"a": "A", "b": "A"}, "urbsim 1"))


def test_shipped_indicators_have_names_of_their_own_and_units_in_plain_letters(indicators: Indicators) -> None:
    items = indicators
    names = [iamc.variable(item) for item in items.values()]
    assert len(set(names)) == len(names)
    assert all(name.count("|") == 1 for name in names)
    assert {item.group for item in items.values()} <= set(IAMC_GROUPS)
    assert all(iamc.unit(item.unit).isascii() for item in items.values())


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_pyam_reads_it(tmp_path: Path, ending: str) -> None:
    pyam = pytest.importorskip("pyam")
    values = {"residents": array("region", "scenario", "draw", "time")}
    found = list(iamc.rows(values, ITEMS, REGIONS, "urbsim 1"))
    iamc.write(tmp_path / f"x.{ending}", found)
    data = pyam.IamDataFrame(tmp_path / f"x.{ending}")
    assert data.scenario == ["one", "two"]
    assert data.year == [2020, 2021, 2022]
    some = data.filter(scenario="one", region="Region A", variable="Population|Residents", year=2020)
    assert some.data["value"].tolist() == [150.0]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in .csv or .xlsx, not '.txt'"):
        iamc.write(tmp_path / "x.txt", [])


def test_excel_and_csv_hold_the_same(tmp_path: Path) -> None:
    found = list(iamc.rows({"residents": array("region", "scenario", "time")}, ITEMS, REGIONS, "urbsim 1"))
    for ending in ("csv", "xlsx"):
        iamc.write(tmp_path / f"x.{ending}", found)
    left, right = (
        pd.read_csv(tmp_path / "x.csv"),
        pd.read_excel(tmp_path / "x.xlsx", sheet_name="data", engine="openpyxl"),
    )
    right.columns = [str(column) for column in right.columns]
    assert list(left.columns) == [*iamc.HEAD, "2020", "2021", "2022"]
    pd.testing.assert_frame_equal(left, right, check_dtype=False)
    with (tmp_path / "x.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file))[:5] == list(iamc.HEAD)
