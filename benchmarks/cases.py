"""The two models that are measured, as members of the engine contract: the same for every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from urbsim.engine.contract import Clock, Draws, Member
from urbsim.engine.run.compile import Request
from urbsim.experiment import plan
from urbsim.language.calendar import SECTOR
from urbsim.language.model import Model
from urbsim.language.parse import parse_model
from urbsim.project.project import Project
from urbsim.project.workspace import find

HERE = Path(__file__).parent
ROOT = HERE.parent
_SPREAD = 0.05  # draws lie within this share of the constant
_OUTPUTS = 20
_CONTROL = {"initial_time", "final_time", "time_step", "saveper", "one_year"}


@dataclass(frozen=True)
class Case:
    """A model, one member of it, what is saved, and how its scalar constants are drawn."""

    name: str
    path: Path
    model: Model
    member: Member
    outputs: tuple[str, ...]
    clock: Clock
    drawn: tuple[str, ...]

    def draws(self, count: int) -> Draws:
        """Return draws of all scalar constants that the member leaves alone, the same each time."""
        spread = np.random.default_rng(1).uniform(1 - _SPREAD, 1 + _SPREAD, (len(self.drawn), count))
        values = {n: self.model.constant(n) * row for n, row in zip(self.drawn, spread, strict=True)}
        return Draws(values, count, 0)

    def parse(self) -> Model:
        """Parse the model file."""
        return parse_model(self.path, self.name)

    def request(self, model: Model, *, fast: bool = False) -> Request:
        """Return what the engine compiles for members with draws."""
        series = tuple(sorted(self.member.series))
        parameters = tuple(sorted({*self.member.constants, *self.drawn} - set(series)))
        return Request(model, self.outputs, parameters, series, fast)


def trial() -> Case:
    """Return the invented county."""
    path = HERE / "trial.mdl"
    model = parse_model(path)
    return _case("trial", path, model, Member(), Clock(2010, 2035))


def urbsim() -> Case:
    """Return the model of the workspace, as `urbsim run baseline --region lijin --base-year 2010` runs it."""
    workspace = find(ROOT)
    project = Project.open(workspace)
    made = plan.plan(project, ["baseline"], ["lijin"], 2010, 2035, {})
    member = plan.members(project, made, project.calibrations(made.regions))[0].member
    return _case("urbsim", workspace.model, project.model, member, plan.clock(project, made, "lijin", "baseline"))


def _case(name: str, path: Path, model: Model, member: Member, clock: Clock) -> Case:
    """Save the first scalar variables that change; draw the scalar constants of a model."""
    scalars = [v.name for v in model.variables if not v.definitions[0].subs]
    moving = [n for n in scalars if model.variable(n).role in {"stock", "equation"}]
    constants = [n for n in scalars if model.variable(n).role == "constant" and model.variable(n).group != SECTOR]
    drawn = [n for n in constants if n not in _CONTROL and n not in member.constants and n not in member.series]
    return Case(name, path, model, member, tuple(moving[:_OUTPUTS]), clock, tuple(drawn))


CASES: dict[str, Callable[[], Case]] = {"trial": trial, "urbsim": urbsim}
