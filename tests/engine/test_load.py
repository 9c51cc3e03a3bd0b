"""Any model from Python and from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import urbsim
from urbsim import cli
from urbsim.engine.explain import explain
from urbsim.errors import InputError

TEA = """{UTF-8}
cup: Small Cup, big cup ~~|
Heat Loss[cup] = (Tea[cup] - Room Temperature)/time constant[cup] ~ Degree/Minute ~ What the air takes. |
Tea[cup] = INTEG(-Heat Loss[cup], 180) ~ Degree ~ In the cup. |
Room Temperature = 70 ~ Degree [0,100] ~ Around it. |
time constant[cup] = 5, 10 ~ Minute ~ Of cooling. |
"cost & price" = price table(Time) ~ Yuan ~ Of heating. |
price table((0,1),(10,3)) ~ Yuan ~ By time. |
FINAL TIME = 10 ~ Minute ~ End. |
INITIAL TIME = 0 ~ Minute ~ Start. |
TIME STEP = 0.5 ~ Minute [0,?] ~ Step. |
SAVEPER = 5 ~ Minute [0,?] ~ Rows. |
"""


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    path = tmp_path / "tea.mdl"
    path.write_text(TEA, encoding="utf-8")
    return path


def cooled(room: float, tau: float, steps: int) -> float:
    return room + (180 - room) * (1 - 0.5 / tau) ** steps


def test_a_run_is_a_labelled_dataset(tea: Path) -> None:
    data = urbsim.load_model(tea).run()
    assert data["tea"].dims == ("time", "cup")
    assert data["tea"].attrs == {"units": "Degree", "long_name": "Tea", "comment": "In the cup."}
    np.testing.assert_allclose(data["tea"].sel(time=5), [cooled(70, 5, 10), cooled(70, 10, 10)])
    assert data["time"].values.tolist() == [0, 5, 10]
    assert "price_table" not in data
    assert float(data["room_temperature"][0]) == 70


def test_values_with_a_leading_axis_are_an_ensemble(tea: Path) -> None:
    model = urbsim.load_model(tea)
    data = model.run({"Room Temperature": [10, 20, 30], "time constant": [4, 8]}, ["Tea"])
    assert data["tea"].dims == ("member", "time", "cup")
    expected = [[cooled(room, tau, 20) for tau in (4, 8)] for room in (10, 20, 30)]
    np.testing.assert_allclose(data["tea"].sel(time=10), expected)
    per_member = model.run({"time constant": [[4, 8], [2, 3]], "room temperature": 10}, ["Tea"])
    np.testing.assert_allclose(per_member["tea"][1, -1], [cooled(10, 2, 20), cooled(10, 3, 20)])


def test_tables_and_the_clock_can_be_set(tea: Path) -> None:
    model = urbsim.load_model(tea)
    data = model.run({"price table": [[1, 3], [2, 8]], "FINAL TIME": 5, "SAVEPER": 2.5}, ["cost & price"])
    np.testing.assert_allclose(data["cost_&_price"], [[1, 1.5, 2], [2, 3.5, 5]])
    finer = model.run({"TIME STEP": 0.25, "SAVEPER": 10}, ["Tea"])["tea"]
    assert abs(float(finer[-1, 0]) - (70 + 110 * np.exp(-2))) < abs(cooled(70, 5, 20) - (70 + 110 * np.exp(-2)))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"Room Temp": 1}, "has no variable 'Room Temp'; did you mean Room Temperature"),
        ({"time constant": [1, 2, 3]}, r"shape \(3,\) and needs \(2,\)"),
        ({"Tea": [1, 2]}, "'Tea' is computed by the model and cannot be set"),
        ({"Room Temperature": float("nan")}, "needs finite numbers, not nan"),
        ({"Room Temperature": [10, 101]}, r"lies outside its range in the model, 0\.\.100: 101"),
        ({"Room Temperature": "warm"}, "needs numbers, not 'warm'"),
        ({"Room Temperature": [1, 2], "price table": [[1, 2]] * 3}, "disagree about the number of members"),
        ({"TIME STEP": -1}, r"outside its range in the model, 0\.\.: -1"),
        ({"TIME STEP": 0}, "clock cannot run"),
        ({"FINAL TIME": -5}, "clock cannot run"),
        ({"FINAL TIME": [1, 2]}, "all members share the clock"),
    ],
)
def test_values_that_cannot_be_set_are_refused(tea: Path, values: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        urbsim.load_model(tea).run(values)


def test_all_problems_come_at_once(tea: Path) -> None:
    with pytest.raises(InputError) as caught:
        urbsim.load_model(tea).run({"a": 1, "b": 2, "Room Temperature": float("inf")})
    assert len(caught.value.problems) == 4  # infinite is also out of range


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["urbsim", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return (code, *capsys.readouterr())

    return run


def test_model_run_writes_one_table_per_model_and_lists_what_fails(tea: Path, call) -> None:
    broken = tea.with_name("broken.mdl")
    broken.write_text(TEA.replace("Room Temperature)", "Romm Temperature)"), encoding="utf-8")
    out = tea.parent / "out"
    code, told, err = call("model", "run", str(tea), str(broken), str(tea.with_name("none.mdl")), "--out", str(out))
    assert code == 1
    assert told == "written  tea.csv: 3 rows, 9 variables\n"
    assert "failed   broken.mdl:3:30: Heat Loss: 'romm_temperature' is not defined" in err
    assert "failed   none.mdl: cannot be read: No such file or directory" in err
    assert [path.name for path in out.iterdir()] == ["tea.csv"]
    with (out / "tea.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:6] == [
        "Time",
        "Heat Loss[Small Cup]",
        "Heat Loss[big cup]",
        "Tea[Small Cup]",
        "Tea[big cup]",
        "Room Temperature",
    ]
    assert [float(row[3]) for row in rows[1:]] == [180.0, cooled(70, 5, 10), pytest.approx(cooled(70, 5, 20))]


def test_model_run_sets_values_and_speaks_json(tea: Path, call) -> None:
    out = tea.parent / "out"
    code, told, err = call("model", "run", str(tea), "--out", str(out), "--set", "Room Temperature=90", "--json")
    assert (code, err) == (0, "")
    assert json.loads(told) == [{"model": "tea.mdl", "rows": 3, "not_finite": [], "notes": []}]
    assert ",90.0," in (out / "tea.csv").read_text(encoding="utf-8").splitlines()[-1]
    code, told, err = call("model", "run", str(tea), "--out", str(out), "--set", "Room Temperature=hot")
    assert (code, told) == (2, "")
    assert "is not NAME=NUMBER" in err


def test_explain_prints_equation_and_code(tea: Path, call) -> None:
    code, told, _ = call("model", "explain", "heat loss", "--model", str(tea))
    assert code == 0
    assert told.splitlines()[:7] == [
        "Heat Loss[cup] = (Tea[cup] - Room Temperature)/time constant[cup]",
        "",
        "unit        Degree/Minute",
        "comment     What the air takes.",
        "line        3",
        "depends on  Tea, Room Temperature, time constant",
        "used by     Tea",
    ]
    assert "fsub" in told
    assert "is room_temperature" in told
    code, _, err = call("model", "explain", "heet loss", "--model", str(tea))
    assert code == 2
    assert "did you mean Heat Loss?" in err


def test_explain_knows_every_kind_of_variable(tea: Path) -> None:
    structure = urbsim.load_model(tea).structure
    assert explain(structure, "Tea").element == "Tea[small_cup] after a step"
    assert "a table" in explain(structure, "price table").listing
    assert explain(structure, "time constant").used_by == ("Heat Loss",)


@pytest.mark.slow
def test_long_chains_and_deep_nesting_are_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "long.mdl"
    chain = "".join(f"v{i} = v{i + 1} + 1 ~~|\n" for i in range(20_000))
    nested = "(" * 500 + "1" + ")" * 500
    path.write_text(f"{{UTF-8}}\n{chain}v20000 = Time + {nested} ~~|\n" + TEA[TEA.index("FINAL") :], encoding="utf-8")
    assert urbsim.load_model(path).run(outputs=["v0"])["v0"].values.tolist() == [20_001, 20_006, 20_011]
