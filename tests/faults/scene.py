"""The stage of a fault: the simulated API on a port of its own, a lake, and runs in this process or in another."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from flows.jobs.ingest import IngestJob
from sandbox import FaultRule, Sandbox, SandboxConfig
from sandbox.server.faults import FaultPlan
from tasks.lake.lake import Lake
from tasks.runs.summary import RunSummary
from tests.faults.drive import drive
from tests.support import warm

KEY = "sk-fault-tests-0123456789abcdef"
IN_FLIGHT = 3
HUNG_SECONDS = 600  # on a machine that does other things
HERE = Path(__file__).parent
TWO_DAYS = {"endpoints": "games,game_teams,lines,plays", "since": date(2024, 11, 10), "until": date(2024, 11, 11)}
GAMES = {"endpoints": "games"}
PLAYED = {"endpoints": "games,lines"}


class Api:
    """The sandbox over HTTP in a thread, with a log that no client can touch."""

    def __init__(self, sandbox: Sandbox | None = None, bound: socket.socket | None = None) -> None:
        self.sandbox = sandbox or Sandbox(SandboxConfig(keys=(KEY,)))
        self.socket = bound or socket.socket()
        if bound is None:
            self.socket.bind(("127.0.0.1", 0))  # not listening: connections are refused until `start`
        config = uvicorn.Config(self.sandbox.app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self.socket]})

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.socket.getsockname())

    def start(self) -> Api:
        self.socket.listen(64)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def script(self, *rules: FaultRule, quota: int = 1_000_000) -> None:
        """Faults from now on, with all counts at zero."""
        self.sandbox.api.plan = FaultPlan(rules)
        self.sandbox.api.accounts.forget()
        self.sandbox.world.config = replace(self.sandbox.world.config, monthly_quota=quota)
        self.sandbox.log.clear()

    @property
    def calls(self) -> list[str]:
        """What was asked since `script`: path and first day, in order."""
        found = ((entry.path, entry.params) for entry in self.sandbox.log)
        return [f"{path} {params.get('startDateRange', params.get('date', ''))[:10]}" for path, params in found]


@dataclass
class Scene:
    """A lake and what is needed to run into it."""

    place: str
    folder: Path
    api: Api
    patch: pytest.MonkeyPatch
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CBBD_API_KEY": KEY,
            "CBBD_BASE_URL": self.api.url,
            "CBBD_LAKE": self.place,
            "CBBD_REQUESTS_PER_SECOND": "1000",
            "CBBD_RETRY_WAIT_SECONDS": "0.001",
            "CBBD_IN_FLIGHT": str(IN_FLIGHT),
        } | self.extra

    @property
    def lake(self) -> Lake:
        """The lake as a reader finds it now."""
        return Lake.open(self.place, database_prefix=self.extra.get("CBBD_DATABASE_PREFIX", "cbbd_"))

    def job(self, **options: Any) -> IngestJob:
        for name, value in self.environment.items():
            self.patch.setenv(name, value)
        return IngestJob.of(season="2025", **options)

    def ingest(self, **options: Any) -> RunSummary:
        """A whole run in this process."""
        return drive(self.job(**options))

    @contextmanager
    def process(
        self, rounds: int = 1, *, endpoints: str, since: date | None = None, until: date | None = None, **extra: str
    ) -> Iterator[warm.Started]:
        """A run in a process of its own; what it prints goes to files that are searched for secrets."""
        with self.command(str(rounds), endpoints, str(since or "-"), str(until or "-"), **extra) as process:
            yield process

    @contextmanager
    def command(self, *args: str, **extra: str) -> Iterator[warm.Started]:
        """`drive.py` with these arguments."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "PREFECT_"))}
        home = {"PREFECT_HOME": str(warm.prefect_home()), "PYTHONPATH": str(HERE.parents[1])}
        command = [sys.executable, "-m", "tests.faults.drive", *args]
        if "CBBD_TEST_MUTATION" in extra:
            extra = {"CBBD_BUILD_PROCESS": "0"} | extra  # the change is in the code of that process
        with (self.folder / "stdout").open("ab") as out, (self.folder / "stderr").open("ab") as err:
            environment = kept | home | self.environment | extra
            process = warm.start(command, cwd=self.folder, env=environment, stdout=out, stderr=err)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def run(self, rounds: int = 1, **options: Any) -> int:
        """A run in a process of its own, to its end: the exit code."""
        with self.process(rounds, **options) as process:
            return process.wait(HUNG_SECONDS)

    def killed_at(self, point: str, **options: Any) -> None:
        """A run that dies at a named point."""
        assert self.run(CBBD_CRASH_AT=point, **options) == -signal.SIGKILL, self.printed
        self.api.script()

    @property
    def printed(self) -> str:
        return "".join((self.folder / name).read_text() for name in ("stdout", "stderr"))
