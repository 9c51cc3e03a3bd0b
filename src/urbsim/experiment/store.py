"""outputs/<batch>/: written whole or not at all, and read back.

A batch is written to a hidden folder beside its place and renamed when everything is on the disk. Its id is a hash of
everything that went in; the same inputs give the same id and the same bytes, so nothing here holds a date or a path.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbsim import __version__
from urbsim.errors import InputError, Problem, nearest
from urbsim.files import whole_file, write_text

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from urbsim.scenario.resolve import Resolved

PACKAGES = ("numpy", "scipy", "xarray", "llvmlite", "pysd", "pysimlin")


@dataclass(frozen=True)
class Batch:
    """A stored batch."""

    name: str
    path: Path
    manifest: Mapping[str, Any]

    def data(self) -> xr.Dataset:
        """Return results.nc, loaded into memory."""
        import xarray as xr  # noqa: PLC0415  a second and a half

        with xr.open_dataset(self.path / "results.nc", engine="h5netcdf") as data:
            return data.load()


def digest(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a value as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def member_digest(one: Resolved) -> str:
    """Return the hash of what a member sets."""
    values = {name: value.tolist() for name, value in one.member.constants.items()}
    series = {name: list(points) for name, points in one.member.series.items()}
    return digest({"constants": values, "series": series})


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file with Unix line ends, so that a checkout on any system gives the same id."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def versions() -> dict[str, str]:
    """Return versions of the packages that touch numbers, as far as they are installed."""
    found = {"urbsim": __version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def names(folder: Path) -> list[str]:
    """Return the names of stored batches."""
    return sorted(path.parent.name for path in folder.glob("*/manifest.json"))


def newest(folder: Path) -> str:
    """Return the name of the batch that was written last.

    Raises
    ------
    InputError
        Where there is none.
    """
    found = names(folder)
    if not found:
        raise InputError(Problem("command line", 0, 0, "no batch in outputs/", "run `urbsim run` first"))
    return max(found, key=lambda name: (folder / name / "manifest.json").stat().st_mtime_ns)


def open_batch(folder: Path, name: str) -> Batch:
    """Return a stored batch by name.

    Raises
    ------
    InputError
        Where there is none of that name, or its manifest is damaged.
    """
    path = folder / name
    try:
        return Batch(name, path, json.loads((path / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        known = names(folder)
        hint = nearest(name, known) if known else "run `urbsim run` first"
        if (path / "manifest.json").exists():
            hint = "the batch is damaged; delete its folder and run again"
        raise InputError(Problem("command line", 0, 0, f"no readable batch {name!r} in outputs/", hint)) from error


@contextmanager
def new_batch(folder: Path, name: str) -> Iterator[Path]:
    """Give a folder to write a batch into; it takes its place at the end, or vanishes.

    Raises
    ------
    InputError
        Where the folder exists already, cannot be written, or the disk is full.
    """
    target = folder / name
    if target.exists():
        hint = "choose another name with --out, or delete the folder; nothing was written"
        raise InputError(Problem("command line", 0, 0, f"outputs/{name} exists already", hint))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=folder))
    except OSError as error:
        raise _refused(name, error) from error
    try:
        yield part
        part.chmod(0o755)
        os.replace(part, target)
    except OSError as error:
        raise _refused(name, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _refused(name: str, error: OSError) -> InputError:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    hint = "free some space" if full else "check the rights of the folder"
    message = f"cannot be written: {error.strerror or error}; nothing was left behind"
    return InputError(Problem(f"outputs/{name}", 0, 0, message, hint))


def write_results(part: Path, data: xr.Dataset) -> None:
    """Write results.nc; the same data give the same bytes.

    The file is made in memory first: on a full disk HDF5 does not fail, it crashes.
    """
    encoding = {name: {"zlib": True, "complevel": 4} for name in data.data_vars}
    content = data.to_netcdf(None, engine="h5netcdf", encoding=encoding)
    with whole_file(part / "results.nc") as temporary:
        temporary.write_bytes(content)


def write_manifest(part: Path, manifest: Mapping[str, Any]) -> None:
    """Write manifest.json."""
    write_text(part / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def write_indicators(part: Path, values: Mapping[str, xr.DataArray]) -> None:
    """Write indicators.csv: region, scenario, indicator, year, value, unit; with draws, quantiles beside the median."""
    write_text(part / "indicators.csv", to_csv(indicator_rows(values)))


def indicator_rows(values: Mapping[str, xr.DataArray]) -> Iterator[dict[str, Any]]:
    """Give one row per region, scenario, indicator and year that has a value.

    Values with a dim ``quantile`` give the median as value, and the other quantiles as columns p5, p25 ...
    """
    for name, array in values.items():
        for region in array.region.values:
            for scenario in array.scenario.values:
                local = array.sel(region=region, scenario=scenario)
                columns = _columns(local)
                for position, year in enumerate(local.time.values):
                    found = {key: float(column[position]) for key, column in columns.items()}
                    if math.isfinite(found["value"]):  # else the scenario does not run there, or failed
                        head = {"region": str(region), "scenario": str(scenario), "indicator": name, "year": int(year)}
                        yield {**head, **found, "unit": array.attrs["units"]}


def _columns(array: xr.DataArray) -> dict[str, np.ndarray]:
    """Return the numbers of one indicator over time, by column."""
    if "quantile" not in array.dims:
        return {"value": array.values}
    by_share = {float(q): array.sel(quantile=q).values for q in array.coords["quantile"].values}
    others = {f"p{100 * share:g}": column for share, column in by_share.items() if share != 0.5}
    return {"value": by_share[0.5], **others}


def to_csv(rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> str:
    """Return rows as CSV text with a header; numbers keep twelve digits."""
    found = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(found[0]) if found else ["region"], lineterminator="\n")
    writer.writeheader()
    for row in found:
        writer.writerow({key: f"{value:.12g}" if isinstance(value, float) else value for key, value in row.items()})
    return text.getvalue()
