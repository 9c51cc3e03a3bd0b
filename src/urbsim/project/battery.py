"""What the battery must be told about the model: models/battery.yaml.

All that tests leave out or hold fixed stands there, each with its reason, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.regions.initial import region_inputs


class BatteryFile(Strict):
    """The file models/battery.yaml.

    ``regions`` are tested unless others are named. ``exempt`` are constants whose extremes mean nothing, ``signed``
    stocks that may be below zero, ``frozen`` variables held at 0 in the test of equilibrium, ``follows`` flows and
    indicators that the data move at the start: each with the reason. ``initial`` gives the expression of the model
    that a region input must equal at the start.
    """

    regions: list[str] = Field(default_factory=list)
    exempt: dict[str, str] = Field(default_factory=dict)
    signed: dict[str, str] = Field(default_factory=dict)
    frozen: dict[str, str] = Field(default_factory=dict)
    follows: dict[str, str] = Field(default_factory=dict)
    initial: dict[str, str] = Field(default_factory=dict)


def load_settings(path: Path, label: str, model: Model) -> BatteryFile:
    """Read and check what the battery is told.

    Raises
    ------
    InputError
        For variables that the model does not have or that are of another kind, and for reasons left empty.
    """
    document = read_yaml(path, label)
    found = validate(BatteryFile, document)
    if problems := list(_problems(document, found, model)):
        raise InputError(problems)
    return found


def _problems(document: Source, found: BatteryFile, model: Model) -> Iterator[Problem]:
    kinds: dict[str, tuple[Mapping[str, str], set[str]]] = {
        "exempt": (found.exempt, {"constant", "lookup"}),
        "signed": (found.signed, {"stock"}),
        "frozen": (found.frozen, {"constant", "equation"}),
        "initial": (found.initial, {"constant"}),
    }
    inputs = set(region_inputs(model))
    for part, (given, kind) in kinds.items():
        known = [v.spelled for v in model.variables if v.role in kind]
        for name, text in given.items():
            if identifier(name) not in {identifier(other) for other in known}:
                message = f"the model has no {' or '.join(sorted(kind))} {name!r}"
                yield document.problem("unknown-name", (part, name), message, nearest(name, known), key=True)
            elif part == "initial" and identifier(name) not in inputs:
                yield document.problem("unknown-name", (part, name), f"{name!r} is no region input", key=True)
            if not text.strip():
                yield document.problem(
                    "missing-text", (part, name), f"{name!r} is without a reason", "say why in one line"
                )
