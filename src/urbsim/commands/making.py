"""Making a batch: blocks, results, indicators, charts, manifest; and what is said when that is interrupted."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands.progress import bar

if TYPE_CHECKING:
    import xarray as xr

    from urbsim.analysis.indicators import IndicatorFile
    from urbsim.experiment.stored import Order
    from urbsim.workspace import Workspace

CHARTED = 12  # regions: more panels in one figure cannot be read


def make(
    workspace: Workspace,
    this: Order,
    indicators: IndicatorFile,
    manifest: dict[str, Any],
    name: str,
    chosen: Mapping[str, Any],
) -> None:
    """Compute a batch, or what is left of it, and put it in its place.

    Raises
    ------
    InputError
        Where the batch is there already, is being written, or cannot be written.
    """
    from urbsim.experiment import netcdf, schedule, store, stored, work  # noqa: PLC0415

    plan = {"id": manifest["id"], "blocks": len(this.ids), "members": this.job.count, "command": command()}
    quiet, jobs = chosen["quiet"], schedule.threads(chosen["jobs"])
    try:
        with work.begun(workspace.outputs, name, plan, this.ids, resume=chosen["resume"]) as place:
            with bar("Running", len(this.ids), quiet, "blocks") as progress:
                heads = stored.compute(this, place, progress, jobs, chosen["scheduler"])
            failed = stored.failures(this, heads)
            head = {"title": "urbsim batch", "id": manifest["id"], "model": this.library.model.digest}
            with bar("Writing", netcdf.slabs(this.job, this.grid), quiet) as progress:
                stored.assemble(this, place, failed, head, lambda: progress(1), jobs)
            manifest["ledgers"] = {key: float(f"{error:.3g}") for key, error in stored.ledgers(this, heads).items()}
            manifest["failed"] = [
                {"region": region, "scenario": scenario, "draw": draw, "reason": reason}
                for (region, scenario, draw), reason in failed.items()
            ]
            if failed:
                store.write_failed(place.batch, manifest["failed"])
            _told(place.batch, this, indicators, name, chosen)
            store.write_manifest(place.batch, manifest)
            place.finish()
    except KeyboardInterrupt:
        click.echo(_stopped(workspace, name, plan), err=True)
        sys.exit(1)


def command() -> str:
    """Return the command as it was typed, without --resume."""
    return shlex.join(["urbsim", *(word for word in sys.argv[1:] if word != "--resume")])


def _stopped(workspace: Workspace, name: str, plan: Mapping[str, Any]) -> str:
    from urbsim.experiment import work  # noqa: PLC0415

    left = next((one for one in work.unfinished(workspace.outputs) if one.name == name), None)
    if left is None:
        return "\nstopped; nothing was done yet, and nothing is left"
    done = f"{left.done} of {plan['blocks']} blocks are done"
    return f"\nstopped; {done}: `{plan['command']} --resume` finishes outputs/{name}"


def _told(part: Path, this: Order, indicators: IndicatorFile, name: str, chosen: Mapping[str, Any]) -> None:
    """Write indicators.csv and the charts from results.nc, one indicator at a time."""
    from urbsim.experiment import store  # noqa: PLC0415

    found = dict(_spread(store.Batch(name, part, {}), this, indicators))
    store.write_indicators(part, found)
    if chosen["no_charts"]:
        return
    if len(this.made.regions) > CHARTED:
        if not chosen["quiet"]:
            click.echo(f"note: no charts, for {len(this.made.regions)} regions are more than {CHARTED}", err=True)
        return
    from urbsim.report.charts import write_charts  # noqa: PLC0415  a second

    digest = this.library.model.digest
    with bar("Charts", len(found), chosen["quiet"]) as progress:
        for _ in write_charts(part / "charts", found, indicators.indicators, name, digest, chosen["lang"]):
            progress(1)


def _spread(batch: Any, this: Order, indicators: IndicatorFile) -> Iterator[tuple[str, xr.DataArray]]:
    """Give each indicator; of draws their quantiles."""
    from urbsim.analysis.indicators import value  # noqa: PLC0415
    from urbsim.analysis.spread import quantiles  # noqa: PLC0415

    with batch.opened() as data:
        for name, item in indicators.indicators.items():
            array = value(data, name, item, this.library.model).load()
            yield name, quantiles(array) if {"draw", "quantile"} & {*array.dims} else array
