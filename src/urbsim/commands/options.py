"""Options that several commands share."""

from __future__ import annotations

import click

from urbsim.errors import command_line
from urbsim.project.setting import CONSTANT, Given

LANGUAGE = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of labels.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
ENGINE = click.option(
    "--engine",
    type=click.Choice(["compiled", "simlin", "pysd"]),
    default="compiled",
    show_default=True,
    help="simlin and pysd run members one by one, as oracles.",
)
EXAMPLE = "for example --set land_supply=1.5 or --set land_supply=1.5@2025"
QUIET = click.option("--quiet", "-q", is_flag=True, help="No progress bar and no notes.")


def settings(pairs: tuple[str, ...], option: str = "--set", example: str = "land_supply=1.5") -> dict[str, float]:
    """Return NAME=VALUE pairs of an option as a mapping.

    Raises
    ------
    InputError
        For a pair without ``=``, a value that is no number, or a name given twice.
    """
    values: dict[str, float] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        try:
            value = float(text)
        except ValueError:
            sign = ""
        if not sign:
            raise command_line(
                "option-value", f"{option} {pair!r} is not NAME=NUMBER", f"for example {option} {example}"
            )
        if name in values:
            raise command_line("defined-twice", f"{option} gives {name} twice", "keep one of them")
        values[name] = value
    return values


def lever_settings(pairs: tuple[str, ...]) -> dict[str, Given]:
    """Return LEVER=VALUE and LEVER=VALUE@YEAR pairs of --set by lever: a number, or numbers by year.

    Raises
    ------
    InputError
        For a pair of another form, and a lever that is given twice for a year, or with a year and without.
    """
    values: dict[str, dict[int, float]] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        number, sign, when = text.partition("@")
        try:
            value = float(number)
        except ValueError:
            raise command_line(
                "option-value", f"--set {pair!r} is not NAME=NUMBER or NAME=NUMBER@YEAR", EXAMPLE
            ) from None
        if sign and not (when.isascii() and when.isdigit()):
            raise command_line("option-value", f"--set {pair!r}: {when!r} is no year", EXAMPLE)
        year = int(when) if sign else CONSTANT
        if year in values.get(name, {}) or (name in values and CONSTANT in {year, *values[name]}):
            raise command_line("defined-twice", f"--set gives {name} twice", "keep one of them, or give each a year")
        values.setdefault(name, {})[year] = value
    return {name: by_year.get(CONSTANT, by_year) for name, by_year in values.items()}
