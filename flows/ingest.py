"""Ingest: fetch what is due, keep every response, build bronze and silver. `python flows/ingest.py --help`."""

from __future__ import annotations

import sys
import time

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL

from flows.jobs.ingest import IngestJob
from flows.jobs.run import finish
from flows.params import DryRun, Endpoints, LakePath, MaxCalls, Refresh, Season, Since, Source, Until
from flows.prefect_.events import ingest_completed
from flows.prefect_.metrics import measured
from flows.terminal.flow import RunFailed, in_terminal
from flows.terminal.reporting import Reporter, print_plan, print_summary, publish_artifact, reporter
from flows.terminal.shell import FAILED, OK, guarded, parse
from quality.dataset import Endpoint
from quality.rules import RuleResult
from tasks.lake.cached import CachedLake
from tasks.lake.lake import Lake
from tasks.layers.rules import check_rules
from tasks.runs.engine import Engine
from tasks.runs.summary import DatasetSummary, RunSummary


@task(task_run_name="fetch {name}", cache_policy=NO_CACHE)
def fetch(
    name: str, session: Engine, job: IngestJob, endpoint: Endpoint, season: int | None, say: Reporter
) -> DatasetSummary:
    """Ask for what is due of one dataset and season; every answer is kept before it counts."""
    todo = job.todo(CachedLake(session.lake), endpoint, season, session.clock())
    done = DatasetSummary(dataset=endpoint.name, season=season, expected=len(todo.expected), due=len(todo.due))
    if todo.due:
        begun = time.monotonic()
        say.begin(todo)
        done.add(session.fetch(todo, say.outcome))
        done.seconds = round(time.monotonic() - begun, 3)
    return done


@task(task_run_name="build {name}", cache_policy=NO_CACHE)
def build(name: str, session: Engine, endpoint: Endpoint, done: DatasetSummary, say: Reporter) -> None:
    """Rebuild the bronze and silver partitions of one dataset and season whose inputs changed."""
    built = session.build(endpoint, done.season, say.built)
    done.take(built.reports, built.failed)


@task(task_run_name="derive", cache_policy=NO_CACHE)
def derive(session: Engine, job: IngestJob, say: Reporter) -> DatasetSummary:
    """Bring up to date what is computed from other tables."""
    done = DatasetSummary(dataset="derived", season=None)
    built = session.derive(job.seasons, job.tables, say.built)
    done.take(built.reports, built.failed)
    return done


@task(task_run_name="rules", cache_policy=NO_CACHE)
def rules(session: Engine, job: IngestJob) -> list[RuleResult]:
    """Judge the seasons of the run by the rules across tables."""
    return check_rules(CachedLake(session.lake), job.seasons)


def run_job(job: IngestJob, name: str = "ingest", *, parent: str | None = None, sparing: bool = False) -> RunSummary:
    """Do a job from start to summary, in Prefect tasks of one dataset and season each.

    Args:
        parent: run that this one is part of.
        sparing: leave the month's reserve of calls to the daily run.
    """
    lake = job.open_lake()
    run = job.start(lake, name, parent)
    with Engine(job.settings, lake, job.max_calls, sparing=sparing) as session, reporter() as say:
        for run_id in run.unfinished_before:
            say.note(f"run {run_id} was interrupted; this run resumes where it stopped")
        try:
            for endpoint, season in job.order():
                what = endpoint.name if season is None else f"{endpoint.name} {season}"
                done = fetch(what, session, job, endpoint, season, say)
                run.datasets.append(done)
                build(what, session, endpoint, done, say)
                run.save(lake)
            run.datasets.append(derive(session, job, say))
            run.rules = rules(session, job)
        except BaseException:
            run.status = "interrupted"
            raise
        finally:
            finish(run, lake, session)
    return run


@measured(flow="ingest")
def run_idle(job: IngestJob, lake: Lake) -> RunSummary:
    """A run of a job that has nothing to do but to look: it needs no Prefect.

    Args:
        lake: best the look that found nothing to do: the rules then judge the same versions.
    """
    run = job.start(lake, "ingest")
    run.rules = check_rules(lake, job.seasons)
    finish(run, lake)
    return run


def _run_name() -> str:
    season = flow_run.parameters.get("season")
    return f"ingest {season or 'this season'}"


@flow(name="ingest", flow_run_name=_run_name, persist_result=False)
@measured()
def ingest(
    *,
    season: Season = None,
    endpoints: Endpoints = None,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    lake: LakePath = None,
    max_calls: MaxCalls = None,
    dry_run: DryRun = False,
    refresh: Refresh = False,
) -> RunSummary | None:
    """Fetch what is due of the given seasons and datasets, and build bronze and silver from it."""
    job = IngestJob.of(
        season=season,
        endpoints=endpoints,
        since=since,
        until=until,
        source=source,
        lake=lake,
        max_calls=max_calls,
        refresh=refresh,
    )
    if dry_run:
        print_plan(job.plan(), job.quota_left())
        return None
    run = run_job(job)
    publish_artifact(run)
    if run.status == "failed":
        raise RunFailed(run)
    if run.status == "completed":
        ingest_completed(run, job.seasons)
    return run


def main() -> int:
    """The command line. Without a Prefect server, a run with nothing to do does not start one."""
    options = parse(ingest.fn)
    dry_run = options.pop("dry_run")
    job = IngestJob.of(**options)
    if dry_run:
        print_plan(job.plan(), job.quota_left())
        return OK
    lake = None if PREFECT_API_URL.value() else job.existing_lake()
    if lake is not None and job.is_idle(look := CachedLake(lake)):
        run = run_idle(job, look)
        print_summary(run)
        return FAILED if run.status == "failed" else OK
    return in_terminal(ingest, options)


if __name__ == "__main__":
    sys.exit(guarded(main))
