"""Laws of ensembles: a member's bits depend on its values alone."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from urbsim import Model, load_model
from urbsim.engine.code import native
from urbsim.engine.contract import Clock, Member
from urbsim.engine.oracles.choose import choose
from urbsim.engine.run import runner as running
from urbsim.language.vensim.reader import read

COUNTY = """{UTF-8}
status: rural, town ~~|
People[rural] = INTEG(births[rural] - moves, 800) ~~|
People[town] = INTEG(births[town] + moves, 200) ~~|
births[status] = People[status] * rate * crowding(People[town]/capacity) ~~|
moves = SMOOTH3(pull, delay) * People[rural] + DELAY FIXED(late * Time, delay, 0) ~~|
pull = MAX(0, MIN(0.2, strength * (1 - (People[town]/capacity)^1.7))) + 0.001 * EXP(-Time / delay) ~~|
crowding((0,1.5),(0.5,1),(1,0.6),(3,0)) ~~|
rate = 0.01 ~~|
strength = 0.08 ~~|
capacity = 900 ~~|
delay = 2 ~~|
late = 0.01 ~~|
FINAL TIME = 20 ~~|
INITIAL TIME = 0 ~~|
TIME STEP = 0.125 ~~|
SAVEPER = 4 ~~|
"""
BASE = {"rate": 0.01, "strength": 0.08, "capacity": 900.0, "delay": 2.0, "late": 0.01}
RANGES = {
    "rate": (0.0, 0.03),
    "strength": (0.0, 0.2),
    "capacity": (300.0, 2000.0),
    "delay": (0.5, 6.0),
    "late": (0, 0.1),
}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("county") / "county.mdl"
    path.write_text(COUNTY, encoding="utf-8")
    return load_model(path)


def ensemble(count: int, seed: int = 0) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    return {name: draw.uniform(low, high, count) for name, (low, high) in RANGES.items()}


def people(model: Model, values: dict[str, np.ndarray], **options: object) -> np.ndarray:
    return np.asarray(model.run(values, ["People"], **options)["people"].values)


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
@pytest.mark.parametrize("fast", [False, True])
def test_a_row_is_the_single_run(county: Model, count: int, fast: bool) -> None:
    values = ensemble(count)
    together = people(county, values, fast=fast)
    for i in {0, 1, count // 2, count - 1} & set(range(count)):
        alone = people(county, {name: column[i] for name, column in values.items()}, fast=fast)
        np.testing.assert_array_equal(together[i], alone)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), count=st.integers(1, 40), threads=st.integers(1, 4))
def test_order_and_threads_change_nothing(county: Model, data: st.DataObject, count: int, threads: int) -> None:
    values = {
        name: data.draw(arrays(float, count, elements=st.floats(low, high))) for name, (low, high) in RANGES.items()
    }
    order = np.array(data.draw(st.permutations(range(count))))
    plain = people(county, values, threads=1)
    mixed = people(county, {name: column[order] for name, column in values.items()}, threads=threads)
    np.testing.assert_array_equal(mixed, plain[order])


@pytest.mark.parametrize("size", [1, 3000, 20_000])
def test_the_size_of_blocks_changes_nothing(county: Model, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    values = ensemble(61)
    plain = people(county, values)
    monkeypatch.setattr(running, "_BLOCK", size)
    np.testing.assert_array_equal(people(county, values, threads=3), plain)


@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_the_width_of_vectors_changes_nothing(county: Model, monkeypatch: pytest.MonkeyPatch, lanes: int) -> None:
    """As on processors with narrower vectors than this one's."""
    values = ensemble(21)
    plain = people(county, values)
    name, features, _ = native.processor()
    monkeypatch.setattr(native, "processor", lambda: (name, features, lanes))
    np.testing.assert_array_equal(people(county, values), plain)


def test_a_run_leaves_no_trace(county: Model) -> None:
    first, other = ensemble(9, 1), ensemble(9, 2)
    before = people(county, first)
    people(county, other)
    np.testing.assert_array_equal(people(county, first), before)


def test_a_member_that_breaks_changes_no_other_and_is_named(county: Model) -> None:
    values = ensemble(20)
    plain = people(county, values)
    values["delay"][7] = 1e-300  # rates beyond the largest number
    data = county.run(values, ["People"])
    kept = [i for i in range(20) if i != 7]
    np.testing.assert_array_equal(data["people"].values[kept], plain[kept])
    assert not np.isfinite(data["people"].values[7]).all()
    assert data.attrs["broken"] == ["member 7: people from 4 on"]


def test_the_engine_traces_a_failure_to_its_first_variable_and_step() -> None:
    source = COUNTY.replace("rate = 0.01", "rate = 0.01 / gap ~~|\ngap = MAX(0, limit - Time) ~~|\nlimit = 99")
    clock = Clock(0, 20, 0.125, 4)
    members = [Member(), Member({"limit": np.array(6.5)})]
    result = choose().run(read(source), members, ["people"], clock, lambda _: None)
    assert result.failed == {1: "rate is not a finite number from 6.5 on"}


def test_halving_the_step_halves_the_error(tmp_path: Path) -> None:
    path = tmp_path / "decay.mdl"
    path.write_text(
        "{UTF-8}\nx = INTEG(-x/tau, 1) ~~|\ntau = 3 ~~|\nFINAL TIME = 6 ~~|\nINITIAL TIME = 0 ~~|\n"
        "TIME STEP = 0.125 ~~|\nSAVEPER = 6 ~~|\n",
        encoding="utf-8",
    )
    model = load_model(path)
    errors = [
        abs(float(model.run({"TIME STEP": 2.0**-k, "SAVEPER": 6}, ["x"])["x"][-1]) - np.exp(-2)) for k in range(4, 9)
    ]
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    np.testing.assert_allclose(ratios, 2, rtol=0.02)


def test_random_numbers_depend_on_seed_and_member_alone(tmp_path: Path) -> None:
    path = tmp_path / "noise.mdl"
    path.write_text(
        "{UTF-8}\nx = INTEG(RANDOM NORMAL(-4, 4, 0, 1, 7)*a, 0) ~~|\na = 1 ~~|\nFINAL TIME = 50 ~~|\n"
        "INITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 10 ~~|\n",
        encoding="utf-8",
    )
    model = load_model(path)
    many = model.run({"a": np.ones(300)}, ["x"], seed=5, threads=2)["x"].values
    few = model.run({"a": np.ones(11)}, ["x"], seed=5, threads=1)["x"].values
    np.testing.assert_array_equal(many[:11], few)
    assert len(np.unique(many[:, -1])) == 300
    assert not np.array_equal(model.run({"a": np.ones(11)}, ["x"], seed=6)["x"].values, few)
    assert abs(many[:, -1].std() / np.sqrt(50) - 1) < 0.15


@pytest.mark.slow
def test_hash_seeds_change_no_byte(tmp_path: Path, shipped: object) -> None:
    """Compiled anew in two processes with different hash seeds: code and results are the same."""
    model = Path(__file__).parents[2] / "models" / "urbsim.mdl"
    code = (
        "import hashlib, sys, numpy as np\n"
        "from urbsim import load_model\n"
        "data = load_model(sys.argv[1]).run({'FINAL TIME': 2022})\n"
        "digest = hashlib.sha256(b''.join(np.ascontiguousarray(v.values).tobytes() for v in data.data_vars.values()))\n"
        "print(digest.hexdigest())"
    )
    found = set()
    for seed in ("1", "2"):
        place = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed, "URBSIM_CACHE": str(place)}
        done = subprocess.run(
            [sys.executable, "-c", code, str(model)], env=environment, capture_output=True, text=True, check=True
        )
        [entry] = place.glob("*.bin")
        found.add((done.stdout, entry.name, hashlib.sha256(entry.read_bytes()).hexdigest()))
    assert len(found) == 1
