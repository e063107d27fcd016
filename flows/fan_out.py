"""How a backfill's seasons are run: one after the other here, each as a run of a deployment, or on a Dask cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any
from uuid import UUID

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from flows.ingest import run_ingest
from flows.jobs.backfill import BackfillJob, BackfillSeasonParameters
from flows.jobs.ingest import IngestJob
from flows.jobs.run import RunFailed
from flows.prefect_.form import form
from flows.prefect_.metrics import begun, measured
from flows.prefect_.trouble import PrefectDown, asking, patiently
from flows.skeleton import conclude
from flows.terminal.progress import Reporter
from flows.terminal.shell import warn
from tasks.errors import BadInput, PipelineError
from tasks.lake.lake import Lake
from tasks.runs.resume import SEASON, children
from tasks.runs.summary import DatasetSummary, RunSummary

POLL_SECONDS = 5.0
# A run of a deployment goes on while the server does not answer: it is asked again for minutes, longer than a restart.
POLL_PAUSES = (5.0, 10.0, 20.0, 30.0, 60.0, 60.0, 60.0, 60.0)
CUT_SHORT = {"running", "interrupted"}


@flow(name="backfill-season", flow_run_name="backfill {season}", persist_result=False)
@measured()
@form(BackfillSeasonParameters)
def backfill_season(given: dict[str, Any]) -> RunSummary:
    """One season of a backfill. Run again alone, it requests only what is still missing."""
    return conclude(_run_season(given))


def _run_season(given: dict[str, Any]) -> RunSummary:
    parent = given.pop("parent", None)
    return run_ingest(IngestJob.of(**given), "backfill-season", parent=parent, keeps_reserve=True)


Part = RunSummary | DatasetSummary


def inline(job: BackfillJob, lake: Lake, say: Reporter) -> Iterator[Part]:
    """One season after the other. A failed one does not stop the next; spent calls do."""
    left, stopped = job.max_calls, False
    for season in job.seasons:
        if stopped or left == 0:
            yield DatasetSummary(dataset=SEASON, season=season, not_asked=1, left=[SEASON])
            continue
        try:
            run = _season(season, job.parameters(season, left), lake, say)
        except PipelineError as error:
            say.note(f"season {season}: {error}")
            yield _lost(season, str(error))
            continue
        stopped = run.stopped_because is not None
        left = None if left is None else max(left - run.calls, 0)
        yield run


def _season(season: int, parameters: dict[str, Any], lake: Lake, say: Reporter) -> RunSummary:
    """The run of one season in this process, as it ended.

    Raises:
        PipelineError: when it left no summary.
    """
    before = begun()
    try:
        with asking(f"to run season {season}"):
            run: RunSummary = patiently(
                lambda: backfill_season(**parameters), say.note, may_repeat=lambda: begun() == before
            )
            return run
    except RunFailed as failure:
        return failure.run
    except PrefectDown as error:
        # Only how the run ended is not recorded by Prefect's server; what it did is in the lake.
        done = _left_by_season(lake, parameters["parent"]).get(str(season))
        if done is None:
            raise
        say.note(f"season {season}: {error}")
        return done


def _lost(season: int, error: str) -> DatasetSummary:
    """A season without a summary of its own."""
    done = DatasetSummary(dataset=SEASON, season=season)
    done.fail(SEASON, error)
    return done


@task(task_run_name="season {season}", cache_policy=NO_CACHE)
def by_deployment(season: int, name: str, parameters: dict[str, Any]) -> str | None:
    """Run one season as a run of a deployment and wait for its end; None, or how it ended badly."""
    # A start whose response was lost is repeated: the server knows the key, and starts no second run.
    key = f"{parameters['parent']}-{season}"
    start = partial(
        run_deployment, name, parameters=parameters, flow_run_name=f"backfill {season}", timeout=0, idempotency_key=key
    )
    try:
        with asking(f"to run {name} for season {season}"):
            found = patiently(start, warn)
    except ObjectNotFound:
        raise BadInput(f"no deployment {name!r}: `prefect deployment ls` shows those that there are") from None
    except PrefectDown as error:
        return str(error)
    assert isinstance(found, FlowRun), "called in a thread, not in an event loop"
    try:
        return _how_it_ended(found, name)
    except PrefectDown as error:
        return f"{error}; run {found.name} of {name} may go on"


def _how_it_ended(run: FlowRun, name: str) -> str | None:
    """Wait for the end of a run of a deployment; None, or how it ended badly.

    Raises:
        PrefectDown: when the server has not answered for minutes.
    """
    while (state := run.state) is None or not state.is_final():
        time.sleep(POLL_SECONDS)
        with asking(f"how run {run.name} of {name} is doing"):
            run = patiently(partial(_read, run.id), warn, pauses=POLL_PAUSES)
    if state.is_completed():
        return None
    return f"run {run.name} of {name} ended {state.name}: {state.message or 'see its logs'}"


def _read(run_id: UUID) -> FlowRun:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id)


def deployments(job: BackfillJob, lake: Lake, say: Reporter) -> Iterator[Part]:
    """Each season as a run of a deployment on its work pool, some at a time; the budget of calls in equal parts."""

    def started(season: int) -> tuple[int, str | None]:
        return season, by_deployment(season, job.deployment, job.parameters(season, job.share))

    with ThreadPoolExecutor(job.concurrency) as pool:
        # Each thread in the flow run's context, so that its runs are shown as parts of it.
        futures = [pool.submit(copy_context().run, started, season) for season in job.seasons]
        ended = [future.result() for future in futures]
    yield from _collected(job, lake, ended, say)


def _left_by_season(lake: Lake, parent: str) -> dict[str, RunSummary]:
    """The summaries that the runs of seasons have left in the lake."""
    return {str(run.parameters.get("season")): run for run in children(lake, parent)}


def _collected(job: BackfillJob, lake: Lake, ended: list[tuple[int, str | None]], say: Reporter) -> Iterator[Part]:
    """Summaries of seasons that ran elsewhere, as they left them in the lake."""
    assert job.parent is not None, "the seasons are part of a run"
    left = _left_by_season(lake, job.parent)
    for season, error in ended:
        say.note(f"season {season}: {error or 'done'}")
        run = left.get(str(season))
        if run is not None:
            yield run
        if run is None or (error and run.status in CUT_SHORT):
            silent = "its run left no summary in this lake: is it the lake of the deployment, too?"
            yield _lost(season, error or silent)


@task(task_run_name="season {season}", cache_policy=NO_CACHE)
def on_worker(season: int, parameters: dict[str, Any]) -> str | None:
    """Run one season on a worker, which opens lake and source of its own; None, or why it has no summary."""
    try:
        _run_season(parameters)
    except PipelineError as error:
        return str(error)
    return None


def dask(job: BackfillJob, lake: Lake, say: Reporter) -> Iterator[Part]:
    """The seasons as tasks on a Dask cluster: the one at `DASK_SCHEDULER_ADDRESS`, or processes on this machine.

    Raises:
        BadInput: when prefect-dask is not installed.
    """
    try:
        from prefect_dask import DaskTaskRunner  # noqa: PLC0415  an extra
    except ImportError as error:
        raise BadInput(f"--fan-out dask needs the extra: pip install 'cbbd-etl[dask]' ({error})") from None
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    local = {"cluster_kwargs": {"n_workers": job.concurrency, "threads_per_worker": 1}}
    runner = DaskTaskRunner(address=address) if address else DaskTaskRunner(**local)
    share = job.share

    @flow(name="backfill-dask", task_runner=runner, persist_result=False)
    def spread() -> list[tuple[int, str | None]]:
        futures = [(season, on_worker.submit(season, job.parameters(season, share))) for season in job.seasons]
        return [(season, future.result()) for season, future in futures]

    yield from _collected(job, lake, spread(), say)


FAN_OUTS: dict[str, Callable[[BackfillJob, Lake, Reporter], Iterator[Part]]] = {
    "inline": inline,
    "deployments": deployments,
    "dask": dask,
}
