"""outputs/<batch>/: what a batch holds, and how it is read back.

A batch is made in a hidden folder beside its place (:mod:`urbsim.experiment.storage.unfinished`) and renamed when
everything is on the disk. Its id is a hash of everything that went in; the same inputs give the same id and the same
bytes, so nothing here holds a date or a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from urbsim.errors import InputError, Place, Problem, command_line, nearest
from urbsim.experiment.manifest import Failure, Manifest, damaged, read_manifest
from urbsim.files import to_csv, whole_file, write_records, write_text

if TYPE_CHECKING:
    import xarray as xr

NAME = re.compile(r"\w([\w .+-]*[\w+-])?")  # no path, nothing hidden, nothing that Windows cannot write
LONGEST = 150  # bytes: a file system takes 255, and the folder of an unfinished batch has more in its name
DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)  # of HDF5 and what reads it


@dataclass(frozen=True)
class StoredBatch:
    """A stored batch; ``is_new`` where it was computed just now, not before."""

    name: str
    path: Path
    manifest: Manifest
    is_new: bool = False

    def data(self, regions: Sequence[str] | None = None) -> xr.Dataset:
        """Return results.nc, loaded into memory: all of it, or some regions."""
        with self.opened() as data:
            part = data if regions is None else data.sel(region=list(regions))
            try:
                return part.load()
            except DAMAGE as error:
                raise damaged(self.name, "results.nc") from error

    def opened(self) -> xr.Dataset:
        """Return results.nc, to be closed; what is taken from it is read then, and not remembered.

        Raises
        ------
        InputError
            Where the file is gone or damaged.
        """
        import h5py  # noqa: PLC0415
        import xarray as xr  # noqa: PLC0415  a second and a half

        path = self.path / "results.nc"
        try:
            with h5py.File(path) as file:  # of a damaged file h5netcdf also prints a traceback of its own
                list(file)
            return xr.open_dataset(path, engine="h5netcdf", cache=False)
        except DAMAGE as error:
            raise damaged(self.name, "results.nc") from error


def check_name(name: str) -> None:
    """Refuse a word that is not the name of a folder in outputs/.

    Raises
    ------
    InputError
        With what a name may hold.
    """
    if not NAME.fullmatch(name) or len(name.encode()) > LONGEST:
        hint = f"a name holds letters, digits, spaces and . + - _ and has {LONGEST} bytes or fewer, as in --out first"
        raise command_line("option-value", f"--out {name!r} is no name for a batch", hint)


def names(folder: Path) -> list[str]:
    """Return the names of stored batches."""
    return sorted(path.parent.name for path in folder.glob("*/manifest.json"))


def is_there(folder: Path, name: str, batch: str) -> bool:
    """Tell whether a batch of this name is there, whole and made of the same inputs.

    Raises
    ------
    InputError
        Where there is one whose manifest is damaged.
    """
    return name in names(folder) and open_batch(folder, name).manifest.id == batch


def newest(folder: Path) -> str:
    """Return the name of the batch that was written last.

    Raises
    ------
    InputError
        Where there is none.
    """
    batches = names(folder)
    if not batches:
        raise InputError(
            Problem("nothing-there", Place("command line"), "no batch in outputs/", "run `urbsim run` first")
        )
    return max(batches, key=lambda name: (folder / name / "manifest.json").stat().st_mtime_ns)


def open_batch(folder: Path, name: str) -> StoredBatch:
    """Return a stored batch by name.

    Raises
    ------
    InputError
        Where there is none of that name, or its manifest is damaged or of another version of urbsim.
    """
    batches = names(folder)
    if name not in batches:
        raise command_line(
            "unknown-name",
            f"no batch {name!r} in outputs/",
            nearest(name, batches) if batches else "run `urbsim run` first",
        )
    path = folder / name
    try:
        text = (path / "manifest.json").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise damaged(name, "manifest.json") from error
    return StoredBatch(name, path, read_manifest(text, name))


def write_manifest(part: Path, manifest: Manifest) -> None:
    """Write manifest.json."""
    write_text(part / "manifest.json", manifest.text())


def write_indicators(part: Path, values: Mapping[str, xr.DataArray]) -> None:
    """Write indicators.csv: region, scenario, indicator, year, value, unit; with draws, quantiles beside the median."""
    with whole_file(part / "indicators.csv") as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        write_records(file, indicator_rows(values))


def write_failed(part: Path, failures: Sequence[Failure]) -> None:
    """Write failed.csv: region, scenario, draw, reason of each member that failed."""
    write_text(part / "failed.csv", to_csv([failure.model_dump() for failure in failures], list(Failure.model_fields)))


def indicator_rows(values: Mapping[str, xr.DataArray]) -> Iterator[dict[str, Any]]:
    """Give one row per region, scenario, indicator and year that has a value.

    Values with a dim ``quantile`` give the median as value, and the other quantiles as columns p5, p25 ...
    """
    for name, array in values.items():
        columns, unit = _columns(array), array.attrs["units"]
        years = [int(year) for year in array.time.values]
        regions, scenarios = ([str(n) for n in array[dim].values] for dim in ("region", "scenario"))
        there = np.isfinite(columns["value"])  # else the scenario does not run there, or failed
        for r, s, t in np.argwhere(there):
            head = {"region": regions[r], "scenario": scenarios[s], "indicator": name, "year": years[t]}
            yield {**head, **{key: float(column[r, s, t]) for key, column in columns.items()}, "unit": unit}


def _columns(array: xr.DataArray) -> dict[str, np.ndarray]:
    """Return the numbers of one indicator, (region, scenario, time), by column."""
    lead = ("region", "scenario", "time")
    if "quantile" not in array.dims:
        return {"value": array.transpose(*lead).values}
    by_share = {float(q): array.sel(quantile=q).transpose(*lead).values for q in array.coords["quantile"].values}
    others = {f"p{100 * share:g}": column for share, column in by_share.items() if share != 0.5}
    return {"value": by_share[0.5], **others}


def size(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
