"""What uncertain parameters mean: inside their ranges, drawn over them, and never without effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from urbsim.engine.contract import Member
from urbsim.experiment.draws import applied, draw
from urbsim.names import identifier
from urbsim.project.parameters import Uncertain
from urbsim.studies.battery.context import BatteryVerdict, Bench

DRAWS = 200
STRAINED = 16  # random runs of each region that parameters without effect are tried on
_SPANNED = 0.8  # share of a range that draws must reach; a triangle's tails are thin
_LEAST = 1e-9  # relative change that counts as one
_ZERO = 1e-3  # units of the model: a smaller scale counts as this one, which is the size of an open ledger


def meaning(on: Bench) -> Iterator[BatteryVerdict]:
    """Give the verdicts on values and draws, and on effects."""
    yield drawn(on)
    yield alive(on)


def drawn(on: Bench) -> BatteryVerdict:
    """Compare values with ranges and draws with both; a parameter that every region sets is never drawn."""
    model, parameters = on.project.model, on.project.parameters
    faults = []
    sample = draw(parameters, model, DRAWS, 0)
    draw_names = {name for member in on.members.values() for name in applied(sample, model, member).values}
    for column, (name, item) in enumerate(parameters.items()):
        low, high = item.range or item.scale or (0.0, 0.0)
        value = 1.0 if item.scale else float(model.constant(name))
        numbers = sample.values[:, column]
        if not low <= value <= high:
            faults.append(f"{name}: {value:g} is not within {low:g} to {high:g}")
        if numbers.min() < low or numbers.max() > high or np.ptp(numbers) < _SPANNED * (high - low):
            faults.append(f"{name}: draws run from {numbers.min():g} to {numbers.max():g}, not {low:g} to {high:g}")
        if identifier(name) not in draw_names:
            faults.append(f"{name}: every region sets it, so it is never drawn")
    constant_count = sum(1 for item in parameters.values() if np.ptp(item.range or item.scale or (0.0,)) == 0)
    ok = bool(parameters) and not faults
    note = f"{constant_count} with a range of one value" if constant_count else ""
    return BatteryVerdict(
        "parameter ranges", len(parameters), "parameters", len(faults), "0 faults", ok, note, tuple(faults)
    )


def alive(on: Bench) -> BatteryVerdict:
    """Set each parameter to both ends of its range: some other variable must change in some region.

    Limits bind where policy strains the model. What moves nothing in the base runs is tried again on runs with random
    levers and parameters; it is dead where it moves nothing there either.
    """
    names = [identifier(name) for name, item in on.project.parameters.items() if _wide(item)]
    changes = dict.fromkeys(names, 0.0)
    for base in on.members.values():
        _note(on, base, names, changes)
    idle = [name for name in names if not changes[name] > _LEAST]
    for number, region in enumerate(on.members if idle else ()):
        for member in on.random(region, STRAINED, seed=2000 + number):
            _note(on, member, [name for name in idle if not changes[name] > _LEAST], changes)
    spellings = [on.project.model.variable(name).spelled for name in idle]
    dead = [spellings for spellings, name in zip(spellings, idle, strict=True) if not changes[name] > _LEAST]
    limits = [name for name in spellings if name not in dead]
    ok = bool(changes) and not dead
    count, weakest = len(changes), min(changes.values(), default=0.0)
    note = f"move something only under random levers: {', '.join(limits)}" if limits else ""
    details = tuple(f"{name} moves nothing" for name in dead)
    return BatteryVerdict("live parameters", count, "parameters", weakest, f"> {_LEAST:g}", ok, note, details)


def _note(on: Bench, member: Member, names: list[str], changes: dict[str, float]) -> None:
    """Run a member with each parameter at both ends and note the larger change."""
    whole = on.every(member)
    trials = [(name, _end(on, member, name, end)) for name in names for end in (0, 1)]
    members = [whole, *(on.changed(whole, name, value) for name, value in trials)]
    reference: dict[str, np.ndarray] = {}
    for first, part in on.sweep(members):
        reference = reference or {name: array[0].copy() for name, array in part.values.items()}
        for row, change in enumerate(_changes(part.values, reference)):
            if first + row:
                name = trials[first + row - 1][0]
                changes[name] = max(changes[name], float(change))


def _wide(item: Uncertain) -> bool:
    return bool(np.ptp(item.range or item.scale or (0.0,)) > 0)


def _end(on: Bench, member: Member, name: str, end: int) -> np.ndarray:
    """Return the value of a parameter at the low (0) or high (1) end of its range."""
    item = next(item for other, item in on.project.parameters.items() if identifier(other) == name)
    if item.scale:
        return on.constant(member, name) * item.scale[end]
    assert item.range is not None  # Uncertain has one of the two
    return np.array(item.range[end])


def _changes(values: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return for each run the largest change of a variable, relative to its largest value in the base run."""
    best = np.zeros(0)
    for name, base in reference.items():
        array = values[name]
        scale = max(float(np.abs(base).max()), _ZERO)
        change = np.nan_to_num(np.abs(array - base), nan=np.inf).reshape(len(array), -1).max(axis=1) / scale
        best = change if not best.size else np.maximum(best, change)
    return best
