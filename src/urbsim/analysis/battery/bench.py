"""What the tests of the battery stand on: the model, regions as members, random members, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from urbsim.analysis.indicators import IndicatorFile
from urbsim.engine.contract import Clock, Engine, Member, Trajectories, expand
from urbsim.experiment import batch
from urbsim.experiment.draws import applied, draw
from urbsim.model.text import Entry
from urbsim.names import identifier
from urbsim.scenario.library import Library
from urbsim.scenario.resolve import lever_points

POLICY_YEAR = 2023  # levers of random members move from here on


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one test found: how many things it covered, the worst of them, and whether that passes."""

    test: str
    covered: int
    unit: str
    worst: float
    limit: str
    passed: bool
    note: str = ""


@dataclass(frozen=True)
class Bench:
    """The baseline of some regions, and the engine that runs it."""

    library: Library
    indicators: IndicatorFile
    engine: Engine
    members: Mapping[str, Member]
    clock: Clock

    @property
    def stocks(self) -> list[Entry]:
        """Return the stocks of the model, each once."""
        return [entries[0] for entries in self.library.model.variables.values() if entries[0].kind == "stock"]

    def run(self, members: Sequence[Member], outputs: Sequence[str], clock: Clock | None = None) -> Trajectories:
        """Run members; variables come by identifier."""
        wanted = list(dict.fromkeys(identifier(name) for name in outputs))
        return self.engine.run(self.library.model, members, wanted, clock or self.clock, lambda _: None)

    def constant(self, member: Member, name: str) -> np.ndarray:
        """Return the value of a constant in a member, the model's where the member does not set it."""
        known = member.constants.get(identifier(name))
        return np.asarray(known if known is not None else self.library.model.constant(name), dtype=float)

    def changed(self, member: Member, name: str, value: np.ndarray) -> Member:
        """Return a member with another value of a constant, from the start of the run."""
        key = identifier(name)
        series = {other: points for other, points in member.series.items() if other != key}
        return Member({**member.constants, key: value}, series)

    def with_lever(self, member: Member, lever: str, value: float, year: int = POLICY_YEAR) -> Member:
        """Return a member whose lever is at a value from the start of a year on."""
        key = identifier(self.library.levers[lever].variable)
        past = member.series.get(key) or ((self.clock.start, float(self.constant(member, key))),)
        points = lever_points({0: past[0][1]}, {year: value}, "step", self.clock)
        constants = {name: v for name, v in member.constants.items() if name != key}
        return Member(constants, {**member.series, key: points})

    def random(self, region: str, count: int, seed: int = 0) -> list[Member]:
        """Return members with all levers and all uncertain constants and tables drawn over their whole ranges."""
        library, base = self.library, self.members[region]
        sample = draw(library.parameters, library.model, count, seed)
        levers = np.random.default_rng(seed).random((count, len(library.levers)))
        found = []
        for row, one in enumerate(expand([base], applied(sample, library.model, base))):
            member = one
            for share, (lever, item) in zip(levers[row], library.levers.items(), strict=True):
                low, high = item.bounds
                member = self.with_lever(member, lever, low + share * (high - low))
            found.append(member)
        return found


def bench(library: Library, indicators: IndicatorFile, engine: Engine, regions: Sequence[str]) -> Bench:
    """Return the bench for some regions, from their own base years to the end of the baseline."""
    made = batch.plan(library, ["baseline"], regions, None, None, {})
    members = [one.member for one in batch.members(library, made, {})]
    clock = batch.clock(library, made, made.pairs[0][0], "baseline")
    named = {region: member for (region, _), member in zip(made.pairs, members, strict=True)}
    return Bench(library, indicators, engine, named, clock)
