"""Sensitivity: three views that must agree where they say the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from urbsim.engine.contract import Engine
from urbsim.errors import InputError
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.report import indices
from urbsim.studies import sensitivity
from urbsim.studies.sensitivity import Study

FEW = ("settlement willingness", "stable job share", "normal town exit", "separation rate")
SHARE = ("registered_share", 2024)


@pytest.fixture(scope="module")
def study(project: Project, indicators: Indicators, engine: Engine) -> Study:
    return sensitivity.study(project, engine, "lijin", [SHARE, ("settled", 2024)], parameters=FEW)


def test_the_unit_cube_maps_to_ranges(study: Study, project: Project) -> None:
    ends = study.from_unit(np.array([[0.0] * 4, [1.0] * 4]))
    for i, name in enumerate(FEW):
        item = project.parameters[name]
        np.testing.assert_allclose(ends[:, i], item.range or item.scale)


def test_a_tornado_is_runs_with_one_parameter_moved(study: Study) -> None:
    found = sensitivity.tornado(study)
    row = study.defaults()
    np.testing.assert_allclose(found["reference"], study.evaluate(row[None])[0])
    row[2] = study.from_unit(np.full((1, 4), 0.95))[0, 2]
    moved = found["value"].sel(parameter="normal town exit", end="high")
    np.testing.assert_allclose(moved, study.evaluate(row[None])[0])


def test_shares_of_variance_add_up_and_name_the_willing(study: Study) -> None:
    found = sensitivity.sobol(study, 128, seed=1, resamples=20).sel(outcome="registered_share 2024")
    assert float(found["first"].sum()) == pytest.approx(1, abs=0.15)  # hardly any interaction
    assert str(found["total"].to_series().idxmax()) == "settlement willingness"
    assert float(found["total"].sel(parameter="separation rate")) < 0.01
    assert (found["total_low"] <= found["total_high"]).all()


def test_elementary_effects_agree_about_what_matters(study: Study) -> None:
    found = sensitivity.morris(study, 8).sel(outcome="registered_share 2024")
    mean = found["mean"].to_series()
    assert mean.idxmax() == "settlement willingness"
    assert mean["separation rate"] < 0.1 * mean.max()


def test_a_study_of_known_shares(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """For 4 x1 + 2 x2 + x3 over equal ranges the shares of variance are 16 : 4 : 1."""
    monkeypatch.setattr(Study, "from_unit", lambda _, unit: unit)
    monkeypatch.setattr(Study, "evaluate", lambda _, values: (values @ [4, 2, 1, 0])[:, None])
    one = replace(study, outcomes=(SHARE,))
    found = sensitivity.sobol(one, 1024, resamples=10)
    np.testing.assert_allclose(found["first"][0], np.array([16, 4, 1, 0]) / 21, atol=0.02)
    np.testing.assert_allclose(sensitivity.morris(one, 10)["mean"][0], [4, 2, 1, 0], atol=1e-9)


def test_charts_name_what_matters_first(study: Study) -> None:
    tornado = sensitivity.tornado(study).isel(outcome=0)
    ax = indices.tornado_axes(tornado, Figure().subplots(), most=3)
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels[-1] == "settlement willingness"
    assert len(labels) == 3
    shares = sensitivity.sobol(study, 16, resamples=5).isel(outcome=0)
    assert len(indices.index_axes(shares, Figure().subplots()).get_yticklabels()) == 4
    effects = sensitivity.morris(study, 4).isel(outcome=0)
    ax = indices.screening_axes(effects, Figure().subplots(), labels=2)
    assert [text.get_text() for text in ax.texts] == ["1", "2"]


@pytest.mark.parametrize(
    ("outcomes", "parameters", "words"),
    [
        ([("resident", 2024)], (), "did you mean residents"),
        ([("residents", 2050)], (), "outside the run"),
        ([("residents", 2024)], ("income",), "unknown parameter 'income'"),
    ],
)
def test_bad_requests_are_refused(
    project: Project, indicators: Indicators, engine: Engine, outcomes, parameters, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        sensitivity.study(project, engine, "lijin", outcomes, parameters=parameters)


def test_sobol_needs_a_power_of_two(study: Study) -> None:
    with pytest.raises(InputError, match="100 is not a power of two"):
        sensitivity.sobol(study, 100)
