"""exp, ln, powers, table search and random numbers as LLVM text, for all lanes of a vector at once.

They use additions, products and bit operations only, never a fused multiply-add, so they give the same bits on every
processor. Errors against exact arithmetic: exp and ln within 1 ulp; a power within (2 + 3 |y ln x|) ulp. What has no
vector form here (sine and its kin, erfc, lgamma) calls the C library lane by lane.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

LIBM = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erfc", "lgamma")
# Polynomials through Chebyshev's points, lowest power first: (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2, and
# (ln((1 + s) / (1 - s)) - 2 s) / s^3 in s^2 for |s| <= 0.1716; both keep the function within 2e-17, relatively.
_EXP = (
    0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717,
    0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07,
    2.510038549551032e-08,
)  # fmt: skip
_LN = (
    0.666666666666667, 0.39999999999899444, 0.2857142862600327, 0.22222211130259878, 0.18182889455674947,
    0.15331710618210773, 0.14616585424888623,
)  # fmt: skip


def double(value: float) -> str:
    """Return a double as LLVM writes it: its bits."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def undouble(text: str) -> float:
    """Return the double that :func:`double` wrote."""
    return float(struct.unpack("<d", struct.pack("<Q", int(text, 16)))[0])


def functions(lanes: int, names: set[str], attributes: str) -> str:
    """Return the text of the functions that a module uses, and of those that they use."""
    bodies = set(names)
    if "pow" in bodies:
        bodies |= {"exp", "ln"}
    v = _Text(lanes, attributes)
    parts = []
    if "exp" in bodies:
        parts.append(v.exp())
    if "ln" in bodies:
        parts.append(v.ln())
    if "pow" in bodies:
        parts.append(v.pow())
    if "table" in bodies:
        parts.append(v.table())
    if "random" in bodies:
        parts.append(v.random())
    parts += [v.by_lane(name) for name in LIBM if name in bodies]
    return "\n".join(parts)


class _Text:
    """Function bodies for one number of lanes."""

    def __init__(self, lanes: int, attributes: str) -> None:
        self.lanes = lanes
        self.v = f"<{lanes} x double>"
        self.i = f"<{lanes} x i64>"
        self.b = f"<{lanes} x i1>"
        self.attributes = attributes

    def c(self, value: float) -> str:
        return f"splat (double {double(value)})"

    def n(self, value: int) -> str:
        return f"splat (i64 {value})"

    def _head(self, name: str, arguments: str) -> list[str]:
        return [f"define internal {self.v} @v_{name}({arguments}) {self.attributes} {{"]

    def _polynomial(self, lines: list[str], x: str, coefficients: Sequence[float], tag: str) -> str:
        """Add code for a polynomial, lowest power first, by halving (Estrin): short chains keep the processor busy."""
        terms, power, level = [self.c(value) for value in coefficients], x, 0
        while len(terms) > 1:
            sums = []
            for k in range(0, len(terms) - 1, 2):
                name = f"%{tag}{level}_{k}"
                lines.append(f"  {name}m = fmul {self.v} {terms[k + 1]}, {power}")
                lines.append(f"  {name} = fadd {self.v} {name}m, {terms[k]}")
                sums.append(name)
            terms = sums + terms[len(sums) * 2 :]
            level += 1
            if len(terms) > 1:
                lines.append(f"  %{tag}x{level} = fmul {self.v} {power}, {power}")
                power = f"%{tag}x{level}"
        return terms[0]

    def exp(self) -> str:
        """e^x = 2^k e^r with |r| <= ln 2 / 2; k comes from adding 1.5 * 2^52, so no NaN is made an integer."""
        v, i = self.v, self.i
        lines = self._head("exp", f"{v} %x0")
        lines += [
            f"  %big = fcmp ogt {v} %x0, {self.c(709.782712893384)}",
            f"  %x1 = select {self.b} %big, {v} {self.c(709.782712893384)}, {v} %x0",
            f"  %small = fcmp olt {v} %x0, {self.c(-745.2)}",
            f"  %x = select {self.b} %small, {v} {self.c(-745.2)}, {v} %x1",
            f"  %s = fmul {v} %x, {self.c(1 / math.log(2))}",
            f"  %t = fadd {v} %s, {self.c(6755399441055744.0)}",
            f"  %kd = fsub {v} %t, {self.c(6755399441055744.0)}",
            f"  %h = fmul {v} %kd, {self.c(0.6931471803691238)}",
            f"  %r0 = fsub {v} %x, %h",
            f"  %l = fmul {v} %kd, {self.c(1.9082149292705877e-10)}",
            f"  %r = fsub {v} %r0, %l",
        ]
        last = self._polynomial(lines, "%r", _EXP, "p")
        lines += [  # 2^k in two factors, so that results below the normal range come out
            f"  %rr = fmul {v} %r, %r",
            f"  %rest = fmul {v} %rr, {last}",
            f"  %less = fadd {v} %r, %rest",
            f"  %whole = fadd {v} %less, {self.c(1.0)}",
            f"  %bits = bitcast {v} %t to {i}",
            f"  %k = sub {i} %bits, {self.n(struct.unpack('<q', struct.pack('<d', 6755399441055744.0))[0])}",
            f"  %k1 = ashr {i} %k, {self.n(1)}",
            f"  %k2 = sub {i} %k, %k1",
            f"  %b1 = add {i} %k1, {self.n(1023)}",
            f"  %b2 = add {i} %k2, {self.n(1023)}",
            f"  %c1 = shl {i} %b1, {self.n(52)}",
            f"  %c2 = shl {i} %b2, {self.n(52)}",
            f"  %f1 = bitcast {i} %c1 to {v}",
            f"  %f2 = bitcast {i} %c2 to {v}",
            f"  %y1 = fmul {v} %whole, %f1",
            f"  %y2 = fmul {v} %y1, %f2",
            f"  %y3 = select {self.b} %big, {v} {self.c(math.inf)}, {v} %y2",
            f"  ret {v} %y3\n}}",
        ]
        return "\n".join(lines)

    def ln(self) -> str:
        """Logarithm: ln x = e ln 2 + 2 atanh(s) with m in [sqrt 1/2, sqrt 2), s = (m - 1) / (m + 1)."""
        v, i, b = self.v, self.i, self.b
        lines = self._head("ln", f"{v} %x0")
        lines += [
            f"  %tiny = fcmp olt {v} %x0, {self.c(2.2250738585072014e-308)}",
            f"  %xs = fmul {v} %x0, {self.c(2.0**54)}",
            f"  %x = select {b} %tiny, {v} %xs, {v} %x0",
            f"  %bits = bitcast {v} %x to {i}",
            f"  %off = sub {i} %bits, {self.n(0x3FE6A09E667F3BCD)}",
            f"  %e = ashr {i} %off, {self.n(52)}",
            f"  %e52 = shl {i} %e, {self.n(52)}",
            f"  %mb = sub {i} %bits, %e52",
            f"  %m = bitcast {i} %mb to {v}",
            f"  %ed0 = sitofp {i} %e to {v}",
            f"  %ed1 = fsub {v} %ed0, {self.c(54.0)}",
            f"  %ed = select {b} %tiny, {v} %ed1, {v} %ed0",
            f"  %f = fsub {v} %m, {self.c(1.0)}",
            f"  %d = fadd {v} %m, {self.c(1.0)}",
            f"  %s = fdiv {v} %f, %d",
            f"  %z = fmul {v} %s, %s",
        ]
        last = self._polynomial(lines, "%z", _LN, "q")
        lines += [  # 2 s = f - s f, which keeps the bits of f
            f"  %zq = fmul {v} %z, {last}",
            f"  %sf = fsub {v} %f, %zq",
            f"  %corr0 = fmul {v} %s, %zq",
            f"  %sff = fmul {v} %s, %f",
            f"  %corr1 = fsub {v} %corr0, %sff",
            f"  %lo = fmul {v} %ed, {self.c(1.9082149292705877e-10)}",
            f"  %corr2 = fadd {v} %corr1, %lo",
            f"  %hi = fmul {v} %ed, {self.c(0.6931471803691238)}",
            f"  %sum = fadd {v} %f, %corr2",
            f"  %y0 = fadd {v} %hi, %sum",
            f"  %zero = fcmp oeq {v} %x0, zeroinitializer",
            f"  %y1 = select {b} %zero, {v} {self.c(-math.inf)}, {v} %y0",
            f"  %neg = fcmp olt {v} %x0, zeroinitializer",
            f"  %y2 = select {b} %neg, {v} {self.c(math.nan)}, {v} %y1",
            f"  %ninf = fcmp uge {v} %x0, {self.c(math.inf)}",
            f"  %y3 = select {b} %ninf, {v} %x0, {v} %y2",
            f"  ret {v} %y3\n}}",
        ]
        return "\n".join(lines)

    def pow(self) -> str:
        """x^y = e^(y l) with l = ln |x|, which powers of one x share; a negative x only has whole powers."""
        v, b = self.v, self.b
        lines = self._head("pow", f"{v} %x, {v} %y, {v} %l")
        lines += [
            f"  %p = fmul {v} %y, %l",
            f"  %e = call {v} @v_exp({v} %p)",
            f"  %half = fmul {v} %y, {self.c(0.5)}",
            f"  %th = call {v} @llvm.trunc.v{self.lanes}f64({v} %half)",
            f"  %ty = call {v} @llvm.trunc.v{self.lanes}f64({v} %y)",
            f"  %whole = fcmp oeq {v} %ty, %y",
            f"  %odd = fcmp une {v} %th, %half",
            f"  %ne = fneg {v} %e",
            f"  %signed = select {b} %odd, {v} %ne, {v} %e",
            f"  %cut = select {b} %whole, {v} %signed, {v} {self.c(math.nan)}",
            f"  %below = fcmp olt {v} %x, zeroinitializer",
            f"  %r0 = select {b} %below, {v} %cut, {v} %e",
            f"  %none = fcmp oeq {v} %y, zeroinitializer",
            f"  %r1 = select {b} %none, {v} {self.c(1.0)}, {v} %r0",
            f"  ret {v} %r1\n}}",
        ]
        return "\n".join(lines)

    def table(self) -> str:
        """Find the segment by halving, then interpolate from its left point; n is the number of points."""
        v, i, b = self.v, self.i, self.b
        gather = f"@llvm.masked.gather.v{self.lanes}f64.v{self.lanes}p0"
        p = f"<{self.lanes} x ptr>"

        def load(name: str, base: str, index: str) -> list[str]:
            return [
                f"  %{name}p = getelementptr double, ptr {base}, {i} {index}",
                f"  %{name} = call {v} {gather}({p} %{name}p, i32 8, {b} splat (i1 true), {v} zeroinitializer)",
            ]

        lines = self._head("table", f"{v} %x, ptr %xs, ptr %ys, i64 %n, i64 %width")
        lines += [
            "entry:",
            "  %n2 = sub i64 %n, 2",
            f"  %top0 = insertelement {i} zeroinitializer, i64 %n2, i32 0",
            f"  %top = shufflevector {i} %top0, {i} zeroinitializer, <{self.lanes} x i32> zeroinitializer",
            "  br label %loop",
            "loop:",
            "  %w = phi i64 [ %width, %entry ], [ %half, %loop ]",
            f"  %at = phi {i} [ zeroinitializer, %entry ], [ %next, %loop ]",
            f"  %w0 = insertelement {i} zeroinitializer, i64 %w, i32 0",
            f"  %wv = shufflevector {i} %w0, {i} zeroinitializer, <{self.lanes} x i32> zeroinitializer",
            f"  %try = add {i} %at, %wv",
            f"  %in = icmp sle {i} %try, %top",
            f"  %safe = select {b} %in, {i} %try, {i} %at",
            *load("xt", "%xs", "%safe"),
            f"  %ge = fcmp oge {v} %x, %xt",
            f"  %next = select {b} %ge, {i} %safe, {i} %at",
            "  %half = lshr i64 %w, 1",
            "  %more = icmp ne i64 %half, 0",
            "  br i1 %more, label %loop, label %found",
            "found:",
            f"  %after = add {i} %next, {self.n(1)}",
            *load("xa", "%xs", "%next"),
            *load("xb", "%xs", "%after"),
            *load("ya", "%ys", "%next"),
            *load("yb", "%ys", "%after"),
            f"  %dx = fsub {v} %xb, %xa",
            f"  %dy = fsub {v} %yb, %ya",
            f"  %gap = fsub {v} %x, %xa",
            f"  %slope = fdiv {v} %dy, %dx",
            f"  %rise = fmul {v} %slope, %gap",
            f"  %y = fadd {v} %ya, %rise",
            f"  %end = fcmp oeq {v} %x, %xb",
            f"  %r = select {b} %end, {v} %yb, {v} %y",
            f"  ret {v} %r\n}}",
        ]
        return "\n".join(lines)

    def random(self) -> str:
        """Hash seed, place, step and member with the finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
        v, i = self.v, self.i
        lines = self._head("random", f"i64 %seed, i64 %site, i64 %step, {i} %m")
        lines += [
            "  %s0 = add i64 %seed, %site",
            f"  %a0 = insertelement {i} zeroinitializer, i64 %s0, i32 0",
            f"  %a1 = shufflevector {i} %a0, {i} zeroinitializer, <{self.lanes} x i32> zeroinitializer",
            f"  %k0 = insertelement {i} zeroinitializer, i64 %step, i32 0",
            f"  %k1 = shufflevector {i} %k0, {i} zeroinitializer, <{self.lanes} x i32> zeroinitializer",
        ]
        last = "%a1"
        for stage, (value, spread) in enumerate((("%m", -7046029254386353131), ("%k1", -2643881736870682267))):
            lines += [
                f"  %p{stage} = add {i} {value}, {self.n(1)}",
                f"  %q{stage} = mul {i} %p{stage}, {self.n(spread)}",
                f"  %h{stage}0 = add {i} {last}, %q{stage}",
            ]
            for turn, (shift, factor) in enumerate(((30, -4658895280553007687), (27, -7723592293110705685))):
                lines += [
                    f"  %u{stage}{turn} = lshr {i} %h{stage}{turn}, {self.n(shift)}",
                    f"  %w{stage}{turn} = xor {i} %h{stage}{turn}, %u{stage}{turn}",
                    f"  %h{stage}{turn + 1} = mul {i} %w{stage}{turn}, {self.n(factor)}",
                ]
            lines += [
                f"  %e{stage} = lshr {i} %h{stage}2, {self.n(31)}",
                f"  %z{stage} = xor {i} %h{stage}2, %e{stage}",
            ]
            last = f"%z{stage}"
        lines += [
            f"  %top = lshr {i} {last}, {self.n(11)}",
            f"  %d = uitofp {i} %top to {v}",
            f"  %c = fadd {v} %d, {self.c(0.5)}",
            f"  %r = fmul {v} %c, {self.c(2.0**-53)}",
            f"  ret {v} %r\n}}",
        ]
        return "\n".join(lines)

    def by_lane(self, name: str) -> str:
        """Call the C library for each lane."""
        v = self.v
        lines = [f"declare double @{name}(double)", *self._head(name, f"{v} %x")]
        last = "zeroinitializer"
        for k in range(self.lanes):
            lines += [
                f"  %x{k} = extractelement {v} %x, i32 {k}",
                f"  %y{k} = call double @{name}(double %x{k})",
                f"  %r{k} = insertelement {v} {last}, double %y{k}, i32 {k}",
            ]
            last = f"%r{k}"
        lines.append(f"  ret {v} {last}\n}}")
        return "\n".join(lines)
