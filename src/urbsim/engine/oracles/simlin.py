"""The engine contract through pysimlin: milliseconds a run, wheels for Linux and macOS only."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from urbsim.engine.contract import Clock, Draws, Engine, Member, Progress, Trajectories, collect, expand
from urbsim.engine.oracles.member import before_jumps, columns, member_file
from urbsim.errors import EngineError
from urbsim.language.model import Model
from urbsim.language.vensim.writer import Plain


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

                def run(member: Member, clock: Clock) -> dict[str, np.ndarray]:
                    file = member_file(model, member, clock, outputs)
                    path.write_text(file.text, encoding="utf-8")
                    return self._one(path, file, model, outputs, clock)

                try:
                    runs.append(before_jumps(run, member, clock))
                except self._error as error:
                    runs.append(f"pysimlin: {str(error).splitlines()[0]}")
                progress(1)
        return collect(model, outputs, clock, runs)

    def _one(
        self, path: Path, file: Plain, model: Model, outputs: Sequence[str], clock: Clock
    ) -> dict[str, np.ndarray]:
        with self._load(str(path)) as simlin_model:
            frame = simlin_model.run(analyze_loops=False).results
        rows = [int(np.abs(frame.index.to_numpy() - time).argmin()) for time in clock.times]
        places = {re.sub(r"\s", "", str(name)): place for place, name in enumerate(frame.columns)}
        table = frame.to_numpy(dtype=float)[rows]
        own_places = {name: [places[column] for column in columns(model, file, name)] for name in outputs}
        return {name: table[:, own].reshape(-1, *model.shape(name)) for name, own in own_places.items()}


def make() -> Engine:
    """Return the engine, or raise EngineError where pysimlin is not installed."""
    return SimlinEngine()
