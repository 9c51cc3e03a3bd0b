"""Compiled models on disk: what is sound is used, everything else is built anew."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from urbsim.engine.code import native
from urbsim.engine.contract import Clock, Member
from urbsim.engine.oracles.choose import choose
from urbsim.engine.run import cache
from urbsim.language.model import Model
from urbsim.language.vensim.reader import read

SOURCE = (
    "{UTF-8}\nx = INTEG(a*x, 1) ~~|\na = 0.5 ~~|\n"
    "FINAL TIME = 2 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("URBSIM_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def run(model: Model) -> np.ndarray:
    result = choose().run(model, [Member({"a": np.array(0.5)})], ["x"], Clock(0, 2, 1), lambda _: None)
    return result.values["x"][0]


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often code is generated."""
    counted: list[int] = []
    build = native.compile_object
    monkeypatch.setattr(native, "compile_object", lambda text: counted.append(1) or build(text))
    return counted


def test_the_second_start_builds_nothing(place: Path, builds: list[int]) -> None:
    model = read(SOURCE)
    np.testing.assert_array_equal(run(model), [1, 1.5, 2.25])
    np.testing.assert_array_equal(run(model), [1, 1.5, 2.25])
    assert len(builds) == 1
    assert len(list(place.glob("*.bin"))) == 1


def test_another_model_has_another_entry(place: Path, builds: list[int]) -> None:
    run(read(SOURCE))
    np.testing.assert_array_equal(run(read(SOURCE.replace("a*x", "2*a*x"))), [1, 2, 4])
    assert len(builds) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content[:-20] + bytes(20),
        lambda content: b"\0" * len(content),
        lambda content: content[:64] + b"{}\n" + content[64:],
    ],
    ids=["cut", "empty", "altered", "zeros", "other"],
)
def test_a_corrupt_entry_is_built_anew(place: Path, builds: list[int], damage) -> None:
    model = read(SOURCE)
    run(model)
    [entry] = place.glob("*.bin")
    sound = entry.read_bytes()
    entry.write_bytes(damage(sound))
    np.testing.assert_array_equal(run(model), [1, 1.5, 2.25])
    assert len(builds) == 2
    assert entry.read_bytes() == sound


def test_an_entry_under_another_name_is_not_used(place: Path, builds: list[int]) -> None:
    """As after copying a cache, or a change of processor or engine."""
    run(read(SOURCE))
    [entry] = place.glob("*.bin")
    other = read(SOURCE.replace("a*x", "3*a*x"))
    run(other)
    [second] = [path for path in place.glob("*.bin") if path != entry]
    second.write_bytes(entry.read_bytes())
    np.testing.assert_array_equal(run(other), [1, 2.5, 6.25])
    assert len(builds) == 3


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("URBSIM_CACHE", str(blocked / "kept"))
    np.testing.assert_array_equal(run(read(SOURCE)), [1, 1.5, 2.25])


def test_old_entries_go(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_KEPT", 2)
    for number in range(4):
        cache.write(cache.key(number), {"n": number}, b"code")
        path = place / f"{cache.key(number)}.bin"
        if path.exists():
            os.utime(path, (number, number))
    kept = [number for number in range(4) if cache.read(cache.key(number)) is not None]
    assert kept == [2, 3]


def test_what_shapes_the_code_is_in_the_key() -> None:
    assert cache.key([1]) != cache.key([2])
    assert len(cache.version()) == 64
