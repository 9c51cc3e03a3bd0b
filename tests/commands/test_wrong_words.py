"""Wrong words on the command line end with one message and exit code 2."""

from __future__ import annotations

import pytest

from urbsim.project.workspace import Workspace

BAD_NAMES = ("", ".", "..", "../x", "/x", "a/b", "a\\b", ".x", "x.", "con:", "x" * 151, "县" * 51)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "basline"), "unknown scenario 'basline'; did you mean baseline?"),
        (("run", "--region", "toytwon"), "unknown region 'toytwon'; did you mean toytown?"),
        (("run", "--set", "land_supply=9"), "--set: land_supply must lie from 0 to 3 dmnl, not 9"),
        (("run", "--set", "land_supply=nan"), "--set: land_supply must lie from 0 to 3 dmnl, not nan"),
        (("run", "--set", "land_supply"), "--set 'land_supply' is not NAME=NUMBER"),
        (("run", "--set", "land_supply=1", "--set", "land_supply=2"), "--set gives land_supply twice"),
        (("run", "--set", "land_supply=1", "--set", "land_supply=2@2025"), "--set gives land_supply twice"),
        (("run", "--set", "land_supply=1@2025", "--set", "land_supply=2@2025"), "--set gives land_supply twice"),
        (("run", "--set", "land_supply=1@20x5"), "--set 'land_supply=1@20x5': '20x5' is no year"),
        (("run", "--set", "land_supply=1@"), "--set 'land_supply=1@': '' is no year"),
        (("run", "--set", "land_supply=1@2020"), "land_supply is set for 2020, outside the years 2021 to"),
        (("run", "--set", "land_suply=1"), "--set: unknown lever 'land_suply'; did you mean land_supply?"),
        (
            ("run", "baseline", "--region", "toytown", "--horizon", "2019"),
            "horizon 2019 is not after the base year 2020",
        ),
        (
            ("run", "baseline", "--region", "toytown", "--base-year", "2015"),
            "data/regions/toytown.yaml: there is no census of 2015 to start from, only of 2010 and 2020",
        ),
        (("run", "baseline", "--draws", "1"), "--draws must be 2 or more, not 1"),
        (("run", "baseline", "--parameter", "x"), "--parameter says what to draw and needs --draws"),
        (("run", "baseline", "--draws", "4", "--parameter", "income"), "unknown parameter 'income'"),
        (("run", "--draws", "900000"), "the results would take"),
        (("run", "baseline", "--draws", "0"), "--draws must be 2 or more, not 0; for example --draws 200"),
        (("run", "baseline", "--draws", "-1"), "--draws must be 2 or more, not -1; for example --draws 200"),
        (("run", "baseline", "--draws", "1e9"), "Invalid value for '--draws': '1e9' is not a valid integer"),
        (("run", "baseline", "--draws", "4", "--seed", "-1"), "--seed must not be negative, not -1"),
        (("run", "baseline", "--jobs", "0"), "Invalid value for '--jobs': 0 is not in the range x>=1"),
        (("run", "baseline", "--keep", "quantiles"), "--keep quantiles is for draws; for example --draws 200"),
        (
            ("run", "baseline", "--region", "toytown", "--horizon", "1900"),
            "horizon 1900 is not after the base year 2020 of toytown",
        ),
        (
            ("run", "baseline", "--region", "toytown", "--horizon", "9999"),
            "horizon 9999 lies more than 100 years after the base year 2020 of toytown; give 2120 or less",
        ),
        *((("run", "baseline", "--out", name), f"--out {name!r} is no name for a batch") for name in BAD_NAMES),
        (("targets", "nothing"), "no batch 'nothing' in outputs/; run `urbsim run` first"),
        (("targets", ""), "no batch '' in outputs/; run `urbsim run` first"),
        (("compare", "nothing", "never"), "no batch 'never' in outputs/; run `urbsim run` first"),
        (("compare", "nothing", "never"), "2 problems"),
        (("compare", "nothing"), "no batch 'nothing' in outputs/; run `urbsim run` first"),
        (("calibrate", "toytwon"), "unknown region 'toytwon'; did you mean toytown?"),
        (("model", "export", "toytown", "--scenario", "x", "--out", "x.mdl"), "unknown scenario 'x'"),
        (("init", "."), "already holds models, scenarios, data"),
    ],
)
def test_wrong_words_end_with_one_message_and_code_2(
    workspace: Workspace, call, words: tuple[str, ...], message: str
) -> None:
    code, out, err = call(*words)
    assert code == 2
    assert message in err
    assert out == ""
    assert not workspace.outputs.exists() or not any(workspace.outputs.iterdir())
