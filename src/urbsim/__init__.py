"""urbsim: a policy laboratory for county towns.

Importing this package is cheap on purpose: numpy, xarray, matplotlib and pysd load when something needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urbsim.api.batch import Batch
    from urbsim.api.model import Model, load_model
    from urbsim.api.project import Project
    from urbsim.api.project import open_project as open
    from urbsim.api.project import open_stored as open_batch
    from urbsim.errors import EngineError, InputError, MemberError, Place, Problem, UrbsimError

__all__ = [
    "Batch",
    "EngineError",
    "InputError",
    "MemberError",
    "Model",
    "Place",
    "Problem",
    "Project",
    "UrbsimError",
    "__version__",
    "load_model",
    "open",
    "open_batch",
]
__version__ = "0.1.0"

_HOMES = {
    "Batch": ("urbsim.api.batch", "Batch"),
    "Model": ("urbsim.api.model", "Model"),
    "Project": ("urbsim.api.project", "Project"),
    "load_model": ("urbsim.api.model", "load_model"),
    "open": ("urbsim.api.project", "open_project"),
    "open_batch": ("urbsim.api.project", "open_stored"),
} | {
    name: ("urbsim.errors", name)
    for name in ("EngineError", "InputError", "MemberError", "Place", "Problem", "UrbsimError")
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'urbsim' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
