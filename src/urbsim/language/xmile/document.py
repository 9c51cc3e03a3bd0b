"""XML as a small tree with line numbers, read without entities, external files or recovery.

An entity that a file declares is refused: it can unfold to any size or name a file of the machine, and no model needs
one. Prefixes are dropped where they stand for XMILE and kept where they stand for something else (``isee:prefs``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from urbsim.errors import InputError, Place, Problem

_DEPTH = 100  # elements inside of elements; models have about ten


@dataclass(slots=True)
class Node:
    """An element: name without the prefix of XMILE, attributes, line, and the text directly in it."""

    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, tag: str) -> list[Node]:
        """Return the children of a name."""
        return [child for child in self.children if child.tag == tag]

    def find(self, tag: str) -> Node | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.tag == tag), None)

    def text_of(self, tag: str) -> str:
        """Return the text of the first child of a name, or nothing."""
        child = self.find(tag)
        return child.text.strip() if child else ""

    def attribute(self, name: str) -> str:
        """Return an attribute by its name after the prefix, or nothing."""
        return next((v for k, v in self.attributes.items() if k.rsplit(":", 1)[-1] == name), "").strip()

    def has(self, tag: str) -> bool:
        """Tell whether there is a child that switches something on: ``<non_negative/>``, not ``false`` in it."""
        child = self.find(tag)
        return child is not None and child.text.strip().lower() not in {"false", "0"}

    def walk(self) -> Iterator[Node]:
        """Give the element and all in it."""
        yield self
        for child in self.children:
            yield from child.walk()


class _Builder:
    """Takes what expat reads."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.root: Node | None = None
        self.open: list[Node] = []
        self.prefixes = {"xmile:"}
        self.parser = expat.ParserCreate(encoding="utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.EntityDeclHandler = self.entity

    def fail(self, message: str, hint: str = "") -> InputError:
        place = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        return InputError(Problem("xml", Place(self.label, *place), message, hint))

    def entity(self, name: str, *_: object) -> None:
        raise self.fail(f"declares the entity {name!r}: entities are not read", "write what it stands for in its place")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= _DEPTH:
            raise self.fail(f"has more than {_DEPTH} elements inside of each other")
        for name, value in attributes.items():
            if name.startswith("xmlns:") and "/xmile/ns/" in value.lower():
                self.prefixes.add(name.removeprefix("xmlns:") + ":")
        prefix, colon, local = tag.rpartition(":")
        node = Node(local if prefix + colon in self.prefixes else tag, attributes, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].text += text


def read(source: str, label: str) -> Node:
    """Return the root of an XML text.

    Raises
    ------
    InputError
        Where it is not well-formed, or declares entities.
    """
    builder = _Builder(label)
    text = source.lstrip()
    blank = source[: len(source) - len(text)].count("\n")
    try:
        builder.parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        message = f"is not well-formed XML: {expat.ErrorString(error.code)}"
        raise InputError(Problem("xml", Place(label, error.lineno + blank, error.offset + 1), message)) from error
    if builder.root is None:  # pragma: no cover  expat has told
        raise InputError(Problem("empty-file", Place(label), "is empty"))
    for node in builder.root.walk() if blank else ():
        node.line += blank
    return builder.root
