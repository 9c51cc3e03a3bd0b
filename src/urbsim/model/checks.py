"""What is wrong with a model file: documentation here, equations and units through pysimlin where it is installed."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from urbsim.errors import Problem
from urbsim.model.text import ModelText
from urbsim.names import identifier

_VARIABLE = re.compile(r"variable '([^']+)'")
_LAST = re.compile(r"-- (.+)$", flags=re.DOTALL)


def documentation(model: ModelText) -> Iterator[Problem]:
    """Give variables without unit or comment, and definitions given twice."""
    for entry in model.entries:
        if not entry.comment:
            yield Problem(model.label, entry.line, 1, f"{entry.name!r} has no comment", "say in one line what it is")
        if not entry.unit and entry.kind != "range":
            yield Problem(model.label, entry.line, 1, f"{entry.name!r} has no unit", "use Dmnl where it has none")
    keys = Counter((identifier(entry.name), entry.subscripts) for entry in model.entries)
    for entry in model.entries:
        if keys[identifier(entry.name), entry.subscripts] > 1:
            yield Problem(model.label, entry.line, 1, f"{entry.name!r} is defined twice", "keep one of them")


def equations(model: ModelText) -> Iterator[Problem] | None:
    """Give errors of equations and units, or return None where pysimlin is not installed."""
    try:
        import simlin  # noqa: PLC0415  optional
    except ImportError:
        return None
    with tempfile.TemporaryDirectory(prefix="urbsim-") as folder:
        path = Path(folder) / "model.mdl"
        path.write_text(model.source, encoding="utf-8")
        try:
            with simlin.load(str(path)) as loaded:
                issues = list(loaded.check())
        except simlin.SimlinError as error:
            return iter([Problem(model.label, 0, 0, str(error).splitlines()[0], "the model cannot be read")])
    return _translated(model, issues)


def _translated(model: ModelText, issues: Sequence[object]) -> Iterator[Problem]:
    for issue in issues:
        text = str(getattr(issue, "message", issue))
        name = getattr(issue, "variable", None) or next(iter(_VARIABLE.findall(text)), "")
        entries = model.variables.get(identifier(name), ())
        line = entries[0].line if entries else 0
        reason = _LAST.search(text)
        equation = f" in `{entries[0].name} = {entries[0].text[:80]}`" if entries else ""
        message = " ".join((reason.group(1) if reason else text).split())
        yield Problem(model.label, line, 1 if line else 0, f"{message}{equation}")
