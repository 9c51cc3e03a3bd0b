"""``urbsim export``: a stored batch in formats of others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from urbsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from urbsim.experiment.storage.read import StoredBatch
    from urbsim.results.open import Names


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
    from urbsim.project.workspace import find
    from urbsim.results.open import Catalogue, open_batches

    names = Catalogue(find())
    [stored_batch] = open_batches(names.workspace, [batch])
    click.echo(write(names, stored_batch, iamc, regions))


def write(names: Names, batch: StoredBatch, path: Path, words: Sequence[str]) -> str:
    """Write a batch in the IAMC format and return what was done.

    Parameters
    ----------
    names
        Indicators by id.
    batch
        What is written.
    path
        File whose suffix, csv or xlsx, says the format.
    words
        Names or ids of regions; none is all.

    Raises
    ------
    InputError
        For unknown regions, another kind of file, and a file that cannot be written.
    """
    from urbsim.report import iamc
    from urbsim.results.open import check_names, head, indicator_values, region_ids

    coordinates = head(batch)
    regions = region_ids(coordinates, words)
    check_names(batch.name, coordinates, [], regions, [])
    data = batch.data(list(regions) or None)
    labels = {str(i): str(n) for i, n in zip(data.region.values, data.region_name.values, strict=True)}
    model = f"urbsim {batch.manifest.versions['urbsim']}"
    try:
        rows = list(iamc.rows(indicator_values(data, names), names.indicators, labels, model))
        iamc.write(path, rows)
    except (ValueError, OSError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise InputError(
            Problem("unknown-file-kind", Place(path.name), reason, "give a place like results.csv or results.xlsx")
        ) from error
    return f"{path.as_posix()}: {len(rows)} rows written"
