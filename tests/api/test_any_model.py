"""Any model in Python: run, explain, draw, check."""

from __future__ import annotations

from pathlib import Path

import pytest

import urbsim

TEACUP = """{UTF-8}
Teacup Temperature = INTEG(-Heat Loss, 180) ~ Degrees ~ Of the tea. ~|
Heat Loss = (Teacup Temperature - Room Temperature) / Characteristic Time ~ Degrees/Minute ~ Through the cup. ~|
Room Temperature = 70 ~ Degrees ~ Of the air. ~|
Characteristic Time = 10 ~ Minute ~ Of cooling. ~|
INITIAL TIME = 0 ~ Minute ~ Start. ~|
FINAL TIME = 30 ~ Minute ~ End. ~|
TIME STEP = 0.125 ~ Minute ~ Step. ~|
SAVEPER = TIME STEP ~ Minute ~ Rows. ~|
"""


@pytest.fixture
def model(tmp_path: Path) -> urbsim.Model:
    path = tmp_path / "teacup.mdl"
    path.write_text(TEACUP, encoding="utf-8")
    return urbsim.load_model(path)


def test_a_model_runs_as_an_ensemble(model: urbsim.Model) -> None:
    data = model.run({"Room Temperature": [15, 20, 25]})
    assert data["teacup_temperature"].dims == ("member", "time")
    assert data["teacup_temperature"].isel(time=-1).values.argsort().tolist() == [0, 1, 2]


def test_a_model_is_explained_drawn_and_checked(model: urbsim.Model) -> None:
    heat = model.explain("Heat Loss")
    assert heat.inputs == ("Teacup Temperature", "Room Temperature", "Characteristic Time")
    assert model.diagram()._repr_svg_().startswith("<svg")
    assert "Teacup" in model.diagram()
    assert [problem.rule for problem in model.check()] == ["bare-number"]  # the 180
    page = model._repr_html_()
    assert "Model teacup.mdl" in page
    assert "Of cooling." in page


def test_mistakes_are_input_errors(model: urbsim.Model, tmp_path: Path) -> None:
    with pytest.raises(urbsim.InputError, match="has no variable 'Heat Los'; did you mean Heat Loss"):
        model.explain("Heat Los")
    with pytest.raises(
        urbsim.InputError, match=r"has no sector 'Kitchen'; the model has no sectors: leave out sector$"
    ):
        model.diagram("Kitchen")
    with pytest.raises(urbsim.InputError, match="has no variable 'Room'"):
        model.run({"Room": 1})
    with pytest.raises(urbsim.InputError):
        urbsim.load_model(tmp_path / "none.mdl")


def test_an_edited_model_is_another_one(model: urbsim.Model) -> None:
    slow = model.edited({"Characteristic Time": "20"})
    temperatures = [float(m.run()["teacup_temperature"][-1]) for m in (model, slow)]
    assert temperatures[0] < temperatures[1]
    with pytest.raises(urbsim.InputError):
        model.edited({"Characteristic Time": "20 +"})
