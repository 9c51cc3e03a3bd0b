"""What may stand in models/behaviour.yaml, and what is refused, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from urbsim.errors import InputError
from urbsim.project.bands import BehaviourNames
from urbsim.project.behaviour import Behaviour, load_behaviour
from urbsim.project.indicators import Indicator
from urbsim.project.levers import Lever
from urbsim.project.regions.region import Label
from urbsim.project.workspace import Workspace

LABEL = Label(en="x", zh="x")
LEVER = Lever(
    label=LABEL,
    variable="v",
    unit="dmnl",
    bounds=[0, 1],
    low="",
    high="",
    interpolation="step",
    clauses=[],
    cost="none: a test",
)
SHOWN = Indicator(group="x", label=LABEL, variable="v", unit="dmnl")
NAMES = BehaviourNames({"tap": LEVER}, {"water": SHOWN, "mud": SHOWN}, ["here"], ["study-2020"], 2023)

BAND = """\
bands:
  - pair: tap-water
    levers: {tap: 1}
    given: {tap: {2020: 0.5}}
    regions: [here]
    indicator: water
    per: {indicator: mud, measure: difference, of: water, year: 2024}
    bands: {2024: [0, 0.1, 0.4], 2027: [0.1, 0.5, 1.2]}
    sources: [study-2020]
    because: it flows
"""
DIRECTION = """\
directions:
  - {lever: tap, value: 1, year: 2024, indicator: water, moves: up, because: it flows}
"""


def loaded(tmp_path: Path, text: str, names: BehaviourNames = NAMES) -> Behaviour:
    path = tmp_path / "behaviour.yaml"
    path.write_text(text, encoding="utf-8")
    return load_behaviour(path, "behaviour.yaml", names)


def test_bands_and_directions_are_read(tmp_path: Path) -> None:
    file = loaded(tmp_path, "limits: {draws: 10, seed: 3, inside: 0.6, pairs: 1}\n" + BAND + DIRECTION)
    [band] = file.bands
    assert (band.levers, band.given) == ({"tap": {0: 1.0}}, {"tap": {2020: 0.5}})
    assert band.bands[2027] == [0.1, 0.5, 1.2]
    assert band.indicators == {"water", "mud"}
    assert (file.limits.draws, file.limits.seed, file.limits.inside, file.limits.pairs) == (10, 3, 0.6, 1)
    assert file.directions[0].moves == "up"
    assert loaded(tmp_path, BAND).limits.draws == 100


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("levers: {tap: 1}", "levers: {tab: 1}", "behaviour.yaml:3:14: unknown lever 'tab'; did you mean tap?"),
        ("levers: {tap: 1}", "levers: {tap: 2}", "behaviour.yaml:3:19: tap must lie from 0 to 1 dmnl, not 2"),
        ("{2020: 0.5}", "{2020: -1}", "behaviour.yaml:4:25: tap must lie from 0 to 1 dmnl, not -1"),
        ("levers: {tap: 1}", "levers: {}", "behaviour.yaml:2:5: bands.0 a change needs levers that make it"),
        ("[here]", "[her]", "behaviour.yaml:5:15: unknown region 'her'; did you mean here?"),
        ("    regions: [here]\n", "", "behaviour.yaml:2:5: 'regions' is missing"),
        ("indicator: water", "indicator: watr", "behaviour.yaml:6:16: unknown indicator 'watr'; did you mean water?"),
        ("indicator: mud", "indicator: mut", "behaviour.yaml:7:22: unknown indicator 'mut'; did you mean mud?"),
        ("of: water", "of: watr", "behaviour.yaml:7:52: unknown indicator 'watr'; did you mean water?"),
        ("measure: difference", "measure: drift", "behaviour.yaml:7:10: bands.0.per of belongs to a difference or a level, not to a drift"),
        ("measure: difference", "measure: ratio", "behaviour.yaml:7:36: bands.0.per.measure must be 'change', 'difference', 'level' or 'drift', not 'ratio'"),
        ("indicator: water\n", "indicator: water\n    measure: drift\n    total: true\n", "behaviour.yaml:2:5: bands.0 a drift has no total"),
        ("[0, 0.1, 0.4]", "[0, 0.4]", "behaviour.yaml:8:19: bands.0.bands.2024 must have 3 or more items, not 2"),
        ("[0, 0.1, 0.4]", "[0.4, 0.1, 0]", "behaviour.yaml:8:19: the band runs from 0.4 down to 0"),
        ("[0, 0.1, 0.4]", "[0, 0.5, 0.4]", "behaviour.yaml:8:19: the central effect 0.5 lies outside its band, 0 to 0.4; write [low, central, high]"),
        ("[0, 0.1, 0.4]", "[0, .nan, 0.4]", "behaviour.yaml:8:23: bands.0.bands.2024.1 must be a finite number, not nan"),
        ("{2024:", "{2022:", "behaviour.yaml:8:13: tap-water is read in 2022, before its levers move in 2023"),
        ("levers: {tap: 1}", "levers: {tap: {2026: 1}}", "behaviour.yaml:8:13: tap-water is read in 2024, before its levers move in 2026"),
        ("    sources: [study-2020]\n", "", "behaviour.yaml:2:5: 'sources' is missing"),
        ("[study-2020]", "[]", "behaviour.yaml:9:14: bands.0.sources must have 1 or more items, not 0"),
        ("[study-2020]", "[study-2021]", "behaviour.yaml:9:15: source 'study-2021' is not in data/sources.yaml; did you mean study-2020?; add it to data/sources.yaml, or mark an assumption with reason and range"),
        ("[study-2020]", "[assumption]", "behaviour.yaml:9:14: tap-water is assumed without a reason; say in reason what it rests on"),
        ("because: it flows", "because: ''", "behaviour.yaml:10:14: tap-water is without a reason; say why it moves"),
        ("because: it flows", "because: it flows\n    misses: {2025: ''}", "behaviour.yaml:11:14: no band is for 2025"),
    ],
)  # fmt: skip
def test_a_bad_band_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert BAND.count(old) == 1
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, BAND.replace(old, new) + DIRECTION)
    assert message in [str(problem) for problem in caught.value.problems]


def test_a_lever_that_is_to_do_nothing_says_why(tmp_path: Path) -> None:
    text = BAND.replace("0.1, 0.4]", "0, 0.4]").replace("[0.1, 0.5, 1.2]", "[-1, 0, 1]")
    with pytest.raises(InputError, match="tap-water is to do nothing, without a reason; say in idle why"):
        loaded(tmp_path, text)
    assert loaded(tmp_path, text + "    idle: the river is dry\n").bands[0].idle == "the river is dry"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lever: tap", "lever: tab", "behaviour.yaml:2:13: unknown lever 'tab'; did you mean tap?"),
        ("value: 1", "value: 7", "behaviour.yaml:2:25: tap must lie from 0 to 1 dmnl, not 7"),
        ("year: 2024", "year: 2022", "behaviour.yaml:2:34: tap is read in 2022, before it moves in 2023"),
        ("indicator: water", "indicator: watr", "behaviour.yaml:2:51: unknown indicator 'watr'; did you mean water?"),
        (
            "moves: up",
            "moves: sideways",
            "behaviour.yaml:2:65: directions.0.moves must be 'up' or 'down', not 'sideways'",
        ),
        (
            "moves: up",
            "least: 3, moves: up",
            "behaviour.yaml:2:58: unknown key 'least'; known names: because, given, indicator, lever, moves, regions, value, year",
        ),
        ("because", "regions: [her], because", "behaviour.yaml:2:79: unknown region 'her'; did you mean here?"),
        ("because", "given: {tab: 1}, because", "behaviour.yaml:2:77: unknown lever 'tab'; did you mean tap?"),
    ],
)
def test_a_bad_direction_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, DIRECTION.replace(old, new))
    assert message in [str(problem) for problem in caught.value.problems]


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    bad = (
        BAND.replace("tap: 1}", "tap: 2}").replace("[here]", "[her]").replace("indicator: water\n", "indicator: watr\n")
    )
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, bad + bad.removeprefix("bands:\n") + DIRECTION.replace("value: 1", "value: 7"))
    assert len(caught.value.problems) == 3 + 3 + 1 + 2  # the last two: one name for two pairs
    assert "2 pairs are called 'tap-water'" in str(caught.value)


def test_a_lever_without_band_and_direction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no band and no direction covers the lever 'tap'; add one"):
        loaded(tmp_path, "directions: []\n")
    assert loaded(tmp_path, BAND).directions == []


def test_a_local_lever_is_known_and_has_a_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, DIRECTION + "local: {tab: '', tap: ' '}\n")
    assert [str(problem) for problem in caught.value.problems] == [
        "behaviour.yaml:3:9: unknown lever 'tab'; did you mean tap?",
        "behaviour.yaml:3:14: 'tab' is without a reason; say why it moves nothing beyond its own group",
        "behaviour.yaml:3:23: 'tap' is without a reason; say why it moves nothing beyond its own group",
    ]
    assert loaded(tmp_path, DIRECTION + "local: {tap: it drips}\n").local == {"tap": "it drips"}


def test_names_of_files_that_cannot_be_read_are_not_judged(tmp_path: Path) -> None:
    names = BehaviourNames(NAMES.levers, NAMES.indicators)
    assert loaded(tmp_path, BAND.replace("[here]", "[elsewhere]").replace("study-2020", "study-2021"), names).bands


def test_every_shipped_band_has_its_source_and_its_years(shipped: Workspace) -> None:
    from urbsim.project.project import Project  # noqa: PLC0415

    file = Project.open(shipped).behaviour
    assert len(file.bands) >= 85
    assert all(band.reason and band.sources for band in file.bands)
