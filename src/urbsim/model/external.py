"""Numbers that a model takes from files (GET XLS ..., GET DIRECT ...), read once, with PySD's readers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from urbsim.model import ir


def read(
    node: Any, left: tuple[str, ...], ranges: Mapping[str, tuple[str, ...]], folder: Path, name: str, method: str
) -> ir.External:
    """Return the numbers of one definition: for each element of its left side one number, or one per point.

    Raises
    ------
    OSError, ValueError, KeyError
        Where the file or the cells cannot be read.
    """
    from pysd.py_backend import external  # noqa: PLC0415  heavy

    dims = {f"{position}": list(ranges.get(sub, (sub,))) for position, sub in enumerate(left)}
    kind = type(node).__name__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "GetConstantsStructure":
            reader: Any = external.ExtConstant(node.file, node.tab, node.cell, dims, folder, dims, name)
        elif kind == "GetLookupsStructure":
            reader = external.ExtLookup(node.file, node.tab, node.x_row_or_col, node.cell, dims, folder, dims, name)
        else:
            reader = external.ExtData(
                node.file, node.tab, node.time_row_or_col, node.cell, method, dims, folder, dims, name
            )
        reader.initialize()
    elements = tuple(product(*dims.values()))
    if kind == "GetConstantsStructure":
        flat = np.asarray(getattr(reader.data, "values", reader.data), dtype=float).reshape(-1)
        return ir.External("constants", tuple((e, (float(v),)) for e, v in zip(elements, flat, strict=True)))
    along = "lookup_dim" if kind == "GetLookupsStructure" else "time"
    x = tuple(float(v) for v in reader.data[along].values)
    table = reader.data.transpose(along, ...).values.reshape(len(x), -1)
    values = tuple((e, tuple(float(v) for v in table[:, i])) for i, e in enumerate(elements))
    return ir.External("lookups" if along == "lookup_dim" else "data", values, x, method)


def elements(given: Mapping[str, str], folder: Path) -> list[str]:
    """Return the elements of a subscript range that a file holds."""
    from pysd.py_backend.external import ExtSubscript  # noqa: PLC0415  heavy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = ExtSubscript(
            given["file"], given["tab"], given["firstcell"], given["lastcell"], given["prefix"], folder
        )
    return [str(name) for name in found.subscript]
