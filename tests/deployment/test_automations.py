"""The automation for runs that stay Pending, on a real server: it acts on the run that hangs, and on no other."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.deployment.orchestration import ROOT, Prefect, wait_for

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.slow]

AUTOMATIONS = {
    item["name"]: item for item in yaml.safe_load((ROOT / "infra/prefect/automations.yaml").read_text())["automations"]
}
NAME = "cbbd pending runs"
SHORTEST = 10  # seconds; Prefect takes no shorter time for what has not happened


def run_in(prefect: Prefect, flow: str, states: list[tuple[str, str]]) -> str:
    """Id of a run of ours that has gone through states, each a type and a name."""
    run = prefect.ask("/flow_runs/", flow_id=flow, name="pending", tags=["cbbd"])["id"]
    for kind, name in states:
        prefect.ask(f"/flow_runs/{run}/set_state", state={"type": kind, "name": name}, force=True)
    return str(run)


def acted_on(prefect: Prefect, automation: str) -> set[str]:
    """Runs for which an automation was triggered."""
    wanted = {"event": {"name": ["prefect.automation.triggered"]}}
    found = prefect.ask("/events/filter", filter=wanted)["events"]
    ours = [item for item in found if item["resource"]["prefect.resource.id"] == f"prefect.automation.{automation}"]
    said: list[dict[str, Any]] = [item["payload"]["triggering_labels"] for item in ours]
    return {labels["prefect.resource.id"].removeprefix("prefect.flow-run.") for labels in said}


@pytest.mark.parametrize("hanging", [("PENDING", "Pending"), ("PENDING", "InfrastructurePending")])
def test_a_run_that_stays_pending_is_reported_and_one_that_starts_is_not(
    prefect: Prefect, hanging: tuple[str, str]
) -> None:
    """Trap: a task that ECS never starts leaves its run Pending, which is neither Late nor Crashed."""
    flow = prefect.ask("/flows/", name="ingest")["id"]
    found = AUTOMATIONS[NAME]
    short = {"name": f"{NAME}, {hanging[1]}", "trigger": found["trigger"] | {"within": SHORTEST}}
    automation = prefect.ask("/automations/", **short, actions=[{"type": "do-nothing"}])["id"]
    starts = run_in(prefect, flow, [hanging, ("RUNNING", "Running")])
    waits = run_in(prefect, flow, [("SCHEDULED", "AwaitingConcurrencySlot")])
    hangs = run_in(prefect, flow, [hanging])
    wait_for("the automation to act", lambda: hangs in acted_on(prefect, automation), seconds=120)
    assert acted_on(prefect, automation) & {starts, waits, hangs} == {hangs}


def test_pending_is_reported_later_than_a_task_takes_to_start() -> None:
    """A task starts within minutes; what is not running after half an hour does not start by itself."""
    trigger = AUTOMATIONS[NAME]["trigger"]
    assert trigger["within"] == AUTOMATIONS["cbbd late runs"]["trigger"]["within"] == 1800
    assert trigger["match_related"]["prefect.resource.id"] == "prefect.tag.cbbd"
