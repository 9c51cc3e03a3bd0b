"""Sums over the calendar year: what a year holds, whatever the step, and that only what can be summed is added."""

from __future__ import annotations

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Member, silent
from urbsim.engine.oracles.choose import choose
from urbsim.language.calendar import in_year, with_years
from urbsim.language.checks.units import clashes
from urbsim.language.vensim.reader import read

MODEL = read(
    "{UTF-8}\nplace: town, village ~ ~ |\n"
    "Pace of Work[place] = pace*share[place] ~ Person/Year ~ People who come. |\n"
    "share[place] = 1, 3 ~ Dmnl ~ Of each place. |\n"
    "pace = 8 ~ Person/Year ~ A lever. |\n"
    "INITIAL TIME = 2020 ~ Year ~ . |\nFINAL TIME = 2024 ~ Year ~ . |\n"
    "TIME STEP = 0.25 ~ Year ~ . |\nSAVEPER = 1 ~ Year ~ . |\n"
)


@pytest.mark.parametrize("engine", ["compiled", "simlin", "pysd"])
def test_a_year_holds_what_comes_from_its_first_day_to_its_last(engine: str) -> None:
    """From 2023 on twice as much, from the middle of 2024 nothing; 2020 is what it is then, for a whole year."""
    model = with_years(MODEL, ["Pace of Work"])
    member = Member({}, {"pace": ((2020, 8), (2022, 8), (2022, 16), (2023.5, 16), (2023.5, 0))})
    result = choose(engine).run(
        model, [member], ["pace_of_work_in_year", "pace_of_work"], Clock(2020, 2024, 0.25), silent
    )
    np.testing.assert_allclose(
        result.values["pace_of_work_in_year"][0].T, np.outer([1, 3], [8, 8, 8, 16, 8]), rtol=1e-12
    )
    np.testing.assert_allclose(result.values["pace_of_work"][0, :, 0], [8, 8, 8, 16, 0], rtol=1e-12)


@pytest.mark.parametrize("step", [1.0, 0.1, 1 / 12, 0.0625, 0.01])
def test_rounding_of_the_step_moves_no_year(step: float) -> None:
    member = Member({}, {"pace": ((2020, 8), (2022, 8), (2022, 16))})
    result = choose().run(
        with_years(MODEL, ["pace of work"]), [member], ["pace_of_work_in_year"], Clock(2020, 2024, step), silent
    )
    np.testing.assert_allclose(result.values["pace_of_work_in_year"][0, :, 0], [8, 8, 8, 16, 16], rtol=1e-9)


def test_sums_have_units_and_words_and_nothing_else_is_added() -> None:
    model = with_years(MODEL, ["Pace of Work", "pace of work", "nothing of this name"])
    added = {v.name: (v.unit, v.comment) for v in model.variables if v.name not in MODEL.by_name}
    assert added == {
        "length_of_the_calendar_year": ("Year", "Length of a year. [definition]"),
        "turn_of_the_calendar_year": ("1/Year", "Pulse of one step with which every year begins."),
        "pace_of_work_in_year": ("Person", "Over the calendar year: People who come."),
    }
    assert not clashes(model)
    assert with_years(model, ["Pace of Work"]) is model
    assert with_years(MODEL, []) is MODEL
    assert in_year("Pace of  Work") == "pace_of_work_in_year"
