"""Where models, scenarios, data and outputs are.

Commands work in the folder they are started in. A folder that is missing there is served by the copy that the package
carries; in a checkout that copy is the checkout itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

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


def find(start: Path | None = None) -> Workspace:
    """Return the workspace of a folder, by default the current one."""
    here = (start or Path.cwd()).resolve()
    fallback = carried()
    folders = {name: here / name if (here / name).is_dir() else fallback / name for name in FOLDERS}
    return Workspace(**folders, outputs=here / "outputs")
