"""The run of a model: from, to, step, how often results are kept."""

from __future__ import annotations

import math

from urbsim.errors import InputError, Place, Problem
from urbsim.language import ir
from urbsim.language.xmile.document import Node

_SAVE = ("save_step", "savestep", "save_interval")


def clock(root: Node, label: str) -> tuple[ir.Variable, ...]:
    """Return the variables of the clock, named as Vensim does.

    Raises
    ------
    InputError
        Where a part is missing or not a number.
    """
    specs = root.find("sim_specs")
    if specs is None:
        hint = "write <sim_specs> with <start>, <stop> and <dt>"
        raise InputError(
            Problem(
                "missing-clock",
                Place(label, root.line, 1),
                "has no <sim_specs>: it is not known from when to when it runs",
                hint,
            )
        )
    start, stop = (_number(specs, specs.find(tag), tag, label) for tag in ("start", "stop"))
    dt = specs.find("dt")
    step = 1.0 if dt is None else _number(specs, dt, "dt", label)
    if dt is not None and dt.attribute("reciprocal").lower() in {"true", "1"} and step:
        step = 1.0 / step
    unit = specs.attribute("time_units")
    values = {"INITIAL TIME": start, "FINAL TIME": stop, "TIME STEP": step, "SAVEPER": _saved(specs, label) or step}
    return tuple(
        ir.Variable(name.lower().replace(" ", "_"), name, unit, "", (ir.Definition((), (), ir.Num(value)),))
        for name, value in values.items()
    )


def notes(root: Node) -> tuple[str, ...]:
    """Return the notes on a run that differs from what the file asks: the method is always Euler's."""
    specs = root.find("sim_specs")
    method = specs.attribute("method").split(",")[0].strip() if specs else ""
    if method.lower() in {"", "euler"}:
        return ()
    return (
        f"the file asks for {method}; it is integrated by Euler's method, choose a smaller <dt> for the same accuracy",
    )


def _saved(specs: Node, label: str) -> float:
    """Return the time between saved results, 0 for every step; as an element or as an attribute."""
    for name in _SAVE:
        child = next((c for c in specs.children if c.tag.rsplit(":", 1)[-1] == name), None)
        if child is not None and child.text.strip():
            return _number(specs, child, name, label)
        if specs.attribute(name):
            return _number(specs, Node(name, {}, specs.line, specs.attribute(name)), name, label)
    return 0.0


def _number(specs: Node, node: Node | None, tag: str, label: str) -> float:
    if node is None:
        raise InputError(
            Problem("missing-clock", Place(label, specs.line, 1), f"<sim_specs> has no <{tag}>", "write it as a number")
        )
    try:
        value = float(node.text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        message = f"<{tag}> is not a number: `{node.text.strip()[:40]}`"
        raise InputError(Problem("not-a-number", Place(label, node.line, 1), message, "write it as a number"))
    return value
