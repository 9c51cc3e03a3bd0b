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

from urbsim.errors import InputError
from urbsim.project.battery import BatteryFile, load_settings
from urbsim.project.behaviour import Expectation, load_expectations
from urbsim.project.calibrations import Calibration, load_calibrations
from urbsim.project.contents import Contents
from urbsim.project.indicators import IndicatorFile, Indicators, indicator_names, load_indicators
from urbsim.project.loops import LoopNames, Loops, load_loops
from urbsim.project.observations import Observation, load_observations
from urbsim.project.reality_checks import Constraint, load_checks
from urbsim.project.regions.lookup import area_of, find_imported, find_regions, imported_ids
from urbsim.project.regions.region import Region
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
    def behaviour(self) -> list[Expectation]:
        """Return the effects that are expected of levers."""
        return load_expectations(*self._at(self.workspace.models / "behaviour.yaml"), self.levers, self.indicators)

    @cached_property
    def reality_checks(self) -> list[Constraint]:
        """Return the constraints of models/reality-checks.mdl."""
        return load_checks(*self._at(self.workspace.models / "reality-checks.mdl"), self.model)

    def calibrations(self, regions: Sequence[str]) -> dict[str, Calibration]:
        """Return the calibrations of those of some regions that have one; other files are not read."""
        return load_calibrations(*self._at(self.workspace.data / "calibrations"), self.model, list(regions))

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
