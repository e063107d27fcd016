"""The program that is Prefect's temporary server: `python -m flows.prefect_._temporary_server`, started by `server.py`.

It takes a free port, prints its address as soon as it responds, and ends when its standard input is closed.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import IO

import uvicorn

try:
    import fcntl
except ImportError:  # Windows: there, two first runs at once may have to be repeated
    fcntl = None  # type: ignore[assignment]

GRACE_SECONDS = 10.0  # between SIGTERM and the end
HOST = "127.0.0.1"


class _Announced(uvicorn.Server):
    """A server that prints its address when it has started."""

    def __init__(self, config: uvicorn.Config, out: int, lock: IO[str] | None) -> None:
        super().__init__(config)
        self._out, self._lock = out, lock

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._lock is not None:
            self._lock.close()
        if self.started and sockets:
            host, port = sockets[0].getsockname()
            os.write(self._out, f"http://{host}:{port}/api\n".encode())
        os.close(self._out)


def _migration_lock() -> IO[str] | None:
    """Wait until no other server makes or migrates the database; None where this one does not.

    Without it, both add a column, and one of them ends with a page of SQLAlchemy's. The system releases the lock of a
    process that ends.
    """
    from prefect.settings import PREFECT_HOME, PREFECT_SERVER_DATABASE_MIGRATE_ON_START  # noqa: PLC0415  slow

    if fcntl is None or not PREFECT_SERVER_DATABASE_MIGRATE_ON_START.value():
        return None
    home = Path(PREFECT_HOME.value())
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "migration.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _end_with_parent() -> None:
    """Wait until standard input is closed, then end this process."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def main() -> None:
    """Serve Prefect's API on a port of this machine until the parent process ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    out = os.dup(1)  # for the address alone: what else is printed goes to standard error
    os.dup2(2, 1)
    # Nothing of what is loaded is garbage, and looking for it takes a fifth of the time.
    gc.disable()
    from prefect.server.api.server import create_app  # noqa: PLC0415  after that

    gc.freeze()
    app = create_app()
    gc.enable()
    with socket.create_server((HOST, 0)) as bound:
        _Announced(uvicorn.Config(app, log_level="error", lifespan="on"), out, _migration_lock()).run(sockets=[bound])


if __name__ == "__main__":
    main()
