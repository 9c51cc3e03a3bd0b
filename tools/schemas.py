"""Write the JSON Schemas that editors use, from the formats themselves: run python tools/schemas.py."""

from __future__ import annotations

import json
from pathlib import Path

from urbsim.analysis.expectations import ExpectationFile
from urbsim.analysis.indicators import IndicatorFile
from urbsim.analysis.loopfile import LoopFile
from urbsim.files import Strict, write_text
from urbsim.scenario.census.columns import ColumnFile
from urbsim.scenario.census.rules import RuleFile
from urbsim.scenario.levers import LeverFile
from urbsim.scenario.parameters import ParameterFile
from urbsim.scenario.region import Region
from urbsim.scenario.scenario import Scenario

ROOT = Path(__file__).parents[1]
SCHEMAS: dict[str, type[Strict]] = {
    "models/schema/levers.json": LeverFile,
    "models/schema/behaviour.json": ExpectationFile,
    "models/schema/indicators.json": IndicatorFile,
    "models/schema/loops.json": LoopFile,
    "models/schema/parameters.json": ParameterFile,
    "data/schema/region.json": Region,
    "data/schema/rules.json": RuleFile,
    "data/schema/census-columns.json": ColumnFile,
    "scenarios/schema/scenario.json": Scenario,
}


def text(kind: type[Strict]) -> str:
    """Return a format as JSON Schema."""
    return json.dumps(kind.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, kind in SCHEMAS.items():
        write_text(ROOT / path, text(kind))
