"""The manifest of a batch that is about to run, and the same with what the run decided and found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from urbsim.experiment import plan as plans
from urbsim.experiment.competition import CompetitionResult, alone
from urbsim.experiment.digests import file_digest, member_digest, versions
from urbsim.experiment.manifest import (
    DrawsRecord,
    EvaluationRecord,
    Failure,
    Manifest,
    MemberRecord,
    Setting,
)
from urbsim.experiment.plan import Plan, RunKey
from urbsim.experiment.storage.form import Form
from urbsim.names import identifier
from urbsim.project.calibrations import Calibration
from urbsim.project.project import Project
from urbsim.project.scenarios.evaluation import MOVED
from urbsim.project.scenarios.resolve import MemberValues
from urbsim.project.scenarios.scenario import evaluation, target_years

EVALUATION_FILE = "evaluation.csv"


def manifest_of_inputs(
    project: Project,
    plan: Plan,
    member_values: Sequence[MemberValues],
    engine: str,
    files: Mapping[str, Path],
    calibrations: Mapping[str, Calibration],
    draws: DrawsRecord | None,
    form: Form,
) -> Manifest:
    """Return the manifest of a batch without results; its id covers everything that shapes them.

    Parameters
    ----------
    project, plan
        What there is, and the members to run.
    member_values
        What each member sets, in the order of the plan, before zones compete.
    engine
        Name of the engine with its mode, as ``compiled-fast``.
    files
        Every file that was read, by label.
    calibrations
        Of the regions that run, and of the zones that compete with them.
    draws
        How draws were taken, or None.
    form
        What results.nc holds.
    """
    variables = {name: identifier(lever.variable) for name, lever in project.levers.items()}
    members = []
    for (region, scenario), member in zip(plan.pairs, member_values, strict=True):
        levers = {name: _setting(member, variable) for name, variable in variables.items()}
        values = member_digest(member)
        members.append(MemberRecord.model_construct(region=region, scenario=scenario, values=values, levers=levers))
    manifest = Manifest(
        id="",
        engine=engine,
        base_year=plan.base_year,
        horizon=plan.horizon,
        target_years=tuple(target_years(project.scenarios, plan.scenarios)),
        time_step=plan.step,
        set={name: dict(setting) for name, setting in plan.typed.items()},
        calibrated=tuple(sorted(calibrations)),
        draws=draws,
        kept=form.record(),
        model=project.model.digest,
        members=tuple(members),
        files={label: file_digest(path) for label, path in sorted(files.items())},
        versions=versions(),
        evaluations=_evaluations(project, plan, calibrations) or None,
    )
    return manifest.with_id()


def _setting(member: MemberValues, variable: str) -> Setting:
    """Return the value of a lever in a member."""
    points = member.member.series.get(variable)
    value = float(member.member.constants[variable]) if points is None else tuple(points)
    return Setting.model_construct(value=value, origin=member.origins[variable])


def _evaluations(project: Project, plan: Plan, calibrations: Mapping[str, Calibration]) -> dict[str, EvaluationRecord]:
    """Return the rule of each scenario in which zones compete, and hashes of what the zones set."""
    records = {}
    for name in plan.scenarios:
        rule = evaluation(name, project.scenarios)
        if rule is None:
            continue
        zones = alone(plan, name, rule)
        members = plans.members(project, zones, calibrations)
        digests = {zone: member_digest(member) for (zone, _), member in zip(zones.pairs, members, strict=True)}
        records[name] = EvaluationRecord(rule=rule.model_dump(exclude={"zones", "active"}), zones=digests)
    return records


def decided_members(
    manifest: Manifest, competition: CompetitionResult, project: Project, *, draws: bool
) -> list[MemberRecord]:
    """Return the members of a manifest with the levers that evaluations decided, with draws the median of each year.

    Parameters
    ----------
    manifest
        Of the batch.
    competition
        Members with decisions, in the order of the manifest.
    project
        Levers and their variables.
    draws
        True where decisions differ between draws.
    """
    if not competition.decisions:
        return list(manifest.members)
    return [
        member.model_copy(update={"levers": {**member.levers, **_moved(member, values, project, draws=draws)}})
        for member, values in zip(manifest.members, competition.members, strict=True)
    ]


def _moved(member: MemberRecord, values: MemberValues, project: Project, *, draws: bool) -> dict[str, Setting]:
    """Return the levers that an evaluation set in a member."""
    settings = {}
    for lever in MOVED:
        variable = identifier(project.levers[lever].variable)
        origin = values.origins[variable]
        if origin == member.levers[lever].origin:
            continue
        if draws:
            points = np.median(values.paths[variable], axis=0).tolist()
            origin = f"{origin}, median; by draw in {EVALUATION_FILE}"
        else:
            points = [list(point) for point in values.member.series[variable]]
        settings[lever] = Setting(value=points, origin=origin)
    return settings


def failures(reasons: Mapping[RunKey, str]) -> list[Failure]:
    """Return the members that failed."""
    return [
        Failure(region=region, scenario=scenario, draw=draw, reason=reason)
        for (region, scenario, draw), reason in reasons.items()
    ]
