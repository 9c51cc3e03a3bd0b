"""The nineteen age groups of the census: 0, 1-4, 5-9 ... 80-84, 85 and over."""

from __future__ import annotations

from collections.abc import Sequence

GROUP_STARTS = (0, 1, *range(5, 90, 5))
LAST = 90  # the open group is taken to end here; no rule cuts it


def persons_aged(groups: Sequence[float], low: int, high: int | None) -> float:
    """Return residents aged ``low`` to ``high`` from nineteen census groups, each split evenly over its ages.

    Examples
    --------
    >>> persons_aged([10, 40, 50, *[0] * 16], 3, 5)
    30.0
    """
    stop = LAST if high is None else high + 1
    total = 0.0
    for count, start, end in zip(groups, GROUP_STARTS, (*GROUP_STARTS[1:], LAST), strict=True):
        overlap = max(0, min(stop, end) - max(low, start))
        total += count * overlap / (end - start)
    return total
