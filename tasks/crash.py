"""Failpoints: named places where a test can kill a run with SIGKILL. They do nothing in production.

`CBBD_CRASH_AT=raw` kills the process when it first reaches the failpoint "raw"; `CBBD_CRASH_AT=raw:3` kills it the
third time. In the process that builds partitions it kills the run, too. Failpoints in the order of a run: plan,
response, raw, bronze.staged, bronze.committed, silver.staged, silver.committed, gold.staged, gold.committed, summary;
of a rebuild or relocation: catalog.written, catalog.replaced; of an export: export.written.
Nothing is cleaned up or flushed, as after a power cut.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from threading import Lock

_NAME, _, _COUNT = os.environ.get("CBBD_CRASH_AT", "").partition(":")
_passed: Counter[str] = Counter()
_lock = Lock()
_parents: list[int] = []


def ends_parent() -> None:
    """From now on a failpoint of this process kills the process that started it, too."""
    _parents.append(os.getppid())


def _pass(point: str) -> None:
    """Do nothing: the failpoint of production."""


def _count(point: str) -> None:
    with _lock:
        _passed[point] += 1
        if point == _NAME and _passed[point] == int(_COUNT or 1):
            for process in (*_parents, os.getpid()):
                os.kill(process, signal.SIGKILL)


failpoint = _count if _NAME else _pass
