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


def framed(
    model: Model, shown: Structure, drawn: Sequence[str], size: tuple[float, float], unused: Sequence[Symbol]
) -> str:
    """Return a whole picture.

    Parameters
    ----------
    drawn : sequence of str
        The diagram, within a rectangle from 0, 0 of the given size in pixels.
    unused : sequence of Symbol
        Constants and lookups that have no place in it.
    """
    name = PurePath(model.label).stem
    title = f"{name} · {shown.sector}" if shown.sector else name
    counted = _counted(model, shown)
    wide = max(size[0], text.width(title, 20), text.width(counted, text.SIZE), _LEAST - 2 * _EDGE)
    made = [svg.words(_EDGE, 36, title, "title"), svg.words(_EDGE, 57, counted, "sub")]
    made += [f'<g transform="translate({_EDGE:g} {_HEAD:g})">', *drawn, "</g>"]
    y = _HEAD + size[1] + 34
    if unused:
        told = "Used in other sectors only:" if shown.sector else "Not used:"
        entries = [svg.words(0, 0, told, "s sub"), *(_constant(s) for s in unused)]
        widths = [text.width(told, text.SMALL), *(_wide(s) for s in unused)]
        lines, y = _flow(entries, widths, wide, y)
        made += lines
        y += 6
    legend = _legend(shown)
    lines, y = _flow([mark for mark, _ in legend], [w for _, w in legend], wide, y)
    return svg.page(wide + 2 * _EDGE, y + 4, title, [*made, *lines])


def _flow(entries: Sequence[str], widths: Sequence[float], limit: float, y: float) -> tuple[list[str], float]:
    """Set entries in lines; return them and the base line after the last."""
    made, x = [], 0.0
    for entry, wide in zip(entries, widths, strict=True):
        if x and x + wide > limit:
            x, y = 0.0, y + _STEP
        made.append(f'<g transform="translate({_EDGE + x:g} {y:g})">{entry}</g>')
        x = round(x + wide + 18, 1)
    return made, y + _STEP


def _wide(symbol: Symbol) -> float:
    return text.width(symbol.label, text.SMALL) * 1.13 + 13 * (symbol.kind == "lookup")


def _constant(symbol: Symbol) -> str:
    mark = svg.curve_mark(0, 0) if symbol.kind == "lookup" else ""
    return mark + svg.words(13 * bool(mark), 0, symbol.label, f"s {symbol.kind}")


def _counted(model: Model, shown: Structure) -> str:
    """Return the line below the title: what the sector holds, and which model it is of."""
    own = shown.own
    flows = {p.key for p in shown.pipes} & {s.key for s in own}
    constants = sum(s.kind in {"constant", "lever"} and s.key not in flows for s in own)
    counts = [(sum(s.kind == "stock" for s in own), "stock"), (len(flows), "flow"), (constants, "constant")]
    counts.append((sum(s.kind == "lookup" for s in own), "lookup"))
    told = ", ".join(_count(n, what) for n, what in counts if n)
    others = len(shown.symbols) - len(own)
    parts = [f"{_count(len(own), 'variable')}: {told}" if told else _count(len(own), "variable")]
    parts += [f"{others} more from other sectors"] if others and shown.sector else []
    return " · ".join([*parts, f"model {model.digest[:8]}"])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _legend(shown: Structure) -> list[tuple[str, float]]:
    """Return what the marks in this picture mean, with the width of each."""
    kinds = {s.kind for s in shown.own}
    arrow = '<path d="M0 -4H26" class="link{}" marker-end="url(#a)"/>'
    found: list[tuple[str, float, str, str]] = []  # mark, its width, text, style of the text
    if shown.pipes:
        box = svg.part(Part("stock", Box(0, -12, 22, 15)))
        found += [
            (box, 22, "stock", ""),
            (svg.pipe(Box(0, -8, 44, 6), ">") + svg.valve(17, -5), 44, "flow", ""),
            (svg.cloud(10, -4), 20, "source or sink", ""),
        ]
    found.append((arrow.format(""), 26, "uses", ""))
    if any(link.initial for link in shown.links):
        found.append((arrow.format(" initial"), 26, "uses only the first value (in lists italic)", ""))
    words = {"constant": "constant", "lever": "lever", "data": "data"}
    found += [("", 0, told, kind) for kind, told in words.items() if kind in kinds]
    if "lookup" in kinds or any(s.table for s in shown.own):
        found.append((svg.curve_mark(0, 0), 9, "lookup", "lookup"))
    found.append(("", 0, "<shadow of a variable drawn elsewhere>", "foreign"))
    made = []
    for mark, wide, told, style in found:
        x = wide + 6 * bool(wide)
        made.append((mark + svg.words(x, 0, told, f"s {style}".strip()), x + text.width(told, text.SMALL)))
    return made
