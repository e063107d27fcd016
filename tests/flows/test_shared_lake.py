"""Three processes at once on one lake: the calls, the rate, the quota and the content of one run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox, SandboxConfig
from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake
from tests.faults.scene import KEY, Api
from tests.flows.runs import HUNG_SECONDS, SEASON
from tests.support import finished
from tests.support.prefect_server import clean_environment

pytestmark = [pytest.mark.xdist_group("a shared lake"), pytest.mark.slow]

RATE, RUNS = 5, 3
ASKED = {"season": str(SEASON), "endpoints": "venues,games,game_teams,lines,plays,team_seasons"}


class TimedApi(Api):
    """The sandbox over HTTP, with the moment at which each request arrived."""

    def __init__(self, **config: Any) -> None:
        sandbox = Sandbox(SandboxConfig(keys=(KEY,), size="tiny", now=finished.NOW, **config))
        self.arrivals: list[float] = []
        app = sandbox.app

        async def timed(scope: Any, receive: Any, send: Any) -> None:
            self.arrivals.append(time.monotonic())
            await app(scope, receive, send)

        sandbox.app = timed  # type: ignore[assignment]
        super().__init__(sandbox)

    @property
    def requests(self) -> list[str]:
        return [f"{entry.path} {sorted(entry.params.items())}" for entry in self.sandbox.log]


@dataclass
class Team:
    """Processes that run the same flow on one lake."""

    api: TimedApi
    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def start(self, flow: str, **environment: str) -> subprocess.Popen[str]:
        own = {"CBBD_LAKE": str(self.lake), "CBBD_BASE_URL": self.api.url, "CBBD_API_KEY": KEY, "CBBD_SOURCE": "api"}
        own |= {"CBBD_REQUESTS_PER_SECOND": str(RATE)} | environment
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.killable", flow, json.dumps(ASKED), "0", "wall"],
            env=clean_environment(**own) | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self) -> list[str]:
        """Status of each run that was not killed."""
        found = []
        for process in self.started:
            out, err = process.communicate(timeout=HUNG_SECONDS)
            if process.returncode != -signal.SIGKILL:
                assert process.returncode == 0, err
                found.append(json.loads(out.splitlines()[-1])["status"])
        return found

    def calls(self) -> list[int]:
        summaries = [json.loads(path.read_text()) for path in self.lake.glob("ops/runs/*.json")]
        return [sum(item["calls"] for item in run["datasets"]) for run in summaries]


@contextmanager
def team(folder: Path, **config: Any) -> Iterator[Team]:
    api = TimedApi(**config)
    api.start()
    made = Team(api, folder)
    try:
        yield made
    finally:
        for process in made.started:
            process.kill()
            process.wait()
        api.stop()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, Any]]:
    """Requests and content of one run."""
    with team(tmp_path_factory.mktemp("alone")) as one:
        one.start("ingest")
        assert one.end() == ["completed"]
        return one.api.requests, content(one.lake)


def content(lake: Path) -> dict[str, Any]:
    """Logical hashes of the tables of silver."""
    return {name: value for name, value in hash_lake(Lake.open(lake)).items() if str(name).startswith("silver.")}


def test_three_runs_at_once_make_the_calls_of_one_at_its_rate(tmp_path: Path, alone: tuple[list[str], dict[str, Any]]):
    """Trap: three ingests of one season made 216 calls for 99 requests, at three times the rate."""
    with team(tmp_path) as runs:
        for _ in range(RUNS):
            runs.start("ingest")
        assert runs.end() == ["completed"] * RUNS
        assert sorted(runs.api.requests) == sorted(alone[0])
        assert len(set(runs.api.requests)) == len(runs.api.requests)
        first, last = runs.api.arrivals[0], runs.api.arrivals[-1]
        assert len(runs.api.arrivals) <= RATE * (last - first) + RATE
        assert sum(runs.calls()) == len(alone[0])
        assert content(runs.lake) == alone[1]
        assert min(runs.calls()) > 0, "each of them had a part of the work"


def test_a_run_that_is_killed_is_replaced_by_the_others_at_once(
    tmp_path: Path, alone: tuple[list[str], dict[str, Any]]
):
    """What it had fetched is not fetched again, and nobody waits for its lease to expire."""
    with team(tmp_path) as runs:
        killed, *_ = [runs.start("ingest", CBBD_LEASE_WAIT_SECONDS="30") for _ in range(RUNS)]
        deadline = time.monotonic() + HUNG_SECONDS
        while len(runs.api.requests) < len(alone[0]) // 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
        assert runs.end() == ["completed"] * (RUNS - 1)
        assert set(runs.api.requests) == set(alone[0])
        assert len(runs.api.requests) <= len(alone[0]) + 3, "only what was in flight is repeated"
        assert content(runs.lake) == alone[1]


def test_three_backfills_at_once_leave_the_reserve(tmp_path: Path):
    reserve, spendable = 40, 17
    with team(tmp_path, monthly_quota=reserve + spendable) as runs:
        for _ in range(RUNS):
            runs.start("backfill", CBBD_QUOTA_RESERVE=str(reserve))
        assert set(runs.end()) == {"stopped"}
        assert reserve <= runs.api.sandbox.api.accounts.left(KEY) <= reserve + RUNS
