"""Making a batch: blocks, results, indicators, charts, manifest; and what is said when that is interrupted."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import evaluating
from urbsim.commands.progress import bar

if TYPE_CHECKING:
    import xarray as xr

    from urbsim.experiment.competition import Coupled
    from urbsim.experiment.manifest import Manifest
    from urbsim.experiment.storage.write import Order
    from urbsim.project.indicators import Indicators
    from urbsim.project.targets import Targets
    from urbsim.project.workspace import Workspace

CHARTED = 12  # regions: more panels in one figure cannot be read


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch tells of its results: indicators, and targets of documents."""

    indicators: Indicators
    targets: Targets


def make(
    workspace: Workspace,
    this: Order,
    coupled: Coupled,
    told: Told,
    manifest: Manifest,
    name: str,
    chosen: Mapping[str, Any],
) -> None:
    """Compute a batch, or what is left of it, and put it in its place; ``coupled`` are decisions of evaluations.

    Raises
    ------
    InputError
        Where the batch is there already, is being written, or cannot be written.
    """
    from urbsim.experiment.inputs import decided_members, failures
    from urbsim.experiment.storage import netcdf, schedule, unfinished, write

    plan = {"id": manifest.id, "blocks": len(this.ids), "members": this.job.count, "command": command()}
    quiet, jobs = chosen["quiet"], schedule.threads(chosen["jobs"])
    try:
        with unfinished.begun(workspace.outputs, name, plan, this.ids, resume=chosen["resume"]) as place:
            if chosen["resume"] and not quiet and not place.have():
                click.echo(f"note: outputs/{name} has nothing to resume; it begins anew", err=True)
            with bar("Running", len(this.ids), quiet, "blocks") as progress:
                heads = write.compute(this, place, progress, jobs, chosen["scheduler"])
            failed = write.failures(this, heads)
            head = {"title": "urbsim batch", "id": manifest.id, "model": this.project.model.digest}
            with bar("Writing", netcdf.slabs(this.job, this.grid), quiet) as progress:
                write.assemble(this, place, failed, head, lambda: progress(1), jobs)
            ledgers = {key: float(f"{error:.3g}") for key, error in write.ledgers(this, heads).items()}
            draws = this.job.sample is not None
            members = decided_members(manifest, coupled, this.project, draws=draws)
            manifest = manifest.with_results(members, ledgers, failures(failed))
            evaluating.record(place.batch, coupled, draws=draws)
            _write(place.batch, this, told, manifest, name, chosen)
            place.finish()
    except KeyboardInterrupt:
        click.echo(_stopped(workspace, name, plan), err=True)
        sys.exit(1)


def command() -> str:
    """Return the command as it was typed, without --resume."""
    return shlex.join(["urbsim", *(word for word in sys.argv[1:] if word != "--resume")])


def _stopped(workspace: Workspace, name: str, plan: Mapping[str, Any]) -> str:
    from urbsim.experiment.storage import unfinished

    left = next((one for one in unfinished.unfinished(workspace.outputs) if one.name == name), None)
    if left is None:
        return "\nstopped; nothing was done yet, and nothing is left"
    done = f"{left.done} of {plan['blocks']} blocks are done"
    return f"\nstopped; {done}: `{plan['command']} --resume` finishes outputs/{name}"


def _write(part: Path, this: Order, told: Told, manifest: Manifest, name: str, chosen: Mapping[str, Any]) -> None:
    """Write all that results.nc tells, one indicator at a time, then the manifest."""
    from urbsim.commands.targets import write_scores
    from urbsim.experiment.storage import read

    if manifest.failed:
        read.write_failed(part, manifest.failed)
    batch = read.StoredBatch(name, part, manifest)
    found = dict(_spread(batch, this, told.indicators))
    read.write_indicators(part, found)
    drawn = not chosen["no_charts"] and _few(this, quiet=chosen["quiet"])
    if drawn:
        _charts(part, found, this, told, name, chosen)
    lang = chosen["lang"] if drawn else None
    with batch.opened() as data:
        write_scores(part, data, this.project, told.indicators, told.targets, manifest, name, lang)
    read.write_manifest(part, manifest)


def _few(this: Order, *, quiet: bool) -> bool:
    """Tell whether a batch has few enough regions for charts, and say so where it has not."""
    count = len(this.made.regions)
    if count > CHARTED and not quiet:
        click.echo(f"note: no charts, for {count} regions are more than {CHARTED}", err=True)
    return count <= CHARTED


def _charts(
    part: Path, found: Mapping[str, xr.DataArray], this: Order, told: Told, name: str, chosen: Mapping[str, Any]
) -> None:
    from urbsim.report.charts import write_charts  # a second

    items, digest = told.indicators, this.project.model.digest
    with bar("Charts", len(found), chosen["quiet"]) as progress:
        for _ in write_charts(part / "charts", found, items, name, digest, chosen["lang"]):
            progress(1)


def _spread(batch: Any, this: Order, indicators: Indicators) -> Iterator[tuple[str, xr.DataArray]]:
    """Give each indicator; of draws their quantiles."""
    from urbsim.results.intervals import has_draws, quantiles
    from urbsim.results.values import value

    with batch.opened() as data:
        for name, item in indicators.items():
            array = value(data, name, item, this.project.model).load()
            yield name, quantiles(array) if has_draws(array) else array
