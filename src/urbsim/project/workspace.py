"""Where models, scenarios, data and outputs are.

Commands work in the folder they are started in. A folder that is missing there is served by the copy that the package
carries; in a checkout that copy is the checkout itself.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from urbsim.errors import command_line

FOLDERS = ("models", "scenarios", "data")
INDICATORS = "indicators.yaml"  # of models/


@dataclass(frozen=True, slots=True)
class Workspace:
    """Folders of a session: three that are read and one that is written."""

    models: Path
    scenarios: Path
    data: Path
    outputs: Path

    @property
    def model(self) -> Path:
        """Return the path of the stock-and-flow model."""
        return self.models / "urbsim.mdl"

    @property
    def indicators(self) -> Path:
        """Return the path of the indicators."""
        return self.models / INDICATORS

    @property
    def reference(self) -> Path:
        """Return the path of what the model says of a mean county."""
        return self.data / "reference.yaml"

    def label(self, path: Path) -> str:
        """Return a path as it is shown: relative to its part of the workspace, never a path of this machine."""
        for folder in (self.models, self.scenarios, self.data, self.outputs):
            if path.is_relative_to(folder):
                return f"{folder.name}/{path.relative_to(folder).as_posix()}"
        return path.name


def carried() -> Path:
    """Return the folder with the copies that the package carries."""
    copies = Path(str(resources.files("urbsim"))) / "carried"
    return copies if copies.is_dir() else Path(__file__).resolve().parents[3]


def create(folder: Path) -> None:
    """Make a folder with copies of what the package carries, all of them or none.

    Raises
    ------
    InputError
        Where the folder holds one of them already, or cannot be written.
    """
    existing = [name for name in FOLDERS if (folder / name).exists()]
    if existing:
        raise command_line(
            "exists-already",
            f"{folder} already holds {', '.join(existing)}",
            "choose another folder; nothing was written",
        )
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for name in FOLDERS:
            shutil.copytree(carried() / name, part / name)
        folder.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (part / name).replace(folder / name)
    except OSError as error:
        raise command_line(
            "unwritable", f"{folder} cannot be written: {error.strerror}", "check space and rights"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def find(start: Path | None = None) -> Workspace:
    """Return the workspace of a folder, by default the current one."""
    here = (start or Path.cwd()).resolve()
    fallback = carried()
    folders = {name: here / name if (here / name).is_dir() else fallback / name for name in FOLDERS}
    return Workspace(**folders, outputs=here / "outputs")
