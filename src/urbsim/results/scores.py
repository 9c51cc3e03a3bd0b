"""Score the targets of policy documents against a stored batch, each at its own deadline.

A verdict comes only from a figure of a run. A row with ``why_not``, a blank value, a region that is not here or was
not run, a deadline past the horizon and a reported outcome say so instead. With draws the projected figure is the
median, the probability the share of draws that meet the target, and a row is met where at least half of them do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np

from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.project.targets import Check, Target, Targets, Words, checks, said
from urbsim.results.intervals import interval, relative
from urbsim.results.score_places import ScorePlace, goal, parts, score_places, splits
from urbsim.results.score_series import BatchSeries, Track, added, every, track, worst


class Verdict(StrEnum):
    """What a row comes to; the value is what files hold, words for people stand in :mod:`urbsim.report.words`."""

    MET = "met"
    MISSED = "missed"
    BLANK = "user-supplied"
    NOT_MODELLED = "not modelled"
    NO_RUN = "no run"
    NO_REGION = "no such region here"
    BEYOND = "beyond the horizon"
    FAILED = "failed"
    EVIDENCE = "evidence"
    NOT_KEPT = "not kept"


SCORED = (Verdict.MET, Verdict.MISSED)


@dataclass(frozen=True, slots=True)
class Score:
    """What a batch says about a row in a region under a scenario; None where there is nothing to say.

    ``value`` is what is wanted there, after allocation; ``gap`` is projected less wanted, in ``unit`` and in percent.
    For a programme they are shares of it, and ``amount`` is the document's amount times the share built.
    """

    target: Target
    document: str
    region: str
    scenario: str
    verdict: Verdict
    operator: str | None = None
    value: float | None = None
    unit: str | None = None
    projected: float | None = None
    low: float | None = None
    high: float | None = None
    gap: float | None = None
    gap_percent: float | None = None
    probability: float | None = None
    draws: int | None = None
    failed: int | None = None
    met_in: int | None = None
    amount: float | None = None
    why: Words = ""
    parts: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, flat, for JSON and CSV."""
        row = self.target
        head = {"document": self.document, "target": row.id, "clause": row.clause, "kind": row.kind}
        due = {"deadline": row.due, "assumed": row.assumed_deadline is not None}
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in {"target", "document"}}
        return {**head, **due, **own, "why": said(self.why, "en")}

    @property
    def set_by_scenario(self) -> bool:
        """Tell whether levers alone decide the verdict: it says what the scenario assumes, not what follows from it."""
        conditions = checks(self.target)
        return bool(conditions) and all(check.lever is not None for check in conditions)


def score(
    targets: Targets, batch: BatchSeries, project: Project, scenarios: Sequence[str], regions: Sequence[str]
) -> list[Score]:
    """Return the scores of every row, in the order of the documents, for the regions and scenarios named.

    Parameters
    ----------
    targets
        Rows of all documents.
    batch
        Series of indicators and levers.
    project
        Facts of regions, and the areas above them.
    scenarios, regions
        Ids, in the order of the scores.
    """
    return [
        result
        for document, row in targets.rows
        for result in _row(document, row, targets, batch, project, scenarios, regions)
    ]


def concerning(scores: Sequence[Score], targets: Targets) -> list[Score]:
    """Return the scores of documents that name a region of the batch; what holds everywhere makes no such document."""
    everywhere = {name for name, place in targets.places.items() if place.everywhere}
    documents = {result.document for result in scores if result.scenario and result.target.region not in everywhere}
    return [result for result in scores if result.document in documents]


def concerned(targets: Targets, project: Project, regions: Sequence[str]) -> bool:
    """Tell whether a document names one of the regions, before any number is read."""
    everywhere = {name for name, place in targets.places.items() if place.everywhere}
    rows = [row for _, row in targets.rows if row.region not in everywhere]
    return any(next(score_places(row, targets, project, regions), None) for row in rows)


def with_values(targets: Targets, values: Mapping[str, float]) -> Targets:
    """Return the targets with values that the user supplies, by id; each must be one that :func:`takes_value`."""
    return replace(targets, rows=tuple((document, _filled(row, values.get(row.id))) for document, row in targets.rows))


def takes_value(row: Target) -> bool:
    """Tell whether one value of the user has one place in a row: its own value, its blank, or its only condition."""
    conditions = [check for check in checks(row) if check.operator not in {"rises", "falls"}]
    return len(conditions) == 1 or sum(check.blank for check in conditions) == 1


def _filled(row: Target, value: float | None) -> Target:
    if value is None:
        return row
    if not row.condition:
        return row.model_copy(update={"value": value})
    conditions = [item for item in row.condition if item.operator not in {"rises", "falls"}]
    place = next((item for item in conditions if item.value is None), conditions[0])
    condition = [item.model_copy(update={"value": value}) if item is place else item for item in row.condition]
    return row.model_copy(update={"condition": condition})


def _row(
    document: str,
    row: Target,
    targets: Targets,
    batch: BatchSeries,
    project: Project,
    scenarios: Sequence[str],
    regions: Sequence[str],
) -> Iterator[Score]:
    goals = (row.operator, row.value, row.unit)
    blank = Score(row, document, row.region, "", Verdict.NOT_MODELLED, *goals, why=row.why_not)
    places = list(score_places(row, targets, project, regions))
    if row.why_not and not row.evidence:
        yield blank
    elif not row.why_not and any(check.blank for check in checks(row)):
        why = f"give it with --target {row.id}=VALUE or in data/targets/{document}.yaml"
        yield replace(blank, verdict=Verdict.BLANK, why=why)
    elif row.evidence and (row.why_not or not places):
        yield replace(blank, verdict=Verdict.EVIDENCE)
    elif not places:
        yield replace(blank, verdict=_absent(row, targets, project))
    else:
        for place in places:
            for scenario in scenarios:
                yield _place_score(replace(blank, region=place.name, scenario=scenario), place, batch)


def _absent(row: Target, targets: Targets, project: Project) -> Verdict:
    return Verdict.NO_RUN if {*project.regions} & {*parts(row, targets)} else Verdict.NO_REGION


def _place_score(start: Score, place: ScorePlace, batch: BatchSeries) -> Score:
    """Score a place under one scenario."""
    row, scenario = start.target, start.scenario
    if any((region, scenario) not in batch.settings for region, _ in place.parts):
        return replace(start, verdict=Verdict.NO_RUN)
    at = np.flatnonzero(batch.times == row.due)
    if not at.size:
        return replace(start, verdict=Verdict.BEYOND)
    conditions = checks(row)
    refusal = _refused(conditions, place, batch, scenario, int(at[0]))
    if refusal:
        return replace(start, verdict=refusal[0], why=refusal[1])
    tracks = [_track_at(row, check, place, batch, scenario) for check in conditions]
    whole = tracks[0] if len(tracks) == 1 else every(tracks)
    result = _with_figures(start, place, conditions, whole, int(at[0]), batch)
    if len(conditions) > 1 and result.verdict in SCORED:
        return replace(
            result, parts=tuple(_part(c, t, int(at[0]), batch) for c, t in zip(conditions, tracks, strict=True))
        )
    return result


def _refused(
    conditions: Sequence[Check], place: ScorePlace, batch: BatchSeries, scenario: str, at: int
) -> tuple[Verdict, Words] | None:
    """Return verdict and reason where the run cannot answer: no full plan, another region or a year that it lacks."""
    for check in conditions:
        missing = [name for name in check.reads if name not in batch.arrays]
        if missing:
            names = " and ".join(missing)
            return Verdict.NOT_KEPT, Label(en=f"the batch does not keep {names}", zh=f"批次未保存 {names}")
        reading = check.reading
        if reading.plan is not None:
            least = min(float(batch.lever(reading.plan, region, scenario)[0, at]) for region, _ in place.parts)
            if least < 1:
                return Verdict.NOT_MODELLED, Label(
                    en=f"the scenario plans {least:g} of what is missing; the document's amount is a full plan of 1",
                    zh=f"情景只规划所缺的 {least:g}；文件的数量对应全额规划（1）",
                )
        over = reading.over
        if over and over.region and not over.otherwise and (over.region, scenario) not in batch.settings:
            partner = over.region
            return Verdict.NO_RUN, Label(
                en=f"compared with {partner}, which was not run", zh=f"对比的地区 {partner} 未运行"
            )
        for year in (reading.since, over.year if over else None):
            if year is not None and year not in batch.times:
                lacks = Label(
                    en=f"compared with {year}, a year that the run does not have", zh=f"运行没有对比年份 {year}"
                )
                return Verdict.BEYOND, lacks
    return None


def _track_at(row: Target, check: Check, place: ScorePlace, batch: BatchSeries, scenario: str) -> Track:
    tracks = [track(check, batch, region, scenario, part) for region, part in place.parts]
    if len(tracks) == 1:
        return tracks[0]
    if splits(row):
        return added(check, tracks, [part for _, part in place.parts], batch.times)
    return worst(check, tracks)


def _with_figures(
    start: Score, place: ScorePlace, conditions: Sequence[Check], whole: Track, at: int, batch: BatchSeries
) -> Score:
    """Fill in what a track says at the deadline."""
    figures, goals, passes = whole.figure[:, at], whole.wanted[:, at], whole.met[:, at]
    good = np.isfinite(figures)
    if not good.any():
        ran = np.isfinite(whole.figure[:, : at + 1]).any()
        return replace(start, verdict=Verdict.BEYOND if ran else Verdict.FAILED)
    projection, need = float(np.median(figures[good])), float(np.median(goals[good]))
    several = len(conditions) > 1
    verdict = Verdict.MET if passes[good].mean() >= 0.5 else Verdict.MISSED
    result = replace(
        start,
        verdict=Verdict.EVIDENCE if start.target.evidence else verdict,
        operator="=" if several else conditions[0].operator,
        value=start.value if start.target.evidence else need,
        unit=_unit(conditions, batch),
        projected=projection,
    )
    if good.size > 1 and not several:
        low, _, high = interval(figures)
        result = replace(result, low=low, high=high)
    if good.size > 1:
        result = replace(result, draws=int(good.sum()), failed=int((~good).sum()))
    if start.target.evidence:
        return result
    gap = projection - need
    percent = float(relative(gap, need)) if need else None
    result = replace(result, gap=gap, gap_percent=percent, amount=_amount(result, place, conditions))
    if good.size > 1:
        result = replace(result, probability=float(passes[good].mean()))
    silent = start.target.narrower if result.verdict == Verdict.MISSED else start.target.wider
    if silent:
        return replace(result, verdict=Verdict.NOT_MODELLED, gap=None, gap_percent=None, probability=None, why=silent)
    return replace(result, met_in=_later(whole, at, batch.times)) if result.verdict == Verdict.MISSED else result


def _amount(result: Score, place: ScorePlace, conditions: Sequence[Check]) -> float | None:
    """Return the document's amount that is built: for kilometres and the like, not for rates."""
    row = result.target
    is_amount = conditions[0].reading.how == "programme" and row.unit not in {None, "percent"}
    if not is_amount or row.value is None or result.projected is None:
        return None
    return goal(row, place) * result.projected / 100


def _unit(conditions: Sequence[Check], batch: BatchSeries) -> str:
    if len(conditions) > 1:
        return "conditions"
    check = conditions[0]
    if check.reading.how == "programme":
        return "percent of the programme"
    if check.lever is not None:
        return batch.levers[check.lever].unit
    return check.unit or batch.items[str(check.indicator)].unit


def _later(whole: Track, at: int, times: np.ndarray) -> int | None:
    """Return the first year after the deadline in which at least half of the draws meet the target."""
    for later in range(at + 1, len(times)):
        good = np.isfinite(whole.figure[:, later])
        if good.any() and whole.met[good, later].mean() >= 0.5:
            return int(times[later])
    return None


def _part(check: Check, track: Track, at: int, batch: BatchSeries) -> dict[str, Any]:
    good = np.isfinite(track.figure[:, at])
    return {
        "what": check.lever or check.indicator,
        "operator": check.operator,
        "unit": _unit([check], batch),
        "wanted": float(np.median(track.wanted[good, at])),
        "projected": float(np.median(track.figure[good, at])),
        "met": bool(track.met[good, at].mean() >= 0.5),
    }
