"""Print by how much baseline runs miss what was observed after the base year.

    python tools/observed_errors.py [FOLDER]

Every region with observations of its own in data/observations/ is run from its base year, as the workspace or checkout
in FOLDER, or here, has it. Errors are in percent of what was observed, for shares in points.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from urbsim.engine.contract import silent
from urbsim.engine.oracles.choose import choose
from urbsim.experiment import plan
from urbsim.experiment.forms import outputs
from urbsim.project.project import Project
from urbsim.project.workspace import find
from urbsim.results.observations import Comparison, compare
from urbsim.results.values import values

SCENARIO = "baseline"


def comparisons(project: Project) -> Iterator[Comparison]:
    """Give what the baseline says beside observations of the same region."""
    later = [
        item
        for item in project.observations
        if item.region in project.ready() and item.year > project.regions[item.region].base_year
    ]
    regions, last = sorted({item.region for item in later}), max(item.year for item in later)
    indicators = {name: project.indicators[name] for name in dict.fromkeys(item.indicator for item in later)}
    for region in regions:
        planned = plan.plan(project, [SCENARIO], [region], None, last, {})
        members = plan.members(project, planned, project.calibrations([region]))
        results = plan.run(project, planned, members, choose(), outputs(indicators), silent)
        yield from compare(values(results.data, indicators, project.model), later, project, SCENARIO)


def main(arguments: list[str]) -> None:
    """Print a line for each observation."""
    for row in comparisons(Project.open(find(Path(arguments[0]) if arguments else None))):
        share = row.indicator.endswith(("_rate", "_share"))
        gap = row.projected - row.observed
        error = f"{gap:+.2f}" if share else f"{100 * gap / row.observed:+.2f} %"
        figures = f"{row.observed:>15,.{2 * share}f}{row.projected:>15,.{2 * share}f}"
        print(f"{row.region:<20}{row.indicator:<20}{row.year}{figures}{error:>11}  {row.confidence}")


if __name__ == "__main__":
    main(sys.argv[1:])
