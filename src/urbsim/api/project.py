"""A project in Python: what it holds, and what can be done with it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from urbsim.api.batch import Batch
from urbsim.api.contents import write_contents
from urbsim.api.errors import called
from urbsim.api.html import table
from urbsim.errors import Problem, command_line
from urbsim.experiment import run as runs
from urbsim.experiment.draws import Method
from urbsim.experiment.manifest import What
from urbsim.experiment.progress import SILENCE, Progress
from urbsim.experiment.request import Request
from urbsim.experiment.storage.read import StoredBatch, open_batch
from urbsim.project import project
from urbsim.project.calibrations import CalibrationFile
from urbsim.project.setting import Given
from urbsim.project.workspace import find
from urbsim.results.open import Catalogue

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from urbsim.studies.battery.context import BatteryVerdict
    from urbsim.studies.sensitivity import Outcome

Words = str | Sequence[str]
StudyMethod = Literal["tornado", "sobol", "morris", "sweep"]


class Options(TypedDict, total=False):
    """What else a run may be told.

    ``provinces``, ``imported``: imported counties of provinces, or all. ``base_year``: first year. ``sampling``,
    ``parameters``: how draws are taken, and of what. ``engine``: ``compiled``, or ``simlin`` and ``pysd`` as oracles;
    ``fast`` relaxes floating point. ``calibrated``: whether data/calibrations/ is used. ``form``: what is stored, by
    default by size. ``jobs``, ``scheduler``: threads, or the address of a Dask cluster. ``resume``: finish a batch that
    was interrupted. ``charts``, ``lang``: whether a batch with a name gets charts, and in which language.
    """

    provinces: Words
    imported: bool
    base_year: int
    sampling: Method
    parameters: Words
    engine: str
    fast: bool
    calibrated: bool
    form: What
    jobs: int
    scheduler: str
    resume: bool
    charts: bool
    lang: str


class Project(project.Project):
    """A workspace: ``scenarios``, ``regions``, ``levers``, ``indicators``, ``targets`` by id, and what runs them."""

    def run(
        self,
        scenarios: Words = (),
        regions: Words = (),
        *,
        levers: Mapping[str, Given] | None = None,
        draws: int | None = None,
        seed: int = 0,
        horizon: int | None = None,
        name: str | None = None,
        progress: Progress = SILENCE,
        **options: Unpack[Options],
    ) -> Batch:
        """Run scenarios for regions.

        Without a name the batch lies in a temporary folder, which goes with it; :meth:`Batch.save` keeps it.

        Parameters
        ----------
        scenarios
            Names, folders or files of scenarios; none is every scenario.
        regions
            By id, code or Chinese name; none is those that the scenarios name.
        levers
            Levers by id, in their units, set in every scenario: a number from the first year that nobody has observed
            on, or numbers by year, as in ``{"land_supply": {2025: 1.5}}``.
        draws, seed
            Number of draws of the uncertain parameters, the same for every member, and what they depend on.
        horizon
            Last year; results are of the end of a year. By default that of each scenario.
        name
            Of the batch in outputs/.
        progress
            Hears notes, warnings and steps.
        options
            More of :class:`Options`.

        Raises
        ------
        InputError
            With every problem of the call.
        EngineError
            Where the engine is not installed.
        """
        more: dict[str, Any] = {**options}
        charts, lang = more.pop("charts", True), more.pop("lang", "en")
        more |= {key: _words(more[key]) for key in ("provinces", "parameters") if key in more}
        request = Request(
            scenarios=_words(scenarios),
            regions=_words(regions),
            levers=dict(levers or {}),
            draws=draws,
            seed=seed,
            horizon=horizon,
            name=name,
            **more,
        )
        with called("project.run"):
            if name is None:
                return self._in_memory(request, progress)
            return self.execute(request, progress, lang if charts else None)

    def execute(self, request: Request, progress: Progress = SILENCE, lang: str | None = None) -> Batch:
        """Run a request and write the batch to outputs/, with charts where ``lang`` is given: what `urbsim run` does.

        Raises
        ------
        InputError
            With every problem of the request, in the words of the command line.
        """
        self.targets  # noqa: B018  read now: a mistake in them is told before hours of running

        def contents(batch: StoredBatch) -> None:
            write_contents(self, batch, lang, progress)

        return Batch(runs.run(self, request, progress, contents), self)

    def _in_memory(self, request: Request, progress: Progress) -> Batch:
        """Run a request in a temporary folder that lives as long as the batch."""
        folder = tempfile.mkdtemp(prefix="urbsim-")
        try:
            batch = Batch(runs.run(self, replace(request, resume=False), progress, outputs=Path(folder)), self)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        weakref.finalize(batch, shutil.rmtree, folder, ignore_errors=True)
        return batch

    def study(
        self,
        scenario: str = "baseline",
        outcome: str | Outcome | Sequence[str | Outcome] = "town_residents",
        *,
        method: StudyMethod = "tornado",
        region: str | None = None,
        parameters: Words = (),
        levers: Mapping[str, Sequence[float]] | None = None,
        samples: int = 256,
        seed: int = 0,
        calibrated: bool = True,
    ) -> xr.Dataset:
        """Return on what outcomes depend: which uncertain parameters, or which values of levers.

        Parameters
        ----------
        scenario, region
            Under which policy and where; by default the first region that the scenario names.
        outcome
            An indicator in the last year of the scenario, an indicator with a year as ``("town_residents", 2035)``, or
            several of them.
        method
            ``tornado``: each parameter alone, to the ends of the interval that holds 90 % of its distribution.
            ``sobol``: shares of variance with 90 % intervals, from ``samples`` x (parameters + 2) runs.
            ``morris``: elementary effects on ``samples`` trajectories.
            ``sweep``: every combination of the values in ``levers``.
        parameters
            Those that are uncertain, for all methods but a sweep; none is all of models/parameters.yaml.
        levers
            Values of each lever, for a sweep.
        samples, seed
            Size and seed of the sampling of ``sobol`` and ``morris``.
        calibrated
            Whether the region's calibration is used.

        Returns
        -------
        xarray.Dataset
            As :mod:`urbsim.studies.sensitivity` and :func:`urbsim.studies.sweep.sweep` say.

        Raises
        ------
        InputError
            For unknown names, and years outside the run.
        """
        from urbsim.engine.oracles.choose import choose  # noqa: PLC0415
        from urbsim.studies import sensitivity  # noqa: PLC0415  heavy
        from urbsim.studies.sweep import sweep  # noqa: PLC0415  heavy

        with called("project.study"):
            place = self._region(scenario, region)
            outcomes = self._outcomes(scenario, outcome)
            calibrations = self.calibrations([place]) if calibrated else {}
            if method == "sweep":
                return sweep(self, choose(), place, scenario, levers or {}, outcomes, calibrations)
            names = _words(parameters)
            study = sensitivity.study(self, choose(), place, outcomes, scenario, calibrations, names)
            titles = [f"{self.indicators[name].label.en}, {year}" for name, year in outcomes]
            match method:
                case "tornado":
                    data = sensitivity.tornado(study)
                case "sobol":
                    data = sensitivity.sobol(study, samples, seed)
                case "morris":
                    data = sensitivity.morris(study, samples, seed)
                case _:
                    raise command_line("unknown-name", f"unknown method {method!r}", "tornado, sobol, morris or sweep")
            return data.assign_coords(title=("outcome", titles))

    def chart(self, study: xr.Dataset) -> Figure:
        """Return the figure of a study, a panel for each outcome: bars, points, or heat maps of a sweep."""
        from urbsim.report.indices import study_figure  # noqa: PLC0415  heavy
        from urbsim.report.style import style  # noqa: PLC0415  heavy

        with style():
            return study_figure(study)

    def _region(self, scenario: str, region: str | None) -> str:
        """Return the id of a region, by default the first one of a scenario."""
        if region is not None:
            return self.find_regions([region])[0]
        return self.regions_of(scenario)[0] if scenario in self.scenarios else next(iter(self.regions))

    def _outcomes(self, scenario: str, outcome: str | Outcome | Sequence[str | Outcome]) -> list[Outcome]:
        """Return outcomes with their years."""
        single = isinstance(outcome, str) or (len(outcome) == 2 and isinstance(outcome[1], int))
        items: Sequence[Any] = [outcome] if single else outcome
        last = self.scenarios[scenario].horizon if scenario in self.scenarios else 0
        return [(item, last) if isinstance(item, str) else tuple(item) for item in items]

    def calibrate(self, region: str, scenario: str = "baseline", engine: str = "compiled") -> CalibrationFile:
        """Return the calibration of a region: its part of migration, fitted to two censuses.

        Raises
        ------
        InputError
            Where the region is unknown, or lacks facts of one of the two censuses.
        MemberError
            Where the replay fails.
        """
        from urbsim.engine.oracles.choose import choose  # noqa: PLC0415
        from urbsim.studies.calibration import calibrate  # noqa: PLC0415  heavy

        with called("project.calibrate"):
            return calibrate(self, self.find_regions([region])[0], choose(engine), scenario)

    def test(self, names: Words = (), regions: Words = ()) -> list[BatteryVerdict]:
        """Return the verdicts of the tests of the model, all of them or those named.

        Raises
        ------
        InputError
            For unknown tests and regions, and mistakes in the files of the tests.
        """
        from urbsim.studies.battery.context import open_bench  # noqa: PLC0415  heavy
        from urbsim.studies.battery.run import chosen, subject_of  # noqa: PLC0415  heavy

        with called("project.test"):
            tests = chosen(_words(names))
            subject = subject_of(open_bench(self, _words(regions)))
        return [verdict for test in tests for verdict in test.run(subject)]

    def check(self) -> list[Problem]:
        """Return every problem of every file of the workspace, read again from the disk."""
        from urbsim.studies.check import check_workspace  # noqa: PLC0415

        return list(check_workspace(self.workspace).problems)

    def open_batch(self, name: str) -> Batch:
        """Return a batch of outputs/.

        Raises
        ------
        InputError
            Where there is none of that name, or it is damaged or of another version.
        """
        with called("project.open_batch"):
            return Batch(open_batch(self.workspace.outputs, name), self)

    def __repr__(self) -> str:
        """Return the content of the project in one line."""
        return (
            f"<project: {len(self.scenarios)} scenarios, {len(self.regions)} regions, {len(self.levers)} levers, "
            f"{len(self.indicators)} indicators>"
        )

    def _repr_html_(self) -> str:
        """Return the scenarios as a table, and what else there is."""
        rows = [
            [name, scenario.title.en, scenario.horizon, ", ".join(scenario.regions)]
            for name, scenario in self.scenarios.items()
        ]
        note = (
            f"{len(self.regions)} regions: {', '.join(list(self.regions)[:8])} … · {len(self.levers)} levers · "
            f"{len(self.indicators)} indicators · {len(self.parameters)} uncertain parameters · "
            f"{len(self.targets.rows)} targets"
        )
        return table("urbsim project", ["Scenario", "Title", "Horizon", "Regions"], rows, note)


def _words(words: Words) -> tuple[str, ...]:
    """Return one word, or several, as a tuple."""
    return (words,) if isinstance(words, str) else tuple(words)


def open_project(folder: str | Path | None = None) -> Project:
    """Return the project of a folder, by default the current one; what is missing there comes with the package.

    Raises
    ------
    InputError
        With every problem of every file that a run needs.
    """
    return Project.open(find(None if folder is None else Path(folder)))


def open_stored(name: str, folder: str | Path | None = None) -> Batch:
    """Return a batch of outputs/ in a folder, by default the current one; the project is not read.

    Raises
    ------
    InputError
        Where there is none of that name, or it is damaged or of another version.
    """
    catalogue = Catalogue(find(None if folder is None else Path(folder)))
    with called("urbsim.open_batch"):
        return Batch(open_batch(catalogue.workspace.outputs, name), catalogue)
