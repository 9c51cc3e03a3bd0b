"""Derivatives against central differences: every rule, every kind of memory, and the shipped model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from urbsim import load_model
from urbsim.engine.compiler import CompiledEngine
from urbsim.engine.contract import Draws, Member
from urbsim.errors import EngineError, InputError
from urbsim.experiment import draws, plan
from urbsim.project.project import Project

CLOCK = "FINAL TIME = 8 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 0.25 ~~|\nSAVEPER = 2 ~~|\n"
RULES = {
    "sum": "3*p + p - 2*q",
    "product": "p*q*p",
    "quotient": "(p + 1)/(q*p)",
    "power": "p^q",
    "whole power": "p^3",
    "root": "SQRT(p*q)",
    "absolute": "ABS(q - 3*p)",
    "exponential": "EXP(-p*q)",
    "logarithm": "LN(p)*LN(q)",
    "trigonometry": "SIN(p) + COS(q) + TAN(p/3)",
    "inverse trigonometry": "ARCSIN(p/9) + ARCCOS(q/9) + ARCTAN(p)",
    "hyperbolic": "SINH(p) + COSH(q) + TANH(p/2)",
    "extremes": "MIN(p, q)*MAX(p, 2*q)",
    "choice": "IF THEN ELSE(p > q, p*p, q)",
    "table": "table(p*q)",
    "long table": "long table(10*p*q)",
    "stock": "stock*p",
    "delay": "DELAY3(p*Time, 1 + q)",
    "delay n": "DELAY N(p*Time, 1 + q + Time/20, p, 3)",
    "smooth": "SMOOTH3I(p*Time, q, p*q)",
    "fixed delay": "DELAY FIXED(p*Time, 1.5, q)",
    "trend": "TREND(p*Time + q, 2, 0.1*p) + FORECAST(p*Time + q, 2, 3)",
    "sample": "SAMPLE IF TRUE(MODULO(Time, 3) < 1, p*Time, q)",
    "initial": "INITIAL(p*q)*p",
    "rounding": "INTEGER(4*p)*q",
}


def text(equation: str) -> str:
    points = ",".join(f"({x},{x**1.5 / 10})" for x in range(40))
    return (
        f"{{UTF-8}}\nout = {equation} ~~|\np = 1.3 ~~|\nq = 0.7 ~~|\n"
        "stock = INTEG(p - stock*q, q*q) ~~|\n"
        f"table((0,0),(0.5,1),(2,1.6)) ~~|\nlong table({points}) ~~|\n" + CLOCK
    )


@pytest.mark.parametrize("rule", RULES)
def test_a_rule(rule: str, tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(text(RULES[rule]), encoding="utf-8")
    model = load_model(path)
    given = {"p": np.array([1.3, 0.9]), "q": np.array([0.7, 1.9])}
    found = model.derivatives(["p", "q"], given, ["out"])["out"]
    assert found.dims == ("parameter", "member", "time")
    for name in ("p", "q"):
        step = 1e-5
        up, down = ({**given, name: given[name] + sign * step} for sign in (1, -1))
        central = (model.run(up, ["out"])["out"] - model.run(down, ["out"])["out"]).values / (2 * step)
        np.testing.assert_allclose(found.sel(parameter=name), central, rtol=2e-8, atol=1e-8)


def test_elements_and_points_are_taken_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    source = text("table(p)*SUM(part[place!]*part[place!])").replace(
        "p = 1.3", "place: town, village ~~|\npart[place] = 2, 3 ~~|\np = 1.3"
    )
    path.write_text(source, encoding="utf-8")
    found = load_model(path).derivatives(["part", "table"], outputs=["out"])["out"].isel(time=-1)
    assert found.parameter.values.tolist() == ["part[town]", "part[village]", "table[0]", "table[1]", "table[2]"]
    value = 1 + (1.6 - 1) / 1.5 * 0.8  # of the table at 1.3
    np.testing.assert_allclose(found, [4 * value, 6 * value, 0, 13 * (0.7 / 1.5), 13 * (0.8 / 1.5)], rtol=1e-12)


def test_what_cannot_be_differentiated_says_so(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(text("GAMMA LN(p)"), encoding="utf-8")
    with pytest.raises(EngineError, match="no derivative"):
        load_model(path).derivatives(["p"], outputs=["out"])
    with pytest.raises(InputError, match="'stock' is computed by the model"):
        load_model(path).derivatives(["stock"], outputs=["out"])


@pytest.mark.slow
def test_the_shipped_model_for_levers_and_parameters_in_each_draw(project: Project) -> None:
    made = plan.plan(project, ["integrated"], ["lijin"], None, 2030, {})
    member = plan.members(project, made, {})[0].member
    clock = plan.clock(project, made, "lijin", "integrated")
    drawn = draws.applied(draws.draw(project.parameters, project.model, 3, 0), project.model, member)
    engine, by, outputs = (
        CompiledEngine(),
        ["job_adjustment_time", "land_supply_factor"],
        ["county_residents", "workers"],
    )
    found = engine.derivatives(project.model, [member], outputs, by, clock, drawn)
    for number, name in enumerate(by):
        step = 2e-6  # small: a kink of the model between the two runs would count

        def run(sign: int, name: str = name, step: float = step) -> dict[str, np.ndarray]:
            values, series, constants = dict(drawn.values), dict(member.series), dict(member.constants)
            if name in values:
                values[name] = values[name] + sign * step
            elif name in series:
                series[name] = tuple((time, value + sign * step) for time, value in series[name])
            else:
                constants[name] = constants[name] + sign * step
            moved = Draws(values, drawn.count)
            result = engine.run(project.model, [Member(constants, series)], outputs, clock, lambda _: None, moved)
            return dict(result.values)

        up, down = run(1), run(-1)
        for output in outputs:
            central = (up[output] - down[output]) / (2 * step)
            scale = np.abs(central).max()
            np.testing.assert_allclose(found[output][number], central, rtol=1e-4, atol=1e-4 * scale)
