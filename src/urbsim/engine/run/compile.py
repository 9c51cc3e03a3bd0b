"""A model as something that runs: from the cache, or lowered, generated and compiled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from urbsim.engine.code import llvm, native
from urbsim.engine.code.frame import Sizes
from urbsim.engine.code.program import Program, Slot
from urbsim.engine.code.tangent import Seed, differentiated
from urbsim.engine.run import cache
from urbsim.engine.run.runner import Layout, Runner
from urbsim.language.model import Model

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """What to compile: a model, which its digest tells apart from others, and what goes in and out."""

    model: Model = field(compare=False)
    outputs: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    fast: bool = False
    by: tuple[tuple[str, int], ...] = ()  # numbers of parameters, or inputs, whose derivatives follow the outputs
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Take the digest of the model, by which requests are compared."""
        object.__setattr__(self, "digest", self.model.digest)


def runner_of(request: Request, *, use_cache: bool = True) -> Runner:
    """Return a runner for a model.

    Raises
    ------
    InputError
        Where the model cannot be lowered; see :func:`urbsim.engine.lower.lowering.lower`.
    """
    *processor, lanes = native.processor()
    name = cache.key(
        [
            request.digest,
            list(request.outputs),
            list(request.parameters),
            list(request.inputs),
            request.fast,
            list(request.by),
            *processor,
            lanes,
        ]
    )
    entry = cache.read(name) if use_cache else None
    if entry is not None:
        try:
            return _runner(native.load_object(entry[1]), entry[0])
        except (KeyError, TypeError, ValueError, RuntimeError):
            pass  # not ours after all: build it anew
    program = lowered(request)
    text, sizes = llvm.module(program, lanes, fast=request.fast)
    code = native.compile_object(text)
    meta = _meta(program, sizes)
    if use_cache:
        cache.write(name, meta, code)
    return _runner(native.load_object(code), meta)


def lowered(request: Request) -> Program:
    """Return the graph of a model."""
    from urbsim.engine.lower.lowering import lower  # noqa: PLC0415  a start from the cache needs none of it

    program = lower(request.model, request.outputs, request.parameters, request.inputs)
    return (
        differentiated(program, [_seed(program, name, index) for name, index in request.by]) if request.by else program
    )


def _seed(program: Program, name: str, index: int) -> Seed:
    for slot in program.parameters:
        if slot.name == name:
            return Seed("parameter", slot.start + index)
    return Seed("input", program.inputs.index(name))


def _meta(program: Program, sizes: Sizes) -> dict[str, Any]:
    return {
        "sizes": asdict(sizes),
        "parameters": [asdict(slot) for slot in program.parameters],
        "outputs": [asdict(slot) for slot in program.outputs],
        "defaults": list(program.defaults),
        "inputs": list(program.inputs),
        "series": list(program.input_defaults),
        "ranks": [_rank(program, slot) for slot in program.outputs],
        "missing": [i for i, node in enumerate(program.output_nodes) if node is None],
    }


def _rank(program: Program, slot: Slot) -> int:
    """Return the lowest number of a slot's nodes: a node is made after those that it needs."""
    nodes = program.output_nodes[slot.start : slot.start + slot.size]
    return min((node for node in nodes if node is not None), default=0)


def _runner(code: native.Native, meta: dict[str, Any]) -> Runner:
    layout = Layout(
        _slots(meta["parameters"]),
        np.array(meta["defaults"], dtype=float),
        tuple(meta["inputs"]),
        np.array(meta["series"], dtype=float),
        _slots(meta["outputs"]),
        tuple(meta["missing"]),
        tuple(meta["ranks"]),
    )
    return Runner(code, Sizes(**meta["sizes"]), layout)


def _slots(rows: Sequence[dict[str, Any]]) -> tuple[Slot, ...]:
    return tuple(Slot(s["name"], tuple(s["dims"]), tuple(tuple(axis) for axis in s["axes"]), s["start"]) for s in rows)


def batched(items: Iterable[T], size: int = 8) -> Iterator[list[T]]:
    """Give lists of a few items each: code grows with the number of derivatives in it."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
