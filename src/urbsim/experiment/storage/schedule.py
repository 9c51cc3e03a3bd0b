"""Blocks of a batch on threads, or on a Dask cluster; both hand on the same blocks, in any order."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from urbsim.engine.contract import Engine
from urbsim.engine.oracles.choose import choose
from urbsim.engine.run.scheduler import AHEAD, processors, spread
from urbsim.errors import EngineError, InputError, command_line
from urbsim.experiment.digests import versions
from urbsim.experiment.storage.blocks import Block, Common, Job, Task, compute, decoded, encoded, lost, slim

if TYPE_CHECKING:
    from distributed import Client

Report = Callable[[int, Block], None]  # called with the number and the results of each block


@lru_cache(maxsize=2)
def engine_of(engine: str) -> Engine:
    """Return an engine on one thread, for blocks run side by side; the same one again, which has compiled the model."""
    name, _, mode = engine.partition("-")
    return choose(name, fast=bool(mode), threads=1) if name == "compiled" else choose(name)


def on_threads(job: Job, numbers: Sequence[int], report: Report, jobs: int | None) -> None:
    """Compute blocks on threads; the oracles run on one.

    An interrupt waits for the blocks that run, which take milliseconds, and is passed on.

    Parameters
    ----------
    job
        What is computed.
    numbers
        Of the blocks.
    report
        Is called on the threads with the number of a block and the block.
    jobs
        Threads; None is one per processor.
    """
    engine = engine_of(job.common.engine)
    tasks = job.tasks(numbers)

    def work(task: Task) -> None:
        report(task.number, compute(job.common, task, engine))

    jobs = threads(jobs) if job.common.engine.startswith("compiled") else 1
    for task in tasks:  # the first one alone: it compiles the model
        work(task)
        break
    if jobs == 1:
        for task in tasks:
            work(task)
        return
    spread(work, tasks, jobs, lambda _: None)


def threads(jobs: int | None) -> int:
    """Return how many threads to take: by default one for each processor that this process may use."""
    return processors() if jobs is None else jobs


def on_cluster(job: Job, numbers: Sequence[int], report: Report, address: str) -> None:
    """Compute blocks on a Dask cluster; the blocks of a worker that is lost go to another one.

    Parameters
    ----------
    address
        ``tcp://...`` of a scheduler, or ``local:N`` for N processes of this machine.

    Raises
    ------
    InputError
        Where Dask is missing, nothing answers, or the workers have other versions than we.
    """
    with _client(address) as client, _interrupts() as interrupt:
        _check_versions(client)
        from distributed import as_completed  # noqa: PLC0415  optional
        from distributed.comm.core import CommClosedError  # noqa: PLC0415

        [common] = client.scatter([slim(job.common)], broadcast=True)
        tasks, names = job.tasks(numbers), {}
        wave = as_completed()

        def submit(count: int) -> None:
            for task in islice(tasks, count):
                future = client.submit(remote, common, task, pure=False)
                names[future.key] = task
                wave.add(future)

        try:
            submit(AHEAD * max(1, sum(client.nthreads().values())))
            for future in wave:
                task = names.pop(future.key)
                report(task.number, _result(job.common, task, future))
                future.release()
                if interrupt.is_set():
                    raise KeyboardInterrupt
                submit(1)
        except CommClosedError as error:
            raise _lost_scheduler() from error


def remote(common: Common, task: Task) -> bytes:
    """Compute a block on a worker."""
    return encoded(common, compute(common, task, engine_of(common.engine)))


def _result(common: Common, task: Task, future: Any) -> Block:
    """Return a block from a worker; where it cannot be had its members have failed.

    Raises
    ------
    InputError
        Where the scheduler is gone, and for mistakes of the user.
    """
    if future.cancelled():
        raise _lost_scheduler()
    error = future.exception()
    if isinstance(error, InputError | EngineError):
        raise error
    block = decoded(common, task.size, future.result()) if error is None else None
    if block is None:
        reason = "its result arrived damaged" if error is None else f"{type(error).__name__}: {error}"
        return lost(common, task.size, " ".join(reason.split()))
    return block


def _lost_scheduler() -> InputError:
    return command_line(
        "cluster", "the Dask scheduler is gone", "the blocks that are done stay; --resume goes on from them"
    )


@contextmanager
def _client(address: str) -> Iterator[Client]:
    try:
        from distributed import Client, LocalCluster  # noqa: PLC0415  optional
    except ImportError as error:
        hint = "pip install 'urbsim[cluster]', or leave --scheduler out: it runs on the threads of this machine"
        raise command_line("cluster", "--scheduler needs Dask, which is not installed", hint) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said in one message of ours
    kind, _, count = address.partition(":")
    if kind == "local":
        if not count.isdigit() or not int(count):
            raise command_line(
                "option-value", f"--scheduler {address!r}: local needs a number of processes", "for example local:2"
            )
        with _uninterrupted():
            cluster = LocalCluster(
                n_workers=int(count), threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
            )
        with cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        hint = "start one with `dask scheduler`, or take local:2"
        raise command_line("cluster", f"--scheduler {address}: no Dask scheduler answers there", hint) from error
    with client:
        yield client


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that leave an interrupt to us, instead of each showing where it was."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Note an interrupt instead of raising it where it comes: in a callback of Dask it would be lost.

    A second one is raised at once, for a cluster that gives no sign any more.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def note(*_: object) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


def _check_versions(client: Client) -> None:
    """Refuse workers whose numbers may differ from ours.

    Raises
    ------
    InputError
        With the packages that differ.
    """
    ours = versions()
    versions_by_worker = client.run(versions)
    if not versions_by_worker:
        raise command_line("cluster", "the Dask cluster has no workers", "start one with `dask worker ADDRESS`")
    for worker, theirs in sorted(versions_by_worker.items()):
        other = [f"{name} {theirs.get(name)}" for name in ours if theirs.get(name) != ours[name]]
        if other:
            own = ", ".join(f"{name} {ours[name]}" for name in ours)
            raise command_line(
                "cluster", f"worker {worker} has {', '.join(other)}", f"the same versions as here: {own}"
            )
