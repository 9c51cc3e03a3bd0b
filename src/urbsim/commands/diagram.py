"""``urbsim model diagram``: stock-and-flow diagrams of a model, sector by sector."""

from __future__ import annotations

from pathlib import Path

import click

from urbsim.errors import InputError, Place, Problem


@click.command("diagram")
@click.option("--sector", "wanted", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option(
    "--model",
    "path",
    type=click.Path(path_type=Path),
    help="A Vensim or XMILE file.  [default: the model of the workspace]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs/diagrams"),
    show_default=True,
    help="Folder to write to.",
)
@click.option("--constants/--no-constants", default=True, show_default=True, help="Show constants and lookups.")
def draw_diagrams(wanted: tuple[str, ...], path: Path | None, out: Path, constants: bool) -> None:
    """Draw the stocks, flows and causes of each sector to OUT/SECTOR.svg.

    Sectors are the groups of a Vensim file or the modules of an XMILE file; a model without them is drawn whole.
    Constants, and variables of other sectors, are listed below what uses them; a variable in <brackets> is drawn
    elsewhere.

    \b
    Examples:
      urbsim model diagram
      urbsim model diagram --sector Labour --out pictures
      urbsim model diagram --model teacup.mdl --out pictures
    """
    from urbsim.diagram.diagram import diagram, file_names
    from urbsim.diagram.structure import choose
    from urbsim.files import write_text
    from urbsim.language.parse import parse_model
    from urbsim.project.workspace import find

    workspace = find()
    model = parse_model(path or workspace.model, path.name if path else workspace.label(workspace.model))
    names = file_names(model)
    for sector in choose(model, wanted):
        picture = diagram(model, sector, constants=constants)
        try:
            write_text(out / names[sector], picture)
        except OSError as error:
            hint = "choose another folder with --out, or check the rights and the space"
            problem = Problem("unwritable", Place(out.name), f"cannot be written to: {error.strerror}", hint)
            raise InputError(problem) from error
        click.echo(f"{(out / names[sector]).as_posix()} written")
