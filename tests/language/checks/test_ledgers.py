"""Ledgers of small models: every flow has a label, every label a flow."""

from __future__ import annotations

from pathlib import Path

import pytest

from urbsim.errors import InputError
from urbsim.files import read_yaml, validate
from urbsim.language.checks.ledger_file import LedgerFile, load_ledgers
from urbsim.language.checks.ledgers import accounts
from urbsim.language.vensim.reader import read, recover
from urbsim.project.project import Project
from urbsim.project.workspace import Workspace

MODEL = """{UTF-8}
TIME STEP = 1 ~ Year ~ Step. |
place: town, village ~ ~ P. |
People[place] = INTEG(births[place] + coming[place] - leaving[place] - deaths[place], 9) ~ Person ~ Stock. |
births[place] = People[place]*rate ~ Person/Year ~ B. |
deaths[place] = People[place]*rate ~ Person/Year ~ D. |
coming[town] = moves ~ Person/Year ~ C. |
coming[village] = 0 ~ Person/Year ~ C. |
leaving[town] = 0 ~ Person/Year ~ L. |
leaving[village] = moves*share + moves*(1 - share) ~ Person/Year ~ L. |
moves = MIN(People[village]*rate, limit) ~ Person/Year ~ M. |
rate = 0.1 ~ 1/Year ~ R. |
share = 0.5 ~ Dmnl ~ S. |
limit = 5 ~ Person/Year ~ L. |
Counter = INTEG(SUM(births[place!]), 0) ~ Person ~ Memory. |
check people = 0 ~ Dmnl ~ Check. |
"""
LEDGER = """tolerance: 1.0e-9
goods:
  people:
    unit: Person
    check: check people
    stocks: [People]
    sources: {births: born}
    sinks: {deaths: dead}
    transfers: {moves: to town}
memories:
  Counter: since the start
"""


def told(folder: Path, model: str = MODEL, ledger: str = LEDGER, *, own: bool = True) -> list[str]:
    path = folder / "ledgers.yaml"
    path.write_text(ledger, encoding="utf-8")
    document = read_yaml(path, "ledgers.yaml")
    found = accounts(
        recover(model, "m.mdl", Path())[0], validate(LedgerFile, document), document, lambda _: False, own=own
    )
    return [str(problem) for problem in found]


def change(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_flows_are_followed_through_sums_and_shares(tmp_path: Path) -> None:
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("births[place] + coming", "births[place] + gift + coming", "4:1: People: has a flow from an unlabelled source: 'gift'"),
        ("births[place] + coming", "births[place] - gift + coming", "4:1: People: has a flow to an unlabelled sink: 'gift'"),
        ("= moves ~", "= moves + gift ~", "4:1: People: has a flow from an unlabelled source: 'gift' in 'coming'"),
        ("births[place] + coming", "births[place] + (share*(gift - deaths[place])) + coming", "from an unlabelled source: 'gift'"),
        ("births[place] + coming", "births[place] + People[place]*fast + coming", "from an unlabelled source: 'fast'"),
        ("births[place] + coming", "births[place] + (9 - share)/TIME STEP + coming", "source: `(9 - share)/time step`"),
        ("INTEG(SUM(births[place!]), 0) ~ Person", "INTEG(gift, 0) ~ Person ~ O. |\nOther = INTEG(gift, 0) ~ Person", "16:1: Other: has a flow from an unlabelled source: the stock is in no ledger"),
    ],
)  # fmt: skip
def test_a_flow_without_a_label_is_named_at_its_stock(tmp_path: Path, old: str, new: str, words: str) -> None:
    gift = "gift = 3 ~ Person/Year ~ G. |\nfast = 3 ~ 1/Year ~ F. |\n"
    found = told(tmp_path, change(MODEL, old, new) + gift)
    assert len(found) == 1, found
    assert words in found[0]
    assert "INTEG(" in found[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{births: born}", "{births: born, rate: why}", "no stock of 'people' has the flow 'rate'"),
        ("{births: born}", "{births: born, brths: why}", "the model has no variable 'brths'; did you mean births?"),
        ("{deaths: dead}", "{deaths: dead, births: born}", "'births' is among the sources and the sinks"),
        ("sinks: {deaths: dead}", "transfers: {deaths: dead, moves: to town}", "'deaths' only leaves stocks of 'people'"),
        ("sources: {births: born}\n    sinks: {deaths: dead}", "sources: {births: born, deaths: dead}", "'deaths' leaves it"),
        ("unit: Person", "unit: Job", "People: is in Person, the good 'people' is in Job"),
        ("unit: Person", "unit: '?'", "the unit '?' of 'people' cannot be read"),
        ("[People]", "[People, Counter]", "Counter: the stock is in the good 'people' and in the memories"),
        ("[People]", "[People, Peple]", "the model has no stock 'Peple'; did you mean People?"),
        ("[People]", "[People, moves]", "the model has no stock 'moves'"),
        ("since the start", "''", "the memory 'Counter' has no reason"),
        ("    stocks", "    adjusts: {People: why}\n    stocks", "every flow of 'People' has a name"),
        ("    stocks", "    adjusts: {Counter: why}\n    stocks", "'Counter' is no stock of 'people'"),
    ],
)  # fmt: skip
def test_a_ledger_that_does_not_fit_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    ledger = change(LEDGER, old, new)
    if "transfers: {deaths" in new:
        ledger = ledger.replace("    transfers: {moves: to town}\n", "")
    assert any(words in line for line in told(tmp_path, ledger=ledger)), told(tmp_path, ledger=ledger)


def test_a_net_flow_without_flows_is_labelled_at_the_stock(tmp_path: Path) -> None:
    model = change(MODEL, "births[place] + coming", "(limit*TIME STEP - People[place])/TIME STEP + coming")
    ledger = change(LEDGER, "    sources: {births: born}\n", "    adjusts: {People: towards a limit}\n")
    assert told(tmp_path, model.replace("limit*TIME STEP - ", "share*People[place] - "), ledger) == []


def test_what_cannot_be_read_causes_no_message(tmp_path: Path) -> None:
    model = change(MODEL, "moves = MIN(", "moves = MIN((")
    model = change(model, "births[place] = People[place]*rate", "births[place] = ")
    assert told(tmp_path, model) == []
    assert told(tmp_path, change(MODEL, "births[place] + coming", "births[place] + nowhere*share + coming")) != []


def test_ledgers_of_another_model_judge_its_stocks_only(tmp_path: Path) -> None:
    other = "TIME STEP = 1 ~ Year ~ T. |\nLand = INTEG(-sold, 5) ~ Mu ~ L. |\nsold = 1 ~ Mu/Year ~ S. |\n"
    assert told(tmp_path, other, own=False) == [
        "m.mdl:2:1: Land: has a flow from an unlabelled source: the stock is in no ledger in `Land = INTEG(-sold, 5)`; "
        "put it into a good of ledgers.yaml, or among its memories"
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("check: check people", "check: chek people", "4:12: the model has no variable 'chek people'; did you mean check people?"),
        ("    check: check people\n", "", "give either check"),
        ("check: check people", "check: check people\n    unchecked: why", "give either check"),
        ("sinks:", "sinkz:", "unknown key 'sinkz'; did you mean sinks?"),
    ],
)  # fmt: skip
def test_bad_ledgers_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "ledgers.yaml"
    path.write_text(change(LEDGER, old, new), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_ledgers(path, "ledgers.yaml", read(MODEL))
    assert words in str(error.value) or words.split(": ", 1)[-1] in str(error.value)


def test_the_shipped_model_is_accounted_for(shipped: Workspace, project: Project) -> None:
    path = shipped.models / "ledgers.yaml"
    document = read_yaml(path, "ledgers.yaml")
    model = recover(project.model.source, project.model.label, Path())[0]
    assert accounts(model, project.ledgers, document) == []


def test_every_good_of_the_shipped_model_needs_its_labels(shipped: Workspace, project: Project) -> None:
    document = read_yaml(shipped.models / "ledgers.yaml", "ledgers.yaml")
    model = recover(project.model.source, project.model.label, Path())[0]
    for name, good in project.ledgers.goods.items():
        bare = good.model_copy(update={"sources": {}, "sinks": {}, "transfers": {}, "adjusts": {}})
        without = project.ledgers.model_copy(update={"goods": {**project.ledgers.goods, name: bare}})
        found = [str(problem) for problem in accounts(model, without, document)]
        assert any("unlabelled" in line and repr(name) in line for line in found), name
