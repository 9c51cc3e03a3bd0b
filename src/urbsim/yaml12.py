"""YAML 1.2 as plain values with places: 1e-3 is a number, ``no`` and 2020-01-01 are words.

libyaml, by way of PyYAML, cuts the text into events, many times as fast as a parser in Python; PyYAML would read the
values as YAML 1.1, so what they mean is said here, as the core schema of YAML 1.2.2 (section 10.3.2) has it. Tags and
aliases are refused: a file of data has no types of its own, and an alias can stand for a billion values.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLAIN = re.compile(r"[^\W\d_][\w -]*(?<! )")  # words that are nothing else and end in no flow collection
_RESERVED = {"yes", "no", "on", "off", "true", "false", "null"}  # those of YAML 1.1 too: other tools read our files

DEEPEST = 50  # levels: no file of ours needs ten, and whatever walks the values may recurse

Key = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a text; line and column count from 1, 0 where none is known."""

    rule: str
    line: int
    column: int
    message: str
    hint: str = ""


@dataclass(slots=True)
class Positions:
    """Where a value stands, from 1, and the places of its parts; ``keys`` are those of the keys of a mapping."""

    line: int = 1
    column: int = 1
    keys: dict[Key, tuple[int, int]] = field(default_factory=dict)
    parts: dict[Any, Positions] = field(default_factory=dict)


class YamlError(Exception):
    """A text that is not YAML, or more than the files of urbsim need; ``faults`` holds all that was found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].message)
        self.faults = faults


def load(text: str) -> tuple[Any, Positions]:
    """Return the one document of a text as plain values, and where each part stands.

    Raises
    ------
    YamlError
        For a syntax error; else for every key given twice, tag, alias, and key that is no scalar.
    """
    reader = _Composer()
    try:
        for event in yaml.parse(text.removeprefix("\ufeff"), Loader=_LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        hint = "check the indentation and quotes"
        raise YamlError([Fault("not-yaml", line, column, f"is not valid YAML: {error.problem}", hint)]) from error
    except yaml.YAMLError as error:
        message = " ".join(str(error).split())
        raise YamlError(
            [Fault("not-yaml", 0, 0, f"is not valid YAML: {message}", "save the file as UTF-8 text")]
        ) from error
    if reader.faults:
        raise YamlError(reader.faults)
    return reader.value, reader.place


def scalar(text: str) -> Key:
    """Return the value of a word without quotes."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if _INT.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text.replace(".", "") if text[-1] in "fFnN" else text)
    return text


_NONE = object()


@dataclass
class _Open:
    """A collection that is being read; ``key`` is that of the next value of a mapping."""

    value: Any
    place: Positions
    key: Any = _NONE


class _Composer:
    """Puts the values of a document together from the events of the parser."""

    def __init__(self) -> None:
        self.value: Any = None
        self.place = Positions()
        self.faults: list[Fault] = []
        self.open: list[_Open] = []
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._tagged(event)
            self._put(event, scalar(event.value) if event.implicit[0] else event.value)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._tagged(event)
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            self.open.append(_Open(value, self._put(event, value)))
            if len(self.open) > DEEPEST:
                self._fault("nested-too-deeply", event, f"lies more than {DEEPEST} levels deep", "check the brackets")
                raise YamlError(self.faults)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._fault("alias", event, f"alias *{event.anchor} is not read", "write the value again")
            self._put(event, None)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents == 2:
                self._fault(
                    "second-document", event, "a second document begins", "one file holds one document; delete the ---"
                )

    def _put(self, event: yaml.Event, value: Any) -> Positions:
        """Put a value where it belongs; return its place."""
        place = Positions(event.start_mark.line + 1, event.start_mark.column + 1)
        if not self.open:
            if self.documents == 1:
                self.value, self.place = value, place
        elif isinstance(self.open[-1].value, list):
            into = self.open[-1]
            into.place.parts[len(into.value)] = place
            into.value.append(value)
        else:
            self._pair(self.open[-1], event, value, place)
        return place

    def _pair(self, into: _Open, event: yaml.Event, value: Any, place: Positions) -> None:
        if into.key is not _NONE:
            into.value[into.key], into.place.parts[into.key] = value, place
            into.key = _NONE
        elif isinstance(value, dict | list):
            self._fault("wrong-key", event, "a key must be a word or a number", "check the indentation and brackets")
            into.key = None
        else:
            if value in into.value:
                line = into.place.keys[value][0]
                self._fault(
                    "defined-twice", event, f"key {str(value)!r} is given twice, in line {line} too", "keep one of them"
                )
            into.place.keys.setdefault(value, (place.line, place.column))
            into.key = value

    def _tagged(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            self._fault("tag", event, f"tag {event.tag} is not read", "delete it")

    def _fault(self, rule: str, event: yaml.Event, message: str, hint: str) -> None:
        mark = event.start_mark
        self.faults.append(Fault(rule, mark.line + 1, mark.column + 1, message, hint))


def plain_or_quoted(text: str) -> str:
    """Return a text as YAML, in quotes where it could be read as something else.

    Examples
    --------
    >>> plain_or_quoted("residents aged 10 to 14"), plain_or_quoted("in towns, in villages")
    ('residents aged 10 to 14', '"in towns, in villages"')
    """
    plain = _PLAIN.fullmatch(text) and text.lower() not in _RESERVED
    return text if plain else json.dumps(text, ensure_ascii=False)
