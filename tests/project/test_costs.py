"""What levers cost: every lever names a flow of money that it moves, or says why it is free."""

from __future__ import annotations

import pytest

from urbsim.language import walk
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.costs import cost_variable, is_free
from urbsim.project.project import Project

NEAR = 11  # links from a lever to what it costs


def causes(model: Model, name: str, element: str = "") -> set[str]:
    definitions = model.variable(name).definitions
    chosen = [d for d in definitions if not element or identifier(element) in map(identifier, d.subs)] or definitions
    return {identifier(cause) for d in chosen for cause in walk.names(d.expr)}


def test_a_lever_with_a_cost_moves_it(project: Project) -> None:
    model, far = project.model, []
    for name, lever in project.levers.items():
        if is_free(lever.cost):
            continue
        variable, element = cost_variable(lever.cost)
        known = near = causes(model, variable, element)
        for _ in range(NEAR):
            near = {c for n in near if n in model.by_name for c in causes(model, n)} - known
            known = known | near
        if identifier(lever.variable) not in known:
            far.append(name)
    assert far == []


@pytest.mark.parametrize(
    ("cost", "free", "variable"),
    [
        ("none because firms pay", True, ("none because firms pay", "")),
        ("none because ", False, ("none because", "")),
        ("land costs", False, ("land costs", "")),
        ("capital need[schools]", False, ("capital need", "schools")),
        ("[schools]", False, ("", "")),
    ],
)
def test_a_cost_is_a_variable_or_a_reason(cost: str, free: bool, variable: tuple[str, str]) -> None:
    assert is_free(cost) is free
    assert cost_variable(cost) == variable
