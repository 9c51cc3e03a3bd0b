"""The figures as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def table(found: dict[str, Any]) -> str:
    """Return all figures as text."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        f"{machine['processor']} ({machine['target']}), {machine['cores']} cores, {machine['lanes']} lanes",
        f"{machine['system']}, Python {machine['python']}, {versions}, {machine['compiler']}",
    ]
    for name, case in found["cases"].items():
        lines += [
            "",
            f"== {name}: {case['compile']['operations_a_step']} operations a step",
            *_runs(case),
            *_rest(case),
        ]
    return "\n".join(lines)


def _runs(case: dict[str, Any]) -> Iterator[str]:
    others = {key: case[key] for key in ("simlin", "pysd", "c") if case[key]}
    titles = {"simlin": "pysimlin", "pysd": "PySD", "c": "C -O2"}
    yield f"{'engine':<34}{'us a run':>14}" + "".join(f"{'x ' + titles[key]:>12}" for key in others)
    for key, other in others.items():
        yield f"{titles[key]:<34}{other['us']:>14,.1f}" + f"   largest difference from ours {other['difference']:.1e}"
    for row in case["ours"]:
        label = f"ours{' fast' if row['fast'] else ''}, {row['members']:,} members, threads: {row['threads']}"
        ratios = "".join(f"{other['us'] / row['us']:>12,.1f}" for other in others.values())
        yield f"{label:<34}{row['us']:>14,.2f}{ratios}"


def _rest(case: dict[str, Any]) -> Iterator[str]:
    stages, start, memory = case["compile"], case["start"], case["memory"]
    told = ", ".join(f"{name} {stages[name]:.2f} s" for name in ("parse", "lower", "emit", "compile", "load"))
    yield f"cold: {told}; after parsing {stages['after_parsing']:.2f} s; {stages['bytes_of_code'] / 1e3:.0f} kB of code"
    yield f"from the cache: ready after {start['ready']:.3f} s; imports before that {start['imports']:.2f} s"
    added, result = memory["added"] / 1e6, memory["result"] / 1e6
    yield f"memory of {memory['members']:,} members: {added:.0f} MB added at the peak, of which result {result:.0f} MB"
    yield f"time per member, largest ensemble over the one before: {case['linearity']:.2f}"
