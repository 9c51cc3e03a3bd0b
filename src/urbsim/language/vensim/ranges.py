"""Subscript ranges: elements, ranges in ranges, numbered elements, copies, files, and mappings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.vensim.document import QUOTED, names
from urbsim.names import identifier

_NUMBERED = re.compile(r"\(\s*(.*?)(\d+)\s*-\s*(.*?)(\d+)\s*\)", re.DOTALL)
_PAIR = re.compile(rf"\(\s*({QUOTED}|[^:()]+?)\s*:((?:{QUOTED}|[^()])*)\)")
_FILE = re.compile(r"GET[\s_]+(?:XLS|DIRECT)[\s_]+SUBSCRIPT\s*\((.*?)\)", re.IGNORECASE | re.DOTALL)


class Ranges:
    """Ranges as they are read; :meth:`resolved` gives each when all are known, ``lost`` are those that cannot be."""

    def __init__(self, from_file: Callable[[list[str]], list[str]]) -> None:
        self._from_file = from_file
        self._parts: dict[str, list[str]] = {}
        self._maps: dict[str, list[tuple[str, list[str] | None]]] = {}
        self._copies: dict[str, str] = {}
        self.spelled: dict[str, str] = {}
        self.lost: set[str] = set()
        self.external = False  # whether a file gave elements

    def add(self, name: str, right: str) -> None:
        """Add ``name : elements -> mappings``."""
        items, _, mapping = right.partition("->")
        if call := _FILE.fullmatch(items.strip()):
            self.external = True
            parts = self._from_file(re.findall("'([^']*)'", call[1]))
        else:
            parts = [part for item in names(items) for part in self._numbered(item)]
        self._put(name, parts)
        pairs = [(identifier(m[1]), [identifier(p) for p in names(m[2])]) for m in _PAIR.finditer(mapping)]
        plain = [identifier(part) for part in names(_PAIR.sub("", mapping))]
        self._maps[identifier(name)] = [*pairs, *((target, None) for target in plain)]

    def copy(self, name: str, right: str) -> None:
        """Add ``name <-> other``: the same elements and mappings under another name."""
        self._put(name, [right])
        self._copies[identifier(name)] = identifier(right)

    def _put(self, name: str, parts: list[str]) -> None:
        for spelling in (*parts, name):
            self.spelled.setdefault(identifier(spelling), spelling)
        self._parts[identifier(name)] = [identifier(part) for part in parts]

    def _numbered(self, item: str) -> Iterator[str]:
        """Give the elements of ``(A1-A5)``, or the one that is written."""
        if not (match := _NUMBERED.fullmatch(item)):
            yield item
            return
        stem, first, other, last = match.groups()
        if identifier(stem) != identifier(other) or not stem.strip() or int(first) > int(last):
            raise EquationError("syntax", f"the elements `{item}` make no sense", "write them as (A1-A5)")
        yield from (f"{stem}{number}" for number in range(int(first), int(last) + 1))

    def elements(self, name: str, trail: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the elements of a range, or an element itself.

        Raises
        ------
        EquationError
            Where a range contains itself.
        """
        if name in trail:
            raise EquationError("contains-itself", f"subscript range {name!r} contains itself")
        if name not in self._parts:
            return (name,)
        parts = [element for part in self._parts[name] for element in self.elements(part, (*trail, name))]
        return tuple(dict.fromkeys(parts))

    def names(self) -> list[str]:
        """Return the names of the ranges that were added."""
        return list(self._parts)

    def resolved(self, name: str) -> ir.Range:
        """Return a range with elements and mappings.

        Raises
        ------
        EquationError
            Where a mapping does not fit.
        """
        return ir.Range(name, self.elements(name), tuple(self._mapped(name)))

    def _mapped(self, name: str) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
        own = self.elements(name)
        for target, parts in self._maps.get(self._copies.get(name, name), []):
            if target in self.lost:
                continue
            if target not in self._parts:
                raise EquationError(
                    "unknown-name", f"subscript range {name!r} is mapped to {target!r}, which is no range"
                )
            groups = [self.elements(p) for p in parts] if parts else [(e,) for e in self.elements(target)]
            if parts and len(groups) != len(own):  # parts may be ranges of several
                groups = [(e,) for group in groups for e in group]
            if len(groups) != len(own):
                raise EquationError(
                    "element-count",
                    f"subscript range {name!r} has {len(own)} elements, its mapping to {target!r} has {len(groups)}",
                )
            yield target, tuple(groups)
