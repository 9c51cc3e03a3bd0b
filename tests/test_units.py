"""Units convert as county statistics use them, and text never runs."""

from __future__ import annotations

import pytest

from urbsim.units import factor


@pytest.mark.parametrize(
    ("unit", "wanted", "expected"),
    [
        ("万人", "person", 1e4),
        ("km2", "mu", 1500),
        ("亩", "squaremeter", 2000 / 3),
        ("亿元", "Yuan", 1e8),
        ("percent", "Dmnl", 0.01),
        ("Place/Person", "bed/(thousand*person)", 1000),
        ("yuan/month", "Yuan/Year", 12),
        ("Person/Dwelling", "person/household", 1),
    ],
)
def test_conversions(unit: str, wanted: str, expected: float) -> None:
    assert factor(unit, wanted) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("unit", ["parsec", "5 +", "", "__import__('os').system('true')", "person person("])
def test_text_that_is_no_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="unit"):
        factor(unit, "person")
