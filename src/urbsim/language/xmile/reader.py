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
from urbsim.language.xmile.sections import Declaration, Declarations
from urbsim.language.xmile.symbols import SymbolEntry, path_of, spelling
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
    section = Declarations.of_file(root, label)
    for macro in root.all("macro"):
        section.symbols.macros[_macro_name(macro)] = len(macro.all("parm"))
    reader = _Reader(section, root.find("behavior") or Node("behavior", {}, 0))
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

    def __init__(self, section: Declarations, behaviour: Node, params: tuple[str, ...] = ()) -> None:
        self.section, self.behaviour, self.params = section, behaviour, params
        self.label, self.symbols, self.problems = section.label, section.symbols, section.problems
        self.never_negative = {
            kind: behaviour.has("non_negative") or any(n.has("non_negative") for n in behaviour.all(kind))
            for kind in ("stock", "flow")
        }

    @contextmanager
    def blame(self, title: str, node: Node, equation: str = "") -> Iterator[None]:
        """Note what goes wrong as a problem of a variable."""
        try:
            yield
        except EquationError as error:
            excerpt = " ".join(equation.split())[:120]
            message = f"{title}: {error}" + (f" in `{excerpt}`" if excerpt else "")
            self.problems.append(Problem(error.rule, Place(self.label, node.line, 1), message, error.hint))
        except RecursionError:
            self.problems.append(
                Problem(
                    "nested-too-deeply",
                    Place(self.label, node.line, 1),
                    f"{title}: the equation is nested too deeply",
                )
            )

    # variables

    def variables(self) -> tuple[ir.Variable, ...]:
        """Return all variables of the model."""
        variables = {d.name: self._variable(d) for d in self.section.variables}
        for limit in self._limits(variables):
            variables[limit.flow] = self._limited(variables[limit.flow], limit)
        return tuple(variables.values())

    def _variable(self, declaration: Declaration) -> ir.Variable:
        node, entry = declaration.node, self.symbols.entries[declaration.name]
        site = Site(declaration.name, entry.dims, declaration.prefix, self.params)
        definitions: tuple[ir.Definition, ...] = ()
        if declaration.source:
            expr = Meaning(self.symbols, site).reference(self.symbols.entries[declaration.source], ())
            definitions = (ir.Definition(entry.dims, (), expr),)
        else:
            definitions = self._definitions(declaration, site)
        comment = " ".join(node.text_of("doc").split())
        units = " ".join(node.text_of("units").split())
        group = declaration.lead.rstrip(".")
        return ir.Variable(declaration.name, declaration.spelled, units, comment, definitions, entry.dims, group=group)

    def _definitions(self, declaration: Declaration, site: Site) -> tuple[ir.Definition, ...]:
        """Return the equation for all elements, or one for each element that has its own."""
        node = declaration.node
        elements = node.all("element")
        definitions: list[ir.Definition] = []
        for element in elements:
            with self.blame(declaration.spelled, element, element.text_of("eqn")):
                definitions.append(self._definition(declaration, element, self._place(element, site), (), site))
        singles = tuple(d.subs for d in definitions)
        if not elements or (self._text(declaration, node) and definitions):
            with self.blame(declaration.spelled, node, node.text_of("eqn")):
                whole = self._definition(declaration, node, site.dims, singles, site)
                definitions.append(whole)
        return tuple(definitions)

    def _text(self, declaration: Declaration, node: Node) -> str:
        return node.text_of("eqn") or declaration.node.text_of("eqn")

    def _place(self, element: Node, site: Site) -> tuple[str, ...]:
        names = tuple(identifier(spelling(part)) for part in element.attribute("subscript").split(","))
        if len(names) != len(site.dims):
            raise EquationError("subscripts", f"has {len(site.dims)} dimensions and an element [{', '.join(names)}]")
        for name, dim in zip(names, site.dims, strict=True):
            if name not in self.symbols.elements(dim):
                raise EquationError("unknown-name", f"the dimension {dim!r} has no element {name!r}")
        return names

    def _definition(
        self,
        declaration: Declaration,
        node: Node,
        subs: Sequence[str],
        singles: tuple[tuple[str, ...], ...],
        site: Site,
    ) -> ir.Definition:
        whole = declaration.node
        shape = next((n.find("gf") for n in (node, whole) if n.find("gf")), whole if whole.tag == "gf" else None)
        text = "" if whole.tag == "gf" else self._text(declaration, node)
        if not text:
            if shape is None:
                raise EquationError("missing-equation", "has no equation")
            return ir.Definition(tuple(subs), singles, points(shape), "lookup")
        expr = self._expr(text, site)
        if shape is not None:
            expr = ir.WithLookup(expr, points(shape))
        if node.text_of("init_eqn"):
            expr = ir.Call("active_initial", (), (expr, self._expr(node.text_of("init_eqn"), site)))
        if whole.tag == "stock":
            expr = self._stock(declaration, expr, site)
        if whole.tag == "flow" and self._is_kept_up(whole):
            expr = limits.not_below_zero(expr)
        return ir.Definition(tuple(subs), singles, expr)

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

    def _flows(self, declaration: Declaration, tag: str) -> list[SymbolEntry]:
        flows = []
        for node in declaration.node.all(tag):
            entry = self.symbols.find(node.text.strip(), declaration.prefix)
            if entry is None:
                error = self.symbols.unknown(node.text.strip())
                raise EquationError(error.rule, f"its {tag} {error}", error.hint)
            flows.append(entry)
        return flows

    def _stock(self, declaration: Declaration, first: ir.Expr, site: Site) -> ir.Expr:
        kinds = [child.tag for child in declaration.node.children if child.tag in _DISCRETE]
        if kinds:
            raise EquationError(
                "not-supported",
                f"a stock that is a {kinds[0]} is not supported",
                "write it as stocks and DELAY functions",
            )
        meaning = Meaning(self.symbols, site)
        comes, goes = (
            [meaning.reference(entry, ()) for entry in self._flows(declaration, tag)] for tag in ("inflow", "outflow")
        )
        return ir.Stock(limits.total(comes, goes), first, non_negative=self._is_kept_up(declaration.node))

    def _limits(self, variables: dict[str, ir.Variable]) -> list[Limit]:
        """Return the limits of all outflows of stocks that may not be below zero."""
        candidates = []
        for declaration in self.section.variables:
            if declaration.node.tag != "stock" or not self._is_kept_up(declaration.node):
                continue
            try:
                comes, goes = ([e.name for e in self._flows(declaration, t)] for t in ("inflow", "outflow"))
            except EquationError:  # told already
                continue
            dims = set(self.symbols.entries[declaration.name].dims)
            for i, flow in enumerate(goes):
                if flow in variables and dims <= set(self.symbols.entries[flow].dims):
                    candidates.append(Limit(flow, declaration.name, tuple(comes), tuple(goes[:i])))
        needs = {name: {r for d in v.definitions for r in limits.references(d.expr)} for name, v in variables.items()}
        return limits.possible(candidates, needs)

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
        variables = []
        for declaration in self.section.variables:
            if declaration.name not in self.symbols.tables:
                continue
            node, dims = declaration.node, self.symbols.entries[declaration.name].dims
            with self.blame(declaration.spelled, node):
                site = Site(declaration.name, dims)
                own = [(self._place(e, site), e.find("gf")) for e in node.all("element")]
                shapes = [entry for entry in own if entry[1]] or [(dims, node.find("gf"))]
                definitions = tuple(ir.Definition(s, (), points(shape), "lookup") for s, shape in shapes if shape)
                name, title = table_name(declaration.name), f"{declaration.spelled} graphical function"
                variables.append(ir.Variable(name, title, "", "", definitions, dims))
        return tuple(variables)

    def macro(self, node: Node) -> ir.Macro:
        """Return a macro; it has variables of its own."""
        name, title = _macro_name(node), node.attribute("name")
        if node.find("sim_specs"):
            message, hint = "a macro with its own <sim_specs> is not supported", "write it without <sim_specs>"
            self.problems.append(Problem("not-supported", Place(self.label, node.line, 1), f"{title}: {message}", hint))
        params = tuple(path_of(p.text)[-1] if p.text.strip() else "" for p in node.all("parm"))
        inner = _Reader(Declarations.of_macro(node, self.section), self.behaviour, params)
        variables = [*inner.variables(), *inner.tables()]
        result = f"{name}@result"
        with self.blame(title, node, node.text_of("eqn")):
            expr = Meaning(inner.symbols, Site(result, (), "", params)).expr(tree(node.text_of("eqn") or title))
            variables.append(ir.Variable(result, result, "", "", (ir.Definition((), (), expr),)))
        return ir.Macro(name, params, (result,), tuple(variables))


def _macro_name(node: Node) -> str:
    return ".".join(path_of(node.attribute("name")))
