"""An interrupt stops a run at once; text of a model is never executed."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from urbsim import load_model
from urbsim.errors import InputError
from urbsim.language.parse import parse_model

CLOCK = "FINAL TIME = 4 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_an_interrupt_stops_a_long_ensemble(tmp_path: Path) -> None:
    path = tmp_path / "long.mdl"
    path.write_text(
        "{UTF-8}\nx = INTEG(EXP(-x*a) - 0.1*x, 1) ~~|\na = 1 ~~|\n" + CLOCK.replace("STEP = 1", "STEP = 1e-05"),
        encoding="utf-8",
    )
    code = (
        "import sys, numpy as np\n"
        "from urbsim import load_model\n"
        "model = load_model(sys.argv[1])\n"
        "model.run({'a': 1.0, 'FINAL TIME': 0})\n"
        "print('ready', flush=True)\n"
        "model.run({'a': np.linspace(0, 1, 20000)}, ['x'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.0)
        assert process.poll() is None, "the ensemble must still run"
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert "KeyboardInterrupt" in err
        assert time.monotonic() - asked < 10, "it would go on for minutes"


ATTACKS = [
    "x = lookup(Time) ~~|\nlookup([(0,0)-(__import__('pathlib').Path('{mark}').touch(),10)],(0,0),(4,1)) ~~|\n",
    "x = lookup(Time) ~~|\nlookup((0,0),(__import__('pathlib').Path('{mark}').touch(),1)) ~~|\n",
    "x = __import__('pathlib').Path('{mark}').touch() ~~|\n",
    "x = 1 ~ [__import__('pathlib').Path('{mark}').touch(), 2] ~ eval(\"open('{mark}', 'w')\") |\n",
    "x[a, b] = 1, 2 ~~ __import__('pathlib').Path('{mark}').touch() |\n",
    "a: (a1-a__import__('pathlib').Path('{mark}').touch()) ~~|\nx[a] = 1 ~~|\n",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_of_a_vensim_model_is_never_executed(attack: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    path = tmp_path / "attack.mdl"
    path.write_text("{UTF-8}\n" + attack.replace("{mark}", str(mark)) + CLOCK, encoding="utf-8")
    with contextlib.suppress(InputError):  # some are models that run, some are refused
        load_model(path).run()
    assert not mark.exists()


def test_text_of_an_xmile_model_is_never_executed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    call = f"__import__('pathlib').Path('{mark}').touch()"
    path = tmp_path / "attack.xmile"
    path.write_text(
        '<?xml version="1.0"?><xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" version="1.0">'
        f"<header><name>{call}</name></header><sim_specs><start>0</start><stop>4</stop><dt>1</dt></sim_specs>"
        f'<model><variables><aux name="x"><eqn>Time</eqn><gf><xscale min="0" max="{call}"/><yscale min="0" max="1"/>'
        "<ypts>0,1</ypts></gf></aux></variables></model></xmile>",
        encoding="utf-8",
    )
    with pytest.raises(InputError):
        load_model(path).run()
    assert not mark.exists()


def test_what_is_not_a_model_is_refused(tmp_path: Path) -> None:
    for name, content in {"a.txt": b"x", "b.mdl": b"\xff\xfe\x00", "c.xmile": b"<not xml", "d.mdl": b""}.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=name):
            load_model(path).run()
    with pytest.raises(InputError, match="cannot be read"):
        parse_model(tmp_path / "missing.mdl")
