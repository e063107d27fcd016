"""P2: Prefect runs a flow again after a failure, or a schedule starts it twice."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.flows.runs import ROOT, SEASON, Cli

pytestmark = pytest.mark.slow

RETRIED = f"""
from flows.ingest import ingest
ingest.with_options(retries=1, retry_delay_seconds=0)(season="{SEASON}", endpoints="games")
"""


def scripts(cli: Cli, *codes: str, **environment: str) -> list[tuple[int, str]]:
    """Run Python programs at the same time, as workers do: exit code and log of each."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=cli.environment(**environment),
            stderr=subprocess.PIPE,
            text=True,
        )
        for code in codes
    ]
    said = [process.communicate(timeout=1200)[1] for process in started]
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


def statuses(cli: Cli) -> list[tuple[str, int]]:
    """Status and calls of each run in the lake, in the order in which they ended."""
    ended = sorted(cli.lake.glob("ops/runs/*.json"), key=lambda path: path.stat().st_mtime_ns)  # simulated time stands
    runs = [json.loads(path.read_text()) for path in ended]
    return [(run["status"], sum(item["calls"] for item in run["datasets"])) for run in runs]


def test_p2_a_retry_by_prefect_requests_only_what_failed(cli: Cli) -> None:
    """Trap: a retried flow run that fetches its season a second time. The third window fails for good at first."""
    config = cli.folder / "sandbox.json"
    config.write_text(json.dumps({"faults": [{"action": "status", "path": "/games", "calls": [3], "status": 404}]}))
    ((code, said),) = scripts(cli, RETRIED, CBBD_SANDBOX_CONFIG=str(config))
    assert code == 0, said
    (first, calls), (second, more) = statuses(cli)
    assert (first, second) == ("failed", "completed")
    assert (more, len(cli.raw_objects())) == (1, calls)


def test_p2_a_schedule_that_starts_a_flow_twice_fetches_nothing_twice_in_the_tables(cli: Cli) -> None:
    once = 'from flows.ingest import ingest\ningest(season="2025", endpoints="games")'
    ended = scripts(cli, once, once)
    assert [code for code, _ in ended] == [0, 0], ended
    assert [status for status, _ in statuses(cli)] == ["completed", "completed"]
    found = cli.query("select count(*), count(distinct game_id) from silver.fct_games")[0].split(",")
    assert found[0] == found[1] != "0"
