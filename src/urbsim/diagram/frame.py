"""What stands around a diagram: the title, constants that only other sectors use, and the legend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from urbsim.diagram import svg, text
from urbsim.diagram.blocks import Box, Part
from urbsim.diagram.structure import Structure, Symbol
from urbsim.language.model import Model

_EDGE, _HEAD, _LEAST = 30.0, 78.0, 760.0
_STEP = 18.0  # from one line of the legend to the next


def picture(
    model: Model, sector: Structure, diagram: Sequence[str], size: tuple[float, float], constants: Sequence[Symbol]
) -> str:
    """Return a whole picture.

    Parameters
    ----------
    diagram
        The diagram, within a rectangle from 0, 0 of the given size in pixels.
    constants
        Constants and lookups that have no place in it.
    """
    name = PurePath(model.label).stem
    title = f"{name} · {sector.name}" if sector.name else name
    subtitle = _subtitle(model, sector)
    wide = max(size[0], text.width(title, 20), text.width(subtitle, text.SIZE), _LEAST - 2 * _EDGE)
    elements = [svg.words(_EDGE, 36, title, "title"), svg.words(_EDGE, 57, subtitle, "sub")]
    elements += [f'<g transform="translate({_EDGE:g} {_HEAD:g})">', *diagram, "</g>"]
    y = _HEAD + size[1] + 34
    if constants:
        heading = "Used in other sectors only:" if sector.name else "Not used:"
        entries = [svg.words(0, 0, heading, "s sub"), *(_constant(s) for s in constants)]
        widths = [text.width(heading, text.SMALL), *(_wide(s) for s in constants)]
        lines, y = _flow(entries, widths, wide, y)
        elements += lines
        y += 6
    legend = _legend(sector)
    lines, y = _flow([mark for mark, _ in legend], [w for _, w in legend], wide, y)
    return svg.page(wide + 2 * _EDGE, y + 4, title, [*elements, *lines])


def _flow(entries: Sequence[str], widths: Sequence[float], limit: float, y: float) -> tuple[list[str], float]:
    """Set entries in lines; return them and the base line after the last."""
    elements, x = [], 0.0
    for entry, wide in zip(entries, widths, strict=True):
        if x and x + wide > limit:
            x, y = 0.0, y + _STEP
        elements.append(f'<g transform="translate({_EDGE + x:g} {y:g})">{entry}</g>')
        x = round(x + wide + 18, 1)
    return elements, y + _STEP


def _wide(symbol: Symbol) -> float:
    return text.width(symbol.label, text.SMALL) * 1.13 + 13 * (symbol.kind == "lookup")


def _constant(symbol: Symbol) -> str:
    mark = svg.curve_mark(0, 0) if symbol.kind == "lookup" else ""
    return mark + svg.words(13 * bool(mark), 0, symbol.label, f"s {symbol.kind}")


def _subtitle(model: Model, sector: Structure) -> str:
    """Return the line below the title: what the sector holds, and which model it is of."""
    own = sector.own
    flows = {p.key for p in sector.pipes} & {s.key for s in own}
    constants = sum(s.kind in {"constant", "lever"} and s.key not in flows for s in own)
    counts = [(sum(s.kind == "stock" for s in own), "stock"), (len(flows), "flow"), (constants, "constant")]
    counts.append((sum(s.kind == "lookup" for s in own), "lookup"))
    numbers = ", ".join(_count(n, what) for n, what in counts if n)
    others = len(sector.symbols) - len(own)
    parts = [f"{_count(len(own), 'variable')}: {numbers}" if numbers else _count(len(own), "variable")]
    parts += [f"{others} more from other sectors"] if others and sector.name else []
    return " · ".join([*parts, f"model {model.digest[:8]}"])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _legend(sector: Structure) -> list[tuple[str, float]]:
    """Return the legend of a picture: its marks with their meaning and the width of each."""
    kinds = {s.kind for s in sector.own}
    arrow = '<path d="M0 -4H26" class="link{}" marker-end="url(#a)"/>'
    marks: list[tuple[str, float, str, str]] = []  # mark, its width, text, style of the text
    if sector.pipes:
        box = svg.part(Part("stock", Box(0, -12, 22, 15)))
        marks += [
            (box, 22, "stock", ""),
            (svg.pipe(Box(0, -8, 44, 6), ">") + svg.valve(17, -5), 44, "flow", ""),
            (svg.cloud(10, -4), 20, "source or sink", ""),
        ]
    marks.append((arrow.format(""), 26, "uses", ""))
    if any(link.initial for link in sector.links):
        marks.append((arrow.format(" initial"), 26, "uses only the first value (in lists italic)", ""))
    words = {"constant": "constant", "lever": "lever", "data": "data"}
    marks += [("", 0, meaning, kind) for kind, meaning in words.items() if kind in kinds]
    if "lookup" in kinds or any(s.table for s in sector.own):
        marks.append((svg.curve_mark(0, 0), 9, "lookup", "lookup"))
    marks.append(("", 0, "<shadow of a variable drawn elsewhere>", "foreign"))
    entries = []
    for mark, wide, meaning, style in marks:
        x = wide + 6 * bool(wide)
        entries.append((mark + svg.words(x, 0, meaning, f"s {style}".strip()), x + text.width(meaning, text.SMALL)))
    return entries
