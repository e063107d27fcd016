"""A Prefect server on a port of its own, as a self-hosting team runs one: a run against it starts in a second."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support import finished

START_SECONDS = 240  # on a machine that does other things


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment with the finished season, without anybody's settings of Prefect or this pipeline."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "PREFECT_"))}
    return kept | finished.ENVIRONMENT | {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"} | extra


@contextmanager
def prefect_server(home: Path, *options: str) -> Iterator[str]:
    """The address of a server that keeps everything in `home`; it and what it started end with the block."""
    port = _free_port()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), *options]
    log = home / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=home,
            env=clean_environment(PREFECT_HOME=str(home)),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}/api"
        _wait_until_healthy(url, process, log)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"{url}/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the Prefect server did not start:\n{log.read_text()}")
