"""What a project holds, as rows of lists: scenarios, regions, levers, indicators, parameters, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from urbsim.errors import command_line, nearest
from urbsim.files import read_text
from urbsim.project.project import Project
from urbsim.project.regions.facts import ASSUMPTION
from urbsim.project.regions.region import Region
from urbsim.project.targets import checks, said

Rows = Iterator[dict[str, Any]]
KINDS = ("scenarios", "regions", "levers", "indicators", "parameters", "targets")


def rows(kind: str, project: Project, lang: str, province: str | None = None, documents: Sequence[str] = ()) -> Rows:
    """Give the rows of a list.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    project
        What is listed.
    lang
        The language of names and titles, en or zh.
    province
        The province whose regions are listed, imported counties too; all that are listed without one.
    documents
        The documents whose targets are listed; all without one.

    Raises
    ------
    InputError
        For a province or a document that is not there.
    """
    if kind == "regions":
        return _regions(project.regions_in(province) if province else project.regions, lang)
    if kind == "targets":
        missing = [name for name in documents if name not in project.documents]
        if missing:
            hint = nearest(missing[0], project.documents)
            raise command_line("unknown-name", f"unknown document {missing[0]!r}", hint)
        return _targets(project, lang, documents)
    lists = {"scenarios": _scenarios, "levers": _levers, "parameters": _parameters, "indicators": _indicators}
    return lists[kind](project, lang)


def region_count(project: Project, count: int, province: str | None) -> str:
    """Return the line below a list of regions: how many it has, and how many counties it leaves out."""
    files = {path.name: len(read_text(path, path.name).splitlines()) - 2 for path in project.counties.paths}
    if not files or province:
        return f"{count} regions"
    others = ", ".join(f"{lines} imported counties in {name}" for name, lines in files.items())
    return f"{count} regions; {others}, listed with --province"


def _scenarios(project: Project, lang: str) -> Rows:
    for name, scenario in project.scenarios.items():
        yield {
            "name": name,
            "folder": project.folders.get(name, ""),
            "title": scenario.title.in_(lang),
            "question": scenario.question.in_(lang),
            "regions": scenario.regions,
            "clauses": [f"{c.document} {c.clause}" for c in scenario.references],
        }


def _regions(regions: Mapping[str, Region], lang: str) -> Rows:
    for name, region in regions.items():
        facts = {fact: entries for fact, entries in region.facts.items() if entries}
        assumptions = sorted(fact for fact, entries in facts.items() if entries[0].source == ASSUMPTION)
        yield {
            "id": name,
            "name": region.name.in_(lang),
            "kind": f"template: {region.missing} facts missing" if region.blanks else region.kind,
            "code": region.code,
            "parent": region.parent,
            "base year": region.base_year,
            "facts": len(facts),
            "assumed": assumptions,
        }


def _levers(project: Project, lang: str) -> Rows:
    for name, lever in project.levers.items():
        default = project.model.constant(lever.variable)
        yield {
            "id": name,
            "label": lever.label.in_(lang),
            "unit": lever.unit,
            "default": float(default),
            "low": lever.bounds[0],
            "high": lever.bounds[1],
            "over time": lever.interpolation,
            "clauses": [f"{c.document} {c.clause}" for c in lever.clauses],
        }


def _parameters(project: Project, _lang: str) -> Rows:
    for name, item in project.parameters.items():
        variable = project.model.variable(name)
        entry = variable.definitions[0].entry
        limits = item.range or item.scale or [0.0, 0.0]
        yield {
            "name": variable.spelled,
            "unit": variable.unit,
            "value": entry.right if entry and variable.role == "constant" else "table",
            "range": f"{limits[0]:g} to {limits[1]:g}" + ("" if item.range else " times"),
            "source": item.source,
            "reason": item.reason,
        }


def _indicators(project: Project, lang: str) -> Rows:
    """Give each indicator with its definition, which is the model's comment, and the targets that read it."""
    indicators = project.indicators
    serves: dict[str, list[str]] = {}
    for _, row in project.targets.rows:
        for name in dict.fromkeys(check.indicator for check in checks(row) if check.indicator):
            serves.setdefault(name, []).append(row.id)
    for name, item in indicators.items():
        part = "".join(f" [{element}]" for element in item.where.values())
        yield {
            "id": name,
            "label": item.label.in_(lang),
            "unit": item.unit,
            "variable": item.variable + part,
            "definition": project.model.variable(item.variable).comment,
            "headline": item.headline,
            "targets": serves.get(name, []),
        }


def _targets(project: Project, lang: str, documents: Sequence[str]) -> Rows:
    for document, row in project.targets.rows:
        if not documents or document in documents:
            value = "" if row.value is None else f"{row.value:g}"
            reads = row.indicator or ", ".join(str(c.lever or c.indicator) for c in row.condition)
            yield {
                "document": document,
                "id": row.id,
                "clause": row.clause,
                "label": row.label.in_(lang),
                "region": row.region,
                "wanted": " ".join(part for part in (row.operator, value, row.unit) if part),
                "due": f"{row.due or ''}{'*' if row.assumed_deadline else ''}",
                "reads": reads or f"not modelled: {said(row.why_not, lang)}",
            }
