"""Each test of the battery notices, on a model of a few lines, what it is there to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from urbsim.engine.contract import Clock, Engine, Member
from urbsim.errors import InputError
from urbsim.language.checks.ledger_file import Good, LedgerFile
from urbsim.language.vensim.reader import read
from urbsim.language.walk import written
from urbsim.project.battery import BatteryFile, Cohorts, load_settings
from urbsim.project.indicators import Indicator
from urbsim.project.levers import Lever
from urbsim.project.parameters import Uncertain
from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.studies.battery import equilibrium, extremes, initial, numerics, parameters, tables
from urbsim.studies.battery.context import BatteryVerdict, Bench
from urbsim.studies.battery.levers import live_levers
from urbsim.studies.battery.run import BATTERY, chosen
from urbsim.studies.effects import effects
from urbsim.studies.expectations import pushed

NOTHING = BatteryFile()
YEARS = BatteryFile(policy_year=2023, effect_year=2030)
Small = Callable[..., Bench]


def shown(variable: str, unit: str = "dmnl") -> Indicator:
    return Indicator(group="x", label=Label(en=variable, zh=variable), variable=variable, unit=unit, headline=True)


def lever(variable: str, low: float, high: float) -> Lever:
    words = {"label": Label(en=variable, zh=variable), "unit": "dmnl", "low": "", "high": "", "interpolation": "step"}
    return Lever(variable=variable, bounds=[low, high], clauses=[], cost="none because it is a test", **words)


def spread(low: float, high: float) -> Uncertain:
    return Uncertain(range=[low, high], spread="uniform", source="assumption", reason="a test")


@pytest.fixture
def small(project: Project, engine: Engine) -> Small:
    """Make a bench of a model text for one region that sets nothing."""

    def make(text: str, show: tuple[str, ...] = (), ledgers: tuple[str, ...] = (), **parts: object) -> Bench:
        books = LedgerFile(tolerance=1e-9, goods={name: Good(unit="dmnl", stocks=[], check=name) for name in ledgers})
        empty = replace(project, model=read("{UTF-8}\n" + text), levers={}, parameters={}, ledgers=books)
        file = {name: shown(name) for name in show}
        return Bench(replace(empty, **parts), file, engine, {"here": Member()}, Clock(2020, 2035), YEARS)

    return make


def test_shipped_tests_have_names_and_say_what_they_cover() -> None:
    names = [check.name for check in BATTERY]
    assert len(set(names)) == len(names)
    assert all(check.covers for check in BATTERY)
    assert [check.name for check in chosen(["tables", "laws"])] == ["laws", "tables"]
    assert len(chosen([])) == len(BATTERY)
    with pytest.raises(InputError, match="unknown test 'extreme'; did you mean extremes"):
        chosen(["extreme"])


# extremes


TANK = "Water = INTEG(inflow - Water/stay, 10)~Tonne~~|inflow = 2~Tonne/Year~~|stay = 5~Year{}~~|"


def test_a_division_by_zero_and_an_unstable_step_are_found(small: Small) -> None:
    verdict = extremes.extremes(small(TANK.format("")), NOTHING)
    assert (verdict.passed, verdict.covered, verdict.worst) == (False, 2, 1)
    assert verdict.details[0] == "stay at 0: 1 of 1 regions; here: Water is not a finite number from 2020.06 on"
    assert verdict.details[1].startswith("stay at x0.001: 1 of 1 regions; here: Water is -")  # swings from step to step


def test_limits_beside_the_unit_hold(small: Small) -> None:
    on = small(TANK.format(" [0.0625,?]"))
    assert on.project.model.variable("stay").unit == "Year"
    verdict = extremes.extremes(on, NOTHING)
    assert (verdict.passed, verdict.covered) == (True, 2)
    assert verdict.note.startswith("5 runs")  # the two low extremes of `stay` are one


def test_negative_stocks_and_open_ledgers_are_found(small: Small) -> None:
    text = "Water = INTEG(1 - outflow, 10)~~|outflow = 1~~|over = MAX(0, Water - 20)~~|start = 5~~|Other = INTEG(0, start)~~|"
    text += "check other = MAX(0, Other - 100)~~|"
    verdict = extremes.extremes(small(text, ledgers=("check other",)), NOTHING)
    assert [line.split(": ")[0] for line in verdict.details] == ["outflow at x1000", "start at x1000"]
    assert "below zero at x1000: outflow; ledger open at x1000: start" in verdict.note


def test_signed_stocks_and_exempt_inputs_are_left_out_and_counted(small: Small) -> None:
    text = "Water = INTEG(1 - outflow, 10)~~|outflow = 1~~|half = 0.5~~One half. [definition]|part = Water/half~~|"
    assert not extremes.extremes(small(text), NOTHING).passed
    assert extremes.extremes(small(text), BatteryFile(signed={"Water": "a balance"})).passed
    left = extremes.extremes(small(text), BatteryFile(exempt={"outflow": "why not"}))
    assert (left.covered, left.note) == (0, "0 runs; left out: 1 definitions, 1 exempt")
    assert not left.passed  # a test that covers nothing is none


def test_tables_are_scaled_as_a_whole(small: Small) -> None:
    text = "Water = INTEG(-drain(Water), 10)~~|drain([(0,0)-(20,9)],(0,0),(10,1),(20,2))~~Rate.|"
    verdict = extremes.extremes(small(text), NOTHING)
    assert [line.split(":")[0] for line in verdict.details] == ["drain at x1000"]


# tables


def test_uses_of_tables_are_found_where_they_stand() -> None:
    text = "s: x, y~~|f((0,0),(1,1))~~|big f((0,0),(1,1))~~|S = INTEG(f(a), big f(MAX(b, c)))~~|"
    text += "v[s] = INITIAL(f(w[s]/n))~~|t = SUM(f(w[s!]*2))~~|a = 1~~|b = 1~~|c = 1~~|w[s] = 1~~|n = 1~~|"
    model = read(text)
    uses = [(call.table, written(call.argument), call.initial) for call in tables.calls(model)]
    assert uses == [
        ("f", "a", False),
        ("big_f", "MAX(b, c)", True),
        ("f", "w[s]/n", True),
        ("f", "w[s!]*2", False),
    ]


@pytest.mark.parametrize(
    ("points", "comment", "fault"),
    [
        ("(0,0),(1,1),(2,1.5),(3,1.5)", "Effect of a.", ""),
        ("(0,0),(1,1),(2,1.5),(3,1.4)", "Effect of a, constant beyond.", "is not monotone, it turns at 2"),
        ("(0,0),(1,1.2),(2,1.5),(3,1.5)", "Effect of a.", "gives 1.2 at 1 though its argument is relative"),
        ("(0,0),(1,1),(2,1.5)", "Effect of a.", "is neither flat at its high end (2) nor says"),
        ("(-1,0),(1,1),(2,1.5),(3,1.5)", "Effect of a.", "is neither flat at its low end (-1) nor says"),
        ("(-1,0),(1,1),(2,1.5)", "Effect of a; flat at both ends.", ""),
        ("(0,0),(1,1.2),(2,0.3)", "Births by year.", ""),  # no effect
    ],
)
def test_shapes_of_effects(small: Small, points: str, comment: str, fault: str) -> None:
    verdict = tables.shapes(small(f"f({points})~~{comment}|v = f(a/normal a)~~|a = 1~~|normal a = 1~~|"))
    assert verdict.passed == (not fault)
    assert verdict.covered == int("ffect" in comment)
    assert [fault in line for line in verdict.details] == [True] * bool(fault)


def test_unused_and_inline_tables_are_faults(small: Small) -> None:
    verdict = tables.shapes(small("f((0,1),(1,1))~~|v = WITH LOOKUP(Time, ((0,0),(1,1)))~~|"))
    assert verdict.details == (
        "f: no equation uses it",
        "v: a table inside an equation can be neither drawn nor tested; name it",
    )


def test_arguments_off_a_table_are_counted(small: Small) -> None:
    text = "S = INTEG(rate, 0)~~|rate = 1~~|f((0,0),({},1))~~{}|v = f(S)~~|"
    ranges = {"rate": spread(1, 1.2)}
    base, random = tables.ranges(small(text.format(11, "Shape."), parameters=ranges))
    assert (base.worst, base.details) == (pytest.approx(4 / 16), ("f: 25 % off the table",))  # 12 to 15 of 0 to 15
    assert not random.passed
    base, random = tables.ranges(small(text.format(15, "Shape."), parameters=ranges))
    assert (base.passed, base.covered, random.passed) == (True, 1, False)
    assert all(one.passed for one in tables.ranges(small(text.format(18, "Shape."), parameters=ranges)))
    stated, _ = tables.ranges(small(text.format(11, "Held constant beyond."), parameters=ranges))
    assert (stated.passed, stated.covered) == (True, 0)
    twice = small(text.format(18, "Shape.") + "w = f(20)~~|", parameters=ranges)
    assert next(tables.ranges(twice)).details == ("f: 100 % off the table",)


# equilibrium


def people(text: str) -> str:
    return (
        "Population = INTEG(births, 10)~Person~~|births = Population*birth rate~Person/Year~~|birth rate = 0.1~~|"
        + text
    )


FROZEN = BatteryFile(frozen={"birth rate": "nobody is born"})


def test_a_model_that_comes_to_rest_passes_whatever_the_calendar_drives(small: Small) -> None:
    text = "Homes = INTEG((Population*(1 + 0.02*(Time - 2020)) - Homes)/5, 1)~~|Built = INTEG(Homes, 0)~~|"
    verdict = equilibrium.equilibrium(small(people(text)), FROZEN)
    assert (verdict.passed, verdict.covered) == (True, 2)
    assert verdict.note.startswith("1 counters left out")


def test_a_stock_that_wears_out_without_return_is_found(small: Small) -> None:
    text = "Homes = INTEG(-Homes*0.004, 100)~~|"
    verdict = equilibrium.equilibrium(small(people(text)), FROZEN)
    assert [line.split(":")[0] for line in verdict.details] == ["Homes"]
    assert verdict.worst == pytest.approx(1 / 20 * (1 - (1 - 0.004 / 16) ** 320), rel=1e-6)


def test_people_who_still_move_are_told(small: Small) -> None:
    verdict = equilibrium.equilibrium(small(people("")), BatteryFile(cohorts=Cohorts(people="Population")))
    assert not verdict.passed
    assert verdict.details[0].startswith("people are not frozen")


# the start


def test_inputs_are_found_again_at_the_start(small: Small) -> None:
    text = (
        "s: x, y~~|initial land = 9~~REGION INPUT: land.|Land[s] = INTEG(0, initial land*share[s])~~|share[s] = {}~~|"
    )
    text += "initial jobs = 4~~REGION INPUT: jobs.|work = 2*initial jobs~~|initial pay = 1~~REGION INPUT: pay.|"
    text += "rate = 1~~REGION INPUT: a rate.|"
    told = BatteryFile(initial={"initial jobs": "work/2"})
    verdict = initial.data(small(text.format("0.5, 0.5")), told)
    assert (verdict.covered, verdict.note) == (2, "1 inputs are rates or indices")
    assert verdict.details == ("initial pay: nothing in the model answers to it; name it under `initial`",)
    verdict = initial.data(small(text.format("0.5, 0.4")), told)
    assert verdict.details[0] == "initial land: off by 0.1 of itself"
    assert verdict.worst == pytest.approx(0.1)


PIPE = "Line = INTEG(starts - ends, {})~Home~~|starts = 4~Home/Year~~|ends = Line/2~Home/Year~~|"


def test_a_start_out_of_balance_is_a_transient(small: Small) -> None:
    assert initial.transient(small(PIPE.format("starts*2")), BatteryFile()).passed
    verdict = initial.transient(small(PIPE.format("starts")), BatteryFile())
    assert [line.split(":")[0] for line in verdict.details] == ["ends"]
    assert verdict.covered == 1  # what is constant is no flow that could jump


def test_flows_that_follow_the_turn_of_the_year_are_pulses() -> None:
    text = "turn = IF THEN ELSE(MODULO(Time, 1) < TIME STEP/2, 1/TIME STEP, 0)~1/Year~~|"
    text += (
        "S = INTEG(gain - S*turn - reset, 1)~Home~~|gain = 1~Home/Year~~|reset = S*turn*more~Home/Year~~|more = 0~~|"
    )
    text += "T = INTEG(follow, 1)~Home~~|follow = S/ease~Home/Year~~|ease = 1~Year~~|"
    found = {flow.name: (flow.stock, flow.pulse) for flow in initial.flows(read(text))}
    assert found == {"reset": ("s", True), "follow": ("t", False)}


def test_a_jump_of_an_indicator_is_found(small: Small) -> None:
    text = "S = INTEG(S*0.02, 100)~~|v = S + IF THEN ELSE(Time > 2020.1 :AND: Time < {}, 1, 0)~~|"
    assert initial.jump(small(text.format(2020), ("v",)), BatteryFile()).passed
    verdict = initial.jump(small(text.format(2020.3), ("v",)), BatteryFile())
    assert not verdict.passed
    assert "v: " in verdict.details[0]
    assert verdict.worst > 10


# the time step


def test_errors_of_steps_are_told(small: Small) -> None:
    on = small("S = INTEG(-S*0.03, 100)~~|", ("S",))
    verdict = numerics.time_step(on)
    assert verdict.passed
    assert verdict.note.startswith("1/8: ")
    assert not numerics.time_step(small("S = INTEG(-S*0.9, 100)~~|", ("S",))).passed


def test_growth_that_turns_with_the_step_is_found(small: Small) -> None:
    on = small("S = INTEG(20*(TIME STEP - 0.05), 100)~~|", ("S",))
    assert "S: grows with one step and falls with another" in numerics.time_step(on).details


# parameters and levers


def test_a_dead_parameter_is_found_and_one_that_binds_under_policy_is_not(small: Small) -> None:
    text = "S = INTEG(MIN(rate*push, cap)/(a/a), 1)~~|rate = 1~~|push = 1~~|cap = 5~~|a = 2~~|"
    ranges = {"rate": spread(0.5, 2), "cap": spread(4, 6), "a": spread(1, 3)}
    verdict = parameters.alive(small(text, levers={"push": lever("push", 0, 20)}, parameters=ranges))
    assert verdict.details == ("a moves nothing",)
    assert verdict.note == "move something only under random levers: cap"


def test_values_outside_a_range_and_parameters_never_drawn_are_found(small: Small) -> None:
    ranges = {"rate": spread(2, 3), "b": spread(0, 1)}
    on = small("S = INTEG(rate*b, 1)~~|rate = 1~~|b = 0.5~~|", parameters=ranges)
    set_by_all = replace(on, members={"here": Member({"b": np.array(0.4)})})
    verdict = parameters.drawn(set_by_all)
    assert verdict.details == ("rate: 1 is not within 2 to 3", "b: every region sets it, so it is never drawn")
    assert parameters.drawn(small("S = INTEG(rate, 1)~~|rate = 2~~|", parameters={"rate": spread(2, 3)})).passed


def test_a_lever_that_moves_nothing_is_found(small: Small) -> None:
    levers = {"push": lever("push", 0, 2), "sham": lever("sham", 0, 1)}
    on = small("S = INTEG(push + MAX(sham, 1), 1)~~|push = 1~~|sham = 0.2~~|", ("S",), levers=levers)
    verdict, _ = live_levers(on, {})
    assert (verdict.passed, verdict.covered, verdict.worst) == (False, 2, 0.0)
    assert verdict.details == ("sham at 0.4 moves nothing by more than 0 % in here",)
    assert "push: S " in verdict.note
    assert not any(verdict.passed for verdict in live_levers(small("S = INTEG(1, 1)~~|", ("S",)), {}))


def test_a_lever_that_moves_nothing_beyond_its_own_group_is_found(small: Small) -> None:
    levers = {"push": lever("push", 0, 2), "pull": lever("pull", 0, 2)}
    text = "S = INTEG(push + pull, 1)~~|T = INTEG(1 + 0.001*push + pull, 1)~~|push = 1~~|pull = 1~~|"
    on = small(text, ("S", "T"), levers=levers)
    on = replace(on, indicators={**on.indicators, "T": on.indicators["T"].model_copy(update={"group": "y"})})
    moves, reach = live_levers(on, {})
    assert moves.passed
    assert reach.details == ("push at 2 moves S, and of other groups T 0.038 %, in here",)
    assert "pull: T " in reach.note
    _, excused = live_levers(on, {"push": "a pump inside"})
    assert (excused.passed, excused.note.rpartition("; ")[2]) == (True, "local: push, a pump inside")


@pytest.mark.parametrize(("now", "value"), [(0.0, 0.4), (1.6, 2.0), (1.7, 1.3), (2.0, 1.6)])
def test_levers_go_up_where_there_is_room(small: Small, now: float, value: float) -> None:
    on = small(f"S = INTEG(push, 1)~~|push = {now}~~|", levers={"push": lever("push", 0, 2)})
    assert pushed(on, Member(), "push") == pytest.approx(value)
    later = Member({}, {"push": ((2020.0, 9.0), (2021.0, 9.0), (2021.1, now))})
    assert pushed(on, later, "push") == pytest.approx(value)


def test_effects_are_those_of_the_equations(small: Small) -> None:
    levers, ranges = {"push": lever("push", 0, 10)}, {"rate": spread(1, 3)}
    on = small("S = INTEG(push*rate, 100)~~|push = 1~~|rate = 2~~|", ("S",), levers=levers, parameters=ranges)
    [one] = effects(on, lambda _: None, 400)

    def percent(rate: float) -> float:  # three times the flow from the start of 2023, nine years before the end of 2030
        return 100 * rate * 2 * 8 / (100 + 10 * rate)

    assert (one.lever, one.indicator, one.value, one.unit) == ("push", "S", 3.0, "percent")
    assert one.effect == pytest.approx(percent(2), rel=0.02)
    assert (one.low, one.high) == (pytest.approx(percent(1.1), rel=0.02), pytest.approx(percent(2.9), rel=0.02))
    assert [one] == list(effects(on, lambda _: None, 400)), "the same seed gives the same table"


# what the battery is told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exempt: {rat: why}", "no constant or lookup 'rat'; did you mean rate"),
        ("signed: {rate: why}", "no stock 'rate'"),
        ("frozen: {S: why}", "no constant or equation 'S'"),
        ("exempt: {rate: ''}", "'rate' is without a reason"),
        ("initial: {rate: S}", "'rate' is no region input"),
        ("coflow: {parts: [s, x], whole: S}", "1:21: the model has no variable 'x'"),
        ("cohorts: {people: T}", "1:19: the model has no variable 'T'"),
        ("cohorts: {people: S, still: {S: why}}", "no constant or lookup 'S'; known names: rate"),
        ("exemt: {}", "unknown key 'exemt'"),
    ],
)
def test_what_the_model_does_not_have_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "battery.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_settings(path, "battery.yaml", read("S = INTEG(rate, 1)~~|rate = 1~~|"))


def test_verdicts_say_nothing_more_than_they_know() -> None:
    assert BatteryVerdict("a", 1, "runs", 0.0, "0", True) == BatteryVerdict("a", 1, "runs", 0.0, "0", True, "", ())
