"""P1: the Prefect server dies under a run, or is not there."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox import Sandbox, SandboxConfig
from tests.flows.runs import HUNG_SECONDS, SEASON, Cli
from tests.support.prefect_server import prefect_server

pytestmark = pytest.mark.slow


def test_p1_a_prefect_server_that_dies_does_not_affect_the_run(tmp_path: Path) -> None:
    """The run completes and its summary is in the lake; only how it ended is not known to Prefect, and it says so."""
    with ExitStack() as dying:
        server = dying.enter_context(prefect_server(tmp_path, "--no-ui", "--no-services"))
        cli = Cli(tmp_path, tmp_path / "home", server)
        few = {"PREFECT_CLIENT_MAX_RETRIES": "0", "CBBD_REQUESTS_PER_SECOND": "2"}
        with cli.running_ingest("--endpoints", "games", **few) as run:
            deadline = time.monotonic() + HUNG_SECONDS
            while not cli.raw_objects():
                assert time.monotonic() < deadline, run.err.read_text()
                time.sleep(0.02)
            dying.close()
            code, said = run.process.wait(timeout=HUNG_SECONDS), run.err.read_text()
    assert code == 1, said
    assert f"the Prefect server {server} failed: no connection" in said
    assert "Traceback" not in said
    (summary,) = (json.loads(path.read_text()) for path in cli.lake.glob("ops/runs/*.json"))
    assert summary["status"] == "completed"
    rows = cli.query("select count(*) from silver.fct_games")
    assert rows == [str(Sandbox(SandboxConfig(size="tiny")).world.row_counts(SEASON, "games")["games"])]


def test_p1_a_missing_prefect_server_is_reported(tmp_path: Path) -> None:
    cli = Cli(tmp_path, tmp_path / "home", "http://127.0.0.1:9/api")
    done = cli.ingest("--endpoints", "games", PREFECT_CLIENT_MAX_RETRIES="0")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "unset PREFECT_API_URL to run without one" in done.stderr
    assert cli.raw_objects() == []
