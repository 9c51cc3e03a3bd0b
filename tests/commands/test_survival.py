"""A batch survives: kills, interrupts, full disks, two writers, a cluster that loses a worker."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import urbsim
from urbsim import cli
from urbsim.experiment.storage import lock, unfinished
from urbsim.project.workspace import Workspace

resource = pytest.importorskip("resource")  # not on Windows, nor is fork

RUN = [
    "run",
    "baseline",
    "land-up",
    "--draws",
    "70",
    "--horizon",
    "2022",
    "--no-calibration",
    "--no-charts",
    "--quiet",
    "--out",
    "mine",
]
KILLS = int(os.environ.get("URBSIM_KILLS", "6"))  # 20 before a release: three minutes
BLOCKS = 9  # 2 scenarios x 4 regions x 70 draws
ENV = {**os.environ, "PYTHONPATH": str(Path(urbsim.__file__).parents[1])}  # children run this checkout


def forked(words: list[str], before: Callable[[], object] = lambda: None, log: Path | None = None) -> int:
    """Start a command in a child of this process, which has imported and compiled everything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of other libraries rest
        pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        with Path(log or os.devnull).open("w", encoding="utf-8") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
            sys.stdout, sys.stderr = out, out
            before()
            sys.argv = ["urbsim", *words]
            try:
                cli.main()
            except SystemExit as stop:
                code = int(stop.code or 0)
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def reference(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The bytes of a run that nothing interrupts; it runs here, so that children need not import anything."""
    monkeypatch.setattr(sys, "argv", ["urbsim", *RUN, "--jobs", "1"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    found = content(workspace.outputs / "mine")
    assert set(found) == {"manifest.json", "results.nc", "indicators.csv", "targets.csv"}
    shutil.rmtree(workspace.outputs)
    return found


@pytest.mark.slow
def test_a_batch_survives_a_kill_at_any_moment(workspace: Workspace, reference: dict[str, bytes]) -> None:
    moments, states = random.Random(5), []
    blocks = unfinished.place(workspace.outputs, "mine") / "blocks"
    for turn in range(KILLS):
        shutil.rmtree(workspace.outputs, ignore_errors=True)
        child = forked(RUN)
        wanted = turn % (BLOCKS + 2) - 1  # before anything is there, after each block, while all is put together
        gone = False
        while len(list(blocks.glob("*.bin"))) < wanted and not gone:
            time.sleep(0.001)
            gone = os.waitpid(child, os.WNOHANG)[0] == child
        time.sleep(moments.uniform(0, 0.02 if 0 <= wanted < BLOCKS else 0.6))
        if not gone:
            os.kill(child, signal.SIGKILL)
            ended(child)
        left = unfinished.unfinished_batches(workspace.outputs)
        states.append(left[0].done if left else -1)
        assert not left or left[0].running is None
        assert ended(forked([*RUN, "--resume"])) == 0
        assert content(workspace.outputs / "mine") == reference
        assert [path.name for path in workspace.outputs.iterdir()] == ["mine"]
    assert len(set(states)) > 3, f"kills came at different moments: {states}"


def test_what_a_killed_process_leaves_is_cleared(workspace: Workspace) -> None:
    words = ["run", "baseline", "--region", "toytown", "--horizon", "2022", "--no-charts", "--out", "mine"]
    place = unfinished.place(workspace.outputs, "mine")
    (place / "blocks").mkdir(parents=True)
    (place / "batch").mkdir()
    for name in (".plan.json.x.part", "lock", "blocks/.y.bin.z.part", "blocks/other.bin", "batch/.results.nc.w.part"):
        (place / name).write_bytes(b"half")
    assert ended(forked([*words, "--resume"])) == 0
    assert [path.name for path in workspace.outputs.iterdir()] == ["mine"]
    (place / "blocks").mkdir(parents=True)  # as where the kill came after the batch took its place
    (place / "plan.json").write_text("{}", encoding="utf-8")
    assert unfinished.unfinished_batches(workspace.outputs) == []
    assert ended(forked(words)) == 0
    assert [path.name for path in workspace.outputs.iterdir()] == ["mine"]


@pytest.mark.slow
def test_bytes_do_not_depend_on_threads_or_the_seed_of_hashes(
    workspace: Workspace, reference: dict[str, bytes]
) -> None:
    for seed, jobs in (("1", "1"), ("2", "3")):
        shutil.rmtree(workspace.outputs, ignore_errors=True)
        command = [sys.executable, "-m", "urbsim", *RUN, "--jobs", jobs]
        subprocess.run(command, env={**ENV, "PYTHONHASHSEED": seed}, check=True, stdout=subprocess.DEVNULL)
        assert content(workspace.outputs / "mine") == reference


@pytest.mark.slow
@pytest.mark.parametrize("limit", [2_000, 100_000, 700_000])
def test_a_file_that_cannot_grow_gives_one_message(
    workspace: Workspace, reference: dict[str, bytes], tmp_path: Path, limit: int
) -> None:
    log = tmp_path / "log"
    child = forked(RUN, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)), log)
    assert ended(child) == 2
    told = log.read_text(encoding="utf-8")
    assert told.startswith("outputs/mine: cannot be written: File too large;")
    assert told.count("\n") == 1
    assert not (workspace.outputs / "mine").exists()
    assert all(".part" not in name for name in content(workspace.outputs))
    assert ended(forked([*RUN, "--resume"])) == 0
    assert content(workspace.outputs / "mine") == reference


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("only root may make a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("size", ["16k", "900k", "2m"])
def test_a_full_disk_gives_one_message(workspace: Workspace, tmp_path: Path, size: str) -> None:
    log = tmp_path / "log"
    with mounted(workspace.outputs, f"size={size}"):
        assert ended(forked(RUN, log=log)) == 2
        told = log.read_text(encoding="utf-8")
        assert told.startswith("outputs/mine: cannot be written: No space left on device;")
        assert told.count("\n") == 1
        assert "free some space" in told
        assert all(".part" not in name for name in content(workspace.outputs))


@pytest.mark.slow
def test_a_folder_that_is_read_only_gives_one_message(workspace: Workspace, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with mounted(workspace.outputs, "ro"):
        assert ended(forked(RUN, log=log)) == 2
        told = log.read_text(encoding="utf-8")
        assert told == (
            "outputs/mine: cannot be written: Read-only file system; nothing was left behind; "
            "check the rights of the folder\n"
        )


def test_two_writers_are_kept_apart_and_listed(workspace: Workspace, tmp_path: Path) -> None:
    place = unfinished.place(workspace.outputs, "mine")
    place.mkdir(parents=True)
    log = tmp_path / "log"
    with lock.hold(place / "lock", "outputs/mine"):
        assert ended(forked(RUN, log=log)) == 2
        told = log.read_text(encoding="utf-8")
        assert f"outputs/mine: is being written by process {os.getpid()} on " in told
        assert [path.name for path in place.iterdir()] == ["lock"]


@pytest.mark.slow
def test_an_interrupt_ends_soon_and_says_how_to_go_on(workspace: Workspace, tmp_path: Path) -> None:
    words = [word if word != "70" else "300" for word in RUN]
    log, blocks = tmp_path / "log", unfinished.place(workspace.outputs, "mine") / "blocks"
    child = forked(words, lambda: signal.signal(signal.SIGINT, signal.default_int_handler), log)
    while len(list(blocks.glob("*.bin"))) < 3:
        time.sleep(0.01)
    start = time.monotonic()
    os.kill(child, signal.SIGINT)
    assert ended(child) == 1
    assert time.monotonic() - start < 2
    assert "--resume` finishes outputs/mine" in log.read_text(encoding="utf-8")
    [left] = unfinished.unfinished_batches(workspace.outputs)
    assert 3 <= left.done < left.plan["blocks"]
    assert ended(forked(["list", "batches", "--json"], log=log)) == 0
    [row] = json.loads(log.read_text(encoding="utf-8"))
    assert row["state"] == f"unfinished, {left.done} of {left.plan['blocks']} blocks"
    assert row["resume"].endswith("--out mine --resume")
    assert row["size"] == left.size


@pytest.mark.slow
@pytest.mark.parametrize("more", [["--jobs", "2"], ["--scheduler", "local:2"]])
def test_ctrl_c_gives_one_message_and_resume_gives_the_rest(workspace: Workspace, more: list[str]) -> None:
    """The signal reaches the whole group, as from a keyboard; a block that is damaged meanwhile is computed again."""
    if "--scheduler" in more:
        pytest.importorskip("distributed")
    words = [word if word != "70" else "300" for word in RUN]
    blocks = unfinished.place(workspace.outputs, "mine") / "blocks"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": ENV}
    run = subprocess.Popen(command("urbsim", *words, *more), start_new_session=True, **pipes)
    while len(list(blocks.glob("*.bin"))) < 3:
        assert run.poll() is None
        time.sleep(0.01)
    start = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert time.monotonic() - start < 10
    assert (run.returncode, out) == (1, "")
    assert err.strip().startswith("stopped; ")
    assert err.strip().endswith("--resume` finishes outputs/mine")
    assert err.strip().count("\n") == 0
    if "--scheduler" not in more:
        return  # resuming on threads is what the kills test
    damaged = min(blocks.glob("*.bin"))
    damaged.write_bytes(damaged.read_bytes()[:5000])
    subprocess.run(command("urbsim", *words, "--resume"), check=True, **pipes | {"stdout": None})
    resumed = content(workspace.outputs / "mine")
    shutil.rmtree(workspace.outputs)
    subprocess.run(command("urbsim", *words), check=True, **pipes | {"stdout": None})
    assert content(workspace.outputs / "mine") == resumed


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes_and_may_lose_a_worker(
    workspace: Workspace, reference: dict[str, bytes], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    file, log = tmp_path / "scheduler.json", tmp_path / "workers"
    with log.open("w", encoding="utf-8") as out:
        quiet = {"stdout": out, "stderr": out, "env": ENV}
        base = ["--scheduler-file", str(file)]
        started = [
            subprocess.Popen(command("distributed.cli.dask_scheduler", *base, "--port", "0", "--no-dashboard"), **quiet)
        ]
        try:
            worker = command("distributed.cli.dask_worker", *base, "--no-nanny", "--nthreads", "1", "--no-dashboard")
            started += [subprocess.Popen(worker, **quiet) for _ in range(2)]
            while not file.exists():
                time.sleep(0.05)
            address = json.loads(file.read_text(encoding="utf-8"))["address"]
            time.sleep(3)
            run = subprocess.Popen(command("urbsim", *RUN, "--scheduler", address), **quiet)
            started.append(run)
            blocks = unfinished.place(workspace.outputs, "mine") / "blocks"
            while run.poll() is None and not list(blocks.glob("*.bin")):
                time.sleep(0.002)
            started[1].kill()
            assert run.wait(120) == 0, log.read_text(encoding="utf-8")
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()
    assert content(workspace.outputs / "mine") == reference


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("local:0", "--scheduler 'local:0': local needs a number of processes; for example local:2"),
        ("tcp://127.0.0.1:9", "--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there"),
    ],
)
@pytest.mark.slow
def test_a_wrong_scheduler_gives_one_message(workspace: Workspace, address: str, words: str) -> None:
    pytest.importorskip("distributed")
    done = subprocess.run(
        command("urbsim", *RUN, "--scheduler", address), capture_output=True, text=True, check=False, env=ENV
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert list(workspace.outputs.iterdir()) == []


def test_a_missing_dask_is_named(workspace: Workspace, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = forked([*RUN, "--scheduler", "local:2"], lambda: sys.modules.update(distributed=None), log)  # type: ignore[arg-type]
    assert ended(child) == 2
    assert "--scheduler needs Dask, which is not installed; pip install 'urbsim[cluster]'" in log.read_text(
        encoding="utf-8"
    )
