"""Python processes for tests, forked from one that has loaded the packages: about three CPU seconds less per run.

A run of the command line loads Prefect, SQLAlchemy, PyIceberg and PyArrow before it does anything. Here one process per
environment loads them, and every run is a fork of it, with its own arguments, folder, environment, output and exit
code. Neither this repository's code nor Polars is loaded before the fork: the code reads variables when it is loaded,
and threads of Polars do not survive a fork. Tests of the start itself, and of a run of the command line that is ended
from outside, start a process in the usual way.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

PACKAGES = (
    *("prefect", "prefect.main", "prefect.flows", "prefect.tasks", "prefect.client.orchestration", "sqlalchemy.orm"),
    *("pyarrow.parquet", "pyarrow.dataset", "pyiceberg.catalog.sql", "pyiceberg.io.pyarrow", "boto3", "obstore"),
    *("typer", "rich.progress", "httpx", "pydantic_settings", "zstandard", "orjson", "yaml"),
)
READ_AT_IMPORT = ("PREFECT_", "PYTHON", "DO_NOT_TRACK")  # variables that a package reads when it is loaded
POLL_SECONDS = 0.02


class Started:
    """A forked process, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, command: list[str], channel: socket.socket) -> None:
        self.args = command
        self._lines = channel.makefile("r")
        self._channel = channel
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, or None as long as it runs."""
        return self._received(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code.

        Raises:
            subprocess.TimeoutExpired: when it still runs after so many seconds.
        """
        code = self._received(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended, and the message of its end is on its way
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _received(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            end = None if timeout is None else time.monotonic() + timeout
            while not _is_readable(self._channel, POLL_SECONDS if timeout else 0):
                if end is not None and time.monotonic() >= end:
                    return None
            self.returncode = int(self._lines.readline())
            self._lines.close()
            self._channel.close()
        return self.returncode


class Server:
    """The process that is forked, for environments that are equal in what packages read when they are loaded."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="warm-")  # no settings of Prefect lie here
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                cwd=self._home.name,
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def start(self, command: list[str], cwd: Path, environment: dict[str, str], out: Any, err: Any) -> Started:
        """Fork and run a command."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"x"], [theirs.fileno(), out.fileno(), err.fileno()])
        order = {"arguments": command[1:], "cwd": str(cwd), "environment": environment}
        ours.sendall(json.dumps(order).encode() + b"\n")
        return Started(command, ours)

    def end(self) -> None:
        """End it, after what it started."""
        self._control.close()
        self._process.wait()
        self._home.cleanup()


_SERVERS: dict[frozenset[tuple[str, str]], Server] = {}


@atexit.register
def _end() -> None:
    for server in _SERVERS.values():
        server.end()
    _SERVERS.clear()


def start(command: list[str], *, cwd: Path, env: dict[str, str], stdout: IO[Any], stderr: IO[Any]) -> Started:
    """Start `[python, "-m", module, ...]` or `[python, script, ...]`; output goes to open files."""
    assert command[0] == sys.executable, command
    key = frozenset(item for item in env.items() if item[0].startswith(READ_AT_IMPORT))
    if key not in _SERVERS:
        _SERVERS[key] = Server(env)
    return _SERVERS[key].start(command, cwd, env, stdout, stderr)


def run(command: list[str], *, cwd: Path, env: dict[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
    """A command to its end, as `subprocess.run` with captured text.

    Raises:
        subprocess.TimeoutExpired: when it does not end in so many seconds; it is killed then.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(command, cwd=cwd, env=env, stdout=out, stderr=err)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        return subprocess.CompletedProcess(command, code, *(_text(file) for file in (out, err)))


@cache
def prefect_home() -> Path:
    """A folder for Prefect's own files, one for all runs of this process that need no server."""
    folder = tempfile.TemporaryDirectory(prefix="prefect-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _is_readable(channel: socket.socket, seconds: float) -> bool:
    channel.settimeout(seconds)
    try:
        channel.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, TimeoutError):
        return False
    finally:
        channel.settimeout(None)
    return True


def _serve(control: socket.socket) -> None:
    """Fork for each order, until the other end of the socket is closed."""
    sys.path[0] = str(Path.cwd())  # this file's folder has modules of the same names as Python's own
    for name in PACKAGES:
        importlib.import_module(name)
    assert "polars" not in sys.modules
    gc.freeze()  # a fork's garbage collector would otherwise touch, and so copy, all that is shared
    keepers = set()
    while descriptors := socket.recv_fds(control, 1, 3)[1]:
        keeper = os.fork()
        if keeper == 0:
            control.close()
            _keep(*descriptors)
            return  # the program itself has ended
        keepers.add(keeper)
        for number in descriptors:
            os.close(number)
        keepers -= {pid for pid in keepers if os.waitpid(pid, os.WNOHANG)[0]}
    for pid in keepers:
        os.waitpid(pid, 0)


def _keep(channel: int, out: int, err: int) -> None:
    """Start the program, report its process and its exit code. Returns in the program alone, when it has ended."""
    program = os.fork()
    if program == 0:
        _become(channel, out, err)
        return
    os.write(channel, f"{program}\n".encode())
    for number in (out, err):
        os.close(number)
    ended = os.waitid(os.P_PID, program, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
    with suppress(BrokenPipeError):
        os.write(channel, f"{code}\n".encode())
        os.read(channel, 1)  # until the code was read: a signal sent before that finds no other process of this number
    os.waitpid(program, 0)
    os._exit(0)


def _become(channel: int, out: int, err: int) -> None:
    """Be the program that the order describes, as a new Python would be."""
    with os.fdopen(channel) as orders:
        order = json.loads(orders.readline())
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    first, *rest = order["arguments"]
    if first == "-m":
        sys.path[0] = order["cwd"]
        sys.argv = ["-m", *rest[1:]]  # runpy replaces the first
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(first).parent)
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")


def main() -> NoReturn:
    with socket.socket(fileno=int(sys.argv[1])) as control:
        _serve(control)
    sys.exit(0)


if __name__ == "__main__":
    main()
