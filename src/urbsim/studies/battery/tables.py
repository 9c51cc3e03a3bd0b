"""Tables: the shape of effects, and whether what goes into a table stays on it.

A table is an *effect* where its name or comment says so. It runs one way; it passes through (1, 1) where its argument
is relative; at each end it levels off, begins at an argument of 0, or its comment says that it is constant, flat or
held there. The argument is *relative* where the comment says so (relative, over) or where it is a quotient by a norm: a
variable whose name begins with reference, normal, initial, customary, desired, usual or standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from urbsim.engine.contract import Member
from urbsim.language.catalogue import ROWS
from urbsim.language.text import Entry, ModelText
from urbsim.names import identifier
from urbsim.studies.battery.context import Bench, Verdict
from urbsim.studies.battery.rewrite import Probe, arguments, enclosing, probed

DRAWS = 60
LARGEST_SHARE = 0.01  # of member-years that may be off a table in draws
LEVEL = 0.1  # an end is flat where its slope is below this share of the steepest
_NORM = re.compile(r"(?:/|[zx]idz\s*\(.+,)\s*\(?\s*(?:reference|normal|initial|customary|desired|usual|standard)\b")
_RELATIVE = re.compile(r"\b(?:relative|over)\b", re.IGNORECASE)
_HELD = re.compile(r"\b(?:constant|flat|held)\b", re.IGNORECASE)
_BANG = re.compile(r"([A-Za-z][\w ]*?)\s*!")
_INLINE = re.compile(r"\bWITH\s+LOOKUP\b", re.IGNORECASE)
_INITIAL = {(row.name, row.initial) for row in ROWS if row.vensim and row.initial is not None}


@dataclass(frozen=True, slots=True)
class Call:
    """A place where a table is used: the equation, the argument, and whether it counts only at the start."""

    table: str
    entry: Entry
    argument: str
    initial: bool


def calls(model: ModelText) -> Iterator[Call]:
    """Give every use of every table in the equations of a model."""
    tables = [entries[0].name for entries in model.variables.values() if entries[0].kind == "lookup"]
    words = [r"[\s_]+".join(map(re.escape, re.split(r"[\s_]+", name))) for name in sorted(tables, key=len)[::-1]]
    if not words:
        return
    pattern = re.compile(rf"(?<!\w)(?<!\w )({'|'.join(words)})\s*\(", re.IGNORECASE)
    for entry in model.entries:
        if entry.kind not in {"equation", "stock"}:
            continue
        for found in pattern.finditer(entry.text):
            [argument, *_], _ = arguments(entry.text, found.end())
            initial = any(place in _INITIAL for place in enclosing(entry.text, found.start()))
            yield Call(identifier(found[1]), entry, argument, initial)


def shapes(on: Bench) -> Verdict:
    """Look at the points of every table that is an effect."""
    model = on.project.model
    by_table: dict[str, list[Call]] = {}
    for call in calls(model):
        by_table.setdefault(call.table, []).append(call)
    effects = [name for name in by_table if _is_effect(model.entry(name))]
    faults = [f"{model.entry(n).name}: {fault}" for n in effects for fault in _faults(model, n, by_table[n])]
    unused = [e[0].name for n, e in model.variables.items() if e[0].kind == "lookup" and n not in by_table]
    faults += [f"{name}: no equation uses it" for name in unused]
    inline = [entry.name for entry in model.entries if _INLINE.search(entry.text)]
    faults += [f"{name}: a table inside an equation can be neither drawn nor tested; name it" for name in inline]
    anchored = sum(_is_relative(model.entry(name), by_table[name]) for name in effects)
    note = f"{anchored} of {len(effects)} with a relative argument"
    return Verdict("table shapes", len(effects), "effects", len(faults), "0 faults", not faults, note, tuple(faults))


def _is_effect(entry: Entry) -> bool:
    return "effect" in f"{entry.name} {entry.comment}".lower()


def _is_relative(entry: Entry, uses: list[Call]) -> bool:
    return bool(_RELATIVE.search(entry.comment)) or any(_NORM.search(use.argument.lower()) for use in uses)


def _faults(model: ModelText, name: str, uses: list[Call]) -> Iterator[str]:
    entry, points = model.entry(name), model.table(name)
    x, y = points[:, 0], points[:, 1]
    rises = np.diff(y)
    if (rises > 0).any() and (rises < 0).any():
        turn = int(np.flatnonzero(np.sign(rises) == -np.sign(rises[rises != 0][0]))[0])
        yield f"is not monotone, it turns at {x[turn]:g}"
    if _is_relative(entry, uses) and not np.isclose(np.interp(1.0, x, y), 1.0, atol=1e-12):
        yield f"gives {np.interp(1.0, x, y):g} at 1 though its argument is relative"
    if _HELD.search(entry.comment):
        return
    slopes = np.abs(rises / np.diff(x))
    for slope, place, told in ((slopes[0], x[0], "low"), (slopes[-1], x[-1], "high")):
        if slope > LEVEL * slopes.max() and not (told == "low" and place == 0):
            yield f"is neither flat at its {told} end ({place:g}) nor says that it is constant beyond"


def ranges(on: Bench) -> Iterator[Verdict]:
    """See how often arguments are off their tables: never in the base runs, hardly ever in random ones."""
    model = on.project.model
    uses = [call for call in calls(model) if not _HELD.search(model.entry(call.table).comment)]
    stated = sum(1 for _ in calls(model)) - len(uses)
    probes = [_probe(number, call) for number, call in enumerate(uses)]
    seen = on.of(probed(model, probes))
    base = list(on.members.values())
    random = [one for number, region in enumerate(on.members) for one in on.random(region, DRAWS, seed=1000 + number)]
    note = f"{stated} uses of tables that say they are constant beyond their ends left out" if stated else ""
    for title, members, limit in (
        ("tables cover the base runs", base, 0.0),
        ("tables cover random runs", random, LARGEST_SHARE),
    ):
        shares = _off(seen, uses, probes, members)
        worst = max(shares.values(), default=0.0)
        over = sorted((n for n, share in shares.items() if share > limit), key=lambda n: -shares[n])
        details = tuple(f"{model.entry(n).name}: {100 * shares[n]:.3g} % off the table" for n in over)
        told = f"{'<' if limit else ''} {100 * limit:g} % off".strip()
        passed = worst < limit if limit else worst == 0
        text = "; ".join([f"{len(members)} runs", *([note] if note else [])])
        yield Verdict(title, len(uses), "uses", worst, told, passed, text, details)


def _probe(number: int, call: Call) -> Probe:
    """Return a variable that holds the argument; ranges that the equation sums over become subscripts."""
    dims = [found.strip() for found in _BANG.findall(call.argument)]
    subs = tuple(dict.fromkeys([*call.entry.subscripts, *dims]))
    right = call.argument.replace("!", "")
    return Probe(f"argument of table use {number}", subs, f"INITIAL({right})" if call.initial else right)


def _off(seen: Bench, uses: list[Call], probes: list[Probe], members: list[Member]) -> dict[str, float]:
    """Return the largest share of values off each table, of all its uses."""
    found = seen.run(members, [probe.name for probe in probes])
    good = [row for row in range(len(members)) if row not in found.failed]
    shares: dict[str, float] = {}
    for call, probe in zip(uses, probes, strict=True):
        x = seen.project.model.table(call.table)[:, 0]
        values = found.values[identifier(probe.name)][good]
        room = 1e-9 * (x[-1] - x[0])
        share = float(((values < x[0] - room) | (values > x[-1] + room)).mean())
        shares[call.table] = max(share, shares.get(call.table, 0.0))
    return shares
