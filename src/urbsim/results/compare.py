"""Two batches, or two scenarios of one, side by side: what to compare, and everything that differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from urbsim.errors import command_line
from urbsim.experiment.storage.read import StoredBatch
from urbsim.project.levers import Lever
from urbsim.project.records import DocumentRecord
from urbsim.results import differences
from urbsim.results.differences import Row, Side
from urbsim.results.open import Names, check_names, head, indicator_values

Pair = tuple[Side, Side]


def sides(
    names: Names,
    batches: Sequence[StoredBatch],
    scenarios: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
) -> list[Pair]:
    """Return the sides to compare: the scenarios named, or those of one name in both batches.

    Parameters
    ----------
    names
        What gives the numbers their names.
    batches
        One, or two.
    scenarios
        None; or one for both batches; or one for the first and one for the second.
    regions, years
        What is to be compared; no region is all of them.

    Raises
    ------
    InputError
        For names and years that a batch does not have, and batches without a scenario in common.
    """
    both = [batches[0], batches[-1]]
    heads = [head(batch) for batch in both]
    first, second = ([str(name) for name in coordinates.scenario.values] for coordinates in heads)
    pairs = [(scenarios[0], scenarios[-1])] if scenarios else [(name, name) for name in first if name in second]
    if not scenarios and len(first) == len(second) == 1:
        pairs = [(first[0], second[0])]
    if not pairs:
        raise command_line(
            "nothing-there", "the batches have no scenario of one name", "name two with --scenario A --scenario B"
        )
    for number in (0, 1):
        check_names(both[number].name, heads[number], [pair[number] for pair in pairs], regions, years)
    data = [batch.data(list(regions) or None) for batch in both]
    values_by_batch = [indicator_values(dataset, names) for dataset in data]
    samples = [dataset["parameter_value"].values if "parameter_value" in dataset else None for dataset in data]

    def side(number: int, name: str) -> Side:
        values = {key: array.sel(scenario=name) for key, array in values_by_batch[number].items()}
        return Side(both[number].name, name, both[number].manifest, values, samples[number])

    return [(side(0, a), side(1, b)) for a, b in pairs]


def comparison(
    names: Names, pair: Pair, regions: Sequence[str], years: Sequence[int], most: int | None = None
) -> dict[str, Any]:
    """Return everything that differs between two sides, as plain values.

    Parameters
    ----------
    names
        What gives the numbers their names.
    pair
        The two sides; differences are of the second from the first.
    regions, years
        Where and when to compare; no region is those that both sides have.
    most
        How many rows to return, the largest differences first.

    Raises
    ------
    InputError
        Where the sides have no region in common.
    """
    a, b = pair
    theirs, others = ([str(name) for name in next(iter(side.values.values())).region.values] for side in pair)
    common = list(regions) or [name for name in theirs if name in others]
    if not common:
        raise command_line(
            "nothing-there", f"{a.batch} and {b.batch} have no region in common", "compare batches of the same regions"
        )
    return {
        **{key: {"batch": side.batch, "scenario": side.scenario} for key, side in zip("ab", pair, strict=True)},
        "years": list(years),
        "paired": differences.paired(a, b),
        "draws": any(side.manifest.draws for side in pair),
        "quantiles": any(side.manifest.kept.what == "quantiles" for side in pair),
        "rows": differences.rows(a, b, names.indicators, common, years)[:most],
        "levers": [
            _lever(row, names.levers, names.documents) for row in differences.levers(a, b, names.levers, common)
        ],
        "others": differences.others(a, b),
    }


def _lever(row: Row, levers: Mapping[str, Lever], documents: Mapping[str, DocumentRecord]) -> Row:
    """Return the row of a lever that differs, with its label and the clauses behind it."""
    lever = levers.get(row["lever"])
    if lever is None:
        return {**row, "label": row["lever"], "unit": "", "clauses": []}
    clauses = [
        {
            "document": clause.document,
            "title": documents[clause.document].title.en,
            "title_zh": documents[clause.document].title.zh,
            "clause": clause.clause,
        }
        for clause in lever.clauses
    ]
    return {**row, "label": lever.label.en, "label_zh": lever.label.zh, "unit": lever.unit, "clauses": clauses}
