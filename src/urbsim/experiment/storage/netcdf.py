"""results.nc, written piece by piece: the memory of a few slabs, whatever the size of a batch.

NetCDF because everything that reads a batch reads it, and it is one file; Zarr would need a package more and gives
thousands of files. A slab is some draws of some regions of one scenario, of fixed size; it is a chunk of every
variable. Chunks are packed on threads (the library packs on one) and go into the file in order, so the bytes do not
depend on threads.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from urbsim.experiment.storage.blocks import SIZE, Block, Job
from urbsim.experiment.storage.form import StoredArray, quantiles
from urbsim.files import whole_file

if TYPE_CHECKING:
    import xarray as xr

_SLAB = 24 << 20  # bytes
_LEVEL = 1  # of zlib, after shuffling bytes: smaller and faster than level 4 without


class Sink(io.RawIOBase):
    """A file for the HDF5 library that never fails: what does not fit is kept aside, and ``error`` says why.

    On a full disk the library does not come back to its senses: it crashes when it closes the file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._aside: list[tuple[int, bytes]] = []
        self._at = self._size = 0
        self.error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write all of the data."""
        content = bytes(data)
        try:
            if self.error is None:
                self._file.seek(self._at)
                count = 0
                while count < len(content):
                    count += self._file.write(content[count:])
        except OSError as error:
            self.error = error
        if self.error is not None:
            self._aside.append((self._at, content))
        self._at += len(content)
        self._size = max(self._size, self._at)
        return len(content)

    def readinto(self, buffer: Any, /) -> int:
        """Read what was written, wherever it is."""
        self._file.seek(self._at)
        content = bytearray(self._file.read(len(buffer))).ljust(len(buffer), b"\0")
        for start, data in self._aside:
            low, high = max(start, self._at), min(start + len(data), self._at + len(buffer))
            if low < high:
                content[low - self._at : high - self._at] = data[low - start : high - start]
        buffer[:] = content
        self._at += len(buffer)
        return len(buffer)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a place."""
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def truncate(self, size: int | None = None, /) -> int:
        """Set the size."""
        self._size = self._at if size is None else size
        try:
            self._file.truncate(self._size)
        except OSError as error:
            self.error = self.error or error
        return self._size

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def check(self) -> None:
        """Raise what went wrong.

        Raises
        ------
        OSError
            Of the first write that failed.
        """
        if self.error is not None:
            raise self.error


@dataclass(frozen=True, slots=True)
class Grid:
    """How members lie in the results: (region, scenario) of each, numbers of both, and the times."""

    cells: tuple[tuple[int, int], ...]
    regions: int
    scenarios: int


def write(
    path: Path,
    frame: xr.Dataset,
    job: Job,
    grid: Grid,
    fetch: Callable[[int], Block],
    jobs: int,
    step: Callable[[], None],
) -> None:
    """Write results.nc: coordinates and attributes of ``frame``, and the arrays of the blocks; ``step`` marks slabs.

    Parameters
    ----------
    path
        The file.
    frame
        Coordinates and attributes, without arrays.
    job
        The batch; its form says which arrays there are.
    grid
        Where each member lies.
    fetch
        Returns a block by its number.
    jobs
        Threads that pack chunks.
    step
        Called after each slab.

    Raises
    ------
    OSError
        Where the disk is full.
    """
    import h5netcdf  # noqa: PLC0415
    import h5py  # noqa: PLC0415

    form = job.common.form
    with whole_file(path) as temporary, Sink(temporary) as sink:
        sink.write(memoryview(frame.to_netcdf(None, engine="h5netcdf")))  # small: made in memory
        with h5py.File(sink, "r+", track_order=True) as raw, h5netcdf.File(raw, "a") as file:
            chunk = _chunk(job, grid)
            draw_dims = ["quantile"] if form.shares else ["draw"] if job.sample else []
            dims = ["region", "scenario", *draw_dims, "time"]
            for array in form.arrays:
                shape = [*chunk, len(job.common.times), *array.shape]
                variable = file.create_variable(
                    array.name, (*dims, *array.dims), form.kind, fillvalue=form.kind.type(np.nan), chunks=tuple(shape),
                    compression="gzip", compression_opts=_LEVEL, shuffle=True,
                )  # fmt: skip
                variable.attrs.update(array.attributes)
                sink.check()
            with ThreadPoolExecutor(jobs) as pool:
                for place, slab in _slabs(job, grid, chunk, fetch):
                    chunks = pool.map(partial(_pack, slab, (*chunk, len(job.common.times))), form.arrays)
                    for array, content in zip(form.arrays, chunks, strict=True):
                        raw[array.name].id.write_direct_chunk((*place, *[0] * (1 + len(array.shape))), content)
                        sink.check()
                    step()
        sink.check()


def slabs(job: Job, grid: Grid) -> int:
    """Return the number of slabs."""
    regions, _, *draws = _chunk(job, grid)
    cuts = -(-job.draws // draws[0]) if draws and not job.common.form.shares else 1
    return grid.scenarios * -(-grid.regions // regions) * cuts


def _chunk(job: Job, grid: Grid) -> tuple[int, ...]:
    """Return how many regions, scenarios and draws, or quantiles, lie in a chunk."""
    form = job.common.form
    pair = form.row * len(job.common.times) * job.draws
    regions = max(1, min(grid.regions, _SLAB // max(1, pair)))
    if job.sample is None:
        return regions, 1
    if form.shares:
        return regions, 1, len(form.shares)
    draws = _SLAB // max(1, form.row * len(job.common.times)) // SIZE * SIZE
    return regions, 1, min(job.draws, max(SIZE, draws))


def _slabs(
    job: Job, grid: Grid, chunk: tuple[int, ...], fetch: Callable[[int], Block]
) -> Iterator[tuple[tuple[int, ...], dict[str, np.ndarray]]]:
    """Give the place of each slab that holds a member, and its arrays, (region, 1, [draw,] time, *shape)."""
    members = {cell: number for number, cell in enumerate(grid.cells)}
    latest, form = _Latest(fetch), job.common.form
    step = chunk[2] if job.sample and not form.shares else job.draws
    for scenario in range(grid.scenarios):
        for first in range(0, grid.regions, chunk[0]):
            here = [
                (r - first, members[r, scenario]) for r in range(first, first + chunk[0]) if (r, scenario) in members
            ]
            for start in range(0, job.draws if here else 0, step):
                stop = min(start + step, job.draws)
                slab = _gather(job, here, chunk[0], (start, stop), latest)
                if form.shares:
                    slab = {name: np.moveaxis(quantiles(values, form.shares, 1), 0, 1) for name, values in slab.items()}
                if job.sample is None:
                    yield (first, scenario), slab
                else:
                    yield (first, scenario, start), slab


class _Latest:
    """The block that was fetched last: members of a slab lie in a row."""

    def __init__(self, fetch: Callable[[int], Block]) -> None:
        self._fetch, self._number = fetch, -1
        self._block: Block | None = None

    def __call__(self, number: int) -> Block:
        if self._block is None or number != self._number:
            self._block, self._number = self._fetch(number), number
        return self._block


def _gather(
    job: Job, here: list[tuple[int, int]], regions: int, draws: tuple[int, int], fetch: Callable[[int], Block]
) -> dict[str, np.ndarray]:
    """Return the draws of some members from their blocks, (region, draw, time, *shape); NaN where there is none."""
    form, (start, stop) = job.common.form, draws
    lead = regions, stop - start, len(job.common.times)
    arrays = {array.name: np.full((*lead, *array.shape), np.nan, dtype=form.kind) for array in form.arrays}
    for row, member in here:
        place, end = member * job.draws + start, member * job.draws + stop
        while place < end:
            number, offset = divmod(place, SIZE)
            count = min(SIZE - offset, end - place)
            at = place - member * job.draws - start
            for name, values in fetch(number).values.items():
                arrays[name][row, at : at + count] = values[offset : offset + count]
            place += count
    return arrays


def _pack(slab: Mapping[str, np.ndarray], lead: tuple[int, ...], array: StoredArray) -> bytes:
    """Return one array of a slab as the library's filters would: filled up to the chunk, shuffled, packed."""
    values = slab[array.name]
    draws = lead[2] if len(lead) == 4 else 1
    if values.shape[1] < draws:  # the last slab of a pair
        room = np.full((values.shape[0], draws, *values.shape[2:]), np.nan, dtype=values.dtype)
        room[:, : values.shape[1]] = values
        values = room
    raw = np.ascontiguousarray(values).reshape(-1).view(np.uint8).reshape(-1, values.dtype.itemsize)
    return zlib.compress(np.ascontiguousarray(raw.T).data, _LEVEL)
