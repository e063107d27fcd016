"""A run that an operator cancels: how Prefect shows its end, who is alerted, and what the next run does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.server.utilities.user_templates import render_user_template_sync

from tests.deployment.orchestration import ROOT, Prefect, wait_for

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.slow]

POOL = "cbbd-cancel"
AUTOMATIONS = yaml.safe_load((ROOT / "infra/prefect/automations.yaml").read_text())["automations"]
SLOW = {"faults": [{"action": "delay", "path": "/games/teams", "seconds": 3}]}


@dataclass
class Cancelled:
    """A run that was cancelled while it fetched."""

    states: list[str]
    summary: dict[str, Any]
    logs: str


@pytest.fixture(scope="module")
def cancelled(prefect: Prefect, tmp_path_factory: pytest.TempPathFactory) -> Cancelled:
    folder = tmp_path_factory.mktemp("cancelled")
    lake, config = folder / "lake", folder / "sandbox.json"
    config.write_text(json.dumps(SLOW))
    where = {"CBBD_LAKE": str(lake), "CBBD_SANDBOX_SIZE": "tiny", "CBBD_SANDBOX_CONFIG": str(config)}
    prefect.done("work-pool", "create", POOL, "--type", "process")
    prefect.done("deploy", "--name", "ingest", CBBD_POOL=POOL)
    deployment = prefect.get("/deployments/name/ingest/ingest")["id"]
    parameters = {"season": "2025", "endpoints": ["games", "game_teams"]}
    with prefect.worker("cancelling", POOL, 1, **where) as log:
        run = prefect.ask(f"/deployments/{deployment}/create_flow_run", parameters=parameters)["id"]
        wait_for("the first responses", lambda: len(list(lake.glob("raw/game_teams/**/*.zst"))) >= 2)
        prefect.ask(f"/flow_runs/{run}/set_state", state={"type": "CANCELLING", "name": "Cancelling"})  # as the UI does
        wait_for("its end", lambda: prefect.get(f"/flow_runs/{run}")["state"]["name"] == "Cancelled")
        wait_for("its process to end", lambda: _summary(lake)["status"] != "running")
    states = sorted(prefect.get(f"/flow_run_states/?flow_run_id={run}"), key=lambda state: state["timestamp"])
    return Cancelled([state["name"] for state in states], _summary(lake), prefect.logs(run) + log.read_text())


def _summary(lake: Path) -> dict[str, Any]:
    (found,) = (json.loads(path.read_text()) for path in lake.glob("ops/runs/*.json"))
    return dict(found)


def test_a_cancelled_run_is_at_no_time_a_crashed_one(cancelled: Cancelled) -> None:
    """Trap: Prefect's engine takes a KeyboardInterrupt for a crash, before its worker says that it is cancelled."""
    assert cancelled.states[-2:] == ["Cancelling", "Cancelled"], cancelled.logs
    assert "Crashed" not in cancelled.states
    assert cancelled.summary["status"] == "interrupted"


def test_nobody_is_alerted_of_it(cancelled: Cancelled) -> None:
    alerting = [item["trigger"] for item in AUTOMATIONS if item["trigger"]["posture"] == "Reactive"]
    expected = {event.rpartition(".")[2] for trigger in alerting for event in trigger["expect"]}
    assert {"Failed", "Crashed"} <= expected
    assert expected.isdisjoint(cancelled.states)


def test_a_subject_names_the_flow_once() -> None:
    """Trap: `cbbd: ingest ingest 2025 Failed`, and only a random name where a run has no name of its own."""
    known = {"flow": {"name": "ingest"}, "flow_run": {"name": "ingest 2025", "state": {"name": "Failed"}}}
    about_runs = [item for item in AUTOMATIONS if "prefect.flow-run.*" in item["trigger"]["match"].values()]
    subjects = [action["subject"] for item in about_runs for action in item["actions"] if "subject" in action]
    said = [render_user_template_sync(subject, known) for subject in subjects]
    assert [text.count("ingest") for text in said] == [1, 1, 1], said
