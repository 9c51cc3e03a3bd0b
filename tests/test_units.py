"""Units convert as county statistics use them, and text never runs."""

from __future__ import annotations

import re

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


# What pint gives for each pair. Where it is off by its last digit the fraction stands beside it: ours is the nearest.
FACTORS: list[tuple[str, dict[str, float]]] = [
    ("person", {"万人": 0.0001}),
    ("万人", {"person": 10000.0}),
    ("yuan", {"万元": 0.0001, "亿元": 1e-08}),
    ("万元", {"yuan": 10000.0, "亿元": 0.0001}),
    ("亿元", {"yuan": 100000000.0, "万元": 10000.0}),
    ("m2", {"mu": 0.0015, "hectare": 0.0001, "km2": 1e-06, "万亩": 1.5e-07}),  # 1.5000000000000002e-07
    ("mu", {"m2": 666.6666666666666, "hectare": 0.06666666666666667, "km2": 0.0006666666666666666, "万亩": 0.0001}),
    ("hectare", {"m2": 10000.0, "mu": 15.0, "km2": 0.01, "万亩": 0.0015}),
    ("km2", {"m2": 1000000.0, "mu": 1500.0, "hectare": 100.0, "万亩": 0.15}),  # 100.00000000000001
    ("万亩", {"mu": 10000.0, "hectare": 666.6666666666666}),
    ("万亩", {"m2": 2e7 / 3, "km2": 20 / 3}),  # 6666666.666666666, 6.666666666666666
    ("year", {"month": 12.0}),
    ("month", {"year": 0.08333333333333333}),
    ("dmnl", {"percent": 100.0, "per_mille": 1000.0, "thousand": 0.001, "1": 1.0, "": 1.0}),
    ("percent", {"dmnl": 0.01, "per_mille": 10.0, "thousand": 1e-05, "%": 1.0}),
    ("per_mille", {"dmnl": 0.001, "percent": 0.1, "thousand": 1e-06}),
    ("thousand", {"dmnl": 1000.0, "percent": 100000.0, "per_mille": 1000000.0}),
    ("1/Year", {"per_mille/year": 1000.0, "percent/year": 100.0}),
    ("Mu/Person", {"m2/person": 666.6666666666666}),
    ("m2/person", {"mu/person": 0.0015}),
    ("SquareMeter/Mu", {"Dmnl": 0.0015}),
    ("Yuan/(Mu*Year)", {"万元/(mu*year)": 0.0001}),
    ("Yuan/Mu", {"yuan/m2": 0.0015}),
    ("Yuan/SquareMeter", {"yuan/mu": 666.6666666666666}),
    ("Yuan/Year", {"亿元/year": 1e-08}),
    ("place/(thousand*person)", {"Place/Person": 0.001}),
]


@pytest.mark.parametrize(("unit", "wanted", "value"), [(u, w, value) for u, row in FACTORS for w, value in row.items()])
def test_factors_are_the_same_to_the_last_bit(unit: str, wanted: str, value: float) -> None:
    assert factor(unit, wanted) == value


@pytest.mark.parametrize(
    "names",
    [
        ("person", "人", "persons"),
        ("dwelling", "household", "户", "套", "Dwellings"),
        ("place", "bed", "beds", "床"),
        ("m2", "square_meter", "squaremeter", "平方米", "square meter", "meter ** 2", "meter^2"),
        ("mu", "亩", "2000/3 * m2"),
        ("hectare", "公顷"),
        ("km2", "平方公里", "1e6 m2"),
        ("year", "年", "years", "12 month"),
        ("month", "月"),
        ("yuan", "元", "10^-4 万元"),
        ("thousand person", "1000 * person"),
    ],
)
def test_spellings_of_one_unit(names: tuple[str, ...]) -> None:
    assert {factor(name, names[0]) for name in names} == {1.0}


@pytest.mark.parametrize(
    ("unit", "wanted", "message"),
    [
        ("parsec", "person", "unit 'parsec' is not known"),
        ("person", "Parsec", "unit 'Parsec' is not known"),
        ("mu", "person", "unit 'mu' cannot be converted to 'person'"),
        ("yuan/year", "Yuan", "unit 'yuan/year' cannot be converted to 'Yuan'"),
        ("person / 0", "person", "unit 'person / 0' cannot be read"),
        ("1000^999999999", "dmnl", "unit '1000^999999999' cannot be read"),
        ("1e99^20", "dmnl", "unit '1e99^20' cannot be read"),
        ("1e999999999 mu", "mu", "unit '1e999999999 mu' cannot be read"),
        ("(" * 5000, "mu", f"unit '{'(' * 5000}' cannot be read"),
        ("mu)", "mu", "unit 'mu)' cannot be read"),
    ],
)
def test_a_unit_that_does_not_convert_is_named(unit: str, wanted: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        factor(unit, wanted)
