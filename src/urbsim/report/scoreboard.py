"""The scoreboard of targets: rows for CSV, and tables for the terminal, one per document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from urbsim.analysis.targets import BLANK, EVIDENCE, MET, NO_REGION, NO_RUN, NOT_MODELLED, SCORED, Score
from urbsim.report.charts import unit_label
from urbsim.report.tables import number

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = (
    "document", "target", "clause", "kind", "region", "scenario", "deadline", "assumed", "operator", "value", "unit",
    "projected", "low", "high", "verdict", "gap", "gap_percent", "probability", "draws", "failed", "met_in", "amount",
    "why",
)  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "target": "Target", "where": "Where", "clause": "Clause", "due": "Due", "wanted": "Wanted",
        "projected": "Projected", "verdict": "Verdict", "by": "By", "probability": "Probability",
        "of": "{} of {} rules", "built": "{} % of the programme", "rises": "to rise", "falls": "to fall",
        "in": "met in {}", "blank": "To be filled in by the user:", "rest": "{verdict}: {count}",
        "scored": "{scenario}: {met} of {all} met", "p": "p = {}", "assumed": "* deadline assumed",
        "points": "points",
    },
    "zh": {
        "target": "目标", "where": "地区", "clause": "条款", "due": "期限", "wanted": "目标值",
        "projected": "预测值", "verdict": "结论", "by": "差距", "probability": "概率",
        "of": "{}/{} 项规则", "built": "规划的 {}%", "rises": "上升", "falls": "下降",
        "in": "{}年达标", "blank": "待用户填写：", "rest": "{verdict}：{count}",
        "scored": "{scenario}：{all} 项中 {met} 项达标", "p": "概率 {}", "assumed": "* 期限为假定",
        "points": "个百分点",
    },
}  # fmt: skip
VERDICTS = {
    MET: "达标", "missed": "未达标", BLANK: "待用户填写", NOT_MODELLED: "未建模", NO_RUN: "未运行",
    NO_REGION: "无此地区", "beyond the horizon": "超出模拟期", "failed": "运行失败", EVIDENCE: "参考",
}  # fmt: skip


def rows(scores: Sequence[Score]) -> Iterator[dict[str, Any]]:
    """Give one row per score with the columns of targets.csv; what is not known is empty."""
    for one in scores:
        found = one.as_dict()
        yield {name: "" if found[name] is None else found[name] for name in COLUMNS}


def verdict(one: Score, lang: str) -> str:
    """Return the verdict as it is shown."""
    return VERDICTS[one.verdict] if lang == "zh" else one.verdict


def scoreboard(
    scores: Sequence[Score], title: str, scenarios: Mapping[str, str], names: Mapping[str, str], lang: str
) -> Table:
    """Return the table of one document: a row per target and region, a column per scenario.

    ``scenarios`` and ``names`` hold titles of scenarios and names of regions by id. With one scenario, projected
    value, verdict, gap and probability have columns of their own.
    """
    from rich.table import Table  # noqa: PLC0415

    words = WORDS[lang]
    shown = [one for one in scores if one.projected is not None]
    drawn = any(one.probability is not None for one in shown)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for key in ("target", "where", "clause", "due", "wanted"):
        table.add_column(words[key], justify="right" if key in {"due", "wanted"} else "left", max_width=34)
    single = ("projected", "verdict", "by", *(["probability"] if drawn else []))
    for heading in [words[key] for key in single] if len(scenarios) == 1 else scenarios.values():
        table.add_column(heading, justify="right" if len(scenarios) == 1 else "left")
    grouped: dict[tuple[str, str], dict[str, Score]] = {}
    for one in shown:
        grouped.setdefault((one.target.id, one.region), {})[one.scenario] = one
    last = ""
    for (target, region), by_scenario in grouped.items():
        one = next(iter(by_scenario.values()))
        due = f"{one.target.due}{'*' if one.target.assumed_deadline else ''}"
        head = getattr(one.target.label, lang) if target != last else ""
        clause = one.target.clause if target != last else ""
        found = [by_scenario.get(name) for name in scenarios]
        cells = (
            _columns(found[0], drawn, lang) if len(scenarios) == 1 else [_cell(item, lang) for item in found]
        )
        table.add_row(head, names.get(region, region), clause, due, wanted(one, lang), *cells)
        last = target
    return table


def wanted(one: Score, lang: str) -> str:
    """Return what a row wants, with its unit."""
    words, row = WORDS[lang], one.target
    if one.unit == "conditions":
        return words["of"].format(f"{one.value:g}", f"{one.value:g}")
    if one.operator in {"rises", "falls"}:
        return words[one.operator]
    if one.unit == "percent of the programme":
        amount = "" if row.unit in {None, "percent"} else f" ({number(_amount(one))} {unit_label(str(row.unit), lang)})"
        return words["built"].format(f"{one.value:g}") + amount
    return f"{one.operator} {figure(one.value, one.unit, lang)}"


def figure(value: float | None, unit: str | None, lang: str) -> str:
    """Return a number with its unit; percent stands close."""
    shown = number(value).removesuffix(".00") if value else number(value).split(".")[0]
    label = "" if unit is None else "%" if unit == "percent" else unit_label(unit, lang)
    return f"{shown} {label}".strip()


def projected(one: Score, lang: str) -> str:
    """Return the projected value as it is shown."""
    words = WORDS[lang]
    if one.unit == "conditions":
        return words["of"].format(f"{one.projected:g}", f"{one.value:g}")
    if one.unit == "percent of the programme":
        return words["built"].format(number(one.projected))
    return figure(one.projected, one.unit, lang)


def by(one: Score, lang: str) -> str:
    """Return how far a row is from what is wanted: in its unit, and in percent where the unit is another."""
    if one.gap is None or one.unit == "conditions":
        return ""
    small = abs(one.gap) < 1e-9 * max(1, abs(one.value or 0))
    text = "0" if small else f"{'+' if one.gap > 0 else '-'}{number(abs(one.gap))}"
    if one.unit is not None and one.unit.startswith("percent"):
        return f"{text} {WORDS[lang]['points']}"
    return text if small or one.gap_percent is None else f"{text} ({one.gap_percent:+.1f} %)"


def probability(one: Score) -> str:
    """Return the share of draws that meet the target, with their number and that of failed ones."""
    if one.probability is None:
        return ""
    failed = f", {one.failed} failed" if one.failed else ""
    return f"{one.probability:.2f} ({one.draws}{failed})"


def _amount(one: Score) -> float | None:
    """Return the document's amount for the region, from what is built of it."""
    if one.amount is None or not one.projected:
        return one.target.value
    return 100 * one.amount / one.projected


def _columns(one: Score | None, drawn: bool, lang: str) -> list[str]:
    if one is None:
        return [""] * (4 if drawn else 3)
    spread = "" if one.low is None else f"\n{number(one.low)} … {number(one.high)}"
    later = f", {WORDS[lang]['in'].format(one.met_in)}" if one.met_in else ""
    cells = [projected(one, lang) + spread, verdict(one, lang) + later, by(one, lang)]
    return [*cells, probability(one)] if drawn else cells


def _cell(one: Score | None, lang: str) -> str:
    if one is None:
        return ""
    first = f"{projected(one, lang)} {verdict(one, lang)}"
    second = [by(one, lang)] if one.verdict != MET or one.probability is None else []
    if one.probability is not None:
        second.append(WORDS[lang]["p"].format(f"{one.probability:.2f}"))
    if one.met_in:
        second.append(WORDS[lang]["in"].format(one.met_in))
    return "\n".join([first, ", ".join(text for text in second if text)]).rstrip()


def notes(scores: Sequence[Score], scenarios: Mapping[str, str], lang: str) -> list[str]:
    """Return what stands under a table: counts of verdicts, and blanks that the user must fill."""
    words = WORDS[lang]
    found = []
    for name, title in scenarios.items():
        mine = [one for one in scores if one.scenario == name and one.verdict in SCORED]
        if mine:
            met = sum(one.verdict == MET for one in mine)
            found.append(words["scored"].format(scenario=title, met=met, all=len(mine)))
    rest: dict[str, set[str]] = {}
    for one in scores:
        if one.projected is None:
            rest.setdefault(verdict(one, lang), set()).add(one.target.id)
    found += [words["rest"].format(verdict=key, count=len(ids)) for key, ids in rest.items()]
    blanks = {one.target.id: one.target for one in scores if one.verdict == BLANK}
    lines = ["; ".join(found)] if found else []
    if blanks:
        lines.append(words["blank"])
        lines += [f"  {name}: {getattr(row.label, lang)}, {row.unit or ''}".rstrip(", ") for name, row in blanks.items()]
    if any(one.projected is not None and one.target.assumed_deadline for one in scores):
        lines.append(words["assumed"])
    return lines
