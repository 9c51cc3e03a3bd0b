"""The lock of a batch, and a file that a full disk does not break."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from urbsim.errors import InputError
from urbsim.experiment.storage import lock
from urbsim.experiment.storage.netcdf import Sink

HOLDER = """
import sys, time
from pathlib import Path
from urbsim.experiment.storage import lock
with lock.hold(Path(sys.argv[1]), "outputs/mine"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock.hold(path, "outputs/mine"):
        assert lock.is_held(path)
        with pytest.raises(InputError) as caught, lock.hold(path, "outputs/mine"):
            pytest.fail("both hold it")
    told = str(caught.value)
    assert re.match(rf"outputs/mine: is being written by process {os.getpid()} on \S+ since \d{{4}}-\d\d-\d\d", told)
    assert not path.exists()
    assert not lock.is_held(path)
    with lock.hold(path, "outputs/mine"):
        pass


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=f"process {holder.pid} "), lock.hold(path, "outputs/mine"):
            pytest.fail("both hold it")
        holder.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    assert path.exists(), "the file outlives its holder"
    with lock.hold(path, "outputs/mine"):
        assert lock.holder(path).startswith(f"process {os.getpid()} ")


def test_a_sink_reads_back_what_the_disk_did_not_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random writes and reads are those of a file in memory, before and after the disk is full."""
    rng = np.random.default_rng(1)
    sink, memory = Sink(tmp_path / "x"), bytearray()
    for turn in range(200):
        if turn == 100:
            full = OSError(28, "No space left on device")
            sink._file.close()
            sink._file = _Full(tmp_path / "x", full)  # type: ignore[assignment]
        at, data = int(rng.integers(0, 500)), rng.bytes(int(rng.integers(1, 60)))
        sink.seek(at)
        assert sink.write(data) == len(data)
        memory[len(memory) :] = bytes(max(0, at + len(data) - len(memory)))
        memory[at : at + len(data)] = data
        start, count = int(rng.integers(0, len(memory))), 70
        sink.seek(start)
        assert sink.read(count)[: len(memory) - start] == memory[start : start + count]
        assert sink.seek(0, 2) == len(memory)
    with pytest.raises(OSError, match="No space left"):
        sink.check()
    sink.close()


class _Full:
    """A file that can be read and takes nothing more."""

    def __init__(self, path: Path, error: OSError) -> None:
        self._file, self._error = path.open("rb"), error
        self.seek, self.read, self.close = self._file.seek, self._file.read, self._file.close

    def write(self, _: bytes) -> int:
        raise self._error
