"""Equilibrium: with its drivers frozen the model comes to rest, and stays there.

People by age are never at rest: cohorts of different size pass through. So all flows of persons are held at 0 (the
variables under ``frozen`` in models/battery.yaml), and the population stays that of the base year. The calendar is held
too: what reads Time reads INITIAL TIME, and levers stay at their first value. All else is free: labour market, land,
dwellings, places, money. They are given 400 years to come to the state where inflows equal outflows; from that state
the model goes on for 20 years, in which no indicator and no stock may move by more than 0.1 % a year.

The state is kept by going on, not by writing it into the initial values: references (``INITIAL``) would be taken anew
from it, and that would be another model. A stock that nothing feeds back to only counts what has happened since the
start; it has no equilibrium and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from urbsim.engine.contract import Clock, Member
from urbsim.engine.explain import names_in
from urbsim.language.edit import edited, timeless
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.battery import BatteryFile
from urbsim.studies.battery.context import BatteryVerdict, Bench

SETTLE, WATCH = 400, 20  # years; skills change hands slowly where nobody comes or goes
LIMIT = 0.001  # a year, of the value or of a twentieth of its largest
_SMALL = 0.05


@dataclass(frozen=True, slots=True)
class Drift:
    """How fast a variable still moves, a year, in the region where it moves most."""

    name: str
    sector: str
    rate: float
    region: str


def counters(model: Model) -> set[str]:
    """Return stocks that nothing feeds back to: no path of equations leads from them to their own flows."""
    needs = {v.name: {name for name in names_in(v) if name != v.name} for v in model.variables}
    own = {v.name: v.name in set(names_in(v)) for v in model.variables}
    stocks = [v.name for v in model.variables if v.role == "stock"]
    return {name for name in stocks if not own[name] and name not in _reached(needs, name)}


def _reached(needs: Mapping[str, set[str]], start: str) -> set[str]:
    names: set[str] = set()
    ahead = list(needs[start])
    while ahead:
        name = ahead.pop()
        if name in needs and name not in names:
            names.add(name)
            ahead += needs[name]
    return names


def equilibrium(on: Bench, settings: BatteryFile) -> BatteryVerdict:
    """Lead every region to its equilibrium and watch what still moves."""
    model = on.project.model
    still_model = edited(timeless(model), dict.fromkeys(settings.frozen, "0"))
    counting = counters(model)
    stocks = [v.name for v in on.stocks if v.name not in counting]
    outcomes = [item.read for item in on.indicators.values()]
    names = list(dict.fromkeys([*stocks, *(name for name in outcomes if name not in counting)]))
    clock = Clock(on.clock.start, on.clock.start + SETTLE + WATCH, on.clock.step)
    members = [_still(on, member, settings) for member in on.members.values()]
    trajectories = on.of(still_model).run(members, names, clock)
    if trajectories.failed:
        reason = next(iter(trajectories.failed.values()))
        return BatteryVerdict(
            "equilibrium", len(names), "variables", np.inf, f"< {100 * LIMIT:g} %/yr", False, "", (reason,)
        )
    drifts = [_drift(on, name, trajectories.values[name]) for name in names]
    moving = sorted((drift for drift in drifts if not drift.rate < LIMIT), key=lambda drift: -drift.rate)
    worst = max(drift.rate for drift in drifts)
    note = f"{len(counting)} counters left out; " + _by_sector(drifts)
    details = [f"{drift.name}: {100 * drift.rate:.3g} %/yr ({drift.region})" for drift in moving]
    people = identifier(settings.cohorts.people) if settings.cohorts else ""
    if people in trajectories.values and (change := float(np.ptp(trajectories.values[people], axis=1).max())) > 0:
        details.insert(0, f"people are not frozen: up to {change:.3g} in one age; add to `frozen` what moves them")
    limit_text = f"< {100 * LIMIT:g} %/yr"
    return BatteryVerdict("equilibrium", len(names), "variables", worst, limit_text, not details, note, tuple(details))


def _still(on: Bench, member: Member, settings: BatteryFile) -> Member:
    """Return a member with levers at their first value, and without what is frozen."""
    first = {name: np.array(points[0][1]) for name, points in member.series.items()}
    still_names = {identifier(name) for name in settings.frozen}
    return Member({name: value for name, value in {**member.constants, **first}.items() if name not in still_names})


def _drift(on: Bench, name: str, values: np.ndarray) -> Drift:
    """Return the range over the last years, relative to the value; what has all but gone to its largest."""
    flat = values.reshape(values.shape[0], values.shape[1], -1)
    late = flat[:, SETTLE:]
    scale = np.maximum(np.abs(late).max(axis=1), _SMALL * np.abs(flat).max(axis=(1, 2))[:, None])
    with np.errstate(invalid="ignore"):
        rates = np.nan_to_num(np.ptp(late, axis=1) / scale / WATCH)
    region = int(rates.max(axis=1).argmax())
    variable = on.project.model.variable(name)
    return Drift(variable.spelled, variable.group, float(rates.max()), list(on.members)[region])


def _by_sector(drifts: list[Drift]) -> str:
    """Tell the variable that moves most in each sector."""
    worst: dict[str, Drift] = {}
    for drift in drifts:
        if drift.sector not in worst or drift.rate > worst[drift.sector].rate:
            worst[drift.sector] = drift
    order = sorted(worst.values(), key=lambda drift: -drift.rate)
    return ", ".join(f"{drift.sector.lower()} {100 * drift.rate:.2g} % ({drift.name})" for drift in order)
