"""The counter of participles: what counts as a name, and what as a participle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import participles

SOURCE = """
class Told:
    known: int
    rows: int

    def read(self, left, right, *, given=1):
        self.kept = left
        for one in right:
            found, values = one
        return [used for used in values] + [lambda made: made]


def choose(left, values_found, seed):
    with left as opened:
        bound = red = opened
    return bound
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stored.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["found", "_told", "used", "rewritten"])
def test_participles(name: str) -> None:
    assert participles.is_participle(name)


@pytest.mark.parametrize("name", ["seed", "values_found", "read", "bound", "table", "found_values", "Used"])
def test_nouns(name: str) -> None:
    assert not participles.is_participle(name)


def test_names_of_functions_count_once_each(folder: Path) -> None:
    counts = participles.count(folder)
    names = counts["arguments and locals"]
    assert dict(names.participles) == {"given": 1, "found": 1, "used": 1, "made": 1, "left": 1, "opened": 1}
    assert (names.names, names.pronouns) == (7 + 1 + 6, 1)
    assert dict(counts["attributes"].participles) == {"known": 1, "kept": 1}
    assert dict(counts["classes"].participles) == {"told": 1}
    assert dict(counts["modules"].participles) == {"stored": 1}


def test_classes_are_nouns() -> None:
    assert not participles.count(Path(__file__).parents[1] / "src" / "urbsim")["classes"].participles


def test_a_share_above_the_limit_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert participles.main([str(folder), "--limit", "50"]) == 0
    assert participles.main([str(folder), "--limit", "40"]) == 1
    assert capsys.readouterr().err == "42.86 % are participles; the limit is 40 %\n"


def test_places_name_file_line_and_function(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    participles.main([str(folder), "--places"])
    assert "stored.py:13: choose: opened" in capsys.readouterr().out
