"""A region as runs between two censuses and after them: what a fit moves, and what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from urbsim.engine.contract import Clock, Engine, Member, Points
from urbsim.errors import InputError, MemberError, Place, Problem
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.regions.initial import Value, derive
from urbsim.project.regions.region import Region
from urbsim.project.scenarios.resolve import compared, resolve
from urbsim.project.scenarios.scenario import BASELINE

START, END = 2010, 2020
STATES = 4  # of people who live in the county; people away come after them


@dataclass(frozen=True, slots=True)
class Subject:
    """A region, what its runs are compared with by base year, and constants that hold in all of them."""

    project: Project
    engine: Engine
    region: Region
    label: str
    elsewhere: Mapping[int, Mapping[str, Points]] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    mean: Calibration | None = None  # what a fit starts from
    scenario: str = BASELINE  # the past that is replayed

    def inputs(self, year: int) -> dict[str, Value]:
        """Return the region inputs of a base year by identifier."""
        project = self.project
        return derive(self.region, self.label, project.typical, project.estimates, project.model, year)

    def member(self, clock: Clock, calibration: Calibration | None = None) -> Member:
        """Return a run of the region."""
        project, inputs = self.project, self.inputs(int(clock.start))
        policy = project.policy(self.scenario, int(clock.start))
        around = project.levers, clock, calibration or self.mean, None, project.classes
        values = resolve(project.model, self.region, inputs, policy, *around)
        member = compared(values, self.elsewhere.get(int(clock.start), {})).member
        own = {identifier(name): np.array(value) for name, value in self.constants.items()}
        return Member({**member.constants, **own}, member.series)

    def run(self, members: Sequence[Member], outputs: Sequence[str], clock: Clock) -> Mapping[str, np.ndarray]:
        """Run members and return outputs by identifier, (member, time, *subscripts).

        Raises
        ------
        MemberError
            Where one of them fails.
        """
        names = [identifier(name) for name in outputs]
        result = self.engine.run(self.project.model, members, names, clock, lambda _: None)
        if result.failed:
            raise MemberError(f"{self.region.id}: {next(iter(result.failed.values()))}")
        return result.values

    def net_migration(self, member: Member, clock: Clock, year: int) -> float:
        """Return the net migration of a calendar year, percent of residents: their change, less births, plus deaths.

        Parameters
        ----------
        member
            What runs.
        clock
            From the base year to the year or later.
        year
            The flows are those from its start to its end.
        """
        every_step = Clock(clock.start, year, clock.step, clock.step)
        values = self.run([member], ["Population", "births", "deaths"], every_step)
        residents = values["population"][0, :, :STATES].sum(axis=(1, 2))
        gains = values["births"][0, :, :STATES].sum(axis=1) - values["deaths"][0, :, :STATES].sum(axis=(1, 2))
        steps = round(1 / clock.step)
        change = residents[-1] - residents[-1 - steps] - clock.step * gains[-1 - steps : -1].sum()
        return float(100 * change / residents[-1 - steps])


def subject(project: Project, region: str, engine: Engine, scenario: str = BASELINE) -> Subject:
    """Return a region of the project, compared with the mean county.

    Parameters
    ----------
    project
        Model and facts.
    region
        Id.
    engine
        What runs it.
    scenario
        Id of the past that is replayed.

    Raises
    ------
    InputError
        Where the region lacks facts of one of the two censuses, or the mean county was run with other equations.
    """
    file, label = project.regions[region], project.file(region)
    years = {structure.year for structure in file.age_structure}
    if missing := {START, END} - years:
        message = f"age structure of {sorted(missing)} is missing"
        raise InputError(Problem("missing-fact", Place(label), message, "a replay needs both censuses"))
    elsewhere = {year: project.elsewhere(year) for year in (START, END)}
    mean = project.mean_calibration(START)
    return Subject(project, engine, file, label, elsewhere, mean=mean, scenario=scenario)


def with_both_censuses(project: Project) -> list[str]:
    """Return the regions that a replay can be fitted for: those listed that hold ages of both censuses."""
    return [
        name
        for name, region in project.regions.items()
        if {START, END} <= {structure.year for structure in region.age_structure} and not region.blanks
    ]
