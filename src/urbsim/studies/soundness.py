"""Everything that is wrong with one model file, in one pass: no kind of fault hides another.

What cannot be understood is told and left out; names that it defines count as known, so it causes no further message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from urbsim.engine.lower.faults import faults
from urbsim.errors import InputError, Problem
from urbsim.files import Source, read_text, read_yaml, validate
from urbsim.language.checks import complexity
from urbsim.language.checks.documentation import documentation
from urbsim.language.checks.ledger_file import LedgerFile
from urbsim.language.checks.ledgers import accounts
from urbsim.language.checks.units import clashes
from urbsim.language.model import Model
from urbsim.language.vensim import reader
from urbsim.names import identifier
from urbsim.project.indicators import IndicatorFile
from urbsim.project.workspace import INDICATORS


@dataclass(frozen=True)
class Books:
    """Ledgers and the document they stand in; with ``own`` they were written for the model that is checked."""

    ledgers: LedgerFile
    document: Source
    own: bool


@dataclass(frozen=True)
class Soundness:
    """A model file as far as it can be understood, what is wrong with it, and what is worth knowing besides."""

    model: Model
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def load_books(path: Path, label: str, *, own: bool) -> Books:
    """Read ledgers to check a model by them.

    Raises
    ------
    InputError
        Where the file is missing or has another form.
    """
    document = read_yaml(path, label)
    return Books(validate(LedgerFile, document), document, own)


def examine(path: Path, label: str, books: Books | None, reading: Path | None = None) -> Soundness:
    """Find everything that is wrong with a model file.

    Parameters
    ----------
    path, label
        The file, and its name in messages.
    books
        The ledgers of its goods.
    reading
        The folder of the files that read variables of the model; without it unused ones are not looked for.

    Raises
    ------
    InputError
        Where the file cannot be opened.
    """
    source = read_text(path, label)
    model, syntax = reader.recover(source, label, path.parent)
    documentation_problems = set(documentation(model))
    twice = {p.about for p in documentation_problems if p.rule == "defined-twice"}
    problems = {p for p in faults(model) if not (p.rule == "defined-twice" and p.about in twice)}
    problems |= {
        *syntax,
        *documentation_problems,
        *clashes(model),
        *complexity.disordered(model),
        *complexity.embedded(model),
    }
    long_equations, crowd_problems = complexity.crowded(model)
    problems |= set(crowd_problems)
    if books is not None:
        problems |= set(accounts(model, books.ledgers, books.document, model.excused, own=books.own))
    read = readers(reading, list(model.by_name)) if reading else None
    if read is not None and not model.cut:
        problems |= set(complexity.unused(model, {*read, *_in_broken(model)}))
    notes = [f"{label}: more than {complexity.INPUTS} inputs: {', '.join(long_equations)}"] if long_equations else []
    return Soundness(model, tuple(sorted(problems)), tuple(notes))


def _in_broken(model: Model) -> set[str]:
    """Return the variables that are named in definitions that cannot be understood."""
    return set(mentioned(" ; ".join(model.fragments), list(model.by_name)))


def mentioned(text: str, names: Collection[str]) -> Iterator[str]:
    """Give the names, of identifiers, that a text has in it as a whole."""
    close = re.sub(r"\s*([^\w\s])\s*", r"\1", text.strip().lower())
    plain = re.sub(r"[\s_]+", "_", close)
    words = set(re.findall(r"\w+", plain))
    yield from (name for name in names if name in words or (re.search(r"\W", name) and name in plain))


def readers(models: Path, names: Collection[str]) -> set[str] | None:
    """Return the variables of a model that indicators, ledgers and reality checks of a folder read.

    Where one of these files cannot be read, nothing can be said, and None is returned.
    """
    try:
        indicators = validate(IndicatorFile, read_yaml(models / INDICATORS, "")).indicators
        ledgers = validate(LedgerFile, read_yaml(models / "ledgers.yaml", ""))
        checks = read_text(models / "reality-checks.mdl", "")
    except InputError:
        return None
    reads = {identifier(item.variable) for item in indicators.values()} | set(map(identifier, ledgers.variables))
    return reads | set(mentioned(checks, names))
