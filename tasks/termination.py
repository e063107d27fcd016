"""SIGTERM handling. ECS, systemd and Prefect end a process this way; requests in flight finish before the run ends.

On the first SIGTERM a fetch winds up, and any other work raises `Terminated`. A commit is one atomic step, so nothing
is left half done. A second SIGTERM ends the process at once, as SIGKILL does; committed work is safe then too.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

GRACE_SECONDS = 20.0  # for requests in flight; ECS kills 30 s after SIGTERM, and the summary must be written before


class Terminated(KeyboardInterrupt):
    """SIGTERM was received. Like Ctrl-C it is not an error, so error handlers must not catch it."""


Handler = Callable[[int, FrameType | None], None]


def handle(number: int, frame: FrameType | None) -> None:
    """The handler of SIGTERM, one function for all contexts: whoever installed it can see that it is still in place."""
    if _open:
        _open[-1].receive()
    elif _otherwise:
        _otherwise[-1](number, frame)


def otherwise(handler: Handler) -> None:
    """Name the handler of a signal that comes while no `Termination` is open."""
    _otherwise.append(handler)


class Termination:
    """Handles SIGTERM while the context is open. Works in the main thread only; other threads receive no signals."""

    def __init__(self) -> None:
        self.requested = False
        self._wind_up: Callable[[], None] | None = None
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, handle)
            _open.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self in _open:
            _open.remove(self)
        if self._before is not None and not self.requested:  # after a first SIGTERM the second must end the process
            signal.signal(signal.SIGTERM, self._before)

    def receive(self) -> None:
        """Take a SIGTERM: wind up, or end the work here.

        Raises:
            Terminated: outside of `winding_up`.
        """
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.requested = True
        if self._wind_up is None:
            self.check()
        else:
            self._wind_up()

    def check(self) -> None:
        """End the work here if SIGTERM was received.

        Raises:
            Terminated: when it was.
        """
        if self.requested:
            raise Terminated("SIGTERM")

    @contextmanager
    def winding_up(self, wind_up: Callable[[], None]) -> Iterator[None]:
        """Within the context SIGTERM calls `wind_up` and raises nothing. Call `check` after it."""
        self._wind_up = wind_up
        try:
            yield
        finally:
            self._wind_up = None


_open: list[Termination] = []  # the innermost last
_otherwise: list[Handler] = []
