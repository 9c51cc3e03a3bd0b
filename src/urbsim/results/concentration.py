"""Does reward concentrate support on zones that were strong already? Read from the evaluation.csv of a batch."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from urbsim.project.scenarios.evaluation import MOVED
from urbsim.results.intervals import columns


@dataclass(frozen=True, slots=True)
class EvaluationSeries:
    """Decisions of one scenario: ``strength`` (zone, draw), the others (year, zone, draw).

    ``support`` is what the programme gives per unit of size in the year after: money, or quota where it gives no money.
    """

    scenario: str
    zones: tuple[str, ...]
    years: tuple[int, ...]
    lever: str
    strength: np.ndarray
    rank: np.ndarray
    inside: np.ndarray
    support: np.ndarray


def load(path: Path) -> list[EvaluationSeries]:
    """Return the series of an evaluation.csv by scenario; a batch without evaluations has none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        _evaluation(name, [r for r in rows if r["scenario"] == name])
        for name in dict.fromkeys(r["scenario"] for r in rows)
    ]


def _evaluation(scenario: str, rows: Sequence[Mapping[str, str]]) -> EvaluationSeries:
    zones, years = (tuple(dict.fromkeys(row[key] for row in rows)) for key in ("zone", "year"))
    shape = len(years), len(zones), -1

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) if row[name] else np.nan for row in rows]).reshape(shape)

    parts = {lever: column(f"next_{lever}") for lever in MOVED}
    lever = next((name for name, amounts in parts.items() if amounts.any()), "grants")
    inside = column("inside") > 0
    strength = column("strength")[0]
    return EvaluationSeries(
        scenario, zones, tuple(int(y) for y in years), lever, strength, column("rank"), inside, parts[lever]
    )


def gini(values: np.ndarray) -> np.ndarray:
    """Return the Gini coefficient over the last axis: 0 where all have the same, 1 - 1/n where one of n has all.

    NaN where nobody has anything. Half the relative mean difference of all pairs (Gini 1912).
    """
    count = values.shape[-1]
    pairs = np.abs(values[..., :, None] - values[..., None, :]).sum(axis=(-1, -2))
    whole = values.sum(axis=-1)
    coefficients: np.ndarray = np.divide(pairs, 2 * count * whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return coefficients


def rank_correlation(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlation over the last axis, ties with their mean rank; NaN where one side is level."""
    from scipy.stats import rankdata  # noqa: PLC0415  half a second

    a, b = (rankdata(side, axis=-1) for side in np.broadcast_arrays(left, right))
    a, b = (side - side.mean(axis=-1, keepdims=True) for side in (a, b))
    scale = np.sqrt((a**2).sum(axis=-1) * (b**2).sum(axis=-1))
    correlations = np.divide((a * b).sum(axis=-1), scale, out=np.full_like(scale, np.nan), where=scale > 0)
    return np.where(np.isfinite(left + right).all(axis=-1), correlations, np.nan)


def by_year(evaluation: EvaluationSeries) -> Iterator[dict[str, Any]]:
    """Give a row per evaluation: zones that stay, Gini of support, its correlation with strength, the best, who left.

    With draws a number is the median, with the ends of its 90 % interval; names are those most often so.
    """
    before = np.ones_like(evaluation.inside[0])
    for number, year in enumerate(evaluation.years):
        support, inside, rank = (part[number].T for part in (evaluation.support, evaluation.inside, evaluation.rank))
        exits = before & ~evaluation.inside[number]
        before = evaluation.inside[number]
        lowest = np.where(np.isfinite(rank), rank, -np.inf)
        yield {
            "scenario": evaluation.scenario,
            "year": year,
            "inside": float(np.median(inside.sum(axis=1))),
            **columns("gini", gini(support)),
            **columns("correlation", rank_correlation(support, evaluation.strength.T)),
            "best": _often(evaluation.zones, rank == np.nanmin(rank, axis=1, keepdims=True, initial=np.inf)),
            "lowest": _often(evaluation.zones, (lowest == lowest.max(axis=1, keepdims=True)) & np.isfinite(rank)),
            "left": {
                zone: float(share) for zone, share in zip(evaluation.zones, exits.mean(axis=1), strict=True) if share
            },
        }


def whole(evaluation: EvaluationSeries) -> dict[str, Any]:
    """Return the same of all years together: the mean support of each zone against its strength."""
    mean = evaluation.support.mean(axis=0)
    return {
        "scenario": evaluation.scenario,
        "lever": evaluation.lever,
        "zones": len(evaluation.zones),
        **columns("gini", gini(mean.T)),
        **columns("correlation", rank_correlation(mean.T, evaluation.strength.T)),
    }


def _often(zones: Sequence[str], hits: np.ndarray) -> str | None:
    counts = hits.sum(axis=0)
    return zones[int(counts.argmax())] if counts.any() else None
