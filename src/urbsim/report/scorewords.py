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
    text = f"{value:,.0f}" if whole else f"{value:,.9g}" if exact else number(value)
    return f"{text}{'' if lang == 'zh' else ' '}{_unit(unit, value, lang)}".strip()


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


def wanted(score: Score, lang: str) -> str:
    """Return the goal of a row here, with its unit; of a split total, the part and the whole."""
    words, conditions_of_row = SCORES[lang], checks(score.target)
    value = score.value if score.value is not None else score.target.value
    if len(conditions_of_row) > 1:
        return words["conditions"].format(len(conditions_of_row))
    if conditions_of_row and conditions_of_row[0].reading.how == "programme":
        return _programme(score, lang)
    if value is None:
        return ""
    if score.operator in {"rises", "falls"}:
        key = "more" if score.operator == "rises" else "less"
        return words[key].format(figure(value, score.unit, lang), conditions_of_row[0].reading.since)
    sign = SIGNS.get(str(score.operator), str(score.operator))
    if _lever(score):
        return words["set"].format(words["full"] if _full(score) else f"{sign} {value:,.9g}")
    return f"{sign}{'' if lang == 'zh' else ' '}{_amount(score, value, lang)}"


def _amount(score: Score, value: float, lang: str) -> str:
    """Return a wanted value; of a split total, the part and the whole."""
    row = score.target
    if row.allocation and row.value and abs(value - row.value) > 1e-6 * row.value:
        return SCORES[lang]["share"].format(_part(value, score.unit, lang), figure(row.value, row.unit, lang))
    return figure(value, score.unit, lang)


def _part(value: float, unit: str | None, lang: str) -> str:
    """Return a number whose unit stands elsewhere; in Chinese its own may hold ten thousands."""
    if lang == "zh" and unit in COUNTS:
        return figure(value, unit, lang)
    return f"{value:,.0f}" if value >= 100 else number(value)


def _programme(score: Score, lang: str) -> str:
    row, words = score.target, SCORES[lang]
    if row.value is None or (row.unit == "percent" and row.value == 100):
        return words["all"]
    whole = figure(row.value, row.unit, lang)
    if score.amount is None or not score.projected:
        return words["of all"].format(whole)
    part = 100 * score.amount / score.projected
    split = abs(part - row.value) > 1e-6 * row.value
    return words["of all"].format(words["share"].format(number(part), whole) if split else whole)


def projected(score: Score, lang: str) -> str:
    """Return the projected value as it is shown, with the 90 % interval of draws below it."""
    words = SCORES[lang]
    if score.projected is None:
        return ""
    if len(checks(score.target)) > 1:
        return words["hold"].format(f"{score.projected:g}", len(checks(score.target)))
    if _lever(score):
        return words["set to"].format(
            figure(100 * score.projected, "percent", lang) if _full(score) else f"{score.projected:,.9g}"
        )
    is_programme = checks(score.target)[0].reading.how == "programme"
    text = words["built"].format(number(score.projected)) if is_programme else figure(score.projected, score.unit, lang)
    if score.low is None or score.high is None or score.low == score.high:
        return text
    return f"{text}\n{_part(score.low, score.unit, lang)} … {_part(score.high, score.unit, lang)}"


def outcome(score: Score, lang: str) -> str:
    """Return the verdict with how far from what is wanted, when it is met later, and in how many draws."""
    words, phrases = SCORES[lang], [_by(score, lang)]
    if score.met_in:
        phrases.append(words["in"].format(score.met_in))
    if score.probability is not None:
        phrases.append(words["draws"].format(100 * score.probability))
    if score.failed:
        phrases.append(words["failed"].format(score.failed))
    return ("； " if lang == "zh" else "; ").join(phrases)


def _by(score: Score, lang: str) -> str:
    words, word, row = SCORES[lang], verdict_label(score.verdict, lang), score.target
    if score.gap is None or score.value is None or len(checks(row)) > 1:
        return words["as set"].format(word) if score.verdict in SCORED and score.set_by_scenario else word
    if _lever(score):
        return words["as set"].format(word)
    short, key = (
        score.gap < 0 if score.operator != "<=" else score.gap > 0,
        "over" if score.verdict == Verdict.MET else "by",
    )
    if score.verdict == Verdict.MET and short and row.tolerance:
        return words["within"].format(word, f"{100 * row.tolerance:g}")
    if abs(score.gap) < 1e-9 * max(1, abs(score.value)):
        return word
    if score.unit is not None and score.unit.startswith("percent"):
        return words[key].format(word, words["points"].format(number(abs(score.gap))))
    share = "" if score.gap_percent is None else words["relative"].format(f"{abs(score.gap_percent):.3g}")
    return words[key].format(word, figure(abs(score.gap), score.unit, lang) + share)


def _lever(score: Score) -> bool:
    conditions_of_row = checks(score.target)
    return len(conditions_of_row) == 1 and conditions_of_row[0].lever is not None


def _full(score: Score) -> bool:
    """Tell whether a lever is asked for in full, as a share of 1."""
    return score.unit == "dmnl" and score.value == 1


def conditions(score: Score, labels: Mapping[str, str], lang: str) -> Sequence[tuple[str, str, str, str]]:
    """Return name, wanted, projected and outcome of each of several conditions."""
    words, conditions_of_row = SCORES[lang], []
    for part, check in zip(score.parts, checks(score.target), strict=False):
        unit = None if check.lever else part["unit"]
        sign = {"rises": ">", "falls": "<"}.get(part["operator"], SIGNS.get(part["operator"], part["operator"]))
        want, have = (figure(part[key], unit, lang) for key in ("wanted", "projected"))
        have = words["set to"].format(have) if check.lever else have
        conditions_of_row.append(
            (labels.get(part["what"], part["what"]), f"{sign} {want}", have, words["holds" if part["met"] else "fails"])
        )
    return conditions_of_row
