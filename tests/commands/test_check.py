"""`urbsim check`: all faults of all kinds in one run, each with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from urbsim.project.workspace import Workspace


@pytest.fixture
def call(call):
    """Run a command; return exit code, standard output and lines of standard error."""

    def run(*words: str) -> tuple[int, str, list[str]]:
        code, out, err = call(*words)
        *lines, count = err.splitlines()
        assert count == f"{len(lines)} problems" or (count, len(lines)) == ("1 problem", 1) or not lines
        return code, out, lines or [count]

    return run


FIVE = """{UTF-8}
INITIAL TIME = 0 ~ Year ~ Clock. |
FINAL TIME = 1 ~ Year ~ Clock. |
TIME STEP = 1 ~ Year ~ Clock. |
SAVEPER = 1 ~ Year ~ Clock. |
broken = (base rate + 1 ~ 1/Year ~ A parenthesis is not closed. |
People = INTEG(gift - People*broken, 0) ~ Person ~ A flow without a label. |
gift = 3 ~ Person/Year ~ From nowhere. |
base rate = 1 ~ 1/Year ~ Used by what is broken. |
mixed = People + gift ~ Person ~ A clash. |
lost = mixed*nowhere ~ Person ~ An undefined name. |
table((0,0),(2,1),(1,2)) ~ Dmnl ~ Out of order. |
used = lost*table(gift/gift) ~ Person ~ Uses the rest. |
"""
LEDGER = """tolerance: 1.0e-9
goods:
  people:
    unit: Person
    unchecked: a test
    stocks: [People]
    sinks: {broken: cannot be read}
"""
MESSAGES = [
    "6:24: the equation ends too early in `broken = (base rate + 1`",
    "7:1: People: has a flow from an unlabelled source: 'gift' in `People = INTEG(gift - People*broken, 0)`",
    "10:1: mixed: adds `people` in Person and `gift` in Person/Year in `mixed = People + gift`",
    "11:14: lost: 'nowhere' is not defined in `lost = mixed*nowhere`",
    "12:1: table: the point at x = 1 does not lie to the right of the one before it in `table((0,0),(2,1),(1,2))`",
]


def test_five_kinds_of_faults_come_at_once(workspace: Workspace, call) -> None:
    folder = workspace.outputs.parent / "mine"
    folder.mkdir()
    (folder / "small.mdl").write_text(FIVE, encoding="utf-8")
    (folder / "ledgers.yaml").write_text(LEDGER, encoding="utf-8")
    code, _, lines = call("check", "mine/small.mdl")
    assert code == 2
    assert len(lines) == len(MESSAGES), lines
    for line, message in zip(lines, MESSAGES, strict=True):
        assert line.startswith(f"mine/small.mdl:{message}")


def test_without_ledgers_beside_it_a_model_is_judged_by_those_of_the_workspace(workspace: Workspace, call) -> None:
    Path("small.mdl").write_text(FIVE, encoding="utf-8")
    _, _, lines = call("check", "small.mdl")
    assert len(lines) == 5
    assert "People: has a flow from an unlabelled source: the stock is in no ledger" in lines[1]
    assert all(line.startswith("small.mdl:") for line in lines)


def edit(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def test_faults_of_the_model_and_of_the_files_around_it_come_at_once(workspace: Workspace, call) -> None:
    models = workspace.models
    edit(
        workspace.model,
        ("plot ratio = 1.8", "plot ratio = 1.8 1.9"),
        ("dormitory residents)/Household Size", "dormitory residents)*Household Size"),
        ("INTEG(-farm release,", "INTEG(-farm release + farm workers who change,"),
        ("MIN(wanted supply, Government", "MIN(wnted supply, Government"),
        ("(0,0),(0.5,0.2),(1,1),(1.5,1.6)", "(0,0),(1,0.2),(0.5,1),(1.5,1.6)"),
    )
    edit(models / "levers.yaml", ("variable: settlement openness", "variable: settlement opennes"))
    edit(models / "indicators.yaml", ("variable: vacancy rate", "variable: vacancy rates"))
    edit(models / "parameters.yaml", ("normal village return: {range: [0.01,", "normal village return: {range: [0.03,"))
    edit(models / "ledgers.yaml", ("farm workers who change: villagers", "farm workers who chang: villagers"))
    code, _, lines = call("check")
    told = "\n".join(lines)
    assert code == 2
    for words in (
        "settlement opennes'; did you mean settlement openness?",
        "the model has no variable 'vacancy rates'; did you mean vacancy rate?",
        "value 0.02 of 'normal village return' lies outside its range 0.03 to 0.05",
        "the model has no variable 'farm workers who chang'; did you mean farm workers who change?",
        "the equation is not understood from `1.9` on in `plot ratio = 1.8 1.9`",
        "town households: is declared in Dwelling, its equation gives Person^2/Dwelling",
        "land supply: 'wnted_supply' is not defined",
        "profitability effect: the point at x = 0.5",
        "Farm Workers: the flow 'farm release' enters it, but is among the sinks of 'farm workers'",
    ):
        assert words in told
    others = {line.split(":")[0] for line in lines}
    assert others == {
        f"models/{name}" for name in ("urbsim.mdl", "levers.yaml", "indicators.yaml", "parameters.yaml", "ledgers.yaml")
    }
    assert not [line for line in lines if "plot ratio" in line.replace("in `plot ratio", "")], "known, though unread"


def test_a_lever_and_an_indicator_of_a_broken_entry_are_excused(workspace: Workspace, call) -> None:
    edit(
        workspace.model,
        ("settlement openness = 0.77", "settlement openness = 0.77 +"),
        ("vacancy rate = MAX(", "vacancy rate = MAX(("),
    )
    _, _, lines = call("check")
    assert len(lines) == 2, lines
    assert all("the equation" in line and line.startswith("models/urbsim.mdl:") for line in lines)


def test_a_model_that_is_cut_short_is_one_fault(workspace: Workspace, call) -> None:
    text = workspace.model.read_text(encoding="utf-8")
    workspace.model.write_text(text[: len(text) // 2], encoding="utf-8")
    _, _, lines = call("check")
    assert len(lines) == 1, lines
    assert "the file is cut short" in lines[0]


def test_unused_and_crowded_variables_and_bare_numbers_are_told(workspace: Workspace, call) -> None:
    extra = "orphan = 3*tightness ~ Dmnl ~ Nobody needs it. |\n"
    workspace.model.write_text(workspace.model.read_text(encoding="utf-8") + "\n" + extra, encoding="utf-8")
    code, out, lines = call("check", "--json")
    told = [problem["message"] for problem in json.loads(out)["problems"]]
    assert code == 2
    assert told == [
        "orphan: is used by nothing in `orphan = 3*tightness`",
        "orphan: has the number 3 inside its equation in `orphan = 3*tightness`",
    ]
    assert len(lines) == 2
    assert any("more than 8 inputs: " in note for note in json.loads(out)["notes"])


def test_ledgers_are_checked_by_themselves(workspace: Workspace, call) -> None:
    edit(workspace.models / "ledgers.yaml", ("sinks: {demolition:", "sinks: {demolitions:"))
    code, _, lines = call("check", "models/ledgers.yaml")
    assert code == 2
    assert "the model has no variable 'demolitions'" in lines[0]
    assert "Dwellings: has a flow to an unlabelled sink: 'demolition'" in lines[1]
