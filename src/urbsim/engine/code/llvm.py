"""A program as LLVM text: one vector lane per member, the time loop inside.

Values that a member changes are vectors with one lane per member, all others plain doubles. Chunks of the schedule are
functions of their own; what crosses from one to another lies in memory. In the default mode every operation is IEEE
arithmetic in the order of the graph, so a member's bits do not depend on the lane it runs in; ``fast`` lets LLVM
re-associate, contract and approximate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from urbsim.engine.code import vecmath
from urbsim.engine.code.frame import ARGUMENTS, Sizes, entry
from urbsim.engine.code.graph import BOOLEAN, MEMBER, Graph, Node, Table
from urbsim.engine.code.order import Item, Store
from urbsim.engine.code.program import Program
from urbsim.engine.code.schedule import Schedule, schedule
from urbsim.engine.code.vecmath import double, undouble

FAST = "reassoc arcp contract afn nsz "  # not nnan or ninf: a failed member must stay visible
_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "neg": "fneg"}
_INTRINSIC = {"sqrt": "sqrt", "abs": "fabs", "trunc": "trunc"}
_PLAIN = {
    **_ARITHMETIC,
    **_INTRINSIC,
    **{op: f"fcmp o{op}" for op in ("lt", "le", "gt", "ge", "eq")},
    "ne": "fcmp une",
    "and": "and",
    "or": "or",
    "not": "xor",
}
_MEMORY = {"load": "%cur", "parameter": "%par"}
_CLOCK = {"time": "%time", "dt": "%dt", "start": "%start", "stop": "%stop", "save": "%save"}


def module(program: Program, lanes: int, *, fast: bool) -> tuple[str, Sizes]:
    """Return the LLVM text of a program, with its entry point ``run``, and its sizes."""
    plan = schedule(program)
    sizes = Sizes(
        lanes,
        len(program.states),
        plan.vector_slots,
        plan.scalar_slots,
        len(program.histories),
        len(program.defaults),
        len(program.inputs),
        len(program.output_nodes),
    )
    context = _Context(program.graph, plan, sizes, FAST if fast else "")
    parts, calls = [], {}
    for part in ("setup", "step", "save"):
        chunks: Sequence[Sequence[Item]] = getattr(plan, part)
        calls[part] = [f"{part}{i}" for i in range(len(chunks))]
        parts += [_Chunk(context, initial=part == "setup").function(f"{part}{i}", c) for i, c in enumerate(chunks)]
    parts.append(entry(sizes, calls))
    parts.append(vecmath.functions(lanes, context.functions, context.attributes))
    parts += context.globals
    parts += _declarations(lanes)
    return "\n".join(parts), sizes


def listing(program: Program, node: Node, lanes: int) -> str:
    """Return the LLVM text of one value within a step, from the named values that it is computed from."""
    plan = Schedule((), (), (), {}, {})
    context = _Context(program.graph, plan, Sizes(lanes, 0, 0, 0, 0, 0, len(program.inputs), 0), "")
    chunk = _Chunk(context, initial=False)
    chunk.named_nodes = {other: name for other, name in program.named.items() if other != node}
    chunk.names[node] = chunk.fetch(node)
    return re.sub(r"0x[0-9A-F]{16}", lambda m: repr(undouble(m[0])), "\n".join(chunk.lines))


class _Context:
    """What all functions of a module have in common."""

    def __init__(self, graph: Graph, plan: Schedule, sizes: Sizes, flags: str) -> None:
        self.graph = graph
        self.plan = plan
        self.sizes = sizes
        self.flags = flags
        self.functions: set[str] = set()
        self.crossing_nodes: set[Node] = set()
        self.globals: list[str] = []
        self.tables: dict[Table, int] = {}
        # a frame pointer lets the generator align the stack, else each vector that it puts there straddles two lines
        self.attributes = f'nounwind "frame-pointer"="all" "min-legal-vector-width"="{64 * sizes.lanes}"'

    def table(self, table: Table) -> int:
        """Return the number of a constant table."""
        if table not in self.tables:
            number = self.tables[table] = len(self.tables)
            for name, values in (("x", table.x), ("y", table.y)):
                numbers = ", ".join(f"double {double(v)}" for v in values)
                self.globals.append(f"@t{number}{name} = private constant [{len(values)} x double] [{numbers}]")
        return self.tables[table]


class _Chunk:
    """One function: nodes in order, each named after its number; ``%t...`` are helpers."""

    def __init__(self, context: _Context, *, initial: bool) -> None:
        self.context = context
        self.graph = context.graph
        self.initial = initial
        self.lanes = context.sizes.lanes
        self.lines: list[str] = []
        self.names: dict[Node, str] = {}
        self.splats: dict[Node, str] = {}
        self.logs: dict[Node, str] = {}
        self.helpers = 0
        self.named_nodes: dict[Node, str] = {}

    def function(self, name: str, items: Sequence[Item]) -> str:
        """Return the text of the function."""
        self.lines = [f"define internal void @{name}({ARGUMENTS}) noinline {self.context.attributes} {{"]
        for item in items:
            if isinstance(item, Store):
                self._store(item)
            else:
                self.emit(item)
                self._cross(item)
        self.lines += ["  ret void", "}"]
        return "\n".join(self.lines)

    # text

    def _type(self, node: Node, *, wide: bool) -> str:
        scalar = "i1" if self.graph.ops[node] in BOOLEAN else "double"
        return f"<{self.lanes} x {scalar}>" if wide else scalar

    def _wide(self, node: Node) -> bool:
        return bool(self.graph.kinds[node] & MEMBER)

    def _add(self, text: str, name: str = "") -> str:
        if not name:
            self.helpers += 1
            name = f"%t{self.helpers}"
        self.lines.append(f"  {name} = {text}")
        return name

    def _at(self, base: str, index: int, *, wide: bool = True) -> str:
        return self._add(f"getelementptr double, ptr {base}, i64 {index * self.lanes if wide else index}")

    def _load(self, place: str, *, wide: bool, name: str = "") -> str:
        kind, align = (f"<{self.lanes} x double>", 8 * self.lanes) if wide else ("double", 8)
        return self._add(f"load {kind}, ptr {place}, align {align}", name)

    def _put(self, value: str, place: str, *, wide: bool) -> None:
        kind, align = (f"<{self.lanes} x double>", 8 * self.lanes) if wide else ("double", 8)
        self.lines.append(f"  store {kind} {value}, ptr {place}, align {align}")

    def _spread(self, value: str, scalar: str = "double") -> str:
        kind = f"<{self.lanes} x {scalar}>"
        first = self._add(f"insertelement {kind} poison, {scalar} {value}, i32 0")
        return self._add(f"shufflevector {kind} {first}, {kind} poison, <{self.lanes} x i32> zeroinitializer")

    # operands

    def value(self, node: Node, *, wide: bool) -> str:
        """Return the text of an operand, as vector or as number."""
        op = self.graph.ops[node]
        if op in {"const", "truth"}:
            constant = self._constant(node)
            return f"splat ({self._type(node, wide=False)} {constant})" if wide else constant
        name = self.names.get(node)
        if name is None:
            name = self.names[node] = self.fetch(node)
        if not wide or self._wide(node):
            return name
        if node not in self.splats:
            self.splats[node] = self._spread(name, self._type(node, wide=False))
        return self.splats[node]

    def _constant(self, node: Node) -> str:
        if self.graph.ops[node] == "truth":
            return "true" if self.graph.data[node] else "false"
        value = self.graph.value(node)
        return double(float("nan") if value is None else value)

    def fetch(self, node: Node) -> str:
        """Load a leaf, or a value of another chunk."""
        op, plan = self.graph.ops[node], self.context.plan
        if node in self.named_nodes:
            self.lines.append(f"  ; %n{node} is {self.named_nodes[node]}")
        elif op in _CLOCK:
            return _CLOCK[op]
        elif op in _MEMORY:
            self._load(self._at(_MEMORY[op], self.graph.index(node)), wide=True, name=f"%n{node}")
        elif node in plan.vectors:
            self._crossed(node, "%vec", plan.vectors[node], wide=True)
        elif node in plan.scalars:
            self._crossed(node, "%sca", plan.scalars[node], wide=False)
        else:  # of a listing
            self.emit(node)
            return self.names[node]
        return f"%n{node}"

    def _crossed(self, node: Node, base: str, slot: int, *, wide: bool) -> None:
        place = self._at(base, slot, wide=wide)
        if self.graph.ops[node] not in BOOLEAN:
            self._load(place, wide=wide, name=f"%n{node}")
            return
        kind, zero = (f"<{self.lanes} x double>", "zeroinitializer") if wide else ("double", "0.0")
        self._add(f"fcmp une {kind} {self._load(place, wide=wide)}, {zero}", f"%n{node}")

    # code

    def emit(self, node: Node) -> None:
        """Add the code of a node."""
        op, wide = self.graph.ops[node], self._wide(node)
        self.names[node] = name = f"%n{node}"
        if op == "stop_gradient":
            self.names[node] = self.value(self.graph.args[node][0], wide=wide)
        elif op in _PLAIN:
            self._plain(node, name, wide=wide)
        else:
            special = _SPECIAL.get(op, _Chunk._function)
            special(self, node, name, wide=wide)

    def _plain(self, node: Node, name: str, *, wide: bool) -> None:
        """Add one instruction, or a call of one of LLVM's own functions."""
        op, args = self.graph.ops[node], self.graph.args[node]
        kind, flags = self._type(args[0], wide=wide), self.context.flags
        values = ", ".join(self.value(a, wide=wide) for a in args)
        if op in _INTRINSIC:
            suffix = f"v{self.lanes}f64" if wide else "f64"
            self._add(f"call {flags}{kind} @llvm.{_INTRINSIC[op]}.{suffix}({kind} {values})", name)
        elif op == "not":
            self._add(f"xor {kind} {values}, {'splat (i1 true)' if wide else 'true'}", name)
        else:
            self._add(f"{_PLAIN[op]} {flags if op in _ARITHMETIC else ''}{kind} {values}", name)

    def _select(self, node: Node, name: str, *, wide: bool) -> None:
        condition, yes, no = self.graph.args[node]
        across = wide and self._wide(condition)
        kind = self._type(node, wide=wide)
        test = f"{self._type(condition, wide=across)} {self.value(condition, wide=across)}"
        a, b = self.value(yes, wide=wide), self.value(no, wide=wide)
        self._add(f"select {test}, {kind} {a}, {kind} {b}", name)

    def _extreme(self, node: Node, name: str, *, wide: bool) -> None:
        """NaN of either operand stays: a comparison with NaN is false and gives the second one."""
        first, second = self.graph.args[node]
        if self.graph.ops[second] == "const":
            first, second = second, first
        kind, test = self._type(node, wide=wide), "olt" if self.graph.ops[node] == "min" else "ogt"
        mask = f"<{self.lanes} x i1>" if wide else "i1"
        a, b = self.value(first, wide=wide), self.value(second, wide=wide)
        better = self._add(f"fcmp {test} {kind} {a}, {b}")
        if self.graph.ops[first] == "const":
            self._add(f"select {mask} {better}, {kind} {a}, {kind} {b}", name)
            return
        value = self._add(f"select {mask} {better}, {kind} {a}, {kind} {b}")
        bad = self._add(f"fcmp uno {kind} {a}, {a}")
        self._add(f"select {mask} {bad}, {kind} {a}, {kind} {value}", name)

    def _function(self, node: Node, name: str, *, wide: bool) -> None:
        """Call a function of :mod:`vecmath`; a plain number goes through lane 0."""
        op, kind = self.graph.ops[node], f"<{self.lanes} x double>"
        self.context.functions.add(op)
        arguments = [f"{kind} {self.value(a, wide=True)}" for a in self.graph.args[node]]
        if op == "pow":
            arguments.append(f"{kind} {self._log(self.graph.args[node][0])}")
        if op == "table":
            table = self.graph.table(node)
            number, points = self.context.table(table), len(table.x)
            width = 1 << max(0, (points - 2).bit_length() - 1)
            arguments += [f"ptr @t{number}x, ptr @t{number}y, i64 {points}, i64 {width}"]
        call = f"call {kind} @v_{op}({', '.join(arguments)})"
        if wide:
            self._add(call, name)
        else:
            self._add(f"extractelement {kind} {self._add(call)}, i32 0", name)

    def _log(self, base: Node) -> str:
        """Return ln |x| of the base of a power."""
        if base not in self.logs:
            kind = f"<{self.lanes} x double>"
            size = self._add(f"call {kind} @llvm.fabs.v{self.lanes}f64({kind} {self.value(base, wide=True)})")
            self.logs[base] = self._add(f"call {kind} @v_ln({kind} {size})")
        return self.logs[base]

    def _input(self, node: Node, name: str, *, wide: bool) -> None:
        """Gather from the table of inputs: each lane has a profile, each profile a row per step."""
        index, inputs = self.graph.index(node), self.context.sizes.inputs
        step = "0" if self.graph.ops[node] == "input0" else "%at"
        row = self._add(f"mul i64 {step}, {inputs}")
        place = self._add(f"add i64 {row}, {index}")
        profiles = self._add(f"load <{self.lanes} x i64>, ptr %prof, align {8 * self.lanes}")
        at = self._add(f"add <{self.lanes} x i64> {profiles}, {self._spread(place, 'i64')}")
        self._gather(f"getelementptr double, ptr %tab, <{self.lanes} x i64> {at}", name)

    def _gather(self, pointers: str, name: str) -> str:
        n = self.lanes
        where = self._add(pointers)
        return self._add(
            f"call <{n} x double> @llvm.masked.gather.v{n}f64.v{n}p0"
            f"(<{n} x ptr> {where}, i32 8, <{n} x i1> splat (i1 true), <{n} x double> zeroinitializer)",
            name,
        )

    def _random(self, node: Node, name: str, *, wide: bool) -> None:
        self.context.functions.add("random")
        ids = self._add(f"load <{self.lanes} x i64>, ptr %ids, align {8 * self.lanes}")
        step = "-1" if self.graph.ops[node] == "random0" else "%k"
        site = self.graph.index(node)
        arguments = f"i64 %seed, i64 {site}, i64 {step}, <{self.lanes} x i64> {ids}"
        self._add(f"call <{self.lanes} x double> @v_random({arguments})", name)

    def _history(self, node: Node, name: str, *, wide: bool) -> None:
        """Read what a fixed delay took in some steps ago, or its initial value."""
        n, histories = self.lanes, self.context.sizes.histories
        back, first = self.graph.args[node]
        kind, ints = f"<{n} x double>", f"<{n} x i64>"
        steps = self._add(f"fptosi {kind} {self.value(back, wide=True)} to {ints}")
        then = self._add(f"sub {ints} {self._spread('%k', 'i64')}, {steps}")
        inside = self._add(f"icmp sge {ints} {then}, zeroinitializer")
        safe = self._add(f"select <{n} x i1> {inside}, {ints} {then}, {ints} zeroinitializer")
        rows = self._add(f"mul {ints} {safe}, {self._spread(str(histories * n), 'i64')}")
        lanes = ", ".join(f"i64 {self.graph.index(node) * n + lane}" for lane in range(n))
        at = self._add(f"add {ints} {rows}, <{lanes}>")
        past = self._gather(f"getelementptr double, ptr %hist, {ints} {at}", "")
        other = self.value(first, wide=True)
        self._add(f"select <{n} x i1> {inside}, {kind} {past}, {kind} {other}", name)

    # memory

    def _store(self, item: Store) -> None:
        value = self.value(item.node, wide=True)
        if item.where == "history":
            histories = self.context.sizes.histories
            row = self._add(f"mul i64 %k, {histories * self.lanes}")
            at = self._add(f"add i64 {row}, {item.index * self.lanes}")
            place = self._add(f"getelementptr double, ptr %hist, i64 {at}")
        else:
            base = {"first": "%cur", "next": "%nxt", "output": "%out"}[item.where]
            place = self._at(base, item.index)
        self._put(value, place, wide=True)

    def _cross(self, node: Node) -> None:
        """Put away a value that another chunk needs, in the first chunk that has it."""
        plan, wide = self.context.plan, self._wide(node)
        slots = plan.vectors if wide else plan.scalars
        if node not in slots or node in self.context.crossing_nodes:
            return
        self.context.crossing_nodes.add(node)
        value = self.value(node, wide=wide)
        if self.graph.ops[node] in BOOLEAN:
            kind = f"<{self.lanes} x double>" if wide else "double"
            unit = f"splat (double {double(1.0)})" if wide else "1.0"
            zero = "zeroinitializer" if wide else "0.0"
            value = self._add(f"select {self._type(node, wide=wide)} {value}, {kind} {unit}, {kind} {zero}")
        self._put(value, self._at("%vec" if wide else "%sca", slots[node], wide=wide), wide=wide)


_SPECIAL = {
    "select": _Chunk._select,
    "min": _Chunk._extreme,
    "max": _Chunk._extreme,
    "input": _Chunk._input,
    "input0": _Chunk._input,
    "random": _Chunk._random,
    "random0": _Chunk._random,
    "history": _Chunk._history,
}


def _declarations(lanes: int) -> list[str]:
    vector = f"<{lanes} x double>"
    lines = []
    for name in _INTRINSIC.values():
        lines.append(f"declare double @llvm.{name}.f64(double)")
        lines.append(f"declare {vector} @llvm.{name}.v{lanes}f64({vector})")
    lines.append(
        f"declare {vector} @llvm.masked.gather.v{lanes}f64.v{lanes}p0(<{lanes} x ptr>, i32, <{lanes} x i1>, {vector})"
    )
    return lines
