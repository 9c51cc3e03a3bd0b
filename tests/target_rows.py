"""Rows of targets and series of indicators that tests of several rooms score."""

from __future__ import annotations

import numpy as np

from urbsim.project.project import Project
from urbsim.project.regions.region import Label
from urbsim.project.targets import Target, Targets
from urbsim.results import scores as scoring
from urbsim.results.score_series import BatchSeries
from urbsim.results.scores import Score

YEARS = np.array([2020, 2021, 2022, 2023, 2024, 2025, 2026])
DOCUMENT = "dongying-2023-17"
THREE = """
document: dongying-2023-17
targets:
  - id: pension
    clause: (26)
    label: {en: Pension coverage, zh: 参保率}
    kind: target
    region: lijin
    indicator: pension_coverage
    operator: ">="
    value: 96
    unit: percent
    deadline: 2025
  - id: permits
    clause: (16)
    label: {en: Schools for permit holders, zh: 凭居住证入学}
    kind: rule
    region: lijin
    assumed_deadline: {year: 2023, reason: no date}
    condition:
      - {lever: permit_service_access, operator: ">=", value: 1}
  - id: clusters
    clause: (8)
    label: {en: Night clusters, zh: 夜经济集聚区}
    kind: target
    region: lijin
    operator: ">="
    value: 1
    why_not: The model has no clusters.
"""
PENSION = [91.0, 92.0, 93.0, 94.0, 95.0, 95.5, 96.5]


def one_row(**fields: object) -> Targets:
    given_fields = {
        "id": "t",
        "clause": "(1)",
        "label": Label(en="T", zh="目标"),
        "kind": "target",
        "region": "lijin",
        "deadline": 2025,
        "operator": ">=",
    }
    return Targets(((DOCUMENT, Target.model_validate({**given_fields, **fields})),), {})


def scored(targets: Targets, batch: BatchSeries, project: Project) -> list[Score]:
    return scoring.score(targets, batch, project, batch.scenarios, batch.regions)
