"""Named loops: signs and cuts of models of three variables that can be worked out by hand, and bad files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbsim.engine.compiler import compile_for
from urbsim.engine.contract import Clock, Engine, Member
from urbsim.engine.oracles.choose import choose
from urbsim.errors import InputError
from urbsim.language.rewrite import inputs, renamed
from urbsim.language.vensim import reader
from urbsim.project.battery import BatteryFile
from urbsim.project.indicators import Indicator, Indicators
from urbsim.project.levers import Lever
from urbsim.project.loops import Loop, LoopEntry, LoopNames, Loops, Part, load_loops
from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.project.workspace import Workspace
from urbsim.studies.battery.context import Bench, bench
from urbsim.studies.battery.loops import effects, polarity
from urbsim.studies.loopcuts import cuts
from urbsim.studies.loopmodel import TEST, severed, shadowed
from urbsim.studies.loops import Polarity, polarities

YEARS = Clock(2020, 2030, 0.25)
CONTROL = "INITIAL TIME = 2020 ~~|\nFINAL TIME = 2030 ~~|\nTIME STEP = 0.25 ~~|\nSAVEPER = 1 ~~|\n"
SAVINGS = "Money = INTEG(interest, 100) ~~|\ninterest = Money*rate ~~|\nrate = 0.08 ~~|\n"
COFFEE = "Heat = INTEG(-loss, 70) ~~|\ngap = Heat - room ~~|\nloss = gap/5 ~~|\nroom = 20 ~~|\n"
TWO = (
    "town: big, small ~~|\nPeople[town] = INTEG(births[town], size[town]) ~~|\nsize[town] = 100, 10 ~~|\n"
    "births[town] = People[town]*rate[town] ~~|\nrate[big] = 0.1 ~~|\nrate[small] = -0.1 ~~|\nall = SUM(People[town!]) ~~|\n"
)
Make = Callable[..., tuple[Bench, Loops]]


def entry(name: str, path: str, **more: object) -> str:
    polarity_ = "reinforcing" if name.startswith("R") else "balancing"
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return f"  - {{id: {name}, name: {{en: A loop, zh: 回路}}, polarity: {polarity_}, path: [{path}]{rest}}}\n"


@pytest.fixture
def made(project: Project, engine: Engine, tmp_path: Path) -> Make:
    """Return a bench of one region with a small model, and its loops."""

    def make(equations: str, *entries: str, claims: str = "", read: Mapping[str, str] | None = None) -> Any:
        model = reader.read("{UTF-8}\n" + equations + CONTROL, "small.mdl")
        lever = Lever(
            label=Label(en="x", zh="x"),
            variable="lever",
            unit="dmnl",
            bounds=[0.0, 5.0],
            low="",
            high="",
            cost="none because it is a test",
            interpolation="step",
            clauses=[],
        )
        items = {
            name: Indicator(group="g", label=Label(en=name, zh=name), variable=variable, unit="dmnl")
            for name, variable in (read or {}).items()
        }
        indicators = items
        path = tmp_path / "loops.yaml"
        path.write_text("loops:\n" + "".join(entries) + (f"claims:\n{claims}" if claims else ""), encoding="utf-8")
        small = replace(project, model=model, levers={"lever": lever} if "lever =" in equations else {})
        on = Bench(small, indicators, engine, {"here": Member()}, YEARS, BatteryFile(policy_year=2023))
        return on, load_loops(path, "loops.yaml", model, LoopNames(indicators, small.levers, ["here"]))

    return make


def one(made: Make, equations: str, *entries: str) -> Polarity:
    [found] = polarities(*made(equations, *entries))
    return found


def test_a_reinforcing_loop_is_found(made: Make) -> None:
    found = one(made, SAVINGS, entry("R1", "Money, interest"))
    assert [(k.source, k.target, k.sign, k.idle) for k in found.links] == [
        ("Money", "interest", "+", 0.0),
        ("interest", "Money", "+", 0.0),
    ]
    assert (found.found, found.faults) == ("+", ())


def test_a_balancing_loop_is_found(made: Make) -> None:
    found = one(made, COFFEE, entry("B1", "Heat, gap, loss"))
    assert [k.sign for k in found.links] == ["+", "+", "-"]
    assert (found.found, found.faults) == ("-", ())
    assert polarity([found]).passed


def test_a_declared_polarity_that_is_wrong_is_caught(made: Make) -> None:
    found = one(made, COFFEE, entry("R1", "Heat, gap, loss"))
    assert found.faults == ("the signs of its links make it balancing in 2021", "a push comes back balancing")
    verdict = polarity([found])
    assert not verdict.passed
    assert verdict.note.startswith("R1 in here: the signs of its links")


def test_a_loop_that_never_acts_is_caught(made: Make) -> None:
    full = SAVINGS.replace("Money*rate", "MIN(Money*rate, 1)")
    found = one(made, full, entry("R1", "Money, interest"))
    assert found.faults == ("Money → interest never acts",)
    assert (found.found, found.links[0].sign, found.links[0].idle) == ("0", "0", 1.0)
    assert not polarity([found]).passed


def test_a_link_that_rests_in_some_years_is_no_fault(made: Make) -> None:
    late = SAVINGS.replace("Money*rate", "IF THEN ELSE(Time > 2024.5, Money*rate, 1)")
    found = one(made, late, entry("R1", "Money, interest"))
    assert (found.links[0].sign, found.links[0].idle, found.faults) == ("+", 0.4, ())


def test_a_link_that_changes_its_sign_is_caught(made: Make) -> None:
    turning = SAVINGS.replace("Money*rate", "Money*rate*(2025.5 - Time)")
    found = one(made, turning, entry("R1", "Money, interest"))
    assert found.links[0].sign == "±"
    assert found.faults[0] == "the signs of its links make it balancing in 2026"


def test_elements_with_both_signs_must_be_named(made: Make) -> None:
    assert one(made, TWO, entry("R1", "People, births")).faults[0] == (
        "People → births has both signs among its elements: name those that are meant"
    )
    assert one(made, TWO, entry("R1", '"People[big]", "births[big]"')).faults == ()
    assert one(made, TWO, entry("B1", '"People[small]", "births[small]"')).faults == ()


def test_a_loop_that_does_not_act_is_a_fault_only_where_it_is_declared(made: Make) -> None:
    on, loops = made(SAVINGS.replace("= 0.08", "= 0"), entry("R1", "Money, interest", regions="[here]"))
    on = replace(on, members={"here": Member({"rate": np.array(0.1)}), "there": Member()})
    here, there = polarities(on, loops)
    assert (here.faults, here.counts) == ((), True)
    assert (there.faults, there.counts) == (("Money → interest never acts",), False)
    assert polarity([here, there]).passed


def test_a_loop_longer_than_the_run_needs_more_years(made: Make) -> None:
    slow = SAVINGS.replace("Money*rate", "DELAY FIXED(Money*rate, 15, 8)")
    assert one(made, slow, entry("R1", "Money, interest")).faults == ("Money → interest never acts",)
    assert one(made, slow, entry("R1", "Money, interest", until=2040)).faults == ()


def test_a_push_that_does_not_come_round_in_time_is_told(made: Make) -> None:
    queue = (
        "Money = INTEG(second, 100) ~~|\nfirst = DELAY FIXED(Money*0.08, 6, 8) ~~|\n"
        "second = DELAY FIXED(first, 6, 8) ~~|\n"
    )
    assert one(made, queue, entry("R1", "Money, first, second")).faults == ("nothing comes back by 2030",)
    assert one(made, queue, entry("R1", "Money, first, second", until=2034)).faults == ()


def test_a_part_that_stands_twice_is_an_age_chain(made: Make) -> None:
    """Births reach the stage that has children only through the stages before it."""
    ages = (
        "step: s0, s1, s2 ~~|\nup: s1, s2 -> down ~~|\ndown: s0, s1 -> up ~~|\n"
        "Stage[s0] = INTEG(births - passing[s0], 10) ~~|\nStage[s1] = INTEG(passing[s0] - passing[s1], 10) ~~|\n"
        "Stage[s2] = INTEG(passing[s1], 10) ~~|\npassing[down] = Stage[down]*0.2 ~~|\nbirths = Stage[s2]*0.1 ~~|\n"
    )
    stages = '"Stage[s0]", "passing[s0]", "Stage[s1]", "passing[s1]", "Stage[s2]"'
    assert one(made, ages, entry("R1", f"births, {stages}")).faults == ()
    ages = ages.replace(" - passing[s0]", "").replace(" - passing[s1]", "")
    assert one(made, ages, entry("R1", "births, Stage, passing, Stage")).faults == ()
    short = one(made, ages, entry("R1", "births, Stage"))
    assert short.faults == ("nothing comes back by 2030",)


def test_a_lever_brings_a_loop_to_life(made: Make) -> None:
    idle = SAVINGS.replace("Money*rate", "Money*rate*lever") + "lever = 0 ~~|\n"
    assert one(made, idle, entry("R1", "Money, interest")).faults
    found = one(made, idle, entry("R1", "Money, interest", when="{lever: 1}"))
    assert (found.faults, found.links[0].idle) == ((), 0.2)  # what is kept at 2022.0 is of before 2023


def test_what_comes_back_is_the_response_of_the_path_alone(made: Make) -> None:
    """Interest pushed by its own size adds as much money again; the bank's answer is the rate times that."""
    on, loops = made(SAVINGS, entry("R1", "interest, Money"))
    ways = shadowed(loops)
    names = [ways.back["R1"], ways.starts["R1"], "money", "interest"]
    run = compile_for(ways.model, [Member()], names, [TEST], by=[(TEST, 0)]).run([Member()], YEARS)
    money = run.values["money"][0]
    np.testing.assert_allclose(run.slopes[ways.back["R1"]][0, 0], 0.08 * (money - 100), rtol=1e-12)
    np.testing.assert_allclose(run.slopes[ways.starts["R1"]][0, 0], run.values["interest"][0], rtol=1e-12)
    plain = on.run([Member()], ["Money"]).values["money"][0]
    np.testing.assert_array_equal(money, plain)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 0.5), st.floats(0.01, 0.5), st.sampled_from([1, -1]), st.sampled_from([1, -1]))
def test_polarity_is_the_product_of_the_signs(a: float, b: float, up: int, down: int) -> None:
    source = "Level = INTEG(second*first, 3) ~~|\nfirst = SMOOTH(one*Level, 2) ~~|\none = 1 ~~|\nsecond = 1 ~~|\n"
    model = reader.read("{UTF-8}\n" + source + CONTROL, "small.mdl")
    member = Member({"one": np.array(a * up), "second": np.array(b * down)})
    loops = _loops(model, ["Level", "first"])
    ways = shadowed(loops)
    names = [*ways.links["R1"], ways.back["R1"]]
    run = compile_for(ways.model, [member], names, [TEST], by=[(TEST, 0)]).run([member], YEARS)
    first, second = (np.sign(run.slopes[name][0, 0, 1:]) for name in ways.links["R1"])
    assert set(first) == {up}
    assert set(np.sign(run.slopes[ways.back["R1"]][0, 0, 1:])) == {up * down}
    assert len(set(second)) == 1


def _loops(model: Any, path: list[str]) -> Loops:
    told = LoopEntry(id="R1", name=Label(en="x", zh="x"), polarity="reinforcing", path=path)
    return Loops(model, (Loop(told, tuple(Part(name.lower(), name) for name in path)),))


def test_a_cut_holds_the_value_of_the_base_year(made: Make) -> None:
    cut = {"cut": "interest", "reading": "{indicator: money, year: 2030}", "because": "it stays at 8"}
    on, loops = made(SAVINGS, entry("R1", "Money, interest", **cut), read={"money": "Money"})
    [found], judged = cuts(on, loops)
    free = 100 * (1 + 0.08 * 0.25) ** 40
    assert found.change == pytest.approx(100 * ((100 + 8 * 10) / free - 1), rel=1e-9)
    assert judged == []
    assert [v.passed for v in effects([found], [])] == [True]


def test_a_cut_of_one_element_leaves_the_others(made: Make) -> None:
    cut = {"cut": '"births[big]"', "reading": "{indicator: all, year: 2030}", "because": "10 a year"}
    other = {"cut": '"births[small]"', "reading": "{indicator: all, year: 2030}", "because": "-1 a year"}
    on, loops = made(
        TWO,
        entry("R1", '"People[big]", "births[big]"', **cut),
        entry("B1", '"People[small]", "births[small]"', **other),
        read={"all": "all"},
    )
    found, _ = cuts(on, loops)
    big, small = 100 * 1.025**40, 10 * 0.975**40
    assert found[0].change == pytest.approx(100 * ((200 + small) / (big + small) - 1), rel=1e-9)
    assert found[1].change == pytest.approx(100 * (big / (big + small) - 1), rel=1e-9, abs=1e-9)


def test_a_cut_that_changes_nothing_fails(made: Make) -> None:
    cut = {"cut": "interest", "reading": "{indicator: other, year: 2030}", "because": "nothing"}
    on, loops = made(
        SAVINGS + "Other = INTEG(1, 1) ~~|\n", entry("R1", "Money, interest", **cut), read={"other": "Other"}
    )
    found, judged = cuts(on, loops)
    [verdict] = effects(found, judged)
    assert (verdict.passed, verdict.note) == (False, "the cut of R1 changes its reading nowhere")
    assert not next(effects([], [])).passed, "no cut is no pass"


def test_a_cut_that_breaks_the_run_fails_and_the_others_go_on(made: Make) -> None:
    """A tank that goes on losing what it lost when it was full is below empty, and the root of that is no number."""
    tank = "Tank = INTEG(-outflow, 10) ~~|\noutflow = 0.1*Tank*SQRT(Tank) ~~|\n" + SAVINGS
    on, loops = made(
        tank,
        entry("B1", "Tank, outflow", cut="outflow", reading="{indicator: flow, year: 2030}", because="x"),
        entry("R1", "Money, interest", cut="interest", reading="{indicator: money, year: 2030}", because="x"),
        read={"flow": "outflow", "money": "Money"},
    )
    found, _ = cuts(on, loops)
    assert np.isfinite([one.change for one in found]).tolist() == [False, True]
    [verdict] = effects(found, [])
    assert (verdict.passed, verdict.note) == (False, "the cut of B1 breaks the run: cut another variable")


@pytest.mark.parametrize(
    ("loop", "note"),
    [("R1", ""), ("R2", "money in here: the cut of R1 changes it most, not of R2")],
)
def test_claims_are_judged(made: Make, loop: str, note: str) -> None:
    two = SAVINGS + "Other = INTEG(gain, 1) ~~|\ngain = Other*0.5 ~~|\n"
    cut = {"reading": "{indicator: money, year: 2030}", "because": "x"}
    on, loops = made(
        two,
        entry("R1", "Money, interest", cut="interest", **cut),
        entry("R2", "Other, gain", cut="gain", **cut),
        claims=f"  - {{indicator: money, year: 2030, loops: [{loop}], because: x}}\n",
        read={"money": "Money"},
    )
    _, verdict = effects(*cuts(on, loops))
    assert (verdict.passed, verdict.note) == (note == "", note)


@pytest.mark.parametrize(
    ("when", "loops", "note"),
    [
        ("{lever: 3}", "R2", ""),
        ("{lever: 3}", "R1", "money in here: the cut of R2 changes it most, not of R1"),
        ("{}", "R1", ""),
    ],
)
def test_a_claim_may_hold_under_levers(made: Make, when: str, loops: str, note: str) -> None:
    """With the lever the bonus outweighs interest; a loop that needs it is left out of claims of the baseline."""
    two = (
        "Money = INTEG(interest + bonus, 1) ~~|\ninterest = Money*0.1 ~~|\n"
        "bonus = Money*0.05*(lever - 1) ~~|\nlever = 1 ~~|\n"
    )
    cut = {"reading": "{indicator: money, year: 2030}", "because": "x"}
    on, file = made(
        two,
        entry("R1", "Money, interest", cut="interest", **cut),
        entry("R2", "Money, bonus", cut="bonus", when="{lever: 3}", **cut),
        claims=f"  - {{indicator: money, year: 2030, loops: [{loops}], because: x, when: {when}}}\n",
        read={"money": "Money"},
    )
    _, verdict = effects(*cuts(on, file))
    assert (verdict.passed, verdict.note) == (note == "", note)


def test_bad_claims_are_refused(made: Make) -> None:
    cut = {"reading": "{indicator: money, year: 2030}", "because": "x"}
    two = SAVINGS + "lever = 1 ~~|\npushed = lever ~~|\n"
    with pytest.raises(InputError) as caught:
        made(
            two,
            entry("R1", "Money, interest", cut="interest", when="{lever: 3}", **cut),
            claims="  - {indicator: money, year: 2030, loops: [R1], because: x, when: {lever: 9, level: 1}}\n",
            read={"money": "Money"},
        )
    assert [problem.message for problem in caught.value.problems] == [
        "unknown loop that is cut there 'R1'",
        "lever must lie from 0 to 5 dmnl, not 9",
        "unknown lever 'level'",
    ]


BAD = {
    "an unknown variable": (entry("R1", "Mony, interest"), "the model has no variable 'Mony'; did you mean Money"),
    "a broken path": (
        entry("R1", "interest, Money, Spent"),
        "'Spent' does not use 'Money'; its inputs are rate",
    ),
    "a path that does not close": (entry("R1", "Money, interest, view"), "'Money' does not use 'view'"),
    "a link of initial values": (entry("R1", "start, Money, interest"), "'Money' does not use 'start'; its inputs are"),
    "no memory": (entry("R1", "a, b"), "R1 has neither stock nor delay on its path"),
    "subscripts too many": (entry("R1", '"Money[big]", interest'), "has 1 subscripts where the variable has none"),
    "the wrong letter": (
        entry("R1", "Money, interest").replace("reinforcing", "balancing"),
        "R1 is declared balancing; R... are reinforcing loops",
    ),
    "an id twice": (entry("R1", "Money, interest") * 2, "2 loops have the id 'R1'"),
    "an id of no form": (entry("R", "Money, interest"), "id String should match pattern"),
    "an empty path": (entry("R1", ""), "loops.0.path must have 1 or more items, not 0"),
    "a key unknown": (entry("R1", "Money, interest", cutt="interest"), "unknown key 'cutt'; did you mean cut"),
    "a cut elsewhere": (
        entry("R1", "Money, interest", cut="rate", reading="{indicator: money, year: 2030}", because="x"),
        "the cut 'rate' is not on the path of R1",
    ),
    "a cut without a reading": (entry("R1", "Money, interest", cut="interest", because="x"), "a cut and no reading"),
    "a cut without words": (
        entry("R1", "Money, interest", cut="interest", reading="{indicator: money, year: 2030}"),
        "does not say what its cut should do",
    ),
    "an unknown indicator": (
        entry("R1", "Money, interest", cut="interest", reading="{indicator: mony, year: 2030}", because="x"),
        "unknown indicator 'mony'; did you mean money",
    ),
    "an unknown region": (entry("R1", "Money, interest", regions="[hear]"), "unknown region 'hear'; did you mean here"),
    "an unknown lever": (entry("R1", "Money, interest", when="{leaver: 1}"), "unknown lever 'leaver'; did you mean"),
    "a lever out of bounds": (
        entry("R1", "Money, interest", when="{lever: 9}"),
        "lever must lie from 0 to 5 dmnl, not 9",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_loops_are_refused(made: Make, case: str) -> None:
    equations = (
        "Money = INTEG(interest, start) ~~|\ninterest = Money*rate + Spent ~~|\nrate = 0.08 ~~|\nSpent = rate ~~|\n"
        "start = 100 + INITIAL(interest) ~~|\nview = Money ~~|\na = b ~~|\nb = a ~~|\nlever = 1 ~~|\n"
    )
    text, words = BAD[case]
    with pytest.raises(InputError) as caught:
        made(equations, text, read={"money": "Money"})
    assert words in str(caught.value)
    assert all(problem.place.file == "loops.yaml" and problem.place.line for problem in caught.value.problems)


def test_all_problems_come_at_once(made: Make) -> None:
    with pytest.raises(InputError) as caught:
        made(
            SAVINGS,
            entry("R1", "Money, rate"),
            entry("B1", "Mony"),
            claims="  - {indicator: m, year: 1, loops: [R9], because: x}\n",
        )
    assert len(caught.value.problems) == 5


def test_elements_that_are_none_are_refused(made: Make) -> None:
    with pytest.raises(InputError, match="'tiny' is no range or element of 'town'"):
        made(TWO, entry("R1", '"People[tiny]", births'))


def test_a_reading_after_the_run_and_an_end_before_it_are_refused(made: Make) -> None:
    late = {"cut": "interest", "reading": "{indicator: money, year: 2044}", "because": "x"}
    on, loops = made(SAVINGS, entry("R1", "Money, interest", **late), read={"money": "Money"})
    with pytest.raises(InputError, match="money is read in 2044, and runs go from 2020 to 2030"):
        cuts(on, loops)
    with pytest.raises(InputError, match="no year is left after 2020: R1 until 2020"):
        polarities(*made(SAVINGS, entry("R1", "Money, interest", until=2020)))


def test_initial_values_are_no_inputs_and_keep_their_names() -> None:
    model = reader.read(
        "{UTF-8}\nS = INTEG(a, b) ~~|\na = INITIAL(b) + SMOOTHI(c, 2, b) ~~|\nb = 1 ~~|\nc = ACTIVE INITIAL(b, S) ~~|\n"
        + CONTROL
    )
    found = {v.name: inputs(v) for v in model.variables if v.name in {"s", "a", "c"}}
    assert found == {"s": {"a": True}, "a": {"c": True}, "c": {"b": False}}
    [a] = model.variable("a").definitions
    assert renamed(a.expr, {"b": "other"}) is a.expr
    assert "other" in repr(renamed(a.expr, {"c": "other"}))


@pytest.fixture(scope="module")
def shipped_loops(shipped: Workspace, project: Project, indicators: Indicators) -> Loops:
    known = LoopNames(indicators, project.levers, project.regions)
    return load_loops(shipped.models / "loops.yaml", "models/loops.yaml", project.model, known)


def test_switches_at_rest_change_no_number_of_the_model(
    project: Project, indicators: Indicators, shipped_loops: Loops
) -> None:
    on = bench(project, indicators, choose(), ["lijin"])
    names = ["county_residents", "house_price", "school_places"]
    plain = on.run(list(on.members.values()), names)
    members = list(on.members.values())
    cut = compile_for(severed(shipped_loops), members, names).run(members, on.clock)
    for name in names:
        np.testing.assert_allclose(cut.values[name], plain.values[name], rtol=1e-12)


def test_a_wrong_model_breaks_a_shipped_loop(
    shipped: Workspace, project: Project, indicators: Indicators, shipped_loops: Loops
) -> None:
    old = "housing burden/reference burden)^(-housing elasticity)"
    source = project.model.source
    assert source.count(old) == 1
    turned = reader.read(source.replace(old, old.replace("-h", "h")), "models/urbsim.mdl")
    path = shipped.models / "loops.yaml"
    loops = load_loops(path, "loops.yaml", turned, LoopNames(indicators, project.levers, project.regions))
    mine = replace(loops, loops=tuple(loop for loop in loops.loops if loop.entry.id in {"B1", "B2"}))
    verdict = polarity(polarities(bench(project, indicators, choose(), ["lijin"]).of(turned), mine))
    assert not verdict.passed
    assert verdict.note == (
        "B2 in lijin: the signs of its links make it reinforcing in 2021; a push comes back reinforcing"
    )
