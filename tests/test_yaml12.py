"""YAML as plain values with places."""

from __future__ import annotations

import math
from typing import Any

import pytest

from urbsim.yaml12 import YamlError, load


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("-1.5E+3", -1500.0), (".5", 0.5), ("7.", 7.0), ("+3", 3), ("010", 10), ("0o17", 15),
        ("0x1F", 31), ("-.Inf", -math.inf), ("true", True), ("FALSE", False), ("~", None), ("", None), ("null", None),
        ("no", "no"), ("on", "on"), ("1_000", "1_000"), ("2020-01-01", "2020-01-01"), ("1:30", "1:30"), ("e5", "e5"),
        ("'1'", "1"), ('"true"', "true"), ("0b11", "0b11"), ("- ", None), ("nan", "nan"), ("12 人", "12 人"),
    ],
)  # fmt: skip
def test_words_mean_what_the_core_schema_says(text: str, value: Any) -> None:
    found = load(f"a: {text}" if text != "- " else "a:\n- ")[0]["a"]
    found = found[0] if text == "- " else found
    assert (found, type(found)) == (value, type(value))


def test_nan_is_a_number() -> None:
    assert math.isnan(load("a: .NaN")[0]["a"])


def test_every_part_knows_its_place() -> None:
    value, place = load('\ufeff# 注\na: 1\n2020: {b: [x, "y"],\n  c: |\n  }'.replace("c: |\n  ", "c: z"))
    assert value == {"a": 1, 2020: {"b": ["x", "y"], "c": "z"}}
    assert place.keys == {"a": (2, 1), 2020: (3, 1)}
    inner = place.parts[2020]
    assert (inner.line, inner.column) == (3, 7)
    assert [(part.line, part.column) for part in inner.parts["b"].parts.values()] == [(3, 12), (3, 15)]
    assert inner.keys["c"] == (4, 3)


def test_all_faults_are_told_at_once() -> None:
    text = "a: &x 1\nb: *x\na: 2\nc: !!python/object/apply:os.system [ls]\n[d]: 3\nd: !e 4\n"
    with pytest.raises(YamlError) as caught:
        load(text)
    assert [(f.line, f.column, f.message) for f in caught.value.faults] == [
        (2, 4, "alias *x is not read"),
        (3, 1, "key 'a' is given twice, in line 1 too"),
        (4, 4, "tag tag:yaml.org,2002:python/object/apply:os.system is not read"),
        (5, 1, "a key must be a word or a number"),
        (6, 4, "tag !e is not read"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [1,\nb: 2\n", 3, "is not valid YAML: "),
        ("a: b: c\n", 1, "is not valid YAML: mapping values are not allowed in this context"),
        ("a:\n\tb: 1\n", 2, "is not valid YAML: found character that cannot start any token"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins"),
        ("a: \x00\n", 0, "is not valid YAML: "),
    ],
)
def test_a_broken_text_is_told_with_its_place(text: str, line: int, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        load(text)
    assert caught.value.faults[0].line == line
    assert caught.value.faults[0].message.startswith(message)


def test_brackets_without_end_are_refused() -> None:
    assert load("a: " + "[" * 49 + "]" * 49)
    with pytest.raises(YamlError, match="lies more than 50 levels deep"):
        load("a: " + "[" * 100_000)


def test_nothing_at_all_is_nothing() -> None:
    assert load("")[0] is None
    assert load("# only a comment\n")[0] is None
