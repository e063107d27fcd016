"""A process that does heavy work on responses, so that work which crashes, hangs or needs too much memory ends alone.

The process is started with the first piece of work, is used again for the next ones, and is replaced when it is lost
(decision 0012). It ends with the process that started it, also after SIGKILL.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from tasks import crash
from tasks.errors import PipelineError, unexpected

POLL_SECONDS = 0.2
END_SECONDS = 5
MEGABYTE = 1 << 20
SECRETS = ("CBBD_API_KEY",)  # the work needs no key

T = TypeVar("T")


@dataclass(frozen=True)
class Bounds:
    """What one piece of work may take.

    Attributes:
        memory_mb: resident memory of the process, MiB; measured on Linux only.
        seconds: wall time.
    """

    memory_mb: int
    seconds: float


class ProcessLost(PipelineError):
    """The process was lost during the work. The message says how."""


class TooSlow(ProcessLost):
    """The work did not end in time."""


def _credentials() -> dict[str, str]:
    """What this process reaches AWS with. Another process has what was there when it started."""
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


class _Process:
    """One process, with a socket for work and results. Its standard input ends when this process ends."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tasks.build_process", str(theirs.fileno())]
            environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
            environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
            self._process = subprocess.Popen(  # noqa: S603  this module itself
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment
            )
        self._connection = Connection(ours.detach())
        self.credentials = _credentials()
        self.used = False

    def run(self, work: bytes, bounds: Bounds) -> Any:
        """The result of a piece of work, or ProcessLost."""
        self.used, deadline = True, time.monotonic() + bounds.seconds
        try:
            self._connection.send_bytes(work)
            while not self._connection.poll(POLL_SECONDS):
                if self.memory_mb > bounds.memory_mb:
                    raise ProcessLost(f"needed more than {bounds.memory_mb:,} MB of memory (CBBD_BUILD_MEMORY_MB)")
                if time.monotonic() > deadline:
                    raise TooSlow(f"did not end within {bounds.seconds:,.0f} s (CBBD_BUILD_SECONDS)")
            return self._connection.recv()
        except (EOFError, OSError):
            raise ProcessLost(self._how_it_ended()) from None

    @property
    def memory_mb(self) -> float:
        """Resident memory in MiB; 0 where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        if code >= 0:
            return f"ended with code {code}"
        name = signal.Signals(-code).name
        return f"was ended by {name}" + (", perhaps because the machine has no memory left" if code == -9 else "")

    def end(self, *, at_once: bool = False) -> None:
        """End the process: when it has no work, after it has read the end of its input; otherwise at once."""
        self._connection.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        if at_once:
            self._process.kill()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Processes:
    """The process of this program: one piece of work at a time."""

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._lock = threading.Lock()

    def run(self, work: bytes, bounds: Bounds) -> Any:
        with self._lock:
            if self._process is not None and self._process.used:
                try:
                    return self._run(work, bounds)
                except TooSlow:
                    raise
                except ProcessLost:
                    pass  # what earlier work left behind may be the cause: once more in a new process
            return self._run(work, bounds)

    def _run(self, work: bytes, bounds: Bounds) -> Any:
        if self._process is not None and self._process.credentials != _credentials():
            self.end()
        process = self._process = self._process or _Process()
        try:
            result = process.run(work, bounds)
        except BaseException:  # lost, or this process was interrupted: nothing may go on with the work
            self._process = None
            process.end(at_once=True)
            raise
        if process.memory_mb > bounds.memory_mb / 2:
            self.end()
        return result

    def end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.end()


_PROCESSES = _Processes()
atexit.register(_PROCESSES.end)


def run_apart(work: Callable[[], T], bounds: Bounds) -> T:
    """The result of a function that can be pickled, computed in the process of this program for such work.

    Raises:
        ProcessLost: when the process crashed or passed a bound, also a new one.
        Exception: what the function raised.
    """
    result, error = _PROCESSES.run(pickle.dumps(work), bounds)
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def _attempt(work: bytes) -> tuple[Any, BaseException | None]:
    try:
        return pickle.loads(work)(), None  # noqa: S301  from the process that started this one
    except BaseException as error:  # noqa: BLE001  it is raised there
        return None, error


def _packed(done: tuple[Any, BaseException | None]) -> bytes:
    try:
        packed = pickle.dumps(done)
        pickle.loads(packed)  # noqa: S301  an error may be written and not be read
    except Exception as error:  # noqa: BLE001  whatever the result has in it
        return pickle.dumps((None, PipelineError(unexpected(done[1] or error))))
    return packed


def serve(descriptor: int) -> None:
    """Do the work that arrives on a socket until its other end is closed."""
    crash.ends_parent()
    for number in (signal.SIGINT, signal.SIGTERM):  # a terminal sends them to all; the other process decides
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with Connection(descriptor) as connection:
        while True:
            try:
                work = connection.recv_bytes()
            except (EOFError, OSError):
                return
            connection.send_bytes(_packed(_attempt(work)))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
