"""The scalar graph of a model as plain C, for comparison: one member at a time, one statement for each operation.

This is not what SDEverywhere writes for the same model, but what its C compiles to is of the same kind: straight
arithmetic on doubles, Euler steps in a loop, chosen outputs saved. It is a stronger opponent than C written equation
by equation, since it starts from our graph: subscripts are unrolled, constants folded, equal values computed once, what
does not change with the step is taken before the loop, and lookups are chains of choices on constants. What it lacks is
what our engine adds after that: members side by side in vector registers, and functions of whole vectors.
"""

from __future__ import annotations

import ctypes
import math
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from urbsim.engine.code.graph import BOOLEAN, Graph, Node
from urbsim.engine.code.order import Item, Store
from urbsim.engine.code.program import Program
from urbsim.engine.code.schedule import schedule
from urbsim.engine.contract import Clock
from urbsim.engine.run.runner import saved_steps, steps

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==",
    "ne": "!=", "and": "&&", "or": "||",
}  # fmt: skip
_CALL = {"abs": "fabs", "ln": "log", **{op: op for op in ("sqrt", "trunc", "exp", "pow", "sin", "cos", "tan")}}
_CLOCK = ("dt", "start", "stop", "save", "time")
_FRAME = """#include <math.h>
static double least(double a, double b) {{ return a != a ? a : a < b ? a : b; }}
static double most(double a, double b) {{ return a != a ? a : a > b ? a : b; }}
void run(const double *clock, const double *par, double *out, long members, long steps, const long *rows) {{
  const double dt = clock[0], start = clock[1], stop = clock[2], save = clock[3];
  for (long member = 0; member < members; member++, par += {parameters}) {{
    double one[{states}], other[{states}], *cur = one, *nxt = other, time = start;
    long row = 0;
{setup}
    for (long k = 0; k <= steps; k++) {{
      time = start + (double)k * dt;
{step}
      if (rows[row] == k) {{
        row++;
{save}
        out += {outputs};
      }}
      double *old = cur;
      cur = nxt;
      nxt = old;
    }}
  }}
  (void)stop; (void)save;
}}
"""


def source(program: Program) -> str:
    """Return a program as C.

    Raises
    ------
    ValueError
        For an operation that has no C here: inputs over time, fixed delays, random numbers, long tables.
    """
    plan, graph = schedule(program), program.graph
    parts = {
        "setup": _part(graph, plan.setup, {"first": "cur"}),
        "step": _part(graph, plan.step, {"next": "nxt"}),
        "save": _part(graph, plan.save, {"output": "out"}),
    }
    text = {name: "\n".join(lines) for name, lines in parts.items()}
    return _FRAME.format(
        parameters=len(program.defaults), states=len(program.states), outputs=len(program.output_nodes), **text
    )


def _part(graph: Graph, chunks: Sequence[Sequence[Item]], places: dict[str, str]) -> Iterator[str]:
    for item in dict.fromkeys(item for chunk in chunks for item in chunk):  # chunks repeat cheap values
        if isinstance(item, Store):
            yield f"    {places[item.where]}[{item.index}] = {_operand(graph, item.node)};"
        else:
            kind = "int" if graph.ops[item] in BOOLEAN else "double"
            yield f"    const {kind} n{item} = {_expression(graph, item)};"


def _operand(graph: Graph, node: Node) -> str:
    op = graph.ops[node]
    if op == "const":
        value = graph.value(node)
        return (
            "NAN" if value is None or math.isnan(value) else f"({value.hex()})" if math.isfinite(value) else "HUGE_VAL"
        )
    if op == "truth":
        return "1" if graph.data[node] else "0"
    if op in _CLOCK:
        return op
    return {"load": f"cur[{graph.data[node]}]", "parameter": f"par[{graph.data[node]}]"}.get(op, f"n{node}")


def _expression(graph: Graph, node: Node) -> str:
    op, args = graph.ops[node], [_operand(graph, a) for a in graph.args[node]]
    if op in _INFIX:
        return f"{args[0]} {_INFIX[op]} {args[1]}"
    if op in _CALL:
        return f"{_CALL[op]}({', '.join(args)})"
    if op in {"min", "max"}:
        return f"{'least' if op == 'min' else 'most'}({args[0]}, {args[1]})"
    if op == "select":
        return f"{args[0]} ? {args[1]} : {args[2]}"
    if op in {"neg", "not"}:
        return f"{'-' if op == 'neg' else '!'}{args[0]}"
    raise ValueError(f"no C for {op!r}")


@dataclass(frozen=True)
class Compiled:
    """A model as a shared library."""

    library: Any
    outputs: int

    def run(self, parameters: np.ndarray, clock: Clock) -> np.ndarray:
        """Run members, (member, parameter), and return (member, time, output)."""
        saved = saved_steps(clock)
        rows = np.append(saved, -1).astype(np.int64)
        values = np.ascontiguousarray(parameters)
        times = np.array([clock.step, clock.start, clock.stop, clock.save])
        out = np.empty((len(values), len(saved), self.outputs))
        pointers = [ctypes.c_void_p(a.ctypes.data) for a in (times, values, out)]
        self.library.run(
            *pointers, ctypes.c_long(len(values)), ctypes.c_long(steps(clock)), ctypes.c_void_p(rows.ctypes.data)
        )
        return out


def build(program: Program, folder: Path, compiler: str = "cc", flags: Sequence[str] = ("-O2",)) -> Compiled:
    """Write, compile and load a program as C."""
    text, library = folder / "model.c", folder / "model.so"
    text.write_text(source(program), encoding="utf-8")
    subprocess.run([compiler, *flags, "-shared", "-fPIC", "-o", library, text, "-lm"], check=True)
    return Compiled(ctypes.CDLL(str(library)), len(program.output_nodes))
