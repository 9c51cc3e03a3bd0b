"""How fast the compiled engine is, beside pysimlin, PySD and plain C, in one run on the same models.

Run it with ``python benchmarks/engine.py``; ``--quick`` only shows that everything works. See README.md for what each
figure means.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cases import CASES, Case
from machine import described
from report import table

from urbsim.engine.code import llvm, native
from urbsim.engine.code.graph import Node
from urbsim.engine.code.schedule import schedule
from urbsim.engine.compiler import CompiledEngine
from urbsim.engine.contract import Member
from urbsim.engine.export import patch
from urbsim.engine.oracles.pysd import PySDEngine
from urbsim.engine.run.compile import lowered

SIZES = (1, 64, 10_000, 100_000)
QUICK = (1, 64)
_ENOUGH = 2.0  # seconds after which a figure is not measured again
Found = dict[str, Any]


def best(act: Callable[[], object], repeats: int) -> float:
    """Return the shortest of a few times, in seconds."""
    times: list[float] = []
    while len(times) < repeats and (len(times) < 2 or sum(times) < _ENOUGH * len(times)):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return min(times)


def silent(_: int) -> None:
    """Take no note of progress."""


def ours(case: Case, sizes: tuple[int, ...], repeats: int) -> list[Found]:
    """Time whole calls of the engine: members in, arrays out."""
    rows = []
    for fast in (False, True):
        for threads in sorted({1, min(2, os.cpu_count() or 1)}):
            engine = CompiledEngine(fast=fast, threads=threads)
            for size in sizes:
                draws = case.draws(size)

                def run(engine: CompiledEngine = engine, draws: Any = draws) -> object:
                    return engine.run(case.model, [case.member], case.outputs, case.clock, silent, draws)

                if size == sizes[0]:
                    run()  # compiled and kept
                seconds = best(run, repeats)
                rows.append(
                    {"fast": fast, "threads": threads, "members": size, "seconds": seconds, "us": seconds / size * 1e6}
                )
    return rows


def simlin(case: Case, repeats: int) -> Found | None:
    """Time pysimlin with one simulation that is run again and again, outputs read each time."""
    try:
        import simlin as library  # noqa: PLC0415  optional
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "member.mdl"
        path.write_text(patch(case.model, case.member, case.clock), encoding="utf-8")
        with library.load(str(path)) as loaded, loaded.simulate(enable_ltm=False) as sim:
            sim.run_to_end()
            found = {name: np.array(sim.get_series(name)) for name in case.outputs}

            def again() -> None:
                sim.reset()
                sim.run_to_end()
                for name in case.outputs:
                    sim.get_series(name)

            seconds = best(again, repeats * 10)
    return {"us": seconds * 1e6, "difference": difference(one(case), found)}


def one(case: Case) -> dict[str, np.ndarray]:
    """Return the outputs of the member alone, by our engine."""
    found = CompiledEngine().run(case.model, [case.member], case.outputs, case.clock, silent)
    return {name: values[0] for name, values in found.values.items()}


def difference(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> float:
    """Return the largest difference of two results, relative to the largest value of each output."""
    return max(float(np.max(np.abs(a[n] - b[n])) / (np.max(np.abs(b[n])) or 1.0)) for n in a)


def pysd(case: Case) -> Found:
    """Time one run of PySD, with its translation of the text."""
    begun = time.perf_counter()
    found = PySDEngine().run(case.model, [case.member], case.outputs, case.clock, silent)
    seconds = time.perf_counter() - begun
    result = {name: values[0] for name, values in found.values.items()}
    return {"us": seconds * 1e6, "difference": difference(one(case), result)}


def plain_c(case: Case, repeats: int) -> Found | None:
    """Time the scalar graph as C, one member after the other on one core."""
    import scalar_c  # noqa: PLC0415  only with a compiler

    if shutil.which("cc") is None or case.member != Member():
        return None
    program = lowered(case.request(case.parse()))
    draws = case.draws(64)
    parameters = np.tile(program.defaults, (draws.count, 1))
    for slot in program.parameters:
        parameters[:, slot.start] = draws.values[slot.name]
    with tempfile.TemporaryDirectory() as folder:
        model = scalar_c.build(program, Path(folder))
        seconds = best(lambda: model.run(parameters, case.clock), repeats)
        out = model.run(parameters, case.clock)
    engine = CompiledEngine().run(case.model, [case.member], case.outputs, case.clock, silent, draws)
    found = {slot.name: out[:, :, slot.start] for slot in program.outputs}
    return {"us": seconds / draws.count * 1e6, "difference": difference(dict(engine.values), found)}


def stages(case: Case) -> Found:
    """Time the stages of a cold compilation."""
    times: Found = {}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        result = act()
        times[name] = time.perf_counter() - begun
        return result

    structure = timed("parse", case.parse)
    program = timed("lower", lambda: lowered(case.request(structure)))
    text, _ = timed("emit", lambda: llvm.module(program, native.processor()[2], fast=False))
    code = timed("compile", lambda: native.compile_object(text))
    timed("load", lambda: native.load_object(code))
    after = sum(seconds for name, seconds in times.items() if name != "parse")
    count = len({item for chunk in schedule(program).step for item in chunk if isinstance(item, Node)})
    return {**times, "after_parsing": after, "operations_a_step": count, "bytes_of_code": len(code)}


def child(name: str, case: Case, size: int) -> Found:
    """Measure something in a process of its own."""
    given = {"task": name, "case": case.name, "size": size}
    if name == "start":
        request = case.request(case.parse())
        given |= {"path": str(case.path), "outputs": request.outputs}
        given |= {"parameters": request.parameters, "inputs": request.inputs}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("child.py"))],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def start(case: Case, repeats: int) -> Found:
    """Time the start from the cache in fresh processes, after one that fills it."""
    runs = [child("start", case, 1) for _ in range(repeats + 1)][1:]
    return {key: min(run[key] for run in runs) for key in runs[0]}


def linearity(rows: list[Found]) -> float:
    """Return time per member of the largest ensemble over that of the one before, default mode, all threads."""
    chosen = [row for row in rows if not row["fast"] and row["threads"] == max(r["threads"] for r in rows)]
    return float(chosen[-1]["us"] / chosen[-2]["us"])


def measured(case: Case, *, quick: bool, with_pysd: bool) -> Found:
    """Return everything about one model."""
    sizes, repeats = (QUICK, 2) if quick else (SIZES, 5)
    rows = ours(case, sizes, repeats)
    return {
        "ours": rows,
        "simlin": simlin(case, repeats),
        "pysd": pysd(case) if with_pysd else None,
        "c": plain_c(case, repeats),
        "compile": stages(case),
        "start": start(case, repeats),
        "memory": child("memory", case, sizes[-1]),
        "linearity": linearity(rows),
    }


def main() -> None:
    """Measure, print a table, and write JSON where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows that everything works")
    parser.add_argument("--no-pysd", action="store_true", help="leave out PySD, which takes minutes")
    parser.add_argument("--case", choices=CASES, action="append", help="only this model")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - is standard output")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["URBSIM_CACHE"] = folder  # a cold start is cold
        found: Found = {"machine": described(), "cases": {}}
        for name in asked.case or CASES:
            case = CASES[name]()
            found["cases"][name] = measured(case, quick=asked.quick, with_pysd=not asked.no_pysd)
    if asked.json != "-":
        print(table(found))
    if asked.json:
        text = json.dumps(found, indent=1)
        print(text) if asked.json == "-" else Path(asked.json).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
