"""Every stock is in one ledger, and every term of its net flow has a label.

How terms are matched: the net flow is cut into signed terms, sums in parentheses and in SUM included. A term belongs to
the variables in it that have the unit of the good per time; where there are none, to those of any unit per time, as in
``Labour Force*exit fraction``. A variable that has no label itself, but is a sum of such terms, is followed into them:
``arriving`` into moves, returns and arrivals. Signs go along, factors beside a flow count as positive shares. What is
left without a label is told at the stock; labels that no stock uses, and transfers that do not both leave and enter
stocks of their good, are told in the ledger.

Deriving labels from the names of flows was turned down: a name says nothing about where a thing comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from urbsim.errors import Problem, nearest
from urbsim.files import Source
from urbsim.language import ir
from urbsim.language.checks.ledger_file import ROLES, Good, LedgerFile
from urbsim.language.checks.unit_algebra import Units
from urbsim.language.messages import problem
from urbsim.language.model import Model
from urbsim.language.walk import children, names, terms, written
from urbsim.names import identifier
from urbsim.units import Measure

_SIGNS = {"sources": {1}, "sinks": {-1}, "transfers": {1, -1}}


def accounts(
    model: Model,
    ledgers: LedgerFile,
    document: Source,
    excuse: Callable[[str], bool] = lambda _: False,
    *,
    own: bool = True,
) -> list[Problem]:
    """Return every flow without a label and everything in the ledgers that does not fit the model.

    Parameters
    ----------
    model
        The model whose stocks and flows are matched.
    ledgers, document
        The ledgers, and the file that they stand in.
    excuse
        Tells of which names nothing is known.
    own
        False where the ledgers were written for another model: what they name besides is not looked at.
    """
    books = _Books(model, ledgers, document, excuse)
    books.membership()
    for name, good in ledgers.goods.items():
        _Ledger(books, name, good).examine(own=own)
    return sorted(books.problems if own else (p for p in books.problems if p.place.file == model.label))


@dataclass
class _Books:
    """A model and its ledgers, and what is wrong."""

    model: Model
    ledgers: LedgerFile
    document: Source
    missing: Callable[[str], bool]
    problems: dict[Problem, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.variables = {v.name: v for v in self.model.variables}
        self.stocks = {v.name: v for v in self.model.variables if any(_net_flow(d) is not None for d in v.definitions)}
        self.units = Units(self.model.source)
        self.measures = {v.name: self.measure(v.unit) for v in self.model.variables}
        clock = self.measures.get("time_step") or self.measures.get("initial_time")
        self.time = clock or Measure()

    def excused(self, name: str) -> bool:
        """Tell whether nothing is known of a name because its definition cannot be read."""
        return identifier(name) in self.model.unread or self.missing(name)

    def per_time(self, measure: Measure | None) -> bool:
        """Tell whether a unit is one of something per time."""
        return measure is not None and any(measure.power(name) < 0 for name, _ in self.time.powers)

    def clear(self, name: str) -> bool:
        """Tell whether it is known what a name in an equation stands for."""
        return name not in self.model.unread and (name not in self.variables or self.measures[name] is not None)

    def measure(self, unit: str) -> Measure | None:
        """Return a unit, or None where it cannot be read, which the check of units reports."""
        try:
            return self.units.read(unit)
        except ValueError:
            return None

    def tell(self, location: tuple[str | int, ...], message: str, hint: str = "") -> None:
        """Note what is wrong in the ledgers."""
        self.problems[self.document.problem("ledger", location, message, hint, key=True)] = None

    def membership(self) -> None:
        """Look whether every stock is in exactly one good, or among the memories."""
        places: dict[str, list[str]] = {}
        for name, good in self.ledgers.goods.items():
            for index, stock in enumerate(good.stocks):
                self.knows(("goods", name, "stocks", index), stock, self.stocks, "stock")
                places.setdefault(identifier(stock), []).append(f"the good {name!r}")
        for stock, reason in self.ledgers.memories.items():
            self.knows(("memories", stock), stock, self.stocks, "stock")
            places.setdefault(identifier(stock), []).append("the memories")
            if not reason.strip():
                self.tell(("memories", stock), f"the memory {stock!r} has no reason", "say in a few words what it is")
        for key, variable in self.stocks.items():
            ledgers = places.get(key, [])
            if len(ledgers) == 1:
                continue
            message = f"the stock is in {' and in '.join(ledgers)}" if ledgers else "the stock is in no ledger"
            message = message if ledgers else f"has a flow from an unlabelled source: {message}"
            hint = (
                "keep one of them" if ledgers else f"put it into a good of {self.document.label}, or among its memories"
            )
            self.problems[problem("ledger", self.model, key, message, hint, variable.definitions[0])] = None

    def knows(self, location: tuple[str | int, ...], name: str, among: dict[str, ir.Variable], kind: str) -> bool:
        """Tell whether a name is one of the model's, and note where it is not.

        Parameters
        ----------
        location
            Where in the ledgers the name stands.
        name
            The name as written.
        among
            What it must be one of, by identifier.
        kind
            How messages call those.
        """
        key = identifier(name)
        if key in among or self.excused(name):
            return key in among
        hint = nearest(name, [v.spelled for v in among.values()])
        self.tell(location, f"the model has no {kind} {name!r}", hint)
        return False


class _Ledger:
    """The ledger of one good: which label each term belongs to."""

    def __init__(self, books: _Books, name: str, good: Good) -> None:
        self.books, self.name, self.good = books, name, good
        self.labels = {identifier(flow): role for role in ROLES for flow in getattr(good, role)}
        self.adjusts = {identifier(stock) for stock in good.adjusts}
        self.signs: dict[str, set[int]] = {}
        self.bare_stocks: set[str] = set()
        self.is_unclear = False  # something that its stocks depend on cannot be read
        self.unit = books.measure(good.unit)
        self.flow = self.unit / books.time if self.unit is not None else None

    def examine(self, *, own: bool) -> None:
        """Match every term of every stock, then look at what was not matched."""
        if self.unit is None:
            location = ("goods", self.name, "unit")
            self.books.tell(location, f"the unit {self.good.unit!r} of {self.name!r} cannot be read")
            return
        for stock in map(identifier, self.good.stocks):
            if stock in self.books.stocks:
                self._stock(self.books.stocks[stock])
            self.is_unclear |= self.books.excused(stock)
        if own:
            self._leftovers()

    def _stock(self, variable: ir.Variable) -> None:
        measure = self.books.measures[variable.name]
        for definition in variable.definitions:
            if measure is not None and measure != self.unit:
                self._tell(variable, definition, f"is in {measure}, the good {self.name!r} is in {self.unit}", "")
            flow = _net_flow(definition)
            for sign, term in terms(flow) if flow is not None else ():
                flows = self._flows(sign, term)
                for own, name in flows:
                    self._match(own, name, variable, definition, ())
                if not flows:
                    self._bare(sign, term, variable, definition)

    def _flows(self, sign: int, term: ir.Expr) -> list[tuple[int, str]]:
        """Return the flows that a term belongs to, with their signs."""
        pairs = list(dict.fromkeys(_signed(term, sign)))
        exact = [pair for pair in pairs if self._exact(pair[1])]
        return exact or [pair for pair in pairs if self.books.per_time(self.books.measures.get(pair[1]))]

    def _exact(self, name: str) -> bool:
        """Tell whether a variable has the unit of a flow of the good; one with a label is trusted if it has no unit."""
        measure = self.books.measures.get(name)
        return measure == self.flow if measure is not None else name in self.labels

    def _match(
        self, sign: int, name: str, stock: ir.Variable, definition: ir.Definition, trail: tuple[str, ...]
    ) -> None:
        """Find the label of a flow, or follow the flow into its terms."""
        if name in self.labels:
            self.signs.setdefault(name, set()).add(sign)
            role = self.labels[name]
            if sign not in _SIGNS[role]:
                way = "leaves" if sign < 0 else "enters"
                message = f"the flow {self._spelled(name)!r} {way} it, but is among the {role} of {self.name!r}"
                self._tell(stock, definition, message, "make it a transfer, or mend the sign")
        elif name in trail:
            return
        elif parts := self._parts(name):
            for own, part in parts:
                self._match(sign * own, part, stock, definition, (*trail, name))
        elif not all(self.books.clear(n) for d in self.books.variables[name].definitions for n in names(d.expr)):
            self.is_unclear = True
        elif not self._constant_zero(name):
            through = f" in {self._spelled(trail[0])!r}" if trail else ""
            self._unlabelled(sign, f"{self._spelled(name)!r}{through}", stock, definition)

    def _parts(self, name: str) -> list[tuple[int, str]]:
        """Return the flows whose sum a variable is, with their signs; none where it is no such sum."""
        parts: list[tuple[int, str]] = []
        for definition in self.books.variables[name].definitions:
            for sign, term in terms(definition.expr):
                if isinstance(term, ir.Num) and term.value == 0:
                    continue
                flows = self._flows(sign, term) if _linear(term) else []
                if not any(self._exact(flow) for _, flow in flows):
                    return []
                parts += flows
        return list(dict.fromkeys(parts))

    def _constant_zero(self, name: str) -> bool:
        exprs = [d.expr for d in self.books.variables[name].definitions]
        return all(isinstance(expr, ir.Num) and expr.value == 0 for expr in exprs)

    def _bare(self, sign: int, term: ir.Expr, stock: ir.Variable, definition: ir.Definition) -> None:
        """Judge a term that has no flow in it."""
        if isinstance(term, ir.Num) and term.value == 0:
            return
        if stock.name in self.adjusts:
            self.bare_stocks.add(stock.name)
        elif all(self.books.clear(name) for name in names(term)):
            self._unlabelled(sign, f"`{written(term)}`", stock, definition)
        else:
            self.is_unclear = True

    def _unlabelled(self, sign: int, what: str, stock: ir.Variable, definition: ir.Definition) -> None:
        way = "from an unlabelled source" if sign > 0 else "to an unlabelled sink"
        hint = f"label it in the good {self.name!r} of {self.books.document.label}"
        self._tell(stock, definition, f"has a flow {way}: {what}", hint)

    def _tell(self, stock: ir.Variable, definition: ir.Definition, message: str, hint: str) -> None:
        self.books.problems[problem("ledger", self.books.model, stock.name, message, hint, definition)] = None

    def _spelled(self, name: str) -> str:
        return self.books.variables[name].spelled

    def _leftovers(self) -> None:
        """Look for labels that do not fit the model."""
        variables = self.books.variables
        for role in ROLES:
            for flow in getattr(self.good, role):
                key, location = identifier(flow), ("goods", self.name, role, flow)
                if not self.books.knows(location, flow, variables, "variable"):
                    continue
                signs = self.signs.get(key, set())
                if self.labels[key] != role:
                    self.books.tell(location, f"the flow {flow!r} is among the {role} and the {self.labels[key]}")
                elif not signs and not self.is_unclear:
                    self.books.tell(location, f"no stock of {self.name!r} has the flow {flow!r}", "delete the label")
                elif role == "transfers" and len(signs) == 1 and not self.is_unclear:
                    way, other = ("enters", "a source") if signs == {1} else ("leaves", "a sink")
                    message = f"the transfer {flow!r} only {way} stocks of {self.name!r}"
                    self.books.tell(location, message, f"it is {other}, or a stock is missing")
        for stock in self.good.adjusts:
            location = ("goods", self.name, "adjusts", stock)
            if identifier(stock) not in set(map(identifier, self.good.stocks)):
                self.books.tell(location, f"{stock!r} is no stock of {self.name!r}", nearest(stock, self.good.stocks))
            elif identifier(stock) not in self.bare_stocks and not self.is_unclear:
                self.books.tell(location, f"every flow of {stock!r} has a name", "label the flow, not the stock")


def _net_flow(definition: ir.Definition) -> ir.Expr | None:
    return definition.expr.flow if isinstance(definition.expr, ir.Stock) else None


def _signed(expr: ir.Expr, sign: int) -> Iterator[tuple[int, str]]:
    """Give the variables that an amount is made of, with their signs: no divisors, exponents, conditions."""
    match expr:
        case ir.Ref(name):
            yield sign, name
        case ir.Op("+" | "-" | "neg"):
            for own, term in terms(expr, sign):
                yield from _signed(term, own)
        case ir.Op("*" | "/" | "^" as op, args):
            for arg in args if op == "*" else args[:1]:
                yield from _signed(arg, sign)
        case ir.Stock(amount) | ir.Initial(amount):
            yield from _signed(amount, sign)
        case ir.Delay() | ir.FixedDelay() | ir.Smooth() | ir.Trend() | ir.Forecast() | ir.Sample():
            yield from _signed(expr.input, sign)
        case ir.Call(function, _, args):
            yield sign, function  # a table
            amounts = {"if_then_else": slice(1, None), "zidz": slice(1), "xidz": slice(1)}
            for arg in args[amounts.get(function, slice(None))]:
                yield from _signed(arg, sign)


def _linear(expr: ir.Expr) -> bool:
    """Tell whether an expression is made of sums, products and quotients only."""
    match expr:
        case ir.Op("+" | "-" | "neg" | "*" | "/") | ir.Call("sum"):
            return all(_linear(part) for part in children(expr))
        case _:
            return isinstance(expr, ir.Ref | ir.Num)
