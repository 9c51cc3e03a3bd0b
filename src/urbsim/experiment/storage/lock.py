"""One writer at a time: a lock of the operating system on a file, which goes with the process that holds it.

A file that merely exists, or names a process, outlives one that is killed; a lock of the system does not, on any of
the three. It costs these lines; a package for it (filelock is sound) would be one more to keep.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from urbsim.errors import InputError, Place, Problem

_AT = 1 << 30  # the byte that Windows locks: far behind the text, so that others can read who holds it
_TEXT = 300  # bytes of who holds it
_TRIES = 5  # a look at the lock by `urbsim list` takes it for an instant


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        os.lseek(handle, _AT, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def hold(path: Path, label: str) -> Iterator[None]:
    """Hold the lock of a file, which is gone afterwards.

    Raises
    ------
    InputError
        Where another process holds it, with its number, machine and since when.
    """
    handle = _open(path, label)
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, text.encode().ljust(_TEXT))
        yield
    finally:
        if sys.platform == "win32":  # does not remove an open file
            os.close(handle)
            with suppress(OSError):
                path.unlink()
        else:  # while it is held: who has opened it meanwhile notices, see below
            path.unlink(missing_ok=True)
            os.close(handle)


def _open(path: Path, label: str) -> int:
    for attempt in range(_TRIES):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _take(handle) and _is_at(handle, path):
            return handle
        os.close(handle)
        time.sleep(0.02 * (attempt + 1))
    raise InputError(Problem("in-use", Place(label), f"is being written by {holder(path)}", "wait for it, or end it"))


def _is_at(handle: int, path: Path) -> bool:
    """Tell whether an open file still has its name: its last holder may have removed it before our lock."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def holder(path: Path) -> str:
    """Return who holds a lock, as far as it is known."""
    try:
        with path.open("rb") as file:
            owner = json.loads(file.read(_TEXT))
        return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def is_held(path: Path) -> bool:
    """Tell whether another process holds the lock of a file."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _take(handle)
    finally:
        os.close(handle)
