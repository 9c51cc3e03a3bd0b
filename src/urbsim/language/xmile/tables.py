"""Graphical functions."""

from __future__ import annotations

import math

from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.xmile.document import Node

_KINDS: dict[str, ir.Interpolation] = {
    "": "interpolate",
    "continuous": "interpolate",
    "extrapolate": "extrapolate",
    "discrete": "hold_backward",
}


def points(node: Node) -> ir.Lookup:
    """Return a graphical function: y at given x, or at even steps along its x scale.

    Raises
    ------
    EquationError
        Where points are missing, are no numbers, or do not pair.
    """
    kind = node.attribute("type").lower()
    if kind not in _KINDS:
        raise EquationError(
            "table", f"the graphical function has the type {kind!r}", "use continuous, extrapolate or discrete"
        )
    y = _numbers(node, "ypts")
    if not y:
        raise EquationError("table", "the graphical function has no points")
    x = _numbers(node, "xpts") if node.find("xpts") else _even(node, len(y))
    if len(x) != len(y):
        raise EquationError("table", f"the graphical function has {len(x)} x and {len(y)} y")
    if sorted(x) != list(x):
        pairs = sorted(zip(x, y, strict=True), key=lambda pair: pair[0])
        x, y = tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
    return ir.Lookup(x, y, _KINDS[kind])


def _even(node: Node, count: int) -> tuple[float, ...]:
    scale = node.find("xscale")
    if scale is None:
        raise EquationError("table", "the graphical function has neither xpts nor xscale")
    least, most = (_number(scale.attribute(end), "xscale") for end in ("min", "max"))
    return tuple(least + (most - least) * i / (count - 1) for i in range(count)) if count > 1 else (least,)


def _numbers(node: Node, tag: str) -> tuple[float, ...]:
    child = node.find(tag)
    if child is None:
        return ()
    separator = child.attributes.get("sep", ",")
    parts = child.text.split(separator if separator.strip() else None)
    return tuple(_number(part, tag) for part in parts if part.strip())


def _number(text: str, place: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EquationError("not-a-number", f"`{text.strip()}` in {place} of the graphical function is not a number")
    return value
