"""The engine contract through PySD: always there, tens of seconds a run, and an oracle for the other engines.

PySD translates a model to Python and imports it. Only text that :mod:`urbsim.engine.export` wrote from numbers
and the model's own file reaches it; the translation lives in a temporary folder and goes with it.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from urbsim.engine.contract import Clock, Draws, Engine, Member, Progress, Trajectories, collect, expand, ramped
from urbsim.engine.oracles.member import before_jumps, columns, member_file
from urbsim.language.model import Model
from urbsim.language.vensim.writer import Plain
from urbsim.names import identifier


class PySDEngine:
    """Translates and runs members one by one through PySD."""

    name = "pysd"

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
        for member in expand(members, draws):
            file = member_file(model, Member(member.constants), clock, [*outputs, *member.series])
            try:
                runs.append(_one(file, member, model, outputs, clock))
            except (ArithmeticError, ValueError, KeyError, NotImplementedError) as error:
                runs.append(f"PySD: {error}")
            progress(1)
        return collect(model, outputs, clock, runs)


def _one(file: Plain, member: Member, model: Model, outputs: Sequence[str], clock: Clock) -> Mapping[str, np.ndarray]:
    """Translate a member once, and run it.

    Constants over time go in as pandas series: a lookup of time in the text gives PySD an array without dimensions,
    which some of its subscripted expressions refuse.
    """
    import pandas as pd  # noqa: PLC0415  heavy
    import pysd  # noqa: PLC0415  two seconds that other engines do not need

    with tempfile.TemporaryDirectory(prefix="urbsim-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySD passes on warnings of pandas and chardet
        path = Path(folder) / "member.mdl"
        path.write_text(file.text, encoding="utf-8")
        with np.printoptions(precision=17):  # PySD prints lists of numbers into its code, by default with 8 digits
            pysd_model = pysd.read_vensim(str(path))
        names = [file.variables[identifier(name)] for name in outputs]

        def run(member: Member, clock: Clock) -> dict[str, np.ndarray]:
            paths = {
                file.variables[identifier(name)]: pd.Series(dict(ramped(points, clock.step)))
                for name, points in member.series.items()
            }
            frame = pysd_model.run(params=paths, return_columns=names, final_time=clock.stop)
            rows = [int(np.abs(frame.index.to_numpy() - time).argmin()) for time in clock.times]
            return {n: _values(frame, columns(model, file, n), rows).reshape(-1, *model.shape(n)) for n in outputs}

        return before_jumps(run, member, clock)


def _values(frame: Any, names: list[str], rows: list[int]) -> np.ndarray:
    places = {str(column).replace(" ", ""): place for place, column in enumerate(frame.columns)}
    table: np.ndarray = frame.to_numpy(dtype=float)[rows][:, [places[name] for name in names]]
    return table


def make() -> Engine:
    """Return the engine."""
    return PySDEngine()
