"""What a scoreboard says of one score, in plain words and natural numbers, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from urbsim.project.targets import checks
from urbsim.report.charts import unit_label
from urbsim.report.tables import number
from urbsim.results.scores import (
    BEYOND,
    BLANK,
    EVIDENCE,
    FAILED,
    MET,
    MISSED,
    NO_REGION,
    NO_RUN,
    NOT_KEPT,
    NOT_MODELLED,
    Score,
)

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "clause": "Clause", "target": "Target", "due": "Due", "wanted": "Wanted", "projected": "Projected",
        "verdict": "Verdict",
        "conditions": "{} conditions", "hold": "{} of {} hold", "holds": "holds", "fails": "does not hold",
        "set": "set {}", "set to": "set to {}", "full": "in full", "all": "all built",
        "of all": "all built ({})", "share": "{} of {}",
        "built": "{} % built", "more": "more than {} ({})", "less": "less than {} ({})",
        "by": "{} by {}", "over": "{} by {}", "within": "{} within {} %", "as set": "{} (set)", "in": "met in {}",
        "draws": "{:.0f} % of draws meet it", "failed": "draws that failed: {}", "points": "{} points",
        "relative": " ({} %)",
    },
    "zh": {
        "clause": "条款", "target": "目标", "due": "期限", "wanted": "目标值", "projected": "预测值", "verdict": "结论",
        "conditions": "{}项条件", "hold": "{1}项中{0}项成立", "holds": "成立", "fails": "不成立",
        "set": "设定{}", "set to": "设为{}", "full": "全额", "all": "全部建成",
        "of all": "全部建成， {}", "share": "{} （共{}）",
        "built": "建成 {}%", "more": "高于{} （{}年）", "less": "低于{} （{}年）",
        "by": "{}，差{}", "over": "{}，超出{}", "within": "{}（容差{}%以内）", "as set": "{}（设定）", "in": "{}年达标",
        "draws": "{:.0f}%的抽样达标", "failed": "{} 次抽样失败", "points": "{}个百分点", "relative": "（{}%）",
    },
}  # fmt: skip
VERDICTS: Mapping[str, Mapping[str, str]] = {
    "en": {EVIDENCE: "evidence only"},
    "zh": {
        MET: "达标", MISSED: "未达标", BLANK: "待用户填写", NOT_MODELLED: "未建模", NO_RUN: "未运行",
        NO_REGION: "无此地区", BEYOND: "超出模拟期", FAILED: "运行失败", EVIDENCE: "仅供参考", NOT_KEPT: "未保存",
    },
}  # fmt: skip
UNITS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "person": "people", "dwelling": "dwellings", "place": "places", "kilometre": "km", "km2": "km²", "m2": "m²",
        "community": "communities", "venue": "venues", "park": "parks", "centre": "centres", "village": "villages",
        "year": "years", "person/year": "people a year", "1/year": "a year",
        "place/(thousand*person)": "places per 1,000 people",
    },
    "zh": {
        "kilometre": "公里", "community": "个", "venue": "处", "park": "个", "centre": "个", "village": "个",
        "m2": "平方米", "1/year": "/年",
    },
}  # fmt: skip
COUNTS = {"person", "dwelling", "place", "mu", "person/year"}  # given in ten thousands in Chinese
SIGNS = {">=": "≥", "<=": "≤"}


def verdict(word: str, lang: str) -> str:
    """Return a verdict as it is shown."""
    return VERDICTS[lang].get(word, word)


def figure(value: float, unit: str | None, lang: str) -> str:
    """Return a number with its unit, in the size that people use: 2.31万人, 1.2 trillion yuan, 300 km."""
    if unit in COUNTS and lang == "zh" and abs(value) >= 1e4:
        return f"{value / 1e4:.4g}万{unit_label(str(unit), lang)}"
    if unit is not None and unit.startswith("亿元"):
        return _money(value, lang) + unit_label(unit, lang).removeprefix("亿元").removeprefix("100 million yuan")
    whole, exact = unit in COUNTS and abs(value) >= 100, abs(value) < 1e6 and value == round(value, 3)
    shown = f"{value:,.0f}" if whole else f"{value:,.9g}" if exact else number(value)
    return f"{shown}{'' if lang == 'zh' else ' '}{_unit(unit, value, lang)}".strip()


def _money(value: float, lang: str) -> str:
    """Return 亿元 (a hundred million yuan) in the unit of its size."""
    if lang == "zh":
        return f"{value / 1e4:.4g}万亿元" if abs(value) >= 1e4 else f"{value:,.4g}亿元"
    return f"{value / 1e4:.4g} trillion yuan" if abs(value) >= 1e4 else f"{value / 10:,.4g} billion yuan"


def _unit(unit: str | None, value: float, lang: str) -> str:
    if unit is None or unit == "percent":
        return "%" if unit else ""
    if lang == "en" and value == 1 and unit in UNITS["en"] and unit.isalpha():
        return unit
    return UNITS[lang].get(unit, unit_label(unit, lang))


def wanted(one: Score, lang: str) -> str:
    """Return what a row wants here, with its unit; of a split total, the part and the whole."""
    words, found = WORDS[lang], checks(one.target)
    value = one.value if one.value is not None else one.target.value
    if len(found) > 1:
        return words["conditions"].format(len(found))
    if found and found[0].reading.how == "programme":
        return _programme(one, lang)
    if value is None:
        return ""
    if one.operator in {"rises", "falls"}:
        key = "more" if one.operator == "rises" else "less"
        return words[key].format(figure(value, one.unit, lang), found[0].reading.since)
    sign = SIGNS.get(str(one.operator), str(one.operator))
    if _lever(one):
        return words["set"].format(words["full"] if _full(one) else f"{sign} {value:,.9g}")
    return f"{sign}{'' if lang == 'zh' else ' '}{_amount(one, value, lang)}"


def _amount(one: Score, value: float, lang: str) -> str:
    """Return a wanted value; of a split total, the part and the whole."""
    row = one.target
    if row.allocation and row.value and abs(value - row.value) > 1e-6 * row.value:
        return WORDS[lang]["share"].format(_part(value, one.unit, lang), figure(row.value, row.unit, lang))
    return figure(value, one.unit, lang)


def _part(value: float, unit: str | None, lang: str) -> str:
    """Return a number whose unit stands elsewhere; in Chinese its own may hold ten thousands."""
    if lang == "zh" and unit in COUNTS:
        return figure(value, unit, lang)
    return f"{value:,.0f}" if value >= 100 else number(value)


def _programme(one: Score, lang: str) -> str:
    row, words = one.target, WORDS[lang]
    if row.value is None or (row.unit == "percent" and row.value == 100):
        return words["all"]
    whole = figure(row.value, row.unit, lang)
    if one.amount is None or not one.projected:
        return words["of all"].format(whole)
    part = 100 * one.amount / one.projected
    split = abs(part - row.value) > 1e-6 * row.value
    return words["of all"].format(words["share"].format(number(part), whole) if split else whole)


def projected(one: Score, lang: str) -> str:
    """Return the projected value as it is shown, with the 90 % interval of draws below it."""
    words = WORDS[lang]
    if one.projected is None:
        return ""
    if len(checks(one.target)) > 1:
        return words["hold"].format(f"{one.projected:g}", len(checks(one.target)))
    if _lever(one):
        return words["set to"].format(
            figure(100 * one.projected, "percent", lang) if _full(one) else f"{one.projected:,.9g}"
        )
    built = checks(one.target)[0].reading.how == "programme"
    shown = words["built"].format(number(one.projected)) if built else figure(one.projected, one.unit, lang)
    if one.low is None or one.high is None or one.low == one.high:
        return shown
    return f"{shown}\n{_part(one.low, one.unit, lang)} … {_part(one.high, one.unit, lang)}"


def outcome(one: Score, lang: str) -> str:
    """Return the verdict with how far from what is wanted, when it is met later, and in how many draws."""
    words, told = WORDS[lang], [_by(one, lang)]
    if one.met_in:
        told.append(words["in"].format(one.met_in))
    if one.probability is not None:
        told.append(words["draws"].format(100 * one.probability))
    if one.failed:
        told.append(words["failed"].format(one.failed))
    return ("； " if lang == "zh" else "; ").join(told)


def _by(one: Score, lang: str) -> str:
    words, word, row = WORDS[lang], verdict(one.verdict, lang), one.target
    if one.gap is None or one.value is None or len(checks(row)) > 1:
        return words["as set"].format(word) if one.verdict in {MET, MISSED} and one.set_by_scenario else word
    if _lever(one):
        return words["as set"].format(word)
    short, key = one.gap < 0 if one.operator != "<=" else one.gap > 0, "over" if one.verdict == MET else "by"
    if one.verdict == MET and short and row.tolerance:
        return words["within"].format(word, f"{100 * row.tolerance:g}")
    if abs(one.gap) < 1e-9 * max(1, abs(one.value)):
        return word
    if one.unit is not None and one.unit.startswith("percent"):
        return words[key].format(word, words["points"].format(number(abs(one.gap))))
    share = "" if one.gap_percent is None else words["relative"].format(f"{abs(one.gap_percent):.3g}")
    return words[key].format(word, figure(abs(one.gap), one.unit, lang) + share)


def _lever(one: Score) -> bool:
    found = checks(one.target)
    return len(found) == 1 and found[0].lever is not None


def _full(one: Score) -> bool:
    """Tell whether a lever is asked for in full, as a share of 1."""
    return one.unit == "dmnl" and one.value == 1


def conditions(one: Score, labels: Mapping[str, str], lang: str) -> Sequence[tuple[str, str, str, str]]:
    """Return name, wanted, projected and outcome of each of several conditions."""
    words, found = WORDS[lang], []
    for part, check in zip(one.parts, checks(one.target), strict=False):
        unit = None if check.lever else part["unit"]
        sign = {"rises": ">", "falls": "<"}.get(part["operator"], SIGNS.get(part["operator"], part["operator"]))
        want, have = (figure(part[key], unit, lang) for key in ("wanted", "projected"))
        have = words["set to"].format(have) if check.lever else have
        found.append(
            (labels.get(part["what"], part["what"]), f"{sign} {want}", have, words["holds" if part["met"] else "fails"])
        )
    return found
