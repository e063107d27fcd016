"""SIGTERM, as ECS, systemd and Prefect end a process: what is in flight is finished and kept, then the run ends.

The first SIGTERM lets a fetch wind up and raises `Terminated` where anything else goes on: a commit is one atomic step,
so nothing is left half done. The second one ends the process at once, as SIGKILL would, and loses as little.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

GRACE_SECONDS = 20.0  # for what is in flight; ECS kills 30 s after SIGTERM, and the summary has to be written


class Terminated(KeyboardInterrupt):
    """SIGTERM came. Like Ctrl-C it is no error of the work, so nothing that handles errors may take it for one."""


class Termination:
    """Takes SIGTERM while the context is open, in the main thread; elsewhere signals do not arrive."""

    def __init__(self) -> None:
        self.told = False
        self._wind_up: Callable[[], None] | None = None
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None and not self.told:  # else the second SIGTERM is to end the process, whoever asks
            signal.signal(signal.SIGTERM, self._before)

    def _take(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.told = True
        if self._wind_up is None:
            self.check()
        else:
            self._wind_up()

    def check(self) -> None:
        """End the work here if SIGTERM came.

        Raises:
            Terminated: then.
        """
        if self.told:
            raise Terminated("SIGTERM")

    @contextmanager
    def winding_up(self, wind_up: Callable[[], None]) -> Iterator[None]:
        """While the context is open, SIGTERM calls `wind_up` and raises nothing: `check` does, afterwards."""
        self._wind_up = wind_up
        try:
            yield
        finally:
            self._wind_up = None
