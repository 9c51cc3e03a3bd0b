"""The folder of a batch that is being made: outputs/.NAME.unfinished/.

::

    lock          held by the process that writes
    plan.json     id of the batch, number of blocks, the command
    blocks/       one file for each block that is done, named by its id
    batch/        what will be outputs/NAME, moved there when it is whole

Whatever ends the process, what has a name here is whole, and the next run goes on from it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from urbsim.errors import InputError, Place, Problem
from urbsim.experiment.storage import lock, read
from urbsim.files import whole_file, write_text

_SUFFIX = ".unfinished"


@dataclass(frozen=True, slots=True)
class Work:
    """Where a batch is made."""

    name: str
    path: Path

    @property
    def batch(self) -> Path:
        """Return the folder that becomes the batch."""
        return self.path / "batch"

    def block(self, name: str) -> Path:
        """Return the path of a block."""
        return self.path / "blocks" / f"{name}.bin"

    def have(self) -> set[str]:
        """Return the ids of the blocks that are done."""
        return {path.stem for path in (self.path / "blocks").glob("*.bin")}

    def put(self, name: str, content: bytes) -> None:
        """Keep a block, on the disk before it has its name."""
        with whole_file(self.block(name)) as temporary:
            temporary.write_bytes(content)

    def finish(self) -> None:
        """Give the batch its place, and remove everything else."""
        os.replace(self.batch, self.path.parent / self.name)
        shutil.rmtree(self.path / "blocks", ignore_errors=True)
        (self.path / "plan.json").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class UnfinishedBatch:
    """A batch that has been begun: how many of its blocks are done, and whether it is being written now."""

    name: str
    plan: Mapping[str, Any]
    done: int
    running: str | None
    size: int
    age: float


def place(folder: Path, name: str) -> Path:
    """Return the folder in which a batch is made."""
    return folder / f".{name}{_SUFFIX}"


def unfinished_batches(folder: Path) -> list[UnfinishedBatch]:
    """Return the batches that have been begun and not finished."""
    batches = []
    for path in sorted(folder.glob(f".*{_SUFFIX}")):
        try:
            plan = json.loads((path / "plan.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        name = path.name[1 : -len(_SUFFIX)]
        if (folder / name / "manifest.json").exists():
            continue  # killed after the batch took its place; the next run of it clears up
        running = lock.holder(path / "lock") if lock.is_held(path / "lock") else None
        count = len(Work(name, path).have())
        age = time.time() - (path / "plan.json").stat().st_mtime
        batches.append(UnfinishedBatch(name, plan, count, running, read.size(path), age))
    return batches


def clear(folder: Path, name: str) -> None:
    """Remove what a finished batch has left, where its process was killed at the very end."""
    path = place(folder, name)
    if path.exists() and not lock.is_held(path / "lock"):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def begun(folder: Path, name: str, plan: Mapping[str, Any], ids: Iterable[str], *, resume: bool) -> Iterator[Work]:
    """Give the folder in which to make a batch, and keep others out of it.

    At the end, what is not finished stays as far as blocks are done, and else vanishes.

    Parameters
    ----------
    folder, name
        The folder outputs/ and the name of the batch in it.
    plan
        The content of plan.json.
    ids
        Ids of the blocks of this batch; other blocks of the folder are removed.
    resume
        Whether to go on from the blocks that are there.

    Raises
    ------
    InputError
        Where the batch exists already, is being written, was begun and ``resume`` is not set, cannot be written, or
        the disk is full.
    """
    work = Work(name, place(folder, name))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with lock.hold(work.path / "lock", f"outputs/{name}"):
            _check(folder, work, plan, resume=resume)
            try:
                _prepare(work, plan, ids)
                yield work
            finally:
                _tidy(work)
    except OSError as error:
        raise refused(work, error) from error
    finally:
        with suppress(OSError):  # something is left in it, or it was never made
            work.path.rmdir()


def _check(folder: Path, work: Work, plan: Mapping[str, Any], *, resume: bool) -> None:
    if (folder / work.name).exists():
        hint = "choose another name with --out, or delete the folder; nothing was written"
        raise InputError(Problem("exists-already", Place("command line"), f"outputs/{work.name} exists already", hint))
    count = len(work.have())
    if count and not resume:
        message = f"is unfinished: {count} of {plan['blocks']} blocks are done"
        hint = f"`{plan['command']} --resume` finishes it; delete outputs/{work.path.name} to begin anew"
        raise InputError(Problem("unfinished", Place(f"outputs/{work.name}"), message, hint))


def _prepare(work: Work, plan: Mapping[str, Any], ids: Iterable[str]) -> None:
    shutil.rmtree(work.batch, ignore_errors=True)
    (work.path / "blocks").mkdir(parents=True, exist_ok=True)
    for part in [*work.path.glob(".*.part"), *(work.path / "blocks").glob(".*.part")]:  # of a killed process
        part.unlink()
    for stale in work.have() - set(ids):  # of other inputs under the same name
        work.block(stale).unlink()
    write_text(work.path / "plan.json", json.dumps(plan, indent=2, ensure_ascii=False) + "\n")
    work.batch.mkdir()


def _tidy(work: Work) -> None:
    shutil.rmtree(work.batch, ignore_errors=True)
    if not work.have():
        shutil.rmtree(work.path / "blocks", ignore_errors=True)
        (work.path / "plan.json").unlink(missing_ok=True)


def refused(work: Work, error: OSError) -> InputError:
    """Return the error for a disk that does not take a batch."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    hint = "free some space" if full else "check the rights of the folder"
    count = len(work.have())
    rest = f"{count} finished block{'s' if count > 1 else ''} kept" if count else "nothing was left behind"
    hint = f"{hint}, then finish it with --resume" if count else hint
    return InputError(
        Problem(
            "unwritable", Place(f"outputs/{work.name}"), f"cannot be written: {error.strerror or error}; {rest}", hint
        )
    )
