"""Evaluation on demand: how deep Python may go while blocks overlap in threads."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from urbsim.language.order import deep


def test_the_limit_comes_back_after_the_last_block() -> None:
    before = sys.getrecursionlimit()
    first, second = ExitStack(), ExitStack()  # as two threads would interleave
    first.enter_context(deep())
    second.enter_context(deep())
    first.close()
    assert sys.getrecursionlimit() > 100_000
    second.close()
    assert sys.getrecursionlimit() == before
