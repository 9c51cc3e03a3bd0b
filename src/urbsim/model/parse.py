"""Vensim and XMILE files -> PySD's abstract model -> our structure. The only importer of PySD's translators.

What PySD does not hand on is read from the text by :mod:`urbsim.model.prepare`; files that a model draws numbers from
are read here through PySD as well. Text of a model is never executed: the translators build a tree, and the one place
where they would evaluate a piece of text is bound to numbers and tuples.
"""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from urbsim.errors import InputError, Problem
from urbsim.model import external, ir, prepare
from urbsim.model.translate import Translator, name_of
from urbsim.names import identifier

SUFFIXES = (".mdl", ".xmile", ".xml", ".stmx")


def parse_model(path: Path, label: str | None = None) -> ir.Model:
    """Return a Vensim (.mdl) or XMILE (.xmile, .stmx, .xml) model as structure.

    Raises
    ------
    InputError
        Where the file cannot be read, or with one problem for each equation that the grammar does not know.
    """
    label = label or path.name
    if path.suffix.lower() not in SUFFIXES:
        hint = f"a model ends in {', '.join(SUFFIXES)}"
        raise InputError(Problem(label, 0, 0, f"is not a model file: {path.suffix or 'no suffix'}", hint))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(label, 0, 0, f"cannot be read: {error.strerror}")) from error
    source = prepare.decode(content)
    with _only_numbers(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        abstract = _abstract(path, source, label)
        return _model(abstract, path, label, source)


def _model(abstract: Any, path: Path, label: str, source: str) -> ir.Model:
    main, *macros = abstract.sections
    is_vensim = path.suffix.lower() == ".mdl"
    ranges = _ranges(main.subscripts, prepare.vensim(source)[1] if is_vensim else {}, path, label)
    translator = Translator(path.parent, label, {r.name: r.elements for r in ranges})
    variables = tuple(translator.variable(element) for element in main.elements)
    found = ir.Model(
        label,
        hashlib.sha256(source.encode("utf-8")).hexdigest(),
        ranges,
        variables,
        tuple(_macro(section, translator) for section in macros),
        {name_of(name): name.strip() for r in main.subscripts for name in _names(r)},
        source,
        implicit=not is_vensim,
    )
    if translator.problems:
        raise InputError(translator.problems)
    return found


def _macro(section: Any, translator: Translator) -> ir.Macro:
    name = identifier(section.name)
    variables = tuple(translator.variable(element) for element in section.elements)
    returns = tuple(name_of(r) for r in section.returns) or (name,)
    return ir.Macro(name, tuple(name_of(p) for p in section.params), returns, variables)


@contextmanager
def _only_numbers() -> Iterator[None]:
    """Bind the name ``eval`` in PySD's translators to a reader of literals: they call it on text of the model."""
    from pysd.translators.vensim import vensim_element  # noqa: PLC0415  heavy
    from pysd.translators.xmile import xmile_element  # noqa: PLC0415  heavy

    modules: tuple[Any, ...] = (vensim_element, xmile_element)
    for module in modules:
        module.eval = _literal
    try:
        yield
    finally:
        for module in modules:
            del module.eval


def _literal(text: str) -> Any:
    stripped = text.strip()
    try:
        return float(stripped)
    except ValueError:
        return ast.literal_eval(stripped)


def _abstract(path: Path, source: str, label: str) -> Any:
    try:
        file = _file(path, source)
        file.parse()
        return file.get_abstract_model()
    except InputError:
        raise
    except Exception as error:  # parsimonious, lxml and PySD raise what they like
        problems = list(_mistakes(path, source, label))
        raise InputError(problems or Problem(label, 0, 0, f"cannot be parsed: {_told(error)}")) from error


def _file(path: Path, source: str) -> Any:
    """Return PySD's reader with prepared text in it."""
    if path.suffix.lower() == ".mdl":
        from pysd.translators.vensim.vensim_file import VensimFile  # noqa: PLC0415  heavy

        file: Any = VensimFile(path, encoding="latin-1")
        file.model_text, _ = prepare.vensim(source)
        return file
    from pysd.translators.xmile.xmile_file import XmileFile  # noqa: PLC0415  heavy

    file = XmileFile(path)
    prepare.xmile(file.xmile_root)
    return file


def _mistakes(path: Path, source: str, label: str) -> Iterator[Problem]:
    """Give every entry that cannot be parsed."""
    try:
        file = _file(path, source)
        file.parse(parse_all=False)
    except Exception:  # the whole file is at fault; the caller tells
        return
    for section in file.sections:
        try:
            section.parse(parse_all=False)
        except Exception:  # as above
            return
        for entry in getattr(section, "components", None) or section.elements:
            try:
                if hasattr(entry, "equation"):
                    component = entry.parse()
                    if hasattr(component, "parse"):
                        component.parse()
                else:
                    entry.parse(section.behaviors or {"non_negative_stock": False, "non_negative_flow": False})
            except Exception as error:
                text = " ".join(str(getattr(entry, "equation", getattr(entry, "name", ""))).split())
                yield Problem(label, _line(source, text), 1, f"`{text[:100]}` cannot be read: {_told(error)}")


def _line(source: str, equation: str) -> int:
    """Return the line where an equation begins, or 0."""
    words = re.split(r"\s+", re.split(r"[=(\[]", equation)[0].strip())
    found = re.search(r"[\s_]+".join(re.escape(word) for word in words if word), source)
    return source.count("\n", 0, found.start()) + 1 if found else 0


def _told(error: Exception) -> str:
    """Return what a parser said, on one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    found = re.search(r"didn't match at '(.*?)' \(line", text)
    return f"the text from `{found[1][:40]}` on is not understood" if found else text[:160]


def _names(subscript: Any) -> list[str]:
    listed = subscript.subscripts if isinstance(subscript.subscripts, list) else []
    return [subscript.name, *listed]


def _ranges(found: Sequence[Any], maps: prepare.Mappings, path: Path, label: str) -> tuple[ir.Range, ...]:
    """Resolve ranges named in ranges, copies (A <-> B), ranges read from files, and mappings."""
    raw = {name_of(r.name): _listed(r.subscripts, path) for r in found}
    elements: dict[str, tuple[str, ...]] = {}

    def resolve(name: str, trail: tuple[str, ...] = ()) -> tuple[str, ...]:
        if name in trail:
            raise InputError(Problem(label, 0, 0, f"subscript range {name!r} contains itself"))
        if name not in raw:
            return (name,)
        if name not in elements:
            parts = [part for item in raw[name] for part in resolve(item, (*trail, name))]
            elements[name] = tuple(dict.fromkeys(parts))
        return elements[name]

    ranges = []
    for name in raw:
        targets = []
        for target, parts in maps.get(name, []):
            groups = [resolve(p) for p in parts] if parts else [(e,) for e in resolve(target)]
            if len(groups) != len(resolve(name)):
                message = f"subscript range {name!r} has {len(resolve(name))} elements, its mapping to {target!r} "
                raise InputError(Problem(label, 0, 0, message + f"has {len(groups)}"))
            targets.append((target, tuple(groups)))
        ranges.append(ir.Range(name, resolve(name), tuple(targets)))
    return tuple(ranges)


def _listed(given: Any, path: Path) -> list[str]:
    if isinstance(given, dict):
        given = external.elements(given, path.parent)
    return [name_of(str(part)) for part in ([given] if isinstance(given, str) else given)]
