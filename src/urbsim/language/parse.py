"""Vensim and XMILE files as structure, by the suffix of the file."""

from __future__ import annotations

from pathlib import Path

from urbsim.errors import InputError, Place, Problem
from urbsim.language.model import Model
from urbsim.language.vensim import reader as vensim
from urbsim.language.xmile import reader as xmile

SUFFIXES = (".mdl", ".xmile", ".xml", ".stmx")


def parse_model(path: Path, label: str | None = None) -> Model:
    """Return a Vensim (.mdl) or XMILE (.xmile, .stmx, .xml) model as structure.

    Raises
    ------
    InputError
        Where the file cannot be read, or with one problem for each equation that is not understood.
    """
    label = label or path.name
    if path.suffix.lower() not in SUFFIXES:
        hint = f"a model ends in {', '.join(SUFFIXES)}"
        raise InputError(
            Problem("unknown-file-kind", Place(label), f"is not a model file: {path.suffix or 'no suffix'}", hint)
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        hint = "check the path and the rights"
        raise InputError(Problem("unreadable", Place(label), f"cannot be read: {error.strerror}", hint)) from error
    source = decode(content)
    if path.suffix.lower() != ".mdl":
        return xmile.read(source, label)
    return vensim.read(source, label, path.parent)


def decode(content: bytes) -> str:
    """Return a model file as text: UTF-8, UTF-16 with its mark, or Latin-1 as older Vensim wrote."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
