"""Records that other files name: sources of figures, policy documents, and areas above the regions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from urbsim.files import Strict, read_yaml, validate
from urbsim.project.regions.region import Label


class SourceRecord(Strict):
    """Where figures come from."""

    title: str
    publisher: str
    note: str = ""


class SourceFile(Strict):
    """The file data/sources.yaml."""

    sources: dict[str, SourceRecord]


class DocumentRecord(Strict):
    """A policy document."""

    title: Label


class DocumentFile(Strict):
    """The file data/documents.yaml."""

    documents: dict[str, DocumentRecord]


class Area(Strict):
    """An area above the regions."""

    name: Label
    parent: str | None = None
    code: str = ""


class AreaFile(Strict):
    """The file data/areas.yaml."""

    areas: dict[str, Area]


def load_sources(path: Path, label: str) -> Mapping[str, SourceRecord]:
    """Return the sources of figures by id."""
    return validate(SourceFile, read_yaml(path, label)).sources


def load_documents(path: Path, label: str) -> Mapping[str, DocumentRecord]:
    """Return the policy documents by id."""
    return validate(DocumentFile, read_yaml(path, label)).documents


def load_areas(path: Path, label: str) -> Mapping[str, Area]:
    """Return the areas above the regions by id."""
    return validate(AreaFile, read_yaml(path, label)).areas
