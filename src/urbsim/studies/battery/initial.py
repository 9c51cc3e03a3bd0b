"""The start: the model holds what the region's data say, and nothing jumps away from it.

*Data*: every region input called ``initial ...`` must be found again in the model at the start: in the variable of its
name without ``initial``, summed over subscripts that the input does not have, or in the expression that
models/battery.yaml gives for it. The other inputs are rates and indices; no state of the model answers to them.

*Transient*: stocks that do not fit together at the start pull flows away from their base-year values within the time
constants of the model. So each flow, summed over its elements and averaged over the first and over the second year,
must be within 20 % of its value at the start; averages over whole years hold one age shift each. A flow that follows
the age shift is compared with the average of its first year, for at the start it is a pulse. Changes below 0.2 % of the
stock a year are not looked at: they move nothing. Flows are the variables per year in the equations of stocks.

*Jump*: the second difference of each headline indicator, step by step, in the first two years must not exceed twice
the largest of the three years after, at the same steps of a year, by more than 0.02 % of the indicator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from urbsim.engine.contract import Clock
from urbsim.engine.explain import names_in
from urbsim.experiment.forms import outputs
from urbsim.language import ir
from urbsim.language.calendar import SECTOR
from urbsim.language.edit import edited
from urbsim.language.model import Model
from urbsim.names import element, identifier
from urbsim.project.battery import BatteryFile
from urbsim.project.regions.initial import region_inputs
from urbsim.results.values import values
from urbsim.studies.battery.context import BatteryVerdict, Bench
from urbsim.studies.expectations import dataset

EXACT = 1e-9
NEAR = 0.2
_LEAST = 0.01  # flows count as at least this share of their stock a year
_YEARS = 5
_TIMES, _ROOM = 2.0, 2e-4
_FIRST = "initial_"


@dataclass(frozen=True, slots=True)
class Flow:
    """A variable per year in the equation of a stock; a pulse follows the turn of the year."""

    name: str
    stock: str
    pulse: bool


def data(on: Bench, settings: BatteryFile) -> BatteryVerdict:
    """Compare what the model holds at the start with the region's inputs."""
    model = on.project.model
    counterparts = {identifier(name): text for name, text in settings.initial.items()}
    rows = {name: counterparts.get(name) or _counterpart(model, name) for name in region_inputs(model)}
    missing = [name for name, text in rows.items() if not text and name.startswith(_FIRST)]
    probes = {name: f"start of {name}" for name, text in rows.items() if text}
    members = list(on.members.values())
    clock = Clock(on.clock.start, on.clock.start + on.clock.step, on.clock.step, on.clock.step)
    equations = {element(probe, model.dims(name)): rows[name] for name, probe in probes.items()}
    trajectories = on.of(edited(model, equations)).run(members, list(probes.values()), clock)
    errors: dict[str, float] = {}
    for name, probe in probes.items():
        want = np.stack([on.constant(member, name) for member in members])
        have = trajectories.values[identifier(probe)][:, 0]
        scale = np.maximum(np.abs(want), np.abs(want).max() * EXACT) if np.abs(want).max() else 1.0
        errors[name] = float(np.nan_to_num(np.abs(have - want) / scale, nan=np.inf).max())
    off = [f"{model.variable(n).spelled}: off by {e:.2g} of itself" for n, e in errors.items() if not e < EXACT]
    off += [
        f"{model.variable(n).spelled}: nothing in the model answers to it; name it under `initial`" for n in missing
    ]
    note = f"{len(rows) - len(probes) - len(missing)} inputs are rates or indices"
    worst = max(errors.values(), default=np.inf)
    count = len(probes) * len(members)
    return BatteryVerdict("initial data", count, "inputs", worst, f"< {EXACT:g}", not off, note, tuple(off))


def _counterpart(model: Model, name: str) -> str:
    """Return the variable of an input's name without ``initial``, summed over further subscripts."""
    key = name.removeprefix(_FIRST)
    if key == name or key not in model.by_name:
        return ""
    dims, own = model.dims(key), model.dims(name)
    if not set(own) <= set(dims):
        return ""
    subs = tuple(dim if dim in own else f"{dim}!" for dim in dims)
    text = element(model.variable(key).spelled, subs)
    return text if set(own) == set(dims) else f"SUM({text})"


def flows(model: Model) -> list[Flow]:
    """Return the flows of each stock, each once, in order of the file; sums over the year move nothing."""
    structure = model.by_name
    pulses = _pulses(structure)
    flows_by_name: dict[str, Flow] = {}
    for name, variable in structure.items():
        for definition in variable.definitions:
            if isinstance(definition.expr, ir.Stock) and variable.group != SECTOR:
                net = ir.Variable(name, name, "", "", (ir.Definition((), (), definition.expr.flow),))
                for other in names_in(net):
                    if other in structure and _is_flow(structure[other]):
                        flows_by_name.setdefault(other, Flow(other, name, other in pulses))
    return list(flows_by_name.values())


def _is_flow(variable: ir.Variable) -> bool:
    unit = variable.unit.lower().replace(" ", "")
    plain = not isinstance(variable.definitions[0].expr, ir.State | ir.Num | ir.Array | ir.Lookup)
    return plain and unit.endswith("/year") and unit != "1/year"


def _pulses(structure: Mapping[str, ir.Variable]) -> set[str]:
    """Return the variables that follow the turn of the year within a step, through no stock or delay."""
    names_of_pulses = {name for name, variable in structure.items() if "modulo" in set(names_in(variable))}
    while True:
        more = {
            name
            for name, variable in structure.items()
            if name not in names_of_pulses
            and not isinstance(variable.definitions[0].expr, ir.State)
            and names_of_pulses & set(names_in(variable))
        }
        if not more:
            return names_of_pulses
        names_of_pulses |= more


def transient(on: Bench, settings: BatteryFile) -> BatteryVerdict:
    """Follow the flows of every stock through the first two years, but for those that the data move."""
    model, step = on.project.model, on.clock.step
    moving = {identifier(name) for name in settings.follows}
    looked_at = [flow for flow in flows(model) if flow.name not in moving]
    names = [name for flow in looked_at for name in (flow.name, flow.stock)]
    clock = Clock(on.clock.start, on.clock.start + 2, step, step)
    trajectories = on.run(list(on.members.values()), names, clock)
    year = round(1 / step)
    total = {name: array.reshape(*array.shape[:2], -1).sum(axis=2) for name, array in trajectories.values.items()}
    worst, details = 0.0, []
    for flow in looked_at:
        series = total[flow.name]
        means = np.stack([series[:, :year].mean(axis=1), series[:, year : 2 * year].mean(axis=1)])
        base = means[0] if flow.pulse else series[:, 0]
        scale = np.maximum(np.abs(base), _LEAST * np.abs(total[flow.stock][:, 0]))
        off = np.abs(means - base) / np.where(scale > 0, scale, np.inf)
        worst = max(worst, float(off.max()))
        if not off.max() <= NEAR:
            row, at = np.unravel_index(int(off.argmax()), off.shape)
            change = f"{base[at]:,.4g} -> {means[row, at]:,.4g} in year {row + 1} ({list(on.members)[at]})"
            details.append(f"{model.variable(flow.name).spelled}: {change}")
    count, ok, limit = len(looked_at), bool(looked_at) and not details, f"within {100 * NEAR:g} %"
    note = f"{len(moving)} flows and indicators that the data move are left out"
    return BatteryVerdict("no transient at the start", count, "flows", worst, limit, ok, note, tuple(details))


def jump(on: Bench, settings: BatteryFile) -> BatteryVerdict:
    """Compare the second differences of headline indicators in the first two years with those of the next three."""
    items = {n: i for n, i in on.indicators.items() if i.headline and n not in settings.follows}
    clock = Clock(on.clock.start, on.clock.start + _YEARS, on.clock.step, on.clock.step)
    members = list(on.members.values())
    trajectories = on.run(members, outputs(items), clock)
    year, worst, details = round(1 / on.clock.step), 0.0, []
    for name, array in values(dataset(on, trajectories), items, on.project.model).items():
        ratio, where = _bend(array.values, year)
        worst = max(worst, float(ratio.max()))
        if not ratio.max() <= 1:
            at = int(ratio.argmax())
            details.append(
                f"{name}: {ratio[at]:.2g} of the limit at {clock.times[where[at]]:g} ({list(on.members)[at]})"
            )
    count, ok = len(items), bool(items) and not details
    return BatteryVerdict("no jump at the start", count, "indicators", worst, "<= 1", ok, "", tuple(details))


def _bend(series: np.ndarray, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest second difference of the first two years over its limit, and its step, for each member."""
    second = np.abs(np.diff(series, n=2, axis=1))
    later = second[:, 2 * year : _YEARS * year - 1]
    short = -len(later[0]) % year
    by_phase = np.pad(later, ((0, 0), (0, short))).reshape(len(later), -1, year).max(axis=1)
    limit = _TIMES * np.tile(by_phase, (1, 2)) + _ROOM * np.abs(series).max(axis=1, keepdims=True)
    ratio = second[:, : 2 * year] / np.where(limit > 0, limit, np.inf)
    return ratio.max(axis=1), ratio.argmax(axis=1) + 1


def start(on: Bench, settings: BatteryFile) -> Iterator[BatteryVerdict]:
    """Give what is wrong with the start."""
    yield data(on, settings)
    yield transient(on, settings)
    yield jump(on, settings)
