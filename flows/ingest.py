"""Ingest: fetch what is due, keep every response, build bronze and silver. `cbbd-etl ingest --help`."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # options are checked before Prefect is loaded, which takes seconds
    from flows.command_line.command import run_script

    sys.exit(run_script("ingest"))

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
import time
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.jobs.ingest import IngestJob, IngestParameters
from flows.jobs.run import failing, fetching, recorded
from flows.prefect_.call_limit import call_limit
from flows.prefect_.events import INGEST_COMPLETED, completed
from flows.prefect_.form import form
from flows.prefect_.metrics import measured
from flows.prefect_.steps import step
from flows.run_page.log import reporter
from flows.skeleton import run_flow
from flows.terminal.progress import Reporter
from quality.dataset import Endpoint
from quality.rules import RuleResult
from tasks.lake.cached import CachedLake
from tasks.layers.rules import check_rules
from tasks.runs.engine import Engine
from tasks.runs.summary import DatasetSummary, RunSummary


@step("fetch {name}")
def fetch(
    name: str, engine: Engine, job: IngestJob, endpoint: Endpoint, season: int | None, say: Reporter
) -> DatasetSummary:
    """Fetch what is due of one endpoint and season; every response is kept before it counts."""
    todo = job.todo(CachedLake(engine.lake), endpoint, season, engine.clock())
    done = DatasetSummary(dataset=endpoint.name, season=season, expected=len(todo.expected), due=len(todo.due))
    if todo.due:
        begun = time.monotonic()
        say.begin(todo)
        done.add(engine.fetch(todo, say.outcome))
        done.seconds = round(time.monotonic() - begun, 3)
    return done


@step("build {name}")
def build(name: str, engine: Engine, endpoint: Endpoint, done: DatasetSummary, say: Reporter) -> None:
    """Rebuild the bronze and silver partitions of one endpoint and season whose inputs changed."""
    built = engine.build(endpoint, done.season, say.built)
    done.take(built.reports, built.failed, built.held)


@step("derive")
def derive(engine: Engine, job: IngestJob, say: Reporter) -> DatasetSummary:
    """Bring tables up to date that are computed from other tables."""
    done = DatasetSummary(dataset="derived", season=None)
    built = engine.derive(job.seasons, job.tables, say.built)
    done.take(built.reports, built.failed)
    return done


@step("rules")
def rules(engine: Engine, job: IngestJob) -> list[RuleResult]:
    """Check the seasons of the run against the rules across tables."""
    return check_rules(CachedLake(engine.lake), job.seasons)


def run_ingest(
    job: IngestJob, name: str = "ingest", *, parent: str | None = None, keeps_reserve: bool = False
) -> RunSummary:
    """Do a job from start to summary, in Prefect tasks of one endpoint and season each.

    Args:
        parent: run that this one is part of.
        keeps_reserve: leave the month's reserve of calls to the daily run.
    """
    lake = job.open_lake()
    shared = call_limit(job.settings, lake.location)
    with (
        recorded(job.start(lake, name, parent), lake, job.clock, job.policy) as run,
        fetching(run, job.settings, lake, job.max_calls, shared, keeps_reserve=keeps_reserve) as engine,
        reporter() as say,
    ):
        for run_id in run.unfinished_before:
            say.note(f"run {run_id} was interrupted; this run resumes where it stopped")
        job, turns = job.begun(lake), engine.turns(say.note)
        say.plan(lambda: job.plan_of(CachedLake(lake)))
        for turn in turns.of(job.order()):
            endpoint, season = turn.target
            what = endpoint.name if season is None else f"{endpoint.name} {season}"
            with failing(run, lake, what):
                turn.require()
                done = fetch(what, engine, job, endpoint, season, say)
                run.datasets.append(done)
                build(what, engine, endpoint, done, say)
            run.save(lake)
        with failing(run, lake, "derived"), turns.derived(job.seasons):
            run.datasets.append(derive(engine, job, say))
        with failing(run, lake, "rules"):
            run.rules = rules(engine, job)
    return run


def _steps(job: IngestJob) -> RunSummary:
    run = run_ingest(job)
    if run.status == "completed":
        completed(INGEST_COMPLETED, run, job.seasons)
    return run


def _run_name() -> str:
    return f"ingest {flow_run.parameters.get('season') or 'this season'}"


@flow(name="ingest", flow_run_name=_run_name, persist_result=False)
@measured()
@form(IngestParameters)
def ingest(given: dict[str, Any]) -> RunSummary | None:
    """Fetch what is due of the given seasons and endpoints, and build bronze and silver from it."""
    return run_flow(IngestJob.of, given, _steps)
