"""A request in, a stored batch out: what ``urbsim run`` and ``project.run`` do.

Members are planned, zones compete, blocks are computed, results.nc is put together from them, and the manifest stands
last in a folder that takes its name when it is whole. What is said of the results beside them (indicators.csv,
targets.csv, charts) is written by ``contents``, which a layer above gives.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from urbsim.experiment.competition import CompetitionResult, couple, runs, zones_of
from urbsim.experiment.design import Experiment, design
from urbsim.experiment.forms import measure
from urbsim.experiment.inputs import EVALUATION_FILE, decided_members, failures
from urbsim.experiment.manifest import Manifest
from urbsim.experiment.progress import SILENCE, Progress
from urbsim.experiment.request import Request
from urbsim.experiment.storage import netcdf, read, schedule, unfinished, write
from urbsim.experiment.storage.read import StoredBatch
from urbsim.experiment.storage.unfinished import Work
from urbsim.files import to_csv, write_text
from urbsim.project.project import Project

Contents = Callable[[StoredBatch], None]  # writes beside results.nc what it says


class RunInterrupt(KeyboardInterrupt):
    """The person ended the run; the message says how much is done and what finishes it."""


def no_contents(batch: StoredBatch) -> None:
    """Write nothing beside results.nc."""


def run(
    project: Project,
    request: Request,
    progress: Progress = SILENCE,
    contents: Contents = no_contents,
    outputs: Path | None = None,
) -> StoredBatch:
    """Run a request and return the batch; the same inputs give the same batch, which is not computed twice.

    Parameters
    ----------
    project
        Model, regions and scenarios.
    request
        What to run.
    progress
        Hears notes, warnings and steps.
    contents
        Writes what is said of the results into the folder of the batch, before the batch takes its place.
    outputs
        Folder of the batch; by default outputs/ of the project.

    Raises
    ------
    InputError
        For mistakes in the request, and where the batch exists with other inputs, is being written, or cannot be.
    EngineError
        Where the engine is not installed or refuses the model.
    RunInterrupt
        Where the person ends the run; finished blocks stay.
    """
    if request.name is not None:
        read.check_name(request.name)
    folder = outputs or project.workspace.outputs
    experiment = design(project, request, progress)
    if read.is_there(folder, experiment.name, experiment.manifest.id):
        unfinished.clear(folder, experiment.name)
        return read.open_batch(folder, experiment.name)
    competition = compete(experiment, progress)
    order = write.order(
        project, experiment.plan, competition.members, experiment.engine.name, experiment.form, experiment.sample
    )
    plan = {
        "id": experiment.manifest.id,
        "blocks": len(order.ids),
        "members": experiment.manifest.runs,
        "command": request.typed,
    }
    try:
        with unfinished.begun(folder, experiment.name, plan, order.ids, resume=request.resume) as work:
            if request.resume and not work.have():
                progress.note(f"outputs/{experiment.name} has nothing to resume; it begins anew")
            manifest = _computed(experiment, competition, order, work, progress)
            contents(StoredBatch(experiment.name, work.batch, manifest))
            read.write_manifest(work.batch, manifest)
            work.finish()
    except KeyboardInterrupt:
        raise RunInterrupt(_stopped(folder, experiment.name)) from None
    return StoredBatch(experiment.name, folder / experiment.name, manifest, is_new=True)


def compete(experiment: Experiment, progress: Progress) -> CompetitionResult:
    """Return the members with what evaluations decide."""
    project, plan = experiment.project, experiment.plan
    zones = {name: zones_of(project, name) for name in plan.scenarios}
    if not any(zones.values()):
        return CompetitionResult(experiment.members)
    for region, name in plan.pairs:
        if zones[name] and region not in zones[name]:
            progress.note(f"{region} is no zone of the evaluation in {name}; it runs without the programme")
    measures = {name: measure(name, item, project.model) for name, item in project.indicators.items()}
    draws = experiment.sample.count if experiment.sample else 1
    with progress.steps("Evaluating", runs(project, plan) * draws) as steps:
        return couple(
            project,
            plan,
            experiment.members,
            experiment.calibrations,
            experiment.engine,
            measures,
            experiment.sample,
            steps,
        )


def _computed(
    experiment: Experiment, competition: CompetitionResult, order: write.Order, work: Work, progress: Progress
) -> Manifest:
    """Write results.nc, evaluation.csv and failed.csv, and return the manifest with results."""
    request, jobs = experiment.request, schedule.threads(experiment.request.jobs)
    with progress.steps("Running", len(order.ids), "blocks") as steps:
        heads = write.compute(order, work, steps, jobs, request.scheduler)
    failure_reasons = write.failures(order, heads)
    model = experiment.project.model.digest
    attributes = {"title": "urbsim batch", "id": experiment.manifest.id, "model": model}
    with progress.steps("Writing", netcdf.slabs(order.job, order.grid)) as steps:
        write.assemble(order, work, failure_reasons, attributes, lambda: steps(1), jobs)
    ledgers = {name: float(f"{error:.3g}") for name, error in write.ledgers(order, heads).items()}
    has_draws = experiment.sample is not None
    members = decided_members(experiment.manifest, competition, experiment.project, draws=has_draws)
    manifest = experiment.manifest.with_results(members, ledgers, failures(failure_reasons))
    if competition.decisions:
        rows = [row for decisions in competition.decisions for row in decisions.rows(draws=has_draws)]
        write_text(work.batch / EVALUATION_FILE, to_csv(rows))
    if manifest.failed:
        read.write_failed(work.batch, manifest.failed)
    return manifest


def _stopped(folder: Path, name: str) -> str:
    """Return the state of a batch whose run was ended, and the command that finishes it."""
    batch = next((batch for batch in unfinished.unfinished_batches(folder) if batch.name == name), None)
    if batch is None:
        return "stopped; nothing was done yet, and nothing is left"
    progress = f"{batch.done} of {batch.plan['blocks']} blocks are done"
    return f"stopped; {progress}: `{batch.plan['command']} --resume` finishes outputs/{name}"
