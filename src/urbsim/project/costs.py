"""What a lever costs: a flow of money in the model, or the reason why it is free.

No measure is free by accident. The cost of a lever is text: the name of a variable in Yuan/Year, with the element where
it has subscripts (``capital need[schools]``), or ``none because`` and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from urbsim.errors import Problem, nearest
from urbsim.files import Source
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.units import factor

FREE = "none because "
_VARIABLE = re.compile(r"(?P<name>[^\[\]]+?)\s*(?:\[(?P<element>[^\[\]]+)\])?$")
_HINT = f"name a variable of the model in Yuan/Year, or write '{FREE}' and the reason"


def is_free(cost: str) -> bool:
    """Return whether a cost is the reason why there is none."""
    return cost.startswith(FREE) and bool(cost.removeprefix(FREE).strip())


def cost_variable(cost: str) -> tuple[str, str]:
    """Return the variable that a cost names, and its element or ''; two empty texts where it names none."""
    found = _VARIABLE.fullmatch(cost.strip())
    return (found["name"], found["element"] or "") if found else ("", "")


def cost_problems(document: Source, levers: Mapping[str, str], model: Model) -> Iterator[Problem]:
    """Give what is wrong with the costs of levers, by id of the lever."""
    for name, cost in levers.items():
        at = ("levers", name, "cost")
        spelled, element = cost_variable(cost)
        if is_free(cost) or model.excused(spelled):
            continue
        variable = model.by_name.get(identifier(spelled))
        if not spelled or spelled.split()[0] == "none":
            yield document.problem("missing-text", at, f"cost {cost!r} is neither a flow of money nor a reason", _HINT)
        elif variable is None:
            message = f"cost {cost!r} names no variable of the model"
            names = [v.spelled for v in model.variables if _is_money(v.unit)]
            yield document.problem("unknown-name", at, message, nearest(spelled, names))
        elif not _is_money(variable.unit):
            yield document.problem("unit", at, f"cost {variable.spelled!r} is in {variable.unit}, not Yuan/Year", _HINT)
        else:
            yield from _element_problems(document, at, variable.spelled, element, model)


def _is_money(unit: str) -> bool:
    try:
        return factor(unit, "Yuan/Year") == 1
    except ValueError:
        return False


def _element_problems(
    document: Source, at: tuple[str | int, ...], spelled: str, element: str, model: Model
) -> Iterator[Problem]:
    ranges = model.dims(spelled)
    elements = model.elements[ranges[0]] if len(ranges) == 1 else ()
    if ranges and identifier(element) not in elements:
        hint = f"write {spelled}[ELEMENT] with one of {', '.join(elements)}"
        yield document.problem("unknown-name", at, f"cost {spelled!r} is for each of several things", hint)
    elif element and not ranges:
        yield document.problem("unknown-name", at, f"cost {spelled!r} has no elements", f"write {spelled}")
