"""Which engine runs: the one asked for, else the fastest that is installed."""

from __future__ import annotations

from importlib import import_module, util

from urbsim.engine.contract import Engine

NAMES = ("simlin", "pysd")


def choose(name: str = "auto") -> Engine:
    """Return an engine by name.

    Raises
    ------
    EngineError
        Where the engine asked for is not installed.
    """
    if name == "auto":
        name = "simlin" if util.find_spec("simlin") else "pysd"
    engine: Engine = import_module(f"urbsim.engine.{name}").make()
    return engine
