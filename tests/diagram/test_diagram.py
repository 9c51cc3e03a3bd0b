"""Diagrams: what is drawn of a few equations, and that nothing lies over anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from urbsim.diagram import layout, text
from urbsim.diagram.blocks import Box, Part
from urbsim.diagram.diagram import Sketch, best_sketch, diagram, file_names
from urbsim.diagram.route import Curve
from urbsim.diagram.structure import choose, sectors, structure
from urbsim.errors import InputError
from urbsim.language.model import Model
from urbsim.language.parse import parse_model
from urbsim.language.vensim.reader import read
from urbsim.project.workspace import Workspace


def model(*equations: str) -> Model:
    """Return a model; an equation that ends in a bar is taken as it is."""
    body = "".join(e if e.endswith("|") else f"{e} ~~|\n" for e in equations)
    return read("{UTF-8}\n" + body, "small.mdl", Path())


def group(name: str) -> str:
    return f"****************\n\t.{name}\n****************~\n\t\tAbout it.\n\t|"


def pipes(*equations: str) -> list[tuple[str, str, str]]:
    return [(p.label, p.source, p.target) for p in structure(model(*equations), "").pipes]


def words(svg: str) -> list[str]:
    return ["".join(e.itertext()) for e in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def parts(sketch: Sketch) -> list[tuple[int, Part]]:
    placed = zip(sketch.pieces, sketch.corners.tolist(), strict=True)
    return [(i, Part(p.kind, p.box.moved(x, y))) for i, (piece, (x, y)) in enumerate(placed) for p in piece.parts]


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.w - 0.5 and b.x < a.x + a.w - 0.5 and a.y < b.y + b.h - 0.5 and b.y < a.y + a.h - 0.5


def points(curve: Curve) -> np.ndarray:
    t = np.linspace(0.02, 0.98, 50)[:, None]
    a, c, b = (np.array(p) for p in (curve.start, curve.control, curve.end))
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * c + t**2 * b


def assert_readable(sketch: Sketch) -> None:
    """Nothing lies over anything else, and no connector runs through a name, a list, a stock, a cloud or a valve."""
    solid = [(i, p) for i, p in parts(sketch) if p.kind != "pipe"]
    for (_, a), (_, b) in combinations(solid, 2):
        assert not overlap(a.box, b.box), (a, b)
    for link, curve in sketch.curves:
        own = [box for key in (link.source, link.target) for shape in sketch.anchors[key] for box in shape]
        for _, part in solid:
            b = part.box
            p = points(curve)
            hit = (p[:, 0] > b.x) & (p[:, 0] < b.x + b.w) & (p[:, 1] > b.y) & (p[:, 1] < b.y + b.h)
            assert part.box in own or not hit.any(), (link, part)


# what is drawn


def test_a_term_that_is_a_variable_is_a_flow() -> None:
    assert pipes("A = INTEG(in - out, 1)", "in = 1", "out = A/2") == [("in", "", "a"), ("out", "a", "")]


def test_a_flow_that_leaves_one_stock_and_enters_another_joins_them() -> None:
    assert pipes("A = INTEG(-move, 1)", "B = INTEG(move, 0)", "move = A/2") == [("move", "a", "b")]


def test_subscripts_and_sums_do_not_hide_a_flow() -> None:
    found = pipes("s: x, y", "A[s] = INTEG(-f[s], 1)", "B = INTEG(SUM(f[s!]), 0)", "f[s] = A[s]")
    assert found == [("f", "a", "b")]


def test_a_flow_between_elements_of_a_stock_comes_back_to_it() -> None:
    found = pipes("s: x, y", "A[x] = INTEG(-f, 1)", "A[y] = INTEG(f, 1)", "f = A[x]")
    assert found == [("f", "a", "a")]


def test_any_other_term_is_a_flow_without_a_name_that_uses_its_variables() -> None:
    shown = structure(model("A = INTEG((goal - A)/time to adjust, 1)", "goal = 2", "time to adjust = 3"), "")
    [pipe] = shown.pipes
    assert (pipe.label, pipe.source, pipe.target, pipe.both) == ("", "", "a", True)
    assert [link.source for link in shown.links if link.target == pipe.key] == ["goal", "a", "time_to_adjust"]


def test_a_flow_used_by_a_second_stock_is_repeated_as_a_shadow() -> None:
    shown = structure(model("A = INTEG(in, 0)", "B = INTEG(in, 0)", "in = 1"), "")
    assert [(p.target, p.shadow) for p in shown.pipes] == [("a", False), ("b", True)]
    assert words(diagram(model("A = INTEG(in, 0)", "B = INTEG(in, 0)", "in = 1"), "")).count("<in>") == 1


def test_what_only_gives_a_first_value_is_told_apart() -> None:
    shown = structure(model("A = INTEG(b, c)", "b = SMOOTHI(A, 2, d)", "c = 1", "d = INITIAL(A)"), "")
    initial = {(link.source, link.target): link.initial for link in shown.links}
    assert initial == {("c", "a"): True, ("a", "b"): False, ("d", "b"): True, ("a", "d"): True}


def test_kinds() -> None:
    shown = structure(
        model(
            "l((0,0),(1,1))",
            "c = -1/2",
            "p = 3 ~ ~ LEVER: policy. |",
            "v = l(Time)",
            "w = WITH LOOKUP(v, ((0,0),(1,1)))",
        ),
        "",
    )
    assert {s.key: (s.kind, s.table) for s in shown.symbols.values()} == {
        "l": ("lookup", False),
        "c": ("constant", False),
        "p": ("lever", False),
        "v": ("auxiliary", False),
        "w": ("auxiliary", True),
        "time": ("auxiliary", False),
    }


# sectors

TWO = model(
    group("Farms"), "Herd = INTEG(births, 1)", "births = Herd*rate", group("Money"), "rate = 0.1", "value = Herd*rate"
)


def test_sectors_are_the_groups_of_the_file() -> None:
    assert sectors(TWO) == ("Farms", "Money")
    assert choose(TWO, ["money"]) == ("Money",)
    assert file_names(TWO) == {"Farms": "farms.svg", "Money": "money.svg"}


def test_a_variable_of_another_sector_is_a_shadow_and_is_not_counted() -> None:
    told = words(diagram(TWO, "Farms"))
    assert "small · Farms" in told
    assert f"2 variables: 1 stock, 1 flow · 1 more from other sectors · model {TWO.digest[:8]}" in told
    assert {"Herd", "births", "<rate>"} < set(told)
    assert "value" not in told


def test_a_constant_that_only_others_use_is_still_shown() -> None:
    made = model(group("A"), "k = 1", "x = 2*y", "y = Time", group("B"), "z = k")
    assert {"Used in other sectors only:", "k"} < set(words(diagram(made, "A")))
    assert "k" not in words(diagram(made, "A", constants=False))


def test_sectors_with_one_file_name_get_numbers() -> None:
    made = model(group("A b"), "x = 1", group("A-b"), "y = 1", group("a b 2"), "z = 1")
    assert list(file_names(made).values()) == ["a-b.svg", "a-b-2.svg", "a-b-2-2.svg"]


def test_the_clock_is_no_sector() -> None:
    assert sectors(model("x = 1", group("Control"), "TIME STEP = 1", "FINAL TIME = 2")) == ("",)


def test_an_unknown_sector_gets_the_nearest_names() -> None:
    with pytest.raises(InputError, match=r"has no sector 'Farm'; did you mean Farms\?"):
        choose(TWO, ["Farm"])
    with pytest.raises(InputError, match="the model has no sectors: leave out --sector"):
        choose(model("x = 1"), ["Farms"])
    with pytest.raises(InputError, match="has no variables to draw"):
        choose(model("TIME STEP = 1"), [])


def test_modules_of_an_xmile_model_are_sectors(tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    inner = '<model name="Farm"><variables><stock name="Herd"><eqn>1</eqn></stock></variables></model>'
    path.write_text(
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header/>'
        "<sim_specs><start>0</start><stop>1</stop></sim_specs>"
        f'<model><variables><aux name="k"><eqn>2</eqn></aux><module name="Farm"/></variables></model>{inner}</xmile>',
        encoding="utf-8",
    )
    assert sectors(parse_model(path)) == ("", "Farm")
    assert file_names(parse_model(path)) == {"": "m.svg", "Farm": "farm.svg"}


# pictures


@pytest.fixture(scope="module")
def whole(shipped: Workspace) -> Model:
    return parse_model(shipped.model)


@pytest.mark.slow
def test_nothing_lies_over_anything_else_in_the_shipped_model(whole: Model) -> None:
    for sector in sectors(whole):
        sketch = best_sketch(structure(whole, sector), constants=True)
        assert_readable(sketch)


def test_every_variable_of_a_sector_is_named(whole: Model) -> None:
    sector = min(sectors(whole), key=lambda s: abs(len(structure(whole, s).own) - 20))
    told = " ".join(words(diagram(whole, sector)))
    missing = {s.label for s in structure(whole, sector).own if not all(word in told for word in s.label.split())}
    assert not missing


@st.composite
def equations(draw: st.DrawFn) -> list[str]:
    """Give a model of stocks that flows join at random, auxiliaries that use each other, and constants."""
    stocks = draw(st.integers(0, 4))
    flows = [(draw(st.integers(-1, stocks - 1)), draw(st.integers(-1, stocks - 1))) for _ in range(2 * stocks)]
    made = []
    for s in range(stocks):
        terms = [f"+ flow {i}" for i, (_, to) in enumerate(flows) if to == s]
        terms += [f"- flow {i}" for i, (of, _) in enumerate(flows) if of == s]
        made.append(f"Stock Number {s} = INTEG(0 {' '.join(terms)}, 1)")
    names = [f"Stock Number {s}" for s in range(stocks)] + [f"auxiliary of a long name {i}" for i in range(8)] + ["k"]
    made += [
        f"flow {i} = {' + '.join(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)))}"
        for i in range(len(flows))
    ]
    made += [
        f"auxiliary of a long name {i} = {' + '.join(draw(st.lists(st.sampled_from(names), min_size=1, max_size=4)))}"
        for i in range(8)
    ]
    return [*made, "k = 1"]


@pytest.mark.slow
@given(equations())
@settings(max_examples=15, deadline=None)
def test_any_model_is_readable(made: list[str]) -> None:
    shown = structure(model(*made), "")
    sketch = best_sketch(shown, constants=True)
    assert_readable(sketch)
    drawn = {(link.source, link.target) for link, _ in sketch.curves}
    told = {(link.source, link.target) for link in (*sketch.listed, *sketch.dropped)}
    assert not drawn & told
    assert drawn | told == {(link.source, link.target) for link in shown.links}
    notes = [p for piece in sketch.pieces for p in piece.parts if p.kind == "note"]
    assert sum("more" not in style for p in notes for style, _ in p.lines) == len(told)
    assert sum(p.kind == "valve" for _, p in parts(sketch)) == len(shown.pipes)


def test_everything_is_within_the_page() -> None:
    svg = diagram(TWO, "Farms")
    root = ElementTree.fromstring(svg)
    assert float(root.attrib["width"]) >= 700
    sketch = best_sketch(structure(TWO, "Farms"), constants=True)
    left, top, right, bottom = sketch.extent()
    for _, part in parts(sketch):
        assert left <= part.box.x
        assert part.box.x + part.box.w <= right
        assert top <= part.box.y
        assert part.box.y + part.box.h <= bottom


def test_names_with_marks_and_chinese_are_text() -> None:
    made = model('"户籍 & <x>" = INTEG("户籍 & <x>"*出生率, 1)', "出生率 = 0.1")
    assert {"户籍 & <x>", "出生率"} < set(words(diagram(made, "")))


def test_the_arrow_of_an_outflow_points_away() -> None:
    sketch = best_sketch(structure(model('"<a>" = INTEG(-out, 1)', "out = 1"), ""), constants=True)
    [pipe] = [p for p in sketch.pieces[0].parts if p.kind == "pipe"]
    [stock] = [p for p in sketch.pieces[0].parts if p.kind == "stock"]
    assert pipe.arrows == (">" if pipe.box.x > stock.box.x else "<")


def test_the_same_bytes_in_another_process() -> None:
    made = model(*(f"a{i} = a{i * 3 % 10} + a{i * 7 % 9} + k" for i in range(10)), "k = 1", "S = INTEG(a1 - a2, k)")
    code = (
        "import sys; from pathlib import Path; from urbsim.language.vensim.reader import read;"
        "from urbsim.diagram.diagram import diagram;"
        "sys.stdout.buffer.write(diagram(read(sys.argv[1], 'small.mdl', Path()), '').encode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, made.source],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == diagram(made, "")


# text and places


@given(st.lists(st.text("abcdefghij人口", min_size=1, max_size=9), min_size=1, max_size=8))
def test_lines_are_within_the_limit_unless_a_word_is_longer(parts_: list[str]) -> None:
    told = " ".join(parts_)
    lines = text.wrap(told, 12, 90)
    assert "".join(lines).replace(" ", "") == told.replace(" ", "")
    assert all(text.width(line, 12) <= 90 or " " not in line for line in lines)


def test_no_character_is_narrower_than_in_the_widest_usual_font() -> None:
    """DejaVu Sans, as matplotlib carries it."""
    font = TTFont(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf")
    cmap, widths = font.getBestCmap(), font["hmtx"]
    for code in range(32, 127):
        assert text.width(chr(code), 100) >= widths[cmap[code]][0] / 20.48 - 1, chr(code)


@given(st.lists(st.tuples(st.integers(5, 200), st.integers(5, 200)), min_size=1, max_size=20))
def test_pieces_in_one_place_come_apart(shapes: list[tuple[int, int]]) -> None:
    sizes = np.array(shapes, dtype=float)
    at = layout.separated(np.zeros_like(sizes), sizes)
    for i, j in combinations(range(len(sizes)), 2):
        gap = np.abs(at[i] - at[j]) - (sizes[i] + sizes[j]) / 2
        assert gap.max() > layout.MARGIN - 0.01


def test_packed_rectangles_do_not_overlap() -> None:
    sizes = np.array([[300.0, 50.0], [100.0, 200.0], [40.0, 40.0], [500.0, 20.0]])
    corners = layout.pack(sizes)
    boxes = [Box(*c, *s) for c, s in zip(corners.tolist(), sizes.tolist(), strict=True)]
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
