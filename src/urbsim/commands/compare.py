"""``urbsim compare``: the scenarios of a batch side by side at a year."""

from __future__ import annotations

import json

import click

from urbsim.commands import options
from urbsim.errors import InputError, Problem, command_line, nearest


@click.command()
@click.argument("batch")
@click.option("--year", "years", type=int, multiple=True, help="Year to compare; may be repeated.  [default: 2025]")
@click.option("--region", "regions", multiple=True, help="Only this region; may be repeated.")
@click.option("--against", metavar="SCENARIO", help="Scenario that the others are compared with.  [default: the first]")
@click.option("--all", "everything", is_flag=True, help="Every indicator, not only the headline ones.")
@options.LANGUAGE
@options.JSON
def compare(
    batch: str,
    years: tuple[int, ...],
    regions: tuple[str, ...],
    against: str | None,
    everything: bool,
    lang: str,
    as_json: bool,
) -> None:
    """Put the scenarios of BATCH side by side: one in numbers, the others as differences from it.

    \b
    Examples:
      urbsim compare batch-1a2b3c4d
      urbsim compare batch-1a2b3c4d --year 2030 --region guangrao --all
      urbsim compare batch-1a2b3c4d --against settlement-open --json
    """
    from urbsim.analysis.indicators import load_indicators, values  # noqa: PLC0415
    from urbsim.commands.summary import headline  # noqa: PLC0415
    from urbsim.experiment.store import open_batch  # noqa: PLC0415
    from urbsim.model.text import load  # noqa: PLC0415
    from urbsim.report import tables  # noqa: PLC0415
    from urbsim.workspace import find  # noqa: PLC0415

    workspace = find()
    model = load(workspace.model, workspace.label(workspace.model))
    path = workspace.models / "indicators.yaml"
    indicators = load_indicators(path, workspace.label(path), model)
    stored = open_batch(workspace.outputs, batch)
    with stored.opened() as whole:
        data = whole.drop_vars([*whole.data_vars])
    scenarios = [str(name) for name in data.scenario.values]
    known = [str(name) for name in data.region.values]
    problems = [
        Problem("command line", 0, 0, f"batch {batch} has no region {name!r}", nearest(name, known))
        for name in regions
        if name not in known
    ]
    chosen = list(years) or [2025]
    span = f"{int(data.time[0])} to {int(data.time[-1])}"
    problems += [
        Problem("command line", 0, 0, f"batch {batch} has no year {year}", f"its years are {span}")
        for year in chosen
        if year not in data.time.values
    ]
    if problems:
        raise InputError(problems)
    if against is not None and against not in scenarios:
        raise command_line(f"batch {batch} has no scenario {against!r}", nearest(against, scenarios))
    data = stored.data(list(regions) or None)
    if against is not None:
        data = data.sel(scenario=[against, *(name for name in scenarios if name != against)])
    found = values(data, indicators, model)
    names = list(indicators.indicators) if everything else headline(indicators)
    rows = [row for year in chosen for row in tables.comparison_rows(found, indicators.indicators, names, year)]
    if as_json:
        click.echo(json.dumps({"batch": batch, "rows": rows}, ensure_ascii=False, indent=2))
        return
    shown = [
        tables.comparison(rows, data, indicators.indicators, str(region), year, lang)
        for region in data.region.values
        for year in chosen
    ]
    tables.show(shown, ["First scenario in numbers, the others as differences from it."])
