"""What a scoreboard says of one score, in plain words and natural numbers, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from urbsim.project.targets import checks
from urbsim.report.tables import number
from urbsim.report.words import PROSE_UNITS, SCORES, prose_unit, unit_label, verdict_label
from urbsim.results.scores import SCORED, Score, Verdict

COUNTS = {"person", "dwelling", "place", "mu", "person/year"}  # given in ten thousands in Chinese
SIGNS = {">=": "≥", "<=": "≤"}


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
    if lang == "en" and value == 1 and unit in PROSE_UNITS["en"] and unit.isalpha():
        return unit
    return prose_unit(unit, lang)


def wanted(one: Score, lang: str) -> str:
    """Return what a row wants here, with its unit; of a split total, the part and the whole."""
    words, found = SCORES[lang], checks(one.target)
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
        return SCORES[lang]["share"].format(_part(value, one.unit, lang), figure(row.value, row.unit, lang))
    return figure(value, one.unit, lang)


def _part(value: float, unit: str | None, lang: str) -> str:
    """Return a number whose unit stands elsewhere; in Chinese its own may hold ten thousands."""
    if lang == "zh" and unit in COUNTS:
        return figure(value, unit, lang)
    return f"{value:,.0f}" if value >= 100 else number(value)


def _programme(one: Score, lang: str) -> str:
    row, words = one.target, SCORES[lang]
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
    words = SCORES[lang]
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
    words, told = SCORES[lang], [_by(one, lang)]
    if one.met_in:
        told.append(words["in"].format(one.met_in))
    if one.probability is not None:
        told.append(words["draws"].format(100 * one.probability))
    if one.failed:
        told.append(words["failed"].format(one.failed))
    return ("； " if lang == "zh" else "; ").join(told)


def _by(one: Score, lang: str) -> str:
    words, word, row = SCORES[lang], verdict_label(one.verdict, lang), one.target
    if one.gap is None or one.value is None or len(checks(row)) > 1:
        return words["as set"].format(word) if one.verdict in SCORED and one.set_by_scenario else word
    if _lever(one):
        return words["as set"].format(word)
    short, key = one.gap < 0 if one.operator != "<=" else one.gap > 0, "over" if one.verdict == Verdict.MET else "by"
    if one.verdict == Verdict.MET and short and row.tolerance:
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
    words, found = SCORES[lang], []
    for part, check in zip(one.parts, checks(one.target), strict=False):
        unit = None if check.lever else part["unit"]
        sign = {"rises": ">", "falls": "<"}.get(part["operator"], SIGNS.get(part["operator"], part["operator"]))
        want, have = (figure(part[key], unit, lang) for key in ("wanted", "projected"))
        have = words["set to"].format(have) if check.lever else have
        found.append(
            (labels.get(part["what"], part["what"]), f"{sign} {want}", have, words["holds" if part["met"] else "fails"])
        )
    return found
