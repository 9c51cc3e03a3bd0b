"""The stored batches of a workspace, and those that were begun, as rows of a list."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from urbsim.errors import InputError
from urbsim.experiment.storage.read import names, open_batch, size
from urbsim.experiment.storage.unfinished import unfinished_batches


class Bytes(int):
    """A size: bytes in JSON, a larger unit on the screen."""

    def __str__(self) -> str:
        """Return the size with its unit."""
        power = min(4, max(0, (int(self).bit_length() - 1) // 10))
        return f"{int(self) / 1024**power:.{1 if power else 0}f} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


class Seconds(int):
    """A time that has passed: seconds in JSON, a larger unit on the screen."""

    def __str__(self) -> str:
        """Return the time with its unit."""
        for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
            if self >= 2 * length:
                return f"{int(self) // length} {unit}"
        return f"{int(self)} s"


def batch_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Give stored batches, then those that were begun; ``resume`` is the command that finishes one."""
    for name in names(folder):
        try:
            batch = open_batch(folder, name)
        except InputError as error:
            state = "of another version" if error.problems[0].rule == "other-format" else "damaged"
            columns = ("id", "members", "failed", "size", "age", "engine", "model")
            yield {"name": name, "state": state, **dict.fromkeys(columns)}
            continue
        manifest = batch.manifest
        time_of_writing = (batch.path / "manifest.json").stat().st_mtime
        yield {
            "name": name,
            "state": "complete",
            "id": manifest.id[:8],
            "members": manifest.runs,
            "failed": len(manifest.failed),
            "size": Bytes(size(batch.path)),
            "age": Seconds(time.time() - time_of_writing),
            "engine": manifest.engine,
            "model": manifest.model[:8],
        }
    for work in unfinished_batches(folder):
        blocks = f"{work.done} of {work.plan['blocks']} blocks"
        yield {
            "name": work.name,
            "state": f"running, {blocks}, {work.running}" if work.running else f"unfinished, {blocks}",
            "id": work.plan["id"][:8],
            "members": work.plan["members"],
            "failed": None,
            "size": Bytes(work.size),
            "age": Seconds(work.age),
            "engine": None,
            "model": None,
            "resume": f"{work.plan['command']} --resume",
        }
