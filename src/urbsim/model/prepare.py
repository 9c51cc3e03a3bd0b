"""Model text made fit for PySD's grammars, and what they drop read from it.

PySD's grammars know no comments inside equations, evaluate the display limits of a lookup as Python, and give the same
tree for ``-2^2`` and ``(-2)^2``. All of that is settled in the text, before it is parsed. XMILE needs more: wildcards
become named dimensions, graphical functions of single elements become functions of their own.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from urbsim.names import identifier

_QUOTED = r'"(?:\\"|[^"])*"'
_COMMENT = re.compile(rf"({_QUOTED})|\{{[^{{}}]*\}}")
_LIMITS = re.compile(rf"({_QUOTED})|\(\s*\[[^\[\]]*\]\s*,?")
_UNARY = r"(?:^|[=(,*/^+\-<>:]|\b(?:IF|THEN|ELSE|AND|OR|NOT)\b)\s*"
_POWER = re.compile(rf"({_QUOTED})|(?i:({_UNARY}))-\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(\s*\^)")
_WORD = re.compile(rf"({_QUOTED})|\b([^\W\d]\w*)\b")
_PAIR = re.compile(r"\(\s*([^:()]+?)\s*:\s*([^()]+?)\s*\)")
_WILD = re.compile(r'("(?:\\"|[^"])*"|[^\W\d]\w*)\s*\[([^\]]*\*[^\]]*)\]')

Mappings: TypeAlias = dict[str, list[tuple[str, list[str] | None]]]


def decode(content: bytes) -> str:
    """Return a model file as text: UTF-8, or Latin-1 as older Vensim wrote."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def vensim(text: str) -> tuple[str, Mappings]:
    """Return the equations of a .mdl without what PySD's grammar trips over, and its subscript mappings.

    The mappings are cut out: PySD would take the elements in them for elements of the range.
    """
    text = text.split("\\\\\\---///", 1)[0]
    text = re.sub(r"^\s*\{[^{}]*\}", "", text)  # encoding
    text = re.sub(r"\s+", " ", re.sub(r"\\\r?\n", " ", text))
    maps: Mappings = {}
    chunks = [_definition(chunk, maps) for chunk in text.split("|")]
    return "{UTF-8} " + "|".join(chunks), maps


def _definition(chunk: str, maps: Mappings) -> str:
    equation, tilde, rest = chunk.partition("~")
    equation, arrow, right = expression(equation).partition("->")
    if arrow:
        maps[identifier(equation.split(":", 1)[0].strip(' "'))] = _mappings(right)
    return equation + tilde + rest


def _mappings(right: str) -> list[tuple[str, list[str] | None]]:
    """Read ``B, (C: c1, c2)``: the ranges mapped to, with their parts where these are given."""
    explicit: list[tuple[str, list[str] | None]] = [
        (identifier(target), [identifier(part) for part in listed.split(",")])
        for target, listed in _PAIR.findall(right)
    ]
    plain = [identifier(part) for part in _PAIR.sub("", right).split(",") if part.strip()]
    return [*explicit, *((target, None) for target in plain)]


def expression(text: str) -> str:
    """Return an expression without comments and limits; the minus of ``-2^2`` stays outside the power."""
    while "{" in text:
        before, text = text, _COMMENT.sub(lambda m: m[1] or " ", text)
        if before == text:
            break
    while True:
        before, text = text, _LIMITS.sub(lambda m: m[1] or "(", text)
        if before == text:
            break
    return _POWER.sub(lambda m: m[1] or f"{m[2]}-(0+{m[3]}){m[4]}", text)


def xmile(root: Any) -> None:
    """Rewrite the equations of an XMILE tree in place."""
    space = {"x": root.nsmap[None]}
    dims = {
        identifier(node.get("name")): [d.get("name") for d in node.iterfind("x:dimensions/x:dim", space)]
        for node in root.iterfind(".//x:variables/*[@name]", space)
    }
    for node in [*root.iterfind(".//x:eqn", space), *root.iterfind(".//x:dt", space)]:
        text = expression(" ".join((node.text or "").split()))
        text = _WORD.sub(lambda m: m[1] or _word(m[2]), text)
        node.text = _WILD.sub(lambda m: _named(m, dims), text)
    for node in list(root.iterfind(".//x:variables/*", space)):
        _graphical(node, space)


def _word(word: str) -> str:
    """Spell keywords as PySD's grammar does, and quote names that begin like its ``not``."""
    if word.upper() in {"IF", "THEN", "ELSE"}:
        return word.upper()
    if word.lower() in {"mod", "not"}:
        return word.lower()
    return f'"{word}"' if word.lower().startswith("not") else word


def _named(match: re.Match[str], dims: dict[str, list[str]]) -> str:
    """Name the dimensions of ``x[*, a]``."""
    own = dims.get(identifier(match[1].strip('"')), [])
    parts = [part.strip() for part in match[2].split(",")]
    if len(own) != len(parts):
        return match[0]
    named = [f"{dim}!" if part == "*" else part for dim, part in zip(own, parts, strict=True)]
    return f"{match[1]}[{', '.join(named)}]"


def _graphical(node: Any, space: dict[str, str]) -> None:
    """Make functions of their own: graphical functions of elements, and those without an argument."""
    from lxml import etree  # noqa: PLC0415  heavy

    def tag(name: str) -> str:
        return f"{{{space['x']}}}{name}"

    for position, element in enumerate(node.findall("x:element", space)):
        table = element.find("x:gf", space)
        if table is None or element.find("x:eqn", space) is None:
            continue
        name = f"{identifier(node.get('name'))}_graphical_function_{position + 1}"
        element.remove(table)
        table.set("name", name)
        node.getparent().append(table)
        equation = element.find("x:eqn", space)
        equation.text = f"{name}({equation.text})"
    table = node.find("x:gf", space)
    if node.tag == tag("aux") and table is not None and node.find("x:eqn", space) is None:
        replacement = etree.SubElement(node.getparent(), tag("gf"), dict(table.attrib), None)
        replacement.set("name", node.get("name"))
        replacement.extend(list(table))
        for part in ("units", "doc", "dimensions"):
            found = node.find(f"x:{part}", space)
            if found is not None:
                replacement.append(found)
        node.getparent().remove(node)
