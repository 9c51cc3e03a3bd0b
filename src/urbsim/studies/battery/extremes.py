"""Extreme inputs (Barlas 1996; Sterman 2000, ch. 21): each constant and table at 0, a thousandth and a thousand times.

Whatever an input is, every variable must stay a finite number, every stock at or above zero and every ledger closed.
Values are kept within the limits that the model itself states beside a unit, as in ``Dmnl [0,1]``; a time constant that
must not be 0 says so there. What is left out is told: the clock, constants marked ``[definition]``, and what
models/battery.yaml exempts with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from urbsim.engine.contract import Member, Trajectories
from urbsim.names import identifier
from urbsim.project.battery import BatteryFile
from urbsim.studies.battery.context import BatteryVerdict, Bench

FACTORS = (0.0, 1e-3, 1e3)
TOLERANCE = 1e-9
_LISTED = 6


@dataclass(frozen=True, slots=True)
class Trial:
    """One input at an extreme; ``value`` is what the limits leave of it."""

    name: str
    factor: float
    value: np.ndarray


@dataclass(frozen=True, slots=True)
class Finding:
    """What goes wrong with an input at an extreme."""

    name: str
    factor: float
    kind: str


def inputs(on: Bench, settings: BatteryFile) -> tuple[list[str], dict[str, int]]:
    """Return the inputs that are tested, and how many are left out for which reason."""
    exempt = {identifier(name) for name in settings.exempt}
    definitions = {n for n in on.constants if on.project.model.variable(n).comment.endswith("[definition]")}
    names = [name for name in on.constants if name not in exempt | definitions]
    return names, {"definitions": len(definitions), "exempt": len(exempt - definitions)}


def trials(on: Bench, member: Member, names: list[str]) -> Iterator[Trial]:
    """Give each input at each extreme that differs from its value and from its other extremes."""
    model = on.project.model
    for name in names:
        value = on.constant(member, name) if name not in member.series else np.array(member.series[name][0][1])
        values = [value]
        for factor in FACTORS:
            least, most = model.variable(name).limits
            extreme = np.clip(value * factor, -np.inf if least is None else least, np.inf if most is None else most)
            if not any(np.array_equal(extreme, other) for other in values):
                values.append(extreme)
                yield Trial(name, factor, extreme)


def extremes(on: Bench, settings: BatteryFile) -> BatteryVerdict:
    """Run every input of every region at its extremes."""
    names, left_out = inputs(on, settings)
    regions_by_finding: dict[Finding, list[str]] = {}
    runs = 0
    for region, base in on.members.items():
        whole = on.every(base)
        cases = list(trials(on, base, names))
        runs += len(cases)
        for first, part in on.sweep([on.changed(whole, item.name, item.value) for item in cases]):
            for row, kind, what in _faults(on, settings, part):
                item = cases[first + row]
                key = Finding(on.project.model.variable(item.name).spelled, item.factor, kind)
                regions_by_finding.setdefault(key, []).append(f"{region}: {what}")
    failing = {item.name for item in regions_by_finding}
    exemptions = ", ".join(f"{count} {why}" for why, count in left_out.items() if count)
    note = f"{runs:,} runs; left out: {exemptions or 'none'}"
    note += "".join(f"; {text}" for text in _told(list(regions_by_finding)))
    details = tuple(
        f"{item.name} at {_shown(item.factor)}: {len(at)} of {len(on.members)} regions; {at[0]}"
        for item, at in regions_by_finding.items()
    )
    ok = bool(runs) and not regions_by_finding
    return BatteryVerdict("extreme inputs", len(names), "inputs", len(failing), "0 failing", ok, note, details)


def _faults(on: Bench, settings: BatteryFile, part: Trajectories) -> Iterator[tuple[int, str, str]]:
    """Give row, kind and story of each run that goes wrong; the first fault of a run hides the others."""
    reasons = dict(part.failed)
    yield from ((row, "not finite", why) for row, why in reasons.items())
    free_signs = {identifier(name) for name in settings.signed}
    stocks = [v.name for v in on.stocks if v.name not in free_signs]
    for names, kind in ((stocks, "below zero"), (_ledgers(on), "ledger open")):
        for name in names:
            values = part.values[name].reshape(len(part.values[name]), len(part.times), -1)
            off = _beyond(values, kind)
            for row in np.flatnonzero(off.any(axis=1)):
                if int(row) not in reasons:
                    at = int(off[row].argmax())
                    worst = values[row, at].min() if kind == "below zero" else np.abs(values[row, at]).max()
                    reasons[int(row)] = (
                        f"{on.project.model.variable(name).spelled} is {worst:.3g} in {part.times[at]:g}"
                    )
                    yield int(row), kind, reasons[int(row)]


def _beyond(values: np.ndarray, kind: str) -> np.ndarray:
    """Tell for each run and time whether a stock is below zero, or a ledger open, by more than rounding."""
    with np.errstate(invalid="ignore"):
        if kind == "ledger open":
            return np.asarray(np.abs(values).max(axis=2) > TOLERANCE)
        largest = np.maximum.accumulate(np.abs(values).max(axis=2), axis=1)  # so far: what explodes later hides nothing
        return np.asarray(values.min(axis=2) < -TOLERANCE * np.maximum(1.0, largest))


def _ledgers(on: Bench) -> list[str]:
    return [identifier(name) for name in on.project.ledgers.variables]


def _told(findings: list[Finding]) -> Iterator[str]:
    """Give a line for each kind of fault and extreme."""
    for factor in FACTORS:
        for kind in ("not finite", "below zero", "ledger open"):
            names = list(
                dict.fromkeys(finding.name for finding in findings if finding.kind == kind and finding.factor == factor)
            )
            if names:
                more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
                yield f"{kind} at {_shown(factor)}: {', '.join(names[:_LISTED])}{more}"


def _shown(factor: float) -> str:
    return f"x{factor:g}" if factor else "0"
