"""A batch that is about to run: its members, their draws, and the manifest that says what shapes the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from urbsim.engine.contract import Engine
from urbsim.engine.oracles.choose import choose
from urbsim.errors import command_line
from urbsim.experiment import plan as plans
from urbsim.experiment.competition import involved
from urbsim.experiment.draws import Sample, draw
from urbsim.experiment.forms import forms
from urbsim.experiment.inputs import manifest_of_inputs
from urbsim.experiment.manifest import DrawsRecord, Manifest
from urbsim.experiment.plan import Plan
from urbsim.experiment.progress import Progress
from urbsim.experiment.request import Request
from urbsim.experiment.storage import form
from urbsim.experiment.storage.form import Form
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.scenarios.resolve import MemberValues


@dataclass(frozen=True)
class Experiment:
    """A request with everything that it means; ``members`` are as they are before zones compete."""

    project: Project
    request: Request
    plan: Plan
    calibrations: Mapping[str, Calibration]
    members: Sequence[MemberValues]
    engine: Engine
    sample: Sample | None
    form: Form
    manifest: Manifest

    @property
    def name(self) -> str:
        """Return the name of the batch: the one asked for, or one from its contents."""
        head = self.plan.scenarios[0] if len(self.plan.scenarios) == 1 else "batch"
        return self.request.name or f"{head}-{self.manifest.id[:8]}"


def design(project: Project, request: Request, progress: Progress) -> Experiment:
    """Return the experiment that a request means.

    Raises
    ------
    InputError
        For unknown names, values out of bounds, options that contradict each other, and results that are too large.
    EngineError
        Where the engine is not installed.
    """
    plan = plans.plan(
        project, request.scenarios, _regions(project, request), request.base_year, request.horizon, request.levers
    )
    for region in plan.left_out:
        progress.warn(f"{region} is a template with {project.regions[region].missing} blanks and was left out")
    form = _form(project, plan, request)
    calibrations = _calibrations(project, plan, progress) if request.calibrated else {}
    engine = choose(request.engine, fast=request.fast, threads=request.jobs)
    members = plans.members(project, plan, calibrations)
    sample = _sample(project, request)
    record = _record(sample, request)
    files = _files(project, plan)
    manifest = manifest_of_inputs(project, plan, members, engine.name, files, calibrations, record, form)
    return Experiment(project, request, plan, calibrations, members, engine, sample, form, manifest)


def _regions(project: Project, request: Request) -> list[str]:
    """Return the ids of the regions that are asked for."""
    if request.imported and request.provinces:
        raise command_line("option-conflict", "--imported is every province already", "leave --province out")
    names = project.find_regions(request.regions)
    if request.imported or request.provinces:
        names = list(dict.fromkeys([*names, *project.find_imported(request.provinces)]))
    return names


def _files(project: Project, plan: Plan) -> dict[str, Path]:
    """Return the files by label that shape results, and what is written of them."""
    workspace = project.workspace
    paths = [workspace.indicators, *sorted((workspace.data / "targets").glob("*.yaml"))]
    return {**project.files_of(plan.regions), **{workspace.label(path): path for path in paths}}


def _form(project: Project, plan: Plan, request: Request) -> Form:
    """Return the form of the results."""
    _, times = plans.span_of(project, plan)
    besides = project.besides if request.draws is None else ()  # half a megabyte for eight draws
    choices = forms(project.indicators, project.ledgers, project.model, besides)
    return form.choose(choices, len(plan.pairs), request.draws, len(times), request.form)


def _calibrations(project: Project, plan: Plan, progress: Progress) -> Mapping[str, Calibration]:
    """Return calibrations of the regions and of zones that compete with them, and warn of those out of date."""
    calibrations = project.calibrations(involved(project, plan))
    for region, calibration in calibrations.items():
        if not calibration.current:
            progress.warn(f"{region} was calibrated with other equations; run `urbsim calibrate {region}`")
    return calibrations


def _sample(project: Project, request: Request) -> Sample | None:
    """Return the draws that are asked for, or None."""
    if request.draws is None:
        if request.parameters:
            message = "--parameter says what to draw and needs --draws"
            raise command_line("option-missing", message, "for example --draws 200")
        return None
    return draw(project.parameters, project.model, request.draws, request.seed, request.sampling, request.parameters)


def _record(sample: Sample | None, request: Request) -> DrawsRecord | None:
    """Return the draws as a manifest holds them."""
    if sample is None:
        return None
    return DrawsRecord(count=sample.count, seed=sample.seed, sampling=request.sampling, parameters=tuple(sample.names))
