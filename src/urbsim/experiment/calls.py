"""Which members run in one call of an engine: the one place that puts them together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from urbsim.engine.contract import Clock


def calls(clocks: Sequence[Clock], apart: Iterable[Hashable]) -> list[list[int]]:
    """Return the positions of members that run in one call: those of one clock that nothing keeps apart.

    Parameters
    ----------
    clocks
        The clock of each member.
    apart
        What keeps each member apart from those that have something else here: the region where draws are applied,
        for a region replaces some of them, or its own position where a member has draws of its own. None of all is
        one call.
    """
    groups: dict[Hashable, list[int]] = {}
    for position, key in enumerate(zip(clocks, apart, strict=True)):
        groups.setdefault(key, []).append(position)
    return list(groups.values())
