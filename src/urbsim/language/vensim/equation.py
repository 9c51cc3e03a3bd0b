"""One definition as structure: its left side, which is cut already, and its right side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from urbsim.language import external, ir
from urbsim.language.catalogue import title
from urbsim.language.position import EquationError
from urbsim.language.vensim.left_side import LeftSide
from urbsim.language.vensim.syntax import right, table
from urbsim.names import identifier

_KINDS: dict[str, ir.Kind] = {"lookup": "lookup", "lookups": "lookup", "data": "data"}  # all else are equations


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a definition may name: elements of ranges, texts by identifier, and files of a folder."""

    elements: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, str]
    folder: Path

    def definition(self, part: LeftSide) -> ir.Definition:
        """Return a definition.

        Raises
        ------
        EquationError
            Where its right side is not understood, or files that it names cannot be read.
        """
        subs = tuple(identifier(s) for s in part.subs)
        excepts = tuple(tuple(identifier(s) for s in group) for group in part.excepts)
        try:
            expr = self._right(part, subs)
        except EquationError as error:
            error.at += part.start if error.at >= 0 else 0
            raise
        kind = expr.kind if isinstance(expr, ir.External) else part.kind
        return ir.Definition(subs, excepts, expr, _KINDS.get(kind, "equation"))

    def _right(self, part: LeftSide, subs: tuple[str, ...]) -> ir.Expr:
        if part.kind == "data" and not part.right:
            return ir.External("missing", ())
        inner = part.right
        if part.kind == "lookup" and external.named(inner.strip("( ")):
            inner = inner[1:-1]
        elif part.kind == "lookup":
            return table(inner)
        expr = right(inner)
        if isinstance(expr, ir.Call) and external.named(expr.function):
            return self._external(expr, part, subs)
        return expr

    def _external(self, expr: ir.Call, part: LeftSide, subs: tuple[str, ...]) -> ir.External:
        names = []
        for argument in expr.args:
            if isinstance(argument, ir.Text):
                names.append(argument.value)
            elif isinstance(argument, ir.Ref) and argument.name in self.texts:
                names.append(self.texts[argument.name])
            else:
                raise EquationError("argument-count", f"{title(expr.function)} takes texts in single quotes")
        axes = [self.elements.get(s, (s,)) for s in subs]
        return external.read(expr.function, names, axes, self.folder, part.name, part.keyword)
