"""Numbers that a model takes from files (GET XLS ..., GET DIRECT ...), read once, with PySD's readers."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from urbsim.language import ir
from urbsim.language.catalogue import FUNCTIONS
from urbsim.language.position import EquationError

_NAME = re.compile(r"get[\s_]+(xls|direct)[\s_]+(constants|data|lookups)", re.IGNORECASE)
_CONTENTS: dict[str, ir.Contents] = {"constants": "constants", "data": "data", "lookups": "lookups"}
_HINT = "the file must lie beside the model, and the cells must hold numbers"


def named(text: str) -> bool:
    """Tell whether a text begins with the name of a function that reads a file."""
    return _NAME.match(text) is not None


def forget() -> None:
    """Forget the files that were read before: PySD goes on giving what it saw once."""
    reader: Any = sys.modules.get("pysd.py_backend.external")
    if reader is not None:
        reader.Excels.clean()


def read(
    function: str,
    texts: Sequence[str],
    axes: Sequence[tuple[str, ...]],
    folder: Path,
    name: str,
    method: ir.Interpolation,
) -> ir.External:
    """Return the numbers of one definition: for each element of its left side one number, or one per point.

    Parameters
    ----------
    function, texts
        The function, and its arguments: file, sheet and cells.
    axes
        The elements along each subscript of the left side.
    folder
        Where the file lies.
    name
        The variable, for messages.
    method
        How data are read between their points.

    Raises
    ------
    EquationError
        Where the file or the cells cannot be read.
    """
    row = FUNCTIONS[function]
    if len(texts) != row.least:
        raise EquationError("argument-count", f"{row.title} cannot take {len(texts)} arguments")
    try:
        return _read(_CONTENTS[function.rpartition("_")[2]], texts, axes, folder, name, method)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise EquationError(
            "unreadable", f"{name}: its data cannot be read: {' '.join(str(error).split())}", _HINT
        ) from error


def _read(
    kind: ir.Contents,
    texts: Sequence[str],
    axes: Sequence[tuple[str, ...]],
    folder: Path,
    name: str,
    method: ir.Interpolation,
) -> ir.External:
    from pysd.py_backend import external  # noqa: PLC0415  heavy

    dims = {f"{position}": list(axis) for position, axis in enumerate(axes)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "constants":
            reader: Any = external.ExtConstant(*texts, dims, folder, dims, name)
        elif kind == "lookups":
            reader = external.ExtLookup(*texts, dims, folder, dims, name)
        else:
            reader = external.ExtData(*texts, method, dims, folder, dims, name)
        reader.initialize()
    elements = tuple(product(*dims.values()))
    if kind == "constants":
        flat = np.asarray(getattr(reader.data, "values", reader.data), dtype=float).reshape(-1)
        return ir.External("constants", tuple((e, (float(v),)) for e, v in zip(elements, flat, strict=True)))
    along = "lookup_dim" if kind == "lookups" else "time"
    x = tuple(float(v) for v in reader.data[along].values)
    table = reader.data.transpose(along, ...).values.reshape(len(x), -1)
    values = tuple((e, tuple(float(v) for v in table[:, i])) for i, e in enumerate(elements))
    return ir.External(kind, values, x, method)


def elements(texts: Sequence[str], folder: Path) -> list[str]:
    """Return the elements of a subscript range that a file holds.

    Raises
    ------
    EquationError
        Where the file or the cells cannot be read.
    """
    from pysd.py_backend.external import ExtSubscript  # noqa: PLC0415  heavy

    if len(texts) not in {4, 5}:
        raise EquationError("argument-count", f"GET DIRECT SUBSCRIPT takes 5 texts in single quotes, not {len(texts)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            subscript = ExtSubscript(*texts[:4], texts[4] if len(texts) == 5 else "", folder)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise EquationError(
            "unreadable", f"the elements cannot be read: {' '.join(str(error).split())}", _HINT
        ) from error
    return [str(name) for name in subscript.subscript]
