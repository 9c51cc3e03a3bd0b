"""The scoreboard of targets: rows for CSV, and tables for the terminal, one per document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from urbsim.analysis.targets import BLANK, EVIDENCE, MET, NO_REGION, NO_RUN, NOT_KEPT, NOT_MODELLED, SCORED, Score
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
        "draws": "Medians, 90 % intervals and probabilities of {} draws",
        "points": "points",
    },
    "zh": {
        "target": "目标", "where": "地区", "clause": "条款", "due": "期限", "wanted": "目标值",
        "projected": "预测值", "verdict": "结论", "by": "差距", "probability": "概率",
        "of": "{}/{} 项规则", "built": "规划的 {}%", "rises": "上升", "falls": "下降",
        "in": "{}年达标", "blank": "待用户填写：", "rest": "{verdict}：{count}",
        "scored": "{scenario}：{all} 项中 {met} 项达标", "p": "概率 {}", "assumed": "* 期限为假定",
        "draws": "{} 次抽样的中位数、90% 区间和达标概率",
        "points": "个百分点",
    },
}  # fmt: skip
COUNTED = {
    "kilometre": "公里", "community": "个", "venue": "处", "park": "个", "centre": "个", "village": "个",
    "m2": "平方米", "km2": "平方公里", "year": "年", "1/year": "/年", "person/year": "人/年", "percent/year": "%/年",
}  # fmt: skip
VERDICTS = {
    MET: "达标", "missed": "未达标", BLANK: "待用户填写", NOT_MODELLED: "未建模", NO_RUN: "未运行",
    NO_REGION: "无此地区", "beyond the horizon": "超出模拟期", "failed": "运行失败", EVIDENCE: "参考",
    NOT_KEPT: "未保存",
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

    words, grouped = WORDS[lang], _grouped(scores)
    regions = list(dict.fromkeys(region for _, region in grouped))
    alone = len(regions) == 1
    drawn = any(one.probability is not None for one in scores)
    title = f"{title} · {names.get(regions[0], regions[0])}" if alone else title
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column(
        words["target"], min_width=24 if alone and len(scenarios) <= 2 else 12, max_width=40, overflow="fold"
    )
    for key in ("where", "clause", "due", "wanted"):
        if key != "where" or not alone:
            side = "right" if key in {"due", "wanted"} else "left"
            table.add_column(words[key], justify=side, max_width=16, overflow="fold")  # type: ignore[arg-type]
    single = ("projected", "verdict", "by", *(["probability"] if drawn else []))
    for heading in [words[key] for key in single] if len(scenarios) == 1 else scenarios.values():
        table.add_column(heading, justify="right" if len(scenarios) == 1 else "left", overflow="fold")
    last = ""
    for (target, region), by_scenario in grouped.items():
        one = next(item for item in by_scenario.values() if item.projected is not None)
        due = f"{one.target.due}{'*' if one.target.assumed_deadline else ''}"
        head = (getattr(one.target.label, lang), one.target.clause) if target != last else ("", "")
        found = [by_scenario.get(name) for name in scenarios]
        cells = _columns(found[0], drawn, lang) if len(scenarios) == 1 else [_cell(item, lang) for item in found]
        where = [] if alone else [names.get(region, region)]
        table.add_row(head[0], *where, head[1], due, wanted(one, lang), *cells)
        last = target
    return table


def _grouped(scores: Sequence[Score]) -> dict[tuple[str, str], dict[str, Score]]:
    """Return scores by target and region, then by scenario; only where a scenario has a figure."""
    found: dict[tuple[str, str], dict[str, Score]] = {}
    for one in scores:
        if one.scenario:
            found.setdefault((one.target.id, one.region), {})[one.scenario] = one
    return {key: group for key, group in found.items() if any(one.projected is not None for one in group.values())}


def wanted(one: Score, lang: str) -> str:
    """Return what a row wants, with its unit."""
    words, row = WORDS[lang], one.target
    if one.unit == "conditions":
        return words["of"].format(f"{one.value:g}", f"{one.value:g}")
    if one.operator in {"rises", "falls"}:
        return words[one.operator]
    if one.unit == "percent of the programme":
        amount = "" if row.unit in {None, "percent"} else f" ({figure(_amount(one), row.unit, lang)})"
        return words["built"].format(f"{one.value:g}") + amount
    return f"{one.operator} {figure(one.value, one.unit, lang)}"


def figure(value: float | None, unit: str | None, lang: str) -> str:
    """Return a number with its unit; one with few digits keeps them all."""
    short = value is not None and abs(value) < 1e6 and value == round(value, 3)
    shown = f"{value:,.9g}" if short else number(value)
    return f"{shown} {_unit(unit, lang)}".strip()


def _unit(unit: str | None, lang: str) -> str:
    if unit is None or unit == "percent":
        return "%" if unit else ""
    return COUNTED.get(unit, unit_label(unit, lang)) if lang == "zh" else unit_label(unit, lang)


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
    return text if small or one.gap_percent is None else f"{text} ({one.gap_percent:+.3g} %)"


def probability(one: Score) -> str:
    """Return the share of draws that meet the target, with the number of failed ones."""
    if one.probability is None:
        return ""
    return f"{one.probability:.2f}" + (f" ({one.failed} failed)" if one.failed else "")


def _amount(one: Score) -> float | None:
    """Return the document's amount for the region, from what is built of it."""
    if one.amount is None or not one.projected:
        return one.target.value
    return 100 * one.amount / one.projected


def _columns(one: Score | None, drawn: bool, lang: str) -> list[str]:
    if one is None or one.projected is None:
        return ["", verdict(one, lang) if one else "", *([""] * (2 if drawn else 1))]
    spread = "" if one.low is None or one.low == one.high else f"\n{number(one.low)} … {number(one.high)}"
    later = f"\n{WORDS[lang]['in'].format(one.met_in)}" if one.met_in else ""
    cells = [projected(one, lang) + spread, verdict(one, lang) + later, by(one, lang)]
    return [*cells, probability(one)] if drawn else cells


def _cell(one: Score | None, lang: str) -> str:
    if one is None or one.projected is None:
        return verdict(one, lang) if one else ""
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
    told = {one.target.id for one in scores if one.projected is not None}
    for one in scores:
        if one.target.id not in told:
            rest.setdefault(verdict(one, lang), set()).add(one.target.id)
    found += [words["rest"].format(verdict=key, count=len(ids)) for key, ids in rest.items()]
    blanks = {one.target.id: one.target for one in scores if one.verdict == BLANK}
    lines = ["; ".join(found)] if found else []
    if blanks:
        lines.append(words["blank"])
        lines += [
            f"  {name}: {getattr(row.label, lang)}, {row.unit or ''}".rstrip(", ") for name, row in blanks.items()
        ]
    draws = max((one.draws or 0 for one in scores), default=0)
    if draws:
        lines.append(words["draws"].format(draws))
    if any(one.projected is not None and one.target.assumed_deadline for one in scores):
        lines.append(words["assumed"])
    return lines
