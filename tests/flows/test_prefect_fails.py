"""P1: the Prefect server answers slowly, with an error, or not at all, in the middle of whole runs.

A proxy in front of a real server does it to chosen requests. Prefect's own repetitions are off, since they only put off
what happens after them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.flows.runs import SEASON, Cli
from tests.support.prefect_proxy import CUT, HOLD, Fault, Proxy, prefect_proxy

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ingest")]

START = r"POST /api/flow_runs/$"
STATE = r"POST /api/flow_runs/[^/]+/set_state"
ARTIFACT = r"POST /api/artifacts/"
GAMES = ("--endpoints", "games")
SLOW = {"PREFECT_API_REQUEST_TIMEOUT": "10"}  # what is not held gets its response in time on a busy machine, too


def ran(cli: Cli, faults: list[Fault], *args: str, flow: str = "ingest", **environment: str) -> tuple[int, str, Proxy]:
    """Exit code and standard error of a run whose server fails like this. No error of it is a trace."""
    assert cli.server is not None
    with prefect_proxy(cli.server, *faults) as proxy:
        beside = Cli(cli.folder, cli.prefect_home, proxy.url)
        done = beside.flow(flow, *(args or GAMES), **({"PREFECT_CLIENT_MAX_RETRIES": "0"} | environment))
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("error:") <= 1, done.stderr
    return done.returncode, done.stderr, proxy


def summaries(cli: Cli) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(cli.lake.glob("ops/runs/*.json"))]


def test_p1_a_start_that_failed_once_is_repeated(cli: Cli) -> None:
    code, said, proxy = ran(cli, [Fault(START, 500, times=1)])
    assert (code, len(proxy.hit)) == (0, 1), said
    assert f"warning: the Prefect server {proxy.url} failed: HTTP 500 Internal Server Error; trying again" in said
    assert [run["status"] for run in summaries(cli)] == ["completed"]


def test_p1_a_server_that_only_holds_the_line_is_one_sentence(cli: Cli) -> None:
    """Trap: a trace of 60 lines that ends in ReadTimeout."""
    code, said, proxy = ran(cli, [Fault(START, HOLD)], **SLOW)
    assert (code, len(proxy.hit)) == (1, 2), said
    assert f"asked to start a run: the Prefect server {proxy.url} failed: no response in time (ReadTimeout)" in said
    assert "Nothing was done; run again" in said
    assert summaries(cli) == []
    assert cli.raw_objects() == []


def test_p1_an_artifact_that_is_not_taken_fails_no_run(cli: Cli) -> None:
    """Trap: a run whose lake is whole, which failed because its summary could not be shown."""
    code, said, proxy = ran(cli, [Fault(ARTIFACT, 503)])
    assert (code, len(proxy.hit)) == (0, 1), said
    assert "did not take the summary (HTTP 503 Service Unavailable); it is not in Prefect's UI" in said
    assert [run["status"] for run in summaries(cli)] == ["completed"]


def test_p1_events_that_are_not_taken_fail_no_run(cli: Cli) -> None:
    code, said, proxy = ran(cli, [Fault("GET /api/events/in", CUT)])
    assert (code, bool(proxy.hit)) == (0, True), said
    assert said.count("takes no events") == 1, "one line, however often Prefect tries"
    assert "EventsWorker" not in said
    assert [run["status"] for run in summaries(cli)] == ["completed"]


@pytest.mark.parametrize("action", [CUT, 503, HOLD])
def test_p1_a_run_whose_end_is_not_recorded_says_that_its_work_is_kept(cli: Cli, action: str | int) -> None:
    code, said, proxy = ran(cli, [Fault(STATE, action, skip=1)], **SLOW)
    assert (code, bool(proxy.hit)) == (1, True), said
    assert "asked to record what the run did" in said
    assert "What this run did is in the lake" in said
    assert [run["status"] for run in summaries(cli)] == ["completed"]
    kept = cli.raw_objects()
    assert cli.ingest(*GAMES).returncode == 0
    assert cli.raw_objects() == kept, "nothing was fetched a second time"


def test_p1_a_limit_that_cannot_be_asked_for_stops_the_run_before_a_call(cli: Cli) -> None:
    api = {"CBBD_SOURCE": "api", "CBBD_API_KEY": "k", "CBBD_BASE_URL": "http://127.0.0.1:9"}
    code, said, proxy = ran(cli, [Fault("concurrency_limits", 500)], CBBD_CALL_LIMIT="cbbd-calls", **api)
    assert (code, len(proxy.hit)) == (1, 1), said
    assert "asked for the concurrency limit cbbd-calls" in said
    assert summaries(cli) == []


def test_p1_a_season_that_cannot_be_started_does_not_stop_the_next(cli: Cli) -> None:
    """Trap: a backfill of ten seasons that ended with the first one that the server did not start."""
    fault = Fault(START, 500, skip=1, times=2)  # the backfill itself is started
    code, said, _ = ran(cli, [fault], "--season", f"{SEASON - 1}-{SEASON}", *GAMES, flow="backfill")
    assert code == 1, said
    runs = {(run["flow"], run["parameters"].get("season")): run for run in summaries(cli)}
    assert ("backfill-season", str(SEASON)) not in runs
    assert runs[("backfill-season", str(SEASON - 1))]["status"] == "completed"
    (whole,) = (run for (flow, _), run in runs.items() if flow == "backfill")
    assert whole["status"] == "failed"
    (lost,) = (item for item in whole["datasets"] if item["season"] == SEASON)
    assert f"asked to run season {SEASON}" in json.dumps(lost["failed"])
    assert cli.flow("backfill", "--season", str(SEASON), *GAMES).returncode == 0
