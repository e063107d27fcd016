"""How a command ends: exit code, one line, whatever Prefect, DuckDB or two errors that name each other make of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from polars.exceptions import PanicException

from flows.command_line import _run
from flows.command_line.command import FLOWS
from flows.prefect_ import trouble
from flows.terminal.shell import FAILED, INTERRUPTED, TERMINATED, guarded, interruption_behind
from tasks.errors import behind
from tasks.lake.lake import Lake
from tasks.termination import Terminated
from tests.faults.drive import drive
from tests.support.engine import ingest, job_of, sandbox_settings

AFTER = datetime(2025, 5, 1, tzinfo=UTC)
LONG_QUERY = "select sum(range % 7) from range(1000000000000)"  # hours, in little memory


def each_others() -> BaseException:
    """Two errors that name each other as cause and context."""
    first, second = ValueError("first"), OSError("second")
    first.__cause__, first.__context__ = second, second
    second.__cause__, second.__context__ = first, first
    return first


def test_l3_two_errors_that_name_each_other_are_walked_once():
    """Trap: `error.__cause__ or error.__context__` went round for ever, and a failing run used a core until killed."""
    assert [str(error) for error in behind(each_others())] == ["first", "second"]
    assert interruption_behind(each_others()) is None


def test_an_interruption_is_found_behind_errors_that_name_each_other():
    error = each_others()
    assert error.__cause__ is not None
    error.__cause__.__context__ = KeyboardInterrupt()
    assert isinstance(interruption_behind(error), KeyboardInterrupt)


def test_an_interruption_is_found_in_a_group():
    assert isinstance(interruption_behind(BaseExceptionGroup("tasks", [ValueError(), Terminated()])), Terminated)


def test_a_command_that_fails_with_them_ends(capsys: pytest.CaptureFixture[str]):
    def command() -> int:
        raise each_others()

    assert guarded(command) == FAILED
    assert "ValueError: first; this is a bug: its trace is in" in capsys.readouterr().err


def test_a_panic_of_polars_is_one_line(capsys: pytest.CaptureFixture[str]):
    """Trap: it is no Exception, and a user saw pages of Rust's and Python's frames."""

    def command() -> int:
        raise PanicException("index out of bounds")

    assert guarded(command) == FAILED
    assert "PanicException: index out of bounds; this is a bug: its trace is in" in capsys.readouterr().err


def test_l2_l3_an_ingest_into_a_lake_without_a_manifest_ends(tmp_path: Path):
    """The run in which it was found: storage fails in two libraries that raise from each other."""
    settings = sandbox_settings(tmp_path, AFTER)
    ingest(settings, "conferences")
    manifests = list((tmp_path / "lake" / "warehouse").rglob("*-m0.avro"))
    assert manifests
    for path in manifests:
        path.unlink()

    def command() -> int:
        return FAILED if drive(job_of(settings, "conferences", refresh=True)).status == "failed" else 0

    assert guarded(command) in {0, FAILED}


def test_a_key_in_a_trace_is_masked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("CBBD_API_KEY", "a-key-of-some-length")

    def command() -> int:
        raise RuntimeError("sent a-key-of-some-length")

    assert guarded(command) == FAILED
    said = capsys.readouterr().err
    trace = Path(said.rpartition("its trace is in ")[2].strip())
    assert "a-key-of-some-length" not in said + trace.read_text()
    trace.unlink()


# A process of its own: SIGTERM that arrives before or after the command would end the one that runs the tests.
ENDED_IN_A_QUERY = f"""
import os, signal, sys, threading, time
from flows.commands.cli import main

def end():
    while not any(thread.name == "duckdb" for thread in threading.enumerate()):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end, daemon=True).start()
sys.exit(main(["query", {LONG_QUERY!r}]))
"""


def test_sigterm_inside_a_query_is_143(lake: Lake):
    """Trap: DuckDB made a plain interruption of it, which was 130, or lost it; and no query is resumed."""
    asked = subprocess.run(
        [sys.executable, "-c", ENDED_IN_A_QUERY],
        check=False,
        env={**os.environ, "CBBD_LAKE": lake.location},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (asked.returncode, asked.stderr.strip()) == (TERMINATED, "error: interrupted")


def test_sigterm_that_a_library_makes_an_error_of_is_143(capsys: pytest.CaptureFixture[str]):
    """Trap: while models are loaded, Pydantic makes a SchemaError without a cause of it; it was "this is a bug"."""

    def command() -> int:
        with suppress(Terminated):
            signal.raise_signal(signal.SIGTERM)
        raise ValueError("Error building an enum validator")

    assert guarded(command) == TERMINATED
    assert capsys.readouterr().err.strip() == "error: interrupted"


def test_an_interruption_says_what_is_kept(capsys: pytest.CaptureFixture[str]):
    def command() -> int:
        raise KeyboardInterrupt

    assert guarded(command, FLOWS["ingest"].kept) == INTERRUPTED
    assert guarded(command, FLOWS["gold"].kept) == INTERRUPTED
    assert guarded(command, FLOWS["audit"].kept) == INTERRUPTED
    assert capsys.readouterr().err.splitlines() == [
        "error: interrupted; what was fetched is kept, the next run resumes",
        "error: interrupted; what was built is kept, the next run continues",
        "error: interrupted",
    ]


# -- a Prefect server that is slow or not there -----------------------------------------------------------------------


@pytest.fixture
def with_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_run, "has_server", lambda: True)
    monkeypatch.setattr(trouble, "has_server", lambda: True)
    monkeypatch.setattr(trouble, "PAUSES", (0.0,))
    monkeypatch.setattr("flows.prefect_.metrics._begun", [])


def run_flow(*errors: Exception, begins: bool = False) -> tuple[int, int]:
    """The exit code of a flow that raises these errors in turn, and how often it was called."""
    left, called = [*errors], []

    def flow() -> None:
        called.append(1)
        if begins:
            from flows.prefect_ import metrics  # noqa: PLC0415  the list that the fixture sets

            metrics._begun.append("ingest")
        if left:
            raise left.pop(0)

    return _run.in_terminal(flow, None, {}), len(called)  # type: ignore[arg-type]


@pytest.mark.usefixtures("with_server")
def test_a_prefect_server_that_is_slow_once_is_called_again(capsys: pytest.CaptureFixture[str]):
    """Trap: under load its time-out was a traceback of 60 lines."""
    assert run_flow(httpx.ReadTimeout("")) == (0, 2)
    assert "no response in time (ReadTimeout); trying again" in capsys.readouterr().err


@pytest.mark.usefixtures("with_server")
def test_a_prefect_server_that_stays_slow_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert run_flow(httpx.ReadTimeout(""), httpx.ReadTimeout("")) == (FAILED, 2)
    said = capsys.readouterr().err
    assert "Prefect was asked to start a run" in said
    assert "Nothing was done" in said
    assert said.count("error:") == 1
    assert "Traceback" not in said


@pytest.mark.usefixtures("with_server")
def test_work_that_has_begun_is_not_done_twice(capsys: pytest.CaptureFixture[str]):
    assert run_flow(httpx.ReadTimeout(""), begins=True) == (FAILED, 1)
    assert "What this run did is in the lake" in capsys.readouterr().err


@pytest.mark.usefixtures("with_server")
@pytest.mark.parametrize(("status", "attempts"), [(500, 2), (503, 2), (429, 2), (401, 1), (422, 1)])
def test_what_the_server_says_is_wrong_with_the_request_is_not_sent_again(
    status: int, attempts: int, capsys: pytest.CaptureFixture[str]
):
    request = httpx.Request("POST", "http://127.0.0.1/api/flows/")
    refused = [httpx.HTTPStatusError("", request=request, response=httpx.Response(status)) for _ in range(2)]
    assert run_flow(*refused) == (FAILED, attempts)
    said = capsys.readouterr().err
    assert f"failed: HTTP {status} " in said
    assert ("PREFECT_API_KEY" in said) == (status == 401)


@pytest.mark.usefixtures("with_server")
def test_another_error_is_not_prefects():
    with pytest.raises(ZeroDivisionError):
        run_flow(ZeroDivisionError())
