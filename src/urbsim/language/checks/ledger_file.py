"""Ledgers of goods: what is conserved, where it comes from and goes to; the file models/ledgers.yaml.

A *good* is something that is neither made nor lost but at labelled places: persons, dwellings, land, yuan. Its stocks
change by *sources* and *sinks*, which have a label each, and by *transfers* from one of its stocks to another. Where a
stock moves towards a goal in one expression without a flow of its own, ``adjusts`` labels that. Stocks that are no good
are *memories*, with a reason. That every flow has its label is checked by :mod:`urbsim.language.checks.ledgers`, that
the amounts add up by the model itself, in the variable that ``check`` names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, model_validator

from urbsim.errors import InputError, Problem, nearest
from urbsim.files import Source, Strict, read_yaml, validate
from urbsim.language.model import Model
from urbsim.names import identifier

ROLES = ("sources", "sinks", "transfers")


class Good(Strict):
    """One good: labels of flows that are sources, sinks or transfers, and of stocks in ``adjusts``."""

    unit: str
    stocks: list[str]
    sources: dict[str, str] = Field(default_factory=dict)
    sinks: dict[str, str] = Field(default_factory=dict)
    transfers: dict[str, str] = Field(default_factory=dict)
    adjusts: dict[str, str] = Field(default_factory=dict)
    check: str | None = None
    unchecked: str = ""

    @model_validator(mode="after")
    def _checked(self) -> Good:
        if (self.check is None) == (not self.unchecked.strip()):
            raise ValueError(
                "give either check, a variable that must stay 0, or unchecked, the reason why there is none"
            )
        return self


class LedgerFile(Strict):
    """The file models/ledgers.yaml; ``memories`` gives the reason why a stock does not hold a good."""

    tolerance: float
    goods: dict[str, Good]
    memories: dict[str, str] = Field(default_factory=dict)

    @property
    def variables(self) -> list[str]:
        """Return the variables of the model that must stay 0, each once, in order."""
        return list(dict.fromkeys(good.check for good in self.goods.values() if good.check))


def load_ledgers(path: Path, label: str, model: Model) -> LedgerFile:
    """Read the ledgers and check that the model has their check variables.

    Raises
    ------
    InputError
        With every problem.
    """
    document = read_yaml(path, label)
    ledgers = validate(LedgerFile, document)
    problems = list(_unknown(document, ledgers, model))
    if problems:
        raise InputError(problems)
    return ledgers


def _unknown(document: Source, ledgers: LedgerFile, model: Model) -> Iterator[Problem]:
    spellings = [v.spelled for v in model.variables]
    for name, good in ledgers.goods.items():
        if good.check and identifier(good.check) not in model.by_name and not model.excused(good.check):
            message = f"the model has no variable {good.check!r}"
            yield document.problem("unknown-name", ("goods", name, "check"), message, nearest(good.check, spellings))
