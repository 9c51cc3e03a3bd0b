"""The project: everything that a user edits, each file read and checked once.

What every command needs is read when a project is opened, and all problems of all those files are collected before they
are raised, so that a user mends them in one go. The other files are read when they are first asked for: who runs a
scenario need not wait for the tests of the model, nor mend them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from urbsim.engine.contract import Points
from urbsim.errors import InputError
from urbsim.project.bands import BehaviourNames
from urbsim.project.battery import BatteryFile, load_settings
from urbsim.project.behaviour import Behaviour, load_behaviour
from urbsim.project.calibrations import Calibration, load_calibrations
from urbsim.project.contents import Contents
from urbsim.project.indicators import IndicatorFile, Indicators, indicator_names, load_indicators
from urbsim.project.loops import LoopNames, Loops, load_loops
from urbsim.project.observations import Observation, load_observations
from urbsim.project.reality_checks import Constraint, load_checks
from urbsim.project.reference import MEAN_COUNTY, Reference, load_reference, reference_names
from urbsim.project.regions.counties import read_places, region_of
from urbsim.project.regions.lookup import area_of, find_imported, find_regions, imported_ids
from urbsim.project.regions.region import Region
from urbsim.project.scenarios.scenario import settings
from urbsim.project.setting import CONSTANT, Setting, dated
from urbsim.project.survey import survey
from urbsim.project.target_checks import load_targets
from urbsim.project.targets import Targets
from urbsim.project.workspace import Workspace


@dataclass(frozen=True, eq=False, repr=False)
class Project(Contents):
    """A workspace as Python sees it."""

    def __repr__(self) -> str:
        """Return the counts of what it holds; the files themselves fill screens."""
        return f"Project({len(self.regions)} regions, {len(self.scenarios)} scenarios, {len(self.levers)} levers)"

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        """Return the project of a workspace.

        Raises
        ------
        InputError
            With every problem of every file that commands need in any case.
        """
        project, _, problems = survey(workspace, cls)
        if project is None or problems:
            raise InputError(problems)
        return project

    @cached_property
    def _indicator_file(self) -> IndicatorFile:
        return load_indicators(*self._at(self.workspace.indicators), self.model)

    @property
    def indicators(self) -> Indicators:
        """Return the indicators by id."""
        return self._indicator_file.indicators

    @property
    def besides(self) -> list[str]:
        """Return the variables that a batch without draws holds besides what the indicators read."""
        return self._indicator_file.besides

    @cached_property
    def indicator_names(self) -> set[str]:
        """Return the ids of the indicators, whatever the model says of them."""
        return indicator_names(*self._at(self.workspace.indicators))

    @cached_property
    def targets(self) -> Targets:
        """Return the targets of the policy documents."""
        return load_targets(*self._at(self.workspace.data / "targets"), self, self.indicators)

    @cached_property
    def observations(self) -> list[Observation]:
        """Return the figures that were observed."""
        return load_observations(*self._at(self.workspace.data / "observations"), self, self.indicators)

    def policy_year(self, base_year: int) -> int:
        """Return the year in which a lever without one begins: the first after the base year that nobody observed."""
        return max([base_year, *(observation.year for observation in self.observations)]) + 1

    def policy(self, scenario: str, base_year: int) -> dict[str, tuple[Setting, str]]:
        """Return the levers that a scenario sets, each value with a year, and the scenario that each comes from."""
        found = settings(scenario, self.scenarios)
        if not any(CONSTANT in setting for setting, _ in found.values()):
            return found
        year = self.policy_year(base_year)
        return {name: (dated(setting, year), origin) for name, (setting, origin) in found.items()}

    @cached_property
    def loops(self) -> Loops:
        """Return the named feedback loops."""
        names = LoopNames(self.indicators, self.levers, self.regions)
        return load_loops(*self._at(self.workspace.models / "loops.yaml"), self.model, names)

    @cached_property
    def battery(self) -> BatteryFile:
        """Return the settings of the tests of the model."""
        return load_settings(*self._at(self.workspace.models / "battery.yaml"), self.model)

    @cached_property
    def behaviour(self) -> Behaviour:
        """Return the effects that are expected of levers."""
        year = self.battery.policy_year
        names = BehaviourNames(self.levers, self.indicators, self.regions, self.sources, year)
        return load_behaviour(*self._at(self.workspace.models / "behaviour.yaml"), names)

    @cached_property
    def reality_checks(self) -> list[Constraint]:
        """Return the constraints of models/reality-checks.mdl."""
        return load_checks(*self._at(self.workspace.models / "reality-checks.mdl"), self.model)

    def calibrations(self, regions: Sequence[str]) -> dict[str, Calibration]:
        """Return the calibrations of those of some regions that have one; other files are not read."""
        return load_calibrations(*self._at(self.workspace.data / "calibrations"), self.model, list(regions))

    @cached_property
    def mean_county(self) -> Region:
        """Return the mean county, which stands for elsewhere and is no region to run."""
        [place] = read_places(*self._at(self.workspace.data / MEAN_COUNTY))
        return region_of(place, self.counties.rules, self.areas)

    @cached_property
    def reference(self) -> Reference:
        """Return the paths of the mean county by base year; those of other equations are refused."""
        return load_reference(*self._at(self.workspace.reference), self.model)

    def elsewhere(self, base_year: int) -> Mapping[str, Points]:
        """Return what a run from a base year is compared with, by identifier; nothing for other models.

        Raises
        ------
        InputError
            Where the mean county was not run with the equations of the model, or not from this year.
        """
        return self.reference.since(base_year) if reference_names(self.model) else {}

    def mean_calibration(self, base_year: int) -> Calibration | None:
        """Return the fit of the mean county, which a region without one of its own takes; None as above.

        Raises
        ------
        InputError
            As :meth:`elsewhere`.
        """
        return self.reference.calibration(base_year) if reference_names(self.model) else None

    def find_regions(self, words: Sequence[str]) -> list[str]:
        """Return the ids of regions that words mean: ids, codes of six digits or Chinese names.

        Raises
        ------
        InputError
            For every word that means no region or several, and for an imported county whose numbers cannot be read.
        """
        return find_regions(words, self.regions, self.areas, self.counties)

    def find_imported(self, provinces: Sequence[str] = ()) -> list[str]:
        """Return the ids of all imported counties, or of those of some provinces.

        Raises
        ------
        InputError
            For a word that means no province, where no county was imported, and for numbers that cannot be read.
        """
        return find_imported(provinces, self.regions, self.areas, self.counties)

    def regions_in(self, province: str) -> Mapping[str, Region]:
        """Return the regions of a province by id: those that are listed, then imported counties.

        Raises
        ------
        InputError
            For a word that means no province, and for numbers that cannot be read.
        """
        area = area_of(province, self.areas)
        files = [name for name in self.regions if self.within(name, area)]
        counties = imported_ids({area}, self.regions, self.counties)
        return {name: self.regions[name] for name in [*files, *counties]}

    def _at(self, path: Path) -> tuple[Path, str]:
        return path, self.workspace.label(path)
