"""A run without a server: the one that is started for it keeps what happened, and ends with the run."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.flows.runs import HUNG_SECONDS, INGEST, Cli

pytestmark = pytest.mark.slow

SMALL = ("--endpoints", "conferences")


def asked(home: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        return database.execute(sql).fetchall()


def test_two_first_runs_at_once_and_a_later_one_are_kept(tmp_path: Path):
    """Traps: two runs that make the database at once; states that were on their way when the run ended."""
    home = tmp_path / "prefect"
    both = [Cli(tmp_path / name, home) for name in "ab"]
    started, texts = [], list[str]()
    for cli in both:
        cli.folder.mkdir()
        command = [sys.executable, str(INGEST), *SMALL]
        started.append(subprocess.Popen(command, cwd=cli.folder, env=cli.environment(), stderr=subprocess.PIPE))
    for process in started:
        texts.append(process.communicate(timeout=HUNG_SECONDS)[1].decode())
    assert [process.returncode for process in started] == [0, 0], texts
    assert "Traceback" not in "".join(texts)
    done = both[0].ingest("--endpoints", "teams")
    assert done.returncode == 0, done.stderr
    assert asked(home, "select state_type, count(*) from flow_run group by 1") == [("COMPLETED", 3)]
    ((tasks,),) = asked(home, "select count(*) from task_run where state_type = 'COMPLETED'")
    assert tasks == asked(home, "select count(*) from task_run")[0][0] >= 3
    assert asked(home, "select count(*) from artifact where key = 'ingest-summary'") == [(3,)]


def test_a_server_that_does_not_start_is_a_sentence(tmp_path: Path):
    cli = Cli(tmp_path, tmp_path / "home")
    nowhere = f"sqlite+aiosqlite:///{tmp_path}/absent/prefect.db"
    done = cli.ingest(*SMALL, PREFECT_API_DATABASE_CONNECTION_URL=nowhere)
    assert done.returncode == 1
    assert "Prefect's temporary server failed: no response (NotStarted: it ended with exit code" in done.stderr
    assert "Nothing was done; run again" in done.stderr
    assert cli.raw_objects() == []
