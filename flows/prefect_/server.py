"""The server that is started for a single run where none is set: it ends with the run, even with one that is killed.

Prefect would start one by itself, and load all of its server into the run's process to do so: seconds. Here it is a
process like any other server, whose address is set. Its standard input is a pipe that only the run's process holds
open: the kernel closes it when that process ends, in whatever way, and the server ends itself.
"""

from __future__ import annotations

import atexit
import os
import select
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass

import prefect.context
from prefect.settings import (
    PREFECT_API_DATABASE_CONNECTION_URL,
    PREFECT_API_URL,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    get_current_settings,
)

from flows.prefect_._database import is_current

PROGRAM = "flows.prefect_._temporary_server"
END_SECONDS = 15.0  # more than the server gives itself
# A server that a person starts later registers the types of blocks, and remembers that by itself.
LEAN = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "0",
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "0",
}


class NotStarted(Exception):
    """The temporary server did not start."""


@dataclass
class _Temporary:
    """The server of this process; its address is empty until it responds."""

    process: subprocess.Popen[bytes]
    address: str = ""


_mine: list[_Temporary] = []


def has_server() -> bool:
    """Whether runs are reported to a Prefect server that outlives them."""
    url = PREFECT_API_URL.value()
    return bool(url) and url not in {server.address for server in _mine}


def use_temporary_server() -> None:
    """Report to a server of this process from now on: the one that runs, or a new one.

    Raises:
        NotStarted: when it does not respond in PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, or has ended. One that
            is only slow goes on, and the next attempt waits for it.
    """
    if not _mine or _mine[-1].process.poll() is not None:
        _mine.append(_Temporary(_start()))
        atexit.register(_end, _mine[-1].process)
    server = _mine[-1]
    server.address = server.address or _announced(server.process)
    os.environ["PREFECT_API_URL"] = server.address
    prefect.context.refresh_global_settings_context()


def _start() -> subprocess.Popen[bytes]:
    of_prefect = get_current_settings().to_environment_variables(exclude_unset=True)
    environment = {**os.environ, **LEAN, **_migration(), **of_prefect}
    environment.pop("PREFECT_API_URL", None)
    # In a session of its own, since Ctrl-C is for the run, which still has to report how it ended.
    return subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )


def _migration() -> dict[str, str]:
    """Whether the server has to look for what is to migrate: not in a database of its own version."""
    url = str(PREFECT_API_DATABASE_CONNECTION_URL.value())
    kind, _, path = url.partition(":///")
    current = kind.startswith("sqlite") and is_current(path)
    return {"PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "0"} if current else {}


def _announced(process: subprocess.Popen[bytes]) -> str:
    """The address that the server prints when it responds."""
    seconds = float(PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value())
    assert process.stdout is not None, "it is a pipe"
    if not select.select([process.stdout], [], [], seconds)[0]:
        raise NotStarted(f"it did not respond in {seconds:g} s")
    if line := process.stdout.readline().decode().strip():
        return line
    raise NotStarted(f"it ended with exit code {process.wait()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the server write what it was sent last, and end. What Prefect sends when Python ends was sent before."""
    if process.stdin is not None:
        process.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
