"""Pieces and connectors as SVG text: no fonts of its own, no scripts, the same bytes for the same picture."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from urbsim.diagram import text
from urbsim.diagram.blocks import LINE, SMALL_LINE, Box, Part
from urbsim.diagram.route import Curve

_FONTS = (
    "Arial, Helvetica, 'Liberation Sans', 'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', "
    "'Microsoft YaHei', 'DejaVu Sans', sans-serif"
)
STYLE = f"""
text{{font-family:{_FONTS};font-size:{text.SIZE:g}px;fill:#1a1a1a;white-space:pre}}
.c{{text-anchor:middle}}
.s{{font-size:{text.SMALL:g}px}}
.title{{font-size:18px;font-weight:bold}}
.sub{{fill:#555}}
.constant{{fill:#8a6d3b}}
.lever{{fill:#0072b2;font-weight:bold}}
.lookup,.data{{fill:#00795c}}
.foreign{{fill:#8c8c8c}}
.first{{font-style:italic}}
.flow{{fill:#1a1a1a}}
.box{{fill:#eef4fa;stroke:#1f3b57;stroke-width:1.6}}
.ghost{{fill:#fff;stroke:#aaa;stroke-dasharray:3 2}}
.pipe{{stroke:#1f3b57;stroke-width:5}}
.bore{{stroke:#fff;stroke-width:2.6}}
.head{{fill:#1f3b57}}
.valve{{fill:#fff;stroke:#1f3b57;stroke-width:1.4;stroke-linejoin:round}}
.cloud{{fill:#fff;stroke:#7a8794;stroke-width:1.2}}
.mark{{fill:none;stroke:#00795c;stroke-width:1.2}}
.link{{fill:none;stroke:#6f8fb0;stroke-width:1}}
.initial{{stroke-dasharray:3 3}}
.list{{fill:none;stroke:#b5b5b5;stroke-width:1}}
.tip{{fill:#b5b5b5}}
""".strip()
_MARKER = (
    '<marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 1L8 4L0 7z" fill="#6f8fb0"/></marker>'
)


def _n(value: float) -> str:
    """Return a coordinate, to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:.1f}".rstrip("0").rstrip(".")


def page(width: float, height: float, title: str, elements: Iterable[str]) -> str:
    """Return a whole picture.

    Parameters
    ----------
    width, height
        Size of the picture in pixels.
    title
        Its title, for readers of the screen.
    elements
        SVG elements, the first at the bottom.
    """
    w, h = _n(round(width)), _n(round(height))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img">'
    white = '<rect width="100%" height="100%" fill="#fff"/>'
    defs = f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n<defs>{_MARKER}</defs>"
    return "\n".join([head, defs, white, *elements, "</svg>"]) + "\n"


def words(x: float, y: float, line: str, classes: str) -> str:
    """Return one line of text on its base line.

    Parameters
    ----------
    x, y
        Left end of the base line in pixels.
    line
        The text.
    classes
        Names of styles, see ``STYLE``.
    """
    return f'<text x="{_n(x)}" y="{_n(y)}" class="{classes}">{escape(line)}</text>'


def part(piece: Part) -> str:
    """Return one part of a piece."""
    b = piece.box
    match piece.kind:
        case "name":
            return _lines(piece, b.x + b.w / 2, b.y + text.SIZE - 1, LINE, "c")
        case "note":
            return _note(piece)
        case "stock" | "shadow":
            step, style = (LINE, "c") if piece.kind == "stock" else (SMALL_LINE, "c s")
            first = b.y + b.h / 2 - step * (len(piece.lines) - 1) / 2 + 4
            shape = f'<rect x="{_n(b.x)}" y="{_n(b.y)}" width="{_n(b.w)}" height="{_n(b.h)}" class="{{}}"/>'
            return shape.format("box" if piece.kind == "stock" else "ghost") + _lines(piece, *_x(b, first), step, style)
        case "cloud":
            return cloud(*b.middle)
        case "valve":
            return valve(*b.middle)
        case "pipe":
            return pipe(b, piece.arrows)
    raise ValueError(piece.kind)


def _x(box: Box, y: float) -> tuple[float, float]:
    return box.x + box.w / 2, y


def _lines(piece: Part, x: float, y: float, step: float, place: str) -> str:
    elements = []
    for i, (style, line) in enumerate(piece.lines):
        kind = style.split()[0]
        shift = 6.5 if "table" in style else 0.0
        classes = place if kind in {"stock", "auxiliary", "flow"} else f"{place} {kind}"
        elements.append(words(x + shift, y + step * i, line, classes))
        if "table" in style:
            elements.append(curve_mark(x - text.width(line, text.SIZE) / 2 - 7, y + step * i))
    return "".join(elements)


def _note(piece: Part) -> str:
    """Return a list of inputs with the arrow that leads from it to the name above."""
    b = piece.box
    x, base = b.x + 14, b.y + 12.0
    elements = [
        f'<path d="M{_n(b.x + 6)} {_n(b.y + b.h - 2)}V{_n(b.y + 5)}" class="list"/>'
        f'<path d="M{_n(b.x + 3)} {_n(b.y + 6)}h6l-3 -6z" class="tip"/>'
    ]
    for i, (style, line) in enumerate(piece.lines):
        kind, *flags = style.split()
        more = "more" in flags
        y = base + SMALL_LINE * i
        mark = kind == "lookup" and not more
        if mark:
            elements.append(curve_mark(x, y))
        elements.append(words(x + 13 * mark + 8 * more, y, line, f"s {kind}{' first' * ('first' in flags)}"))
    return "".join(elements)


def curve_mark(x: float, y: float) -> str:
    """Return the mark of a lookup: a small curve on axes."""
    return f'<path d="M{_n(x)} {_n(y - 8)}v8h9M{_n(x + 1)} {_n(y - 1)}c4 0 3 -6 7.5 -6" class="mark"/>'


def cloud(x: float, y: float) -> str:
    """Return a source or sink."""
    return (
        f'<path transform="translate({_n(x)} {_n(y)})" class="cloud" '
        'd="M-6 5a4 4 0 0 1-1-7a5 5 0 0 1 7-4a4.5 4.5 0 0 1 7 4a4 4 0 0 1-1 7z"/>'
    )


def valve(x: float, y: float) -> str:
    """Return a valve."""
    return f'<path d="M{_n(x - 6)} {_n(y - 8)}h12l-12 16h12z" class="valve"/>'


def pipe(b: Box, arrows: str) -> str:
    """Return a pipe with its heads."""
    y, x0, x1 = b.y + b.h / 2, b.x, b.x + b.w
    from_, to = x0 + 8 * ("<" in arrows), x1 - 8 * (">" in arrows)
    line = f'd="M{_n(from_)} {_n(y)}H{_n(to)}"'
    elements = f'<path {line} class="pipe"/><path {line} class="bore"/>'
    if ">" in arrows:
        elements += f'<path d="M{_n(x1 - 10)} {_n(y - 6)}L{_n(x1)} {_n(y)}L{_n(x1 - 10)} {_n(y + 6)}z" class="head"/>'
    if "<" in arrows:
        elements += f'<path d="M{_n(x0 + 10)} {_n(y - 6)}L{_n(x0)} {_n(y)}L{_n(x0 + 10)} {_n(y + 6)}z" class="head"/>'
    return elements


def connector(curve: Curve, *, initial: bool) -> str:
    """Return a connector with its arrow."""
    (ax, ay), (cx, cy), (bx, by) = curve.start, curve.control, curve.end
    classes = "link initial" if initial else "link"
    way = f"M{_n(ax)} {_n(ay)}Q{_n(cx)} {_n(cy)} {_n(bx)} {_n(by)}"
    return f'<path d="{way}" class="{classes}" marker-end="url(#a)"/>'
