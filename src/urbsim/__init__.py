"""urbsim: a policy laboratory for county towns.

Importing this package is cheap on purpose: numpy, xarray, matplotlib and pysd load when a command needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urbsim.engine.load import LoadedModel, load_model

__all__ = ["LoadedModel", "__version__", "load_model"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in {"LoadedModel", "load_model"}:
        from urbsim.engine import load  # noqa: PLC0415  numpy, xarray and pysd

        return getattr(load, name)
    raise AttributeError(f"module 'urbsim' has no attribute {name!r}")
