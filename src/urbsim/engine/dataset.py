"""Results of any model as a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import xarray as xr

from urbsim.engine.code.program import Slot
from urbsim.engine.run.runner import Result
from urbsim.language.model import Model


def dataset(model: Model, slots: Sequence[Slot], result: Result, *, ensemble: bool) -> xr.Dataset:
    """Return results with dims ([member,] time, *subscripts).

    Parameters
    ----------
    model
        For units, spellings and comments.
    slots
        Which variables, with the elements of their subscripts.
    result
        Values by identifier, (member, time, *subscripts).
    ensemble
        Whether there is a member axis; without it there is one member.
    """
    variables = {}
    coords: dict[str, object] = {"time": ("time", result.times)}
    names = {*model.by_name, "time", "member"}
    for slot in slots:
        variable = model.by_name[slot.name]
        dims = list(_unlike(slot.dims, names))
        coords.update({dim: (dim, list(axis)) for dim, axis in zip(dims, slot.axes, strict=True)})
        values = result.values[slot.name]
        attributes = {"units": variable.unit, "long_name": variable.spelled, "comment": variable.comment}
        lead = ("member", "time") if ensemble else ("time",)
        variables[slot.name] = ((*lead, *dims), values if ensemble else values[0], attributes)
    variables.pop("time", None)
    failures = [f"member {m}: {name} from {time:g} on" for m, (name, time) in result.broken.items()]
    return xr.Dataset(
        variables, coords=coords, attrs={"model": model.label, "broken": failures, "notes": list(model.notes)}
    )


def _unlike(dims: Sequence[str], names: set[str]) -> Iterator[str]:
    """Give dims names that no variable has, each once."""
    names_so_far: set[str] = set()
    for dim in dims:
        name = dim
        while name in names or name in names_so_far:
            name += "_"
        names_so_far.add(name)
        yield name
