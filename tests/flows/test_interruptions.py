"""A run that is killed, interrupted or out of calls loses nothing and repeats nothing."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.flows.content import assert_same_content
from tests.flows.runs import BOXES, HUNG_SECONDS, SEASON, Cli

pytestmark = pytest.mark.xdist_group("ingest")


def wait_for_raw(cli: Cli, count: int) -> None:
    deadline = time.monotonic() + 600
    while len(cli.raw_objects()) < count:
        assert time.monotonic() < deadline, "the run fetched nothing"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path, server: str) -> Cli:
    cli = Cli(tmp_path_factory.mktemp("undisturbed"), prefect_home, server)
    done = cli.ingest("--endpoints", BOXES)
    assert done.returncode == 0, done.stderr
    return cli


def ended(pids: set[int]) -> None:
    """Wait until these processes have ended; a zombie has."""
    deadline = time.monotonic() + HUNG_SECONDS
    while left := {pid for pid, _, state, _ in processes() if pid in pids and not state.startswith("Z")}:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


def processes() -> list[tuple[int, int, str, str]]:
    """Process, parent, state and command line of all processes of this machine."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    fields = (line.split(None, 3) for line in listed.stdout.splitlines())
    return [(int(pid), int(parent), state, *args) for pid, parent, state, *args in fields if args]


@pytest.mark.slow
def test_p3_kill_9_leaves_no_server_and_the_next_run_tells_and_resumes(laptop: Cli, cli: Cli, undisturbed: Cli) -> None:
    """Trap: Prefect's temporary server, 185 MB, outlived the command line that had started it.

    A proxy is set, too: the server on this machine must be reached without it.
    """
    with laptop.running_ingest("--endpoints", BOXES, HTTP_PROXY="http://127.0.0.1:9") as run:
        wait_for_raw(cli, 4)
        servers = {pid for pid, parent, _, args in processes() if parent == run.process.pid and "server" in args}
        assert servers
        run.end(signal.SIGKILL)
        ended(servers)
    again = cli.ingest("--endpoints", BOXES)
    assert again.returncode == 0, again.stderr
    assert "was interrupted; this run resumes" in again.stderr
    assert_same_content(cli.lake, undisturbed.lake)
    assert len(cli.raw_objects()) == len(undisturbed.raw_objects())


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 21])
def test_kill_9_then_run_again_gives_the_content_of_an_undisturbed_run(cli: Cli, undisturbed: Cli, after: int) -> None:
    with cli.running_ingest("--endpoints", BOXES) as run:
        wait_for_raw(cli, after)
        run.end(signal.SIGKILL)
    kept = cli.raw_objects()
    again = cli.ingest("--endpoints", BOXES)
    assert again.returncode == 0, again.stderr
    assert "was interrupted; this run resumes" in again.stderr
    assert_same_content(cli.lake, undisturbed.lake)
    extra = len(cli.raw_objects()) - len(undisturbed.raw_objects())
    assert set(kept) <= set(cli.raw_objects())
    assert extra == 0, "an answer that was kept was asked for again"


@pytest.mark.slow
def test_ctrl_c_stops_and_the_next_run_resumes(laptop: Cli, cli: Cli, undisturbed: Cli) -> None:
    with laptop.running_ingest("--endpoints", BOXES) as run:
        wait_for_raw(cli, 4)
        code = run.end(signal.SIGINT)
        said = run.err.read_text()
    assert code == 130, said
    assert "the next run resumes" in said
    assert "Traceback" not in said
    again = cli.ingest("--endpoints", BOXES)
    assert again.returncode == 0, again.stderr
    assert_same_content(cli.lake, undisturbed.lake)


def test_sigterm_stops_as_ctrl_c_does_with_a_code_of_its_own(laptop: Cli, cli: Cli, undisturbed: Cli) -> None:
    """As ECS, systemd and a Prefect worker end a process."""
    with laptop.running_ingest("--endpoints", BOXES) as run:
        wait_for_raw(cli, 4)
        code = run.end(signal.SIGTERM)
        said = run.err.read_text()
    assert code == 143, said
    assert "the next run resumes" in said
    assert "Traceback" not in said
    again = cli.ingest("--endpoints", BOXES)
    assert again.returncode == 0, again.stderr
    assert_same_content(cli.lake, undisturbed.lake)


@pytest.mark.slow
def test_max_calls_is_a_clean_stop_and_the_next_run_goes_on_there(cli: Cli, undisturbed: Cli) -> None:
    first = cli.ingest("--endpoints", BOXES, "--max-calls", "10")
    assert first.returncode == 0, first.stderr
    assert "API calls made:    10" in first.stdout
    assert re.search(r"left for later: +\d+ requests", first.stdout)
    assert len(cli.raw_objects()) == 10
    second = cli.ingest("--endpoints", BOXES)
    assert second.returncode == 0, second.stderr
    assert len(cli.raw_objects()) == len(undisturbed.raw_objects())
    assert_same_content(cli.lake, undisturbed.lake)


def scripted(cli: Cli, **config: object) -> dict[str, str]:
    path = cli.folder / "sandbox.json"
    path.write_text(json.dumps(config))
    return {"CBBD_SANDBOX_CONFIG": str(path)}


def test_one_bad_key_fails_alone_and_the_run_says_so(cli: Cli, undisturbed: Cli) -> None:
    environment = scripted(cli, faults=[{"action": "status", "path": "/games/teams", "calls": [3], "status": 404}])
    done = cli.ingest("--endpoints", BOXES, **environment)
    assert done.returncode == 1
    assert re.search(r"failed: +game_teams endDateRange=", done.stdout)
    assert "Traceback" not in done.stderr
    assert len(cli.raw_objects()) == len(undisturbed.raw_objects()) - 1
    healed = cli.ingest("--endpoints", BOXES)
    assert healed.returncode == 0, healed.stderr
    assert_same_content(cli.lake, undisturbed.lake)


def test_a_refused_key_costs_one_call_and_stops_the_run(cli: Cli) -> None:
    fault = {"action": "status", "status": 401, "body": '{"message":"Unauthorized"}'}
    done = cli.ingest("--endpoints", BOXES, **scripted(cli, faults=[fault]))
    assert done.returncode == 1
    assert "API calls made:    1" in done.stdout
    assert cli.raw_objects() == []


@pytest.mark.slow
def test_a_season_in_progress_is_followed_without_asking_for_what_is_settled(cli: Cli) -> None:
    first = cli.ingest("--endpoints", BOXES, CBBD_SANDBOX_NOW="2025-01-15T12:00:00Z")
    assert first.returncode == 0, first.stderr
    asked = set(cli.raw_objects())
    assert int(cli.query("select count(*) from silver.fct_games where status = 'scheduled'")[0]) > 0
    assert cli.query(
        "select count(*) from silver.fct_games where has_result and start_at > '2025-01-15T12:00:00Z'"
    ) == ["0"]
    second = cli.ingest("--endpoints", BOXES, CBBD_SANDBOX_NOW="2025-01-25T12:00:00Z")
    assert second.returncode == 0, second.stderr
    new = set(cli.raw_objects()) - asked
    assert new
    settled = [path for path in new if "startDateRange=2024-11-1" in path or "startDateRange=2024-12-0" in path]
    assert settled == [], "windows that ended more than a week before the first run were asked again"
    results = f"select count(*) from silver.fct_games where has_result and season = {SEASON}"
    boxes = "select count(distinct game_id) from silver.fct_game_teams"
    assert cli.query(results) == cli.query(boxes)
