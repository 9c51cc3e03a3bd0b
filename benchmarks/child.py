"""What has to be measured in a process of its own: the start from the cache, and memory. Reads a task from stdin."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

BEGUN = time.perf_counter()


def start(given: dict[str, object]) -> dict[str, float]:
    """Time imports, and from the call until the compiled model could run."""
    from urbsim.engine.code import native  # noqa: PLC0415  what is timed
    from urbsim.engine.run.compile import Request, runner_of  # noqa: PLC0415
    from urbsim.language.parse import parse_model  # noqa: PLC0415

    imported = time.perf_counter()
    model = parse_model(Path(str(given["path"])))
    names = {key: tuple(given[key]) for key in ("outputs", "parameters", "inputs")}  # type: ignore[call-overload]
    runner_of(Request(model, **names))
    ready = time.perf_counter()
    native.processor()
    return {"imports": imported - BEGUN, "ready": ready - imported}


def peak_memory() -> int:
    """Return the most bytes that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux; what getrusage says there includes the process that began this one
        return 1024 * next(int(x.split()[1]) for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    import resource  # noqa: PLC0415  not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def memory(given: dict[str, object]) -> dict[str, float]:
    """Compare the peak of a large run with what it gives back."""
    from cases import CASES  # noqa: PLC0415

    from urbsim.engine.compiler import CompiledEngine  # noqa: PLC0415

    case = CASES[str(given["case"])]()
    engine = CompiledEngine()
    engine.run(case.model, [case.member], case.outputs, case.clock, lambda _: None, case.draws(1))
    draws = case.draws(int(str(given["size"])))
    before = peak_memory()
    found = engine.run(case.model, [case.member], case.outputs, case.clock, lambda _: None, draws)
    peak = peak_memory()
    result = sum(values.nbytes for values in found.values.values())
    return {"members": draws.count, "before": before, "peak": peak, "added": peak - before, "result": result}


if __name__ == "__main__":
    task = json.loads(sys.stdin.read())
    print(json.dumps({"start": start, "memory": memory}[task["task"]](task)))
