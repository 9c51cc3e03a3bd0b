"""Tables: the shape of effects, and whether what goes into a table stays on it.

A table is an *effect* where its name or comment says so. It runs one way; it passes through (1, 1) where its argument
is relative; at each end it levels off, begins at an argument of 0, or its comment says that it is constant, flat or
held there. The argument is *relative* where the comment says so (relative, over) or where it is a quotient by a norm: a
variable whose name begins with reference, normal, initial, customary, desired, usual or standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from urbsim.engine.contract import Member
from urbsim.language import ir
from urbsim.language.edit import with_variables
from urbsim.language.model import Model
from urbsim.language.rewrite import started, transformed
from urbsim.language.walk import walk
from urbsim.names import identifier
from urbsim.studies.battery.context import BatteryVerdict, Bench

DRAWS = 60
LARGEST_SHARE = 0.01  # of member-years that may be off a table in draws
LEVEL = 0.1  # an end is flat where its slope is below this share of the steepest
_NORMS = ("reference", "normal", "initial", "customary", "desired", "usual", "standard")
_RELATIVE = re.compile(r"\b(?:relative|over)\b", re.IGNORECASE)
_HELD = re.compile(r"\b(?:constant|flat|held)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableUse:
    """A place where a table is used: the equation, the argument, and whether it counts only at the start."""

    table: str
    definition: ir.Definition
    argument: ir.Expr
    initial: bool


def calls(model: Model) -> Iterator[TableUse]:
    """Give every use of every table in the equations of a model."""
    for variable in model.variables:
        for definition in variable.definitions:
            for part, initial in started(definition.expr):
                if isinstance(part, ir.Call) and (table := model.by_name.get(part.function)) and table.role == "lookup":
                    yield TableUse(table.name, definition, part.args[0], initial)


def shapes(on: Bench) -> BatteryVerdict:
    """Look at the points of every table that is an effect."""
    model = on.project.model
    by_table: dict[str, list[TableUse]] = {}
    for call in calls(model):
        by_table.setdefault(call.table, []).append(call)
    effects = [name for name in by_table if _is_effect(model.variable(name))]
    faults = [f"{model.variable(n).spelled}: {fault}" for n in effects for fault in _faults(model, n, by_table[n])]
    idle = [v.spelled for v in model.variables if v.role == "lookup" and v.name not in by_table]
    faults += [f"{name}: no equation uses it" for name in idle]
    inline = [v.spelled for v in model.variables for d in v.definitions if _has_table(d.expr)]
    faults += [f"{name}: a table inside an equation can be neither drawn nor tested; name it" for name in inline]
    relative_count = sum(_is_relative(model.variable(name), by_table[name]) for name in effects)
    note = f"{relative_count} of {len(effects)} with a relative argument"
    return BatteryVerdict(
        "table shapes", len(effects), "effects", len(faults), "0 faults", not faults, note, tuple(faults)
    )


def _has_table(expr: ir.Expr) -> bool:
    return any(isinstance(part, ir.WithLookup) for part in walk(expr))


def _is_effect(table: ir.Variable) -> bool:
    return "effect" in f"{table.spelled} {table.comment}".lower()


def _is_relative(table: ir.Variable, uses: list[TableUse]) -> bool:
    return bool(_RELATIVE.search(table.comment)) or any(_by_norm(use.argument) for use in uses)


def _by_norm(argument: ir.Expr) -> bool:
    """Tell whether something is divided by a norm."""
    for part in walk(argument):
        if isinstance(part, ir.Op) and part.op == "/" and _is_norm(part.args[1]):
            return True
        if isinstance(part, ir.Call) and part.function in {"zidz", "xidz"} and any(map(_is_norm, part.args[1:])):
            return True
    return False


def _is_norm(expr: ir.Expr) -> bool:
    """Tell whether the first name of an expression is that of a norm."""
    first = next((part.name for part in walk(expr) if isinstance(part, ir.Ref)), "")
    return first.split("_")[0] in _NORMS


def _faults(model: Model, name: str, uses: list[TableUse]) -> Iterator[str]:
    variable, points = model.variable(name), model.table(name)
    x, y = points[:, 0], points[:, 1]
    rises = np.diff(y)
    if (rises > 0).any() and (rises < 0).any():
        turn = int(np.flatnonzero(np.sign(rises) == -np.sign(rises[rises != 0][0]))[0])
        yield f"is not monotone, it turns at {x[turn]:g}"
    if _is_relative(variable, uses) and not np.isclose(np.interp(1.0, x, y), 1.0, atol=1e-12):
        yield f"gives {np.interp(1.0, x, y):g} at 1 though its argument is relative"
    if _HELD.search(variable.comment):
        return
    slopes = np.abs(rises / np.diff(x))
    for slope, place, end in ((slopes[0], x[0], "low"), (slopes[-1], x[-1], "high")):
        if slope > LEVEL * slopes.max() and not (end == "low" and place == 0):
            yield f"is neither flat at its {end} end ({place:g}) nor says that it is constant beyond"


def ranges(on: Bench) -> Iterator[BatteryVerdict]:
    """See how often arguments are off their tables: never in the base runs, hardly ever in random ones."""
    model = on.project.model
    uses = [call for call in calls(model) if not _HELD.search(model.variable(call.table).comment)]
    exempt_count = sum(1 for _ in calls(model)) - len(uses)
    probes = [_probe(number, call) for number, call in enumerate(uses)]
    bench = on.of(with_variables(model, probes))
    base = list(on.members.values())
    random = [
        member for number, region in enumerate(on.members) for member in on.random(region, DRAWS, seed=1000 + number)
    ]
    note = (
        f"{exempt_count} uses of tables that say they are constant beyond their ends left out" if exempt_count else ""
    )
    for title, members, limit in (
        ("tables cover the base runs", base, 0.0),
        ("tables cover random runs", random, LARGEST_SHARE),
    ):
        shares = _off(bench, uses, probes, members)
        worst = max(shares.values(), default=0.0)
        over = sorted((n for n, share in shares.items() if share > limit), key=lambda n: -shares[n])
        details = tuple(f"{model.variable(n).spelled}: {100 * shares[n]:.3g} % off the table" for n in over)
        limit_text = f"{'<' if limit else ''} {100 * limit:g} % off".strip()
        ok = worst < limit if limit else worst == 0
        text = "; ".join([f"{len(members)} runs", *([note] if note else [])])
        yield BatteryVerdict(title, len(uses), "uses", worst, limit_text, ok, text, details)


def _probe(number: int, call: TableUse) -> ir.Variable:
    """Return a variable that holds the argument; ranges that the equation sums over become subscripts."""
    dims = [sub.name for part in walk(call.argument) if isinstance(part, ir.Ref) for sub in part.subs if sub.bang]
    further = tuple(dim for dim in dict.fromkeys(dims) if dim not in call.definition.subs)
    argument = transformed(call.argument, _without_bangs)
    expr = ir.Initial(argument) if call.initial else argument
    excepts = tuple((*group, *further) for group in call.definition.excepts)
    name = f"argument of table use {number}"
    definition = ir.Definition((*call.definition.subs, *further), excepts, expr)
    return ir.Variable(identifier(name), name, "", "", (definition,))


def _without_bangs(expr: ir.Expr) -> ir.Expr:
    if isinstance(expr, ir.Ref) and any(sub.bang for sub in expr.subs):
        return replace(expr, subs=tuple(ir.Sub(sub.name) for sub in expr.subs))
    return expr


def _off(bench: Bench, uses: list[TableUse], probes: list[ir.Variable], members: list[Member]) -> dict[str, float]:
    """Return the largest share of values off each table, of all its uses."""
    trajectories = bench.run(members, [probe.name for probe in probes])
    good = [row for row in range(len(members)) if row not in trajectories.failed]
    shares: dict[str, float] = {}
    for call, probe in zip(uses, probes, strict=True):
        x = bench.project.model.table(call.table)[:, 0]
        values = trajectories.values[probe.name][good]
        room = 1e-9 * (x[-1] - x[0])
        share = float(((values < x[0] - room) | (values > x[-1] + room)).mean())
        shares[call.table] = max(share, shares.get(call.table, 0.0))
    return shares
