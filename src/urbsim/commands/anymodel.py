"""``urbsim model run`` and ``urbsim model explain``: any Vensim or XMILE model."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from urbsim.commands import options
from urbsim.errors import InputError, command_line


@click.command("run")
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Set a constant or TIME STEP, FINAL TIME ...")
@click.option("--seed", type=int, default=0, show_default=True, help="Of random functions.")
@click.option("--fast", is_flag=True, help="Relaxed floating point.")
@options.JSON
@click.pass_context
def run_models(
    context: click.Context,
    models: tuple[Path, ...],
    out: Path,
    pairs: tuple[str, ...],
    seed: int,
    fast: bool,
    as_json: bool,
) -> None:
    """Run any Vensim (.mdl) or XMILE (.xmile, .stmx, .xml) MODELS and write OUT/MODEL.csv.

    A table has one row per saved time and one column per variable and element, named as Vensim names them. A model
    that cannot run is listed with its reason, the others go on, and the exit code is 1.

    \b
    Examples:
      urbsim model run teacup.mdl --out results
      urbsim model run teacup.mdl cooling.xmile --out results --set "Room Temperature=15"
    """
    from urbsim.api.model import load_model
    from urbsim.engine.run.csvfile import write_csv

    values = options.settings(pairs)
    stems = [path.stem for path in models]
    if len(set(stems)) < len(stems):
        raise command_line(
            "table", "two models have the same name and would write the same table", "run them one by one"
        )
    entries: list[dict[str, object]] = []
    for path in models:
        try:
            model = load_model(path)
            data = model.run(values, seed=seed, fast=fast)
            write_csv(out / f"{path.stem}.csv", model, data)
        except InputError as error:
            entries.append({"model": path.name, "reasons": [problem.as_dict() for problem in error.problems]})
            if not as_json:
                for problem in error.problems:
                    click.echo(f"failed   {problem}", err=True)
            continue
        failures = [text.removeprefix("member 0: ") for text in data.attrs["broken"]]
        entries.append(
            {"model": path.name, "rows": data.sizes["time"], "not_finite": failures, "notes": data.attrs["notes"]}
        )
        if not as_json:
            note = f"; not a finite number: {failures[0]}" if failures else ""
            click.echo(f"written  {path.stem}.csv: {data.sizes['time']} rows, {len(data.data_vars)} variables{note}")
            for text in data.attrs["notes"]:
                click.echo(f"note     {text}")
    if as_json:
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
    if any("reasons" in entry for entry in entries):
        context.exit(1)


@click.command("explain")
@click.argument("variable")
@click.option(
    "--model",
    "path",
    type=click.Path(path_type=Path),
    help="A Vensim or XMILE file.  [default: the model of the workspace]",
)
@options.JSON
def explain_variable(variable: str, path: Path | None, as_json: bool) -> None:
    """Print the equation of VARIABLE, unit, comment, what it depends on, and its compiled code.

    \b
    Examples:
      urbsim model explain "urbanization rate"
      urbsim model explain "Heat Loss" --model teacup.mdl
    """
    from urbsim.engine.explain import explain
    from urbsim.language.parse import parse_model
    from urbsim.project.workspace import find

    workspace = find()
    explanation = explain(parse_model(path or workspace.model, path.name if path else "models/urbsim.mdl"), variable)
    if as_json:
        click.echo(json.dumps(asdict(explanation), indent=2, ensure_ascii=False))
        return
    click.echo("\n".join(explanation.equations))
    click.echo(f"\nunit        {explanation.unit or '-'}\ncomment     {explanation.comment or '-'}")
    click.echo(f"line        {explanation.line}")
    click.echo(f"depends on  {', '.join(explanation.inputs) or '-'}")
    click.echo(f"used by     {', '.join(explanation.used_by) or '-'}")
    click.echo(f"\n{explanation.element}\n{explanation.listing}")
