"""Numbers from files: constants, data, tables and elements from CSV and Excel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from vensim_models import first, problem, run, write

import urbsim

DIM = "dim: a1, a2, a3 ~~|\nB: b1, b2 ~~|\n"
NA = -(2.0**109)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a table of numbers by row and column, and data over time, as CSV and as Excel."""
    rows = [
        ["time", 0, 2, 4, "", "a1", "a2", "a3"],
        ["rain", 10, 30, 0, "", 1, 2, 3],
        ["wind", 5, "", 9, "", 4, 5, 6],
        ["", "", "", "", "", 7, 8, 9],
        ["x", "y", "z", "", "", "", "", ""],
        [0, 0, 100, "", "", "", "", ""],
        [10, 20, 0, "", "", "", "", ""],
    ]
    (tmp_path / "t.csv").write_text("\n".join(",".join(str(c) for c in row) for row in rows), encoding="utf-8")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet"
    for row in rows:
        sheet.append([None if c == "" else c for c in row])
    book.save(tmp_path / "t.xlsx")
    return tmp_path


SOURCES = pytest.mark.parametrize(
    ("get", "file"),
    [("GET DIRECT", "'t.csv', ','"), ("GET XLS", "'t.xlsx', 'Sheet'"), ("get_direct", "'t.xlsx', 'Sheet'")],
)


@SOURCES
def test_constants(folder: Path, get: str, file: str) -> None:
    text = DIM + f"one = {get} CONSTANTS({file}, 'F2') ~~|\nrow[dim] = {get} CONSTANTS({file}, 'F2') ~~|\n"
    text += f"column[dim] = {get} CONSTANTS({file}, 'G2*') ~~|\ntwo[B, dim] = {get} CONSTANTS({file}, 'F2') ~~|\n"
    text += f"turned[dim, B] = {get} CONSTANTS({file}, 'F2*') ~~|\npart[a1] = {get} CONSTANTS({file}, 'H4') ~~|\npart[a2] = 5 ~~|"
    found = first(text, folder)
    assert found["one"] == 1
    assert found["row"] == [1, 2, 3]
    assert found["column"] == [2, 5, 8]
    assert found["two"] == [[1, 2, 3], [4, 5, 6]]
    assert found["turned"] == [[1, 4], [2, 5], [3, 6]]
    assert found["part"][:2] == [9, 5]


@SOURCES
def test_data_and_how_they_are_read_between_their_points(folder: Path, get: str, file: str) -> None:
    def data(name: str, keyword: str, cell: str = "B2") -> str:
        return f"{name} {keyword} := {get} DATA({file}, '1', '{cell}') ~~|\n"

    text = data("plain", "") + data("between", ":INTERPOLATE:") + data("before", ":HOLD BACKWARD:")
    text += data("after", ":LOOK FORWARD:") + data("only", ":RAW:") + data("gap", ":INTERPOLATE:", "B3")
    found = run(text + "used = between * 2 ~~|", folder, stop=5)
    assert found["plain"].tolist() == found["between"].tolist() == [10, 20, 30, 15, 0, 0]
    assert found["before"].tolist() == [10, 10, 30, 30, 0, 0]
    assert found["after"].tolist() == [10, 30, 30, 0, 0, 0]
    assert found["only"].tolist() == [10, NA, 30, NA, 0, NA]
    assert found["gap"].tolist() == [5, 6, 7, 8, 9, 9]
    assert found["used"].tolist() == [20, 40, 60, 30, 0, 0]


def test_data_by_element_and_what_is_known_of_them(folder: Path) -> None:
    text = "w: w1, w2 ~~|\nd[w] := GET DIRECT DATA('t.csv', ',', '1', 'B2') ~~|\nsum = SUM(d[w!]) ~~|\n"
    text += (
        "ahead = GET DATA BETWEEN TIMES(d[w1], Time + 1, 0) ~~|\nback = GET DATA BETWEEN TIMES(d[w1], Time, -1) ~~|\n"
    )
    text += "next = GET DATA BETWEEN TIMES(d[w1], Time, 1) ~~|\nend = GET DATA LAST TIME(d[w1]) - GET DATA FIRST TIME(d[w2]) ~~|\n"
    found = run(text + "at = GET DATA AT TIME(d[w1], 2) ~~|", folder, stop=4)
    assert found["sum"].tolist() == [15, 26, 37, 23, 9]
    assert found["ahead"].tolist() == [20, 30, 15, 0, NA]
    assert found["back"].tolist() == [10, 10, 30, 30, 0]
    assert found["next"].tolist() == [10, 30, 30, 0, 0]
    assert (found["end"][0], found["at"][0]) == (4, 30)


@SOURCES
def test_tables(folder: Path, get: str, file: str) -> None:
    text = f"t({get} LOOKUPS({file}, 'A', 'B6')) ~~|\nB: b1, b2 ~~|\nu[B] = {get} LOOKUPS({file}, 'A', 'B6') ~~|\n"
    found = first(text + "v = t(5) ~~|\nw[B] = u[B](5) ~~|\ne = LOOKUP EXTRAPOLATE(t, 20) ~~|", folder)
    assert (found["v"], found["w"], found["e"]) == (10, [10, 50], 40)


@pytest.mark.parametrize(
    "source",
    ["GET DIRECT SUBSCRIPT('t.csv', ',', 'F1', 'H1', '')", "GET XLS SUBSCRIPT('t.xlsx', 'Sheet', 'F1', 'H1', 'p ')"],
)
def test_elements(folder: Path, source: str) -> None:
    found = urbsim.load_model(write(f"d: {source} ~~|\nx[d] = d * 10 ~~|", folder)).run()
    assert found["x"][0].values.tolist() == [10, 20, 30]
    assert found["d"].values[1] in {"a2", "p_a2"}


def test_texts_may_be_named(folder: Path) -> None:
    text = "book :IS: 't.xlsx' ~~|\nx = GET XLS CONSTANTS(book, 'Sheet', 'G2') ~~|"
    assert first(text, folder)["x"] == 2


def test_what_a_file_holds_is_read_anew(folder: Path) -> None:
    text = "x = GET DIRECT CONSTANTS('t.csv', ',', 'F2') ~~|"
    assert first(text, folder)["x"] == 1
    (folder / "t.csv").write_text((folder / "t.csv").read_text().replace("rain,10,30,0,,1", "rain,10,30,0,,77"))
    assert first(text, folder)["x"] == 77


def test_data_that_are_nowhere_are_left_out_until_something_needs_them() -> None:
    found = run("measured ~ Person ~ From elsewhere. |\nother :RAW: ~~|\nx = 1 ~~|", stop=0)
    assert "measured" not in found
    told = problem("measured ~ Person ~ From elsewhere. |\nx = measured + 1 ~~|")
    assert "model.mdl:2:1: measured: its data are not in the model" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = GET DIRECT CONSTANTS('none.csv', ',', 'A1')", "its data cannot be read"),
        ("x = GET XLS CONSTANTS('t.xlsx', 'Nowhere', 'A1')", "its data cannot be read"),
        ("x := GET DIRECT DATA('t.csv', ',', '1')", "cannot take 3 arguments"),
        ("x = GET DIRECT CONSTANTS(file, ',', 'A1')", "takes texts in single quotes"),
        ("d: GET DIRECT SUBSCRIPT('none.csv', ',', 'F1', 'H1', '')", "the elements cannot be read"),
        ("x = GET DATA BETWEEN TIMES(y, 1, 0) ~~|\ny = 1", "needs a data variable"),
        ("x = GET VDF DATA('a.vdf', 'b', 0, 1)", "GET VDF DATA of Vensim is not supported"),
    ],
)
def test_what_cannot_be_read_is_told(folder: Path, text: str, words: str) -> None:
    told = problem(text + " ~~|", folder)
    assert words in told
    assert told.startswith("model.mdl:2:")


def test_columns_of_data_in_a_table(folder: Path) -> None:
    (folder / "c.csv").write_text("t,v\n0,1\n1,3\n3,7\n", encoding="utf-8")
    found = run("d := GET DIRECT DATA('c.csv', ',', 'A', 'B2') ~~|", folder, stop=4)
    np.testing.assert_allclose(found["d"], [1, 3, 5, 7, 7])
