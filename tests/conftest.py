"""Fixtures: the shipped workspace, and a copy with an invented county that tests may edit."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from target_rows import DOCUMENT, YEARS

from urbsim import cli
from urbsim.engine.contract import Engine
from urbsim.engine.oracles.choose import choose
from urbsim.experiment import plan
from urbsim.experiment.forms import outputs
from urbsim.experiment.manifest import Setting
from urbsim.experiment.plan import Results
from urbsim.language.calendar import SECTOR
from urbsim.language.parse import parse_model
from urbsim.project.calibrations import load_calibrations
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.target_checks import load_targets
from urbsim.project.targets import Targets
from urbsim.project.workspace import Workspace, find
from urbsim.results.score_series import BatchSeries

ROOT = Path(__file__).parents[1]
Call = Callable[..., tuple[int, str, str]]
CORE = ("baseline", "land-up", "settlement-open", "training-up", "integrated")
REGIONS = ("guangrao", "lijin", "dongying", "inner-mongolia-counties")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-rewrite", action="store_true", help="rewrite tests/golden instead of comparing")


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep compiled models where the tests are, shared by the processes of one session."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "compiled"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("URBSIM_CACHE", str(place))
        yield


@pytest.fixture(scope="session")
def shipped() -> Workspace:
    return find(ROOT)


@pytest.fixture(scope="session")
def project(shipped: Workspace) -> Project:
    return Project.open(shipped)


@pytest.fixture(scope="session")
def indicators(shipped: Workspace, project: Project) -> Indicators:
    return project.indicators


@pytest.fixture(scope="session")
def engine() -> Engine:
    return choose()


@pytest.fixture(scope="session")
def everything(shipped: Workspace, project: Project, indicators: Indicators, engine: Engine) -> Results:
    """The scenarios of the model's own tests for the four regions that are looked at closely."""
    made = plan.plan(project, list(CORE), list(REGIONS), None, None, {})
    fitted = load_calibrations(shipped.data / "calibrations", "data/calibrations", project.model, made.regions)
    names = [*outputs(indicators, project.ledgers), *stocks(project)]
    return plan.run(
        project, made, plan.members(project, made, fitted), engine, list(dict.fromkeys(names)), lambda _: None
    )


def stocks(project: Project) -> list[str]:
    return [v.name for v in project.model.variables if v.role == "stock" and v.group != SECTOR]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of the workspace with Toytown in it, as the current folder."""
    for name in ("models", "scenarios", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "tests/toytown/toytown.yaml", tmp_path / "data/regions/toytown.yaml")
    monkeypatch.chdir(tmp_path)
    return find(tmp_path)


@pytest.fixture
def own_reference(workspace: Workspace) -> Callable[[], None]:
    """Let the mean county pass for one that was run with the equations of the workspace."""

    def renew() -> None:
        digest = parse_model(workspace.model, "models/urbsim.mdl").equations_digest
        text = workspace.reference.read_text(encoding="utf-8")
        workspace.reference.write_text(re.sub(r"(?m)^model: .*$", f"model: {digest}", text), encoding="utf-8")

    return renew


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command; return exit code, standard output and standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["urbsim", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def batch_of(project: Project, indicators: Indicators):
    """Return a function that makes a stored batch of series of indicators: {name: path or draws of paths}."""

    def make(series: dict[str, object], levers: dict[str, object] | None = None, regions=("lijin",)) -> BatchSeries:
        arrays = {
            name: np.broadcast_to(np.atleast_2d(np.asarray(path, float)), (len(regions), 1, *np.atleast_2d(path).shape))
            for name, path in series.items()
        }
        setting = {name: Setting(value=value, origin="") for name, value in (levers or {}).items()}
        members = {(region, "baseline"): setting for region in regions}
        times = YEARS[: next(iter(arrays.values())).shape[-1]] if arrays else YEARS
        return BatchSeries(tuple(regions), ("baseline",), times, arrays, indicators, members, project.levers)

    return make


@pytest.fixture
def targets_of(tmp_path: Path, project: Project, indicators: Indicators):
    """Return a function that reads targets from text."""

    def read(text: str, name: str = DOCUMENT, places: str = "") -> Targets:
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        if places:
            (tmp_path / "places.yaml").write_text(places, encoding="utf-8")
        return load_targets(tmp_path, "data/targets", project, indicators)

    return read
