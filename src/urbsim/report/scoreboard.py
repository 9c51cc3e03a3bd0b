"""The scoreboard of targets: rows for CSV, and tables for the terminal: document, then region, then clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from urbsim.project.targets import said
from urbsim.report.scorewords import conditions, outcome, projected, wanted
from urbsim.report.tables import new_table
from urbsim.report.words import SCOREBOARD, SCORES, unit_label, verdict_label
from urbsim.results.scores import SCORED, Score, Verdict

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = (
    "document", "target", "clause", "kind", "region", "scenario", "deadline", "assumed", "operator", "value", "unit",
    "projected", "low", "high", "verdict", "gap", "gap_percent", "probability", "draws", "failed", "met_in", "amount",
    "why",
)  # fmt: skip
FEW = 4  # regions that get a table each
HEAD, FIGURES, WORD = 40, 26, 8  # characters of the columns before the scenarios, of one with figures, of one verdict


@dataclass(frozen=True, slots=True)
class Board:
    """What a scoreboard is printed with: titles of scenarios, names of regions and indicators, all by id."""

    scenarios: Mapping[str, str]
    regions: Mapping[str, str]
    labels: Mapping[str, str]
    lang: str = "en"
    width: int = 118


Block = tuple["Table | None", list[str]]


def rows(scores: Sequence[Score]) -> Iterator[dict[str, Any]]:
    """Give one row per score with the columns of targets.csv; what is not known is empty."""
    for score in scores:
        fields = score.as_dict()
        yield {name: "" if fields[name] is None else fields[name] for name in COLUMNS}


def scoreboard(scores: Sequence[Score], title: str, board: Board) -> Iterator[Block]:
    """Give the tables of one document with the lines below each; first its title and counts, last what has no figure.

    A table per region, or one for all where there are many. Scenarios whose figures fit stand beside each other;
    more of them show verdicts only, under a letter each.
    """
    words = SCOREBOARD[board.lang]
    with_figures = [score for score in scores if score.scenario]
    if not scores:
        yield None, [title, words["none"], ""]
        return
    yield None, [title, _summary(scores, board.lang), ""]
    by_region = {
        name: [score for score in with_figures if score.region == name] for name in _regions(with_figures, board)
    }
    if len(by_region) > FEW:
        yield None, [words["regions"].format(len(by_region)), *_legend(board)]
        for names in _chunks(list(board.scenarios), (board.width - HEAD) // (WORD + 2)):
            yield _matrix(with_figures, names, board, _share), []
        yield None, [words["each"], ""]
    else:
        for region, mine in by_region.items():
            yield from _region(mine, board.regions.get(region, region), board)
    yield None, [*_without(scores, board), *_footnotes(with_figures, scores, board), ""]


def _regions(with_figures: Sequence[Score], board: Board) -> list[str]:
    """Return the regions in the order of the board."""
    order = {name: place for place, name in enumerate(board.regions)}
    return sorted(dict.fromkeys(score.region for score in with_figures), key=lambda name: order.get(name, len(order)))


def _summary(scores: Sequence[Score], lang: str) -> str:
    """Return how many rows a document has, and how many of them have no figure at all."""
    words = SCOREBOARD[lang]
    with_figures = {score.target.id for score in scores if score.scenario}
    counts: dict[Verdict, int] = {}
    for score in scores:
        if not score.scenario:
            counts[score.verdict] = counts.get(score.verdict, 0) + 1
    first = words["rows"].format(all=len({score.target.id for score in scores}), scored=len(with_figures))
    rest = [words["count"].format(verdict=verdict_label(name, lang), count=count) for name, count in counts.items()]
    return words["list"].join([first, *rest])


def _region(mine: Sequence[Score], name: str, board: Board) -> Iterator[Block]:
    ran = {score.scenario for score in mine if score.verdict != Verdict.NO_RUN}
    scenarios = [name for name in board.scenarios if name in ran]
    fit = max(1, (board.width - HEAD - 16) // FIGURES)
    yield None, [name, *_tally(mine, scenarios, board)]
    if len(board.scenarios) == 1:
        yield _figures(mine, board), []
    elif len(scenarios) <= fit:
        yield _matrix(mine, scenarios, board, _cell), []
    else:
        for names in _chunks(scenarios, (board.width - HEAD) // WORD):
            yield _matrix(mine, names, board, _word), []


def _chunks(names: list[str], size: int) -> list[list[str]]:
    size = max(1, size)
    return [names[start : start + size] for start in range(0, len(names), size)]


def _legend(board: Board) -> list[str]:
    return [f"{letter} {board.scenarios[name]}" for name, letter in _letters(board).items()]


def _letters(board: Board) -> dict[str, str]:
    """Return a letter per scenario; numbers where there are more than letters."""
    several = len(board.scenarios) > len(ascii_uppercase)
    names = list(board.scenarios)
    return {name: str(place + 1) if several else ascii_uppercase[place] for place, name in enumerate(names)}


def _table(lang: str) -> Table:
    """Return a table with the columns that say which target."""
    words = SCORES[lang]
    table = new_table()
    table.add_column(words["clause"], no_wrap=True)
    table.add_column(words["target"], max_width=44, overflow="fold")
    table.add_column(words["due"], no_wrap=True)
    return table


def _figures(mine: Sequence[Score], board: Board) -> Table:
    """Return the table of one region under one scenario, with figures in columns and a line per condition."""
    words, lang = SCORES[board.lang], board.lang
    table = _table(lang)
    table.add_column(words["wanted"], justify="right", max_width=26, overflow="fold")
    table.add_column(words["projected"], justify="right", max_width=20, overflow="fold")
    table.add_column(words["verdict"], max_width=60, overflow="fold")
    last = ""
    for score in mine:
        clause, last = score.target.clause if score.target.clause != last else "", score.target.clause
        table.add_row(clause, *_head(score, lang), wanted(score, lang), projected(score, lang), outcome(score, lang))
        for name, want, have, holds in conditions(score, board.labels, lang):
            table.add_row("", f"  {name}", "", want, have, holds)
    return table


def _head(score: Score, lang: str) -> tuple[str, str]:
    return score.target.label.in_(lang), f"{score.target.due}{'*' if score.target.assumed_deadline else ''}"


def _matrix(mine: Sequence[Score], names: Sequence[str], board: Board, cell: Any) -> Table:
    """Return a table with a column per scenario; ``cell`` makes text of the scores of a target under a scenario."""
    table, letters, short = _table(board.lang), _letters(board), cell is not _cell
    if not short:
        table.add_column(SCORES[board.lang]["wanted"], justify="right", max_width=20, overflow="fold")
    for name in names:
        heading = letters[name] if short else board.scenarios[name]
        table.add_column(heading, overflow="fold")
    by_target: dict[str, list[Score]] = {}
    for score in mine:
        by_target.setdefault(score.target.id, []).append(score)
    last = ""
    for rows_of_score in by_target.values():
        first = next((score for score in rows_of_score if score.projected is not None), rows_of_score[0])
        clause, last = first.target.clause if first.target.clause != last else "", first.target.clause
        want = [] if short else [wanted(first, board.lang)]
        cells = [cell([score for score in rows_of_score if score.scenario == name], board.lang) for name in names]
        table.add_row(clause, *_head(first, board.lang), *want, *cells)
    return table


def _cell(mine: Sequence[Score], lang: str) -> str:
    """Return figure and verdict."""
    return "\n".join(f"{projected(score, lang)}\n{outcome(score, lang)}".strip() for score in mine)


def _word(mine: Sequence[Score], lang: str) -> str:
    """Return the verdict, a dash where there is none."""
    return "".join(verdict_label(score.verdict, lang) if score.verdict in SCORED else "–" for score in mine)


def _share(mine: Sequence[Score], lang: str) -> str:
    """Return how many regions meet a target of those that have a verdict."""
    judged_scores = [score for score in mine if score.verdict in SCORED]
    hits = sum(score.verdict == Verdict.MET for score in judged_scores)
    return SCOREBOARD[lang]["of"].format(hits, len(judged_scores)) if judged_scores else "–"


def _tally(mine: Sequence[Score], scenarios: Sequence[str], board: Board) -> list[str]:
    """Return a line per scenario: how many targets are met, and how many of these the scenario itself decides."""
    lines, letters = [], _letters(board)
    for name in scenarios:
        cells = [score for score in mine if score.scenario == name]
        hits, misses = ([score for score in cells if score.verdict == word] for word in SCORED)
        rest, count = len(cells) - len(hits) - len(misses), sum(score.set_by_scenario for score in hits)
        part = f"{letters[name]} {board.scenarios[name]}" if len(letters) > 1 else board.scenarios[name]
        words = SCOREBOARD[board.lang]
        own = words["own"].format(count) if count else ""
        lines.append(words["tally"].format(name=part, met=len(hits), set=own, missed=len(misses), rest=rest))
    return lines


def _without(scores: Sequence[Score], board: Board) -> list[str]:
    """Return rows without met or missed by verdict, each reason told once; blanks with the option that fills them."""
    words, lang, lines = SCOREBOARD[board.lang], board.lang, []
    for word in dict.fromkeys(score.verdict for score in scores if score.verdict not in SCORED):
        mine = [score for score in scores if score.verdict == word and (score.why or not score.scenario)]
        if mine:
            lines.append(words["because"].format(verdict_label(word, lang), "").rstrip())
        if word == Verdict.BLANK:
            lines += [f"  {_name(score, lang)}{_in(score, lang)}: --target {score.target.id}=VALUE" for score in mine]
        else:
            lines += _reasons([(said(score.why, lang), score) for score in mine], lang)
    return lines


def _in(score: Score, lang: str) -> str:
    return f"{SCOREBOARD[lang]['comma']}{unit_label(score.target.unit, lang)}" if score.target.unit else ""


def _name(score: Score, lang: str) -> str:
    return f"{score.target.clause} {score.target.label.in_(lang)}"


def _reasons(reasons: Sequence[tuple[str, Score]], lang: str) -> list[str]:
    """Return a line per reason with the rows that it holds for."""
    words = SCOREBOARD[lang]
    by_reason: dict[str, dict[str, str]] = {}
    for reason, score in reasons:
        by_reason.setdefault(reason.rstrip(".。"), {})[score.target.id] = _name(score, lang)
    lines = [(words["named"].join(names.values()), reason) for reason, names in by_reason.items()]
    return [f"  {words['because'].format(names, reason) if reason else names}" for names, reason in lines]


def _footnotes(with_figures: Sequence[Score], scores: Sequence[Score], board: Board) -> list[str]:
    words, lang, lines = SCOREBOARD[board.lang], board.lang, []
    notes = [(said(score.target.note, lang), score) for score in with_figures if score.target.note]
    if len(board.scenarios) == 1 and notes:
        lines += [words["read"], *_reasons(notes, lang)]
    if any(score.target.assumed_deadline for score in with_figures):
        lines.append(words["assumed"])
    if any(score.set_by_scenario and score.verdict in SCORED for score in with_figures):
        lines.append(words["set"])
    draws = max((score.draws or 0 for score in scores), default=0)
    if draws:
        lines.append(words["draws"].format(draws))
    elif any(score.verdict in SCORED for score in with_figures):
        lines.append(words["certain"])
    return lines
