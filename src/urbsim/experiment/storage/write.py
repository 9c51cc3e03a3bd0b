"""From a plan to the results of a batch on the disk: blocks first, then one file of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from urbsim.engine.contract import Progress
from urbsim.engine.run import cache
from urbsim.experiment.digests import member_digest, versions
from urbsim.experiment.draws import Sample
from urbsim.experiment.plan import Plan, RunKey, frame, span_of
from urbsim.experiment.storage import netcdf
from urbsim.experiment.storage.blocks import Block, Common, Job, decoded, encoded
from urbsim.experiment.storage.form import Form
from urbsim.experiment.storage.schedule import on_cluster, on_threads
from urbsim.experiment.storage.unfinished import Work
from urbsim.project.project import Project
from urbsim.project.scenarios.resolve import MemberValues

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Order:
    """A batch to make: what to run, how results are laid out, and the name of each block."""

    project: Project
    plan: Plan
    job: Job
    ids: Sequence[str]

    @property
    def grid(self) -> netcdf.Grid:
        """Return where each member lies in the results."""
        regions = {name: number for number, name in enumerate(self.plan.regions)}
        scenarios = {name: number for number, name in enumerate(self.plan.scenarios)}
        cells = tuple((regions[region], scenarios[scenario]) for region, scenario in self.plan.pairs)
        return netcdf.Grid(cells, len(regions), len(scenarios))


@dataclass
class Heads:
    """What the blocks say besides numbers, by their number; filled from several threads."""

    failed: dict[int, Mapping[int, str]] = field(default_factory=dict)
    ledgers: dict[int, Mapping[str, float]] = field(default_factory=dict)

    def add(self, number: int, block: Block) -> None:
        """Note a block."""
        self.failed[number], self.ledgers[number] = block.failed, block.ledgers


def order(
    project: Project, plan: Plan, members: Sequence[MemberValues], engine: str, form: Form, sample: Sample | None
) -> Order:
    """Return a batch to make.

    Parameters
    ----------
    project, plan
        What runs.
    members
        One for each pair of the plan, in its order.
    engine
        Its name.
    form
        Which arrays are stored.
    sample
        Draws of parameters.
    """
    clocks, times = span_of(project, plan)
    job = Job(
        Common(project.model, form, times, engine),
        [member.member for member in members],
        clocks,
        [member_digest(member) for member in members],
        sample,
        [member.paths for member in members],
    )
    source = cache.version() if engine.startswith("compiled") else ""
    return Order(project, plan, job, job.ids({"versions": versions(), "source": source}))


def compute(
    this: Order, work: Work, progress: Progress, jobs: int | None = None, scheduler: str | None = None
) -> Heads:
    """Compute the blocks that are not there yet.

    Parameters
    ----------
    this
        The batch.
    work
        Folder in which blocks are stored.
    progress
        Is called with the number of blocks that are done since the last call.
    jobs
        Threads or processes; None is one per processor.
    scheduler
        Address of a Dask scheduler; None is threads.

    Raises
    ------
    InputError
        For mistakes of the user.
    OSError
        Where a block cannot be written.
    """
    heads, have, missing = Heads(), work.have(), []
    for number, name in enumerate(this.ids):
        block = _read(this, work, number) if name in have else None
        if block is None:
            missing.append(number)
        else:
            heads.add(number, block)
            progress(1)

    def done(number: int, block: Block) -> None:
        work.put(this.ids[number], encoded(this.job.common, block))
        heads.add(number, block)
        progress(1)

    if scheduler is None:
        on_threads(this.job, missing, done, jobs)
    elif missing:
        on_cluster(this.job, missing, done, scheduler)
    return heads


def _read(this: Order, work: Work, number: int) -> Block | None:
    try:
        content = work.block(this.ids[number]).read_bytes()
    except FileNotFoundError:
        return None
    return decoded(this.job.common, this.job.size(number), content)


def failures(this: Order, heads: Heads) -> dict[RunKey, str]:
    """Return the members that failed with their reasons, in the order of the plan."""
    reasons: dict[RunKey, str] = {}
    for number in sorted(heads.failed):
        parts = [(m, d) for m, first, count in this.job.parts(number) for d in range(first, first + count)]
        for row, reason in sorted(heads.failed[number].items()):
            member, draw = parts[row]
            reasons[(*this.plan.pairs[member], draw if this.job.sample else None)] = reason
    return reasons


def ledgers(this: Order, heads: Heads) -> dict[str, float]:
    """Return the largest error of each ledger over all members that did not fail."""
    names = this.job.common.form.ledgers
    return {name: max((reasons.get(name, 0.0) for reasons in heads.ledgers.values()), default=0.0) for name in names}


def assemble(
    this: Order,
    work: Work,
    failures_by_member: Mapping[RunKey, str],
    attributes: Mapping[str, Any],
    progress: Callable[[], None],
    jobs: int = 1,
) -> None:
    """Write results.nc from the blocks.

    Parameters
    ----------
    this
        The batch.
    work
        Folder with all its blocks.
    failures_by_member
        Reasons, by region, scenario and draw.
    attributes
        Of the file.
    progress
        Is called once per block.
    jobs
        Threads that read and compress blocks.

    Raises
    ------
    OSError
        Where the disk is full, or a block is gone.
    """
    form, sample = this.job.common.form, this.job.sample
    dims = [dim for array in form.arrays for dim in array.dims]
    data = frame(this.project, this.plan, this.job.common.times, dims, sample, form.shares)
    if form.shares and sample:
        data["good_draws"] = _good(this, failures_by_member, sample.count)
    data.attrs = {**attributes, "kept": form.what}

    def fetch(number: int) -> Block:
        block = _read(this, work, number)
        if block is None:
            raise OSError(f"block {this.ids[number]} is gone or damaged")
        return block

    netcdf.write(work.batch / "results.nc", data, this.job, this.grid, fetch, jobs, progress)


def _good(this: Order, failures_by_member: Mapping[RunKey, str], count: int) -> xr.DataArray:
    """Return how many draws of each region and scenario the quantiles are of."""
    import xarray as xr  # noqa: PLC0415

    grid, plan = this.grid, this.plan
    good = np.zeros((grid.regions, grid.scenarios), dtype=np.int64)
    for cell in grid.cells:
        good[cell] = count
    for region, scenario, _ in failures_by_member:
        good[plan.regions.index(region), plan.scenarios.index(scenario)] -= 1
    return xr.DataArray(good, dims=("region", "scenario"), attrs={"long_name": "Draws that did not fail"})
