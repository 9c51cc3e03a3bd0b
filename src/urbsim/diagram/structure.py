"""What a diagram of a sector shows: its variables as symbols, the flows of its stocks, and who uses whom.

A variable has one symbol whatever its subscripts. A term of an INTEG that is a variable is a flow of that name; any
other term is a flow without a name that uses the variables in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from urbsim.errors import InputError, Place, Problem, nearest
from urbsim.language import ir
from urbsim.language.model import Model
from urbsim.language.rewrite import started
from urbsim.language.walk import terms, walk
from urbsim.names import identifier

CLOCK = {"time": "Time", "time_step": "TIME STEP", "initial_time": "INITIAL TIME", "final_time": "FINAL TIME"}
_SIGNS = {1: "+", -1: "-"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable; ``kind`` is stock, auxiliary, constant, lever, lookup or data, ``table`` says that it looks up."""

    key: str
    label: str
    kind: str
    own: bool
    table: bool = False


@dataclass(frozen=True, slots=True)
class Pipe:
    """A flow between two stocks; an end without a stock is a cloud.

    A ``shadow`` repeats a flow that is drawn elsewhere, ``both`` may run either way. One without a label is a term
    that is no variable.
    """

    key: str
    label: str
    source: str
    target: str
    shadow: bool = False
    both: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """``source`` is used by ``target``, a symbol or a pipe; ``initial`` says that only its first value is."""

    source: str
    target: str
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Structure:
    """A sector: its symbols and those that it takes from others, pipes and links."""

    name: str
    symbols: dict[str, Symbol]
    pipes: tuple[Pipe, ...]
    links: tuple[Link, ...]

    @property
    def own(self) -> tuple[Symbol, ...]:
        """Return the variables of the sector itself."""
        return tuple(s for s in self.symbols.values() if s.own)


def sectors(model: Model) -> tuple[str, ...]:
    """Return the groups of a model that hold more than the clock, in order; one without a name where it has none."""
    groups = dict.fromkeys(v.group for v in model.variables if v.name not in ir.CLOCK)
    return tuple(groups)


def choose(model: Model, names: Iterable[str]) -> tuple[str, ...]:
    """Return the sectors that are asked for, as the model spells them; all where none is.

    Raises
    ------
    InputError
        With the nearest names, where the model has no such sector, or no variable at all.
    """
    names_by_key = {identifier(name): name for name in sectors(model)}
    if not names_by_key:
        raise InputError(Problem("unknown-name", Place(model.label), "has no variables to draw"))
    candidates = [name for name in names_by_key.values() if name]
    problems = [
        Problem(
            "unknown-name",
            Place(model.label),
            f"has no sector {name!r}",
            nearest(name, candidates) if candidates else "the model has no sectors: leave out --sector",
        )
        for name in names
        if identifier(name) not in names_by_key or not name.strip()
    ]
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(names_by_key[identifier(name)] for name in names)) or tuple(names_by_key.values())


def structure(model: Model, sector: str) -> Structure:
    """Return the structure that the diagram of a sector shows."""
    variables = {v.name: v for v in model.variables}
    own = {v.name for v in model.variables if v.group == sector and v.name not in ir.CLOCK}
    stocks = {name for name in own if _stock_terms(variables[name]) is not None}
    pipes, links = _pipes([variables[name] for name in variables if name in stocks], set(variables))
    for name, variable in variables.items():
        if name in own and name not in stocks:
            links += _links(name, (d.expr for d in variable.definitions))
    names = {*variables, *CLOCK}
    links = _tidy([link for link in links if link.source in names and link.source != link.target])
    sources = {link.source for link in links} | {p.key.partition("#")[0] for p in pipes if p.label}
    symbols = {
        name: _symbol(variable, own=name in own)
        for name, variable in variables.items()
        if name in own or name in sources
    }
    symbols |= {
        name: Symbol(name, label, "auxiliary", own=False)
        for name, label in CLOCK.items()
        if name in sources - set(symbols)
    }
    real = [replace(p, label=symbols[p.key.partition("#")[0]].label if p.label else "") for p in pipes]
    outlines = [replace(p, shadow=True) if p.label and p.key not in own else p for p in real]
    return Structure(sector, symbols, tuple(outlines), tuple(links))


def _symbol(variable: ir.Variable, *, own: bool) -> Symbol:
    expressions = [d.expr for d in variable.definitions]
    table = any(isinstance(part, ir.WithLookup) for e in expressions for part in walk(e))
    return Symbol(variable.name, _label(variable), _kind(variable), own, table)


def _label(variable: ir.Variable) -> str:
    return " ".join(variable.spelled.replace("\\n", " ").strip().strip('"').replace("_", " ").split())


def _kind(variable: ir.Variable) -> str:
    if _stock_terms(variable) is not None:
        return "stock"
    kinds = {d.kind for d in variable.definitions}
    if "lookup" in kinds:
        return "lookup"
    if "data" in kinds:
        return "data"
    plain = (ir.Num, ir.Text, ir.Array, ir.Op, ir.External)
    if all(isinstance(part, plain) for d in variable.definitions for part in walk(d.expr)):
        return "lever" if variable.comment.startswith("LEVER") else "constant"
    return "auxiliary"


def _stock_terms(variable: ir.Variable) -> list[tuple[str, ir.Expr]] | None:
    """Return the signed terms of a stock's change, or None where the variable is not a stock."""
    flows = [d.expr.flow for d in variable.definitions if isinstance(d.expr, ir.Stock)]
    return [pair for flow in flows for pair in _terms(flow)] if flows else None


def _terms(flow: ir.Expr) -> Iterator[tuple[str, ir.Expr]]:
    for sign, term in terms(flow):
        match term:
            case ir.Num(0.0):
                continue
            case ir.Call("sum", _, (ir.Ref() as part,)):
                yield _SIGNS[sign], part
            case _:
                yield _SIGNS[sign], term


def _pipes(stocks: list[ir.Variable], names: set[str]) -> tuple[list[Pipe], list[Link]]:
    """Return the pipes of stocks, and the links into stocks and into pipes without a name."""
    ends: dict[str, tuple[list[str], list[str]]] = {}  # flow: stocks it leaves, stocks it enters
    pipes: list[Pipe] = []
    links: list[Link] = []
    levels = {stock.name for stock in stocks}
    for stock in stocks:
        keys: dict[str, None] = {}
        addends = _stock_terms(stock) or []
        for sign, term in addends:
            if isinstance(term, ir.Ref) and term.name in names and term.name not in levels:
                side = ends.setdefault(term.name, ([], []))[sign == "+"]
                side += [stock.name] if stock.name not in side else []
                continue
            shape = f"{sign}{_bare(term)}"
            if shape not in keys:
                key = f"{stock.name}#{len(keys) + 1}"
                keys[shape] = None
                net = len(addends) == 1 and sign == "+"
                source, target = ("", stock.name) if sign == "+" else (stock.name, "")
                pipes.append(Pipe(key, "", source, target, both=net))
                links += _links(key, [term])
        first = [d.expr.initial for d in stock.definitions if isinstance(d.expr, ir.Stock)]
        links += [replace(link, initial=True) for link in _links(stock.name, first)]
    for name, (leaves, enters) in ends.items():
        pairs = _paired(leaves, enters)
        for number, (source, target) in enumerate(pairs):
            pipes.append(Pipe(f"{name}#s{number}" if number else name, name, source, target, shadow=bool(number)))
    return pipes, links


def _paired(leaves: list[str], enters: list[str]) -> list[tuple[str, str]]:
    """Join the stocks that a flow leaves and enters; what is left over gets clouds.

    A stock that it both leaves and enters hands on between its own elements.
    """
    within = [name for name in leaves if name in enters]
    left = [name for name in leaves if name not in within]
    right = [name for name in enters if name not in within]
    pairs = list(zip_longest(left, right, fillvalue=""))
    return pairs + [(name, name) for name in within]


def _bare(expr: ir.Expr) -> str:
    """Return an expression as text in which subscripts do not count."""
    match expr:
        case ir.Ref(name=name):
            return name
        case ir.Op(op=op, args=args):
            return f"({op} {' '.join(_bare(a) for a in args)})"
        case ir.Call(function=function, args=args):
            return f"{function}({' '.join(_bare(a) for a in args)})"
        case _:
            return repr(expr)


def _links(target: str, expressions: Iterable[ir.Expr]) -> list[Link]:
    return [Link(name, target, initial) for expr in expressions for name, initial in _names(expr)]


def _names(expr: ir.Expr) -> Iterator[tuple[str, bool]]:
    """Give the names in an expression, and whether only their first value counts."""
    for part, initial in started(expr):
        if isinstance(part, ir.Ref):
            yield part.name, initial
        elif isinstance(part, ir.Call):
            yield part.function, initial


def _tidy(links: list[Link]) -> list[Link]:
    """Return each link once; a link that acts in every step does not count as one of the first value."""
    links_by_pair: dict[tuple[str, str], Link] = {}
    for link in links:
        pair = link.source, link.target
        if pair not in links_by_pair or (links_by_pair[pair].initial and not link.initial):
            links_by_pair[pair] = link
    return list(links_by_pair.values())
