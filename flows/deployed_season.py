"""One season of a backfill as a run of a deployment, on whatever its work pool has: started, waited for, judged."""

from __future__ import annotations

import time
from functools import partial
from typing import Any
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from flows.prefect_.trouble import PrefectDown, asking, patiently
from flows.terminal.shell import warn
from tasks.errors import BadInput

STARTS = 2  # of a season whose run crashes: it continues where the one before stopped
POLL_SECONDS = 5.0
# A run of a deployment goes on while the server does not answer: it is asked again for minutes, longer than a restart.
POLL_PAUSES = (5.0, 10.0, 20.0, 30.0, 60.0, 60.0, 60.0, 60.0)


@task(task_run_name="season {season}", cache_policy=NO_CACHE)
def by_deployment(season: int, name: str, parameters: dict[str, Any]) -> str | None:
    """Run one season as a run of a deployment and wait for its end; None, or how it ended badly.

    A run that crashes, because its container or its worker ended, is started once more.
    """
    bad = None
    for attempt in range(1, STARTS + 1):
        try:
            run = _started(season, name, parameters, attempt)
        except PrefectDown as error:
            return str(error)
        try:
            state = _last_state(run, name)
        except PrefectDown as error:
            return f"{error}; run {run.name} of {name} may go on"
        if state.is_completed():
            return None
        bad = f"run {run.name} of {name} ended {state.name}: {state.message or 'see its logs'}"
        if not state.is_crashed():
            break
    return bad


def _started(season: int, name: str, parameters: dict[str, Any], attempt: int) -> FlowRun:
    """Start a run of a deployment.

    Raises:
        BadInput: when the server has no such deployment.
        PrefectDown: when the server does not start it.
    """
    # A start whose response was lost is repeated: the server knows the key, and starts no second run.
    key = f"{parameters['parent']}-{season}-{attempt}"
    start = partial(
        run_deployment, name, parameters=parameters, flow_run_name=f"backfill {season}", timeout=0, idempotency_key=key
    )
    try:
        with asking(f"to run {name} for season {season}"):
            found = patiently(start, warn)
    except ObjectNotFound:
        raise BadInput(f"no deployment {name!r}: `prefect deployment ls` shows those that there are") from None
    assert isinstance(found, FlowRun), "called in a thread, not in an event loop"
    return found


def _last_state(run: FlowRun, name: str) -> State:
    """Wait for the end of a run of a deployment; its last state.

    Raises:
        PrefectDown: when the server has not answered for minutes.
    """
    while (state := run.state) is None or not state.is_final():
        time.sleep(POLL_SECONDS)
        with asking(f"how run {run.name} of {name} is doing"):
            run = patiently(partial(_read, run.id), warn, pauses=POLL_PAUSES)
    return state


def _read(run_id: UUID) -> FlowRun:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id)
