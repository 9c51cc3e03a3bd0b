"""What stands as one piece in a diagram, and how large it is: a name with its list of inputs, or a chain of stocks.

Constants, lookups and variables of other sectors are not spread over the picture: they are listed below the variable
that uses them, which is where a modeller puts a shadow variable. Pipes run level, so each pipe has a row of its own and
a stock is as high as its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from urbsim.diagram import text
from urbsim.diagram.structure import Pipe, Symbol

LINE, SMALL_LINE = 14.0, 12.5  # from one base line to the next
_NAME_LIMIT, _NOTE_LIMIT, _STOCK_LIMIT, _SHADOW_LIMIT = 120.0, 150.0, 96.0, 80.0
_INDENT = 16.0  # of a list: its arrow stands left of it
_CLOUD, _VALVE = 10.0, 8.0
_ABOVE = 20.0  # from the top of a row to its pipe


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, from its left upper corner."""

    x: float
    y: float
    w: float
    h: float

    def moved(self, x: float, y: float) -> Box:
        """Return the same rectangle elsewhere."""
        return Box(self.x + x, self.y + y, self.w, self.h)

    @property
    def middle(self) -> tuple[float, float]:
        """Return the centre."""
        return self.x + self.w / 2, self.y + self.h / 2


Shape: TypeAlias = tuple[Box, ...]  # rectangles that belong together, as a name and its list


def around(boxes: Shape) -> Box:
    """Return the smallest rectangle around others."""
    x, y = min(b.x for b in boxes), min(b.y for b in boxes)
    return Box(x, y, max(b.x + b.w for b in boxes) - x, max(b.y + b.h for b in boxes) - y)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is drawn. ``kind``: name, note, stock, shadow (a stock drawn elsewhere), cloud, valve or pipe.

    A pipe has ends at the left and the right side of its box, ``arrows`` says where it has heads: < > or both.
    """

    kind: str
    box: Box
    lines: tuple[tuple[str, str], ...] = ()  # style and text
    arrows: str = ""


@dataclass(slots=True)
class Block:
    """A piece that moves as one: its parts, and the places at which connectors of each symbol may start and end."""

    parts: list[Part] = field(default_factory=list)
    anchors: dict[str, tuple[Shape, ...]] = field(default_factory=dict)
    w: float = 0.0
    h: float = 0.0

    def trim(self) -> Block:
        """Return the block with its left upper corner at 0, 0."""
        x, y = (min(getattr(p.box, side) for p in self.parts) for side in "xy")
        self.parts = [Part(p.kind, p.box.moved(-x, -y), p.lines, p.arrows) for p in self.parts]
        self.anchors = self.anchored(-x, -y)
        self.w = max(p.box.x + p.box.w for p in self.parts)
        self.h = max(p.box.y + p.box.h for p in self.parts)
        return self

    def anchored(self, x: float, y: float) -> dict[str, tuple[Shape, ...]]:
        """Return the places of its symbols where the block is moved."""
        return {
            key: tuple(tuple(box.moved(x, y) for box in shape) for shape in shapes)
            for key, shapes in self.anchors.items()
        }


def name_lines(symbol: Symbol) -> tuple[tuple[str, str], ...]:
    """Return the name of a variable as lines with their style."""
    style = symbol.kind if symbol.own else "foreign"
    label = symbol.label if symbol.own else f"<{symbol.label}>"
    lines = text.wrap(label, text.SIZE, _NAME_LIMIT)
    return tuple((f"{style} table" if symbol.table and not i else style, line) for i, line in enumerate(lines))


def note(entries: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return a list of inputs, each with its style, as lines; a second line of one has the style ``more``."""
    lines: list[tuple[str, str]] = []
    for style, label in entries:
        first, *more = text.wrap(label, text.SMALL, _NOTE_LIMIT)
        lines += [(style, first), *((f"{style} more", line) for line in more)]
    return tuple(lines)


def _width(lines: Iterable[tuple[str, str]], size: float) -> float:
    mark, bold, more = 13.0, 1.13, 8.0  # of a lookup, of a lever, of a second line
    return max(
        (
            text.width(line, size) * (bold if "lever" in style else 1.0)
            + mark * ("table" in style or "lookup" in style)
            + more * ("more" in style)
            for style, line in lines
        ),
        default=0.0,
    )


def _label(lines: tuple[tuple[str, str], ...], notes: tuple[tuple[str, str], ...], x: float, y: float) -> list[Part]:
    """Return a name and below it its list, around ``x`` and below ``y``."""
    parts = []
    if lines:
        w = _width(lines, text.SIZE) + 4
        parts.append(Part("name", Box(x - w / 2, y, w, LINE * len(lines) + 2), lines))
        y += LINE * len(lines) + 2
    if notes:
        w = _width(notes, text.SMALL) + _INDENT + 2
        parts.append(Part("note", Box(x - w / 2, y, w, SMALL_LINE * len(notes) + 4), notes))
    return parts


def single(symbol: Symbol, notes: tuple[tuple[str, str], ...]) -> Block:
    """Return the block of an auxiliary."""
    parts = _label(name_lines(symbol), notes, 0.0, 0.0)
    return Block(parts, {symbol.key: (tuple(p.box for p in parts),)}).trim()


@dataclass(frozen=True, slots=True)
class _End:
    """What a pipe ends at: a cloud where there is no stock, a shadow where the stock is elsewhere in the chain."""

    stock: str
    shadow: bool = False


@dataclass(slots=True)
class _Stock:
    """A stock on its way into a chain: column, rows from and to."""

    column: int
    first: int
    last: int


class Chain:
    """Lays out stocks that pipes join, column by column from the left."""

    def __init__(
        self,
        stocks: Mapping[str, Symbol],
        pipes: tuple[Pipe, ...],
        symbols: Mapping[str, Symbol],
        notes: Mapping[str, tuple[tuple[str, str], ...]],
    ) -> None:
        self.stocks, self.symbols, self.notes = stocks, symbols, notes
        self.spots: dict[str, _Stock] = {}
        self.rows: list[list[tuple[Pipe, int, _End, _End]]] = []  # pipe, gap, what is left and right of it
        self.pipes = pipes
        self.pipe_keys: set[str] = set()
        self._stock(self._root(), 0, 0, "")

    def _root(self) -> str:
        """Return the stock with which the chain begins: most goes on from it and least comes from others."""
        score = dict.fromkeys(self.stocks, 0)
        for pipe in self.pipes:
            if pipe.source and pipe.target and pipe.source != pipe.target:
                score[pipe.source] += 1
                score[pipe.target] -= 1
        return max(score, key=lambda name: score[name])

    def _put(self, pipe: Pipe, row: int, gap: int, ends: tuple[_End, _End]) -> None:
        while len(self.rows) <= row:
            self.rows.append([])
        self.rows[row].append((pipe, gap, *ends))
        self.pipe_keys.add(pipe.key)

    def _stock(self, name: str, column: int, row: int, parent: str) -> int:
        """Place a stock and all that follow it from a row on; return the row after them."""
        spot = self.spots[name] = _Stock(column, row, row)
        left = right = row
        for pipe in self._between(parent, name):
            self._put(pipe, left, column, (_End(parent), _End(name)))
            self.spots[parent].last = max(self.spots[parent].last, left)
            left += 1
        left, right = self._stubs(name, column, (left, right), ("", name))
        after = right
        for pipe in self._open(name):
            other = pipe.target if pipe.source == name else pipe.source
            if other and other not in self.spots:
                after = self._stock(other, column + 1, after, name)
        rest = max(after, right)
        left, rest = self._stubs(name, column, (left, rest), tuple(self.spots))
        spot.last = max(spot.last, left - 1, right - 1, rest - 1 if rest > after else row)
        return max(spot.last + 1, after)

    def _open(self, name: str) -> list[Pipe]:
        return [p for p in self.pipes if p.key not in self.pipe_keys and name in {p.source, p.target}]

    def _stubs(self, name: str, column: int, rows: tuple[int, int], others: tuple[str, ...]) -> tuple[int, int]:
        """Put the pipes to clouds or shadows from rows on, left and right of a stock; return the rows after them."""
        left, right = rows
        for pipe in self._open(name):
            other = pipe.target if pipe.source == name else pipe.source
            if other not in others:
                continue
            if pipe.source == name:
                self._put(pipe, right, column + 1, (_End(name), _End(other, shadow=True)))
                right += 1
            else:
                self._put(pipe, left, column, (_End(other, shadow=True), _End(name)))
                left += 1
        return left, right

    def _between(self, left: str, right: str) -> list[Pipe]:
        pair = {left, right}
        return [p for p in self.pipes if p.key not in self.pipe_keys and left and {p.source, p.target} == pair]

    def block(self) -> Block:
        """Return the chain as a block."""
        block = Block()
        heads = {name: text.wrap(s.label, text.SIZE, _STOCK_LIMIT) for name, s in self.stocks.items()}
        widths = self._columns(heads)
        gaps = self._gaps()
        edges = {0: gaps.get(0, 0.0)}
        for column in range(1, len(widths)):
            edges[column] = edges[column - 1] + widths[column - 1] + gaps.get(column, 0.0)
        tops = self._tops(heads)
        for name, spot in self.spots.items():
            high = LINE * len(heads[name]) + 14
            y0, y1 = tops[spot.first] + _ABOVE, tops[spot.last] + _ABOVE
            extra = max(0.0, high - (y1 - y0) - 36)
            box = Box(edges[spot.column], y0 - 18 - extra / 2, widths[spot.column], y1 - y0 + 36 + extra)
            lines = tuple(("stock", line) for line in heads[name])
            block.parts.append(Part("stock", box, lines))
            block.anchors[name] = ((box,),)
            if self.notes.get(name):
                block.parts += _label((), self.notes[name], box.x + box.w / 2, box.y + box.h + 2)
        for row, pipes in enumerate(self.rows):
            for pipe, gap, before, after in pipes:
                edge = edges[gap] if gap in edges else edges[gap - 1] + widths[gap - 1] + gaps[gap]
                self._pipe(block, pipe, (before, after), edge - gaps[gap], edge, tops[row] + _ABOVE)
        return block.trim()

    def _columns(self, heads: Mapping[str, tuple[str, ...]]) -> list[float]:
        count = 1 + max(p.column for p in self.spots.values())
        widths = [70.0] * count
        for name, spot in self.spots.items():
            wide = max(text.width(line, text.SIZE) for line in heads[name]) + 16
            wide = max([wide, *(part.box.w for part in _label((), self.notes.get(name, ()), 0.0, 0.0))])
            widths[spot.column] = max(widths[spot.column], wide)
        return widths

    def _gaps(self) -> dict[int, float]:
        gaps: dict[int, float] = {}
        for pipes in self.rows:
            for pipe, gap, before, after in pipes:
                wide = self._label_width(pipe) + 24 + self._end(before)[0] + self._end(after)[0]
                gaps[gap] = max(gaps.get(gap, 110.0), wide)
        return gaps

    def _label_width(self, pipe: Pipe) -> float:
        return max((p.box.w for p in self._label(pipe, 0.0, 0.0)), default=40.0)

    def _label(self, pipe: Pipe, x: float, y: float) -> list[Part]:
        lines: tuple[tuple[str, str], ...] = ()
        if pipe.label:
            symbol = self.symbols[pipe.key.partition("#")[0]]
            lines = name_lines(Symbol(symbol.key, symbol.label, "flow", symbol.own and not pipe.shadow, symbol.table))
        return _label(lines, self.notes.get(pipe.key, ()), x, y + _VALVE + 3)

    def _end(self, end: _End) -> tuple[float, float, tuple[tuple[str, str], ...]]:
        """Return width, height and lines of what a pipe ends at: nothing for a stock that is in the chain."""
        if not end.stock:
            return 2 * _CLOUD, 2 * _CLOUD, ()
        if not end.shadow:
            return 0.0, 0.0, ()
        label = f"<{self.symbols[end.stock].label}>"
        lines = tuple(("foreign", line) for line in text.wrap(label, text.SMALL, _SHADOW_LIMIT))
        return _width(lines, text.SMALL) + 10, SMALL_LINE * len(lines) + 8, lines

    def _tops(self, heads: Mapping[str, tuple[str, ...]]) -> list[float]:
        """Return the top of each row: below the labels and lists of the rows above."""
        below = [24.0] * max(len(self.rows), 1 + max(p.last for p in self.spots.values()))
        above = [_ABOVE] * len(below)
        for row, pipes in enumerate(self.rows):
            for pipe, _, before, after in pipes:
                parts = self._label(pipe, 0.0, 0.0)
                below[row] = max([below[row], *(p.box.y + p.box.h for p in parts)])
                ends = max(self._end(before)[1], self._end(after)[1]) / 2
                above[row], below[row] = max(above[row], ends + 4), max(below[row], ends)
        for name, spot in self.spots.items():
            spare = max(0.0, LINE * len(heads[name]) + 14 - 36) / 2 if spot.first == spot.last else 0.0
            high = sum(p.box.h for p in _label((), self.notes.get(name, ()), 0.0, 0.0))
            below[spot.last] = max(below[spot.last], 18 + spare + high + 4)
            above[spot.first] = max(above[spot.first], 18 + spare)
        tops, y = [], 0.0
        for up, down in zip(above, below, strict=True):
            tops.append(y + up - _ABOVE)
            y += up + down + 10
        return tops

    def _pipe(self, block: Block, pipe: Pipe, ends: tuple[_End, _End], left: float, right: float, y: float) -> None:
        before, after = self._end(ends[0]), self._end(ends[1])
        for end, (w, h, lines), x in ((ends[0], before, left), (ends[1], after, right - after[0])):
            if w:
                block.parts.append(Part("shadow" if end.stock else "cloud", Box(x, y - h / 2, w, h), lines))
        x0, x1 = left + before[0], right - after[0]
        forward = pipe.source == pipe.target or ends[0].stock == pipe.source
        arrows = "<>" if pipe.both else ">" if forward else "<"
        block.parts.append(Part("pipe", Box(x0, y - 3, x1 - x0, 6), arrows=arrows))
        middle = (x0 + x1) / 2
        valve = Box(middle - _VALVE, y - _VALVE, 2 * _VALVE, 2 * _VALVE)
        block.parts.append(Part("valve", valve))
        label = self._label(pipe, middle, y)
        block.parts += label
        block.anchors[pipe.key] = ((valve,), tuple(p.box for p in label)) if label else ((valve,),)
