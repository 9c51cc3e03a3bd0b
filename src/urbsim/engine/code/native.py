"""LLVM text -> machine code in memory, through llvmlite. The only importer of it."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from llvmlite import binding

_ENTRY = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 7, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p,
                          ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p)  # fmt: skip
_OPTIMIZATION = 1  # of code generation; 2 takes a third longer and is not faster here


@dataclass(frozen=True)
class Native:
    """Loaded machine code; ``entry`` releases the interpreter lock while it runs."""

    entry: Any
    _owner: Any = field(repr=False)  # the code lives as long as this


@cache
def processor() -> tuple[str, str, int]:
    """Return name, features and doubles per vector of this machine's processor."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    features = binding.get_host_cpu_features()
    lanes = 8 if features.get("avx512f") else 4 if features.get("avx2") else 2
    return binding.get_host_cpu_name(), features.flatten(), lanes


def machine() -> Any:
    """Return a code generator for this processor."""
    name, features, _ = processor()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(cpu=name, features=features, opt=_OPTIMIZATION, jit=True)


def compile_object(text: str) -> bytes:
    """Return the object code of a module.

    Raises
    ------
    RuntimeError
        Where the text is not LLVM: a mistake of ours.
    """
    generator = machine()
    module = binding.parse_assembly(text)
    module.verify()
    code: bytes = generator.emit_object(module)
    return code


@lru_cache(maxsize=32)
def load_object(code: bytes) -> Native:
    """Load object code, the same code once: linking takes longer than a run of a few members.

    Raises
    ------
    RuntimeError
        Where it is not object code with an entry point.
    """
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address("run")
    if not address:
        raise RuntimeError("object code without an entry point")
    return Native(_ENTRY(address), engine)
