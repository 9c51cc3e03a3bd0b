"""Write the JSON Schemas that editors use, from the formats themselves: run python tools/schemas.py."""

from __future__ import annotations

import json
from pathlib import Path

from urbsim.files import Strict, write_text
from urbsim.language.checks.ledger_file import LedgerFile
from urbsim.project.battery import BatteryFile
from urbsim.project.behaviour import Behaviour
from urbsim.project.calibrations import CalibrationFile
from urbsim.project.indicators import IndicatorFile
from urbsim.project.levers import LeverFile
from urbsim.project.loops import LoopFile
from urbsim.project.parameters import ParameterFile
from urbsim.project.reference import ReferenceFile
from urbsim.project.regions.census.changes import ChangeFile
from urbsim.project.regions.census.columns import ColumnFile
from urbsim.project.regions.census.rules import RuleFile
from urbsim.project.regions.region import Region
from urbsim.project.regions.settlement import ClassFile
from urbsim.project.scenarios.scenario import Scenario
from urbsim.project.targets import PlaceFile, TargetFile

ROOT = Path(__file__).parents[1]
SCHEMAS: dict[str, type[Strict]] = {
    "models/schema/levers.json": LeverFile,
    "models/schema/behaviour.json": Behaviour,
    "models/schema/battery.json": BatteryFile,
    "models/schema/indicators.json": IndicatorFile,
    "models/schema/loops.json": LoopFile,
    "models/schema/ledgers.json": LedgerFile,
    "models/schema/parameters.json": ParameterFile,
    "data/schema/region.json": Region,
    "data/schema/settlement.json": ClassFile,
    "data/schema/calibration.json": CalibrationFile,
    "data/schema/reference.json": ReferenceFile,
    "data/schema/rules.json": RuleFile,
    "data/schema/census-columns.json": ColumnFile,
    "data/schema/county-changes.json": ChangeFile,
    "data/schema/targets.json": TargetFile,
    "data/schema/places.json": PlaceFile,
    "scenarios/schema/scenario.json": Scenario,
}


def text(kind: type[Strict]) -> str:
    """Return a format as JSON Schema."""
    return json.dumps(kind.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, kind in SCHEMAS.items():
        write_text(ROOT / path, text(kind))
