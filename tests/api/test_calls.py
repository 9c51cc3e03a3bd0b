"""A project in Python: studies, tests, checks, and every mistake as one InputError without other tracebacks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import urbsim
from urbsim.project.workspace import Workspace

ROOT = Path(__file__).parents[2]
FEW = ["share willing to settle", "net moves to towns"]


@pytest.fixture(scope="module")
def project() -> urbsim.Project:
    return urbsim.open(ROOT)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.run("baselin", "lijin"), "project.run: unknown scenario 'baselin'; did you mean baseline?"),
        (lambda p: p.run("baseline", "lijn"), "project.run: unknown region 'lijn'; did you mean lijin?"),
        (
            lambda p: p.run("baseline", "lijin", levers={"land_quot": 1.0}),
            "project.run: levers: unknown lever 'land_quot'; did you mean land_quota?",
        ),
        (
            lambda p: p.run("baseline", "lijin", draws=1),
            "project.run: draws must be 2 or more, not 1; for example draws 200",
        ),
        (
            lambda p: p.run("baseline", "lijin", horizon=2010),
            "project.run: horizon 2010 is not after the base year 2020 of lijin",
        ),
        (
            lambda p: p.run("baseline", "lijin", name="../x"),
            "project.run: name '../x' is no name for a batch; ",
        ),
        (
            lambda p: p.study("baseline", "town_resident", region="lijin"),
            "study: unknown indicator 'town_resident'; did you mean town_residents?",
        ),
        (
            lambda p: p.study("baseline", region="lijin", method="sweep"),
            "project.study: a sweep needs values of a lever",
        ),
        (lambda p: p.study("baseline", region="lijin", method="sobl"), "project.study: unknown method 'sobl'"),
        (lambda p: p.calibrate("lijn"), "project.calibrate: unknown region 'lijn'; did you mean lijin?"),
        (lambda p: p.test("equation"), "project.test: unknown test 'equation'; did you mean equations?"),
        (lambda p: p.open_batch("none-such"), "project.open_batch: no batch 'none-such' in outputs/; "),
    ],
)
def test_mistakes_are_told_with_the_call(
    project: urbsim.Project, call: Callable[[urbsim.Project], object], message: str
) -> None:
    with pytest.raises(urbsim.InputError) as error:
        call(project)
    assert str(error.value).startswith(message)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    assert all(isinstance(problem, urbsim.Problem) for problem in error.value.problems)


def test_unknown_names_of_a_batch(project: urbsim.Project) -> None:
    batch = project.run("baseline", "lijin", horizon=2022)
    for call, message in [
        (lambda: batch["town_resident"], "batch[...]: the batch has no indicator 'town_resident'; did you mean"),
        (lambda: batch.compare("baseline", "integrated", year=2022), "batch.compare: batch "),
        (lambda: batch.score(regions=["lijn"]), "batch.score: the batch has no region 'lijn'; did you mean lijin?"),
        (lambda: batch.save("a/b"), "batch.save: name 'a/b' is no name for a batch"),
    ]:
        with pytest.raises(urbsim.InputError) as error:
            call()
        assert str(error.value).startswith(message)


def test_all_problems_of_a_project_come_at_once(workspace: Workspace) -> None:
    (workspace.scenarios / "bad.yaml").write_text("name: bad\n", encoding="utf-8")
    (workspace.data / "regions" / "bad.yaml").write_text("id: bad\n", encoding="utf-8")
    with pytest.raises(urbsim.InputError) as error:
        urbsim.open()
    assert {problem.place.file for problem in error.value.problems} >= {"scenarios/bad.yaml", "data/regions/bad.yaml"}


def test_a_study_by_each_method(project: urbsim.Project) -> None:
    outcomes = ["town_residents", ("registered_share", 2030)]
    labels = ["town_residents 2035", "registered_share 2030"]
    names = list(project.parameters)[:2]
    for method in ("tornado", "sobol", "morris"):
        found = project.study("baseline", outcomes, region="lijin", method=method, parameters=names, samples=8)
        assert found.outcome.values.tolist() == labels
        assert found.parameter.values.tolist() == names


def test_a_sweep_is_the_runs_of_its_combinations(project: urbsim.Project) -> None:
    levers = {"land_quota": [0.5, 1.5], "training_rate": [0.05, 0.1, 0.15]}
    grid = project.study("baseline", ("town_residents", 2030), region="lijin", method="sweep", levers=levers)
    array = grid["town_residents 2030"]
    assert (array.dims, array.shape) == (("land_quota", "training_rate"), (2, 3))
    batch = project.run("baseline", "lijin", levers={"land_quota": 1.5, "training_rate": 0.1})
    one = batch["town_residents"].sel(region="lijin", scenario="baseline", time=2030)
    assert float(array.sel(land_quota=1.5, training_rate=0.1)) == pytest.approx(float(one), rel=1e-12)


def test_the_battery_and_the_check_can_be_called(project: urbsim.Project) -> None:
    [verdict] = project.test("equations")
    assert verdict.passed
    assert project.check() == []


def test_importing_urbsim_is_cheap_and_gives_all_its_names() -> None:
    code = "import sys, urbsim; print(sorted({'numpy', 'xarray', 'pydantic', 'click'} & {*sys.modules})); "
    code += "print(sorted(set(urbsim.__all__) - {n for n in urbsim.__all__ if getattr(urbsim, n, None) is not None}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]
    with pytest.raises(AttributeError, match="no attribute 'LoadedModel'"):
        urbsim.LoadedModel  # noqa: B018
