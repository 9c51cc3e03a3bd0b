"""What Vensim allows in models/urbsim.mdl: every command that reads the model takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Call
from urbsim.project.workspace import Workspace

PLACE = "\nbirths per adult = "
CONSTRUCTS = {
    "macro": (
        ":MACRO: THE SAME(x)\nTHE SAME = x\n\t~\t1/Year\n\t~\tWhat goes in.\n\t|\n:END OF MACRO:\n",
        "THE SAME(base births per adult)/base births per adult*",
    ),
    "except": (
        "whole[stage] :EXCEPT: [groundwork] = 1\n\t~\tDmnl\n\t~\tNothing changes. [definition]\n\t|\n"
        "whole[groundwork] = 1\n\t~\tDmnl\n\t~\tNothing changes here either. [definition]\n\t|\n",
        "whole[groundwork]*whole[structure]*",
    ),
    "data": (
        "whole from data := 1\n\t~\tDmnl\n\t~\tNothing changes. [definition]\n\t|\n",
        "whole from data*",
    ),
    "copy of a range": (
        "phase <-> stage\n\t~\t\n\t~\tThe stages under another name.\n\t|\n"
        "whole of phases[phase] = 1\n\t~\tDmnl\n\t~\tNothing changes. [definition]\n\t|\n",
        "whole of phases[structure]*",
    ),
    "bar in a name": (
        '"whole | all of it" = 1\n\t~\tDmnl\n\t~\tNothing changes. [definition]\n\t|\n',
        '"whole | all of it"*',
    ),
}


def extend(workspace: Workspace, constructs: list[str]) -> None:
    """Write constructs into the model that change no number."""
    text = workspace.model.read_text(encoding="utf-8")
    assert PLACE in text
    for name in constructs:
        definitions, factor = CONSTRUCTS[name]
        text = text.replace(PLACE, f"\n{definitions}{PLACE[1:]}{factor}", 1)
    workspace.model.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_is_sound_and_counted(construct: str, workspace: Workspace, call: Call) -> None:
    before = json.loads(call("model", "info", "--json")[1])["variables"]
    extend(workspace, [construct])
    code, out, err = call("check", "models/urbsim.mdl")
    assert (code, err) == (0, ""), out + err
    assert json.loads(call("model", "info", "--json")[1])["variables"] == before + (construct != "macro")


@pytest.fixture
def extended(workspace: Workspace, own_reference: Callable[[], None]) -> Workspace:
    extend(workspace, list(CONSTRUCTS))
    own_reference()
    return workspace


def test_all_constructs_together_are_run_explained_and_exported(extended: Workspace, call: Call) -> None:
    assert call("run", "baseline", "--region", "toytown", "--no-charts", "--out", "first", "-q")[0] == 0
    code, out, _ = call("model", "explain", "births per adult")
    assert code == 0
    assert '"whole | all of it"*' in out
    code, _, err = call("model", "export", "toytown", "--out", "toytown.mdl")
    assert code == 0, err
    assert ":MACRO: THE SAME(x)" in Path("toytown.mdl").read_text(encoding="utf-8")


@pytest.mark.slow
def test_all_constructs_together_are_drawn_and_run_by_themselves(extended: Workspace, call: Call) -> None:
    assert call("check")[0] == 0
    assert call("model", "diagram", "--sector", "Population", "--out", "pictures")[0] == 0  # where they are
    code, out, _ = call("model", "run", "models/urbsim.mdl", "--out", "tables", "--json")
    assert code == 0, out


@pytest.mark.slow
def test_all_constructs_together_are_tested(extended: Workspace, call: Call) -> None:
    words = [word for name in ("equations", "units", "documentation", "tables", "reality") for word in ("--test", name)]
    code, out, err = call("model", "check", "--region", "toytown", "--json", "-q", *words)
    assert all(row["passed"] for row in json.loads(out)), out + err
    assert code == 0
    assert call("model", "loops", "--region", "toytown", "--json")[0] in {0, 1}
    assert call("model", "effects", "--region", "toytown", "--json")[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["simlin", "pysd"])
def test_constructs_run_through_the_oracles(
    engine: str, workspace: Workspace, call: Call, own_reference: Callable[[], None]
) -> None:
    """pysimlin 0.8.5 takes a macro as a whole equation only, not inside an expression."""
    extend(workspace, [name for name in CONSTRUCTS if engine == "pysd" or name != "macro"])
    own_reference()
    words = ("run", "baseline", "--region", "toytown", "--horizon", "2021", "--no-charts", "--out", engine, "-q")
    code, _, err = call(*words, "--engine", engine)
    assert code == 0, err
