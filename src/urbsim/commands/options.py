"""Options that several commands share."""

from __future__ import annotations

import click

from urbsim.errors import command_line

LANGUAGE = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of labels.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
ENGINE = click.option(
    "--engine",
    type=click.Choice(["compiled", "simlin", "pysd"]),
    default="compiled",
    show_default=True,
    help="simlin and pysd run members one by one, as oracles.",
)
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
