"""Calls spread over threads: blocks of members inside a run, and blocks of a batch.

Each thread begins the next call when it has ended one; only some are handed out ahead, so that an ensemble of any size
needs the memory of a few. The main thread wakes five times a second: an interrupt is noticed while threads compute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
AHEAD = 3  # calls for each worker that are handed out at once: more would only fill memory
_WAKE = 0.2  # seconds


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    work: Callable[[Item], Answer],
    items: Iterable[Item],
    threads: int,
    report: Callable[[Answer], object],
    stop: Callable[[], object] = lambda: None,
) -> None:
    """Call ``work`` with each item on threads, and hand each answer on.

    Parameters
    ----------
    work
        Called on one of the threads; the first error that it raises is raised here.
    items
        What to call it with; an item is taken when a thread will soon be free.
    threads
        How many there are.
    report
        Called with each answer on the thread of the caller, in the order in which they come.
    stop
        Called after an error or an interrupt, before this function waits for the calls that run.
    """
    with ThreadPoolExecutor(max(1, threads)) as pool:
        running: set[Future[Answer]] = set()
        try:
            for item in items:
                running.add(pool.submit(work, item))
                if len(running) >= AHEAD * max(1, threads):
                    running = _settle(running, report)
            while running:
                running = _settle(running, report)
        except BaseException:
            stop()
            for future in running:
                future.cancel()
            raise


def _settle(running: set[Future[Answer]], report: Callable[[Answer], object]) -> set[Future[Answer]]:
    """Hand on the answers that are there, and return the calls that still run."""
    results, rest = wait(running, timeout=_WAKE, return_when=FIRST_COMPLETED)
    for future in results:
        report(future.result())
    return rest
