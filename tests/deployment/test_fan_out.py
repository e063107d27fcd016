"""A backfill over two workers, one of which is killed in the middle: nothing is lost, and no season is left out.

Both ways of spreading the seasons: tasks on a Dask cluster, and runs of a deployment on a pool.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tasks.lake.content import LogicalHash, hash_lake
from tasks.lake.lake import Lake
from tests.deployment.orchestration import PATIENCE, ROOT, Prefect, wait_for

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.slow]

POOL = "cbbd-fan-out"
SEASONS = (2022, 2023)
ASKED = ("--season", f"{SEASONS[0]}-{SEASONS[-1]}", "--endpoints", "games,game_teams")
SLOW = {"faults": [{"action": "delay", "path": "/games/teams", "seconds": 2}]}  # so that there is a middle


@dataclass
class Backfill:
    """Runs `flows/backfill.py` on a lake of its own."""

    prefect: Prefect
    folder: Path

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def settings(self, **more: str) -> dict[str, str]:
        """What a worker has in its environment; not the lake, which each season is given."""
        return {"CBBD_SANDBOX_SIZE": "tiny"} | more

    @contextmanager
    def started(self, *options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, str(ROOT / "flows" / "backfill.py"), *ASKED, *options]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.prefect.environment(**self.settings(CBBD_LAKE=str(self.lake)), **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def slowly(self) -> dict[str, str]:
        config = self.folder / "sandbox.json"
        config.write_text(json.dumps(SLOW))
        return self.settings(CBBD_SANDBOX_CONFIG=str(config))

    def runs(self, flow: str = "backfill-season") -> list[dict[str, Any]]:
        """Summaries in the lake of the runs of a flow."""
        found = [json.loads(path.read_text()) for path in self.lake.glob("ops/runs/*.json")]
        return [run for run in found if run["flow"] == flow]

    def kill_one(self) -> int:
        """End the process of a season in the middle of its requests, as a machine that disappears does; the season."""

        def in_the_middle() -> dict[str, Any] | None:
            for run in self.runs():
                fetched = list(self.lake.glob(f"raw/game_teams/season={run['parameters']['season']}/**/*.zst"))
                if run["status"] == "running" and fetched:
                    return run
            return None

        found = wait_for("a season in the middle", in_the_middle)
        os.kill(found["pid"], signal.SIGKILL)
        with suppress(ChildProcessError):  # a child of ours counts as a process until somebody asks for its end
            os.waitpid(found["pid"], 0)
        return int(found["parameters"]["season"])

    def hashes(self) -> Mapping[str, LogicalHash]:
        return hash_lake(Lake.open(self.lake), ("bronze", "silver"))


def ended(process: subprocess.Popen[str]) -> str:
    """What a process that must succeed has printed."""
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out[-6000:]
    return out


@pytest.fixture(scope="module")
def undisturbed(prefect: Prefect, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LogicalHash]:
    """Content of the lake of a backfill in one process."""
    alone = Backfill(prefect, tmp_path_factory.mktemp("alone"))
    with alone.started() as process:
        ended(process)
    return alone.hashes()


@pytest.fixture
def backfill(prefect: Prefect, tmp_path: Path) -> Backfill:
    return Backfill(prefect, tmp_path)


def of_season(backfill: Backfill, season: int) -> list[str]:
    """How the runs of a season ended, the killed one before the one that continued it."""
    runs = sorted(backfill.runs(), key=lambda run: str(run["seen_at"]))
    return [run["status"] for run in runs if run["parameters"]["season"] == str(season)]


def calls(runs: list[dict[str, Any]]) -> int:
    return sum(item["calls"] for run in runs for item in run["datasets"])


@contextmanager
def cluster(prefect: Prefect, **environment: str) -> Iterator[str]:
    """A Dask scheduler and two workers in processes of their own; its address."""
    file = prefect.home / "scheduler.json"
    where = ["--host", "127.0.0.1", "--no-dashboard"]
    with ExitStack() as stack:
        scheduler = ["distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(file), *where]
        stack.enter_context(prefect.started("scheduler", scheduler))
        address = wait_for("the scheduler", lambda: file.is_file() and file.read_text())
        worker = ["distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", *where]
        for name in ("first", "second"):
            stack.enter_context(prefect.started(name, worker, **environment))
        yield json.loads(str(address))["address"]


def test_a_dask_worker_that_is_killed_loses_nothing(
    prefect: Prefect, backfill: Backfill, undisturbed: Mapping[str, LogicalHash]
) -> None:
    """Dask gives its season to the other worker, which requests only what is missing."""
    pytest.importorskip("prefect_dask", reason="needs the extra dask")
    with (
        cluster(prefect, **backfill.slowly()) as address,
        backfill.started("--fan-out", "dask", DASK_SCHEDULER_ADDRESS=address) as process,
    ):
        season = backfill.kill_one()
        ended(process)
    assert of_season(backfill, season) == ["interrupted", "completed"]
    assert backfill.hashes() == undisturbed
    assert calls(backfill.runs("backfill")) == calls(backfill.runs()), "the killed run's calls count, too"


def test_a_deployed_season_that_is_killed_is_started_once_more(
    prefect: Prefect, backfill: Backfill, undisturbed: Mapping[str, LogicalHash]
) -> None:
    prefect.done("work-pool", "create", POOL, "--type", "process")
    prefect.done("deploy", "--name", "backfill-season", CBBD_POOL=POOL)
    with (
        prefect.worker("fanning", POOL, 2, **backfill.slowly()),
        backfill.started("--fan-out", "deployments") as process,
    ):
        season = backfill.kill_one()
        ended(process)
    assert of_season(backfill, season) == ["interrupted", "completed"]
    assert backfill.hashes() == undisturbed
    ours = [run for run in prefect.runs_of("backfill-season") if run["parameters"]["lake"] == str(backfill.lake)]
    assert sorted(run["state"]["name"] for run in ours) == ["Completed", "Completed", "Crashed"]
