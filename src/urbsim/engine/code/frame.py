"""The frame around the code of a model: groups of members, steps, saved rows; and the arguments of its functions.

``%k`` is the number of a step, ``%at`` the row of the inputs in it. Where inputs jump at a step that is kept, what is
kept comes first, with the inputs before the jump (``%befores``); then the step is taken with those from the jump on.
"""

from __future__ import annotations

from dataclasses import dataclass

ARGUMENTS = (
    "ptr noalias %cur, ptr noalias %nxt, ptr noalias %vec, ptr noalias %sca, ptr noalias %par, ptr noalias %tab, "
    "ptr noalias %prof, ptr noalias %ids, ptr noalias %hist, ptr noalias %out, i64 %k, i64 %at, double %time, "
    "double %dt, double %start, double %stop, double %save, i64 %seed"
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many vectors and numbers the compiled code works with; see :func:`module`."""

    lanes: int
    states: int
    vectors: int
    scalars: int
    histories: int
    parameters: int
    inputs: int
    outputs: int

    def work(self, steps: int) -> int:
        """Return how many doubles one call needs to work with."""
        return (2 * self.states + self.vectors + (steps + 1) * self.histories) * self.lanes + self.scalars


_ARGUMENTS = (
    "ptr {cur}, ptr {nxt}, ptr %vec, ptr %sca, ptr %par, ptr %tab, ptr %prof, ptr %ids, ptr %hist, ptr {out}, i64 {k}, "
    "i64 {at}, double {time}, double %dt, double %start, double %stop, double %save, i64 %seed"
)


def entry(sizes: Sizes, calls: dict[str, list[str]]) -> str:
    """Return the entry point: groups of members one after the other, the time loop of each, rows where due."""
    lanes = sizes.lanes

    def call(part: str, cur: str, nxt: str, k: str, at: str, time: str, out: str) -> str:
        arguments = _ARGUMENTS.format(cur=cur, nxt=nxt, k=k, at=at, time=time, out=out)
        return "\n".join(f"  call void @{name}({arguments})" for name in calls[part])

    state, vectors = sizes.states * lanes, sizes.vectors * lanes
    return f"""
define i64 @run(ptr %clock, ptr %pars, ptr %tab, ptr %profs, ptr %idss, ptr %outs, ptr %work, i64 %groups, i64 %steps,
    ptr %rows, ptr %befores, i64 %nrows, i64 %seed, ptr %halt) nounwind {{
entry:
  %dt = load double, ptr %clock
  %c1 = getelementptr double, ptr %clock, i64 1
  %start = load double, ptr %c1
  %c2 = getelementptr double, ptr %clock, i64 2
  %stop = load double, ptr %c2
  %c3 = getelementptr double, ptr %clock, i64 3
  %save = load double, ptr %c3
  %b = getelementptr double, ptr %work, i64 {state}
  %vec = getelementptr double, ptr %work, i64 {2 * state}
  %hist = getelementptr double, ptr %work, i64 {2 * state + vectors}
  %kept0 = add i64 %steps, 1
  %kept = mul i64 %kept0, {sizes.histories * lanes}
  %sca = getelementptr double, ptr %hist, i64 %kept
  br label %group
group:
  %g = phi i64 [ 0, %entry ], [ %g1, %after ]
  %flag = load volatile i32, ptr %halt
  %halted = icmp ne i32 %flag, 0
  br i1 %halted, label %done, label %begin
begin:
  %g_par = mul i64 %g, {sizes.parameters * lanes}
  %par = getelementptr double, ptr %pars, i64 %g_par
  %g_id = mul i64 %g, {lanes}
  %prof = getelementptr i64, ptr %profs, i64 %g_id
  %ids = getelementptr i64, ptr %idss, i64 %g_id
  %g_row = mul i64 %g, %nrows
{call("setup", "%work", "%b", "0", "0", "%start", "%outs")}
  br label %step
step:
  %k = phi i64 [ 0, %begin ], [ %k1, %next ]
  %row = phi i64 [ 0, %begin ], [ %row1, %next ]
  %cur = phi ptr [ %work, %begin ], [ %nxt, %next ]
  %nxt = phi ptr [ %b, %begin ], [ %cur, %next ]
  %kd = uitofp i64 %k to double
  %passed = fmul double %kd, %dt
  %time = fadd double %start, %passed
  %r = getelementptr i64, ptr %rows, i64 %row
  %when = load i64, ptr %r
  %due = icmp eq i64 %when, %k
  br i1 %due, label %keep, label %move
keep:
  %bef = getelementptr i64, ptr %befores, i64 %row
  %before = load i64, ptr %bef
{call("step", "%cur", "%nxt", "%k", "%before", "%time", "%outs")}
  %o_row = add i64 %g_row, %row
  %o_at = mul i64 %o_row, {sizes.outputs * lanes}
  %out = getelementptr double, ptr %outs, i64 %o_at
{call("save", "%cur", "%nxt", "%k", "%before", "%time", "%out")}
  %row2 = add i64 %row, 1
  %stays = icmp eq i64 %before, %k
  br i1 %stays, label %next, label %move
move:
  %row3 = phi i64 [ %row, %step ], [ %row2, %keep ]
{call("step", "%cur", "%nxt", "%k", "%k", "%time", "%outs")}
  br label %next
next:
  %row1 = phi i64 [ %row2, %keep ], [ %row3, %move ]
  %k1 = add i64 %k, 1
  %more = icmp ule i64 %k1, %steps
  br i1 %more, label %step, label %after
after:
  %g1 = add i64 %g, 1
  %again = icmp ult i64 %g1, %groups
  br i1 %again, label %group, label %done
done:
  %ended = phi i64 [ %g, %group ], [ %g1, %after ]
  ret i64 %ended
}}
"""
