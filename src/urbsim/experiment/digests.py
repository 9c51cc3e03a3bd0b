"""Hashes of what shapes results, and the versions of the packages that compute them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from urbsim import __version__
from urbsim.project.scenarios.resolve import MemberValues

PACKAGES = ("numpy", "scipy", "xarray", "llvmlite", "pysd", "pysimlin")  # those that touch numbers


def digest(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a value as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file with Unix line ends, so that a checkout on any system gives the same id."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def member_digest(member_values: MemberValues) -> str:
    """Return the hash of what a member sets; levers that differ by draw are hashed with the draws of a block."""
    values = {name: value.tolist() for name, value in member_values.member.constants.items()}
    series = {name: list(points) for name, points in member_values.member.series.items()}
    return digest({"constants": values, "series": series})


def versions() -> dict[str, str]:
    """Return versions of the packages that touch numbers, as far as they are installed."""
    by_package = {"urbsim": __version__}
    for name in PACKAGES:
        try:
            by_package[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return by_package
