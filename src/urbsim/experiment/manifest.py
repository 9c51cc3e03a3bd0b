"""The manifest of a batch: everything that went in, hashed into an id, and what came of it beside the numbers.

A manifest is frozen: what a run adds makes a new one. Its format has a number, and a manifest of another number is
refused: it would be read with a meaning that it was not written with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from urbsim.errors import InputError, Place, Problem
from urbsim.experiment.digests import digest

FORMAT: Literal[3] = 3  # 1 had no number, 2 levers that were set without a year and flows of 31 December
What = Literal["variables", "indicators", "quantiles"]
Point = tuple[float, float]  # time, value


class _Record(BaseModel):
    """Base of the parts of a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Setting(_Record):
    """A lever of a member: its value, or its values over time, and where these come from."""

    value: float | tuple[Point, ...]
    origin: str


class MemberRecord(_Record):
    """A region and a scenario that ran; ``values`` is the hash of everything that the member sets."""

    region: str
    scenario: str
    values: str
    levers: dict[str, Setting]


class DrawsRecord(_Record):
    """The draws of each member."""

    count: int
    seed: int
    sampling: str
    parameters: tuple[str, ...]


class FormRecord(_Record):
    """What results.nc holds: variables, indicators, or quantiles of them over draws, and the type of the numbers."""

    what: What
    type: str
    quantiles: tuple[float, ...] | None = None


class EvaluationRecord(_Record):
    """The rule by which the zones of a scenario compete, and the hash of what each zone sets without it."""

    rule: dict[str, Any]
    zones: dict[str, str]


class Failure(_Record):
    """A member that failed; ``draw`` is None where the batch has no draws."""

    region: str
    scenario: str
    draw: int | None
    reason: str


class Manifest(_Record):
    """What a batch is made of, and what failed in it.

    Everything from ``engine`` to ``evaluations`` shapes the results, and ``id`` is a hash of it. ``target_years`` are
    those of the scenarios. ``set`` are levers that the call set, by year. ``ledgers`` are the largest errors of the
    ledgers that must stay closed.
    """

    format: Literal[3] = FORMAT
    id: str
    engine: str
    base_year: int | None
    horizon: int | None
    target_years: tuple[int, ...] = ()
    time_step: float
    set: dict[str, dict[int, float]]
    calibrated: tuple[str, ...]
    draws: DrawsRecord | None
    kept: FormRecord
    model: str
    members: tuple[MemberRecord, ...]
    files: dict[str, str]
    versions: dict[str, str]
    evaluations: dict[str, EvaluationRecord] | None = None
    ledgers: dict[str, float] = {}
    failed: tuple[Failure, ...] = ()

    @property
    def regions(self) -> list[str]:
        """Return the regions, each once, in order."""
        return list(dict.fromkeys(member.region for member in self.members))

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios, each once, in order."""
        return list(dict.fromkeys(member.scenario for member in self.members))

    @property
    def runs(self) -> int:
        """Return the number of members, each draw counted."""
        return len(self.members) * (self.draws.count if self.draws else 1)

    def years_shown(self, last: int) -> list[int]:
        """Return the target years that a batch reaches which ends in the year ``last``; where it reaches none, that."""
        return [year for year in self.target_years if year <= last] or [last]

    def levers(self, region: str, scenario: str) -> Mapping[str, Setting]:
        """Return the levers of a member; a member that the batch does not have has none."""
        members = (m for m in self.members if (m.region, m.scenario) == (region, scenario))
        return next((member.levers for member in members), {})

    def with_id(self) -> Manifest:
        """Return the manifest with the hash of everything that shapes the results."""
        content = self.as_dict()
        inputs = {name: content[name] for name in content if name not in _NOT_HASHED}
        return self.model_copy(update={"id": digest(inputs)})

    def with_results(
        self, members: Sequence[MemberRecord], ledgers: Mapping[str, float], failed: Sequence[Failure]
    ) -> Manifest:
        """Return the manifest with what the run found."""
        return self.model_copy(update={"members": tuple(members), "ledgers": dict(ledgers), "failed": tuple(failed)})

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name as plain values; what a batch does not have is left out."""
        content = self.model_dump()
        if self.kept.quantiles is None:
            del content["kept"]["quantiles"]
        if self.evaluations is None:
            del content["evaluations"]
        return content

    def text(self) -> str:
        """Return the content of manifest.json."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n"


_NOT_HASHED = {"id", "ledgers", "failed"}  # the id itself, and what comes of a run


def read_manifest(text: str, batch: str) -> Manifest:
    """Return the manifest of a batch from the content of its manifest.json.

    Raises
    ------
    InputError
        Where it was written by an earlier or a later version, which is said, or is damaged.
    """
    place = Place(f"outputs/{batch}/manifest.json")
    try:
        content = json.loads(text)
    except ValueError as error:
        raise damaged(batch, "manifest.json") from error
    if not isinstance(content, dict) or not content.keys() >= {"id", "engine", "members"}:
        raise damaged(batch, "manifest.json")
    if content.get("format") != FORMAT:
        age = "an earlier" if content.get("format", 1) in range(FORMAT) else "another"
        message = f"was written by {age} version of urbsim, whose batches this one does not read"
        raise InputError(Problem("other-format", place, message, f"delete outputs/{batch} and run again"))
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise damaged(batch, "manifest.json") from error


def damaged(batch: str, file: str) -> InputError:
    """Return the message about a file of a batch that cannot be read."""
    hint = f"delete outputs/{batch} and run again"
    return InputError(
        Problem("damaged-batch", Place(f"outputs/{batch}/{file}"), "is missing, damaged or cut short", hint)
    )
