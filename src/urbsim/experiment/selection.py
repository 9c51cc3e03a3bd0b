"""Which scenarios run for which regions: names, folders and files of scenarios as pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from urbsim.errors import InputError, Place, Problem, command_line, nearest
from urbsim.project.project import Project
from urbsim.project.regions.initial import figures

Pair = tuple[str, str]  # region, scenario


@dataclass(frozen=True, slots=True)
class Selection:
    """Pairs to run, and the templates with blanks that were left out."""

    pairs: tuple[Pair, ...]
    left_out: tuple[str, ...] = ()


def select(project: Project, words: Sequence[str], regions: Sequence[str]) -> Selection:
    """Return the pairs that are asked for.

    A word is the name of a scenario, a folder or a file of scenarios/; no word means every scenario. A scenario given
    by name runs for the regions asked for, else for those it names. A folder stands for its scenarios and, so that
    there is something to compare with, those outside that they extend. Templates with blanks are left out unless
    nothing else is left or they are asked for.

    Raises
    ------
    InputError
        For words and regions that mean nothing, pairs that nobody asked for, and blanks of templates.
    """
    problems = [
        Problem("unknown-name", Place("command line"), f"unknown region {name!r}", nearest(name, project.regions))
        for name in regions
        if name not in project.regions
    ]
    pairs: dict[Pair, None] = {}
    if not words:
        pairs |= _group(project, list(project.scenarios), regions)
    files = {f"{folder}/{name}.yaml".lstrip("/"): name for name, folder in project.folders.items()}
    for word in words:
        name = files.get(_inner(word), word)
        if name in project.scenarios:
            pairs |= dict.fromkeys((region, name) for region in regions or project.regions_of(name))
            continue
        try:
            pairs |= _group(project, _below(project, word), regions)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return _complete(project, list(pairs), regions)


def _group(project: Project, names: list[str], regions: Sequence[str]) -> dict[Pair, None]:
    """Return pairs of scenarios and of those they extend, parents first; of the regions asked for, those they name."""
    regions_by_name = {name: project.regions_of(name, regions) for name in names}
    for name in names:
        for parent in _ancestors(project, name):
            regions_by_name.setdefault(parent, [])
            regions_by_name[parent] += [
                region for region in regions_by_name[name] if region not in regions_by_name[parent]
            ]
    names_in_order = sorted(regions_by_name, key=lambda name: (len(_ancestors(project, name)), name))
    return dict.fromkeys((region, name) for name in names_in_order for region in regions_by_name[name])


def _ancestors(project: Project, name: str) -> set[str]:
    names: set[str] = set()
    for parent in project.scenarios[name].extends:
        names |= {parent, *_ancestors(project, parent)}
    return names


def _inner(word: str) -> str:
    """Return the part of a path below scenarios/."""
    parts = PurePath(word).parts
    return "/".join(parts[parts.index("scenarios") + 1 :] if "scenarios" in parts else parts)


def _below(project: Project, word: str) -> list[str]:
    """Return the scenarios of a folder.

    Raises
    ------
    InputError
        Where the word means no folder of scenarios.
    """
    parts, key = PurePath(word).parts, _inner(word)
    if key or "scenarios" in parts:
        names = [name for name, folder in project.folders.items() if not key or f"{folder}/".startswith(f"{key}/")]
        if names:
            return names
    if Path(word).is_dir():
        raise command_line(
            "nothing-there", f"folder {word} holds no scenario", "a scenario is a .yaml file in a folder of scenarios/"
        )
    if Path(word).exists():
        raise command_line("nothing-there", f"{word} is no scenario", "a scenario is a .yaml file in scenarios/")
    folders = {folder for folder in project.folders.values() if folder}
    hint = nearest(parts[-1].removesuffix(".yaml") if parts else word, {*project.scenarios, *folders})
    raise command_line("unknown-name", f"unknown scenario {word!r}", hint)


def _complete(project: Project, pairs: list[Pair], regions: Sequence[str]) -> Selection:
    """Leave templates with blanks out, or say what is missing where they are asked for or nothing else is there."""
    if not pairs:
        message = f"no scenario names {', '.join(regions)}"
        raise command_line("too-large", message, "say which to run, as in `urbsim run baseline --region ...`")
    blank = list(dict.fromkeys(region for region, _ in pairs if project.regions[region].blanks))
    whole = tuple(pair for pair in pairs if pair[0] not in blank)
    if blank_regions := [region for region in blank if region in regions or not whole]:
        raise InputError([problem for region in blank_regions for problem in _missing(project, region)])
    return Selection(whole, tuple(blank))


def _missing(project: Project, name: str) -> list[Problem]:
    region = project.regions[name]
    try:
        figures(region, project.file(name), project.typical, region.base_year)
    except InputError as error:
        return list(error.problems)
    blanks = ", ".join(f"{fact} of {year}" for fact, years in region.blanks.items() for year in years)
    return [
        Problem(
            "blank-fact", Place(project.file(name)), f"left blank: {blanks}", "write the values, or delete the lines"
        )
    ]
