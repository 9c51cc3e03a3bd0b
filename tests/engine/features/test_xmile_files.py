"""XMILE files: headers, names, what is ignored, and what is wrong in them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from xmile_models import SPECS, aux, load, run, stock, xmile

from urbsim.errors import InputError, Problem

SPEC = SPECS.format(stop=2, dt=1)
MODEL = "<model><variables>{}</variables></model>"


def problems(text: str | bytes, folder: Path) -> list[Problem]:
    """What loading and running tells."""
    with pytest.raises(InputError) as caught:
        run(text, folder)
    return list(caught.value.problems)


HEADS = {
    "no namespace": "<xmile>{specs}<model><variables>{a}</variables></model></xmile>",
    "a prefix": '<x:xmile xmlns:x="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><x:sim_specs><x:start>0</x:start>'
    "<x:stop>2</x:stop></x:sim_specs><x:model><x:variables><x:aux name='a'><x:eqn>TIME</x:eqn></x:aux></x:variables>"
    "</x:model></x:xmile>",
    "options": '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><options><uses_arrays '
    'maximum_dimensions="2"/><uses_macros recursive_macros="false"/></options></header>{specs}'
    "<model><variables>{a}</variables></model></xmile>",
    "an empty name": '<xmile>{specs}<model name=""><variables>{a}</variables></model></xmile>',
    "a name": '<xmile>{specs}<model name="Main"><variables>{a}</variables></model></xmile>',
    "undeclared prefixes": "<xmile>{specs}<isee:prefs show='1'/><model><variables>{a}</variables></model></xmile>",
    "views and events": "<xmile>{specs}<model_units/><style color='red'/><model><variables>{a}</variables><views><view><aux "
    "x='1' name='a'/></view></views></model><behavior/></xmile>",
    "groups and posters": "<xmile>{specs}<model><variables>{a}<group name='g'/></variables></model></xmile>".replace(
        "{a}",
        "<aux name='a'><eqn>TIME</eqn><event_poster><threshold value='2'><event><text>!</text></event></threshold>"
        "</event_poster><scale min='0' max='1'/><format delimit_000s='true'/></aux>",
    ),
    "sections": "<xmile>{specs}<model><variables><aux name='a'><eqn><![CDATA[TIME * (1 < 2)]]></eqn></aux></variables></model></xmile>",
    "a document type": "<!DOCTYPE xmile>\n<xmile>{specs}<model><variables>{a}</variables></model></xmile>",
    "entities of XML": "<xmile>{specs}<model><variables><aux name='a'><eqn>IF 1 &lt; 2 &#65;ND 3 &gt; 2 THEN TIME ELSE 0</eqn></aux>"
    "</variables></model></xmile>",
}


@pytest.mark.parametrize("head", list(HEADS))
def test_headers(tmp_path: Path, head: str) -> None:
    text = HEADS[head].format(specs=SPEC, a="<aux name='a'><eqn>TIME</eqn></aux>")
    np.testing.assert_allclose(run(text, tmp_path)["a"], [0, 1, 2])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_blank_lines_in_front(tmp_path: Path, encoding: str) -> None:
    text = xmile(aux("Größe", "TIME"), stop=1).replace("utf-8", encoding.removesuffix("-sig"))
    front = "\n\n" if encoding == "latin-1" else ""
    found = run((front + text).encode(encoding), tmp_path)
    np.testing.assert_allclose(found["größe"], [0, 1])


@pytest.mark.parametrize("suffix", [".xmile", ".stmx", ".xml", ".XMILE"])
def test_suffixes(tmp_path: Path, suffix: str) -> None:
    assert load(xmile(aux("a", "1")), tmp_path, f"m{suffix}").variables[0] == "a"


NAMES = {
    "Heat Loss": ["heat_loss", "HEAT_LOSS", "Heat__Loss", '"heat loss"', '"Heat_Loss"'],
    "Heat\\nLoss": ["heat_loss", '"Heat\\nLoss"'],
    "Heat&#10;Loss": ["heat_loss"],
    "heat  loss": ["Heat_Loss"],
    "wasser_höhe": ["Wasser_Höhe", "WASSER_HÖHE"],
    "人口": ["人口"],
    "a-b (x)": ['"a-b_(x)"', '"A-B (X)"'],
    "say \\&quot;no\\&quot;": ['"say_\\"no\\""'],
    "if only": ["if_only"],
    "notes": ["Notes"],
    "model x": ["model_x"],
    "x.y": ['"x.y"'],
    "100 percent": ['"100_percent"', "100_percent"],
    "time left": ["Time_Left"],
    "$ price": ['"$_price"'],
}


@pytest.mark.parametrize("name", list(NAMES))
def test_names(tmp_path: Path, name: str) -> None:
    text = f'<aux name="{name}"><eqn>7</eqn></aux>' + "".join(
        aux(f"u{i}", f"{n} + 1") for i, n in enumerate(NAMES[name])
    )
    found = run(xmile(text, stop=0), tmp_path)
    for i in range(len(NAMES[name])):
        assert float(found[f"u{i}"][0]) == 8


def test_units_and_documentation(tmp_path: Path) -> None:
    found = run(xmile(aux("Heat\\nLoss", "1", more="<units>deg/min</units><doc>What\n leaves.</doc>")), tmp_path)
    assert found["heat_loss"].attrs == {"units": "deg/min", "long_name": "Heat Loss", "comment": "What leaves."}


def test_variables_of_the_clock_written_by_other_tools_are_left_out(tmp_path: Path) -> None:
    text = xmile(
        aux("a", "TIME_STEP + FINAL_TIME") + aux("TIME STEP", "5") + aux("Final Time", "50") + aux("SAVEPER", "9")
    )
    np.testing.assert_allclose(run(text, tmp_path)["a"], 6)


def test_a_long_sum(tmp_path: Path) -> None:
    assert float(run(xmile(aux("a", " + ".join(["TIME"] * 3000)), stop=1), tmp_path)["a"][1]) == 3000


EQUATIONS = {
    "1 +": "ends too early",
    "(1": "ends too early",
    "": "has no equation",
    "{nothing}": "has no equation",
    "1 2": "from `2`",
    "3 ? 4": r"from `\? 4`",
    "IF 1 THEN 2": "ends too early",
    "THEN 2": "from `then 2`|from `THEN 2`",
    "[1]": r"from `\[1\]`",
    "foo(2)": "unknown function 'FOO'",
    "SINN(2)": "did you mean SIN",
    "SIN(1, 2)": "SIN takes 1 argument, not 2",
    "DELAY(1)": "DELAY takes 2 to 3 arguments",
    "watr": "'watr' is not defined.*did you mean water",
    "water[2]": "has 0 subscripts and is used with 1",
    "watr[2]": "'watr' is not defined",
    "v": "an array over 'd' stands for one number",
    "v[*]": "outside of SUM",
    "v[1:2]": "outside of SUM",
    "v[9]": "9 is not in 1 to 3",
    "v[A, B]": "has 1 subscripts and is used with 2",
    "SUM(v[2:1])": "2:1 is not in 'd'",
    "D": "'d' is not one of the variable's own",
    "LOOKUP(water, 2)": "needs a variable with a graphical function",
    "table": "is a graphical function and needs an argument",
    "table(1, 2)": "takes 1 argument, not 2",
    "NPV(1, 2)": "NPV is not supported",
    "v' + 1": "matrix operator",
    "*": r"from `\*`",
    "DELAY3(1, 2, water) + SMTHN(1, 2, TIME)": "order of a delay",
    "it": "algebraic loop: it -> it",
}


@pytest.mark.parametrize("equation", list(EQUATIONS))
def test_what_is_wrong_with_an_equation(tmp_path: Path, equation: str) -> None:
    gf = '<gf><xscale min="0" max="1"/><ypts>0,1</ypts></gf>'
    dims = '<dimensions><dim name="D" size="3"/></dimensions>'
    text = aux("water", "1") + aux("v", "1", "D") + f'<aux name="table">{gf}</aux>' + aux("it", equation)
    (problem,) = problems(xmile(text, more=dims), tmp_path)
    assert problem.message.startswith("it: ")
    assert problem.place.line == 9
    assert re.search(EQUATIONS[equation], str(problem))
    assert not equation or f"in `{equation}`" in problem.message


VARIABLES = {
    stock("S", "1", "nowhere"): "S: its inflow 'nowhere' is not defined",
    stock("S", "1", "", "", "<conveyor><len>2</len></conveyor>"): "S: a stock that is a conveyor is not supported",
    stock("S", "1", "", "", "<queue/>"): "S: a stock that is a queue is not supported",
    stock("S", "1", "", "", "<oven><len>2</len></oven>"): "S: a stock that is a oven is not supported",
    aux("a", "1") + aux("A", "2"): "'A' is defined twice",
    "<aux><eqn>1</eqn></aux>": "a <aux> has no name",
    '<module name="m"/>': "the module 'm' has no <model> in this file",
    aux("a", "1", "Z"): "'a' has the unknown dimension 'z'",
    '<aux name="a"><dimensions><dim name="D"/></dimensions><element subscript="9"><eqn>1</eqn></element></aux>': "no element '9'",
    '<aux name="a"><gf><xscale min="0" max="1"/></gf></aux>': "has no points",
    '<aux name="a"><gf><ypts>1,2</ypts></gf></aux>': "neither xpts nor xscale",
    '<aux name="a"><gf><xpts>1,2</xpts><ypts>1,2,3</ypts></gf></aux>': "has 2 x and 3 y",
    '<aux name="a"><gf><xpts>1,x</xpts><ypts>1,2</ypts></gf></aux>': "`x` in xpts",
    '<aux name="a"><gf type="cubic"><xpts>1,2</xpts><ypts>1,2</ypts></gf></aux>': "the type 'cubic'",
}


@pytest.mark.parametrize("variable", list(VARIABLES))
def test_what_is_wrong_with_a_variable(tmp_path: Path, variable: str) -> None:
    dims = '<dimensions><dim name="D" size="3"/></dimensions>'
    (problem,) = problems(xmile(variable, more=dims), tmp_path)
    assert VARIABLES[variable] in problem.message
    assert problem.place.line >= 7


WHOLE = {
    "": "no element found",
    "<xmile": "not well-formed",
    "<xmile></model>": "mismatched tag",
    "{UTF-8} a = 1 ~ ~ |": "not well-formed",
    "<html/>": "it begins with <html>",
    "<xmile/>": "has no <model>",
    "<xmile><model/></xmile>": "has no <sim_specs>",
    "<xmile><model/><sim_specs><start>0</start></sim_specs></xmile>": "has no <stop>",
    "<xmile><model/><sim_specs><start>0</start><stop>soon</stop></sim_specs></xmile>": "<stop> is not a number: `soon`",
    "<xmile><model/><sim_specs><start>0</start><stop>1</stop><dt>nan</dt></sim_specs></xmile>": "<dt> is not a number",
    "<xmile><model/><sim_specs><start>0</start><stop>1</stop><dt>0</dt></sim_specs></xmile>": "the clock cannot run",
    "<xmile><model/><sim_specs><start>2</start><stop>1</stop><dt>1</dt></sim_specs></xmile>": "the clock cannot run",
    "<xmile><dimensions><dim name='d'/></dimensions><model/>" + SPEC + "</xmile>": "neither elements nor a size",
    "<xmile>" + "<a>" * 500 + "</a>" * 500 + "</xmile>": "more than 100 elements inside",
    "<!DOCTYPE x [<!ENTITY a 'b'>]><xmile/>": "declares the entity 'a'",
    "<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'>]><xmile/>": "declares the entity 'p'",
    "<xmile>&nothing;</xmile>": "undefined entity",
}


@pytest.mark.parametrize("text", list(WHOLE), ids=range(len(WHOLE)))
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str) -> None:
    (problem,) = problems(text, tmp_path)
    assert WHOLE[text] in problem.message
    assert problem.place.file == "m.xmile"


def test_entities_neither_unfold_nor_open_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("5")
    bomb = '<!ENTITY e0 "1+1">' + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    for inside in (bomb, f'<!ENTITY e11 SYSTEM "{tmp_path / "secret.txt"}">'):
        (problem,) = problems(
            f"<!DOCTYPE x [{inside}]>{xmile(aux('a', '1')).partition(chr(10))[2]}".replace(">1<", ">&e11;<"), tmp_path
        )
        assert "entities are not read" in problem.message


def test_all_faults_are_told_at_once_and_a_clean_file_still_loads(tmp_path: Path) -> None:
    found = problems(xmile(aux("a", "1 +") + aux("b", "c") + stock("S", "", "f") + aux("d", "2")), tmp_path)
    assert [p.message.split(":")[0] for p in found] == ["a", "b", "S"]
    assert [p.place.line for p in found] == [7, 8, 9]


def test_a_macro_with_a_clock_of_its_own_and_a_circle_of_modules(tmp_path: Path) -> None:
    macro = f'<macro name="M"><parm>x</parm><eqn>x</eqn>{SPEC}</macro>'
    (problem,) = problems(xmile(aux("a", "M(1)"), more=macro), tmp_path)
    assert "own <sim_specs>" in problem.message
    circle = '<model name="m"><variables><module name="m"/></variables></model>'
    text = xmile('<module name="m"/>').replace("</model></xmile>", f"</model>{circle}</xmile>")
    assert "contains itself" in problems(text, tmp_path)[0].message


def test_places_in_messages_of_the_engine(tmp_path: Path) -> None:
    text = xmile(aux("x", "1") + aux("first\\nname", "second") + aux("second", "first_name"))
    (problem,) = problems(text, tmp_path)
    assert problem.place.line in {8, 9}
    assert "algebraic loop" in problem.message
