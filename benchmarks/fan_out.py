"""A backfill of several seasons in one process, over Dask workers and over workers of a deployment: speed-up, overhead.

usage: python benchmarks/fan_out.py [--size mini] [--seasons 2021-2024] [--endpoints games,plays] [--answers FOLDER]

All of them read the same answers of the simulated API over HTTP, from a server in this process that computed them
beforehand, and report to one Prefect server. The rate of calls is not limited: with a limit of 3 per second that all
share, it is the limit that is measured. Each starts with an empty lake, and all lakes have to be equal in the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import uvicorn
from common import ROOT, parser, show, spend

sys.path.insert(0, str(ROOT))

from sandbox import Sandbox, SandboxConfig
from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake

NOW = datetime(2025, 7, 15, 12, tzinfo=UTC)
POOL = "cbbd-fan-out"
START_SECONDS = 300
WORKERS = (1, 2)


class Answers:
    """The simulated API on a port of its own. Each answer is computed once and kept in a folder."""

    def __init__(self, size: Any, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._app, self._folder = Sandbox(SandboxConfig(size=size, now=NOW)).app, folder
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(self._answer, interface="asgi3", log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        asked = b"?".join([scope["raw_path"], scope["query_string"]])
        file = self._folder / hashlib.sha256(asked).hexdigest()
        if not file.exists():
            file.write_bytes(await self._computed(scope, receive))
        head, _, body = file.read_bytes().partition(b"\n")
        status, headers = json.loads(head)
        pairs = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    async def _computed(self, scope: Any, receive: Any) -> bytes:
        sent: list[dict[str, Any]] = []

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, keep)
        headers = [[name.decode(), value.decode()] for name, value in sent[0]["headers"]]
        return (
            json.dumps([sent[0]["status"], headers]).encode() + b"\n" + b"".join(m.get("body", b"") for m in sent[1:])
        )

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve within the block; the address."""
        self._thread.start()
        try:
            yield "http://{}:{}".format(*self._socket.getsockname())
        finally:
            self._server.should_exit = True
            self._thread.join()


@dataclass
class Started:
    """Processes that the backfill uses; what each has taken so far, with those that it has started and waited for."""

    processes: list[psutil.Process]

    def cpu(self) -> float:
        """CPU seconds."""
        family = [one for process in self.processes for one in (process, *process.children(recursive=True))]
        return sum(sum(one.cpu_times()[:4]) for one in family if one.is_running())


@dataclass(frozen=True)
class Measured:
    """What one backfill took, in seconds, and the content of its lake.

    Attributes:
        cpu: of the backfill, its workers and the scheduler.
        server: CPU of the Prefect server.
    """

    wall: float
    cpu: float
    server: float
    content: object


class Bench:
    """The servers that all backfills share, and how each is run."""

    def __init__(self, folder: Path, api: str, seasons: str, endpoints: str) -> None:
        self.folder = folder
        self._asked = ["--season", seasons, *(["--endpoints", endpoints] if endpoints else [])]
        port = _free_port()
        own = {"CBBD_BASE_URL": api, "CBBD_API_KEY": "benchmark", "CBBD_SOURCE": "api", "CBBD_QUOTA_RESERVE": "0"}
        own |= {"CBBD_REQUESTS_PER_SECOND": "1000", "PREFECT_HOME": str(folder / "prefect"), "DO_NOT_TRACK": "1"}
        own |= {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "CBBD_POOL": POOL, "CBBD_VERSION": "benchmark"}
        own |= {"PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        self._own = own | {"PYTHONPATH": str(ROOT)}
        self.server = Started([])

    @contextmanager
    def prefect(self) -> Iterator[None]:
        """A Prefect server with a pool of type process and the deployment of a season."""
        port = self._own["PREFECT_API_URL"].rpartition(":")[2].partition("/")[0]
        with self.started("server", "prefect", "server", "start", "--port", port, "--no-ui") as process:
            self.server.processes.append(process)
            _wait_until(lambda: _is_healthy(self._own["PREFECT_API_URL"]))
            self.done("prefect", "work-pool", "create", POOL, "--type", "process")
            self.done("prefect", "--no-prompt", "deploy", "--name", "backfill-season")
            yield

    def done(self, *module: str) -> None:
        """A command that has to end well."""
        subprocess.run([sys.executable, "-m", *module], cwd=ROOT, env=os.environ | self._own, check=True)

    @contextmanager
    def started(self, name: str, *module: str) -> Iterator[psutil.Process]:
        """A module of Python as a process; it ends with the block, and so does what it has started."""
        with (self.folder / f"{name}.log").open("w") as log:
            command = [sys.executable, "-m", *module]
            process = psutil.Popen(
                command, cwd=self.folder, env=os.environ | self._own, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            yield process
        finally:
            for one in (*process.children(recursive=True), process):
                one.kill()
            process.wait()

    def measure(self, name: str, workers: Started, *options: str, **environment: str) -> Measured:
        """One backfill into a lake of its own."""
        lake = self.folder / f"lake-{name}"
        server, helped = self.server.cpu(), workers.cpu()
        command = [sys.executable, ROOT / "flows" / "backfill.py", *self._asked, "--lake", lake, *options]
        run = spend(command, **self._own, **environment)
        found = Measured(
            run.wall, run.cpu + workers.cpu() - helped, self.server.cpu() - server, hash_lake(Lake.open(lake))
        )
        sys.stderr.write(f"{name}: {found.wall:.1f} s wall, {found.cpu:.1f} s CPU, server {found.server:.1f} s CPU\n")
        return found

    def dask(self, workers: int) -> Measured:
        """Over so many Dask workers of one thread."""
        file = self.folder / f"scheduler-{workers}.json"
        where = ["--host", "127.0.0.1", "--scheduler-file", str(file)]
        with ExitStack() as stack:
            scheduler = ["distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", *where]
            begun = [stack.enter_context(self.started("scheduler", *scheduler))]
            _wait_until(file.is_file)
            worker = ["distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *where]
            begun += [stack.enter_context(self.started(f"dask-{one}", *worker)) for one in range(workers)]
            address = json.loads(file.read_text())["address"]
            _wait_until(lambda: all("Registered to" in self._log(f"dask-{one}") for one in range(workers)))
            name = f"dask-{workers}"
            return self.measure(name, Started(begun), "--fan-out", "dask", DASK_SCHEDULER_ADDRESS=address)

    def deployments(self, workers: int) -> Measured:
        """Over so many workers of the pool, each with one season at a time."""
        with ExitStack() as stack:
            command = ["prefect", "worker", "start", "--pool", POOL, "--limit", "1", "--name"]
            begun = [stack.enter_context(self.started(f"pool-{one}", *command, f"w{one}")) for one in range(workers)]
            _wait_until(lambda: all("started!" in self._log(f"pool-{one}") for one in range(workers)))
            name, options = f"deployments-{workers}", ("--fan-out", "deployments", "--concurrency", str(workers))
            return self.measure(name, Started(begun), *options)

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def _wait_until(ready: Any) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {START_SECONDS} seconds for a process to start")
        time.sleep(0.2)


def _is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).is_success
    except httpx.TransportError:
        return False


def table(runs: dict[str, Measured]) -> Sequence[Sequence[str]]:
    """Rows of all backfills, with the ratios to the first."""
    alone = next(iter(runs.values()))
    rows = [("seasons run", "wall s", "CPU s", "server CPU s", "speed-up", "CPU to one process")]
    for name, run in runs.items():
        cells = f"{run.wall:.1f}", f"{run.cpu:.1f}", f"{run.server:.1f}"
        rows.append((name, *cells, f"{alone.wall / run.wall:.2f}", f"{run.cpu / alone.cpu:.2f}"))
    return rows


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("tiny", "mini", "full"), default="mini")
    options.add_argument("--seasons", default="2021-2024")
    options.add_argument("--endpoints", default="")
    options.add_argument("--answers", type=Path, help="keep the answers of the simulated API in this folder")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        api = stack.enter_context(Answers(given.size, given.answers or folder / "answers").served())
        bench = Bench(folder, api, given.seasons, given.endpoints)
        stack.enter_context(bench.prefect())
        bench.measure("first", Started([]))
        runs = {"in turn, one process": bench.measure("inline", Started([]))}
        runs |= {f"Dask, workers: {count}": bench.dask(count) for count in WORKERS}
        runs |= {f"deployments, workers: {count}": bench.deployments(count) for count in WORKERS}
    different = [name for name, run in runs.items() if run.content != runs["in turn, one process"].content]
    if different:
        raise SystemExit(f"the content of the lake is not that of one process: {', '.join(different)}")
    what = f"{given.endpoints or 'default endpoints'}; load of the machine {os.getloadavg()[2]:.1f}"
    note = f"Seasons {given.seasons} of size {given.size}, {what}; all five lakes have the same content."
    block = "fan-out-plays" if "plays" in given.endpoints.split(",") else "fan-out"
    show(block, table(runs), update=given.update, note=note)


if __name__ == "__main__":
    main()
