"""Several ingests of one season at once on one lake: calls, distinct requests, rate and time, against one ingest.

usage: python benchmarks/shared_runs.py [--size tiny] [--runs 3]

The simulated API is a server in this process, which logs each request and the moment at which it arrived. The lakes are
folders, so the runs share leases and the limit of 3 calls per second by files in them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from common import ROOT, parser, show

sys.path.insert(0, str(ROOT))

from sandbox import Sandbox, SandboxConfig
from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
RATE = 3
WINDOW = 10.0  # seconds; the server is slower than the limit at times, so requests arrive closer than they started


class Server:
    """The simulated API on a port of its own."""

    def __init__(self, size: Any) -> None:
        self.sandbox, self.arrivals = Sandbox(SandboxConfig(size=size, now=NOW)), list[float]()
        self.sandbox.world.simulated(2025)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(self._app, interface="asgi3", log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.arrivals.append(time.monotonic())
        await self.sandbox.app(scope, receive, send)

    @property
    def url(self) -> str:
        """Its address."""
        return "http://{}:{}".format(*self._socket.getsockname())

    @contextmanager
    def running(self) -> Any:
        """Serve within the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.should_exit = True
            self._thread.join()


@dataclass
class Measured:
    """What so many runs did: calls, distinct requests, most calls in a window, calls per second, seconds, content."""

    calls: int
    distinct: int
    most: int
    mean: float
    wall: float
    content: object


def measure(folder: Path, size: str, runs: int) -> Measured:
    """Start runs at the same moment, and wait for all of them."""
    with Server(size).running() as server:
        own = {"CBBD_BASE_URL": server.url, "CBBD_API_KEY": "benchmark", "CBBD_LAKE": str(folder)}
        own |= {"CBBD_REQUESTS_PER_SECOND": str(RATE)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "PREFECT_API"))}
        command = [sys.executable, str(ROOT / "flows" / "ingest.py"), "--season", "2025"]
        begun = time.perf_counter()
        started = [
            subprocess.Popen(command, env=kept | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(runs)
        ]
        for process in started:
            out, _ = process.communicate()
            if process.returncode:
                raise SystemExit(f"a run ended with {process.returncode}:\n{out[-4000:]}")
        wall = time.perf_counter() - begun
        asked = [json.dumps([entry.path, entry.params], sort_keys=True) for entry in server.sandbox.log]
        arrivals = server.arrivals
    spent = arrivals[-1] - arrivals[0]
    silver = {name: found for name, found in hash_lake(Lake.open(folder)).items() if str(name).startswith("silver.")}
    return Measured(len(asked), len(set(asked)), most_in_a_window(arrivals), len(asked) / spent, wall, silver)


def most_in_a_window(arrivals: Sequence[float]) -> int:
    """Greatest number of arrivals in `WINDOW` seconds."""
    return max(sum(first <= at < first + WINDOW for at in arrivals) for first in arrivals)


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("tiny", "mini", "full"), default="tiny")
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    rows = [("runs at once", "calls", "distinct requests", f"most in {WINDOW:g} s", "calls per second", "wall s")]
    found = []
    for runs in (1, given.runs):
        with tempfile.TemporaryDirectory() as folder:
            made = measure(Path(folder) / "lake", given.size, runs)
        found.append(made)
        cells = (made.calls, made.distinct, made.most, f"{made.mean:.2f}", f"{made.wall:.0f}")
        rows.append((str(runs), *map(str, cells)))
    same = "the same" if found[0].content == found[1].content else "NOT the same"
    show(
        "shared-runs",
        rows,
        update=given.update,
        note=f"Season of size {given.size}, limit of {RATE} calls per second, {RATE * WINDOW:g} in {WINDOW:g} s; "
        f"the content of silver is {same}.",
    )


if __name__ == "__main__":
    main()
