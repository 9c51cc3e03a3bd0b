"""``urbsim model diagram``: files that are written, and what is told when they are not."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from urbsim import cli

GROUP = "****************\n\t.{}\n****************~\n\t\tAbout it.\n\t|\n"
SECTORS = f"{{UTF-8}}\n{GROUP.format('Land')}a = 1 ~~|\n{GROUP.format('Labour')}b = a ~~|\n{GROUP.format('Health and care')}c = b ~~|\n"
MODEL = "{UTF-8}\nCup = INTEG(-loss, 180) ~~|\nloss = (Cup - room)/10 ~~|\nroom = 70 ~~|\n"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run the command in an empty folder; return exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models/urbsim.mdl").write_text(SECTORS, encoding="utf-8")
    (tmp_path / "cup.mdl").write_text(MODEL, encoding="utf-8")

    def run(*given: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["urbsim", "model", "diagram", *given])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return run


def test_a_model_without_sectors_is_one_picture(call, tmp_path: Path) -> None:
    assert call("--model", "cup.mdl") == (0, "docs/diagrams/cup.svg written\n", "")
    first = (tmp_path / "docs/diagrams/cup.svg").read_bytes()
    ElementTree.fromstring(first)
    assert call("--model", "cup.mdl")[0] == 0
    assert (tmp_path / "docs/diagrams/cup.svg").read_bytes() == first
    assert [p.name for p in (tmp_path / "docs/diagrams").iterdir()] == ["cup.svg"]


def test_sectors_of_the_model_of_the_workspace(call, tmp_path: Path) -> None:
    code, out, err = call()
    assert (code, err) == (0, "")
    written = ["docs/diagrams/land.svg", "docs/diagrams/labour.svg", "docs/diagrams/health-and-care.svg"]
    assert out.splitlines() == [f"{name} written" for name in written]
    assert "urbsim · Land" in (tmp_path / written[0]).read_text(encoding="utf-8")
    assert call("--sector", "land", "--sector", "Health and care", "--out", "here")[1].splitlines() == [
        "here/land.svg written",
        "here/health-and-care.svg written",
    ]


def test_constants_can_be_left_out(call, tmp_path: Path) -> None:
    call("--model", "cup.mdl", "--out", "with")
    call("--model", "cup.mdl", "--out", "without", "--no-constants")
    assert ">room<" in (tmp_path / "with/cup.svg").read_text(encoding="utf-8")
    assert ">room<" not in (tmp_path / "without/cup.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--sector", "Labor"), "models/urbsim.mdl: has no sector 'Labor'; did you mean Labour?"),
        (("--model", "nix.mdl"), "nix.mdl: cannot be read: No such file or directory"),
        (("--model", "cup.mdl", "--sector", "Cup"), "cup.mdl: has no sector 'Cup'; the model has no sectors"),
        (("--model", "broken.mdl"), "broken.mdl:2:9: the equation ends too early in `a = (1 +`"),
        (("--model", "cup.mdl", "--out", "cup.mdl/pictures"), "pictures: cannot be written to: Not a directory"),
    ],
)
def test_bad_input(call, tmp_path: Path, given: tuple[str, ...], told: str) -> None:
    (tmp_path / "broken.mdl").write_text("{UTF-8}\na = (1 + ~~|\n", encoding="utf-8")
    code, out, err = call(*given)
    assert (code, out) == (2, "")
    assert err.startswith(told)
    assert not list(tmp_path.rglob("*.svg"))


def test_a_folder_that_may_not_be_written_to(call, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, text: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("urbsim.files.write_text", refused)
    code, out, err = call("--model", "cup.mdl", "--out", "here")
    assert (code, out) == (2, "")
    assert err == (
        "here: cannot be written to: Permission denied; "
        "choose another folder with --out, or check the rights and the space\n"
    )
