"""The engine contract through pysimlin: milliseconds a run, wheels for Linux and macOS only."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from urbsim.engine.contract import Clock, Draws, Engine, Member, Progress, Trajectories, collect, expand
from urbsim.engine.oracles.text import patch
from urbsim.errors import EngineError
from urbsim.language.model import Model
from urbsim.names import identifier


class SimlinEngine:
    """Runs members one by one through pysimlin."""

    name = "simlin"

    def __init__(self) -> None:
        try:
            import simlin  # noqa: PLC0415  optional
        except ImportError as error:
            raise EngineError(
                "pysimlin is not installed; install urbsim[simlin] (Linux and macOS) or use --engine pysd"
            ) from error
        self._load = simlin.load
        self._error = simlin.SimlinError

    def run(
        self,
        model: Model,
        members: Sequence[Member],
        outputs: Sequence[str],
        clock: Clock,
        progress: Progress,
        draws: Draws | None = None,
    ) -> Trajectories:
        """Run every member; see :class:`urbsim.engine.contract.Engine`."""
        runs: list[Mapping[str, np.ndarray] | str] = []
        with tempfile.TemporaryDirectory(prefix="urbsim-") as folder:
            path = Path(folder) / "member.mdl"
            for member in expand(members, draws):
                path.write_text(patch(model, member, clock), encoding="utf-8")
                try:
                    runs.append(self._one(path, model, outputs, clock))
                except self._error as error:
                    runs.append(f"pysimlin: {str(error).splitlines()[0]}")
                progress(1)
        return collect(model, outputs, clock, runs)

    def _one(self, path: Path, model: Model, outputs: Sequence[str], clock: Clock) -> dict[str, np.ndarray]:
        with self._load(str(path)) as loaded:
            frame = loaded.run(analyze_loops=False).results
        rows = [int(np.abs(frame.index.to_numpy() - time).argmin()) for time in clock.times]
        columns = {re.sub(r"\s", "", str(name)): number for number, name in enumerate(frame.columns)}
        table = frame.to_numpy(dtype=float)[rows]
        return {name: table[:, _columns(model, name, columns)].reshape(-1, *model.shape(name)) for name in outputs}


def _columns(model: Model, name: str, columns: Mapping[str, int]) -> list[int]:
    """Return the columns of a variable's elements in row-major order."""
    elements = product(*(model.elements[dim] for dim in model.dims(name)))
    keys = [f"{identifier(name)}[{','.join(parts)}]" if parts else identifier(name) for parts in elements]
    return [columns[key] for key in keys]


def make() -> Engine:
    """Return the engine, or raise EngineError where pysimlin is not installed."""
    return SimlinEngine()
