"""Backfill: seasons and datasets of the past, one run per season. `python flows/backfill.py --help`."""

from __future__ import annotations

import sys

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect import flow
from prefect.runtime import flow_run

from flows.fan_out import FAN_OUTS, BackfillJob, Part, backfill_season
from flows.jobs.ingest import IngestJob
from flows.jobs.run import begin, finish
from flows.params import (
    Concurrency,
    Deployment,
    DryRun,
    Endpoints,
    FanOut,
    LakePath,
    MaxCalls,
    Order,
    Resume,
    Season,
    Source,
)
from flows.prefect_.metrics import measured
from flows.terminal.flow import RunFailed, in_terminal
from flows.terminal.reporting import print_plan, publish_artifact, reporter
from flows.terminal.shell import OK, guarded, parse
from tasks.errors import BadInput
from tasks.runs.summary import DatasetSummary, RunSummary

__all__ = ["backfill", "backfill_season"]


def job_of(
    season: Season, endpoints: Endpoints, source: Source, lake: LakePath, max_calls: MaxCalls, resume: Resume
) -> IngestJob:
    """The job of all seasons.

    Raises:
        BadInput: for seasons or datasets beside a run to resume, which has its own.
    """
    if resume and (season or endpoints):
        raise BadInput("--resume takes seasons and datasets from the run that it resumes: leave the others out")
    return IngestJob.of(
        season=season, endpoints=endpoints, source=source, lake=lake, max_calls=max_calls, resume=resume
    )


def run_seasons(job: IngestJob, work: BackfillJob, fan_out: str) -> RunSummary:
    """One run per season, and a summary of them all."""
    lake = job.open_lake()
    run = begin(lake, "backfill", job.settings.clock()(), job.parameters)
    work = work.part_of(run.run_id)
    try:
        with reporter() as say:
            for done in FAN_OUTS[fan_out](work, lake, say):
                _add(run, done)
                run.save(lake)
    except BaseException:
        run.status = "interrupted"
        raise
    finally:
        finish(run, lake, now=job.settings.clock()())
    return run


def _add(run: RunSummary, done: Part) -> None:
    if isinstance(done, DatasetSummary):
        run.datasets.append(done)
        return
    run.datasets += done.datasets
    run.rules += done.rules
    run.stopped_because = run.stopped_because or done.stopped_because
    run.remaining_calls = done.remaining_calls


def _run_name() -> str:
    given = flow_run.parameters.get("resume") or flow_run.parameters.get("season") or "this season"
    return f"backfill {', '.join(map(str, given)) if isinstance(given, list) else given}"


@flow(name="backfill", flow_run_name=_run_name, persist_result=False)
@measured(by_parts=True)
def backfill(  # noqa: PLR0913  the parameters of a flow are its form
    *,
    season: Season = None,
    endpoints: Endpoints = None,
    order: Order = "newest",
    fan_out: FanOut = "inline",
    deployment: Deployment = "backfill-season/backfill-season",
    concurrency: Concurrency = 2,
    source: Source = None,
    lake: LakePath = None,
    max_calls: MaxCalls = None,
    resume: Resume = None,
    dry_run: DryRun = False,
) -> RunSummary | None:
    """Fetch and build seasons of the past, each in a run of its own; the daily run's reserve of calls stays."""
    job = job_of(season, endpoints, source, lake, max_calls, resume)
    if dry_run:
        print_plan(job.plan(), job.quota_left(), job.settings.quota_reserve)
        return None
    seasons = job.seasons if order == "newest" else job.seasons[::-1]
    names = [endpoint.name for endpoint in job.endpoints] + job.tables
    work = BackfillJob(seasons, names, source, lake, max_calls, resume, deployment, concurrency)
    run = run_seasons(job, work, fan_out)
    publish_artifact(run)
    if run.status == "failed":
        raise RunFailed(run)
    return run


def main() -> int:
    """The command line. A dry run needs no Prefect."""
    options = parse(backfill.fn)
    given = [options[name] for name in ("season", "endpoints", "source", "lake", "max_calls", "resume")]
    job = job_of(*given)
    if options["dry_run"]:
        print_plan(job.plan(), job.quota_left(), job.settings.quota_reserve)
        return OK
    return in_terminal(backfill, options)


if __name__ == "__main__":
    sys.exit(guarded(main))
