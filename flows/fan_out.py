"""How a backfill's seasons are run: one after the other here, each as a run of a deployment, or on a Dask cluster."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.deployed_season import by_deployment
from flows.ingest import run_ingest
from flows.jobs.backfill import BackfillJob, BackfillSeasonParameters
from flows.jobs.ingest import IngestJob
from flows.jobs.run import RunFailed
from flows.prefect_.form import form
from flows.prefect_.metrics import begun, measured
from flows.prefect_.trouble import PrefectDown, asking, patiently
from flows.skeleton import conclude
from flows.terminal.progress import Reporter
from tasks.errors import BadInput, PipelineError, one_line, unexpected
from tasks.lake.lake import Lake
from tasks.runs.history import read_run
from tasks.runs.resume import SEASON, UNFINISHED, children
from tasks.runs.summary import RUNS, DatasetSummary, RunSummary

ADDRESS = "DASK_SCHEDULER_ADDRESS"
CONNECT_SECONDS, JOIN_SECONDS = 20, 60  # to reach a Dask scheduler; until a first worker has joined it


@flow(name="backfill-season", flow_run_name="backfill {season}", persist_result=False)
@measured()
@form(BackfillSeasonParameters)
def backfill_season(given: dict[str, Any]) -> RunSummary:
    """One season of a backfill. Run again alone, it requests only what is still missing."""
    return conclude(_run_season(given))


def _run_season(given: dict[str, Any]) -> RunSummary:
    parent = given.pop("parent", None)
    job = IngestJob.of(**given)
    if parent:
        _require_parent(job, parent)
    return run_ingest(job, "backfill-season", parent=parent, keeps_reserve=True)


def _require_parent(job: IngestJob, parent: str) -> None:
    """Refuse another lake than the backfill's: what it would fetch, the backfill could not see.

    Raises:
        BadInput: then.
    """
    lake = job.existing_lake()
    if lake is None or read_run(lake, f"{RUNS}/{parent}.json") is None:
        raise BadInput(
            f"the lake {job.settings.lake} of this worker does not have run {parent}, whose part this season is; "
            "the backfill and its workers need one lake on storage that all of them reach"
        )


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
        left = _left_by_season(lake, parameters["parent"])[str(season)]
        if not left:
            raise
        done = left[-1]
        say.note(f"season {season}: {error}")
        return done


def _lost(season: int, error: str) -> DatasetSummary:
    """A season without a summary of its own."""
    done = DatasetSummary(dataset=SEASON, season=season)
    done.fail(SEASON, error)
    return done


def deployments(job: BackfillJob, lake: Lake, say: Reporter) -> Iterator[Part]:
    """Each season as a run of a deployment on its work pool, some at a time; the budget of calls in equal parts."""

    def started(season: int) -> Ended:
        return season, _error_of(lambda: by_deployment(season, job.deployment, job.parameters(season, job.share)))

    with ThreadPoolExecutor(job.concurrency) as pool:
        # Each thread in the flow run's context, so that its runs are shown as parts of it.
        futures = [pool.submit(copy_context().run, started, season) for season in job.seasons]
        ended = [future.result() for future in futures]
    yield from _collected(job, lake, ended, say)


Ended = tuple[int, str | None]  # a season that ran elsewhere, and how it ended badly


def _error_of(wait: Callable[[], str | None]) -> str | None:
    """How a season that runs elsewhere ended badly. One that is lost, with its worker or on its way, stops no other."""
    try:
        return wait()
    except BadInput:
        raise
    except CancelledError as error:  # of Dask, when the connection to its scheduler is lost
        return f"cancelled: {one_line(error)}"
    except Exception as error:  # noqa: BLE001  whatever a worker, a scheduler or a server may raise
        return unexpected(error)


def _collected(job: BackfillJob, lake: Lake, ended: list[Ended], say: Reporter) -> Iterator[Part]:
    """Summaries of seasons that ran elsewhere, as they left them in the lake.

    A season may have several: a run that was killed counts with its calls, and the one that continued it.
    """
    assert job.parent is not None, "the seasons are part of a run"
    by_season = _left_by_season(lake, job.parent)
    for season, error in ended:
        runs = by_season[str(season)]
        say.note(f"season {season}: {error or 'done'}")
        yield from runs
        if not runs:
            yield _lost(season, error or "its run left no summary in this lake: is it the lake of the deployment, too?")
        elif runs[-1].status in UNFINISHED:
            yield _lost(season, error or f"run {runs[-1].run_id} was cut short; --resume finishes it")


def _left_by_season(lake: Lake, parent: str) -> defaultdict[str, list[RunSummary]]:
    """The summaries that the runs of seasons have left in the lake, the newest last."""
    found = defaultdict[str, list[RunSummary]](list)
    for run in sorted(children(lake, parent), key=lambda run: run.seen_at):
        found[str(run.parameters.get("season"))].append(run)
    return found


@task(task_run_name="season {season}", cache_policy=NO_CACHE)
def on_worker(season: int, parameters: dict[str, Any]) -> str | None:
    """Run one season on a worker, which opens lake and source of its own; None, or why it has no summary."""
    try:
        _run_season(parameters)
    except PipelineError as error:
        return str(error)
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  a panic of Polars: Dask never notices the end of such a task
        return unexpected(error)
    return None


def dask(job: BackfillJob, lake: Lake, say: Reporter) -> Iterator[Part]:
    """The seasons as tasks on a Dask cluster: the one at `DASK_SCHEDULER_ADDRESS`, or processes on this machine.

    Dask gives the season of a worker that ended to another one, three times at most.

    Raises:
        BadInput: when prefect-dask is not installed, or the cluster cannot run a season.
    """
    try:
        from prefect_dask import DaskTaskRunner  # noqa: PLC0415  an extra
    except ImportError as error:
        raise BadInput(f"--fan-out dask needs the extra: pip install 'cbbd-etl[dask]' ({error})") from None
    address = os.environ.get(ADDRESS)
    if address:
        _require_workers(address)
    local = {"n_workers": job.concurrency, "threads_per_worker": 1}
    runner = DaskTaskRunner(address=address) if address else DaskTaskRunner(cluster_kwargs=local)
    share = job.share

    @flow(name="backfill-dask", task_runner=runner, persist_result=False)
    def spread() -> list[Ended]:
        futures = [(season, on_worker.submit(season, job.parameters(season, share))) for season in job.seasons]
        return [(season, _error_of(future.result)) for season, future in futures]

    yield from _collected(job, lake, spread(), say)


def _require_workers(address: str) -> None:
    """Refuse a cluster without a scheduler or a worker, and workers that would run several seasons in one process.

    Raises:
        BadInput: then.
    """
    from distributed import Client  # noqa: PLC0415  an extra

    try:
        with Client(address, timeout=CONNECT_SECONDS, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=JOIN_SECONDS)
            threads: dict[str, int] = client.nthreads()
    except (OSError, ValueError) as error:
        raise BadInput(
            f"no Dask cluster with a worker at {ADDRESS}={address}: {one_line(error)}; start `dask scheduler` and "
            "`dask worker ADDRESS --nthreads 1`"
        ) from None
    wide = sorted(worker for worker, count in threads.items() if count > 1)
    if wide:
        raise BadInput(
            f"Dask worker {wide[0]} runs {threads[wide[0]]} tasks in one process, and a season needs a process of its "
            "own; start workers with --nthreads 1, as many as seasons at once"
        )


FAN_OUTS: dict[str, Callable[[BackfillJob, Lake, Reporter], Iterator[Part]]] = {
    "inline": inline,
    "deployments": deployments,
    "dask": dask,
}
