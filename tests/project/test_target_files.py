"""Files of targets: every problem at once, at its place; the rows of the repository against the catalogue of targets."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from target_rows import DOCUMENT, THREE

from urbsim.errors import InputError
from urbsim.project.indicators import Indicators
from urbsim.project.project import Project
from urbsim.project.target_checks import load_targets
from urbsim.project.workspace import Workspace

PLACES = [Path(__file__).parents[up] / "shared/policy/targets.csv" for up in (3, 4)]  # beside a checkout or a worktree
CATALOGUE = next((path for path in PLACES if path.exists()), PLACES[0])
BAD = """
document: dongying-2023-17
targets:
  - id: a
    clause: " "
    label: {en: A, zh: 甲}
    kind: target
    region: guangroa
    indicator: pension_coverag
    operator: ">="
    value: 1
    deadline: 2025
  - id: a
    clause: (2)
    label: {en: A, zh: 甲}
    kind: target
    region: lijin
    indicator: pension_coverage
    operator: ">="
    value: 1
    unit: mu
    deadline: 2050
  - id: b
    clause: (3)
    label: {en: B, zh: 乙}
    kind: rule
    region: lijin
    condition: [{lever: permit_service_acces, operator: ">=", value: 1}, {indicator: workers, operator: rises}]
  - id: c
    clause: (4)
    label: {en: C, zh: 丙}
    kind: reported outcome
    region: lijin
    indicator: workers
    value: 3
    deadline: 2025
    scored_as: ">="
    allocation: {by: [resident], reason: none}
  - id: d
    clause: (5)
    label: {en: D, zh: 丁}
    kind: target
    region: lijin
  - id: e
    clause: (6)
    label: {en: E, zh: 戊}
    kind: target
    region: lijin
    indicator: coverage_roads
    reading: {how: programme, plan: road}
    operator: "~"
    value: 3
    deadline: 2025
"""


def test_every_problem_of_a_file_is_told_at_once(targets_of) -> None:
    with pytest.raises(InputError) as caught:
        targets_of(BAD)
    told = "\n".join(str(problem) for problem in caught.value.problems)
    for words in (
        "a: clause is missing",
        "a: unknown region 'guangroa'; did you mean guangrao?",
        "a: unknown indicator 'pension_coverag'; did you mean pension_coverage?",
        "target 'a' is given twice, first in data/targets/dongying-2023-17.yaml",
        "a: unit 'mu' cannot be converted to 'percent'",
        "a: deadline 2050 lies outside the years 2011 to 2035 of the runs",
        "b: unknown lever 'permit_service_acces'; did you mean permit_service_access?",
        "b: rises needs since",
        "b: has no deadline",
        "c: evidence: true and kind: reported outcome go together",
        "c: has an indicator and no operator",
        "c: scored_as says how to read = or ~, not None",
        "c: unknown fact 'resident'; did you mean residents?",
        "d: needs exactly one of indicator, condition and why_not",
        "e: a programme needs plan: a lever, not 'road'; did you mean roads?",
        "e: ~ needs a tolerance",
    ):
        assert words in told, words
    assert all(problem.place.line > 1 for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (
            "document: dongying\ntargets: []\n",
            "dongying",
            "unknown document 'dongying'; did you mean dongying-2023-17?",
        ),
        ("document: pilot-zones\ntargets: []\n", DOCUMENT, "document 'pilot-zones' is not the name of the file"),
        ("document: pilot-zones\ntargets: [{id: x, kind: aim}]\n", "pilot-zones", "'clause' is missing"),
        ("document: pilot-zones\ntargets: [{id: x, value: .nan}]\n", "pilot-zones", "must be a finite number"),
        ("document: pilot-zones\ntarget: []\n", "pilot-zones", "did you mean targets?"),
        (
            "document: pilot-zones\ntargets: [{operator: '=>'}]\n",
            "pilot-zones",
            "operator must be '>=', '<=', .* not '=>'",
        ),
        (
            "document: pilot-zones\ntargets: [{value: 60%}]\n",
            "pilot-zones",
            "2:19: .*value must be a number, not '60%'",
        ),
        (
            "document: pilot-zones\ntargets: [{deadline: 2025-12-31}]\n",
            "pilot-zones",
            "2:22: targets.0.deadline must be a whole number, not '2025-12-31'",
        ),
    ],
)
def test_bad_heads_and_forms(targets_of, text: str, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        targets_of(text, name)


def test_a_place_must_be_made_of_known_parts(targets_of) -> None:
    places = "places:\n  both: {name: {en: Both, zh: 两县}, regions: [guangrao, lijni]}\n"
    with pytest.raises(InputError, match=r"unknown region 'lijni'; did you mean lijin\?"):
        targets_of(THREE, places=places)


def test_the_shipped_targets_load(shipped: Workspace, project: Project, indicators: Indicators) -> None:
    found = load_targets(shipped.data / "targets", "data/targets", project, indicators)
    assert {document for document, _ in found.rows} == set(project.documents)
    for _, row in found.rows:
        assert row.why_not or row.indicator or row.condition
        assert any(ord(character) > 0x2E7F for character in row.label.zh), row.id


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue is not part of the repository")
def test_every_row_of_the_catalogue_is_here_and_no_other(
    shipped: Workspace, project: Project, indicators: Indicators
) -> None:
    found = load_targets(shipped.data / "targets", "data/targets", project, indicators)
    have = {row.id: row for _, row in found.rows}
    with CATALOGUE.open(encoding="utf-8") as file:
        wanted = {row["id"]: row for row in csv.DictReader(file) if row["in_model"] in {"core", "capacity"}}
    assert set(have) == set(wanted)
    for name, row in wanted.items():
        mine = have[name]
        assert mine.clause == row["clause"], name
        assert mine.kind == row["kind"].replace("-", " "), name
        directions = {">=": {">=", "rises"}, "<=": {"<=", "falls"}}  # without a number a direction can be checked
        assert mine.operator in directions.get(row["operator"], {row["operator"]}), name
        assert mine.deadline == (int(row["deadline"]) if row["deadline"] else None), name
        if name != "im-03-county-gdp":  # 1.2 trillion yuan there, 12 000 of 100 million here
            assert mine.value == (float(row["value"]) if row["value"] else None), name
