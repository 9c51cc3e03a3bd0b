"""Intervals of draws and changes: draws that failed are left out, and a base of 0 has no percentage."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.results.intervals import change, columns, interval, relative


def test_an_interval_leaves_draws_out_that_failed() -> None:
    values = np.array([4.0, np.nan, 1.0, 3.0, 2.0])
    assert interval(values) == tuple(np.nanquantile(values, (0.05, 0.5, 0.95)))
    assert columns("x", values) == {"x": 2.5, "x_low": interval(values)[0], "x_high": interval(values)[2]}


def test_where_every_draw_failed_there_is_no_number() -> None:
    assert np.isnan(interval(np.array([np.nan, np.nan]))).all()
    assert columns("x", np.array([np.nan, np.nan])) == {"x": None}


@pytest.mark.parametrize("value", [np.float64(2.5), np.array([2.5])])
def test_a_number_alone_has_no_interval(value: np.ndarray) -> None:
    assert columns("x", value) == {"x": 2.5}


def test_a_change_is_in_points_of_percentages_and_in_percent_of_all_else() -> None:
    assert change(40.0, 50.0, "percent") == 10
    assert change(40.0, 50.0, "person") == 25
    assert change(0.0, 50.0, "percent") == 50
    assert np.isnan(change(np.array([0.0, 1.0]), np.array([1.0, 2.0]), "person")).all()


def test_a_relative_difference_is_of_the_size_of_its_base() -> None:
    np.testing.assert_array_equal(relative(np.array([1.0, 1.0, 1.0]), np.array([-4.0, 0.0, 2.0])), [25, np.nan, 50])
