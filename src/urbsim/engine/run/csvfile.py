"""Results of any model as a table: one row per saved time, one column per element, named as Vensim names it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import xarray as xr

from urbsim.engine.load import LoadedModel
from urbsim.files import whole_file, write_rows
from urbsim.language.subscripts import Subscripts, layout
from urbsim.names import element


def write_csv(path: Path, model: LoadedModel, data: xr.Dataset) -> None:
    """Write a dataset without members; numbers read back as the same doubles."""
    structure = model.structure
    subscripts = Subscripts(structure.ranges)
    columns: list[tuple[str, list[float]]] = [("Time", data.variables["time"].values.tolist())]
    for variable in structure.variables:
        if variable.name not in data:
            continue
        cells = layout(variable, subscripts)
        values = data.variables[variable.name].values.reshape(data.sizes["time"], -1)
        for position, elements in enumerate(product(*cells.axes)):
            if elements in cells.cells:
                spellings = tuple(structure.spelled.get(e, e) for e in elements)
                columns.append((element(variable.spelled, spellings), values[:, position].tolist()))
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, [[name for name, _ in columns]])
        write_rows(file, zip(*(values for _, values in columns), strict=True))
