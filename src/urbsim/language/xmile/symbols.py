"""What names in an XMILE file stand for: variables of modules, dimensions and their elements, macros."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from urbsim.errors import nearest
from urbsim.language.position import EquationError
from urbsim.names import identifier

_PARTS = re.compile(r'"((?:\\.|[^"\\])*)"|([^."]+)')
_ESCAPE = re.compile(r'\\([n"\\])')


def spelling(name: str) -> str:
    """Return a name as its author reads it: one line, without quotes around it."""
    text = name.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return " ".join(_ESCAPE.sub(lambda m: " " if m[1] == "n" else m[1], text).split())


def path_of(text: str) -> tuple[str, ...]:
    """Return the identifiers of a name in an equation, module by module; what is in quotes is one."""
    return tuple(identifier(spelling(quote or plain)) for quote, plain in _PARTS.findall(text))


@dataclass(frozen=True, slots=True)
class SymbolEntry:
    """A variable: full identifier, dimensions, whether it is only a table; ``source`` is what a module input reads."""

    name: str
    dims: tuple[str, ...] = ()
    table: bool = False
    has_points: bool = False
    source: str = ""


@dataclass
class Symbols:
    """All names of a file. A dimension that a variable has twice is ``dim`` and ``dim@2``."""

    entries: dict[str, SymbolEntry] = field(default_factory=dict)
    dims: dict[str, tuple[str, ...]] = field(default_factory=dict)
    macros: dict[str, int] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)  # variables whose graphical function is used by name

    def find(self, text: str, prefix: str) -> SymbolEntry | None:
        """Return the variable that a name stands for in a module, or None."""
        name = ".".join(path_of(text))
        names = [name] if text.startswith(".") or not prefix else [f"{prefix}{name}", name]
        entry = next((self.entries[t] for t in names if t in self.entries), None)
        trail = set()
        while entry is not None and entry.source:
            if entry.name in trail:
                raise EquationError("contains-itself", f"the module input {entry.name!r} is connected to itself")
            trail.add(entry.name)
            entry = self.entries.get(entry.source)
        return entry

    def unknown(self, text: str) -> EquationError:
        """Return the error for a name that nothing has."""
        return EquationError("unknown-name", f"{text!r} is not defined", nearest(text, [*self.spelled.values()]))

    def elements(self, dim: str) -> tuple[str, ...]:
        """Return the elements of a dimension, or of a second use of one."""
        return self.dims[plain(dim)]

    def span(self, dim: str, first: int, last: int) -> str:
        """Return the name of a part of a dimension, from 1; it becomes a dimension of its own."""
        elements = self.elements(dim)
        if not 1 <= first <= last <= len(elements):
            raise EquationError(
                "out-of-bounds", f"{first}:{last} is not in {dim!r}, which has {len(elements)} elements"
            )
        name = f"{dim}:{first}:{last}"
        self.dims[name] = elements[first - 1 : last]
        return name


def plain(dim: str) -> str:
    """Return the dimension of a second use of it."""
    return dim.partition("@")[0]


def numbered(dims: Iterable[str]) -> tuple[str, ...]:
    """Tell the uses of a dimension apart: ``dim``, ``dim@2``, ..."""
    counts: dict[str, int] = {}
    names = []
    for dim in dims:
        counts[dim] = counts.get(dim, 0) + 1
        names.append(dim if counts[dim] == 1 else f"{dim}@{counts[dim]}")
    return tuple(names)


def elements_of(names: Mapping[str, str], size: str) -> dict[str, str]:
    """Return the elements of a dimension, identifier -> spelling: as named, or counted up to its size."""
    if names:
        return dict(names)
    return {str(i): str(i) for i in range(1, int(size) + 1)}
