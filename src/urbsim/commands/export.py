"""``urbsim export``: a stored batch in formats of others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from urbsim.commands import reading
from urbsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from urbsim.experiment.storage.read import StoredBatch


@click.command()
@click.argument("batch")
@click.option("--iamc", type=click.Path(path_type=Path), metavar="FILE", required=True, help="FILE.csv or FILE.xlsx.")
@click.option("--region", "regions", multiple=True, help="Only this region; may be repeated.")
def export(batch: str, iamc: Path, regions: tuple[str, ...]) -> None:
    """Write the indicators of BATCH in the IAMC format, which pyam and scenario databases read.

    One row per scenario, region and variable, one column per year. Variables are named by group and label, as in
    "Population|Town residents"; of draws the median stands under that name and "|5th Percentile" and others below it.

    \b
    Examples:
      urbsim export batch-1a2b3c4d --iamc results.csv
      urbsim export batch-1a2b3c4d --iamc results.xlsx --region guangrao
    """
    from urbsim.experiment.storage.read import open_batch
    from urbsim.project.workspace import find

    source = reading.reader(find())
    click.echo(write(source, open_batch(source.workspace.outputs, batch), iamc, regions))


def write(source: reading.Reader, batch: StoredBatch, path: Path, regions: Sequence[str]) -> str:
    """Write a batch in the IAMC format and return what was done.

    Raises
    ------
    InputError
        For unknown regions, another kind of file, and a file that cannot be written.
    """
    from urbsim.report import iamc

    head = reading.head(batch)
    regions = reading.region_ids(head, regions)
    reading.check_names(batch, head, [], regions, [])
    data = batch.data(list(regions) or None)
    names = dict(zip((str(n) for n in data.region.values), (str(n) for n in data.region_name.values), strict=True))
    model = f"urbsim {batch.manifest.versions['urbsim']}"
    try:
        found = list(iamc.rows(source.values(data), source.indicators, names, model))
        iamc.write(path, found)
    except (ValueError, OSError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise InputError(
            Problem("unknown-file-kind", Place(path.name), reason, "give a place like results.csv or results.xlsx")
        ) from error
    return f"{path.as_posix()}: {len(found)} rows written"
