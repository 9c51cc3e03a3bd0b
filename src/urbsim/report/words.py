"""Words of charts and tables in English and Chinese, by language and key: the one place for both."""

from __future__ import annotations

from collections.abc import Mapping

from urbsim.results.scores import Verdict

Words = Mapping[str, Mapping[str, str]]  # language -> key -> text

UNITS: Words = {
    "en": {
        "percent": "%",
        "dmnl": "",
        "bed/(thousand*person)": "beds",
        "place/(thousand*person)": "places",
        "percent/year": "% a year",
        "亿元": "100 million yuan",
        "亿元/year": "100 million yuan a year",
        "万元/(mu*year)": "10 000 yuan per mu a year",
    },
    "zh": {
        "person": "人",
        "percent": "%",
        "dmnl": "",
        "dwelling": "套",
        "yuan/m2": "元/平方米",
        "mu": "亩",
        "place": "个",
        "bed": "张",
        "person/class": "人/班",
        "bed/(thousand*person)": "张/千人",
        "place/(thousand*person)": "个/千人",
        "job": "个",
        "km2": "平方公里",
        "m2/person": "平方米/人",
        "dwelling/year": "套/年",
        "year": "年",
        "person/year": "人/年",
        "mu/year": "亩/年",
        "percent/year": "%/年",
        "亿元": "亿元",
        "亿元/year": "亿元/年",
        "万元/(mu*year)": "万元/亩·年",
    },
}  # beside a number in a table, on an axis
PROSE_UNITS: Words = {
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
}  # fmt: skip  # in running text

IAMC_UNITS: Mapping[str, str] = {  # as the format spells them: text without signs of other scripts
    "percent": "%",
    "percent/year": "%/year",
    "dmnl": "dimensionless",
    "亿元": "100 million yuan",
    "亿元/year": "100 million yuan/year",
    "万元/(mu*year)": "10 thousand yuan/(mu*year)",
    "bed/(thousand*person)": "bed per thousand persons",
    "place/(thousand*person)": "place per thousand persons",
}
IAMC_GROUPS: Mapping[str, str] = {
    "people": "Population",
    "work": "Labour",
    "housing": "Housing",
    "land": "Land",
    "schools": "Education",
    "care": "Health and care",
    "networks": "Infrastructure",
    "money": "Public finance",
}

CHARTS: Words = {
    "en": {"target": "target year", "model": "model", "source": "urbsim batch"},
    "zh": {"target": "目标年", "model": "模型", "source": "urbsim 批次"},
}
FANS: Words = {
    "en": {"wide": "90 % of draws", "half": "50 % of draws", "median": "median", "first": "median of {}"},
    "zh": {"wide": "90% 的抽样", "half": "50% 的抽样", "median": "中位数", "first": "{}的中位数"},
}
TARGET_CHARTS: Words = {
    "en": {
        "axis": "projected over wanted, 1 = target",
        "met": "met",
        "missed": "missed",
        "spread": "90 % of draws",
        "scenarios": "{}/{} scenarios",
        "regions": "{}/{} regions",
    },
    "zh": {
        "axis": "预测值/目标值（1=目标）",
        "met": "达标",
        "missed": "未达标",
        "spread": "90% 的抽样",
        "scenarios": "{}/{} 个情景",
        "regions": "{}/{} 个地区",
    },
}

TYPED: Words = {
    "en": {"set": "--set: {label} = {value:g} from {year} on."},
    "zh": {"set": "--set：自 {year} 年起，{label} = {value:g}。"},
}

VERDICTS: Words = {
    "en": {Verdict.EVIDENCE: "evidence only"},
    "zh": {
        Verdict.MET: "达标", Verdict.MISSED: "未达标", Verdict.BLANK: "待用户填写", Verdict.NOT_MODELLED: "未建模",
        Verdict.NO_RUN: "未运行", Verdict.NO_REGION: "无此地区", Verdict.BEYOND: "超出模拟期",
        Verdict.FAILED: "运行失败", Verdict.EVIDENCE: "仅供参考", Verdict.NOT_KEPT: "未保存",
    },
}  # fmt: skip
SCORES: Words = {
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
SCOREBOARD: Words = {
    "en": {
        "rows": "{all} rows: {scored} scored below", "count": "{count} {verdict}", "list": "; ",
        "named": ", ", "comma": ", ",
        "because": "{}: {}", "regions": "{} regions, targets met of those scored",
        "tally": "{name}: {met} met{set}; {missed} missed; {rest} without a verdict",
        "own": ", {} of them (set)",
        "of": "{} of {}",
        "none": "No row names these regions.",
        "others": "Documents that name no region of this batch, shown with --document: {}",
        "read": "How rows are read:",
        "each": "Figures of one region and scenario: urbsim targets --region ID --scenario ID",
        "assumed": "* The document gives no year; the deadline is assumed.",
        "set": "(set): the scenario itself decides it; what follows from it is not projected.",
        "draws": "Medians and 90 % intervals of {} draws.",
        "certain": "One run without draws: it says nothing about certainty; `urbsim run --draws 100` does.",
    },
    "zh": {
        "rows": "共{all}条：{scored}条评分如下", "count": "{verdict}{count}条", "list": "；",
        "named": "、", "comma": "，",
        "because": "{}：{}", "regions": "{}个地区，达标数/有结论数",
        "tally": "{name}：{met}项达标{set}；{missed}项未达标；{rest}项无结论", "own": "，其中{}项为（设定）",
        "of": "{}/{}", "none": "没有涉及这些地区的条目。",
        "others": "未涉及本批次地区的文件，可用 --document 查看：{}", "read": "各条读法：",
        "each": "单个地区和情景的数值：urbsim targets --lang zh --region ID --scenario ID",
        "assumed": "* 文件未给年份，期限为假定。",
        "set": "（设定）：由情景本身决定，不是预测结果。",
        "draws": "{} 次抽样的中位数和90%区间。",
        "certain": "单次运行没有抽样，不能说明把握程度；可用 urbsim run --draws 100。",
    },
}  # fmt: skip

LOOPS: Words = {
    "en": {
        "loop": "Loop",
        "polarity": "Polarity",
        "found": "found",
        "cut": "Cut",
        "reading": "Reading",
        "reinforcing": "reinforcing",
        "balancing": "balancing",
        "+": "reinforcing",
        "-": "balancing",
        "0": "none",
        "±": "both",
    },
    "zh": {
        "loop": "回路",
        "polarity": "极性",
        "found": "实为",
        "cut": "切断变量",
        "reading": "指标",
        "reinforcing": "增强",
        "balancing": "平衡",
        "+": "增强",
        "-": "平衡",
        "0": "无作用",
        "±": "正负不定",
    },
}


def unit_label(unit: str, lang: str) -> str:
    """Return a unit as it stands beside a number."""
    return UNITS[lang].get(unit, unit)


def prose_unit(unit: str, lang: str) -> str:
    """Return a unit as it stands in a sentence."""
    return PROSE_UNITS[lang].get(unit, unit_label(unit, lang))


def verdict_label(verdict: Verdict, lang: str) -> str:
    """Return a verdict as it is shown."""
    return VERDICTS[lang].get(verdict, verdict)
