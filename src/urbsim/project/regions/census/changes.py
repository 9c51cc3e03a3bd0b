"""Counties between two censuses: codes that changed, and land that passed from one county to another."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from pathlib import Path

from pydantic import Field

from urbsim.files import Strict, read_yaml, validate

LAND = "land passed between it and"


class Transfer(Strict):
    """Land that one county gave to another in a year."""

    giver: str = Field(alias="from")
    to: str
    year: int


class ChangeFile(Strict):
    """The file data/county-changes.yaml: codes of 2010 with those of 2020, and exchanges of land."""

    source: str = ""
    codes: dict[str, str] = Field(default_factory=dict)
    transfers: list[Transfer] = Field(default_factory=list)

    @cached_property
    def old_codes(self) -> dict[str, str]:
        """Return the code of 2010 by that of 2020."""
        return {new: old for old, new in self.codes.items()}

    def land(self, codes: Collection[str]) -> str:
        """Return a note on the land that a county, by any of its codes, gave or took; or nothing."""
        found: dict[str, list[int]] = {}
        for transfer in self.transfers:
            for mine, other in ((transfer.giver, transfer.to), (transfer.to, transfer.giver)):
                if mine in codes and transfer.year not in found.setdefault(other, []):
                    found[other].append(transfer.year)
        if not found:
            return ""
        others = ", ".join(f"{other} ({', '.join(map(str, sorted(years)))})" for other, years in sorted(found.items()))
        return f"{LAND} {others}: a replay from 2010 mixes people and territory"


def load_changes(path: Path, label: str) -> ChangeFile:
    """Read the changes; a folder without the file knows of none."""
    return validate(ChangeFile, read_yaml(path, label)) if path.exists() else ChangeFile()
