"""Stock-and-flow diagrams of a model, one for each sector, as SVG.

The layout of pysimlin was turned down: names lie over each other and over connectors, a sector of a hundred variables
fills four screens, and as a first guess for the layout here it leaves fewer connectors than distances in the graph do.
Here pieces have sizes, inputs that are constants or come from other sectors are listed where they are used, and a
connector that would run through a name becomes a shadow variable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import PurePath

import numpy as np

from urbsim.diagram import layout, svg
from urbsim.diagram.blocks import Block, Chain, Part, Shape, note, single
from urbsim.diagram.frame import picture
from urbsim.diagram.route import Curve, route
from urbsim.diagram.structure import Link, Pipe, Structure, Symbol, sectors, structure
from urbsim.language.model import Model

_LONGEST = 600.0  # of a connector, in pixels, with what crossings cost
_LAYOUTS = 6  # that are tried before pieces stay where they are
_LISTED = {"constant", "lever", "lookup"}


def file_names(model: Model) -> dict[str, str]:
    """Return the name of the file of each sector's diagram: the sector, or the model where there are no sectors.

    Examples
    --------
    >>> from urbsim.language.vensim.reader import read
    >>> file_names(read("a = 1 ~~|", "teacup.mdl", Path()))
    {'': 'teacup.svg'}
    """
    names: dict[str, str] = {}
    for sector in sectors(model):
        words = re.sub(r"[^\w]+", "-", (sector or PurePath(model.label).stem).lower()).strip("-") or "model"
        number = next(n for n in count(1) if _numbered(words, n) not in names.values())
        names[sector] = _numbered(words, number)
    return names


def _numbered(words: str, number: int) -> str:
    return f"{words}.svg" if number == 1 else f"{words}-{number}.svg"


def diagram(model: Model, sector: str, *, constants: bool = True) -> str:
    """Return the stock-and-flow diagram of a sector as SVG.

    Parameters
    ----------
    model
        Any model.
    sector
        One of :func:`urbsim.diagram.structure.sectors`.
    constants
        Whether constants and lookups are shown.
    """
    sketch = best_sketch(structure(model, sector), constants=constants)
    left, top, right, bottom = sketch.extent()
    elements = [f'<g transform="translate({-left:g} {-top:g})">']
    elements += [svg.connector(curve, initial=link.initial) for link, curve in sketch.curves]
    for piece, (x, y) in zip(sketch.pieces, sketch.corners.tolist(), strict=True):
        order = sorted(piece.parts, key=lambda p: p.kind != "pipe")
        elements += [svg.part(Part(p.kind, p.box.moved(x, y), p.lines, p.arrows)) for p in order]
    return picture(model, sketch.sector, [*elements, "</g>"], (right - left, bottom - top), sketch.unused())


def best_sketch(sector: Structure, *, constants: bool) -> Sketch:
    """Return the better of two layouts, upright and turned: the one with more connectors."""
    best: Sketch | None = None
    for sideways in (False, True):
        sketch = Sketch(sector, constants, sideways)
        sketch.solve()
        if best is None or len(sketch.joined) > len(best.joined):
            best = sketch
        if not sketch.dropped:
            break
    assert best is not None
    return best


@dataclass
class Sketch:
    """A diagram on its way: what is joined by connectors, what is listed, where the pieces stand."""

    sector: Structure
    constants: bool
    sideways: bool = False
    dropped: list[Link] = field(default_factory=list)  # listed because there is no good connector
    listed: list[Link] = field(default_factory=list)
    joined: list[Link] = field(default_factory=list)
    pieces: list[Block] = field(default_factory=list)
    corners: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    centres: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    curves: list[tuple[Link, Curve]] = field(default_factory=list)
    anchors: dict[str, tuple[Shape, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        symbols = self.sector.symbols
        self.pipes = {p.key: p for p in self.sector.pipes if not (p.shadow and "#" in p.key)}
        self.stocks = {s.key: s for s in self.sector.own if s.kind == "stock"}
        self.auxiliaries = [s for s in self.sector.own if s.kind not in {*_LISTED, "stock"} and s.key not in self.pipes]
        nodes = {*self.pipes, *self.stocks, *(s.key for s in self.auxiliaries)}
        for link in self.sector.links:
            (self.joined if link.source in nodes and symbols[link.source].own else self.listed).append(link)

    def solve(self) -> None:
        """Place the pieces and join them; the links that cannot be joined well are listed, the longest first."""
        for attempt in count():
            self.pieces = self._pieces()
            if attempt < _LAYOUTS:
                self._place()
            else:
                self._make_room()
            crowded_links = self._join()
            if not crowded_links:
                break
            crowded_links.sort(key=lambda link: -self._length(link))
            self._drop(crowded_links[: max(1, len(crowded_links) // 2)] if attempt < _LAYOUTS - 1 else crowded_links)
        self._rejoin()

    def _rejoin(self) -> None:
        """Join what was listed in a more crowded picture and fits in this one."""
        if not self.dropped:
            return
        self.joined, self.dropped = [*self.joined, *self.dropped], []
        crowded_links = self._join()
        while True:
            self._drop(crowded_links)
            self.pieces = self._pieces()
            self._make_room()
            crowded_links = self._join()
            if not crowded_links:
                return

    def _join(self) -> list[Link]:
        """Draw connectors; return the links for which there is none."""
        curves = self._route()
        self.curves = [(link, c) for link, c in zip(self.joined, curves, strict=True) if c]
        return [link for link, c in zip(self.joined, curves, strict=True) if c is None]

    def _drop(self, links: Sequence[Link]) -> None:
        self.dropped += links
        self.joined = [link for link in self.joined if link not in links]

    def _length(self, link: Link) -> float:
        """Return the distance between the ends of a link."""
        (ax, ay), (bx, by) = (self.anchors[key][0][0].middle for key in (link.source, link.target))
        return float(np.hypot(ax - bx, ay - by))

    def extent(self) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of all that is drawn, in whole pixels."""
        ends = [(x + p.w, y + p.h) for p, (x, y) in zip(self.pieces, self.corners.tolist(), strict=True)]
        points = [*self.corners.tolist(), *ends, *(p for _, curve in self.curves for p in curve.hull())]
        xs, ys = zip(*points, strict=True) if points else ((0.0,), (0.0,))
        return math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))

    def unused(self) -> list[Symbol]:
        """Return the constants and lookups that no variable of the sector uses."""
        sources = {*self.pipes, *(link.source for link in self.listed)}
        return [s for s in self.sector.own if s.kind in _LISTED and s.key not in sources and self.constants]

    def _notes(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return the list of inputs of each symbol and pipe, as lines."""
        order = {key: i for i, key in enumerate(self.sector.symbols)}
        keys: set[str] = set()
        entries: dict[str, list[tuple[tuple[bool, int], str, str]]] = {}
        for link in (*self.listed, *self.dropped):
            symbol = self.sector.symbols[link.source]
            if symbol.kind in _LISTED and not self.constants:
                continue
            first = symbol.own and symbol.kind in _LISTED and symbol.key not in keys
            keys.add(symbol.key)
            kind = symbol.kind if symbol.own and symbol.kind in _LISTED else "foreign"
            style = f"{kind}{' first' if link.initial else ''}"
            label = symbol.label if first else f"<{symbol.label}>"
            entries.setdefault(link.target, []).append(((kind == "foreign", order[symbol.key]), style, label))
        return {key: note((style, label) for _, style, label in sorted(lines)) for key, lines in entries.items()}

    def _pieces(self) -> list[Block]:
        notes = self._notes()
        names = list(self.stocks)
        pairs = [(names.index(p.source), names.index(p.target)) for p in self.sector.pipes if p.source and p.target]
        chains = layout.components(len(names), np.array(pairs, dtype=int).reshape(-1, 2))
        pieces = []
        for chain in sorted(chains, key=min):
            own = {names[i]: self.stocks[names[i]] for i in chain}
            pieces.append(Chain(own, self._of(own), self.sector.symbols, notes).block())
        return pieces + [single(symbol, notes.get(symbol.key, ())) for symbol in self.auxiliaries]

    def _of(self, stocks: Mapping[str, Symbol]) -> tuple[Pipe, ...]:
        return tuple(p for p in self.sector.pipes if p.source in stocks or p.target in stocks)

    def _place(self) -> None:
        """Give each piece its place; what is not joined to the rest stands beside it."""
        home = {key: i for i, piece in enumerate(self.pieces) for key in piece.anchors}
        pairs: dict[tuple[int, int], float] = {}
        for links, weight in ((self.joined, 1.0), (self.dropped, 0.25)):
            for a, b in ((home[link.source], home[link.target]) for link in links):
                pairs.setdefault((min(a, b), max(a, b)), weight)
        pairs = {pair: weight for pair, weight in pairs.items() if pair[0] != pair[1]}
        edges = np.array(list(pairs), dtype=int).reshape(-1, 2)
        sizes = np.array([[p.w, p.h] for p in self.pieces]).reshape(-1, 2)
        groups = layout.components(len(sizes), edges)
        corners, whole = np.zeros_like(sizes), []
        for group in groups:
            within = np.array([[group.index(a), group.index(b)] for a, b in pairs if a in group], dtype=int)
            weights = np.array([weight for (a, _), weight in pairs.items() if a in group])
            at = layout.settle(sizes[group], within.reshape(-1, 2), weights, sideways=self.sideways) - sizes[group] / 2
            corners[group] = at - at.min(axis=0)
            whole.append((corners[group] + sizes[group]).max(axis=0))
        for group, corner in zip(groups, layout.pack(np.array(whole).reshape(-1, 2)), strict=True):
            corners[group] += corner
        self._put(corners, sizes)

    def _make_room(self) -> None:
        """Move pieces only as far as they have grown."""
        sizes = np.array([[p.w, p.h] for p in self.pieces]).reshape(-1, 2)
        corners = layout.separated(self.centres, sizes) - sizes / 2
        self._put(corners, sizes)

    def _put(self, corners: np.ndarray, sizes: np.ndarray) -> None:
        self.corners = np.round(corners)
        self.centres = self.corners + sizes / 2

    def _route(self) -> list[Curve | None]:
        anchors: dict[str, tuple[Shape, ...]] = {}
        parts: list[Part] = []
        for piece, (x, y) in zip(self.pieces, self.corners.tolist(), strict=True):
            anchors |= piece.anchored(x, y)
            parts += [Part(p.kind, p.box.moved(x, y)) for p in piece.parts]
        self.anchors = anchors
        solid = [p.box for p in parts if p.kind != "pipe"]
        pipes = [p.box for p in parts if p.kind == "pipe"]
        return route([(anchors[j.source], anchors[j.target]) for j in self.joined], solid, pipes, _LONGEST)
