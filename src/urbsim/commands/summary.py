"""What ``urbsim run`` prints of a batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from urbsim.errors import MemberError

if TYPE_CHECKING:
    import xarray as xr

    from urbsim.api.batch import Batch
    from urbsim.experiment.manifest import Failure, Manifest
    from urbsim.project.indicators import Indicators
    from urbsim.project.project import Project

SHOWN = 10  # failed members that are listed
REGIONS = 24  # regions on the screen; of more of them a file says more
QUANTILES = "The batch holds quantiles, not draws: differences are those of medians, without an interval."


def headline(indicators: Indicators) -> list[str]:
    """Return the ids of headline indicators."""
    return [name for name, item in indicators.items() if item.headline]


def print_summary(batch: Batch, lang: str, as_json: bool) -> None:
    """Print the headline table of a batch for its target years, what was observed since, and what went wrong.

    Raises
    ------
    MemberError
        Where members of the batch failed.
    """
    from urbsim.report import tables
    from urbsim.report.competition import evaluations
    from urbsim.results.intervals import medians
    from urbsim.results.open import indicator_values

    project, others = batch.project, batch.regions[REGIONS:]
    indicators = project.indicators
    data = batch.stored.data(batch.regions[:REGIONS] if others else None)
    values = indicator_values(data, project)
    years = batch.manifest.years_shown(int(data.time[-1]))
    rows = [row for year in years for row in tables.comparison_rows(values, indicators, headline(indicators), year)]
    observations = observed_rows(project, medians(values))
    contest = evaluations(batch.path, project, lang)
    if as_json:
        content = _as_json(batch.name, batch.manifest, rows, observations)
        content |= {"evaluations": contest.rows} if contest.rows else {}
        content |= {"regions_left_out": others} if others else {}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        result_tables = [
            table
            for region in data.region.values
            for year in years
            for table in tables.comparison(rows, data, indicators, str(region), year, lang)
        ]
        notes = [
            f"{len(others)} more regions: `urbsim compare {batch.name} --region {region}`, indicators.csv."
            for region in others[:1]
        ]
        tables.show(
            [*result_tables, *contest.tables, *observed_tables(observations, data, project, indicators, lang)],
            [*notes, *contest.answers, *_typed(batch, lang), *_notes(batch, project.ledgers.tolerance)],
        )
    if batch.manifest.failed:
        raise MemberError(_failures(batch))


def _failures(batch: Batch) -> str:
    """Return the members that failed with their reasons; of many the first ones."""
    failures = batch.manifest.failed
    lines = [f"{len(failures)} of {batch.manifest.runs} members failed:", *(_failure(f) for f in failures[:SHOWN])]
    if len(failures) > SHOWN:
        lines.append(f"and {len(failures) - SHOWN} more, in outputs/{batch.name}/failed.csv")
    return "\n".join(lines)


def _failure(member: Failure) -> str:
    which = [member.region, member.scenario]
    which += [] if member.draw is None else [f"draw {member.draw}"]
    return f"{', '.join(which)}: {member.reason}"


def _as_json(
    name: str, manifest: Manifest, rows: list[dict[str, Any]], observations: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "batch": name,
        "id": manifest.id,
        "set": manifest.set,
        "rows": rows,
        "observations": list(observations),
        "ledgers": manifest.ledgers,
        "failed": [failure.model_dump() for failure in manifest.failed],
    }


def quantile_notes(manifest: Manifest) -> list[str]:
    """Return a line that says what a large batch does not hold."""
    return [QUANTILES] if manifest.kept.what == "quantiles" else []


def _typed(batch: Batch, lang: str) -> list[str]:
    """Return the levers that the command set, with the years in which they begin."""
    from urbsim.report.words import TYPED

    levers = batch.project.levers
    return [
        TYPED[lang]["set"].format(label=levers[name].label.in_(lang), value=value, year=year)
        for name, setting in batch.manifest.set.items()
        for year, value in setting.items()
    ]


def _notes(batch: Batch, tolerance: float) -> list[str]:
    manifest = batch.manifest
    worst = max(manifest.ledgers.values())
    verdict = "closed" if worst <= tolerance else "BROKEN"
    draws, failure_count = manifest.draws, len(manifest.failed)
    notes = ["First scenario in numbers, the others as differences from it (percent; points where the unit is %)."]
    notes += [f"Median of {draws.count} draws, below it the interval that holds 90 % of them."] if draws else []
    notes += [f"{failure_count} of {manifest.runs} members failed and are left out."] if failure_count else []
    origin = "written" if batch.stored.is_new else "was there already and was not computed again"
    return [
        *notes,
        *quantile_notes(manifest),
        f"Ledgers {verdict}: largest relative error {worst:.1e}.",
        f"outputs/{batch.name}/ {origin}.",
    ]


def observed_rows(project: Project, values: Mapping[str, xr.DataArray]) -> list[dict[str, Any]]:
    """Return the first scenario beside observations after the base year."""
    from urbsim.results import observations

    first = next(iter(values.values()))
    regions = [str(name) for name in first.region.values]
    items = [*project.observations, *observations.from_facts(project, regions)]
    rows = observations.compare(values, items, project, str(first.scenario.values[0]))
    return [row.as_dict() for row in rows]


def observed_tables(
    rows: Sequence[Mapping[str, Any]], data: xr.Dataset, project: Project, indicators: Indicators, lang: str
) -> list[Any]:
    """Return a table of observations beside the projection, or nothing where there are none.

    Parameters
    ----------
    rows
        Comparisons of one scenario, as :class:`~urbsim.results.observations.Comparison` gives them by field.
    data
        Results of the batch, for the order of regions.
    project
        Names of regions and areas.
    indicators
        By id.
    lang
        en or zh.
    """
    from urbsim.report import tables

    if not rows:
        return []
    scenario = str(data.scenario.values[0])
    table = tables.new_table(f"Observed since the base year · {scenario}")
    for heading, justify in (("Region", "left"), ("Indicator", "left"), ("Year", "right"), ("Model", "right"),
                             ("Observed", "right"), ("Where", "left")):  # fmt: skip
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    order = {str(region): number for number, region in enumerate(data.region.values)}
    last = ""
    for row in sorted(rows, key=lambda row: order[row["region"]]):
        item = indicators[row["indicator"]]
        number_text = tables.number if row["kind"] == "level" else _change(item.unit)
        area = _name(project, row["area"], lang)
        where = "" if row["kind"] == "level" else f"change since {row['since']}, {area}"
        where = f"{where} ({row['confidence']} confidence)" if row["confidence"] != "high" else where
        label = item.label.in_(lang)
        region = _name(project, row["region"], lang)
        table.add_row(
            region if region != last else "",
            label,
            str(row["year"]),
            number_text(row["projected"]),
            number_text(row["observed"]),
            where.strip(),
        )
        last = region
    return [table]


def _change(unit: str) -> Any:
    return lambda value: f"{value:+.2f}" if unit == "percent" else f"{value:+.2f} %"


def _name(project: Project, area: str, lang: str) -> str:
    label = project.place(area)
    return label.in_(lang)
