"""The published account of a county: whether it closes, and the levels that the model starts from.

Figures are amounts of a year. What the model needs of them are rates on people, workers and output, so that a region
without an account can take the same rates from an estimate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from urbsim.errors import Problem
from urbsim.files import Source
from urbsim.project.regions.facts import LINES, NEEDS, Fact, converted, figure

ROUNDING = 0.005  # of a total, that its parts may miss
SECTORS = ("value_added_primary", "value_added_secondary", "value_added_tertiary")
Facts = Mapping[str, list[Fact]]


def account_problems(source: Source, facts: Facts) -> Iterator[Problem]:
    """Give what is wrong between the facts of an account; each of them alone is checked with the other facts."""
    for name in ("budget_spending", "gross_product"):
        for index, fact in enumerate(facts.get(name, [])):
            amounts = _amounts(facts, fact.year)
            for message, hint in _sums(name, amounts, fact.year):
                yield source.problem("contradiction", ("facts", name, index, "value"), message, hint)
    for name, need in NEEDS.items():
        for index, fact in enumerate(facts.get(name, []) if need.instead else []):
            amounts = _amounts(facts, fact.year)
            if all(other in amounts for other in need.instead):
                message = f"{name} of {fact.year} is given twice: {' and '.join(need.instead)} tell it too"
                yield source.problem("defined-twice", ("facts", name, index), message, "keep the published amounts")
    for name, other in (SECTORS[1:], SECTORS[:0:-1]):
        for index, fact in enumerate(facts.get(name, [])):
            if not figure(facts, other, fact.year):
                message = f"{name} of {fact.year} is given without {other}"
                yield source.problem(
                    "missing-fact", ("facts", name, index), message, f"add {other} in yuan/year, or leave both out"
                )


def _sums(name: str, amounts: Mapping[str, float], year: int) -> Iterator[tuple[str, str]]:
    """Give a message and a hint for each sum that a total contradicts."""
    total = amounts.get(name, 0.0)
    if name == "gross_product":
        parts, whole = _parts(amounts, SECTORS), all(sector in amounts for sector in SECTORS)
        if _above(parts, total) or (whole and _above(total, parts)):
            message = f"gross_product of {year} is {total:.6g} yuan, its sectors add up to {parts:.6g}"
            yield message, f"check {', '.join(SECTORS)}; half a percent is allowed for rounding"
        return
    closed = _parts(amounts, ("budget_revenue", "net_transfers"))
    if {"budget_revenue", "net_transfers"} <= amounts.keys() and (_above(closed, total) or _above(total, closed)):
        message = (
            f"the account of {year} does not close: budget_revenue and net_transfers are {closed:.6g} yuan, "
            f"budget_spending is {total:.6g}"
        )
        yield message, "net transfers are all that is not own revenue: transfers, bonds and balances; give two of three"
    functions = _parts(amounts, [f"spending_{line}" for line in LINES])
    if functions and _above(functions, total):
        message = f"spending by function of {year} is {functions:.6g} yuan, above budget_spending of {total:.6g}"
        yield message, f"check spending_{', spending_'.join(LINES)}: they are parts of the total"


def _above(larger: float, smaller: float) -> bool:
    return larger > smaller * (1 + ROUNDING)


def _parts(amounts: Mapping[str, float], names: tuple[str, ...] | list[str]) -> float:
    return sum(amounts.get(name, 0.0) for name in names)


def _amounts(facts: Facts, year: int) -> dict[str, float]:
    """Return the facts of a year in model units; those in a wrong unit are told by other checks."""
    amounts: dict[str, float] = {}
    for name in facts:
        fact = figure(facts, name, year)
        try:
            amounts |= {name: converted(name, fact)} if fact else {}
        except (ValueError, KeyError):
            continue
    return amounts


def levels(have: Mapping[str, float]) -> dict[str, float]:
    """Return the figures that published amounts give: spending and output per head, and the rate of own revenue.

    Workers are those of the census, with whom the model starts: its output of the base year is then the published one.

    Examples
    --------
    >>> have = {"residents": 100.0, "employed_primary": 5.0, "employed_secondary": 20.0, "employed_tertiary": 20.0}
    >>> have |= {"value_added_secondary": 3e6, "value_added_tertiary": 1e6, "budget_revenue": 4e5}
    >>> levels(have)
    {'output_per_worker': 100000.0, 'own_revenue_rate': 0.1}
    """
    workers = have["employed_secondary"] + have["employed_tertiary"]
    found = {}
    if "budget_spending" in have:
        found["budget_spending_per_resident"] = have["budget_spending"] / have["residents"]
    if "value_added_secondary" in have:
        found["output_per_worker"] = (have["value_added_secondary"] + have["value_added_tertiary"]) / max(workers, 1)
    if "value_added_primary" in have:
        found["farm_output_per_worker"] = have["value_added_primary"] / max(have["employed_primary"], 1)
    if "budget_revenue" in have:
        output = found.get("output_per_worker", have.get("output_per_worker", 0.0)) * max(workers, 1)
        found["own_revenue_rate"] = have["budget_revenue"] / output
    return found


def own_revenue_rate(have: Mapping[str, float]) -> float:
    """Return own revenue over the output of industry and services, at most what is spent.

    What a rich county hands up is not in the model.
    """
    output = have["output_per_worker"] * max(have["employed_secondary"] + have["employed_tertiary"], 1)
    spending = have["budget_spending_per_resident"] * have["residents"]
    share = min(have["own_revenue_rate"] * output / spending, 1.0)
    return share * spending / output
