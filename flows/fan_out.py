"""How a backfill's seasons are run: one after the other here, each as a run of a deployment, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from flows.ingest import run_ingest
from flows.jobs.backfill import BackfillJob, BackfillSeasonParameters
from flows.jobs.ingest import IngestJob
from flows.jobs.run import RunFailed
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.skeleton import conclude
from flows.terminal.progress import Reporter
from tasks.errors import BadInput, PipelineError
from tasks.lake.lake import Lake
from tasks.runs.resume import SEASON, children
from tasks.runs.summary import DatasetSummary, RunSummary

POLL_SECONDS = 5.0


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
            run = backfill_season(**job.parameters(season, left))
        except RunFailed as failure:
            run = failure.run
        except PipelineError as error:
            say.note(f"season {season}: {error}")
            yield _lost(season, str(error))
            continue
        stopped = run.stopped_because is not None
        left = None if left is None else max(left - run.calls, 0)
        yield run


def _lost(season: int, error: str) -> DatasetSummary:
    """A season without a summary of its own."""
    done = DatasetSummary(dataset=SEASON, season=season)
    done.fail(SEASON, error)
    return done


@task(task_run_name="season {season}", cache_policy=NO_CACHE)
def by_deployment(season: int, name: str, parameters: dict[str, Any]) -> str | None:
    """Run one season as a run of a deployment and wait for its end; None, or how it ended badly."""
    try:
        found = run_deployment(
            name, parameters=parameters, flow_run_name=f"backfill {season}", poll_interval=POLL_SECONDS
        )
    except ObjectNotFound:
        raise BadInput(f"no deployment {name!r}: `prefect deployment ls` shows those that there are") from None
    assert isinstance(found, FlowRun), "called in a thread, not in an event loop"
    state = found.state
    if state is None or state.is_completed():
        return None
    return f"run {found.name} of {name} ended {state.name}: {state.message or 'see its logs'}"


def deployments(job: BackfillJob, lake: Lake, say: Reporter) -> Iterator[Part]:
    """Each season as a run of a deployment on its work pool, some at a time; the budget of calls in equal parts."""

    def started(season: int) -> tuple[int, str | None]:
        return season, by_deployment(season, job.deployment, job.parameters(season, job.share))

    with ThreadPoolExecutor(job.concurrency) as pool:
        # Each thread in the flow run's context, so that its runs are shown as parts of it.
        futures = [pool.submit(copy_context().run, started, season) for season in job.seasons]
        ended = [future.result() for future in futures]
    yield from _collected(job, lake, ended, say)


def _collected(job: BackfillJob, lake: Lake, ended: list[tuple[int, str | None]], say: Reporter) -> Iterator[Part]:
    """Summaries of seasons that ran elsewhere, as they left them in the lake."""
    assert job.parent is not None, "the seasons are part of a run"
    by_season = {str(run.parameters.get("season")): run for run in children(lake, job.parent)}
    for season, error in ended:
        say.note(f"season {season}: {error or 'done'}")
        silent = "its run left no summary in this lake: is it the lake of the deployment, too?"
        yield by_season.get(str(season)) or _lost(season, error or silent)


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
