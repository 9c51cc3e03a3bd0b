"""Manifests: frozen, hashed, and refused where another version of urbsim wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from urbsim.errors import InputError
from urbsim.experiment.manifest import Failure, Manifest, MemberRecord, read_manifest
from urbsim.project.workspace import Workspace

MEMBER = MemberRecord(region="a", scenario="plan", values="hash", levers={})
FIELDS = {
    "id": "",
    "engine": "compiled",
    "base_year": None,
    "horizon": 2035,
    "time_step": 0.0625,
    "set": {"grants": {2023: 5.0}},
}
FORM = {"what": "variables", "type": "float64"}
PARTS = {"calibrated": ["a"], "draws": None, "kept": FORM, "model": "hash", "members": [MEMBER], "files": {}}


def manifest(**fields: object) -> Manifest:
    return Manifest(**{**FIELDS, **PARTS, "versions": {"urbsim": "1"}, **fields}).with_id()


def test_the_id_covers_what_goes_in_and_not_what_comes_out() -> None:
    before = manifest()
    failure = Failure(region="a", scenario="plan", draw=None, reason="x")
    after = before.with_results([MEMBER], {"people": 1e-9}, [failure])
    assert after.id == before.id == after.with_id().id
    assert (before.failed, after.failed) == ((), (failure,))
    assert manifest(set={"grants": {2023: 6.0}}).id != before.id
    assert manifest(evaluations={"plan": {"rule": {}, "zones": {}}}).id != before.id


def test_a_manifest_is_frozen_and_comes_back_from_its_text() -> None:
    before = manifest(members=[MEMBER.model_copy(update={"levers": {}})])
    with pytest.raises(ValidationError, match="frozen"):
        before.id = "other"
    again = read_manifest(before.text(), "mine")
    assert again == before
    assert again.text() == before.text()
    assert "evaluations" not in again.as_dict()


@pytest.mark.parametrize(("number", "age"), [(None, "an earlier"), (2, "an earlier"), (4, "another")])
def test_a_batch_of_another_version_is_refused_in_one_sentence(number: int | None, age: str) -> None:
    content = {**manifest().as_dict(), "format": number}
    if number is None:
        del content["format"]
    with pytest.raises(InputError) as error:
        read_manifest(json.dumps(content), "mine")
    assert str(error.value) == (
        f"outputs/mine/manifest.json: was written by {age} version of urbsim, whose batches this one does not read; "
        "delete outputs/mine and run again"
    )


def test_a_manifest_with_a_part_of_the_wrong_kind_is_damaged() -> None:
    content = {**manifest().as_dict(), "members": [{"region": "a"}]}
    with pytest.raises(InputError, match="is missing, damaged or cut short; delete outputs/mine and run again"):
        read_manifest(json.dumps(content), "mine")


def test_a_batch_of_an_earlier_version_is_listed(
    workspace: Workspace, call: Callable[..., tuple[int, str, str]]
) -> None:
    content = manifest().as_dict()
    del content["format"]
    (workspace.outputs / "old").mkdir(parents=True)
    (workspace.outputs / "old" / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    code, out, _ = call("list", "batches", "--json")
    assert (code, [(row["name"], row["state"]) for row in json.loads(out)]) == (0, [("old", "of another version")])
    assert call("compare", "old")[0] == 2
