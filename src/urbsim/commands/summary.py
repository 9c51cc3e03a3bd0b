"""What a command prints of a stored batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from urbsim.commands import reading
from urbsim.errors import MemberError

if TYPE_CHECKING:
    import xarray as xr

    from urbsim.experiment.manifest import Failure
    from urbsim.experiment.storage.read import StoredBatch
    from urbsim.project.indicators import Indicators
    from urbsim.project.project import Project
    from urbsim.project.workspace import Workspace

TARGET_YEARS = (2025, 2035)
SHOWN = 10  # failed members that are listed
REGIONS = 24  # that are shown; of more regions a file says more than a screen


def headline(indicators: Indicators) -> list[str]:
    """Return the ids of headline indicators."""
    return [name for name, item in indicators.items() if item.headline]


def print_summary(
    workspace: Workspace,
    project: Project,
    indicators: Indicators,
    name: str,
    lang: str,
    as_json: bool,
    already: bool = False,
) -> None:
    """Print the headline table of a batch for 2025 and 2035, what was observed since, and what went wrong.

    Raises
    ------
    MemberError
        Where members of the batch failed.
    """
    from urbsim.commands import evaluating
    from urbsim.experiment.storage.read import open_batch
    from urbsim.report import tables
    from urbsim.results.intervals import medians
    from urbsim.results.values import values

    batch = open_batch(workspace.outputs, name)
    regions = batch.manifest.regions
    left = regions[REGIONS:]
    data = batch.data(regions[:REGIONS] if left else None)
    found = values(data, indicators, project.model)
    years = [year for year in TARGET_YEARS if year in data.time.values] or [int(data.time[-1])]
    names = headline(indicators)
    rows = [row for year in years for row in tables.comparison_rows(found, indicators, names, year)]
    observed = observed_rows(project, medians(found))
    evaluated, answers, judged = evaluating.tables(batch.path, project, lang)
    if as_json:
        content = _as_json(batch, rows, observed) | judged | ({"regions_left_out": left} if left else {})
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        items = indicators
        shown = [
            table
            for region in data.region.values
            for year in years
            for table in tables.comparison(rows, data, items, str(region), year, lang)
        ]
        more = (
            [f"{len(left)} more regions: `urbsim compare {name} --region {left[0]}`, indicators.csv."] if left else []
        )
        tables.show(
            [*shown, *evaluated, *observed_tables(observed, data, project, indicators, lang)],
            [*more, *answers, *_notes(batch, project.ledgers.tolerance, already)],
        )
    failed = batch.manifest.failed
    if failed:
        lines = [_failure(member) for member in failed[:SHOWN]]
        rest = [f"and {len(failed) - SHOWN} more, in outputs/{name}/failed.csv"] if len(failed) > SHOWN else []
        raise MemberError(f"{len(failed)} of {batch.manifest.runs} members failed:\n" + "\n".join([*lines, *rest]))


def _failure(member: Failure) -> str:
    which = [member.region, member.scenario]
    which += [] if member.draw is None else [f"draw {member.draw}"]
    return f"{', '.join(which)}: {member.reason}"


def _as_json(batch: StoredBatch, rows: list[dict[str, Any]], observed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    manifest = batch.manifest
    return {
        "batch": batch.name,
        "id": manifest.id,
        "rows": rows,
        "observations": list(observed),
        "ledgers": manifest.ledgers,
        "failed": [failure.model_dump() for failure in manifest.failed],
    }


def _notes(batch: StoredBatch, tolerance: float, already: bool) -> list[str]:
    worst = max(batch.manifest.ledgers.values())
    verdict = "closed" if worst <= tolerance else "BROKEN"
    draws = batch.manifest.draws
    spread = [f"Median of {draws.count} draws, below it the interval that holds 90 % of them."] if draws else []
    failed = len(batch.manifest.failed)
    spread += [f"{failed} of {batch.manifest.runs} members failed and are left out."] if failed else []
    spread += reading.notes(batch.manifest)
    notes = [
        "First scenario in numbers, the others as differences from it (percent; points where the unit is %).",
        *spread,
        f"Ledgers {verdict}: largest relative error {worst:.1e}.",
    ]
    done = "was there already and was not computed again" if already else "written"
    return [*notes, f"outputs/{batch.name}/ {done}."]


def observed_rows(project: Project, found: Mapping[str, xr.DataArray]) -> list[dict[str, Any]]:
    """Return the first scenario beside observations after the base year."""
    from urbsim.results import observed as seen

    first = next(iter(found.values()))
    known = [*project.observations, *seen.from_facts(project, [str(name) for name in first.region.values])]
    return [item.as_dict() for item in seen.compare(found, known, project, str(first.scenario.values[0]))]


def observed_tables(
    rows: Sequence[Mapping[str, Any]], data: xr.Dataset, project: Project, indicators: Indicators, lang: str
) -> list[Any]:
    """Return a table of observations beside the projection, or nothing where there are none."""
    from rich.table import Table

    from urbsim.report import tables

    if not rows:
        return []
    scenario = str(data.scenario.values[0])
    table = Table(title=f"Observed since the base year · {scenario}", title_justify="left", box=None, pad_edge=False)
    for heading, justify in (("Region", "left"), ("Indicator", "left"), ("Year", "right"), ("Model", "right"),
                             ("Observed", "right"), ("Where", "left")):  # fmt: skip
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    order = {str(region): number for number, region in enumerate(data.region.values)}
    last = ""
    for row in sorted(rows, key=lambda row: order[row["region"]]):
        item = indicators[row["indicator"]]
        shown = tables.number if row["kind"] == "level" else _change(item.unit)
        area = _name(project, row["area"], lang)
        where = "" if row["kind"] == "level" else f"change since {row['since']}, {area}"
        where = f"{where} ({row['confidence']} confidence)" if row["confidence"] != "high" else where
        label = item.label.in_(lang)
        region = _name(project, row["region"], lang)
        table.add_row(
            region if region != last else "",
            label,
            str(row["year"]),
            shown(row["projected"]),
            shown(row["observed"]),
            where.strip(),
        )
        last = region
    return [table]


def _change(unit: str) -> Any:
    return lambda value: f"{value:+.2f}" if unit == "percent" else f"{value:+.2f} %"


def _name(project: Project, area: str, lang: str) -> str:
    label = project.place(area)
    return label.in_(lang)
