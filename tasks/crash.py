"""Named points at which a run can be made to die as by SIGKILL: a tool for tests, off in production.

`CBBD_CRASH_AT=raw` kills the process when it first gets to the point "raw", `CBBD_CRASH_AT=raw:3` at the third time.
Points, in the order of a run: plan, response, raw, bronze.staged, bronze.committed, silver.staged, silver.committed,
gold.staged, gold.committed, summary. Nothing is cleaned up and nothing is flushed: what a power cut leaves.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from threading import Lock

_NAME, _, _COUNT = os.environ.get("CBBD_CRASH_AT", "").partition(":")
_passed: Counter[str] = Counter()
_lock = Lock()


def _pass(point: str) -> None:
    """Production: nothing happens."""


def _count(point: str) -> None:
    with _lock:
        _passed[point] += 1
        if point == _NAME and _passed[point] == int(_COUNT or 1):
            os.kill(os.getpid(), signal.SIGKILL)


failpoint = _count if _NAME else _pass
