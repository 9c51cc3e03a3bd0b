"""Stocks, flows, the clock, modules and macros of XMILE."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xmile_models import aux, load, run, stock, xmile

import urbsim

KEEP = "<non_negative/>"
SPEC = "<sim_specs {attributes}><start>{start}</start><stop>{stop}</stop><dt{reciprocal}>{dt}</dt>{more}</sim_specs>"


def specs(
    start: float = 0, stop: float = 2, dt: float = 1, attributes: str = "", reciprocal: str = "", more: str = ""
) -> str:
    return SPEC.format(start=start, stop=stop, dt=dt, attributes=attributes, reciprocal=reciprocal, more=more)


@pytest.mark.parametrize(
    ("given", "times"),
    [
        (specs(), [0, 1, 2]),
        (specs(1990, 1992), [1990, 1991, 1992]),
        (specs(dt=4, stop=1, reciprocal=' reciprocal="true"'), [0, 0.25, 0.5, 0.75, 1]),
        (specs(dt=4, stop=8, reciprocal=' reciprocal="false"'), [0, 4, 8]),
        (specs(dt=0.25, attributes='isee:save_interval="1"'), [0, 1, 2]),
        (specs(dt=0.25, attributes='isee:save_interval="0.5"'), [0, 0.5, 1, 1.5, 2]),
        (specs(dt=0.5, more="<save_step>1</save_step>"), [0, 1, 2]),
        (specs(dt=0.5, more="<savestep>2</savestep>"), [0, 2]),
        ("<sim_specs><start>0</start><stop>3</stop></sim_specs>", [0, 1, 2, 3]),
        (specs(dt=3, stop=1, reciprocal=' reciprocal="true"'), [0, 1 / 3, 2 / 3, 1]),
    ],
)
def test_the_clock(tmp_path: Path, given: str, times: list[float]) -> None:
    found = run(xmile(aux("a", "TIME"), specs=given), tmp_path)
    np.testing.assert_allclose(found["time"], times, rtol=1e-15)
    np.testing.assert_allclose(found["a"], times, rtol=1e-15)


def test_results_are_taken_at_the_save_interval_and_steps_in_between_count(tmp_path: Path) -> None:
    text = xmile(
        stock("S", "1", "grow") + aux("grow", "S", tag="flow"),
        specs=specs(dt=0.25, attributes='isee:save_interval="1"'),
    )
    np.testing.assert_allclose(run(text, tmp_path)["s"], [1, 1.25**4, 1.25**8])


def test_another_method_than_eulers_is_told(tmp_path: Path) -> None:
    for method, told in {"Euler": 0, "RK4": 1, "euler, rk2": 0}.items():
        model = load(xmile(aux("a", "1"), specs=specs(attributes=f'method="{method}"')), tmp_path)
        assert len(model.structure.notes) == told
    model = load(xmile(aux("a", "1"), specs=specs(attributes='method="RK4"')), tmp_path)
    assert "Euler" in model.run().attrs["notes"][0]


def test_a_stock_with_several_flows(tmp_path: Path) -> None:
    flows = "".join(
        aux(name, value, tag="flow") for name, value in {"a": "5", "b c": "TIME", "d": "2", "e": "S/10"}.items()
    )
    found = run(xmile(stock("S", "100", "a B_C", 'd "e"') + flows), tmp_path)["s"].values
    level, by_hand = 100.0, []
    for t in range(6):
        by_hand.append(level)
        level += 5 + t - 2 - level / 10
    np.testing.assert_allclose(found, by_hand)


def test_outflows_of_a_full_stock_are_cut_in_the_order_listed(tmp_path: Path) -> None:
    flows = aux("in", "1", tag="flow") + aux("a", "4", tag="flow") + aux("b", "3", tag="flow")
    text = xmile(stock("S", "10", "in", "a b", KEEP) + stock("T", "0", "a") + stock("U", "0", "b") + flows)
    found = run(text, tmp_path)
    np.testing.assert_allclose(found["s"], [10, 4, 0, 0, 0, 0])
    np.testing.assert_allclose(found["a"], [4, 4, 1, 1, 1, 1])
    np.testing.assert_allclose(found["b"], [3, 1, 0, 0, 0, 0])
    np.testing.assert_allclose(found["s"] + found["t"] + found["u"], 10 + np.arange(6))


def test_the_order_of_outflows_is_that_of_the_stock(tmp_path: Path) -> None:
    flows = aux("a", "4", tag="flow") + aux("b", "3", tag="flow")
    found = run(xmile(stock("S", "5", "", "b a", KEEP) + flows, dt=0.5, stop=1), tmp_path)
    np.testing.assert_allclose(found["b"], [3, 3, 0])
    np.testing.assert_allclose(found["a"], [4, 0, 0])


@pytest.mark.parametrize("where", ["own", "behavior", "behavior of stocks", "switched off"])
def test_where_a_stock_is_said_not_to_be_negative(tmp_path: Path, where: str) -> None:
    more = {
        "behavior": f"<behavior>{KEEP}</behavior>",
        "behavior of stocks": f"<behavior><stock>{KEEP}</stock></behavior>",
    }
    more["switched off"] = more["behavior"]
    own = {"own": KEEP, "switched off": "<non_negative>false</non_negative>"}.get(where, "")
    found = run(xmile(stock("S", "3", "", "o", own) + aux("o", "2", tag="flow"), more=more.get(where, "")), tmp_path)
    expected = [3, 1, -1, -3, -5, -7] if where == "switched off" else [3, 1, 0, 0, 0, 0]
    np.testing.assert_allclose(found["s"], expected)


def test_stocks_that_feed_each_other_stay_above_zero_and_lose_nothing(tmp_path: Path) -> None:
    flows = aux("f", "2", tag="flow") + aux("g", "5", tag="flow") + aux("h", "f/2", tag="flow")
    text = xmile(stock("S", "3", "g", "f", KEEP) + stock("T", "1", "f", "g h", KEEP) + stock("U", "0", "h") + flows)
    found = run(text, tmp_path)
    assert (found["s"].values >= 0).all()
    assert (found["t"].values >= 0).all()
    np.testing.assert_allclose(found["s"] + found["t"] + found["u"], 4)


def test_arrayed_outflows_are_cut_element_by_element(tmp_path: Path) -> None:
    dims = '<dimensions><dim name="R" size="2"/></dimensions>'
    first = '<element subscript="1"><eqn>1</eqn></element><element subscript="2"><eqn>9</eqn></element>'
    text = xmile(
        f'<stock name="S"><dimensions><dim name="R"/></dimensions>{first}<outflow>o</outflow>{KEEP}</stock>'
        + aux("o", "2", "R", tag="flow"),
        more=dims,
        stop=2,
    )
    found = run(text, tmp_path)
    np.testing.assert_allclose(found["s"], [[1, 9], [0, 7], [0, 5]])
    np.testing.assert_allclose(found["o"], [[1, 2], [0, 2], [0, 2]])


def test_a_flow_that_may_not_be_negative(tmp_path: Path) -> None:
    text = xmile(stock("S", "0", "f") + aux("f", "2 - TIME", tag="flow", more=KEEP), stop=4)
    found = run(text, tmp_path)
    np.testing.assert_allclose(found["f"], [2, 1, 0, 0, 0])
    np.testing.assert_allclose(found["s"], [0, 2, 3, 3, 3])
    every = xmile(aux("f", "2 - TIME", tag="flow"), more=f"<behavior><flow>{KEEP}</flow></behavior>", stop=4)
    np.testing.assert_allclose(run(every, tmp_path)["f"], [2, 1, 0, 0, 0])


def test_a_biflow_fills_what_it_leaves(tmp_path: Path) -> None:
    text = xmile(stock("S", "1", "", "o", KEEP) + aux("o", "IF TIME < 2 THEN -3 ELSE 5", tag="flow"))
    np.testing.assert_allclose(run(text, tmp_path)["s"], [1, 4, 7, 2, 0, 0])


def test_initial_values_may_come_from_elsewhere(tmp_path: Path) -> None:
    text = xmile(
        stock("S", "a + T", "") + stock("T", "a * 2", "") + aux("a", "3") + aux("b", "S", more="<init_eqn>7</init_eqn>")
    )
    found = run(text, tmp_path)
    assert found["s"][0] == 9
    np.testing.assert_allclose(found["b"], 9)


MODULES = (
    '<module name="Herd"><connect to="Herd.rate" from="birth"/></module>'
    '<module name="Pack"><connect to="Pack.food" from="Herd.Stock_A"/></module>'
)
HERD = '<model name="Herd"><variables>{}</variables></model><model name="Pack"><variables>{}</variables></model>'


def test_modules_and_what_connects_them(tmp_path: Path) -> None:
    herd = aux("rate", "0") + stock("Stock A", "100", "grow") + aux("grow", "Stock_A * rate", tag="flow")
    main = MODULES + aux("birth", "0.1") + aux("total", "Herd.Stock_A + Pack.double")
    text = xmile(main).replace(
        "</model></xmile>", "</model>" + HERD.format(herd, aux("food", "") + aux("double", "2 * food")) + "</xmile>"
    )
    found = run(text, tmp_path)
    np.testing.assert_allclose(found["herd.stock_a"], 100 * 1.1 ** np.arange(6))
    np.testing.assert_allclose(found["total"], 300 * 1.1 ** np.arange(6))
    assert found["herd.stock_a"].attrs["long_name"] == "Herd.Stock A"


def test_a_module_in_a_module(tmp_path: Path) -> None:
    models = '<model name="outer"><variables><module name="inner"/>' + aux("a", "inner.b + 1") + "</variables></model>"
    models += '<model name="inner"><variables>' + aux("b", ".top * 2") + "</variables></model>"
    text = xmile('<module name="outer"/>' + aux("top", "5") + aux("all", "outer.inner.b + outer.a"))
    found = run(text.replace("</model></xmile>", f"</model>{models}</xmile>"), tmp_path)
    assert float(found["all"][0]) == 10 + 11


def test_macros_have_variables_of_their_own(tmp_path: Path) -> None:
    lag = aux("ch", "(input - level) / tau", tag="flow") + stock("level", "input", "ch")
    macros = f'<macro name="LAG"><parm>input</parm><parm>tau</parm><eqn>level</eqn><variables>{lag}</variables></macro>'
    macros += '<macro name="TWICE"><parm>x</parm><eqn>x * 2</eqn></macro>'
    text = xmile(aux("a", "LAG(STEP(10, 1), 2) + LAG(TIME, 4)") + aux("b", "twice(twice(TIME))"), more=macros)
    found = run(text + aux("", "") * 0, tmp_path)
    both = run(xmile(aux("a", "SMTH1(STEP(10, 1), 2) + SMTH1(TIME, 4)")), tmp_path)
    np.testing.assert_allclose(found["a"], both["a"], rtol=1e-12)
    np.testing.assert_allclose(found["b"], 4 * np.arange(6))


def test_parameters_of_an_ensemble(tmp_path: Path) -> None:
    path = tmp_path / "m.stmx"
    path.write_text(xmile(stock("S", "8", "", "o") + aux("o", "S * share", tag="flow") + aux("share", "0.5"), stop=1))
    found = urbsim.load_model(path).run({"Share": [0, 0.25, 0.5]})
    np.testing.assert_allclose(found["s"].values[:, 1], [8, 6, 4])
