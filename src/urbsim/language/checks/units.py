"""Units carried through every equation of a model.

Each expression gets a unit from its parts; what is added, compared or chosen between must have one unit, and every
variable that of its equation. A literal number is dimensionless; 0 and :NA: fit any unit. A number other than 0 beside
a quantity with a unit hides one, and is reported. What has no unit because something in it is at fault is not looked
at again, so one fault makes one message and hides no other.

A table has the unit of its variable; its argument may have any, but the same wherever the table is used. Arguments of
functions without a rule are looked through, their result is unknown. Inferring units that nobody declared was turned
down: the model declares all.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from urbsim.errors import Problem
from urbsim.language import ir
from urbsim.language.catalogue import FUNCTIONS
from urbsim.language.checks import unit_rules
from urbsim.language.checks.unit_algebra import PLAIN, WILDCARDS, ZERO, Quantity, Result, Units
from urbsim.language.messages import problem
from urbsim.language.model import Model
from urbsim.language.translate import NA
from urbsim.language.walk import walk, written
from urbsim.units import DIMENSIONLESS, Measure

_NAMED = "name the constant and give it its unit"


def clashes(model: Model) -> list[Problem]:
    """Return every clash of units in a model, wildcard units and numbers that hide one.

    Units are compared exactly: no conversion, no inference.
    """
    checker = UnitChecker(model)
    for variable in model.variables:
        for definition in variable.definitions:
            checker.definition(variable, definition)
    return sorted(checker.problems)


class UnitChecker:
    """Carries units through the equations of one model; ``problems`` are the faults so far."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.problems: dict[Problem, None] = {}
        self.units = Units(model.source)
        self.own = model.variables[0] if model.variables else None
        self.at: ir.Definition | None = None
        self.measures = {v.name: self._measure(v) for v in model.variables}
        self.tables = {v.name for v in model.variables if any(d.kind == "lookup" for d in v.definitions)}
        self._positions = {name for r in model.ranges for name in (r.name, *r.elements)} - model.unread
        self._macros = {macro.name for macro in model.macros}
        self._arguments: dict[str, tuple[Measure, str]] = {}
        steps = (self.measures.get(name) for name in ("time_step", "initial_time", "final_time"))
        self.time = next((unit for unit in steps if unit is not None), None)

    def _measure(self, variable: ir.Variable) -> Measure | None:
        if not variable.unit:  # the documentation misses it
            return None
        try:
            return self.units.read(variable.unit)
        except ValueError as error:
            hint = "say what it is" if variable.unit.strip() in WILDCARDS else "write it like Person/Year or 1/Year"
            first = variable.definitions[0]
            self.problems[
                problem("unit", self.model, variable.name, str(error), f"{hint}, Dmnl where it has none", first)
            ] = None
            return None

    def definition(self, variable: ir.Variable, definition: ir.Definition) -> None:
        """Compare the declared unit of a variable with that of one of its equations."""
        self.own, self.at = variable, definition
        if definition.kind != "equation" or isinstance(definition.expr, ir.Num | ir.Array | ir.External | ir.Output):
            return
        unit, measure = self.value(definition.expr), self.measures[variable.name]
        if unit is None or measure is None or unit.zero or unit.measure == measure:
            return
        if not unit.literal:
            self.tell(f"is declared in {measure}, its equation gives {unit.measure}")
        elif any(isinstance(part, ir.Ref | ir.Call) for part in walk(definition.expr)):
            self.tell(f"is declared in {measure}, the numbers in its equation have no unit", _NAMED)

    def tell(self, message: str, hint: str = "") -> None:
        """Note a fault of the equation under way."""
        name = self.own.name if self.own else ""
        self.problems[problem("unit", self.model, name, message, hint, self.at)] = None

    # expressions

    def value(self, expr: ir.Expr) -> Result:
        """Return the unit of an expression, None where it is not known."""
        match expr:
            case ir.Num(number):
                return ZERO if number in {0, NA} else Quantity(DIMENSIONLESS, literal=True)
            case ir.Ref():
                return self._reference(expr)
            case ir.Op():
                return self._operation(expr)
            case ir.Call():
                return self._call(expr)
            case ir.WithLookup(argument):
                self.value(argument)
                return self.table(self.own.name if self.own else "")
            case ir.Text() | ir.Lookup() | ir.Array() | ir.External() | ir.Output():
                return None
            case _:
                return unit_rules.state(self, expr)

    def table(self, name: str) -> Result:
        """Return the declared unit of a variable."""
        unit = self.measures.get(name)
        return None if unit is None else Quantity(unit)

    def own_measure(self) -> Measure | None:
        """Return the declared unit of the variable under way."""
        return self.measures[self.own.name] if self.own else None

    def _reference(self, ref: ir.Ref) -> Result:
        if ref.name in self.measures:
            return self.table(ref.name)
        if ref.name == "time":
            return None if self.time is None else Quantity(self.time)
        return PLAIN if ref.name in self._positions else None

    def _operation(self, expr: ir.Op) -> Result:
        op, args = expr.op, expr.args
        if op in {"+", "-"}:
            return self.same(_addends(expr), "adds")
        if op in {"*", "/"}:
            return self.product(args, divide=op == "/")
        if op == "^":
            return self.power(*args)
        if op == "neg":
            return self.value(args[0])
        if op in {"and", "or", "not"}:
            for arg in args:
                self.need(arg, DIMENSIONLESS, f":{op.upper()}:")
        else:
            self.same(args, "compares")
        return PLAIN

    def _call(self, expr: ir.Call) -> Result:
        name = expr.function
        if name in self.tables:
            return self._table(name, expr.args)
        if name in FUNCTIONS and name not in self._macros:
            return unit_rules.result(self, FUNCTIONS[name], expr.args)
        for arg in expr.args:
            self.value(arg)
        return None

    def _table(self, name: str, args: Sequence[ir.Expr]) -> Result:
        """Return the unit of a table; the unit of its argument is that of the first place where it is used."""
        for arg in args[:1]:
            unit = self.value(arg)
            if unit is not None and not unit.literal:
                own = self.own.spelled if self.own else ""
                first, where = self._arguments.setdefault(name, (unit.measure, own))
                if first != unit.measure:
                    message = f"looks up `{written(arg)}`, in {unit.measure}, in {name.replace('_', ' ')!r}"
                    self.tell(f"{message}, which {where!r} uses with {first}")
        return self.table(name)

    # rules

    def same(self, args: Sequence[ir.Expr], verb: str) -> Result:
        """Return the one unit that all arguments must have."""
        pairs = [(arg, self.value(arg)) for arg in args]
        measures = [(arg, unit.measure) for arg, unit in pairs if unit is not None and not unit.literal]
        if not measures:
            literals = [unit for _, unit in pairs if unit is not None]
            if len(literals) < len(pairs):
                return None
            return Quantity(DIMENSIONLESS, literal=True, zero=all(unit.zero for unit in literals))
        firsts = dict(reversed([(measure, arg) for arg, measure in measures]))  # of each unit the first that has it
        if len(firsts) > 1:
            texts = [f"`{written(arg)}` in {m}" for m, arg in reversed(firsts.items())]
            self.tell(f"{verb} {', '.join(texts[:-1])} and {texts[-1]}")
            return None
        measure = measures[0][1]
        for arg, unit in pairs:
            if unit is not None and unit.literal:
                self._hidden(arg, unit, measure)
        return Quantity(measure)

    def _hidden(self, arg: ir.Expr, unit: Quantity, measure: Measure) -> bool:
        """Report a number that hides a unit; tell whether it fits where a unit must be."""
        if unit.zero or measure == DIMENSIONLESS:
            return True
        self.tell(f"`{written(arg)}` hides a unit, {measure}", _NAMED)
        return False

    def need(self, arg: ir.Expr, measure: Measure | None, who: str) -> None:
        """Note where an argument has not the unit that it must have."""
        unit = self.value(arg)
        if unit is None or measure is None:
            return
        if unit.literal:
            self._hidden(arg, unit, measure)
        elif unit.measure != measure:
            self.tell(f"{who} needs {measure}, `{written(arg)}` is in {unit.measure}")

    def product(self, args: Sequence[ir.Expr], *, divide: bool = False) -> Result:
        """Return the unit of a product, or of a quotient, of two."""
        first, second = (self.value(arg) for arg in args)
        if (first is not None and first.zero) or (second is not None and second.zero and not divide):
            return ZERO
        if first is None or second is None:
            return None
        measure = first.measure / second.measure if divide else first.measure * second.measure
        return Quantity(measure, literal=first.literal and second.literal)

    def power(self, base: ir.Expr, exponent: ir.Expr) -> Result:
        """Return the unit of a power: of anything to a number, of what has no unit to a variable."""
        number = _number(exponent)
        unit = self.value(base)
        if number is not None:
            return None if unit is None else Quantity(unit.measure**number, unit.literal, unit.zero)
        self.need(exponent, DIMENSIONLESS, "an exponent")
        if unit is not None and unit.measure != DIMENSIONLESS:
            message = f"`{written(base)}`, in {unit.measure}, has an exponent that is no number"
            self.tell(message, "divide it by a reference value first")
            return None
        return None if unit is None else PLAIN


def _addends(expr: ir.Expr) -> list[ir.Expr]:
    """Return the terms of a sum with their signs, as they are written."""
    if isinstance(expr, ir.Op) and expr.op in {"+", "-"}:
        return [addend for part in expr.args for addend in _addends(part)]
    return [expr]


def _number(expr: ir.Expr) -> Fraction | None:
    """Return the number that an exponent is, None where it has a variable in it."""
    if isinstance(expr, ir.Num):
        return Fraction(repr(expr.value))
    if isinstance(expr, ir.Op) and expr.op in {"neg", "/"}:
        parts = [_number(arg) for arg in expr.args]
        if len(parts) == 1 and parts[0] is not None:
            return -parts[0]
        if len(parts) == 2 and parts[0] is not None and parts[1]:
            return parts[0] / parts[1]
    return None
