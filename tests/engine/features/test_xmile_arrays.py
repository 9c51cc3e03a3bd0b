"""Arrays and graphical functions of XMILE; the columns of a CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from xmile_models import DIMS, aux, run, stock, xmile

from urbsim.cli import cli

V = (
    '<aux name="v"><dimensions><dim name="D"/></dimensions><element subscript="A"><eqn>6</eqn></element>'
    '<element subscript=" b "><eqn>2</eqn></element><element subscript="C"><eqn>8</eqn></element></aux>'
)
M = aux("m", "v * 10 + N", "D", "N")  # [[61, 62], [21, 22], [81, 82]]
SCALARS = {
    "SUM(v)": 16,
    "SUM(v[*])": 16,
    "SUM(v[*]) + 1": 17,
    "SUM(v * 2 + 1)": 35,
    "SUM(m)": 329,
    "SUM(m[*, *])": 329,
    "SUM(m[A, *])": 123,
    "SUM(m[*, 1])": 163,
    "SUM(v[*] * m[*, 1])": 6 * 61 + 2 * 21 + 8 * 81,
    "SUM(v[1:2])": 8,
    "SUM(v[B:C])": 10,
    "SUM(v[D])": 16,
    "SUM(IF v > 3 THEN 1 ELSE 0)": 2,
    "MEAN(v)": 16 / 3,
    "MEAN(m[B, *])": 21.5,
    "MIN(v)": 2,
    "MAX(v[*])": 8,
    "MAX(v, 9)": 9,
    "MAX(v, 7)": 8,
    "MIN(v, m[*, 2])": 2,
    "PROD(v)": 96,
    "STDDEV(v)": np.std([6, 2, 8]),
    "SIZE(v)": 3,
    "SIZE(m)": 6,
    "SIZE(m[A, *])": 2,
    "SIZE(D)": 3,
    "RANK(v, 1)": 2,
    "RANK(v, 2)": 1,
    "RANK(v, 3)": 3,
    "v[B]": 2,
    "v[b]": 2,
    "v[2]": 2,
    "m[C, 2]": 82,
    "m[3, 1]": 81,
    "v[1 + 1]": 2,
    "v[IF TIME > 5 THEN 1 ELSE 3]": 8,
    "v[one]": 6,
    "v[one + 4]": 0,
    "v[RANK(v, 1)]": 2,
    "B": 2,
    "D.C": 3,
    "ARRAYSUM(v[*])": 16,
}
VECTORS = {
    "v": [6, 2, 8],
    "v * 2": [12, 4, 16],
    "v[D] * 2": [12, 4, 16],
    "v[*] * 2": [12, 4, 16],
    "v + m[D, 1]": [67, 23, 89],
    "v[B] + v": [8, 4, 10],
    "D": [1, 2, 3],
    "IF D = B THEN 5 ELSE 0": [0, 5, 0],
    "SUM(m[D, *])": [123, 43, 163],
    "SUM(v)": [16, 16, 16],
    "v / SUM(v[*])": [0.375, 0.125, 0.5],
    "MAX(v, 5)": [6, 5, 8],
    "RANK(v, D)": [2, 1, 3],
    "v[RANK(v, D)]": [2, 6, 8],
    "SIZE(SELF)": [3, 3, 3],
    "1, 2, 3": [1, 2, 3],
    "1.5; 2; -3": [1.5, 2, -3],
    "IF D = 1 THEN 100 ELSE v[D - 1]": [100, 6, 2],
    "IF D = 1 THEN 1 ELSE SELF[D - 1] * 2": [1, 2, 4],
    "e * 2": [2, 4, 6],
}


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    text = V + M + aux("one", "1") + aux("e", "D", "E")
    text += "".join(aux(f"s{i}", equation) for i, equation in enumerate(SCALARS))
    text += "".join(aux(f"a{i}", equation, "D") for i, equation in enumerate(VECTORS))
    text = text.replace(aux("e", "D", "E"), aux("e", "E", "E"))
    dims = DIMS.replace(
        "</dimensions>", '<dim name="E"><elem name="A"/><elem name="B"/><elem name="C"/></dim></dimensions>'
    )
    found = run(xmile(text, stop=1, more=dims), tmp_path_factory.mktemp("all"))
    values = {equation: found[f"s{i}"].values[1] for i, equation in enumerate(SCALARS)}
    return values | {f"[] {equation}": found[f"a{i}"].values[1] for i, equation in enumerate(VECTORS)}


@pytest.mark.parametrize(("equation", "expected"), list(SCALARS.items()))
def test_a_number_from_arrays(computed: dict[str, np.ndarray], equation: str, expected: float) -> None:
    np.testing.assert_allclose(computed[equation], expected, rtol=1e-12)


@pytest.mark.parametrize(("equation", "expected"), list(VECTORS.items()))
def test_an_array_from_arrays(computed: dict[str, np.ndarray], equation: str, expected: list[float]) -> None:
    np.testing.assert_allclose(computed[f"[] {equation}"], expected, rtol=1e-12)


def test_a_dimension_twice_and_a_transposed_matrix(tmp_path: Path) -> None:
    text = (
        aux("q", "D * 10", "D", "D") + aux("r", "q + 1", "D", "D") + aux("t", "SUM(r[D, *])", "D") + aux("u", "SUM(r)")
    )
    text += aux("w", "m[D, N]", "N", "D") + aux("x", "q[A, D] + q[D, B]", "D")
    found = run(xmile(V + M + text, stop=0, more=DIMS), tmp_path)
    np.testing.assert_allclose(found["q"][0], [[10] * 3, [20] * 3, [30] * 3])
    np.testing.assert_allclose(found["r"][0], found["q"][0].values + 1)
    np.testing.assert_allclose(found["t"][0], [33, 63, 93])
    assert float(found["u"][0]) == 189
    np.testing.assert_allclose(found["w"][0], [[61, 21, 81], [62, 22, 82]])
    np.testing.assert_allclose(found["x"][0], [20, 30, 40])


def test_dimensions_may_share_element_names(tmp_path: Path) -> None:
    dims = '<dimensions><dim name="P"><elem name="x"/><elem name="y"/></dim><dim name="Q"><elem name="y"/><elem name="z"/><elem name="x"/></dim></dimensions>'
    text = aux("p", "P", "P") + aux("q", "Q * 10", "Q") + aux("a", "p[y] + q[y]") + aux("b", "p + q[z]", "P")
    found = run(xmile(text, stop=0, more=dims), tmp_path)
    assert float(found["a"][0]) == 12
    np.testing.assert_allclose(found["b"][0], [21, 22])


def test_an_equation_for_all_but_some_elements(tmp_path: Path) -> None:
    text = '<aux name="a"><dimensions><dim name="D"/><dim name="N"/></dimensions><eqn>D*N</eqn><element subscript="B, 2"><eqn>v - 100</eqn></element></aux>'
    found = run(xmile(V + text, stop=0, more=DIMS), tmp_path)
    np.testing.assert_allclose(found["a"][0], [[1, 2], [2, -98], [3, 6]])


def test_arrayed_stocks_and_flows(tmp_path: Path) -> None:
    text = stock("S", "v", "f", "", dims="D") + aux("f", "S * D + all", "D", tag="flow") + aux("all", "SUM(S) * 0")
    found = run(xmile(V + text, stop=2, more=DIMS), tmp_path)
    np.testing.assert_allclose(found["s"], np.array([6, 2, 8]) * np.array([2, 3, 4]) ** np.arange(3)[:, None])


def gf(kind: str = "", scale: str = '<xscale min="0" max="4"/>', points: str = "<ypts>0,1,4,9,16</ypts>") -> str:
    return f'<gf{f" type={chr(34)}{kind}{chr(34)}" if kind else ""}>{scale}<yscale min="0" max="16"/>{points}</gf>'


SHAPES = {  # at -1, 0.5, 2, 3.5, 5
    "": [0, 0.5, 4, 12.5, 16],
    "continuous": [0, 0.5, 4, 12.5, 16],
    "extrapolate": [-1, 0.5, 4, 12.5, 23],
    "discrete": [0, 0, 4, 9, 16],
}


@pytest.mark.parametrize(("kind", "expected"), list(SHAPES.items()))
def test_graphical_functions_wherever_they_stand(tmp_path: Path, kind: str, expected: list[float]) -> None:
    table = gf(kind)
    named = table.replace("<gf", '<gf name="named"', 1)
    x = "TIME * 1.5 - 1"
    text = (
        aux("a", x, more=table) + aux("b", x, tag="flow", more=table) + f'<aux name="own table">{table}</aux>' + named
    )
    text += aux("c", f"own_table({x})") + aux("d", f'LOOKUP("own table", {x})') + aux("e", f"named({x})")
    text += aux("f", f"LOOKUP(a, {x})") + aux("g", "a(2)")
    found = run(xmile(text, stop=4), tmp_path)
    for name in "abcdef":
        np.testing.assert_allclose(found[name], expected, err_msg=name)
    np.testing.assert_allclose(found["g"], 4)


@pytest.mark.parametrize(
    "points",
    [
        "<xpts>0,1,5</xpts><ypts>0,10,50</ypts>",
        '<xpts sep=";">0;1;5</xpts><ypts sep=";">0;10;50</ypts>',
        '<xpts sep=" ">0 1  5</xpts><ypts sep="|">0|10|50</ypts>',
        "<xpts>5,1,0,</xpts><ypts>50,10,0,</ypts>",
        "<xpts>\n 0,\n 1,\n 5</xpts><ypts>0,1E1,5e+1</ypts>",
    ],
)
def test_points_of_a_graphical_function(tmp_path: Path, points: str) -> None:
    found = run(xmile(aux("a", "TIME", more=gf(scale="", points=points))), tmp_path)
    np.testing.assert_allclose(found["a"], np.arange(6) * 10)


def test_graphical_functions_of_elements_and_their_inverse(tmp_path: Path) -> None:
    elements = "".join(
        f'<element subscript="{e}"><eqn>TIME</eqn>{gf(points=f"<ypts>0,{k},{2 * k}</ypts>")}</element>'
        for e, k in zip("ABC", (1, 2, 3), strict=True)
    )
    bare = elements.replace("<eqn>TIME</eqn>", "")
    dims = '<dimensions><dim name="D"/></dimensions>'
    text = f'<aux name="a">{dims}{elements}</aux><aux name="t">{dims}{bare}</aux><aux name="w">{dims}<eqn>TIME * D</eqn>{gf()}</aux>'
    text += (
        aux("b", "t[B](TIME)")
        + aux("c", "LOOKUP(t[D], 2)", "D")
        + aux("i", "LOOKUPINV(t[C], 1.5)")
        + aux("d", "LOOKUP(a[C], 2)")
    )
    found = run(xmile(text, stop=4, more=DIMS), tmp_path)
    np.testing.assert_allclose(found["a"], np.arange(5)[:, None] * np.array([0.5, 1, 1.5]))
    np.testing.assert_allclose(found["b"], np.arange(5))
    np.testing.assert_allclose(found["c"][0], [1, 2, 3])
    np.testing.assert_allclose(found["d"][0], 3)
    np.testing.assert_allclose(found["i"][0], 1)
    np.testing.assert_allclose(found["w"][1], [1, 4, 9])


def test_columns_are_spelled_as_the_author_did(tmp_path: Path) -> None:
    dims = '<dimensions><dim name="Age Group"><elem name="Young People"/><elem name="OLD"/></dim><dim name="n" size="2"/></dimensions>'
    text = (
        aux("Water\\nLevel", "1")
        + aux("By Group", "n", "Age_Group", "N")
        + aux("Größe (m²)", '"größe_(m²)" * 0 + 1') * 0
    )
    (tmp_path / "model.xmile").write_text(
        xmile(text + aux("Öl-Preis", "water_level * 2"), stop=1, dt=0.5, more=dims), encoding="utf-8"
    )
    done = CliRunner().invoke(cli, ["model", "run", str(tmp_path / "model.xmile"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    head, *rows = csv.reader((tmp_path / "out" / "model.csv").read_text(encoding="utf-8").splitlines())
    assert head[:7] == [
        "Time",
        "Water Level",
        "By Group[Young People, 1]",
        "By Group[Young People, 2]",
        "By Group[OLD, 1]",
        "By Group[OLD, 2]",
        "Öl-Preis",
    ]
    assert [float(row[0]) for row in rows] == [0, 0.5, 1]
    assert [float(x) for x in rows[0][1:7]] == [1, 1, 2, 1, 2, 2]
