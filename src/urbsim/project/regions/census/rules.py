"""Facts that a census lacks, by rule: data/estimates/rules.yaml."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from urbsim.errors import InputError, nearest
from urbsim.files import Location, Strict, read_yaml, validate
from urbsim.project.regions.facts import ASSUMPTION, Fact, Pair
from urbsim.project.regions.facts import UNITS as FACT_UNITS
from urbsim.project.regions.groups import persons_aged

Basis = Callable[[str, int], float | None]
AGE = re.compile(r"age (\d+)-(\d*)")
LOCAL = "local residents"
EMPLOYED = "employed"
COUNTIES = "counties_in_region"  # 1 where a region does not say otherwise


class Formula(Strict):
    """The log of an estimate: a constant, and coefficients times logs and shares of facts, ``a`` or ``a/b``.

    The form is data: names are looked up among facts, nothing is evaluated.
    """

    constant: float
    ln: dict[str, float] = Field(default_factory=dict)
    shares: dict[str, float] = Field(default_factory=dict)
    within: Pair  # from the first to the last percentile of the counties that it was estimated on

    def value(self, basis: Basis, year: int) -> float | None:
        """Return the estimate, or None where a fact is not there or a log has no number."""
        total = self.constant
        for terms, form in ((self.ln, _log), (self.shares, float)):
            for name, coefficient in terms.items():
                ratio = _ratio(name, basis, year)
                if ratio is None or (form is _log and ratio <= 0):
                    return None
                total += coefficient * form(ratio)
        return min(max(math.exp(min(total, 700)), self.within[0]), self.within[1])


def _log(value: float) -> float:
    return math.log(value)


def _ratio(name: str, basis: Basis, year: int) -> float | None:
    above, _, below = name.partition("/")
    first, second = basis(above, year), basis(below, year) if below else 1.0
    return None if first is None or not second else first / second


class Rule(Strict):
    """An assumption for a fact of a year: so many per unit of a basis, or so many times what a formula gives."""

    fact: str
    year: int
    value: float
    range: Pair
    unit: str
    reason: str
    formula: Formula | None = None
    per: str = ""
    each: float = 1.0
    round: float = 1.0
    at_least: str = ""
    codes: list[str] = Field(default_factory=list)


class MeanCounty(Strict):
    """Model constants at which a county is like the mean one."""

    reason: str
    parameters: list[str]


class RuleFile(Strict):
    """The file data/estimates/rules.yaml."""

    rules: Annotated[list[Rule], Field(min_length=1)]
    mean_county: MeanCounty


def load_rules(path: Path, label: str) -> RuleFile:
    """Read the rules.

    Raises
    ------
    InputError
        For a fact that does not exist, a value outside its range, or an unknown basis.
    """
    document = read_yaml(path, label)
    file = validate(RuleFile, document)
    problems = []
    for index, rule in enumerate(file.rules):
        if rule.fact not in FACT_UNITS:
            problems.append(
                document.problem(
                    "unknown-name",
                    ("rules", index, "fact"),
                    f"unknown fact {rule.fact!r}",
                    nearest(rule.fact, FACT_UNITS),
                )
            )
        if not rule.range[0] <= rule.value <= rule.range[1]:
            problems.append(
                document.problem(
                    "out-of-bounds", ("rules", index, "value"), f"{rule.fact}: value lies outside its range"
                )
            )
        for at, basis in _bases(rule):
            if (
                basis not in {LOCAL, EMPLOYED}
                and not AGE.fullmatch(basis)
                and basis.partition("@")[0] not in FACT_UNITS
            ):
                message = (
                    f"{basis!r} is neither a fact nor {LOCAL!r} nor {EMPLOYED!r} nor ages as in 'age 6-11' or 'age 60-'"
                )
                problems.append(document.problem("wrong-rule", ("rules", index, *at), message))
    if problems:
        raise InputError(problems)
    return file


def _bases(rule: Rule) -> Iterator[tuple[Location, str]]:
    """Give every name that a rule looks up, with its place in the rule."""
    for key in ("per", "at_least"):
        if basis := str(getattr(rule, key)):
            yield (key,), basis
    for key in ("ln", "shares") if rule.formula else ():
        for name in getattr(rule.formula, key):
            yield from ((("formula", key, name), basis) for basis in name.split("/"))


def assume(rules: Sequence[Rule], fact: str, year: int, code: str, basis: Basis) -> Fact | None:
    """Return the assumption of the first rule that fits, or None where none does.

    Parameters
    ----------
    rules
        The rules in the order of the file.
    fact, year
        The figure that is missing.
    code
        Code of the county: a rule may hold for some provinces only.
    basis
        Returns a figure by name and year, see :func:`basis_of`.
    """
    for rule in rules:
        if (rule.fact, rule.year) != (fact, year) or not (not rule.codes or code.startswith(tuple(rule.codes))):
            continue
        base = basis(rule.per, year) if rule.per else 1.0
        floor = basis(rule.at_least, year) if rule.at_least else 0.0
        times = rule.formula.value(basis, year) if rule.formula else 1.0
        if base is None or floor is None or times is None:
            continue
        low, value, high = (
            _rounded(max(number * times * base / rule.each, floor), rule.round)
            for number in (rule.range[0], rule.value, rule.range[1])
        )
        return Fact(value=value, unit=rule.unit, year=year, source=ASSUMPTION, range=[low, high], reason=rule.reason)
    return None


def _rounded(value: float, to: float) -> float:
    return float(round(value / to) * to) if to else value


def basis_of(facts: Mapping[tuple[str, int], float], ages: Mapping[int, Sequence[float]]) -> Basis:
    """Return a function that looks up what a rule counts ``per``."""

    def look(name: str, year: int) -> float | None:
        if limits := AGE.fullmatch(name):
            groups = ages.get(year)
            high = int(limits[2]) if limits[2] else None
            return None if groups is None else persons_aged(groups, int(limits[1]), high)
        if name == LOCAL:
            parts = [facts.get((fact, year)) for fact in ("residents", "from_same_province", "from_other_province")]
            return None if None in parts else (parts[0] or 0) - (parts[1] or 0) - (parts[2] or 0)
        if name == EMPLOYED:
            parts = [facts.get((f"employed_{sector}", year)) for sector in ("primary", "secondary", "tertiary")]
            return None if None in parts else sum(part or 0 for part in parts)
        if name == COUNTIES:
            return facts.get((name, year), 1.0)
        fact, _, fact_year = name.partition("@")
        return facts.get((fact, int(fact_year) if fact_year else year))

    return look
