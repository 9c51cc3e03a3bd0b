"""From what is written in an XMILE equation to what it means: names, subscripts, functions.

An array without subscripts stands for the element of the equation's own subscripts, and inside of SUM and its like for
all elements. ``*`` runs over a dimension there; elsewhere it is the equation's own subscript.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from urbsim.errors import nearest
from urbsim.language import ir
from urbsim.language.position import EquationError
from urbsim.language.xmile import builtins
from urbsim.language.xmile.symbols import SymbolEntry, Symbols, path_of, plain
from urbsim.language.xmile.syntax import Apply, Invoke, Name, Number, Span, Star, Tree

_CLOCK = builtins.CLOCK | {name: name for name in ir.CLOCK}


@dataclass(frozen=True, slots=True)
class Site:
    """Where an equation stands: the variable, its dimensions, its module, the parameters of its macro."""

    name: str
    dims: tuple[str, ...] = ()
    prefix: str = ""
    params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """Translates equations of one site; ``wild`` are the dimensions that SUM or its like runs over, None all."""

    symbols: Symbols
    site: Site
    reduces: bool = False
    wild: frozenset[str] | None = None

    def expr(self, tree: Tree) -> ir.Expr:
        """Return the expression of a tree."""
        if isinstance(tree, Number):
            return ir.Num(tree.value)
        if isinstance(tree, Apply):
            return self._operation(tree)
        if isinstance(tree, Invoke):
            return self._call(tree)
        if isinstance(tree, Name):
            return self._name(tree)
        raise EquationError("subscripts", "`*` and `:` are subscripts and cannot stand elsewhere")

    def exprs(self, trees: Sequence[Tree]) -> tuple[ir.Expr, ...]:
        """Return the expressions of some trees."""
        return tuple([self.expr(tree) for tree in trees])

    def _operation(self, tree: Apply) -> ir.Expr:
        args = self.exprs(tree.args)
        if tree.op == "if":
            return ir.Call("if_then_else", (), args)
        if tree.op in {"mod", "%"}:
            return ir.Call("mod", (), args)
        if tree.op == "//":
            return builtins.divided(*args)
        if tree.op == "neg" and isinstance(args[0], ir.Num):
            return ir.Num(-args[0].value)
        if tree.op not in ir.OPERATORS:
            raise EquationError("syntax", f"`{tree.op}` is not an operator")
        return ir.Op(ir.OPERATORS[tree.op], args)

    # names

    def _name(self, tree: Name) -> ir.Expr:
        entry = self.symbols.find(tree.text, self.site.prefix)
        path = path_of(tree.text)
        short = path[-1] if path else ""
        if len(path) == 1 and short in self.site.params:
            return ir.Ref(short)
        if entry is not None and not tree.subs and len(path) == 1 and self._is_reserved(entry, short):
            entry = None
        if entry is not None and entry.table:
            hint = "write it with the argument in parentheses"
            raise EquationError("table", f"{tree.text!r} is a graphical function and needs an argument", hint)
        if entry is not None:
            return self.reference(entry, tree.subs)
        if tree.subs and short != "self":
            raise self.symbols.unknown(tree.text)
        if short == "self":
            return self.reference(SymbolEntry(self.site.name, self.site.dims), tree.subs)
        if len(path) == 1 and short in _CLOCK:
            return ir.Ref(_CLOCK[short])
        if len(path) == 1 and short in builtins.NUMBERS:
            return ir.Num(builtins.NUMBERS[short])
        place = self._position(path)
        if place is None:
            raise self.symbols.unknown(tree.text)
        return place

    def _is_reserved(self, entry: SymbolEntry, name: str) -> bool:
        """Tell whether a name means a dimension of the variable, or a function, although a variable has it too."""
        if name in self.site.dims:
            return True
        return entry.name == self.site.name and (name in _CLOCK or name in builtins.NUMBERS)

    def _position(self, path: Sequence[str]) -> ir.Expr | None:
        """Return a dimension or an element as a number, counted from 1."""
        if len(path) == 2 and path[0] in self.symbols.dims and path[1] in self.symbols.dims[path[0]]:
            return ir.Num(1 + self.symbols.dims[path[0]].index(path[1]))
        if len(path) != 1:
            return None
        if path[0] in self.symbols.dims:
            if path[0] not in self.site.dims:
                raise EquationError("subscripts", f"the dimension {path[0]!r} is not one of the variable's own")
            return ir.Call("position", (ir.Sub(path[0]),), ())
        for dim in [*self.site.dims, *self.symbols.dims]:
            elements = self.symbols.elements(dim)
            if path[0] in elements:
                return ir.Num(1 + elements.index(path[0]))
        return None

    def reference(self, entry: SymbolEntry, subs: Sequence[Tree]) -> ir.Expr:
        """Return a reference to a variable; a subscript that is computed becomes a choice."""
        if not subs:
            return ir.Ref(entry.name, tuple([self._own(dim) for dim in entry.dims]))
        if len(subs) != len(entry.dims):
            raise EquationError(
                "subscripts", f"{entry.name!r} has {len(entry.dims)} subscripts and is used with {len(subs)}"
            )
        subscripts = [self._subscript(sub, dim) for sub, dim in zip(subs, entry.dims, strict=True)]
        return self._chosen(entry, subscripts)

    def _chosen(self, entry: SymbolEntry, subs: Sequence[ir.Sub | ir.Expr]) -> ir.Expr:
        at = next((i for i, sub in enumerate(subs) if not isinstance(sub, ir.Sub)), None)
        if at is None:
            return ir.Ref(entry.name, tuple([sub for sub in subs if isinstance(sub, ir.Sub)]))
        index = subs[at]
        result: ir.Expr = ir.Num(0.0)
        for place, element in reversed(list(enumerate(self.symbols.elements(entry.dims[at]), start=1))):
            gap = ir.Call("abs", (), (ir.Op("-", (index, ir.Num(float(place)))),))  # type: ignore[arg-type]
            value = self._chosen(entry, [*subs[:at], ir.Sub(element), *subs[at + 1 :]])
            result = ir.Call("if_then_else", (), (ir.Op("<", (gap, ir.Num(0.5))), value, result))
        return result

    def _own(self, dim: str) -> ir.Sub:
        """Return the subscript of a dimension that is not written."""
        if self.reduces and (self.wild is None or dim in self.wild or dim not in self.site.dims):
            return ir.Sub(dim, bang=True)
        own = {plain(d) for d in self.site.dims}
        name = dim if dim in self.site.dims else plain(dim)
        alike = [d for d in own if d != name and self.symbols.dims[d] == self.symbols.elements(dim)]
        if name not in own and not alike:
            message = f"an array over {name!r} stands for one number and {name!r} is not a dimension of the variable"
            raise EquationError("subscripts", message, "write an element in brackets, or SUM, MEAN, MAX of the array")
        return ir.Sub(name)

    def _subscript(self, sub: Tree, dim: str) -> ir.Sub | ir.Expr:
        """Return a subscript in a place where a dimension is expected."""
        elements = self.symbols.elements(dim)
        if isinstance(sub, Star):
            if not self.reduces and dim not in self.site.dims:
                raise EquationError(
                    "subscripts", "`*` stands outside of SUM, MEAN and their like, and the variable has no such range"
                )
            return ir.Sub(dim, bang=self.reduces)
        if isinstance(sub, Span):
            if not self.reduces:
                raise EquationError("subscripts", "a part of a range stands outside of SUM, MEAN and their like")
            first, last = (self._place(end, elements) for end in (sub.first, sub.last))
            return ir.Sub(self.symbols.span(dim, first, last), bang=True)
        if isinstance(sub, Number):
            return ir.Sub(elements[self._place(sub, elements) - 1])
        if isinstance(sub, Name) and not sub.subs:
            subscript = self._named(path_of(sub.text), dim)
            if subscript is not None:
                return subscript
        return self.expr(sub)

    def _named(self, path: Sequence[str], dim: str) -> ir.Sub | None:
        """Return a subscript that is an element or a dimension."""
        if path[-1] in self.symbols.elements(dim):
            return ir.Sub(path[-1])
        if len(path) != 1 or path[0] not in self.symbols.dims:
            return None
        use = path[0] + dim[len(plain(dim)) :]  # the second use of a range stands in the second place
        name = use if use in self.site.dims else path[0]
        return ir.Sub(name, bang=self.reduces and name not in self.site.dims)

    def _place(self, tree: Tree, elements: Sequence[str]) -> int:
        """Return the place of an element given by name or number, counted from 1."""
        if isinstance(tree, Name) and path_of(tree.text)[-1] in elements:
            return 1 + elements.index(path_of(tree.text)[-1])
        if isinstance(tree, Number) and tree.value == int(tree.value):
            if str(int(tree.value)) in elements:
                return 1 + elements.index(str(int(tree.value)))
            if 1 <= tree.value <= len(elements):
                return int(tree.value)
            raise EquationError("out-of-bounds", f"the subscript {tree.value:g} is not in 1 to {len(elements)}")
        raise EquationError("subscripts", "the bounds of a part of a range must be elements or numbers")

    # functions

    def _call(self, tree: Invoke) -> ir.Expr:
        path = path_of(tree.name.text)
        function = path[-1]
        if ".".join(path) in self.symbols.macros:
            function = ".".join(path)
        if function in self.symbols.macros:
            return self._macro(function, tree)
        entry = self.symbols.find(tree.name.text, self.site.prefix)
        if entry is not None and entry.has_points:
            if len(tree.args) != 1:
                raise EquationError(
                    "argument-count",
                    f"the graphical function {tree.name.text!r} takes 1 argument, not {len(tree.args)}",
                )
            return self.looked_up(tree.name, tree.args[0])
        build = builtins.find(function, len(tree.args))
        if build is not None:
            return build(self, tree.args)
        if not tree.args and (number := self._plain(function)) is not None:
            return number
        functions = [*builtins.spellings(), *(name.upper() for name in self.symbols.macros)]
        message = f"unknown function {tree.name.text.upper()!r}"
        raise EquationError("unknown-name", message, f"{nearest(function.upper(), functions)}")

    def _plain(self, name: str) -> ir.Expr | None:
        """Return TIME() and its like."""
        return self._name(Name(name)) if name in _CLOCK or name in builtins.NUMBERS else None

    def _macro(self, name: str, tree: Invoke) -> ir.Expr:
        if len(tree.args) != self.symbols.macros[name]:
            raise EquationError(
                "argument-count", f"{name.upper()} takes {self.symbols.macros[name]} arguments, not {len(tree.args)}"
            )
        return ir.Call(name, (), self.exprs(tree.args))

    def looked_up(self, name: Tree, argument: Tree) -> ir.Expr:
        """Return the graphical function of a variable at an argument."""
        ref = self.table(name)
        return ir.Call(ref.name, ref.subs, (self.expr(argument),))

    def table(self, name: Tree) -> ir.Ref:
        """Return the graphical function of a variable."""
        entry = self.symbols.find(name.text, self.site.prefix) if isinstance(name, Name) else None
        if entry is None or not isinstance(name, Name) or not entry.has_points:
            raise EquationError("table", "needs a variable with a graphical function as its first argument")
        ref = self.reference(entry, name.subs)
        if not isinstance(ref, ir.Ref):
            raise EquationError("table", "the subscript of a graphical function must be an element or a range")
        if entry.table:
            return ref
        self.symbols.tables.add(entry.name)
        return replace(ref, name=table_name(entry.name))

    def over(self, tree: Tree) -> ir.Expr:
        """Return the argument of SUM or its like: every dimension that it runs over is marked."""
        stars = frozenset(self._stars(tree))
        return replace(self, reduces=True, wild=stars or None).expr(tree)

    def _stars(self, tree: Tree) -> Iterator[str]:
        if isinstance(tree, Name):
            entry = self.symbols.find(tree.text, self.site.prefix)
            dims = entry.dims if entry else self.site.dims
            for sub, dim in zip(tree.subs, dims, strict=False):
                if isinstance(sub, Star | Span):
                    yield dim
        elif isinstance(tree, Apply | Invoke):
            for argument in tree.args:
                yield from self._stars(argument)
            if isinstance(tree, Invoke):
                yield from self._stars(tree.name)

    def is_array(self, tree: Tree) -> bool:
        """Tell whether a tree stands for many numbers: it has ``*``, or an array over other dimensions than its own."""
        if any(True for _ in self._stars(tree)):
            return True
        if isinstance(tree, Name):
            entry = self.symbols.find(tree.text, self.site.prefix)
            return entry is not None and not tree.subs and not set(entry.dims) <= set(self.site.dims)
        return isinstance(tree, Apply | Invoke) and any(self.is_array(argument) for argument in tree.args)

    def size(self, tree: Tree) -> float:
        """Return the number of elements of an array, a slice of one, or a dimension."""
        if isinstance(tree, Name):
            path = path_of(tree.text)
            entry = self.symbols.find(tree.text, self.site.prefix)
            if path == ("self",):
                entry = SymbolEntry(self.site.name, self.site.dims)
            if entry is None and len(path) == 1 and path[0] in self.symbols.dims:
                return len(self.symbols.dims[path[0]])
            if entry is None:
                raise self.symbols.unknown(tree.text)
            count = 1
            ref = replace(self, reduces=True).reference(entry, tree.subs)
            for sub in ref.subs if isinstance(ref, ir.Ref) else ():
                count *= len(self.symbols.elements(sub.name)) if sub.bang else 1
            return count
        raise EquationError("argument", "SIZE takes the name of an array or of a dimension")


def table_name(name: str) -> str:
    """Return the name of the graphical function of a variable that has an equation too."""
    return f"{name}@table"
