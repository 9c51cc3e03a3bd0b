"""XMILE text -> our structure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from urbsim.errors import InputError, Place, Problem
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.order import deep
from urbsim.language.position import EquationError
from urbsim.language.xmile import document, limits
from urbsim.language.xmile.clock import clock, notes
from urbsim.language.xmile.document import Node
from urbsim.language.xmile.limits import Limit
from urbsim.language.xmile.sections import Declarations, Declared
from urbsim.language.xmile.symbols import Entry, path_of, spelling
from urbsim.language.xmile.syntax import tree
from urbsim.language.xmile.tables import points
from urbsim.language.xmile.translate import Meaning, Site, table_name
from urbsim.names import identifier

_DISCRETE = {"conveyor", "queue", "oven"}
_LIST = re.compile(r"\s*[-+.\deE]+(?:\s*[,;]\s*[-+.\deE]+)+\s*")


def read(source: str, label: str) -> Model:
    """Return an XMILE model as structure.

    Raises
    ------
    InputError
        Where the file is not well-formed, has no clock or model, or with one problem for each equation at fault.
    """
    root = document.read(source, label)
    with deep():
        return _model(root, label, source)


def _model(root: Node, label: str, source: str) -> Model:
    if root.tag != "xmile":
        raise InputError(
            Problem(
                "unknown-file-kind", Place(label, root.line, 1), f"is not an XMILE file: it begins with <{root.tag}>"
            )
        )
    found = Declarations.of_file(root, label)
    for macro in root.all("macro"):
        found.symbols.macros[_macro_name(macro)] = len(macro.all("parm"))
    reader = _Reader(found, root.find("behavior") or Node("behavior", {}, 0))
    variables = reader.variables()
    timing = clock(root, label)
    macros = tuple([reader.macro(node) for node in root.all("macro")])
    tables = reader.tables()
    if reader.problems:
        raise InputError(reader.problems)
    symbols = reader.symbols
    dims = dict.fromkeys([*symbols.dims, *(d for entry in symbols.entries.values() for d in entry.dims)])
    return Model(
        label,
        hashlib.sha256(source.encode("utf-8", "replace")).hexdigest(),
        tuple(ir.Range(dim, symbols.elements(dim) if "@" in dim else symbols.dims[dim]) for dim in dims),
        (*variables, *tables, *timing),
        macros,
        dict(symbols.spelled),
        source,
        implicit=True,
        notes=notes(root),
    )


class _Reader:
    """Builds variables from what is declared."""

    def __init__(self, found: Declarations, behaviour: Node, params: tuple[str, ...] = ()) -> None:
        self.found, self.behaviour, self.params = found, behaviour, params
        self.label, self.declared, self.symbols, self.problems = (
            found.label,
            found.variables,
            found.symbols,
            found.problems,
        )
        self.never_negative = {
            kind: behaviour.has("non_negative") or any(n.has("non_negative") for n in behaviour.all(kind))
            for kind in ("stock", "flow")
        }

    @contextmanager
    def told(self, spelled: str, node: Node, equation: str = "") -> Iterator[None]:
        """Note what goes wrong as a problem of a variable."""
        try:
            yield
        except EquationError as error:
            shown = " ".join(equation.split())[:120]
            message = f"{spelled}: {error}" + (f" in `{shown}`" if shown else "")
            self.problems.append(Problem(error.rule, Place(self.label, node.line, 1), message, error.hint))
        except RecursionError:
            self.problems.append(
                Problem(
                    "nested-too-deeply",
                    Place(self.label, node.line, 1),
                    f"{spelled}: the equation is nested too deeply",
                )
            )

    # variables

    def variables(self) -> tuple[ir.Variable, ...]:
        """Return all variables of the model."""
        found = {d.name: self._variable(d) for d in self.declared}
        for limit in self._limits(found):
            found[limit.flow] = self._limited(found[limit.flow], limit)
        return tuple(found.values())

    def _variable(self, declared: Declared) -> ir.Variable:
        node, entry = declared.node, self.symbols.entries[declared.name]
        site = Site(declared.name, entry.dims, declared.prefix, self.params)
        definitions: tuple[ir.Definition, ...] = ()
        if declared.source:
            expr = Meaning(self.symbols, site).reference(self.symbols.entries[declared.source], ())
            definitions = (ir.Definition(entry.dims, (), expr),)
        else:
            definitions = self._definitions(declared, site)
        comment = " ".join(node.said("doc").split())
        units = " ".join(node.said("units").split())
        group = declared.lead.rstrip(".")
        return ir.Variable(declared.name, declared.spelled, units, comment, definitions, entry.dims, group=group)

    def _definitions(self, declared: Declared, site: Site) -> tuple[ir.Definition, ...]:
        """Return the equation for all elements, or one for each element that has its own."""
        node = declared.node
        elements = node.all("element")
        found: list[ir.Definition] = []
        for element in elements:
            with self.told(declared.spelled, element, element.said("eqn")):
                found.append(self._definition(declared, element, self._place(element, site), (), site))
        done = tuple(d.subs for d in found)
        if not elements or (self._text(declared, node) and found):
            with self.told(declared.spelled, node, node.said("eqn")):
                whole = self._definition(declared, node, site.dims, done, site)
                found.append(whole)
        return tuple(found)

    def _text(self, declared: Declared, node: Node) -> str:
        return node.said("eqn") if node is declared.node else node.said("eqn") or declared.node.said("eqn")

    def _place(self, element: Node, site: Site) -> tuple[str, ...]:
        names = tuple(identifier(spelling(part)) for part in element.given("subscript").split(","))
        if len(names) != len(site.dims):
            raise EquationError("subscripts", f"has {len(site.dims)} dimensions and an element [{', '.join(names)}]")
        for name, dim in zip(names, site.dims, strict=True):
            if name not in self.symbols.elements(dim):
                raise EquationError("unknown-name", f"the dimension {dim!r} has no element {name!r}")
        return names

    def _definition(
        self, declared: Declared, node: Node, subs: Sequence[str], done: tuple[tuple[str, ...], ...], site: Site
    ) -> ir.Definition:
        whole = declared.node
        shape = next((n.find("gf") for n in (node, whole) if n.find("gf")), whole if whole.tag == "gf" else None)
        text = "" if whole.tag == "gf" else self._text(declared, node)
        if not text:
            if shape is None:
                raise EquationError("missing-equation", "has no equation")
            return ir.Definition(tuple(subs), done, points(shape), "lookup")
        expr = self._expr(text, site)
        if shape is not None:
            expr = ir.WithLookup(expr, points(shape))
        if node.said("init_eqn"):
            expr = ir.Call("active_initial", (), (expr, self._expr(node.said("init_eqn"), site)))
        if whole.tag == "stock":
            expr = self._stock(declared, expr, site)
        if whole.tag == "flow" and self._is_kept_up(whole):
            expr = limits.not_below_zero(expr)
        return ir.Definition(tuple(subs), done, expr)

    def _expr(self, text: str, site: Site) -> ir.Expr:
        if _LIST.fullmatch(text) and site.dims:
            try:
                return ir.Array(tuple(float(part) for part in re.split("[,;]", text)))
            except ValueError:
                pass
        return Meaning(self.symbols, site).expr(tree(text))

    # stocks and flows

    def _is_kept_up(self, node: Node) -> bool:
        """Tell whether a stock or flow may not be below zero."""
        return node.has("non_negative") if node.find("non_negative") else self.never_negative.get(node.tag, False)

    def _flows(self, declared: Declared, tag: str) -> list[Entry]:
        found = []
        for node in declared.node.all(tag):
            entry = self.symbols.find(node.text.strip(), declared.prefix)
            if entry is None:
                error = self.symbols.unknown(node.text.strip())
                raise EquationError(error.rule, f"its {tag} {error}", error.hint)
            found.append(entry)
        return found

    def _stock(self, declared: Declared, first: ir.Expr, site: Site) -> ir.Expr:
        kinds = [child.tag for child in declared.node.children if child.tag in _DISCRETE]
        if kinds:
            raise EquationError(
                "not-supported",
                f"a stock that is a {kinds[0]} is not supported",
                "write it as stocks and DELAY functions",
            )
        meaning = Meaning(self.symbols, site)
        comes, goes = (
            [meaning.reference(entry, ()) for entry in self._flows(declared, tag)] for tag in ("inflow", "outflow")
        )
        return ir.Stock(limits.total(comes, goes), first, non_negative=self._is_kept_up(declared.node))

    def _limits(self, found: dict[str, ir.Variable]) -> list[Limit]:
        """Return the limits of all outflows of stocks that may not be below zero."""
        wanted = []
        for declared in self.declared:
            if declared.node.tag != "stock" or not self._is_kept_up(declared.node):
                continue
            try:
                comes, goes = ([e.name for e in self._flows(declared, t)] for t in ("inflow", "outflow"))
            except EquationError:  # told already
                continue
            dims = set(self.symbols.entries[declared.name].dims)
            for i, flow in enumerate(goes):
                if flow in found and dims <= set(self.symbols.entries[flow].dims):
                    wanted.append(Limit(flow, declared.name, tuple(comes), tuple(goes[:i])))
        needs = {name: {r for d in v.definitions for r in limits.references(d.expr)} for name, v in found.items()}
        return limits.possible(wanted, needs)

    def _limited(self, flow: ir.Variable, limit: Limit) -> ir.Variable:
        meaning = Meaning(self.symbols, Site(flow.name, flow.dims))

        def ref(name: str) -> ir.Expr:
            return meaning.reference(self.symbols.entries[name], ())

        definitions = tuple(
            ir.Definition(d.subs, d.excepts, limits.limited(d.expr, limit, ref)) for d in flow.definitions
        )
        return ir.Variable(flow.name, flow.spelled, flow.unit, flow.comment, definitions, flow.dims)

    # tables and macros

    def tables(self) -> tuple[ir.Variable, ...]:
        """Return the graphical functions of variables that have an equation too and are looked up by name."""
        found = []
        for declared in self.declared:
            if declared.name not in self.symbols.tables:
                continue
            node, dims = declared.node, self.symbols.entries[declared.name].dims
            with self.told(declared.spelled, node):
                site = Site(declared.name, dims)
                own = [(self._place(e, site), e.find("gf")) for e in node.all("element")]
                shapes = [entry for entry in own if entry[1]] or [(dims, node.find("gf"))]
                definitions = tuple(ir.Definition(s, (), points(shape), "lookup") for s, shape in shapes if shape)
                name, spelled = table_name(declared.name), f"{declared.spelled} graphical function"
                found.append(ir.Variable(name, spelled, "", "", definitions, dims))
        return tuple(found)

    def macro(self, node: Node) -> ir.Macro:
        """Return a macro; it has variables of its own."""
        name, spelled = _macro_name(node), node.given("name")
        if node.find("sim_specs"):
            message, hint = "a macro with its own <sim_specs> is not supported", "write it without <sim_specs>"
            self.problems.append(
                Problem("not-supported", Place(self.label, node.line, 1), f"{spelled}: {message}", hint)
            )
        params = tuple(path_of(p.text)[-1] if p.text.strip() else "" for p in node.all("parm"))
        inner = _Reader(Declarations.of_macro(node, self.found), self.behaviour, params)
        variables = [*inner.variables(), *inner.tables()]
        result = f"{name}@result"
        with self.told(spelled, node, node.said("eqn")):
            expr = Meaning(inner.symbols, Site(result, (), "", params)).expr(tree(node.said("eqn") or spelled))
            variables.append(ir.Variable(result, result, "", "", (ir.Definition((), (), expr),)))
        return ir.Macro(name, params, (result,), tuple(variables))


def _macro_name(node: Node) -> str:
    return ".".join(path_of(node.given("name")))
