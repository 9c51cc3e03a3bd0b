"""Words that run Toytown, and the batch that such a run leaves."""

from __future__ import annotations

from pathlib import Path

from urbsim.project.workspace import Workspace

RUN = ["run", "baseline", "land-up", "--region", "toytown", "--no-charts"]


def only_batch(workspace: Workspace) -> Path:
    [batch] = [path for path in workspace.outputs.iterdir() if path.is_dir()]
    return batch


PROGRAMME = """name: programme
title: {en: Programme, zh: 试点}
question: {en: What if?, zh: 会怎样？}
extends: [baseline]
references: []
regions: [toytown, lijin]
horizon: 2026
evaluation:
  first_year: 2022
  grants: 300
  land_quota: 0.1
  reward: {zones: 1, share: 0.5}
  penalty: {zones: 1, share: 0.5}
  exit: {lowest: 1, after: 3}
"""
