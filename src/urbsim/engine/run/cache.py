"""Compiled models on disk, by content.

The name of an entry is the hash of everything that shapes the code: model, outputs, parameters, inputs, the engine's
own source, llvmlite, processor and mode. An entry that is cut short, altered, or not the user's own is ignored and
built anew; a cache that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache as remember
from importlib import metadata
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from urbsim.files import whole_file

_KEPT = 64  # entries; the least recently used go first


def folder() -> Path:
    """Return where compiled models are kept; the environment variable URBSIM_CACHE moves it."""
    setting = os.environ.get("URBSIM_CACHE")
    return Path(setting) if setting else user_cache_path("urbsim", appauthor=False)


@remember
def version() -> str:
    """Return the hash of the engine: of what reads, lowers and generates."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256(metadata.version("llvmlite").encode())
    for path in sorted([*root.glob("engine/**/*.py"), *root.glob("language/**/*.py"), root / "names.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def key(parts: object) -> str:
    """Return the name of an entry; ``parts`` is anything that JSON can write."""
    text = json.dumps([version(), parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read(name: str) -> tuple[Any, bytes] | None:
    """Return the entry of a name, or None where there is no sound one."""
    path = folder() / f"{name}.bin"
    try:
        if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
            return None
        content = path.read_bytes()
        seal, body = content[:64], content[64:]
        if hashlib.sha256(body).hexdigest().encode() != seal:
            return None
        head, code = body.split(b"\n", 1)
        os.utime(path)
        entry = json.loads(head)
    except (OSError, ValueError):
        return None
    return (entry["meta"], code) if entry["key"] == name else None


def write(name: str, meta: object, code: bytes) -> None:
    """Keep something under a name, if the disk allows."""
    body = json.dumps({"key": name, "meta": meta}, sort_keys=True).encode() + b"\n" + code
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with whole_file(place / f"{name}.bin") as path:
            path.write_bytes(hashlib.sha256(body).hexdigest().encode() + body)
        files = sorted(place.glob("*.bin"), key=lambda p: p.stat().st_mtime)
        for old in files[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return
