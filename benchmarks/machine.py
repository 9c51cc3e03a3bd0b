"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from urbsim.engine.code import native

_PACKAGES = ("urbsim", "numpy", "llvmlite", "pysimlin", "pysd")


def described() -> dict[str, object]:
    """Return processor, cores, lanes, system and versions; names nobody."""
    name, _, lanes = native.processor()
    return {
        "processor": _processor() or platform.processor(),
        "target": name,
        "cores": os.cpu_count(),
        "lanes": lanes,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {package: _version(package) for package in _PACKAGES},
        "compiler": _compiler(),
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _compiler() -> str | None:
    if shutil.which("cc") is None:
        return None
    done = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]
