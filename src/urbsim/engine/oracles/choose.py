"""Which engine runs: compiled code, or one of the two oracles where it is asked for."""

from __future__ import annotations

from importlib import import_module

from urbsim.engine.contract import Engine
from urbsim.errors import EngineError


def choose(name: str = "compiled", *, fast: bool = False, threads: int | None = None) -> Engine:
    """Return an engine by name; ``fast`` relaxes floating point of compiled code, ``threads`` is how many it takes.

    Raises
    ------
    EngineError
        Where the engine asked for is not installed, or ``fast`` is asked of another.
    """
    if fast and name != "compiled":
        raise EngineError(f"--fast is for the compiled engine, not for {name}")
    module = import_module("urbsim.engine.compiler" if name == "compiled" else f"urbsim.engine.oracles.{name}")
    engine: Engine = module.make(fast=fast, threads=threads) if name == "compiled" else module.make()
    return engine
