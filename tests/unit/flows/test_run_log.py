"""The log of a run in Prefect: our lines, and a server that does not take the progress."""

from __future__ import annotations

import logging

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from flows.run_page.log import RunLog, reporter


def test_outside_of_a_run_the_terminal_is_the_reporter(capsys: pytest.CaptureFixture[str]) -> None:
    with reporter() as say:
        say.note("games 2025: 6 of 6 requests")
    assert capsys.readouterr().err == "games 2025: 6 of 6 requests\n"


@pytest.mark.filterwarnings("ignore:Artifact creation outside of a flow:FutureWarning")
def test_a_server_that_does_not_take_the_progress_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Trap: a run depends on Prefect's server only to start and to end."""
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__FLOW_NAME", "ingest")
    nowhere = {PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES: 0}
    caplog.set_level(logging.INFO, "run")
    with temporary_settings(nowhere):
        RunLog(logging.getLogger("run")).progressed(1, 2, "plays 2025: 1 of 2 requests")
    said = [record.getMessage() for record in caplog.records if record.name == "run"]
    assert said[0] == "plays 2025: 1 of 2 requests"
    assert said[1].startswith("the Prefect server http://127.0.0.1:9/api did not take the progress (")
