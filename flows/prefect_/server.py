"""The server that Prefect starts for a single run: it ends with the run, even with one that is killed.

Prefect starts it as a child process and ends it when Python ends. After `kill -9` it would stay, with 185 MB. Here its
standard input is a pipe that only the run's process holds open: the kernel closes it when that process ends, in
whatever way, and the server ends itself. A busy machine may also let the server answer its first request too late, on
which Prefect gives up with a traceback; here it is waited for.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any
from urllib.request import ProxyHandler, build_opener

GRACE_SECONDS = 10.0  # between SIGTERM and the end
HEALTH_SECONDS = 30.0  # for one request
PAUSE_SECONDS = 0.1

_held: list[int] = []  # ends of pipes that are open as long as this process lives


def tie_temporary_server() -> None:
    """Let the temporary server of this process end with it."""
    from prefect.server.api.server import SubprocessASGIServer  # noqa: PLC0415  seconds; a run without a server needs it

    SubprocessASGIServer._run_uvicorn_command = _started  # type: ignore[assignment,method-assign]


def _started(server: Any) -> subprocess.Popen[Any]:
    """The server's process, when it answers or has ended. An earlier one that still runs is used again."""
    process: subprocess.Popen[Any] | None = server.server_process
    if process is None or process.poll() is not None:
        process = _start(server.port)
    _wait_until_up(process, f"{server.api_url}/health")
    return process


def _start(port: int) -> subprocess.Popen[Any]:
    from prefect.settings import get_current_settings  # noqa: PLC0415  as above

    of_prefect = get_current_settings().to_environment_variables(exclude_unset=True)
    alone = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
    reader, writer = os.pipe()
    _held.append(writer)
    try:
        return subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-m", __name__, str(port)], stdin=reader, env={**os.environ, **alone, **of_prefect}
        )
    finally:
        os.close(reader)


def _wait_until_up(process: subprocess.Popen[Any], address: str) -> None:
    from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS as SECONDS  # noqa: PLC0415

    opener, deadline = build_opener(ProxyHandler({})), time.monotonic() + float(SECONDS.value())
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(address, timeout=HEALTH_SECONDS):
                return
        except (OSError, http.client.HTTPException):
            time.sleep(PAUSE_SECONDS)


def _end_with_parent() -> None:
    """Wait until standard input is closed, then end this process."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def main(port: int) -> None:
    """Serve Prefect's API on a port of this machine until the parent process ends."""
    import uvicorn  # noqa: PLC0415  for the server's own process

    threading.Thread(target=_end_with_parent, daemon=True).start()
    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        log_level="error",
        lifespan="on",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
