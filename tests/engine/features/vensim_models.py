"""Small Vensim models as text: run, or compared with PySD and pysimlin as oracles."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

import urbsim
from urbsim.errors import InputError


def clock(start: object = 0, stop: object = 4, step: object = 1, save: object = "TIME STEP") -> str:
    return (
        f"INITIAL TIME = {start} ~ Year ~ Start. |\nFINAL TIME = {stop} ~ Year ~ End. |\n"
        f"TIME STEP = {step} ~ Year [0,?] ~ Step. |\nSAVEPER = {save} ~ Year [0,?] ~ Rows. |\n"
    )


def write(text: str, folder: Path, **times: object) -> Path:
    path = folder / "model.mdl"
    path.write_text("{UTF-8}\n" + text + "\n" + clock(**times), encoding="utf-8")
    return path


def run(text: str, folder: Path | None = None, seed: int = 0, **times: object) -> dict[str, np.ndarray]:
    """Run equations and return (time, *subscripts) by identifier."""
    with tempfile.TemporaryDirectory() as temporary:
        data = urbsim.load_model(write(text, folder or Path(temporary), **times)).run(seed=seed)
    return {str(name): values.values for name, values in data.items()}


def first(text: str, folder: Path | None = None) -> dict[str, object]:
    """Return the values at the start, as numbers and lists."""
    return {name: values[0].tolist() for name, values in run(text, folder, stop=0).items()}


def problem(text: str, folder: Path | None = None, **times: object) -> str:
    """Return what is said about a model that cannot run."""
    with pytest.raises(InputError) as caught:
        run(text, folder, **times)
    return str(caught.value)


def like_pysd(text: str, folder: Path, tolerance: float = 1e-9, **times: object) -> None:
    """Compare every column with PySD."""
    import pysd  # noqa: PLC0415  heavy

    path = write(text, folder, **times)
    model = urbsim.load_model(path)
    ours = model.run()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pysd.read_vensim(str(path)).run()
    np.testing.assert_allclose(ours["time"], theirs.index)
    for name, values in ours.items():
        spelled = model.structure.variables[[v.name for v in model.structure.variables].index(str(name))].spelled
        columns = [c for c in theirs.columns if c == spelled or c.startswith(f"{spelled}[")]
        flat = values.values.reshape(len(theirs), -1)
        flat = flat[:, ~np.isnan(flat).all(axis=0)]
        np.testing.assert_allclose(flat, theirs[columns], rtol=tolerance, atol=1e-9, err_msg=str(name))
