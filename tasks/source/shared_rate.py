"""One limit for the calls of all processes of this machine that write to one lake in a folder.

The starts of the last calls are in a file of the lake, by the machine's steady clock. A process locks the file, and
writes its own start only if the limit allows it at that moment; otherwise it waits and looks again. The kernel releases
the lock of a process that ends. A lake on S3 has no such file: its runs share a limit of the Prefect server, or each
has its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson
from pydantic import TypeAdapter, ValidationError

from tasks.lake.places import CALLS
from tasks.lake.presence import machine, steady

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCKED_SECONDS = 0.005  # a process has the file for less than a millisecond
GIVE_UP_SECONDS = 10.0  # a process that was suspended while it had the file; then the process's own limiter must do


class SharedLimit(Protocol):
    """A limit that several processes have in common."""

    async def turn(self) -> None:
        """Wait until a call may start, and count it."""

    async def hold(self, seconds: float) -> None:
        """Let no process start a call for so long."""


@dataclass
class _Starts:
    """What the file holds: whose clock the times are of, the last starts, and until when nobody may start."""

    machine: str
    starts: list[float]
    held_until: float = 0.0


_STARTS = TypeAdapter(_Starts)


class SharedRate:
    """At most `per_second` starts in any second, over all processes with the same file.

    Args:
        folder: of the lake.
        per_second: as that of `Limiter`; the smallest of the processes' rates holds for its own calls.
    """

    def __init__(
        self,
        folder: Path,
        per_second: float,
        clock: Callable[[], float] = steady,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._path = folder / CALLS
        self._count, self._period = max(1, int(per_second)), max(1.0, 1.0 / per_second)
        self._clock, self._sleep = clock, sleep

    async def turn(self) -> None:
        """Wait until a call may start, and count it."""
        locked_since = self._clock()
        while True:
            with self._opened() as file:
                wait = LOCKED_SECONDS if file is None else self._started(file)
            if wait <= 0:
                return
            if file is not None:
                locked_since = self._clock()
            elif self._clock() - locked_since > GIVE_UP_SECONDS:
                return
            await self._sleep(wait)

    async def hold(self, seconds: float) -> None:
        """Let no process start a call for so long."""
        with self._opened() as file:
            if file is not None:
                known = self._read(file)
                known.held_until = max(known.held_until, self._clock() + seconds)
                _write(file, known)

    def _started(self, file: int) -> float:
        """Count a start now, if one is allowed: 0; else the seconds until it may be."""
        known, now = self._read(file), self._clock()
        due = known.held_until
        if len(known.starts) >= self._count:
            due = max(due, known.starts[-self._count] + self._period)
        if due > now:
            return due - now
        known.starts = [*known.starts, now][-max(self._count, len(known.starts)) :]
        _write(file, known)
        return 0.0

    def _read(self, file: int) -> _Starts:
        own = machine()
        try:
            known = _STARTS.validate_json(os.pread(file, 1 << 16, 0))
        except ValidationError:  # a new file, or one that was torn
            return _Starts(own, [])
        return known if known.machine == own else _Starts(own, [])  # times of another clock say nothing

    @contextmanager
    def _opened(self) -> Iterator[int | None]:
        """The file, locked; None while another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            yield None
            return
        try:
            yield file
        finally:
            os.close(file)  # which unlocks it


def _write(file: int, known: _Starts) -> None:
    data = orjson.dumps(known)
    os.pwrite(file, data, 0)
    os.ftruncate(file, len(data))


def shared_rate(location: str, per_second: float) -> SharedRate | None:
    """The limit of the processes with a lake in one folder; None where the lake or the system has none.

    Args:
        location: of the lake.
    """
    if location.startswith("s3://") or fcntl is None:
        return None
    return SharedRate(Path(location), per_second)
